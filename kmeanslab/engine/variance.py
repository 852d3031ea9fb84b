"""The mean variance of the columns, which `tol` is relative to.

    X (n, d)  points, dense or CSR
"""

from collections.abc import Iterable

import numpy as np
from scipy import sparse

from kmeanslab.engine.assign.blocks import row_blocks
from kmeanslab.engine.assign.csr_rows import canonical, row_slices
from kmeanslab.engine.assign.distances import Points
from kmeanslab.engine.threads import worker_threads

CHUNK_VALUES = 2 ** 16       # taken at a time


class Spread:
    """The sums of some dense points relative to an origin.

    Parameters: X (m, d), any real dtype; origin (d,) float64.
    """

    def __init__(self, X: Points, origin: np.ndarray) -> None:
        self.X, self.origin = X, origin

    def sums(self) -> tuple[np.ndarray, float]:
        """Return the sum of the points (d,), and the sum of all squares."""
        total, squares = np.zeros(len(self.origin)), 0.0
        rows = max(1, CHUNK_VALUES // len(self.origin))
        for s in range(0, self.X.shape[0], rows):
            difference = self.X[s:s + rows] - self.origin
            total += difference.sum(axis=0)
            squares += np.einsum("ij,ij->", difference, difference)
        return total, squares


@np.errstate(all="ignore")
def mean_variance(X: Points) -> float:
    """Return the mean of the columns' variances, at most the largest float.

    Dense points are read once, relative to the first of them, which is at
    most sqrt(n) deviations away from the mean: squares around an origin far
    away would cancel.
    """
    n, d = X.shape
    if sparse.issparse(X):
        return sparse_mean_variance(canonical(X))
    origin = np.asarray(X[0], np.float64)
    parts = [Spread(X[rows], origin) for rows in row_blocks(n, d, 1)]
    with worker_threads(parts) as call:
        return variance(call("sums"), n, d)


def variance(sums: Iterable, n: int, d: int) -> float:
    """Return the mean of d columns' variances, from `sums` of all n points."""
    totals, squares = zip(*sums)
    total = np.sum(totals, axis=0)
    squares = sum(squares) - np.square(total).sum() / n
    return finite(squares / n / d)


def sparse_mean_variance(X: Points) -> float:
    """Return the mean of the columns' variances of CSR points.

    Reads the stored values twice: for the means, and relative to these.  A
    value that is not stored differs from the mean of its column by the mean.
    """
    n, d = X.shape
    total, stored, squares = np.zeros(d), np.zeros(d), 0.0
    for part in row_slices(X, CHUNK_VALUES):
        total += part.T @ np.ones(part.shape[0])
        stored += np.bincount(part.indices, minlength=d)
    mean = total / n
    for part in row_slices(X, CHUNK_VALUES):
        difference = part.data - mean[part.indices]
        squares += np.einsum("i,i->", difference, difference)
    squares += np.einsum("i,i,i->", n - stored, mean, mean)
    return finite(squares / n / d)


def finite(value: float) -> float:
    """Return a variance, not negative; the largest float on overflow."""
    largest = float(np.finfo(np.float64).max)
    return max(0.0, float(value)) if value < largest else largest
