"""Each point's nearest centre, of many points side by side, for `lanes.py`.

Compiled by Numba.  T and C as there.
"""

import numpy as np

from kmeanslab.engine.assign.kernels import compiled, inlined, keep_better
from kmeanslab.engine.assign.registers import POINTS, sum_squares


@compiled
def rank(T, C, sums, least, second, best):
    """Find each point's nearest centre, its distance, and the next one's.

    Distances are squared.  sums (> p,) is work space; `second` may be None.
    """
    best[:], least[:] = 0, np.inf
    if second is not None:
        second[:] = np.inf
    d = C.shape[1]
    if d == 2:
        for j in range(0, C.shape[0], 2):
            compare_two(T, C[j], C[j + 1], j, least, second, best)
    elif d == 3:
        for j in range(0, C.shape[0], 2):
            compare_three(T, C[j], C[j + 1], j, least, second, best)
    elif d == 4:
        for j in range(0, C.shape[0], 2):
            compare_four(T, C[j], C[j + 1], j, least, second, best)
    else:
        rank_any(T, C, sums, least, second, best)


@inlined
def square(t, i, c):
    """Return the square of the i-th point's distance in one coordinate."""
    return (t[i] - c) * (t[i] - c)


@compiled
def compare_two(T, a, b, j, least, second, best):
    """Compare the j-th and the next centre with others: two coordinates.

    Two centres at a time: each coordinate, and what was found so far, is read
    once for both.
    """
    t0, t1, a0, a1, b0, b1 = T[0], T[1], a[0], a[1], b[0], b[1]
    for i in range(least.shape[0]):
        total = square(t0, i, a0) + square(t1, i, a1)
        keep_better(total, j, i, best, least, second)
        total = square(t0, i, b0) + square(t1, i, b1)
        keep_better(total, j + 1, i, best, least, second)


@compiled
def compare_three(T, a, b, j, least, second, best):
    """Compare them with others: three coordinates."""
    t0, t1, t2, a0, a1, a2 = T[0], T[1], T[2], a[0], a[1], a[2]
    b0, b1, b2 = b[0], b[1], b[2]
    for i in range(least.shape[0]):
        total = square(t0, i, a0) + square(t1, i, a1) + square(t2, i, a2)
        keep_better(total, j, i, best, least, second)
        total = square(t0, i, b0) + square(t1, i, b1) + square(t2, i, b2)
        keep_better(total, j + 1, i, best, least, second)


@compiled
def compare_four(T, a, b, j, least, second, best):
    """Compare them with others: four coordinates."""
    t0, t1, t2, t3 = T[0], T[1], T[2], T[3]
    a0, a1, a2, a3 = a[0], a[1], a[2], a[3]
    b0, b1, b2, b3 = b[0], b[1], b[2], b[3]
    for i in range(least.shape[0]):
        total = (square(t0, i, a0) + square(t1, i, a1) + square(t2, i, a2)
                 + square(t3, i, a3))
        keep_better(total, j, i, best, least, second)
        total = (square(t0, i, b0) + square(t1, i, b1) + square(t2, i, b2)
                 + square(t3, i, b3))
        keep_better(total, j + 1, i, best, least, second)


@compiled
def rank_any(T, C, sums, least, second, best):
    """Compare all of them, of any number of coordinates."""
    for j in range(C.shape[0]):
        fill_squares(T, C[j], best.shape[0], sums)
        for i in range(best.shape[0]):
            keep_better(sums[i], j, i, best, least, second)


@compiled
def fill_squares(T, c, p, sums):
    """Fill in p squared distances to a centre, and up to 31 more."""
    for i in range(0, p, POINTS):
        sum_squares(T, i, c, c.shape[0], sums)
