"""The assign step for many columns, with bounds per group of centres.

Three looks, each at fewer points: at one margin per point (Hamerly 2010), at
one bound per group of centres (Ding et al. 2015, "Yinyang"), at the distances
to the groups that may matter.

    drift, other_drift, margin    see `bounds.py`
    upper  (m,)    an upper bound of the distance to the own centre, less its
                   drift
    lower  (m, g)  a lower bound of the distance to each group, plus its drift
    group g        the centres g, g + G, g + 2G, ... of G groups

Memory: 28 + 4 G bytes per point, and their copy; G = k / 4 up to 512 centres,
at most 128.
"""

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

from kmeanslab.engine.assign.bounds import ROUND_UP
from kmeanslab.engine.assign.buffers import aligned
from kmeanslab.engine.assign.compiled import (
    Compiled, CompiledBlock, read_only)
from kmeanslab.engine.assign.compressed import (
    MAX_ERROR, CompressedCopy, choose_copy)
from kmeanslab.engine.assign.distances import Points
from kmeanslab.engine.assign.kernels import STEPS_ERROR
from kmeanslab.engine.assign.matmul import product_error
from kmeanslab.engine.assign.yinyang_kernels import assign

MAX_GROUPS = 128
CHUNK = 256              # points that are looked at together


class YinyangCentres(NamedTuple):
    """What a block is sent of the centres, all but `exact` as in the copy."""
    exact: np.ndarray            # (k, d) float64
    near: np.ndarray             # (k filled up, d) in the kernels' type
    errors: np.ndarray           # (k,) upper bounds of |near - copy of exact|
    drift: np.ndarray            # (k,)
    other_drift: np.ndarray      # (k,)
    group_drift: np.ndarray      # (g,) float32
    limits: tuple                # of a square's error: share, floor, ceiling
    rounding: float              # what is lost by rounding
    again: bool                  # whether drifts start again from 0
    low: np.ndarray              # (k filled up,) as in `yinyang_scan.py`
    slack: np.ndarray            # (k,) float64, as there
    unit: float                  # the error of ranks, relative to |w|^2
    largest_error: float         # the largest of `errors`


class YinyangPoints(NamedTuple):
    """What the kernels read of a block's points (m,), besides these."""
    W: np.ndarray                # their copy
    error: np.ndarray            # of the copy


class YinyangBounds(NamedTuple):
    """What is known of a block's points (m,), as at the head of this file."""
    labels: np.ndarray
    upper: np.ndarray
    margin: np.ndarray
    lower: np.ndarray            # (m, g)


class YinyangWork(NamedTuple):
    """A thread's work arrays."""
    rows: np.ndarray             # (m,) points that moved
    before: np.ndarray           # (m,) the labels that these had
    open: np.ndarray             # (CHUNK,) points whose label may change
    old: np.ndarray              # (CHUNK,) the labels that these have
    single: np.ndarray           # (CHUNK,) positions in `open`
    own: np.ndarray              # (CHUNK,) squared distances to their centres;
    #                              before, least distances to all others
    four: np.ndarray             # (4,) positions in `open`
    some: np.ndarray             # (4,) the points that are there
    T: np.ndarray                # and the rest, see `yinyang_scan.py`
    squares: np.ndarray
    ranks: np.ndarray
    least: np.ndarray
    second: np.ndarray
    near: np.ndarray             # (4,) squared distances of one point


class Yinyang(Compiled):
    """The method for many columns: bounds for groups of centres."""

    needs_copy = True

    def __init__(self, X: Points, k: int) -> None:
        size = 4 * -(-k // (4 * MAX_GROUPS))
        self.groups = -(-k // size)
        self.filled = self.groups * size
        super().__init__(X, k)

    def begin(self, call: Callable) -> None:
        """Prepare the blocks, and have them copy the points."""
        call("start")
        self.copy = choose_copy(self.X, call)
        self.scale, self.spread = self.copy.scale, self.copy.spread

    def kind(self) -> Any:
        """Return the type that distances are estimated in."""
        read = np.dtype(self.copy.dtype or self.X.dtype)
        return np.float64 if read == np.float64 else np.float32

    def reset(self) -> None:
        """Start with drifts of 0."""
        super().reset()
        self.group_drift = np.zeros(self.groups)

    def centres(self, C: np.ndarray, shifts: np.ndarray) -> YinyangCentres:
        """Return what the blocks need of the centres, which moved so far."""
        left, rounding, again = self.follow(C, shifts)
        seen = self.copy.transform(C)
        near = aligned((self.filled, C.shape[1]), self.kind())
        near[:len(C)], near[len(C):] = seen, np.inf
        unit = float(np.finfo(near.dtype).eps) / 2
        squares = np.square(seen).sum(axis=1)
        errors = (unit + STEPS_ERROR) * np.sqrt(squares)
        errors[~left] = 0.0
        limits, unit = self.limits(near), 2 * product_error(C.shape[1], unit)
        slack = unit * squares + limits[1]
        low = np.full(self.filled, np.inf, near.dtype)
        low[:len(C)][left] = (squares - slack)[left]
        return YinyangCentres(
            C, near, errors, self.drift, self.other_drift,
            self.group_drift.astype(np.float32), limits, rounding, again, low,
            slack, unit, float(errors.max()))

    def limits(self, near: np.ndarray) -> tuple:
        """Return how wrong the kernels' squares may be.

        By a share of them, and absolutely; beyond the last number they may
        have overflowed, or the formula may.
        """
        kind, d = np.finfo(near.dtype), near.shape[1]
        return ((d + 8) * float(kind.eps),
                d * max(float(kind.tiny), self.floor()),
                min(float(kind.max), self.ceiling()))

    def add_steps(self, shifts: np.ndarray, left: np.ndarray) -> float:
        """Add a step of each centre (k,) to its drift and its group's."""
        filled = np.zeros(self.filled)
        filled[:len(shifts)] = shifts * (self.scale * ROUND_UP)
        self.group_drift += filled.reshape(-1, self.groups).max(axis=0)
        return super().add_steps(shifts, left)

    def block(self, X: Points, weights: np.ndarray) -> "YinyangBlock":
        """Return a block of some of the points."""
        return YinyangBlock(X, weights, self)


class YinyangBlock(CompiledBlock):
    """Some points, a copy of them, and bounds of their distances."""

    def compress(self, copy: CompressedCopy) -> Any:
        """Copy the points; return how many do not fit the copy."""
        W, self.error = copy.compress(self.X)
        self.W = read_only(W)
        fits = self.error <= MAX_ERROR * copy.spread
        return len(fits) - np.count_nonzero(fits)

    def start(self) -> None:
        """Begin without any bounds."""
        m = len(self.labels)
        self.upper = np.empty(m)
        self.lower = np.empty((m, self.method.groups), np.float32)
        super().start()

    def forget(self) -> None:
        """Forget all bounds."""
        super().forget()
        self.upper.fill(np.inf)
        self.lower.fill(-np.inf)

    def relabel(self, centres: Any) -> tuple:
        """Assign, as `Block` does, the points that bounds leave open."""
        if centres.again:
            self.forget()
        work = self.workspace(centres.near.dtype)
        moved, points, distances = assign(
            self.X, YinyangPoints(self.W, self.error),
            YinyangBounds(self.labels, self.upper, self.margin, self.lower),
            centres, work)
        return work.rows[:moved], work.before[:moved], points, distances

    def workspace(self, kind: Any) -> YinyangWork:
        """Return this thread's work arrays."""
        method, buffers = self.method, self.method.buffers
        moved = buffers("moved", (2, len(self.labels)), np.intp)
        return YinyangWork(*moved, *buffers.made(
            work_arrays, self.X.shape[1], method.groups, method.filled, kind))


def work_arrays(d: int, groups: int, k: int, kind: Any) -> tuple:
    """Return the arrays of `YinyangWork` after the first two."""
    shapes = (4, d), 4, (4, k), groups, groups, 4
    return (*np.empty((3, CHUNK), np.intp), np.empty(CHUNK),
            *np.empty((2, 4), np.intp),
            *(np.empty(shape, kind) for shape in shapes))
