"""The centres of sparse points, as the product of both needs them.

|x - c|^2 = |x|^2 - 2 x.c + |c|^2: the middle term needs only the values that
CSR stores, and |x|^2 is the same for all centres.

How wrong such a sum may be: with u = 2^-53, a float64 sum of d products errs
by less than d u |x| |c|, the sum |c|^2 by less than d u |c|^2, and the formula
itself by less than d u |x - c|^2 (Higham, Accuracy and Stability, 2nd ed.,
section 3.1).  As (|x| + |c|)^2 <= 2 |x|^2 + 2 |c|^2, all of it is less than
`unit` (|x|^2 + |c|^2) with `unit` = (4 d + 64) u, and `floor` where
products underflow.  The part with |c|^2 is subtracted from the ranks at once.
"""

from collections.abc import Callable
from functools import cached_property
from typing import Any

import numpy as np
from scipy import sparse

from kmeanslab.engine.assign.csr_rows import as_csr, chunks
from kmeanslab.engine.assign.distances import (
    Points, minima, pair_distances, repeated, take_out)

LENGTH_VALUES = 2 ** 18      # of centres, squared at a time
UNIT = 2.0 ** -53


def error_unit(d: int) -> tuple[float, float]:
    """Return the error of a rank relative to |x|^2 + |c|^2; the floor."""
    return (4 * d + 64) * UNIT, (d + 64) * np.finfo(np.float64).tiny


def squared_lengths(C: np.ndarray, each: Callable = map) -> Any:
    """Return |c|^2 of each centre (k,), float64.

    each: calls a function with each part of the columns, in any way
    """
    k, d = C.shape
    return sum(each(
        lambda part: np.einsum("ij,ij->i", C[:, part], C[:, part]),
        chunks(d, k, LENGTH_VALUES)))


class SparseCentres:
    """The centres of one iteration, as the product needs them.

    They are sums (k, d) / divisors (k,), float64, and infinite if dropped:
    to divide the products instead takes less time.  Other parameters: squares
    (k,), the sums' |c|^2; drift, other_drift (k,), rounding and again, as in
    `bounds.py`; few, whether points store so little that a copy of the centres
    would not pay; columns, that copy, if there is one already.

    Attributes
    ----------
    near : (k, d) float64, the sums, 0 where a centre is dropped
    squares : (k,) float64, |c|^2
    low : (k,) float64, the same less its error; infinite for centres that
        get no point
    twins : (k,) bool, whether another may be the same: then nobody is farther
    """

    def __init__(self, sums: np.ndarray, divisors: np.ndarray,
                 squares: np.ndarray, drift: np.ndarray,
                 other_drift: np.ndarray, rounding: float = 0.0,
                 again: bool = False, few: bool = False,
                 columns: Any = None) -> None:
        self.sums, self.divisors = sums, divisors
        self.drift, self.other_drift = drift, other_drift
        self.rounding, self.again, self.few = rounding, again, few
        self.unit, self.floor = error_unit(sums.shape[1])
        gone = np.isinf(sums[:, 0])
        self.near = sums
        if gone.any():
            self.near = np.where(gone[:, None], 0.0, sums)
        if columns is not None:
            self.columns = columns
        self.squares = squares / divisors ** 2
        self.low = self.squares * (1 - self.unit)
        self.low[gone] = np.inf
        later = repeated(self.squares, lambda j, columns: (
            sums[j, columns] / divisors[j]), sums.shape[1])
        self.low[later] = np.inf
        self.twins = np.zeros(len(gone), bool)
        if later:
            self.twins = np.isin(self.squares, self.squares[later])

    def two_best(self, X: Points) -> tuple:
        """Return the centres of CSR points' least ranks, these, the seconds.

        (m,) each; any centre where ranks are NaN or tie.
        """
        ranks = self.ranks(X)
        labels = ranks.argmin(axis=1)
        return labels, take_out(ranks, labels), minima(ranks)

    def ranks(self, X: Points) -> np.ndarray:
        """Return the ranks of all centres for CSR points, (m, k)."""
        ranks = self.products(X)
        ranks += self.low
        return ranks

    def products(self, X: Points) -> np.ndarray:
        """Return -2 x.c of CSR points with all centres, (m, k)."""
        products = (np.stack([X @ c for c in self.near], axis=1) if self.few
                    else self.multiply(X))
        products *= self.factors
        return products

    def multiply(self, X: Points) -> Any:
        """Return x.c of CSR points with all sums, (m, k)."""
        return X @ self.columns

    @cached_property
    def factors(self) -> np.ndarray:
        """What the products with sums are multiplied by, (k,)."""
        return -2.0 / self.divisors

    @cached_property
    def columns(self) -> np.ndarray:
        """A centre per column, (d, k): no copy if they are stored so.

        Where one is dropped anything finite.
        """
        return np.ascontiguousarray(self.near.T)

    def stored(self, which: Any) -> sparse.csr_array:
        """Return some of the centres as CSR, for the formula."""
        centres = as_csr(self.sums[which])
        centres.data /= np.repeat(self.divisors[which],
                                  np.diff(centres.indptr))
        return centres

    def formula(self, row: np.ndarray, candidate: np.ndarray,
                points: Callable) -> np.ndarray:
        """Return the squared distances of pairs (row, candidate)."""
        which, candidate = np.unique(candidate, return_inverse=True)
        return pair_distances(row, candidate, points, self.stored(which))
