"""The mean variance of the columns, which `tol` is relative to."""

import numpy as np

from kmeanslab.engine.assign.blocks import row_blocks
from kmeanslab.engine.assign.distances import dense
from kmeanslab.engine.threads import worker_threads

FEW = 2 ** 16            # numbers taken at a time


class Spread:
    """Some points, seen from an origin."""

    def __init__(self, X, origin):
        self.X, self.origin = X, origin

    def sums(self):
        """The sum of the points (d,), the sum of all squares."""
        total, squares = np.zeros(len(self.origin)), 0.0
        rows = max(1, FEW // len(self.origin))
        for s in range(0, self.X.shape[0], rows):
            part = self.X[s:s + rows]
            apart = (part if isinstance(part, np.ndarray)
                     else part.toarray()) - self.origin
            total += apart.sum(axis=0)
            squares += np.einsum("ij,ij->", apart, apart)
        return total, squares


def mean_variance(X):
    """The mean of the columns' variances, in one pass.

    Seen from a point, which is at most sqrt(n) deviations away from the mean:
    seen from afar the squares would cancel.
    """
    n, d = X.shape
    origin = dense(X[:1])[0]
    parts = [Spread(X[rows], origin) for rows in row_blocks(n, d, 1)]
    with worker_threads(parts) as call:
        return variance(call("sums"), n, d)


def variance(sums, n, d):
    """The mean of d columns' variances, from the `sums` of all n points."""
    totals, squares = zip(*sums)
    total = np.sum(totals, axis=0)
    return max(0.0, (sum(squares) - np.square(total).sum() / n) / n / d)
