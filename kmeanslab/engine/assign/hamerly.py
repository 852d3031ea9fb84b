"""The assign step with one bound per point (Hamerly 2010).

Points whose margin (see `bounds.py`) has closed are compared with all centres,
many points side by side: with few coordinates and centres by the formula
itself (`lanes.py`), else by estimates (`estimates.py`), and by the formula
where they leave doubt.

Memory: 16 bytes per point; with few centres per column a copy of the points as
float32, which saves to transpose them again where most are open; per thread
half a megabyte, and 40 bytes for each point of a block.
"""

from typing import Any, NamedTuple

import numpy as np

from kmeanslab.engine.assign import estimates, lanes
from kmeanslab.engine.assign.compiled import (
    Compiled, CompiledBlock, read_only, room_for_changes)
from kmeanslab.engine.assign.compressed import spread
from kmeanslab.engine.assign.distances import Points, sample
from kmeanslab.engine.assign.kernels import compiled, copy, sum_changes
from kmeanslab.engine.assign.matmul import product_error

DIRECT_WORK = 100        # k d up to which the formula is faster than estimates
GATHER_WORK = 32         # distances that transposing a point costs
COPY_CENTRES = 2         # per column, up to which that is worth a copy
FLOAT = np.finfo(np.float32)
NO_DISTANCES = np.zeros(0)
NO_ESTIMATES = (np.zeros((0, 0), np.float32), np.zeros(0, np.float32),
                np.zeros(0))


class HamerlyCentres(NamedTuple):
    """What a block is sent of the centres."""
    exact: np.ndarray            # (k', d') float64, filled up for `lanes.py`
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
    copies: np.ndarray           # as `estimates.py` reads them, by chunks
    copied: np.ndarray           # which chunks are there by now


class HamerlyWork(NamedTuple):
    """A thread's work arrays."""
    every: np.ndarray            # (m,) all points, for estimates
    rows: np.ndarray             # (m,) those that are open, or moved
    before: np.ndarray           # (m,) the labels that these had
    rest: np.ndarray             # (m,) open points that are not side by side
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
        self.estimated = k * d > DIRECT_WORK
        self.keeps_copies = self.estimated and k < COPY_CENTRES * d
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

        `joined` are these arrays, and where each block has its rows and the
        chunks of its copies.
        """
        k, d, number = self.k, self.X.shape[1], len(blocks)
        sizes = [len(block.X) for block in blocks]
        rows, chunks = np.zeros((2, number + 1), np.intp)
        np.cumsum(sizes, out=rows[1:])
        if self.keeps_copies:
            np.cumsum([estimates.chunks(m) for m in sizes], out=chunks[1:])
        points = self.room(read_only(self.X), read_only(weights), chunks[-1])
        changes = room_for_changes(k, d, number)
        for b, block in enumerate(blocks):
            block.changes = tuple(array[b] for array in changes)
            some, own = slice(*rows[b:b + 2]), slice(*chunks[b:b + 2])
            block.place = HamerlyPoints(*(array[some] for array in points[:4]),
                                        *(array[own] for array in points[4:]))
        self.joined = points, rows, chunks, changes

    def room(self, X: Points, weights: np.ndarray, chunks: int
             ) -> HamerlyPoints:
        """Return room for what is known of points (m, d)."""
        m, d = X.shape
        return HamerlyPoints(
            X, weights, np.empty(m, np.intp), np.empty(m),
            estimates.copies(chunks, d), np.zeros(chunks, bool))


class HamerlyBlock(CompiledBlock):
    """Some points, and the margins between their two nearest centres."""

    place: HamerlyPoints | None = None       # where its method has room

    def start(self) -> None:
        """Begin without any bounds."""
        chunks = estimates.chunks(len(self.X)) * self.method.keeps_copies
        self.points = self.place or self.method.room(
            self.X, self.weights, chunks)
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
        if not self.method.estimated:
            return self.label_direct(centres, NO_DISTANCES)
        m, work, buffers = len(self.X), self.workspace(), self.method.buffers
        margin = buffers("margin", (m,), np.float64)
        if self.out is not None:
            self.labels = buffers("labels", (m,), np.intp)
        label_rows(self.X, work.every[:m], self.labels, margin, 0, centres,
                   work)
        return margin.sum()

    def label_batch(self, centres: HamerlyCentres, C: np.ndarray) -> float:
        """Assign the points of a mini-batch; return their inertia."""
        self.label_once(centres)
        self.labels = self.labels.astype(np.intp, copy=False)
        return self.inertia(C)

    def score_once(self, centres: HamerlyCentres, C: np.ndarray) -> float:
        """Assign points that are not asked again; return their inertia."""
        if self.method.estimated:
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
    rows, before, rest, unsure = np.empty((4, m), np.intp)
    return HamerlyWork(
        np.arange(m if estimated else 0), rows, before, rest, unsure,
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
    assign(points, rows[:looked], centres, work)
    moved = 0
    for q in range(looked):
        if labels[rows[q]] != before[q]:
            rows[moved], before[moved] = rows[q], before[q]
            moved += 1
    return moved, looked, sum_changes(
        points.X, points.weights, labels, rows[:moved], before, *changes)


@compiled
def assign(points, rows, centres, work):
    """Label some of a block's points; fill in their margins."""
    unsure = 0
    if points.copied.shape[0]:
        left, unsure = label_chunks(points, rows, centres, work)
        rows = work.rest[:left]
    label_rows(points.X, rows, points.labels, points.margin, unsure, centres,
               work)


@compiled
def label_chunks(points, rows, centres, work):
    """Label all points of chunks where that is faster than gathering some.

    Returns how many points are left, in `rest`, and how many are unsure.
    """
    k, left, doubtful, first = centres.double.shape[0], 0, 0, 0
    copies, copied = points.copies, points.copied
    for c in range(copied.shape[0]):
        stop, last = first, (c + 1) * estimates.LANES
        while stop < rows.shape[0] and rows[stop] < last:
            stop += 1
        if (stop - first) * (k + GATHER_WORK) > estimates.LANES * k:
            part = work.every[c * estimates.LANES:min(last, len(points.X))]
            if not copied[c]:
                estimates.gather(points.X, part, centres.origin, centres.scale,
                                 copies[c], work.estimates[1])
                copied[c] = True
            doubtful += estimates.label_chunk(
                part, copies[c], work.unsure[doubtful:], centres,
                points.labels, points.margin, *work.estimates[2:])
        else:
            copy(rows[first:stop], work.rest[left:left + stop - first])
            left += stop - first
        first = stop
    return left, doubtful


@compiled
def label_rows(X, rows, labels, margin, count, centres, work):
    """Label the points X[rows], by estimates if there are centres for them.

    count: of points in `unsure` that are labelled too, by the formula
    """
    if centres.double.shape[0]:
        count += estimates.label_rows(X, rows, work.unsure[count:], centres,
                                      labels, margin, *work.estimates)
        rows = work.unsure[:count]
    lanes.label_rows(X, rows, centres.exact, centres.reach, centres.scale,
                     labels, margin, *work.lanes)
