"""Rows of CSR points: in order, in parts, and how long they are.

    X (n, d)  points, CSR
"""

import numpy as np
from scipy import sparse

from kmeanslab.engine.assign.distances import Points, csr_row_sums


def canonical(X: Points) -> sparse.csr_array:
    """Return CSR points with sorted indices and no duplicate entries.

    X itself is not changed, and returned if it is canonical.
    """
    if X.has_canonical_format:
        return X
    # by way of the columns, as this sort keeps the order of duplicates
    X = X.tocsc().tocsr()
    X.sum_duplicates()
    return X


def as_csr(C: np.ndarray) -> sparse.csr_array:
    """Return dense rows (k, d) as CSR, several times as fast as SciPy does."""
    k, d = C.shape
    at = np.flatnonzero(C != 0)
    return sparse.csr_array(
        (C.ravel()[at], at % d, np.searchsorted(at, np.arange(k + 1) * d)),
        shape=C.shape)


def csr_squared_lengths(X: Points) -> np.ndarray:
    """Return |x|^2 of each point (m,) of CSR X, float64."""
    return csr_row_sums(np.square(X.data, dtype=np.float64), X.indptr)


def chunks(m: int, per_row: int, values: int) -> list[slice]:
    """Return slices of m rows, each of `values` values together."""
    rows = max(1, values // per_row)
    return [slice(s, min(s + rows, m)) for s in range(0, m, rows)]


def row_slices(X: Points, values: int) -> list:
    """Return slices of CSR X that store about so many values each."""
    return [row_slice(X, part)
            for part in chunks(X.shape[0], values_per_row(X), values)]


def values_per_row(X: Points) -> int:
    """Return how many values a row holds; of CSR the mean, rounded up."""
    return 1 + X.nnz // X.shape[0] if sparse.issparse(X) else X.shape[1]


def stores_few(X: Points) -> bool:
    """Return whether CSR points store less than there are columns."""
    return X.nnz < X.shape[1]


def row_slice(X: Points, part: slice) -> Points:
    """Return rows of X; of CSR, too, without a copy."""
    if not sparse.issparse(X):
        return X[part]
    start, stop, _ = part.indices(X.shape[0])
    first, last = X.indptr[start], X.indptr[stop]
    rows = sparse.csr_array((stop - start, X.shape[1]), dtype=X.dtype)
    # set one by one, as the constructor copies short slices of long arrays
    rows.indptr = X.indptr[start:stop + 1] - first
    rows.indices, rows.data = X.indices[first:last], X.data[first:last]
    return rows
