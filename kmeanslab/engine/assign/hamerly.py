"""The pruned assign step where points have few columns.

Points whose gap (see `pruned.py`) has closed are gathered, and their distances
to all centres come from one matrix product.  With few columns this is faster
than to find out which of the distances could be left out.

    |w - c|^2 = |w|^2 - 2 w.c + |c|^2

    near    (p, d)  gathered points, as in the shadow
    D       (k, p)  their products with the centres, times -2
    length  (m,)    |w| of each point
    reach           the longest |c|

How wrong that is: see `product.py`.

Memory: 8 bytes a point, and 2 MB a thread.
"""

from typing import NamedTuple

import numpy as np

from kmeanslab.engine.assign.bounds import Bounded, BoundedBlock
from kmeanslab.engine.assign.buffers import Buffers
from kmeanslab.engine.assign.kernels import (
    SMALL, above, below, compiled, in_any_order, nearer)

NUMBERS = 2 ** 17        # in `near` or D: what stays in the cache


class Told(NamedTuple):
    """What a block is told of the centres, all but `exact` as shadows see."""
    exact: np.ndarray            # (k, d) float64
    double: np.ndarray           # (k, d): -2 c
    squares: np.ndarray          # (k,): |c|^2, infinite if dropped
    travel: np.ndarray
    rivals: np.ndarray
    reach: float
    error: tuple                 # how wrong distances may be, see `decide`
    slack: float                 # how wrong sums of travels may be


class Hamerly(Bounded):
    """The method: one number a point, and products for those in doubt."""

    def __init__(self, X, k):
        super().__init__(X, k)
        self.scratch = Buffers()

    def centres(self, C, shifts):
        """What the blocks are told of the centres, which went this far."""
        seen, left = self.see(C, shifts)
        seen[~left] = 0.0
        kind = self.kind()
        squares = np.square(seen).sum(axis=1)
        reach = np.sqrt(squares.max())
        squares[~left] = np.inf
        return Told(C, (-2 * seen).astype(kind), squares.astype(kind),
                    self.travel, self.rivals, reach, self.error(reach, kind),
                    self.slack(reach, left))

    def error(self, reach, kind):
        """How wrong distances may be: of (|w| + reach)^2, and absolute.

        The last is where that square gets too large to be computed.
        """
        kind, d = np.finfo(kind), self.X.shape[1]
        unit = float(kind.eps) / 2
        return ((d + 8) * unit, self.shadow.off + (unit + SMALL) * reach,
                4 * d * float(kind.tiny), float(kind.max) / 16)

    def block(self, X, weights):
        return HamerlyBlock(X, weights, len(self.travel), self)


class HamerlyBlock(BoundedBlock):
    """Some points, and the gaps between their nearest centres."""

    def __init__(self, X, weights, k, method):
        super().__init__(X, weights, k)
        self.method, self.length = method, None

    def assign(self, told):
        """New labels (m,); how many points and distances were looked at."""
        if self.length is None:
            self.length = np.empty(len(self.labels))
            lengths(self.W, self.length)
        new, self.spare = self.spare, self.labels
        m = len(new)
        size = max(64, NUMBERS // max(self.W.shape[1], self.k))
        points = sum(self.look(slice(s, min(s + size, m)), told, new)
                     for s in range(0, m, size))
        return new, points, points * self.k

    def look(self, part, told, new):
        """Decide where some of the points belong; how many were in doubt."""
        scratch, kind = self.method.scratch, told.double.dtype
        gap, new = self.gap[part], new[part]
        near, rows = self.doubted(part, told, new)
        count = len(rows)
        if count:
            D = scratch("D", (self.k, count), kind)
            np.dot(told.double, near.T, out=D)
            best = scratch("best", (count,), np.int32)
            two = scratch("two", (2, count), kind)
            rank(D, told.squares, best, *two)
            decide(self.X[part], told.exact, D, rows, best, *two,
                   self.length[part], told.travel, told.rivals, told.reach,
                   told.error, new, gap)
        return count

    def doubted(self, part, told, new):
        """The points whose gap has closed, and which they are.

        At first these are all, as they lie; later others keep their labels.
        """
        scratch, kind = self.method.scratch, told.double.dtype
        size, d = part.stop - part.start, self.W.shape[1]
        if self.labels[part.start] < 0 and self.W.dtype == kind:
            return self.W[part], np.arange(size)
        near = scratch("near", (size, d), kind)
        rows = scratch("rows", (size,), np.intp)
        count = gather(self.W[part], self.labels[part], self.gap[part],
                       told.travel, told.rivals, told.slack, new, near, rows)
        return near[:count], rows[:count]


@in_any_order
def lengths(W, length):
    """Fill length (m,) with those of the points W.

    The order of a sum is nothing to the limit on its error.
    """
    for i in range(W.shape[0]):
        total = 0.0
        for j in range(W.shape[1]):
            total += float(W[i, j]) * float(W[i, j])
        length[i] = np.sqrt(total)


@compiled
def gather(W, labels, gap, travel, rivals, slack, new, near, rows):
    """Copy the points whose gap has closed; returns how many they are."""
    count = 0
    for i in range(W.shape[0]):
        a = max(labels[i], 0)        # -1 at the start: begin with the first
        new[i] = a
        if gap[i] < travel[a] + rivals[a] + slack:
            rows[count] = i
            for j in range(W.shape[1]):
                near[count, j] = W[i, j]
            count += 1
    return count


@compiled
def rank(D, squares, best, least, second):
    """The nearest centre of each point, its distance, and the next one's.

    Squared, less |w|^2.  Adds the squares to D.
    """
    best[:], least[:], second[:] = 0, np.inf, np.inf
    for j in range(D.shape[0]):
        compare(D[j], squares[j], j, best, least, second)


@compiled
def compare(D, square, j, best, least, second):
    """Bring the ranks up to date with one more centre."""
    for i in range(D.shape[0]):
        value = D[i] + square
        D[i] = value
        lower = value < least[i]
        rest = least[i] if lower else value
        second[i] = rest if rest < second[i] else second[i]
        best[i] = j if lower else best[i]
        least[i] = value if lower else least[i]


@compiled
def decide(X, C, D, rows, best, least, second, length, travel, rivals, reach,
           error, new, gap):
    """Fill in labels and gaps; the formula picks where there is doubt."""
    unit, off, floor, most = error
    for q in range(rows.shape[0]):
        i, j = rows[q], best[q]
        square, span = length[i] ** 2, (length[i] + reach) ** 2
        wrong = 0.0, off, (unit * span + floor if span < most
                           else np.inf), most
        far = above(least[q] + square, wrong)
        rest = below(second[q] + square, wrong)
        if not rest > far:           # so also where NaN
            for h in range(C.shape[0]):
                if (h != j and not below(D[h, q] + square, wrong) > far
                        and nearer(X[i], h, j, C)):
                    j = h
        new[i] = j
        gap[i] = rest - far + travel[j] + rivals[j]
