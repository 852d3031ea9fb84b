"""A block: some of the points, and the clusters they are in.

Blocks are worked on side by side and know nothing of each other.  `assign`
finds the new labels; here the formula does, in subclasses faster ways do.

    X (m, d) points    labels (m,), -1 before the first    weights (m,)
"""

from functools import cached_property
import math
from typing import Any

import numpy as np
from scipy import sparse

from kmeanslab.engine.assign.distances import (
    Points, all_distances, dense, firsts, keep_first, nearest,
    squared_distances)

MAX_BLOCKS = 64          # enough for as many threads
FEW_BLOCKS = 16          # where blocks have few points per centre,
CENTRE_POINTS = 64       # fewer than these
BLOCK_VALUES = 2 ** 23   # coordinates, or distances, of a block at most
BLOCK_WORK = 3 * 2 ** 22     # multiplications that cost as much as a block
POINT_WORK = 2 ** 11     # what a point costs besides its distances
CHUNK_VALUES = 2 ** 15   # coordinates that the formula takes at a time
FILLED = 4               # sums per stored value, up to which they are dense
NO_CLUSTERS = np.zeros(0, int)


def row_blocks(n: int, d: int, k: int) -> list:
    """Return the slices that cut n points into blocks.

    They depend on the shape of the data alone, and so does the order of all
    sums.  Each block returns sums of k d values: with few points per centre,
    adding these up costs more than it helps to have many blocks.  A thread
    per block takes work / blocks, and each block adds a constant: their sum is
    least for the square root.  A power of two gives 2, 4, 8 or 16 threads
    equal shares.
    """
    work = n * (k * d + POINT_WORK)
    worth = min(math.sqrt(work / BLOCK_WORK), MAX_BLOCKS,
                max(FEW_BLOCKS, n / (CENTRE_POINTS * k)))
    blocks = 2 ** round(math.log2(max(1, worth)))
    rows = min(-(-n // blocks), max(1024, BLOCK_VALUES // max(d, k)))
    return [slice(s, min(s + rows, n)) for s in range(0, n, rows)]


class Block:
    """Some points, labelled by the formula.

    distances: (m, k), where `fill_distances` writes
    out: (m,) int32, where `write` puts labels, or None
    """

    distances: np.ndarray
    out: np.ndarray | None = None

    def __init__(self, X: Points, weights: Any, k: int) -> None:
        self.X, self.weights, self.k = X, weights, k

    @cached_property
    def labels(self) -> np.ndarray:
        """The points' clusters, (m,), -1 before the first."""
        return np.full(self.X.shape[0], -1, np.intp)

    def start(self) -> None:
        """Prepare for the first iteration, in the thread that works."""

    def step(self, centres: Any) -> tuple:
        """Assign; return what changed, and how many points did.

        And how many points and distances were looked at.
        """
        rows, before, points, distances = self.relabel(centres)
        return self.change(rows, before), len(rows), points, distances

    def relabel(self, centres: Any) -> tuple:
        """Assign; return the points that moved, and their old labels.

        And how many points and distances were looked at.
        """
        old = self.labels
        self.labels, points, distances = self.assign(centres)
        rows = np.flatnonzero(self.labels != old)
        return rows, old[rows], points, distances

    def assign(self, C: np.ndarray) -> tuple:
        """Return new labels (m,), and the points and distances computed."""
        return nearest(self.X, C), len(self.labels), len(self.labels) * len(C)

    def label_once(self, centres: Any) -> Any:
        """Assign points that are not asked again.

        Compiled methods return a number that is finite only if all points are.
        """
        self.start()
        self.labels = self.assign(centres)[0]

    def score_once(self, centres: Any, C: np.ndarray) -> float:
        """Assign points that are not asked again; return their inertia."""
        self.label_once(centres)
        return self.inertia(C)

    def write(self, name: str, *args: Any) -> Any:
        """Call a method of that name; put the labels where they are wanted."""
        answer = getattr(self, name)(*args)
        if self.out is not None and self.labels is not self.out:
            self.out[:] = self.labels
        return answer

    def label_batch(self, centres: Any, C: np.ndarray) -> float:
        """Assign a mini-batch; return its inertia, which may be rounded."""
        return self.score_once(centres, C)

    def fill_distances(self, C: np.ndarray) -> Any:
        """Write the distances of the points to the centres C (k, d).

        Compiled methods return what `label_once` does.
        """
        for part in self.parts(max(C.shape)):
            D, out = all_distances(self.X[part], C), self.distances[part]
            np.sqrt(D.T, out=out, casting="same_kind")
            keep_nearest(out, D.argmin(axis=0))

    def change(self, rows: Any, before: np.ndarray) -> tuple:
        """Return what points add to their clusters and take from others.

        rows: (p,) the points, ascending    before: (p,) labels, -1 for none
        """
        X, weights, labels = self.X, self.weights, self.labels
        if len(rows) < len(labels):      # else no copy of all points
            X, weights, labels = X[rows], weights[rows], labels[rows]
        return sum_changes(X, weights, labels, before, self.k)

    def first_change(self) -> tuple:
        """Return what points that had no label so far add to clusters.

        As `change` does; of CSR a cluster may be named several times.
        """
        m = len(self.labels)
        return self.change(np.arange(m), np.full(m, -1))

    def recompute_sums(self, clusters: Any) -> Any:
        """Return the sums of the points of these clusters, from scratch."""
        asked = np.zeros(self.k, bool)
        asked[clusters] = True
        rows = np.flatnonzero(asked[self.labels])
        return self.change(rows, np.full(len(rows), -1))

    def inertia(self, C: np.ndarray) -> Any:
        """Return the weighted sum of squared distances to the own centres."""
        return self.weighted_sum(self.own_distances(C))

    def weighted_sum(self, values: np.ndarray) -> float:
        """Return the sum of the points' values (m,), each times its weight.

        Overwrites the values.
        """
        # not `@`, whose result depends on the number of BLAS threads
        total = np.sum(np.multiply(self.weights, values, out=values))
        if np.isnan(total):      # infinite, and no weight: as if it were not
            total = np.sum(values[self.weights > 0])
        return float(total)

    def own_distances(self, C: np.ndarray) -> Any:
        """Return the squared distance of each point to its centre, (m,)."""
        return np.concatenate([
            squared_distances(self.X[part], C[self.labels[part]])
            for part in self.parts(self.X.shape[1])])

    def parts(self, per_point: int) -> list:
        """Return slices of a few points each: allocation is expensive.

        per_point: how many numbers a point takes
        """
        rows = max(1, CHUNK_VALUES // per_point)
        return [slice(s, s + rows) for s in range(0, len(self.labels), rows)]

    def farthest(self, C: np.ndarray, count: int) -> list:
        """Return the `count` points farthest from their own centres.

        Each as its squared distance, coordinates, weight and label; fewer
        where fewer have a weight.
        """
        D = np.where(self.weights > 0, self.own_distances(C), -np.inf)
        first = max(0, len(D) - count)
        last = np.partition(D, first)[first]
        at = np.flatnonzero(D >= last)   # a stable sort of all takes longer
        at = at[np.argsort(-D[at], kind="stable")[:count]]
        at = at[self.weights[at] > 0]
        return [(D[i], dense(self.X[i:i + 1])[0], self.weights[i],
                 self.labels[i]) for i in at]

    def representatives(self) -> tuple:
        """Return the clusters here that have weight, and a point of each."""
        members = np.flatnonzero(self.weights)
        clusters, first = np.unique(self.labels[members], return_index=True)
        return clusters, dense(self.X[members[first]])


def keep_nearest(distances: np.ndarray, labels: np.ndarray) -> None:
    """Make `labels` the first minimum of each row of distances (m, k)."""
    kind = distances.dtype.type
    for i in np.flatnonzero(distances.argmin(axis=1) != labels):
        keep_first(distances[i], labels[i], np.finfo(kind).max, kind(np.inf))


def sum_changes(X: Points, weights: np.ndarray, new: np.ndarray,
                old: np.ndarray, k: int) -> Any:
    """Return what points (p, d) add to new clusters and take from old ones.

    For the clusters (g,) that change: the sums of weighted points (g, d), of
    weights (g,), and of points that have a weight (g,), each in the order of
    the points.  Old labels of -1 mean none.
    """
    if not X.shape[0]:
        return NO_CLUSTERS, np.zeros((0, X.shape[1])), np.zeros(0), np.zeros(0)
    if X.size <= CHUNK_VALUES and isinstance(X, np.ndarray):
        return sum_few_changes(X, weights, new, old, k)
    if sparse.issparse(X) and k * X.shape[1] <= FILLED * X.nnz and (
            old < 0).all():
        return sum_stored(X, weights, new, k)
    cluster = np.stack([new, old], axis=1).ravel()
    order = np.argsort(cluster, kind="stable")
    order = order[np.searchsorted(cluster[order], 0):]
    cluster, point = cluster[order], order // 2
    first = firsts(cluster)
    sign = np.where(order % 2 == 0, 1.0, -1.0)
    weight = sign * weights[point]
    gather = sparse.csr_array((weight, point, np.append(first, len(point))),
                              shape=(len(first), X.shape[0]))
    some = sign * (weights[point] != 0)
    return (cluster[first], gather @ X, gather @ np.ones(X.shape[0]),
            np.add.reduceat(some, first) if len(first) else some)


def weighted_values(X: Points, weights: np.ndarray) -> Any:
    """Return what CSR points store, each value times its point's weight.

    No copy where weights change nothing.
    """
    if (weights != 1).any():
        return X.data * np.repeat(weights, np.diff(X.indptr))
    return X.data


def sum_stored(X: Points, weights: np.ndarray, labels: np.ndarray, k: int
               ) -> tuple:
    """Return the same for CSR points without old labels, as dense sums.

    Faster where the points store about as many values as there are sums.
    """
    d, lengths = X.shape[1], np.diff(X.indptr)
    places = np.repeat(labels * d, lengths)
    places += X.indices
    # bincount adds one number after the other
    sums = np.bincount(places, weighted_values(X, weights), k * d)
    return (np.arange(k), sums.reshape(k, d), np.bincount(labels, weights, k),
            np.bincount(labels, weights != 0, k))


def sum_few_changes(X: Points, weights: np.ndarray, new: np.ndarray,
                    old: np.ndarray, k: int) -> tuple:
    """Return the same as `sum_changes`; faster for few points."""
    d, first = X.shape[1], old[0] < 0    # then none has an old cluster
    rows = np.empty((len(X), 1 if first else 2, d + 2))
    np.multiply(X, weights[:, None], out=rows[:, 0, :d])
    rows[:, 0, d], rows[:, 0, d + 1] = weights, weights != 0
    at = new[:, None]
    if not first:
        np.negative(rows[:, 0], out=rows[:, 1])
        at = np.array((new, old)).T
    places = at[:, :, None] * (d + 2) + np.arange(d + 2)
    # bincount adds one number after the other
    sums = np.bincount(places.ravel(), rows.ravel(), k * (d + 2))
    sums = sums.reshape(k, d + 2)
    return np.arange(k), sums[:, :d], sums[:, d], sums[:, d + 1]
