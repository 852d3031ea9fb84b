"""The assign step with one bound per point (Hamerly 2010).

Points whose margin (see `bounds.py`) has closed are compared with all centres,
many points side by side: with very few coordinates and centres by the formula
itself (`lanes.py`), else by estimates (`estimates.py`), and by the formula
where they leave doubt.

Memory: 16 bytes per point; per thread half a megabyte, and 32 bytes for each
point of a block.
"""

from typing import Any, NamedTuple

import numpy as np

from kmeanslab.engine.assign import estimates, lanes
from kmeanslab.engine.assign.compiled import (
    Compiled, CompiledBlock, read_only, room_for_changes)
from kmeanslab.engine.assign.compressed import spread
from kmeanslab.engine.assign.distances import Points, sample
from kmeanslab.engine.assign.kernels import compiled, sum_changes
from kmeanslab.engine.assign.matmul import product_error

# k d up to which the formula is faster than estimates:
FEW_COLUMNS, RUN_WORK = 4, 32    # in runs, of up to so many columns;
ONCE_WORK = 128          # for labels alone of these, and for scores of all;
LABEL_WORK = 48          # for labels alone of more columns
FLOAT = np.finfo(np.float32)
NO_DISTANCES = np.zeros(0)
NO_ESTIMATES = (np.zeros((0, 0), np.float32), np.zeros(0, np.float32),
                np.zeros(0))


class HamerlyCentres(NamedTuple):
    """What a block is sent of the centres."""
    exact: np.ndarray            # (k', d) float64, filled up for `lanes.py`
    reach: np.ndarray            # (k,) both drifts, see `bounds.py`
    rounding: float              # what is lost by rounding
    again: bool                  # whether drifts start again from 0
    double: np.ndarray           # -2 c for `estimates.py`; no rows: none
    low: np.ndarray              # as there
    errors: np.ndarray
    unit: float
    most: float                  # what an overflown square is at least
    origin: np.ndarray           # (d,) what estimates are relative to
    scale: float                 # and scaled by


class HamerlyPoints(NamedTuple):
    """What the kernels know of a block's points (m,)."""
    X: np.ndarray
    weights: np.ndarray
    labels: np.ndarray
    margin: np.ndarray


class HamerlyWork(NamedTuple):
    """A thread's work arrays."""
    every: np.ndarray            # (m,) all points, for estimates
    rows: np.ndarray             # (m,) those that are open, or moved
    before: np.ndarray           # (m,) the labels that these had
    unsure: np.ndarray           # (m,) points that are left to the formula
    lanes: tuple                 # what `lanes.py` needs
    estimates: tuple             # what `estimates.py` needs


class Hamerly(Compiled):
    """The method for up to 128 columns."""

    runs_ahead = True

    def __init__(self, X: Points, k: int) -> None:
        super().__init__(X, k)
        d = X.shape[1]
        self.origin, width = spread(sample(X))
        if 0 < width < np.inf:
            self.scale = float(2.0 ** -np.frexp(width)[1])
        self.spread = width * self.scale
        few = d <= FEW_COLUMNS
        self.estimated = k * d > (RUN_WORK if few else 0)
        self.estimates_labels = k * d > (ONCE_WORK if few else LABEL_WORK)
        self.estimates_score = k * d > ONCE_WORK
        self.unit = 2 * product_error(d, float(FLOAT.eps) / 2)
        self.least = d * max(float(FLOAT.tiny), self.floor())
        self.most = min(estimates.MOST, self.ceiling())

    def centres(self, C: np.ndarray, shifts: np.ndarray) -> HamerlyCentres:
        """Return what the blocks need of the centres, which moved so far."""
        left, rounding, again = self.follow(C, shifts)
        double, low, errors = NO_ESTIMATES if not self.estimated else (
            estimates.prepare(C, left, self.origin, self.scale, self.unit,
                              self.least))
        return HamerlyCentres(
            lanes.paired(C), self.drift + self.other_drift, rounding, again,
            double, low, errors, self.unit, self.most, self.origin, self.scale)

    def block(self, X: Points, weights: np.ndarray) -> "HamerlyBlock":
        """Return a block of some of the points."""
        return HamerlyBlock(X, weights, self)

    def join(self, weights: np.ndarray, blocks: Any) -> None:
        """Let blocks use parts of arrays that one kernel can work on.

        `joined` are these arrays, and where each block has its rows.
        """
        rows = np.zeros(len(blocks) + 1, np.intp)
        np.cumsum([len(block.X) for block in blocks], out=rows[1:])
        points = room_for_points(read_only(self.X), read_only(weights))
        changes = room_for_changes(self.k, self.X.shape[1], len(blocks))
        for b, block in enumerate(blocks):
            block.changes = tuple(array[b] for array in changes)
            block.place = HamerlyPoints(
                *(array[rows[b]:rows[b + 1]] for array in points))
        self.joined = points, rows, changes


def room_for_points(X: Points, weights: np.ndarray) -> HamerlyPoints:
    """Return room for what is known of points (m, d)."""
    m = len(X)
    return HamerlyPoints(X, weights, np.empty(m, np.intp), np.empty(m))


class HamerlyBlock(CompiledBlock):
    """Some points, and the margins between their two nearest centres."""

    place: HamerlyPoints | None = None       # where its method has room

    def start(self) -> None:
        """Begin without any bounds."""
        self.points = self.place or room_for_points(self.X, self.weights)
        self.points.labels[:] = vars(self).get("labels", -1)
        self.labels, self.margin = self.points.labels, self.points.margin
        self.forget()

    def step(self, centres: HamerlyCentres) -> tuple:
        """Assign, as `Block` does, the points that bounds leave open."""
        if centres.again:
            self.forget()
        moved, points, used = step(self.points, centres, self.changes,
                                   self.workspace())
        return self.changed(used), moved, points, points * self.k

    def label_once(self, centres: HamerlyCentres) -> float:
        """Assign points that are not asked again."""
        if not self.method.estimates_labels:
            return self.label_direct(centres, NO_DISTANCES)
        m, work, buffers = len(self.X), self.workspace(), self.method.buffers
        margin = buffers("margin", (m,), np.float64)
        if self.out is not None:
            self.labels = buffers("labels", (m,), np.intp)
        label_rows(self.X, work.every[:m], self.labels, margin, centres, work)
        return margin.sum()

    def label_batch(self, centres: HamerlyCentres, C: np.ndarray) -> float:
        """Assign the points of a mini-batch; return their inertia."""
        self.label_once(centres)
        self.labels = self.labels.astype(np.intp, copy=False)
        return self.inertia(C)

    def score_once(self, centres: HamerlyCentres, C: np.ndarray) -> float:
        """Assign points that are not asked again; return their inertia."""
        if self.method.estimates_score:
            return super().score_once(centres, C)
        m, buffers = len(self.X), self.method.buffers
        if self.out is None:
            self.out = buffers("out", (m,), np.int32)
        squares = buffers("squares", (m,), np.float64)
        self.label_direct(centres, squares)
        return self.weighted_sum(squares)

    def label_direct(self, centres: HamerlyCentres, squares: np.ndarray
                     ) -> float:
        """Assign by the formula; fill in squared distances, if any are asked.

        Returns their sum.  The labels are of the type that `predict` returns.
        """
        self.labels = (np.empty(len(self.X), np.int32) if self.out is None
                       else self.out)
        return lanes.nearest(self.X, centres.exact, self.labels, squares,
                             *self.workspace().lanes)

    def workspace(self) -> HamerlyWork:
        """Return this thread's work arrays."""
        return self.method.buffers.made(work_arrays, *self.X.shape,
                                        self.method.estimated)


def work_arrays(m: int, d: int, estimated: bool) -> HamerlyWork:
    """Return work arrays for up to m points (m, d)."""
    rows, before, unsure = np.empty((3, m), np.intp)
    return HamerlyWork(
        np.arange(m if estimated else 0), rows, before, unsure,
        lanes.workspace(d),
        estimates.workspace(d) if estimated else estimates.no_workspace())


@compiled
def step(points, centres, changes, work):
    """Bring the labels of a block up to date, and sum up what changes.

    Returns how many labels changed, how many points were looked at, and what
    `sum_changes` returns.
    """
    rows, before, labels = work.rows, work.before, points.labels
    looked = lanes.select(labels, points.margin, centres.reach,
                          centres.rounding, rows)
    for q in range(looked):
        before[q] = labels[rows[q]]
    label_rows(points.X, rows[:looked], labels, points.margin, centres, work)
    moved = 0
    for q in range(looked):
        if labels[rows[q]] != before[q]:
            rows[moved], before[moved] = rows[q], before[q]
            moved += 1
    return moved, looked, sum_changes(
        points.X, points.weights, labels, rows[:moved], before, *changes)


@compiled
def label_rows(X, rows, labels, margin, centres, work):
    """Label the points X[rows], by estimates if there are centres for them."""
    if centres.double.shape[0]:
        count = estimates.label_rows(X, rows, work.unsure, centres, labels,
                                     margin, *work.estimates)
        rows = work.unsure[:count]
    lanes.label_rows(X, rows, centres.exact, centres.reach, centres.scale,
                     labels, margin, *work.lanes)
