"""What the methods with kernels share: all but how labels are found.

Memory: per block k d float64.
"""

from functools import cached_property
from typing import Any

import numpy as np

from kmeanslab.engine.assign import kernels, lanes
from kmeanslab.engine.assign.bounds import Bounded, BoundedBlock
from kmeanslab.engine.assign.buffers import Buffers
from kmeanslab.engine.assign.distances import Points


class Compiled(Bounded):
    """A method with bounds whose work is done by kernels."""

    compiled = True

    def __init__(self, X: Points, k: int) -> None:
        super().__init__(X, k)
        self.buffers = Buffers()

    def distance_centres(self, C: np.ndarray) -> np.ndarray:
        """Return what blocks need of the centres for `fill_distances`."""
        return np.ascontiguousarray(C)

    def add_steps(self, shifts: np.ndarray, left: np.ndarray) -> float:
        """Add a step of each centre (k,), as `Bounded` does."""
        return kernels.add_steps(self.drift, self.other_drift, shifts,
                                 self.scale, left)


class CompiledBlock(BoundedBlock):
    """Some points, asked by kernels."""

    def __init__(self, X: Points, weights: np.ndarray, method: Any) -> None:
        super().__init__(read_only(X), read_only(weights), method.k)
        self.method = method

    def change(self, rows: np.ndarray, before: np.ndarray) -> tuple:
        """Return what points add to their clusters and take from others."""
        return self.changed(kernels.sum_changes(
            self.X, self.weights, self.labels, rows, before, *self.changes))

    def changed(self, used: int) -> tuple:
        """Return what `change` returns, of as many clusters."""
        _, clusters, sums, counts = self.changes
        return clusters[:used], sums[:used], *counts[:, :used]

    @cached_property
    def changes(self) -> tuple:
        """Arrays for what `change` returns."""
        return room_for_changes(self.k, self.X.shape[1])

    def own_distances(self, C: np.ndarray) -> Any:
        """Return the squared distance of each point to its centre, (m,)."""
        out = np.empty(len(self.labels))
        squares = self.method.buffers("eight", kernels.SQUARES, np.float64)
        kernels.own_distances(self.X, C, self.labels, out, squares)
        return out

    def fill_distances(self, C: np.ndarray) -> float:
        """Write the distances of the points to the centres (k, d)."""
        work, best = self.lanes_workspace()
        D, kind = np.empty((len(C), work.shape[1])), self.distances.dtype
        return lanes.fill_distances(
            self.X, C, D, np.finfo(kind).max, kind.type(np.inf),
            self.distances, work, best)

    def lanes_workspace(self) -> tuple:
        """Return this thread's work arrays for `lanes.py`."""
        return self.method.buffers.made(lanes.workspace, self.X.shape[1])


def room_for_changes(k: int, d: int, *blocks: int) -> tuple:
    """Return arrays for what `change` returns, of one block or several."""
    return (np.empty((*blocks, k), bool), np.empty((*blocks, k), np.intp),
            np.empty((*blocks, k, d)), np.empty((*blocks, 2, k)))


def read_only(X: Points) -> Any:
    """Return a read-only view: one kernel then serves all arrays."""
    X = X.view()
    X.flags.writeable = False
    return X
