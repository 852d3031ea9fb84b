"""A block: some of the points, and the clusters they are in.

Blocks are worked on side by side and know nothing of each other.  `assign`
finds out who changes cluster; this one asks the formula, the others inherit
all else.

    X (m, d) points    labels (m,), -1 before the first    weights (m,)
"""

import numpy as np
from scipy import sparse

from kmeanslab.engine.assign.distances import (
    dense, firsts, nearest, squared_distances)

FEW = 2 ** 15            # numbers the formula takes at a time
BLOCKS = 8               # at least, where there are thousands of points
NUMBERS = 2 ** 23        # of a block at most
WORK = 2 ** 26           # that makes a block worth while
EACH = 512               # of it for each point, besides its distances


def row_blocks(n, d, k):
    """How n points are cut into blocks: by the data's shape alone."""
    blocks = min(BLOCKS, -(-n * (k * d + EACH) // WORK))
    rows = min(-(-n // blocks), max(1024, NUMBERS // max(d, k)))
    return [slice(s, min(s + rows, n)) for s in range(0, n, rows)]


class Block:
    """Some points; labels from the formula."""

    def __init__(self, X, weights):
        self.X, self.weights = X, weights
        self.labels = np.full(X.shape[0], -1, np.intp)

    def start(self):
        """What to do before the first iteration, by the thread that works."""

    def step(self, centres):
        """Assign.  What changed, and how much; points and distances seen."""
        old = self.labels
        self.labels, points, distances = self.assign(centres)
        moved = int(np.count_nonzero(self.labels != old))
        return self.change(self.labels, old), moved, points, distances

    def assign(self, C):
        """New labels (m,); how many points and distances were looked at."""
        return nearest(self.X, C), len(self.labels), len(self.labels) * len(C)

    def change(self, new, old):
        """What the points add to new clusters and take from old ones."""
        moved = np.flatnonzero(new != old)
        X, at = self.X, moved
        if X.dtype != np.float64:        # it would become so, all of it
            X, at = X[moved], np.arange(len(moved))
        return change(X, at, self.weights[moved], new[moved], old[moved])

    def recompute_sums(self, clusters):
        """The sums of these clusters' points, anew."""
        new = np.where(np.isin(self.labels, clusters), self.labels, -1)
        return self.change(new, np.full(len(new), -1))

    def inertia(self, C):
        """The weighted sum of squared distances to the own centres."""
        return float(self.weights @ self.own_distances(C))

    def own_distances(self, C):
        """The squared distance of each point to its centre, (m,)."""
        return np.concatenate([
            squared_distances(self.X[part], C[self.labels[part]])
            for part in self.parts()])

    def parts(self):
        """The block, a few points at a time: fresh memory is dear."""
        rows = max(1, FEW // self.X.shape[1])
        return [slice(s, s + rows) for s in range(0, len(self.labels), rows)]

    def farthest(self, C, count):
        """The points farthest from their centres: distance and all else."""
        D = np.where(self.weights > 0, self.own_distances(C), -1.0)
        at = np.argsort(-D, kind="stable")[:count]
        return [(D[i], dense(self.X[i:i + 1])[0], self.weights[i],
                 self.labels[i]) for i in at]


def change(X, at, weights, new, old):
    """What some points add to their new clusters and take from the old.

    The points are X[at], (p, d).  Returns the clusters (g,), and for each the
    sums of weighted points (g, d), CSR for CSR, of weights (g,), and of points
    with a weight (g,), each in the order of the points.  Old labels of -1
    mean none.
    """
    cluster = np.stack([new, old], axis=1).ravel()
    order = np.argsort(cluster, kind="stable")
    order = order[np.searchsorted(cluster[order], 0):]
    cluster, point = cluster[order], order // 2
    first = firsts(cluster)
    sign = np.where(order % 2 == 0, 1.0, -1.0)
    weight = sign * weights[point]
    gather = sparse.csr_array(
        (weight, at[point], np.append(first, len(point))),
        shape=(len(first), X.shape[0]))
    some = sign * (weights[point] != 0)
    return (cluster[first], gather @ X, gather @ np.ones(X.shape[0]),
            np.add.reduceat(some, first) if len(first) else some)
