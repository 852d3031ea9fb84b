"""The update step: from the sums of the clusters' points to new centres.

    sums (k, d), weights (k,)   of each cluster's points, float64
    members (k,)                how many of them have a weight
    C (k, d)                    the centres that the points were assigned to
    call(name, *args)           asks all blocks
"""

import numpy as np
from scipy import sparse

LOST_DIGITS = 2.0 ** -10     # a sum that shrank by this is made afresh


class Clusters:
    """The sums that make the centres, kept up to date by changes."""

    def __init__(self, k, d):
        self.sums, self.weights = np.zeros((k, d)), np.zeros(k)
        self.members, self.peak = np.zeros(k), np.zeros(k)
        self.middle = None

    def add(self, changes):
        """Add the blocks' changes, in their order."""
        for clusters, sums, weights, members in changes:
            add_rows(self.sums, clusters, sums)
            self.weights[clusters] += weights
            self.members[clusters] += members
        empty = self.members == 0        # whatever rounding left of them
        self.sums[empty], self.weights[empty] = 0.0, 0.0

    def refresh(self, call):
        """Make anew the sums that were once so large that digits are lost.

        Without it a point at 1e20 that came and went leaves only noise.
        """
        size = np.abs(self.sums).max(axis=1)
        worn = np.flatnonzero(size < LOST_DIGITS * self.peak)
        if len(worn):
            for array in (self.sums, self.weights, self.members):
                array[worn] = 0.0
            self.add(call("recompute_sums", worn))
            size[worn] = np.abs(self.sums[worn]).max(axis=1)
            self.peak[worn] = 0.0
        np.maximum(self.peak, size, out=self.peak)

    def means(self, C):
        """The new centres; a cluster without points keeps its centre."""
        weights = self.weights[:, None]
        return np.divide(self.sums, weights, out=C.copy(), where=weights > 0)

    def cost(self, C):
        """The inertia less a constant: the sum of w |c|^2 - 2 c.sum.

        Seen from the points' mean, where fewest digits cancel.
        """
        if self.middle is None:
            self.middle = self.sums.sum(axis=0) / self.weights.sum()
        near = C - self.middle
        near[~np.isfinite(near)] = 0.0       # dropped
        return float(self.weights @ np.einsum("ij,ij->i", near, near)
                     - 2 * np.einsum("ij,ij->", near, self.sums)
                     + 2 * self.weights @ (near @ self.middle))


def add_rows(total, at, rows):
    """Add rows, dense or CSR without duplicate entries, to total[at]."""
    if not sparse.issparse(rows):
        total[at] += rows
        return
    for i, j in enumerate(at):
        part = slice(rows.indptr[i], rows.indptr[i + 1])
        total[j, rows.indices[part]] += rows.data[part]


def merge_changes(changes):
    """The changes of several blocks as one, added in their order."""
    if len(changes) == 1:
        return changes[0]
    clusters = np.unique(np.concatenate([change[0] for change in changes]))
    total = [np.zeros((len(clusters), *array.shape[1:]))
             for array in changes[0][1:]]
    for some, *arrays in changes:
        at = np.searchsorted(clusters, some)
        for whole, array in zip(total, arrays):
            whole[at] += array
    return clusters, *total


def flatten(lists):
    """One list of all that the lists hold."""
    return [item for items in lists for item in items]


def relocate(clusters, C, call):
    """The clusters with the farthest points moved to the empty ones.

    As scikit-learn does, for this update only: the next assign step decides
    anew.  Where every point lies on its centre nothing is moved.
    """
    empty = np.flatnonzero(clusters.members == 0)
    far = sorted(flatten(call("farthest", C, len(empty))),
                 key=lambda point: -point[0])
    moved = Clusters(*C.shape)
    moved.add([(slice(None), clusters.sums, clusters.weights,
                clusters.members)])
    for j, (distance, x, weight, old) in zip(empty, far):
        if far[0][0] > 0:
            moved.add([([j], x * weight, weight, 1),
                       ([old], -x * weight, -weight, -1)])
    return moved


def drop(clusters, C, call):
    """The handout's rule: a centre without points goes, to infinity."""
    C[clusters.members == 0] = np.inf
    return clusters
