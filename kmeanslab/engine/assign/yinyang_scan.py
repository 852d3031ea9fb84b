"""All distances of four points at once, for `yinyang.py`, compiled by Numba.

By products, as in `estimates.py`: four points and four centres at a time, so
that each coordinate that is read is used four times; two centres where sums of
four would not fit into the registers.  The limit of their error is the same;
where it leaves doubt, the points are looked at again.

    T (4, d)      copies of the points, w     squares (4,)  |w|^2
    ranks (4, k)  |c|^2 - 2 w.c less the error of the centre: a lower limit
    low (k,)      |c|^2 less its error; infinite for centres that are dropped,
                  or fill up
    slack (k,)    the centres' part of the error
    least (g,)    the least rank in each group, and `second` (g,) the next one
"""

import numpy as np

from kmeanslab.engine.assign.estimates import nearest_distance
from kmeanslab.engine.assign.kernels import compiled, copy, in_any_order
from kmeanslab.engine.assign.registers import many_registers

ROUND_DOWN = 1 - 2.0 ** -22      # more than what rounding to float32 adds
LARGEST = 2.0 ** 127             # finite as float32


@compiled
def stored(bound):
    """Return a lower bound as float32 can hold it: lower, and not infinite."""
    return min(bound, LARGEST) * ROUND_DOWN


@compiled
def scan_four(W, rows, near, low, groups, T, squares, ranks):
    """Fill in the ranks of the centres for four points, W[rows]."""
    for p in range(4):
        copy(W[rows[p]], T[p])
    square_lengths(T, squares)
    for g in range(groups):
        for first in range(g, near.shape[0], 4 * groups):
            if many_registers():
                multiply(T, near, first, groups, ranks)
            else:
                multiply_two(T, near, first, groups, ranks)
                multiply_two(T, near, first + 2 * groups, groups, ranks)
    for p in range(4):
        for j in range(low.shape[0]):
            # the product with an infinite centre is no number
            left = low[j] < np.inf
            ranks[p, j] = low[j] - 2 * ranks[p, j] if left else low[j]


@in_any_order
def square_lengths(T, squares):
    """Fill in |w|^2 of four points."""
    for p in range(4):
        total = T.dtype.type(0)
        for h in range(T.shape[1]):
            total += T[p, h] * T[p, h]
        squares[p] = total


@in_any_order
def multiply(T, C, j, step, products):
    """Fill in the products of four points with C[j], C[j + step] and so on."""
    zero = C.dtype.type(0)
    aa = ab = ac = ad = ba = bb = bc = bd = zero
    ca = cb = cc = cd = da = db = dc = dd = zero
    w, x, y, z = T[0], T[1], T[2], T[3]
    a, b, c, d = C[j], C[j + step], C[j + 2 * step], C[j + 3 * step]
    for h in range(T.shape[1]):
        aa += w[h] * a[h]
        ab += w[h] * b[h]
        ac += w[h] * c[h]
        ad += w[h] * d[h]
        ba += x[h] * a[h]
        bb += x[h] * b[h]
        bc += x[h] * c[h]
        bd += x[h] * d[h]
        ca += y[h] * a[h]
        cb += y[h] * b[h]
        cc += y[h] * c[h]
        cd += y[h] * d[h]
        da += z[h] * a[h]
        db += z[h] * b[h]
        dc += z[h] * c[h]
        dd += z[h] * d[h]
    some = products[:, j::step]
    some[0, 0], some[0, 1], some[0, 2], some[0, 3] = aa, ab, ac, ad
    some[1, 0], some[1, 1], some[1, 2], some[1, 3] = ba, bb, bc, bd
    some[2, 0], some[2, 1], some[2, 2], some[2, 3] = ca, cb, cc, cd
    some[3, 0], some[3, 1], some[3, 2], some[3, 3] = da, db, dc, dd


@in_any_order
def multiply_two(T, C, j, step, products):
    """Fill in the products of four points with C[j] and C[j + step]."""
    zero = C.dtype.type(0)
    aa = ab = ba = bb = ca = cb = da = db = zero
    w, x, y, z = T[0], T[1], T[2], T[3]
    a, b = C[j], C[j + step]
    for h in range(T.shape[1]):
        aa += w[h] * a[h]
        ab += w[h] * b[h]
        ba += x[h] * a[h]
        bb += x[h] * b[h]
        ca += y[h] * a[h]
        cb += y[h] * b[h]
        da += z[h] * a[h]
        db += z[h] * b[h]
    some = products[:, j::step]
    some[0, 0], some[0, 1] = aa, ab
    some[1, 0], some[1, 1] = ba, bb
    some[2, 0], some[2, 1] = ca, cb
    some[3, 0], some[3, 1] = da, db


@compiled
def rank_groups(ranks, least, second):
    """Find the least rank of each group, and the next one; return the best.

    ranks (k,): those of one point.  Returns the index of the least of all.
    """
    groups = least.shape[0]
    least[:], second[:] = np.inf, np.inf
    for s in range(0, ranks.shape[0], groups):
        for g in range(groups):
            rank = ranks[s + g]
            rest = max(rank, least[g])
            second[g] = rest if rest < second[g] else second[g]
            least[g] = rank if rank < least[g] else least[g]
    best = 0
    for g in range(groups):
        best = g if least[g] < least[best] else best
    for j in range(best, ranks.shape[0], groups):
        best = j if ranks[j] < ranks[best] else best
    return best


@compiled
def note_bounds(least, square, wrong, error, most, group_drift, lower):
    """Fill in the lower bounds (g,) of a point; return the nearest distance.

    At least.  least: (g,) of the ranks in question; square, wrong: |w|^2 and
    its part of the error; error: of the copies; most: as in `estimates.py`
    """
    nearest = np.inf
    for g in range(lower.shape[0]):
        near = nearest_distance(least[g], square, wrong, most) - error
        lower[g] = stored(near + group_drift[g])
        nearest = min(nearest, near)
    return nearest
