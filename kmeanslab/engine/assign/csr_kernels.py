"""Sparse points ranked by kernels: the bits of `csr_centres.py`, sooner.

SciPy reads and writes every sum for each stored value; here sums stay in
registers (see `registers_csr.py`), and ranks of a point in the fastest cache.

    data, indices, indptr  points, CSR     columns (d, k)  a centre per column
"""

import numpy as np

from kmeanslab.engine.assign.compiled import read_only
from kmeanslab.engine.assign.csr import Sparse
from kmeanslab.engine.assign.csr_centres import SparseCentres
from kmeanslab.engine.assign.distances import Points
from kmeanslab.engine.assign.kernels import compiled
from kmeanslab.engine.assign.registers_csr import CENTRES, sum_stored


class CompiledCentres(SparseCentres):
    """Centres whose products with points are made by kernels."""

    def two_best(self, X: Points) -> tuple:
        """Return the centres of CSR points' least ranks, these, the seconds.
        """
        if self.few:                     # that have no columns
            return super().two_best(X)
        labels = np.empty(X.shape[0], np.intp)
        best, second = np.empty((2, X.shape[0]))
        find_two_best(*self.operands(X), self.factors, self.low,
                      np.empty(len(self.low)), labels, best, second)
        return labels, best, second

    def multiply(self, X: Points) -> np.ndarray:
        """Return x.c of CSR points with all sums, (m, k)."""
        products = np.empty((X.shape[0], len(self.low)))
        fill_products(*self.operands(X), products)
        return products

    def operands(self, X: Points) -> tuple:
        """Return what is multiplied: points, and columns of centres."""
        return tuple(read_only(array) for array in (
            X.data, X.indices, X.indptr, self.columns))


class CompiledSparse(Sparse):
    """The method for CSR with kernels."""

    kind_of_centres = CompiledCentres


@compiled
def find_two_best(data, indices, indptr, columns, factors, low, sums, labels,
                  best, second):
    """Fill in the centres of the least ranks, these, and the second ranks.

    factors, low: what makes a sum a rank    sums: (k,) work space
    """
    for i in range(labels.shape[0]):
        sum_products(data, indices, indptr[i], indptr[i + 1], columns, sums)
        labels[i], best[i], second[i] = two_least(sums, factors, low)


@compiled
def fill_products(data, indices, indptr, columns, products):
    """Fill in the products (m, k) of points and centres."""
    for i in range(products.shape[0]):
        sum_products(data, indices, indptr[i], indptr[i + 1], columns,
                     products[i])


@compiled
def sum_products(data, indices, first, last, columns, sums):
    """Fill in the products (k,) of one point, stored from first to last."""
    k = sums.shape[0]
    for j in range(0, k, CENTRES):
        sum_stored(data, indices, first, last, columns, j,
                   min(j + CENTRES, k), sums)


@compiled
def two_least(sums, factors, low):
    """Return the centre of the least rank, it, and the second; or NaN."""
    best, least, second = 0, np.inf, np.inf
    for j in range(sums.shape[0]):
        rank = sums[j] * factors[j] + low[j]
        if rank >= second:               # mostly
            continue
        if rank < least:
            best, least, second = j, rank, least
        elif rank < second:
            second = rank
        else:
            return j, np.nan, np.nan
    return best, least, second
