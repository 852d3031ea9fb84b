"""What the methods with bounds share: drifts, and blocks with kernels.

A centre that moved by s is at most s nearer to a point than it was.  So a
distance once computed bounds all later ones.  No bound is ever updated: each
is stored together with the drift of its centre up to then, and compared with
the drift up to now.

    drift (k,)        how far each centre has moved since the start, in total
    other_drift (k,)  the same for the others: the sum of their longest steps
    margin (m,)       how much farther than the own centre all others are at
                      least, plus both drifts; where it exceeds the drifts up
                      to now, the label cannot change.  Where it is NaN, the
                      point is looked at.

Drifts are in the units of the points as they are read: scaled, or copied.

Memory: 16 bytes per point, and k d float64 per block.
"""

from functools import cached_property
import math
from typing import Any

import numpy as np

from kmeanslab.engine.assign import kernels, lanes
from kmeanslab.engine.assign.blocks import Block
from kmeanslab.engine.assign.buffers import Buffers
from kmeanslab.engine.assign.direct import Direct
from kmeanslab.engine.assign.distances import Points

UNIT = 2.0 ** -53            # of a float64
MAX_ROUNDING = 2.0 ** -30    # of drifts, relative to the points' spread
MOST_ROUNDING = 2.0 ** 50    # so that drifts are finite as float32
UNDERFLOW = 2.0 ** -1072     # more than what a square loses that underflows
OVERFLOW = 2.0 ** 1020       # up to this a sum of squares is sure to be finite


class Bounded(Direct):
    """A method that skips distances which cannot change a label."""

    compiled = True
    scale, spread = 1.0, np.inf          # of the points, as they are read

    def __init__(self, X: Points, k: int) -> None:
        super().__init__(X, k)
        self.buffers = Buffers()
        self.reset()

    def distance_centres(self, C: np.ndarray) -> np.ndarray:
        """Return what blocks need of the centres for `fill_distances`."""
        return lanes.even(C)

    def reset(self) -> None:
        """Start with drifts of 0."""
        self.drift, self.other_drift = np.zeros((2, self.k))

    def follow(self, C: np.ndarray, shifts: np.ndarray) -> tuple:
        """Add the last steps of the centres (k, d) to the drifts.

        Returns which centres are left, what sums of drifts lose by rounding,
        and whether drifts start again from 0: a centre that went very far
        would leave no digits for the steps of all others.
        """
        left = np.isfinite(C[:, 0])
        rounding = self.rounding(self.add_steps(shifts, left))
        again = not rounding <= min(MAX_ROUNDING * self.spread, MOST_ROUNDING)
        if again:
            self.reset()
            rounding = self.rounding(self.add_steps(np.zeros(self.k), left))
        return left, rounding, again

    def add_steps(self, shifts: np.ndarray, left: np.ndarray) -> float:
        """Add a step of each centre (k,), return the longest two drifts."""
        return kernels.add_steps(self.drift, self.other_drift, shifts,
                                 self.scale, left)

    def rounding(self, longest: float) -> float:
        """Return an upper bound of what sums of drifts lose by rounding."""
        return (16 * UNIT * longest
                + math.sqrt(self.X.shape[1] * self.floor()))

    def floor(self) -> Any:
        """Return what a square of the formula may lose, in drifts' units."""
        return UNDERFLOW * self.scale * self.scale

    def ceiling(self) -> Any:
        """Return up to where the formula does not overflow, likewise."""
        return OVERFLOW * self.scale * self.scale


class BoundedBlock(Block):
    """Some points, and what is known of their distances."""

    def __init__(self, X: Points, weights: np.ndarray, method: Any) -> None:
        super().__init__(read_only(X), read_only(weights), method.k)
        self.method = method

    def start(self) -> None:
        """Begin without any bounds."""
        self.margin = np.empty(len(self.labels))
        self.forget()

    def forget(self) -> None:
        """Forget all bounds."""
        self.margin.fill(-np.inf)

    def change(self, rows: np.ndarray, before: np.ndarray) -> tuple:
        """Return what points add to their clusters and take from others."""
        used = kernels.sum_changes(self.X, self.weights, self.labels, rows,
                                   before, *self.changes)
        _, clusters, sums, counts = self.changes
        return clusters[:used], sums[:used], *counts[:, :used]

    @cached_property
    def changes(self) -> tuple:
        """Arrays for what `change` returns."""
        k, d = self.k, self.X.shape[1]
        return (np.empty(k, bool), np.empty(k, np.intp), np.empty((k, d)),
                np.empty((2, k)))

    def own_distances(self, C: np.ndarray) -> Any:
        """Return the squared distance of each point to its centre, (m,)."""
        out = np.empty(len(self.labels))
        kernels.own_distances(self.X, C, self.labels, out)
        return out

    def fill_distances(self, C: np.ndarray) -> None:
        """Write the distances of the points to the centres (k, d even)."""
        work, best = self.lanes_workspace()
        D, kind = np.empty((len(C), work.shape[1] + 8)), self.distances.dtype
        lanes.fill_distances(
            self.X, C, D, np.finfo(kind).max, kind.type(np.inf),
            self.distances, work, best)

    def moved_workspace(self) -> Any:
        """Return this thread's arrays for points that moved, (2, m)."""
        return self.method.buffers("moved", (2, len(self.labels)), np.intp)

    def lanes_workspace(self) -> tuple:
        """Return this thread's work arrays for `lanes.py`."""
        return self.method.buffers.made(lanes.workspace, self.X.shape[1])


def read_only(X: Points) -> Any:
    """Return a read-only view: one kernel then serves all arrays."""
    X = X.view()
    X.flags.writeable = False
    return X
