"""Squared distances: the one formula, and who may decide by it.

A label is decided by the sum of (x - c)^2, in float64, from the first
coordinate to the last; a tie goes to the lowest index.  Said so exactly, it is
the same number on every machine and in every loop that follows the order.
`closest` decides many points at once from distances that are only nearly
right (see `product.py`), and asks the formula where they leave doubt.

    X  (n, d)  points, any real dtype, dense or CSR
    C  (k, d)  centres, float64
    D  (m, k)  squared distances that may be wrong by E (m,), row by row
"""

import numpy as np
from scipy import sparse

DTYPES = [np.float64, np.float32, np.uint8]   # others become the first
PAIRS = 256            # distances the formula takes at a time
SPARSE_PAIR_VALUES = 2 ** 18   # stored values of the centres of sparse ones
SAMPLE = 64            # points that say where the data lies


def dense(X):
    """Points as a float64 ndarray, whatever kind of matrix they are in."""
    if sparse.issparse(X):
        X = X.toarray()
    return np.asarray(X, dtype=np.float64)


def sample(X):
    """Some of the points, spread over all: (s, d) float64."""
    n = X.shape[0]
    at = np.unique(np.linspace(0, n - 1, min(n, SAMPLE)).astype(int))
    return dense(X[at])


def squared_distances(X, C):
    """The squared distance of each point to its own centre, (n,) float64.

    X and C are both (n, d), or C is one centre (d,).  Both may be CSR with
    sorted indices; what neither stores adds nothing.
    """
    if sparse.issparse(C):
        apart = X.astype(np.float64) - C
        return csr_row_sums(apart.data * apart.data, apart.indptr)
    apart = np.subtract(dense(X), C, order="C")
    np.multiply(apart, apart, out=apart)
    # a running sum is sure to go from left to right; np.sum need not
    return np.add.accumulate(apart, axis=1, out=apart)[:, -1].copy()


def csr_row_sums(values, indptr):
    """Return the sums of rows of CSR values, from left to right, (n,)."""
    columns = np.zeros(len(values), indptr.dtype)
    return sparse.csr_array((values, columns, indptr),
                            shape=(len(indptr) - 1, 1)) @ np.ones(1)


def nearest(X, C):
    """The index of each point's nearest centre, (n,); the lowest of a tie."""
    X = dense(X)
    D = np.stack([squared_distances(X, c) for c in C], axis=1)
    return D.argmin(axis=1)


def closest(D, E, guess, points, C):
    """Labels (m,) of the nearest centres; `guess` are labels to try first.

    `points` is a function from positions to points.  D is changed.
    """
    labels = guess.copy()
    own = take_out(D, labels)
    doubt = np.flatnonzero(~(least(D) - own > 2 * E))      # so also where NaN
    if len(doubt):
        part = D[doubt]
        part[np.arange(len(doubt)), labels[doubt]] = own[doubt]
        labels[doubt] = settle(part, 2 * E[doubt],
                               lambda at: points(doubt[at]), C)
    return labels


def take_out(D, labels):
    """The entry of each row at its label; infinity takes its place."""
    at = np.arange(len(D)) * D.shape[1] + labels
    own = D.ravel()[at]
    D.ravel()[at] = np.inf
    return own


def least(D):
    """The least entry of each row (argmin is NumPy's faster way to it)."""
    at = np.arange(len(D)) * D.shape[1] + D.argmin(axis=1)
    return D.ravel()[at]


def settle(D, margin, points, C):
    """Labels where D leaves doubt: the formula picks among the candidates."""
    row, candidate = np.nonzero(~(D > (least(D) + margin)[:, None]))
    several = np.bincount(row, minlength=len(D))[row] > 1
    exact = np.zeros(len(row))
    exact[several] = pair_distances(row[several], candidate[several], points,
                                    C)
    order = np.lexsort((candidate, exact, row))
    return candidate[order[firsts(row)]]


def pair_distances(row, candidate, points, C):
    """Squared distances of pairs (row, candidate), a few at a time."""
    size = PAIRS
    if sparse.issparse(C):
        size = max(1, SPARSE_PAIR_VALUES // (1 + np.diff(C.indptr).max()))
    parts = [squared_distances(points(row[s:s + size]),
                               C[candidate[s:s + size]])
             for s in range(0, len(row), size)]
    return np.concatenate(parts or [np.zeros(0)])


def firsts(values):
    """The position of the first of each run of equal values."""
    new = np.ones(len(values), bool)
    np.not_equal(values[1:], values[:-1], out=new[1:])
    return np.flatnonzero(new)
