"""The assign step with one bound per point (Hamerly 2010).

Points whose margin (see `bounds.py`) has closed are compared with all centres.
With up to 12 columns the formula itself is fastest, computed for many points
side by side (`lanes.py`).  With more columns a matrix product comes first,
in float32, and the formula decides where the product's error leaves doubt:

    |w - c|^2 = |w|^2 - 2 w.c + |c|^2

    near    (p, d)  gathered points, as in the copy (`compressed.py`)
    D       (k, p)  lower bounds of their squared distances, less |w|^2
    length2 (m,)    |w|^2 of each point
    unit            the product is wrong by at most unit (|w|^2 + |c|^2)

The limit: a sum of d products is wrong by at most d u |w| |c| in any order,
u = 2^-24 for float32 (Higham, Accuracy and Stability, 2nd ed., section 3.1).

Memory: 16 bytes per point, 2 MB per thread, and the copy beyond 12 columns.
"""

from typing import Any, NamedTuple

import numpy as np

from kmeanslab.engine.assign import kernels, lanes
from kmeanslab.engine.assign.bounds import (
    Bounded, BoundedBlock, BoundedCopy, CopiedBlock)
from kmeanslab.engine.assign.buffers import Buffers
from kmeanslab.engine.assign.distances import Points
from kmeanslab.engine.assign.kernels import compiled, in_any_order
from kmeanslab.engine.assign.matmul import product_error

PRODUCT_VALUES = 2 ** 17     # in `near` or D: what stays in the cache


class DirectCentres(NamedTuple):
    """What a block is sent of the centres."""
    exact: np.ndarray            # (k, d') float64, filled up for `lanes.py`
    drift: np.ndarray            # (k,)
    other_drift: np.ndarray      # (k,)
    rounding: float              # what sums of drifts lose
    again: bool                  # whether drifts start again from 0


class ProductCentres(NamedTuple):
    """What a block is sent of the centres for a matrix product."""
    direct: DirectCentres
    double: np.ndarray           # (k, d) -2 c, as in the copy
    squares: np.ndarray          # (k,) |c|^2 less its error, infinite if
    #                              dropped
    errors: np.ndarray           # (k,) the centres' part of the error
    unit: float
    most: float                  # what overflown sums are at least


class Hamerly(Bounded):
    """The method for few columns: exact distances where margins are closed."""

    def __init__(self, X: Points, k: int) -> None:
        super().__init__(X, k)
        self.buffers = Buffers()

    def centres(self, C: np.ndarray, shifts: np.ndarray) -> Any:
        """Return what the blocks need of the centres, which moved so far."""
        _, rounding, again = self.follow(C, shifts)
        return DirectCentres(lanes.even(C), self.drift, self.other_drift,
                             rounding, again)

    def block(self, X: Points, weights: np.ndarray) -> Any:
        """Return a block of some of the points."""
        return HamerlyBlock(X, weights, self)


class HamerlyBlock(BoundedBlock):
    """Some points, and the margins between their two nearest centres."""

    def assign(self, centres: Any) -> tuple:
        """Return new labels (m,), and the points and distances computed."""
        new, rows = self.prepare(centres)
        points = lanes.assign(
            self.X, self.labels, centres.exact, centres.drift,
            centres.other_drift, centres.rounding, self.method.scale, new,
            self.margin, rows, *self.workspace())
        return new, points, points * self.k

    def prepare(self, centres: DirectCentres) -> tuple:
        """Return arrays (m,) for new labels and for points to look at."""
        if centres.again:
            self.forget()
        new, self.spare = self.spare, self.labels
        return new, self.method.buffers("rows", new.shape, np.intp)

    def workspace(self) -> tuple:
        """Return this thread's work arrays."""
        return self.method.buffers.made(lanes.workspace, self.X.shape[1])

    def label_once(self, centres: DirectCentres) -> None:
        """Assign points that are not asked again: no margins are needed."""
        lanes.nearest(self.X, centres.exact, self.labels,
                      *self.workspace())


class HamerlyMatmul(BoundedCopy, Hamerly):
    """The method for more columns: a matrix product first."""

    def centres(self, C: np.ndarray, shifts: np.ndarray) -> Any:
        """Return what the blocks need of the centres, which moved so far."""
        direct = super().centres(C, shifts)
        left = np.isfinite(C[:, 0])
        near = np.where(left[:, None], self.copy.transform(C), 0.0)
        kind, d = np.finfo(self.kind()), C.shape[1]
        unit = product_error(d, float(kind.eps) / 2)
        squares = np.square(near).sum(axis=1)
        errors = unit * squares + d * max(float(kind.tiny), self.floor())
        squares[~left], errors[~left] = np.inf, 0.0
        return ProductCentres(
            direct, (-2 * near).astype(kind.dtype),
            (squares - errors).astype(kind.dtype), errors, unit,
            min(float(kind.max), self.ceiling()))

    def block(self, X: Points, weights: np.ndarray) -> Any:
        """Return a block of some of the points."""
        return HamerlyMatmulBlock(X, weights, self)


class HamerlyMatmulBlock(CopiedBlock, HamerlyBlock):
    """Some points, their margins, and their lengths."""

    length2: Any = None

    def assign(self, centres: Any) -> tuple:
        """Return new labels (m,), and the points and distances computed."""
        if self.length2 is None:
            self.length2 = np.empty(len(self.labels))
            square_lengths(self.W, self.length2)
        direct = centres.direct
        new, rows = self.prepare(direct)
        points = lanes.select(self.labels, self.margin, direct.drift,
                              direct.other_drift, direct.rounding, new, rows)
        size = max(64, PRODUCT_VALUES // max(self.X.shape[1], self.k))
        for start in range(0, points, size):
            self.compare_all(rows[start:min(start + size, points)], centres,
                             new)
        return new, points, points * self.k

    def compare_all(self, rows: np.ndarray, centres: ProductCentres,
                    new: np.ndarray) -> None:
        """Compare some points with all centres; label them."""
        buffers, kind = self.method.buffers, centres.double.dtype
        direct = centres.direct
        D = buffers("D", (self.k, len(rows)), kind)
        np.dot(centres.double, self.gather(rows, kind).T, out=D)
        best = buffers("best of product", rows.shape, np.int32)
        least, second = buffers("two", (2, len(rows)), kind)
        rank(D, centres.squares, best, least, second)
        unsure = decide(
            rows, best, least, second, self.length2, self.error,
            centres.errors, centres.unit, direct.drift, direct.other_drift,
            centres.most, new, self.margin)
        if unsure:
            lanes.label_rows(
                self.X, rows[:unsure], direct.exact, direct.drift,
                direct.other_drift, self.method.scale, new, self.margin,
                *self.workspace())

    def gather(self, rows: np.ndarray, kind: Any) -> np.ndarray:
        """Return some points (p, d): a view if they follow each other."""
        first, last = rows[0], rows[-1] + 1
        if last - first == len(rows) and self.W.dtype == kind:
            return self.W[first:last]
        near = self.method.buffers("near", (len(rows), self.W.shape[1]), kind)
        copy_rows(self.W, rows, near)
        return near


@in_any_order
def square_lengths(W, length2):
    """Fill length2 (m,) with |w|^2; their error does not depend on order."""
    for i in range(W.shape[0]):
        total = 0.0
        for j in range(W.shape[1]):
            total += float(W[i, j]) * float(W[i, j])
        length2[i] = total


@compiled
def copy_rows(W, rows, near):
    """Copy the points W[rows]."""
    for q in range(rows.shape[0]):
        for j in range(W.shape[1]):
            near[q, j] = W[rows[q], j]


@compiled
def rank(D, squares, best, least, second):
    """Find each point's least entry of D + squares, and the second.

    Adds the squares to D.
    """
    best[:], least[:], second[:] = 0, np.inf, np.inf
    for j in range(D.shape[0]):
        compare(D[j], squares[j], j, best, least, second)


@compiled
def compare(D, square, j, best, least, second):
    """Compare the distances to one more centre."""
    for i in range(D.shape[0]):
        value = D[i] + square
        lower = value < least[i]
        rest = least[i] if lower else value
        second[i] = rest if rest < second[i] else second[i]
        best[i] = j if lower else best[i]
        least[i] = value if lower else least[i]


@compiled
def decide(rows, best, least, second, length2, error, errors, unit, drift,
           other_drift, most, new, margin):
    """Fill in labels and margins where the product leaves no doubt.

    The others are moved to the front of `rows`; returns how many they are.
    """
    unsure = 0
    for q in range(rows.shape[0]):
        i, j = rows[q], best[q]
        wrong = unit * length2[i]
        # `least` is a lower bound: the centre's error is in it once
        high = least[q] + length2[i] + wrong + 2 * errors[j]
        low = min(second[q], most) + length2[i] - wrong
        far = kernels.upper_bound(max(high, 0.0), 0.0, error[i], 0.0)
        rest = kernels.lower_bound(low, 0.0, error[i], 0.0, most)
        if rest > far:               # not where either is NaN
            new[i] = j
            margin[i] = rest - far + drift[j] + other_drift[j]
        else:
            rows[unsure] = i
            unsure += 1
    return unsure
