"""The arithmetic of `update.Clusters` for many columns: the same bits.

Late in a run few points move, and most clusters stay as they are: what was
computed of these is kept.
"""

from typing import Any

import numpy as np

from kmeanslab.engine.update import (
    PART_VALUES, Clusters, find_worn, means, row_costs, shift_lengths)


class ChangedClusters(Clusters):
    """Clusters of which only those that changed are computed again.

    changed: (k,) whether sums changed since means were taken
    moved: (k,) whether the centre did when they were taken last
    costs: (k,) each cluster's part of the cost
    """

    def __init__(self, k: int, d: int) -> None:
        super().__init__(k, d)
        self.changed, self.moved = np.ones((2, k), bool)
        self.costs = np.zeros(k)

    def add_change(self, clusters: Any, *sums: Any) -> None:
        """Add to the sums of some clusters, given by ascending indices."""
        super().add_change(clusters, *sums)
        self.changed[clusters] = True

    def find_worn(self) -> Any:
        """Return the clusters whose sums have shrunk; see `Clusters`."""
        rows = np.flatnonzero(self.changed)
        worn, self.peak[rows] = find_worn(self.sums[rows], self.peak[rows])
        return rows[worn]

    def means(self, C: np.ndarray) -> Any:
        """Return new centres; see `Clusters.means`."""
        if C is not self.C:
            self.changed[:] = True
        self.moved, self.changed = self.changed, np.zeros_like(self.changed)
        new = C.copy()
        for rows in few_at_a_time(self.moved, C):
            new[rows] = means(self.sums[rows], self.weights[rows], C[rows])
        return new

    def shifts(self, last: np.ndarray, C: np.ndarray) -> np.ndarray:
        """Return how far each centre moved; see `Clusters.shifts`."""
        shifts = np.zeros(len(C))
        for rows in few_at_a_time(self.moved, C):
            shifts[rows] = shift_lengths(last[rows], C[rows])
        return shifts

    def sum_costs(self, C: np.ndarray) -> float:
        """Return the inertia less a constant; see `Clusters.cost`."""
        which = self.changed | self.moved | (C is not self.C)
        for rows in few_at_a_time(which, C):
            self.costs[rows] = row_costs(self.sums[rows], self.weights[rows],
                                         self.middle, C[rows])
        return float(np.add.accumulate(self.costs)[-1])


def few_at_a_time(which: np.ndarray, C: np.ndarray) -> list:
    """Return the rows of C (k, d) for which is true, in parts.

    New memory is expensive: small arrays are used again and again.
    """
    rows, size = np.flatnonzero(which), max(1, PART_VALUES // C.shape[1])
    return [rows[s:s + size] for s in range(0, len(rows), size)]
