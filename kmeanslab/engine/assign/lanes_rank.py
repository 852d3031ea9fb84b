"""Each point's nearest centre, of many points side by side, for `lanes.py`.

Compiled by Numba.  T and C as there.
"""

import numpy as np

from kmeanslab.engine.assign.kernels import compiled, inlined, keep_better


@compiled
def rank(T, C, sums, least, second, best):
    """Find each point's nearest centre, its distance, and the next one's.

    Distances are squared.  sums (p,) is work space; `second` may be None.
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
        rank_many(T, C, sums, least, second, best)


@inlined
def square(t, i, c):
    """Return the square of the i-th point's distance in one coordinate."""
    return (t[i] - c) * (t[i] - c)


@inlined
def plus_four(total, i, t0, t1, t2, t3, c0, c1, c2, c3):
    """Return the total and the squares of four coordinates, in order."""
    total += square(t0, i, c0)
    total += square(t1, i, c1)
    total += square(t2, i, c2)
    return total + square(t3, i, c3)


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
def rank_many(T, C, sums, least, second, best):
    """Do the rest of `rank` for more coordinates, four at a time."""
    sums[:] = 0.0
    d = C.shape[1]
    last = 2 if d % 4 == 2 else 4
    for j in range(C.shape[0]):
        for h in range(0, d - last, 4):
            add_four(T, h, C[j], sums)
        if last == 2:
            finish_two(T, d - 2, C[j], j, sums, least, second, best)
        else:
            finish_four(T, d - 4, C[j], j, sums, least, second, best)


@compiled
def add_four(T, h, c, sums):
    """Add the squares of four coordinates, from the h-th on, in order."""
    t0, t1, t2, t3 = T[h], T[h + 1], T[h + 2], T[h + 3]
    c0, c1, c2, c3 = c[h], c[h + 1], c[h + 2], c[h + 3]
    for i in range(sums.shape[0]):
        sums[i] = plus_four(sums[i], i, t0, t1, t2, t3, c0, c1, c2, c3)


@compiled
def finish_four(T, h, c, j, sums, least, second, best):
    """Add the last four coordinates, and compare with the other centres."""
    t0, t1, t2, t3 = T[h], T[h + 1], T[h + 2], T[h + 3]
    c0, c1, c2, c3 = c[h], c[h + 1], c[h + 2], c[h + 3]
    for i in range(sums.shape[0]):
        total = plus_four(sums[i], i, t0, t1, t2, t3, c0, c1, c2, c3)
        sums[i] = 0.0
        keep_better(total, j, i, best, least, second)


@compiled
def finish_two(T, h, c, j, sums, least, second, best):
    """Add the last two coordinates, and compare with the other centres."""
    t0, t1, c0, c1 = T[h], T[h + 1], c[h], c[h + 1]
    for i in range(sums.shape[0]):
        total = sums[i] + square(t0, i, c0) + square(t1, i, c1)
        sums[i] = 0.0
        keep_better(total, j, i, best, least, second)
