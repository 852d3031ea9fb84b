"""Estimated distances of many points side by side, compiled by Numba.

A chunk of points is transposed, so that one instruction serves 8 or 16 of
them, in float32.  Points and centres are read relative to a point amid the
data, and scaled to a spread near 1:

    |w - c|^2 = |w|^2 + rank,   rank = |c|^2 - 2 w.c

The limit of the error: a sum of d products is wrong by at most d u |w| |c| in
any order, u = 2^-24; w, c and |c|^2 are rounded, and so is each of the few
additions (Higham, Accuracy and Stability, 2nd ed., section 3.1).  As
2 |w| |c| <= |w|^2 + |c|^2, all of it is less than a part per point and one per
centre, see `matmul.product_error`.  Both count twice: |w|^2 itself is such a
sum, and the products are added to |c|^2.  Where this leaves doubt, the formula
decides (`lanes.py`).

    T (d', lanes)  a chunk of points w; d' is d filled up to a multiple of 4
    C (k', d)      -2 c; k' is k filled up alike
    low (k',)      |c|^2 less its error: ranks are lower limits.  Infinite for
                   centres that are dropped, or fill up
    errors (k',)   the centres' part of the error
"""

from functools import cache
import math

import numpy as np

from kmeanslab.engine.assign.buffers import aligned
from kmeanslab.engine.assign.kernels import (
    compiled, in_any_order, keep_better, making_arrays)
from kmeanslab.engine.assign.registers import (
    CENTRES, COLUMNS, POINTS, ROWS, sum_products, transpose)

LANES = 512              # points in a chunk
GAP = 48                 # rows of 2^n bytes would fall on one cache set
NEAR = 32                # points whose coordinates are computed at a time
MAX_SQUARE = 2.0 ** 80   # |w|^2 of points that estimates serve
MOST = 2.0 ** 100        # up to this products are sure not to overflow


def workspace(d: int) -> tuple:
    """Return work arrays for chunks of points with d coordinates.

    The first is T, the next what `gather` needs; the others are for
    `label_chunk`.
    """
    row = LANES + GAP
    return (aligned((filled(d), row), np.float32),
            aligned((NEAR, d + 8), np.float32),
            aligned((7, row), np.float32), aligned((LANES,), np.int32),
            aligned((LANES,), np.float64))


@cache
def no_workspace() -> tuple:
    """Return work arrays for where no estimates are made: the same for all."""
    return workspace(1)


@compiled
def filled(size):
    """Return the next multiple of 4."""
    return -(-size // 4) * 4


@making_arrays
def prepare(C, left, origin, scale, unit, floor):
    """Return what is needed of the centres C (k, d): -2 c, `low`, `errors`.

    left: (k,) whether centres are left; unit, floor: what the error of a
    centre is, relative to |c|^2 and at least
    """
    k, d = C.shape
    double = np.zeros((filled(k), d), np.float32)
    low = np.full(filled(k), np.float32(np.inf))
    errors = np.zeros(filled(k))
    double_all(C, left, origin, scale, unit, floor, double, low, errors)
    return double, low, errors


@compiled
def double_all(C, left, origin, scale, unit, floor, double, low, errors):
    """Fill in what `prepare` returns, of the centres that are left."""
    for j in range(C.shape[0]):
        if left[j]:
            square = 0.0
            for h in range(C.shape[1]):
                near = (C[j, h] - origin[h]) * scale
                double[j, h] = -2 * near
                square += near * near
            errors[j] = unit * square + floor
            low[j] = square - errors[j]


@compiled
def label_rows(X, rows, unsure, centres, labels, margin, T, near, *work):
    """Label the points X[rows]; return how many are left to the formula.

    Fills in `unsure` with these.  centres: `hamerly.HamerlyCentres`
    """
    count = 0
    for s in range(0, rows.shape[0], LANES):
        part = rows[s:s + LANES]
        gather(X, part, centres.origin, centres.scale, T, near)
        count += label_chunk(part, T, unsure[count:], centres, labels, margin,
                             *work)
    return count


@compiled
def label_chunk(rows, T, unsure, centres, labels, margin, work, best, gap):
    """Label the points `rows`, which T holds; return how many are unsure.

    work, best, gap: see `workspace`
    """
    count, p = 0, rows.shape[0]
    squares, least, second = work[0, :p], work[1, :p], work[2, :p]
    square_lengths(T, squares)
    rank(T, centres.double, centres.low, work[3:], best[:p], least, second)
    find_gaps(squares, least, second, best[:p], centres.errors, centres.unit,
              centres.most, gap[:p])
    for q in range(p):
        i, j = rows[q], best[q]
        if gap[q] > 0:
            labels[i] = j
            margin[i] = gap[q] + centres.reach[j]
        else:
            unsure[count] = i
            count += 1
    return count


@compiled
def gather(X, rows, origin, scale, T, near):
    """Copy the points X[rows], scaled, into the columns of T.

    near: work space, for some of them as rows
    """
    for s in range(0, rows.shape[0], NEAR):
        part = rows[s:s + NEAR]
        gather_rows(X, part, origin, scale, near)
        for q in range(0, part.shape[0], ROWS):
            for h in range(0, X.shape[1], COLUMNS):
                transpose(near, q, h, T, s + q)


@in_any_order
def gather_rows(X, rows, origin, scale, near):
    """Copy the points X[rows], scaled, into the rows of `near`."""
    for q in range(rows.shape[0]):
        x, w = X[rows[q]], near[q]
        for h in range(X.shape[1]):
            w[h] = (x[h] - origin[h]) * scale


@in_any_order
def square_lengths(T, squares):
    """Fill in |w|^2 of the points."""
    squares[:] = 0
    for h in range(0, T.shape[0], 4):
        t0, t1, t2, t3 = T[h], T[h + 1], T[h + 2], T[h + 3]
        for i in range(squares.shape[0]):
            squares[i] += (t0[i] * t0[i] + t1[i] * t1[i] + t2[i] * t2[i]
                           + t3[i] * t3[i])


@compiled
def rank(T, C, low, ranks, best, least, second):
    """Find each point's least rank, its centre, and the second rank.

    ranks (4, > p): work space for those of four centres
    """
    best[:], least[:], second[:] = 0, np.inf, np.inf
    p = best.shape[0]
    for j in range(0, C.shape[0], CENTRES):
        for i in range(0, p, POINTS):
            sum_products(T, i, C, j, C.shape[1], low, ranks)
        compare(ranks[0, :p], ranks[1, :p], ranks[2, :p], ranks[3, :p],
                np.int32(j), best, least, second)


@compiled
def compare(r0, r1, r2, r3, j, best, least, second):
    """Compare the ranks of the j-th centre and the next three."""
    for i in range(r0.shape[0]):
        keep_better(r0[i], j, i, best, least, second)
        keep_better(r1[i], np.int32(j + 1), i, best, least, second)
        keep_better(r2[i], np.int32(j + 2), i, best, least, second)
        keep_better(r3[i], np.int32(j + 3), i, best, least, second)


@compiled
def find_gaps(squares, least, second, best, errors, unit, most, gap):
    """Fill in how much farther than the best all others are at least.

    Not above 0, or NaN, where that is in doubt.
    """
    for i in range(best.shape[0]):       # else the next loop has no vectors
        gap[i] = errors[best[i]]
    for i in range(squares.shape[0]):
        square = np.float64(squares[i])
        wrong = point_error(square, unit)
        gap[i] = (nearest_distance(second[i], square, wrong, most)
                  - farthest_distance(least[i], square, wrong, gap[i]))


@compiled
def point_error(square, unit):
    """Return the point's part of the error; infinite for one far away."""
    return unit * square if square <= MAX_SQUARE else np.inf


@compiled
def nearest_distance(rank, square, wrong, most):
    """Return a lower bound of the distance that has this rank.

    most: what a square that overflows is at least
    """
    return math.sqrt(max(min(rank + square, most) - wrong, 0.0))


@compiled
def farthest_distance(rank, square, wrong, error):
    """Return an upper bound; error: the centre's part, in the rank once."""
    return math.sqrt(max(rank + square + wrong + 2 * error, 0.0))
