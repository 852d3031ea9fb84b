"""The arithmetic of `update.Clusters`, compiled by Numba: the same bits.

NumPy needs longer to begin a sum than to add up a few clusters.
"""

from typing import Any

import numpy as np

from kmeanslab.engine.assign.kernels import compiled
from kmeanslab.engine.update import Clusters


class CompiledClusters(Clusters):
    """Clusters whose sums are kept by kernels; their changes are dense."""

    def add_change(self, clusters: Any, sums: Any, weights: np.ndarray,
                   members: np.ndarray) -> None:
        """Add to the sums of some clusters, given by ascending indices."""
        add_change(self.sums, self.weights, self.members,
                   np.asarray(clusters), sums, weights, members)

    def size(self) -> np.ndarray:
        """Return the largest coordinate of each cluster's sum, (k,)."""
        return size(self.sums)

    def means(self, C: np.ndarray) -> Any:
        """Return new centres; see `Clusters.means`."""
        return means(self.sums, self.weights, C)

    def sum_costs(self, C: np.ndarray) -> float:
        """Return the inertia less a constant; see `Clusters.cost`."""
        return float(sum_costs(self.sums, self.weights, self.middle, C))


@compiled
def add_change(sums, weights, members, clusters, more, more_weights,
               more_members):
    """Add to the clusters' sums (k, d), weights (k,) and members (k,)."""
    for i in range(len(clusters)):
        j = clusters[i]
        for h in range(sums.shape[1]):
            sums[j, h] += more[i, h]
        weights[j] += more_weights[i]
        members[j] += more_members[i]


@compiled
def size(sums):
    """Return the largest coordinate of each row of sums (k, d)."""
    largest = np.zeros(len(sums))
    for j in range(len(sums)):
        for h in range(sums.shape[1]):
            largest[j] = max(largest[j], abs(sums[j, h]))
    return largest


@compiled
def means(sums, weights, C):
    """Return sums / weights where that is finite, else C."""
    new = np.empty_like(C)
    for j in range(len(C)):
        for h in range(C.shape[1]):
            fine = weights[j] > 0 and np.isfinite(sums[j, h])
            new[j, h] = sums[j, h] / weights[j] if fine else C[j, h]
    return new


@compiled
def sum_costs(sums, weights, middle, C):
    """Return the sum of w |c|^2 - 2 c.sum over the centres that are left."""
    total = 0.0
    for j in range(len(C)):
        if np.isfinite(C[j, 0]):
            for h in range(C.shape[1]):
                near = C[j, h] - middle[h]
                rest = weights[j] * (near + 2 * middle[h])
                rest -= 2 * sums[j, h]
                total += near * rest
    return total
