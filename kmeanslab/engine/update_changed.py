"""The arithmetic of `update.Clusters` for many columns: the same bits.

Late in a run few points move, and most clusters stay as they are: what was
computed of these is kept.  Threads share the rest, some clusters each.
"""

from collections.abc import Callable
from typing import Any

import numpy as np

from kmeanslab.engine.threads import share
from kmeanslab.engine.update import (
    PART_VALUES, Clusters, find_worn, means, row_costs, shift_lengths)

FEW_PARTS = 2                # are not worth to wake a thread for


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
        worn = np.zeros(len(self.changed), bool)

        def find(rows: Any) -> None:
            worn[rows], self.peak[rows] = find_worn(self.sums[rows],
                                                    self.peak[rows])
        self.each(find, self.changed)
        return np.flatnonzero(worn)

    def each(self, work: Callable, which: Any) -> None:
        """Call work(rows) for the clusters where `which` is true.

        Some at a time: new memory is expensive, and small arrays are used
        again and again.
        """
        rows = np.flatnonzero(which)
        size = max(1, PART_VALUES // self.sums.shape[1])
        parts = [as_slice(rows[s:s + size])
                 for s in range(0, len(rows), size)]
        share(work, parts, self.threads if len(parts) > FEW_PARTS else 1)

    def means(self, C: np.ndarray) -> Any:
        """Return new centres; see `Clusters.means`."""
        if C is not self.C:
            self.changed[:] = True
        self.moved, self.changed = self.changed, np.zeros_like(self.changed)
        new = C.copy("K")

        def write(rows: Any) -> None:
            new[rows] = means(self.sums[rows], self.weights[rows], C[rows])
        self.each(write, self.moved)
        return new

    def shifts(self, last: np.ndarray, C: np.ndarray) -> np.ndarray:
        """Return how far each centre moved; see `Clusters.shifts`."""
        shifts = np.zeros(len(C))

        def write(rows: Any) -> None:
            shifts[rows] = shift_lengths(last[rows], C[rows])
        self.each(write, self.moved)
        return shifts

    def sum_costs(self, C: np.ndarray) -> float:
        """Return the inertia less a constant; see `Clusters.cost`."""
        def write(rows: Any) -> None:
            self.costs[rows] = row_costs(self.sums[rows], self.weights[rows],
                                         self.middle, C[rows])
        self.each(write, self.changed | self.moved | (C is not self.C))
        return float(np.add.accumulate(self.costs)[-1])


def as_slice(rows: np.ndarray) -> Any:
    """Return ascending rows as a slice if they are one: that is no copy."""
    whole = rows[-1] - rows[0] == len(rows) - 1
    return slice(rows[0], rows[-1] + 1) if whole else rows
