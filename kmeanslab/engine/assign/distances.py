"""Squared distances: the one formula, and what may decide by it.

A label is decided by the sum of (x - c)^2, in float64, from the first
coordinate to the last; a tie goes to the lowest index.  Fixed like this, the
sum is the same number on every machine and in every loop that keeps the order.
`closest` labels many points at once from approximate distances (see
`matmul.py`) and asks the formula where they leave doubt.

    X  (n, d)  points, any real dtype, dense or CSR
    C  (k, d)  centres, float64
    D  (m, k)  approximate squared distances, row i wrong by at most E[i]
"""

from collections.abc import Callable, Iterable
from typing import Any

import numpy as np
from scipy import sparse

Points = Any                 # (n, d): np.ndarray or scipy.sparse.csr_array
DTYPES = [np.float64, np.float32, np.uint8]   # others become the first
FEW_VALUES = 2 ** 14     # coordinates of points, for all centres at once
FEW_SUMMANDS = 2 ** 10   # for which a running sum is fast enough
FEW_PAIRS = 2 ** 8       # of points and centres: fewer lose by columns
CHUNK_VALUES = 2 ** 18   # distances, or coordinates of points, at a time
PAIRS = 256              # distances that the formula computes at a time
SPARSE_PAIR_VALUES = 2 ** 18   # stored values of centres of sparse ones
REPEATED_COLUMNS = 2 ** 12   # of centres that are equally long, at a time
SAMPLE_ROWS = 64         # points that say where the data lies


def dense(X: Points) -> Any:
    """Return points as a float64 array, whatever matrix they are in."""
    if sparse.issparse(X):
        X = X.toarray()
    return np.asarray(X, dtype=np.float64)


def sample(X: Points) -> Any:
    """Return some of the points, spread over all: (s, d) float64."""
    return dense(X[::-(-X.shape[0] // SAMPLE_ROWS)])


def median(values: np.ndarray) -> Any:
    """Return the upper median along the first axis, faster than NumPy."""
    half = len(values) // 2
    return np.partition(values, half, axis=0)[half]


def squared_distances(X: Points, C: np.ndarray) -> Any:
    """Return the squared distance of each point to its own centre, (n,).

    X and C are both (n, d), or C is one centre (d,).  Both may be CSR with
    sorted indices; what neither stores adds nothing.
    """
    if sparse.issparse(C):
        difference = X.astype(np.float64) - C
        return csr_row_sums(difference.data * difference.data,
                            difference.indptr)
    difference = np.subtract(dense(X), C, order="C")
    np.multiply(difference, difference, out=difference)
    return row_sums(difference)


def all_distances(X: Points, C: np.ndarray) -> Any:
    """Return the squared distance of each point to each centre, (k, n)."""
    X = dense(X)
    if len(C) * len(X) < FEW_PAIRS:
        return pairwise(X, C)
    D, difference = np.zeros((2, len(C), len(X)))
    for x, c in zip(X.T, C.T):           # each of the d coordinates
        np.subtract(x, c[:, None], out=difference)
        np.multiply(difference, difference, out=difference)
        D += difference
    return D


def pairwise(X: np.ndarray, C: np.ndarray) -> Any:
    """Return the same for few points and centres, float64, pair by pair."""
    if len(C) * X.size > FEW_VALUES:
        return np.stack([squared_distances(X, c) for c in C])
    difference = X - C[:, None]
    np.multiply(difference, difference, out=difference)
    return np.add.accumulate(difference, axis=2)[:, :, -1]


def keep_first(distances: np.ndarray, j: int, largest: Any, infinity: Any
               ) -> None:
    """Make the j-th of some distances (k,) the first minimum.

    Its square is.  Rounding a square root can make two distances equal whose
    squares differ: a centre before the j-th then moves away by the last digit.
    largest, infinity: of the type of the distances
    """
    distances[j] = min(distances[j], largest)
    for i in range(j):
        if distances[i] <= distances[j]:
            distances[i] = np.nextafter(distances[j], infinity)


def row_sums(values: np.ndarray) -> Any:
    """Return the sums of the rows of values (n, d), from left to right, (n,).

    A running sum is, which np.sum need not be, but it stores every step.  To
    add one column after the other is faster, for at least two rows: else they
    are one array to NumPy.
    """
    if len(values) < 2 or values.size < FEW_SUMMANDS:
        return np.add.accumulate(values, axis=1)[:, -1].copy()
    return np.add.reduce(np.ascontiguousarray(values.T), axis=0)


def csr_row_sums(values: np.ndarray, indptr: np.ndarray) -> Any:
    """Return the sums of rows of CSR values, from left to right, (n,)."""
    columns = np.zeros(len(values), indptr.dtype)
    return sparse.csr_array((values, columns, indptr),
                            shape=(len(indptr) - 1, 1)) @ np.ones(1)


def nearest(X: Points, C: np.ndarray) -> Any:
    """Return the index of each point's nearest centre, (n,)."""
    rows = max(1, CHUNK_VALUES // max(C.shape))
    parts = [all_distances(X[s:s + rows], C).argmin(axis=0)
             for s in range(0, X.shape[0], rows)]
    return parts[0] if len(parts) == 1 else np.concatenate(parts)


def closest(D: np.ndarray, E: np.ndarray, guess: np.ndarray, points: Any,
            C: np.ndarray) -> Any:
    """Return labels (m,) of the nearest centres; `guess` are tried first.

    `points` is a function from positions to points.  D is changed.
    """
    labels = guess.copy()
    own = take_out(D, labels)
    doubt = np.flatnonzero(~(minima(D) - own > 2 * E))     # also where NaN
    if len(doubt):
        part = D[doubt]
        part[np.arange(len(doubt)), labels[doubt]] = own[doubt]
        labels[doubt] = settle(part, 2 * E[doubt], lambda row, candidate: (
            pair_distances(doubt[row], candidate, points, C)))
    return labels


def take_out(D: np.ndarray, labels: np.ndarray) -> Any:
    """Return the entry of each row at its label; replace it by infinity."""
    at = np.arange(len(D)) * D.shape[1] + labels
    own = D.ravel()[at]
    D.ravel()[at] = np.inf
    return own


def minima(D: np.ndarray) -> Any:
    """Return the minimum of each row (NumPy's argmin is faster than min)."""
    at = np.arange(len(D)) * D.shape[1] + D.argmin(axis=1)
    return D.ravel()[at]


def settle(D: np.ndarray, tolerance: np.ndarray, formula: Callable) -> Any:
    """Return labels where D leaves doubt: the formula compares candidates.

    It is a function from pairs of rows and candidates to their distances.
    """
    row, candidate = true_at(~(D > (minima(D) + tolerance)[:, None]))
    several = np.bincount(row, minlength=len(D))[row] > 1
    exact = np.zeros(len(row))
    exact[several] = formula(row[several], candidate[several])
    order = np.lexsort((candidate, exact, row))
    return candidate[order[firsts(row)]]


def pair_distances(row: np.ndarray, candidate: np.ndarray, points: Any,
                   C: Any) -> np.ndarray:
    """Return the squared distances of pairs (row, candidate)."""
    size = PAIRS
    if sparse.issparse(C):
        size = max(1, SPARSE_PAIR_VALUES // (1 + np.diff(C.indptr).max(
            initial=0)))
    parts = [squared_distances(points(row[s:s + size]),
                               C[candidate[s:s + size]])
             for s in range(0, len(row), size)]
    return np.concatenate(parts or [np.zeros(0)])


def repeated(squares: np.ndarray, values: Callable[[int, slice], np.ndarray],
             d: int) -> list[int]:
    """Return the centres that equal one with a lower index.

    They get no point, and would leave doubt for every one.  squares: (k,) of
    their lengths; values: what a centre has in some of the d columns.  Most
    that are equally long differ in the first columns.
    """
    if len(set(squares.tolist())) == len(squares):
        return []                    # as nearly always
    groups = alike(range(len(squares)), squares.tolist().__getitem__)
    for s in range(0, d, REPEATED_COLUMNS):
        columns = slice(s, s + REPEATED_COLUMNS)
        groups = [part for group in groups for part in alike(
            group, lambda j: (values(j, columns) + 0.0).tobytes())]
    return sorted(j for group in groups for j in group[1:])


def alike(items: Iterable, key: Callable) -> list[list]:
    """Return the groups, of two or more, of items that have the same key."""
    groups: dict[Any, list] = {}
    for item in items:
        groups.setdefault(key(item), []).append(item)
    return [group for group in groups.values() if len(group) > 1]


def firsts(values: np.ndarray) -> Any:
    """Return the position of the first of each run of equal values."""
    new = np.ones(len(values), bool)
    np.not_equal(values[1:], values[:-1], out=new[1:])
    return np.flatnonzero(new)


def true_at(these: np.ndarray) -> Any:
    """Return where (m, n) booleans are true, as rows and columns.

    As np.nonzero does, which is faster for one axis.
    """
    return np.divmod(np.flatnonzero(these), these.shape[1])
