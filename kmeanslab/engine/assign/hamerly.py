"""The assign step with one bound per point (Hamerly 2010).

Points whose margin (see `bounds.py`) has closed are compared with all centres,
many points side by side: with few coordinates and centres by the formula
itself (`lanes.py`), else by estimates (`estimates.py`), and by the formula
where they leave doubt.

Memory: 16 bytes per point; for estimates, a copy of the points as float32,
which saves to transpose them again where most are open; per thread half a
megabyte, and 32 bytes for each point of a block.
"""

from typing import NamedTuple

import numpy as np

from kmeanslab.engine.assign import estimates, lanes
from kmeanslab.engine.assign.compiled import Compiled, CompiledBlock
from kmeanslab.engine.assign.compressed import spread
from kmeanslab.engine.assign.distances import Points, sample
from kmeanslab.engine.assign.kernels import compiled
from kmeanslab.engine.assign.matmul import product_error

DIRECT_WORK = 100        # k d up to which the formula is faster than estimates
GATHER_WORK = 32         # distances that transposing a point costs
FLOAT = np.finfo(np.float32)


class HamerlyCentres(NamedTuple):
    """What a block is sent of the centres."""
    exact: np.ndarray            # (k, d') float64, filled up for `lanes.py`
    drift: np.ndarray            # (k,)
    other_drift: np.ndarray      # (k,)
    rounding: float              # what is lost by rounding
    again: bool                  # whether drifts start again from 0
    double: np.ndarray           # -2 c for `estimates.py`; no rows: none
    low: np.ndarray              # as there
    errors: np.ndarray
    unit: float
    most: float                  # what an overflown square is at least


class Hamerly(Compiled):
    """The method for up to 128 columns."""

    def __init__(self, X: Points, k: int) -> None:
        super().__init__(X, k)
        self.origin, width = spread(sample(X))
        if 0 < width < np.inf:
            self.scale = float(2.0 ** -np.frexp(width)[1])
        self.spread = width * self.scale

    def centres(self, C: np.ndarray, shifts: np.ndarray) -> HamerlyCentres:
        """Return what the blocks need of the centres, which moved so far."""
        left, rounding, again = self.follow(C, shifts)
        k, d = C.shape
        unit = 2 * product_error(d, float(FLOAT.eps) / 2)
        floor = d * max(float(FLOAT.tiny), self.floor())
        double, low, errors = estimates.prepare(
            C[:0] if k * d <= DIRECT_WORK else C, left, self.origin,
            self.scale, unit, floor)
        return HamerlyCentres(
            lanes.even(C), self.drift, self.other_drift, rounding, again,
            double, low, errors, unit,
            min(estimates.MOST, self.ceiling()))

    def block(self, X: Points, weights: np.ndarray) -> "HamerlyBlock":
        """Return a block of some of the points."""
        return HamerlyBlock(X, weights, self)


class HamerlyBlock(CompiledBlock):
    """Some points, and the margins between their two nearest centres.

    copies: the points as `estimates.py` reads them, chunk by chunk
    copied: which chunks are there by now
    """

    def start(self) -> None:
        """Begin without any bounds."""
        super().start()
        self.copies = np.zeros((0, 0, 0), np.float32)
        self.copied = np.zeros(0, bool)

    def relabel(self, centres: HamerlyCentres) -> tuple:
        """Assign, as `Block` does, the points that bounds leave open."""
        if centres.again:
            self.forget()
        m, d = self.X.shape
        if len(centres.double) and not len(self.copied):
            self.copies = estimates.copies(m, d)
            self.copied = np.zeros(len(self.copies), bool)
        rows, before = self.moved_workspace()
        moved, points = assign(
            self.X, self.labels, self.margin, centres.rounding, rows, before,
            self.method.buffers("rest", (m,), np.intp), self.copies,
            self.copied, *self.needs(centres))
        return rows[:moved], before[:moved], points, points * self.k

    def label_once(self, centres: HamerlyCentres) -> None:
        """Assign points that are not asked again."""
        if len(centres.double):
            rows = np.arange(len(self.labels))
            label_rows(self.X, rows, self.labels, np.empty(len(rows)), 0,
                       *self.needs(centres))
        else:
            lanes.nearest(self.X, centres.exact, self.labels,
                          *self.lanes_workspace())

    def needs(self, centres: HamerlyCentres) -> tuple:
        """Return what `label_rows` needs besides the points."""
        method, buffers = self.method, self.method.buffers
        return (centres.exact, centres.drift, centres.other_drift,
                method.origin, method.scale, centres.double, centres.low,
                centres.errors, centres.unit, centres.most,
                buffers("unsure", self.labels.shape, np.intp),
                self.lanes_workspace(),
                buffers.made(estimates.workspace, self.X.shape[1]))


@compiled
def assign(X, labels, margin, rounding, rows, before, rest, copies, copied,
           *needs):
    """Bring labels and margins (m,) up to date.

    Returns how many labels changed, and how many points were looked at.
    Fills in which changed, rows, and the labels that these had before.
    """
    _, drift, other_drift = needs[:3]
    points = lanes.select(labels, margin, drift, other_drift, rounding, rows)
    for q in range(points):
        before[q] = labels[rows[q]]
    left, unsure = rows[:points], 0
    if copied.shape[0]:
        count, unsure = label_chunks(X, left, labels, margin, rest, copies,
                                     copied, *needs)
        left = rest[:count]
    label_rows(X, left, labels, margin, unsure, *needs)
    moved = 0
    for q in range(points):
        if labels[rows[q]] != before[q]:
            rows[moved], before[moved] = rows[q], before[q]
            moved += 1
    return moved, points


@compiled
def label_chunks(X, rows, labels, margin, rest, copies, copied, C, drift,
                 other_drift, origin, scale, double, low, errors, unit, most,
                 unsure, lanes_work, work):
    """Label all points of chunks where that is faster than gathering some.

    Returns how many points are left, in `rest`, and how many are unsure.
    """
    k, left, doubtful, first = double.shape[0], 0, 0, 0
    for c in range(copies.shape[0]):
        stop, last = first, (c + 1) * estimates.LANES
        while stop < rows.shape[0] and rows[stop] < last:
            stop += 1
        if (stop - first) * (k + GATHER_WORK) > estimates.LANES * k:
            part = np.arange(c * estimates.LANES, min(last, X.shape[0]))
            if not copied[c]:
                estimates.gather(X, part, origin, scale, copies[c])
                copied[c] = True
            doubtful += estimates.label_chunk(
                part, copies[c], unsure[doubtful:], double, low, errors, unit,
                most, drift, other_drift, labels, margin, *work[1:])
        else:
            rest[left:left + stop - first] = rows[first:stop]
            left += stop - first
        first = stop
    return left, doubtful


@compiled
def label_rows(X, rows, labels, margin, count, C, drift, other_drift, origin,
               scale, double, low, errors, unit, most, unsure, lanes_work,
               work):
    """Label the points X[rows], by estimates if there are centres for them.

    count: of points in `unsure` that are labelled too, by the formula
    """
    if double.shape[0]:
        count += estimates.label_rows(
            X, rows, origin, scale, work[0], unsure[count:], double, low,
            errors, unit, most, drift, other_drift, labels, margin, *work[1:])
        rows = unsure[:count]
    lanes.label_rows(X, rows, C, drift, other_drift, scale, labels, margin,
                     *lanes_work)
