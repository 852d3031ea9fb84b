"""Columns of CSR points that hold nothing but zeros, left out.

They add nothing to any distance.  Hashed words have 2^20 columns, most of
which no text uses, and centres are dense.
"""

from collections.abc import Callable
from typing import Any

import numpy as np
from scipy import sparse

from kmeanslab.engine.assign.distances import Points

MAX_USED = 1 / 2             # of the columns: else leaving out saves little
MAX_VALUES = 8               # stored per column: with more most are used


def leave_out_zeros(X: Points, C: np.ndarray) -> tuple:
    """Return points and centres (k, d) without the columns that both lack.

    And a function that puts these back into centres.  Other points than CSR,
    or where most columns are used, are returned as they are.
    """
    d = X.shape[1]
    if not sparse.issparse(X) or X.nnz > MAX_VALUES * d:
        return X, C, as_they_are
    used: Any = C.any(axis=0)
    used[0] = used[X.indices] = True     # one column has to stay
    columns = np.flatnonzero(used)
    if len(columns) > MAX_USED * d:
        return X, C, as_they_are
    return narrow(X, used, len(columns)), C[:, columns], widener(columns, d)


def as_they_are(C: np.ndarray) -> np.ndarray:
    """Return centres of which no column was left out."""
    return C


def narrow(X: Points, used: np.ndarray, count: int) -> sparse.csr_array:
    """Return X with the columns that are used, `count` of (d,), only."""
    place = np.cumsum(used, dtype=X.indices.dtype) - 1
    return sparse.csr_array((X.data, place[X.indices], X.indptr),
                            shape=(X.shape[0], count))


def widener(columns: np.ndarray, d: int) -> Callable:
    """Return a function from centres of these columns to centres (k, d)."""
    def widen(C: np.ndarray) -> np.ndarray:
        wide = np.zeros((len(C), d), C.dtype)
        wide[:, columns] = C
        return wide
    return widen
