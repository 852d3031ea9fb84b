"""The arithmetic of `update.Clusters`, compiled by Numba: the same bits.

NumPy needs longer to begin a sum than to add up a few clusters.
"""

import math
from typing import Any

import numpy as np

from kmeanslab.engine.assign.kernels import compiled, making_arrays
from kmeanslab.engine.update import LANES, LOST_DIGITS, Clusters


class CompiledClusters(Clusters):
    """Clusters whose sums are kept by kernels; their changes are dense."""

    def add_change(self, clusters: Any, sums: Any, weights: np.ndarray,
                   members: np.ndarray) -> None:
        """Add to the sums of some clusters, given by ascending indices."""
        add_change(self.sums, self.weights, self.members,
                   np.asarray(clusters), sums, weights, members)

    def clear_empty(self) -> None:
        """Remove what rounding has left of clusters without points."""
        clear_empty(self.sums, self.weights, self.members)

    def find_worn(self) -> Any:
        """Return the clusters whose sums have shrunk; see `Clusters`."""
        return find_worn(self.sums, self.peak)

    def means(self, C: np.ndarray) -> Any:
        """Return new centres; see `Clusters.means`."""
        return means(self.sums, self.weights, C)

    def shifts(self, last: np.ndarray, C: np.ndarray) -> Any:
        """Return how far each centre moved; see `Clusters.shifts`."""
        return shift_lengths(last, C)

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
def clear_empty(sums, weights, members):
    """Set the sums of clusters without members to 0."""
    for j in range(len(members)):
        if members[j] == 0:
            sums[j], weights[j] = 0.0, 0.0


@making_arrays
def find_worn(sums, peak):
    """Return which sums have shrunk; bring the peaks (k,) up to date."""
    worn = np.zeros(len(sums), np.bool_)
    lanes = np.empty(min(LANES, sums.shape[1]))
    for j in range(len(sums)):
        lanes[:] = 0.0
        for h in range(0, sums.shape[1], LANES):
            take_larger(sums[j, h:h + LANES], lanes)
        size = 0.0
        for lane in lanes:
            size = larger(size, lane)
        worn[j] = size < LOST_DIGITS * peak[j]
        peak[j] = larger(peak[j], size)
    return np.flatnonzero(worn)


@compiled
def take_larger(values, lanes):
    """Replace each lane by a value that is absolutely larger, or NaN."""
    for h in range(len(values)):
        lanes[h] = larger(lanes[h], abs(values[h]))


@compiled
def larger(a, b):
    """Return the larger number; NaN if one is, as np.maximum does."""
    return b if b > a or b != b else a


@making_arrays
def means(sums, weights, C):
    """Return sums / weights where that is finite, else C."""
    new = np.empty_like(C)
    for j in range(len(C)):
        for h in range(C.shape[1]):
            fine = weights[j] > 0 and np.isfinite(sums[j, h])
            new[j, h] = sums[j, h] / weights[j] if fine else C[j, h]
    return new


@making_arrays
def sum_costs(sums, weights, middle, C):
    """Return the sum of w |c|^2 - 2 c.sum over the centres that are left."""
    lanes, total = np.empty(min(LANES, C.shape[1])), 0.0
    for j in range(len(C)):
        if np.isfinite(C[j, 0]):
            lanes[:] = 0.0
            for h in range(0, C.shape[1], LANES):
                part = slice(h, h + LANES)
                add_costs(sums[j, part], weights[j], middle[part], C[j, part],
                          lanes)
            total += sum_lanes(lanes)
    return total


@compiled
def add_costs(sums, weight, middle, c, lanes):
    """Add the terms of some columns to one lane each."""
    for h in range(len(c)):
        near = c[h] - middle[h]
        lanes[h] += near * (weight * (near + 2 * middle[h]) - 2 * sums[h])


@making_arrays
def shift_lengths(last, C):
    """Return how far each centre moved, (k,); 0 for those dropped."""
    lanes, shifts = np.empty(min(LANES, C.shape[1])), np.zeros(len(C))
    for j in range(len(C)):
        if np.isfinite(C[j, 0]):
            lanes[:] = 0.0
            for h in range(0, C.shape[1], LANES):
                add_squares(last[j, h:h + LANES], C[j, h:h + LANES], lanes)
            shifts[j] = math.sqrt(sum_lanes(lanes))
    return shifts


@compiled
def add_squares(before, c, lanes):
    """Add the squared differences of some columns to one lane each."""
    for h in range(len(c)):
        lanes[h] += (c[h] - before[h]) * (c[h] - before[h])


@compiled
def sum_lanes(lanes):
    """Return the sum, from the first lane to the last."""
    total = 0.0
    for lane in lanes:
        total += lane
    return total
