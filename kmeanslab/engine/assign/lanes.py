"""Exact distances of many points side by side, compiled by Numba.

A chunk of points is transposed, so that one instruction serves several of
them.  Each sum still goes from the first coordinate to the last: the result
is the formula's, bit for bit, and needs no second look.

    T (d, > p)  a chunk of p points, float64
    C (k', d)   centres, float64; for `rank`, if they have two to four
                coordinates, an even number of them
"""

import math

import numpy as np

from kmeanslab.engine.assign import distances as formula
from kmeanslab.engine.assign.buffers import aligned
from kmeanslab.engine.assign.kernels import compiled, copy, in_any_order
from kmeanslab.engine.assign.lanes_rank import fill_squares, rank

CHUNK_VALUES = 4096          # of T: 32 KB, what the fastest cache holds
MIN_LANES, MAX_LANES = 64, 512   # points in a chunk
GAP = 24                     # rows of 2^n bytes would fall on one cache set;
#                              `fill_squares` may go as far beyond the lanes
REL = 2.0 ** -52             # twice the rounding of a float64, per addition
PAIR_COLUMNS = 2, 3, 4       # of which two centres at a time are faster
TINY = 2.0 ** -1022          # more than what a square loses that underflows
MOST = 2.0 ** 1023           # what an overflown sum is at least
keep_first = compiled(formula.keep_first)


def workspace(d: int) -> tuple:
    """Return work arrays for chunks of points with d coordinates.

    They come from outside: a loop over arrays that a kernel allocates itself
    is not vectorised.
    """
    lanes = min(MAX_LANES, max(MIN_LANES, CHUNK_VALUES // d // 8 * 8))
    return (aligned((3 + d, lanes + GAP), np.float64),
            aligned((lanes,), np.int64))


def paired(C: np.ndarray) -> np.ndarray:
    """Return centres as `rank` needs them: pairs, if they have few columns.

    The last of an odd number has one that is infinitely far away.
    """
    if C.shape[1] in PAIR_COLUMNS and len(C) % 2:
        return np.append(C, np.full((1, C.shape[1]), np.inf), axis=0)
    return np.ascontiguousarray(C)


@compiled
def select(labels, margin, reach, rounding, rows):
    """Fill in the rows whose labels may change; return how many."""
    count = 0
    for i in range(labels.shape[0]):
        a = max(labels[i], 0)        # -1 at the start
        rows[count] = i
        # so that a margin that is NaN counts as open
        closed = margin[i] > reach[a] + rounding
        count += not closed
    return count


@compiled
def label_rows(X, rows, C, reach, scale, labels, margin, work, best):
    """Fill in the labels and margins of the points X[rows].

    reach: (k,) both drifts of each centre, see `bounds.py`
    scale: from distances to the units of drifts and margins
    work, best: as `workspace` makes them
    """
    sums, least, second, T = work[0], work[1], work[2], work[3:]
    rel, floor = REL * (X.shape[1] + 8), TINY * X.shape[1]
    for s in range(0, rows.shape[0], best.shape[0]):
        part = rows[s:s + best.shape[0]]
        gather(X, part, T)
        p = part.shape[0]
        rank(T, C, sums, least[:p], second[:p], best[:p])
        for q in range(p):
            far = math.sqrt(least[q] * (1 + rel) + floor)
            rest = min(second[q], MOST) * (1 - rel) - floor
            second[q] = math.sqrt(max(rest, 0.0)) - far
        for q in range(p):
            j = best[q]
            labels[part[q]] = j
            margin[part[q]] = second[q] * scale + reach[j]


@compiled
def nearest(X, C, labels, distances, work, best):
    """Fill in the labels (m,) of the nearest centres.

    And the squared distances to them, if there is room: (m,) or (0,).  Returns
    their sum.
    """
    total = 0.0
    sums, least, T = work[0], work[1], work[3:]
    for s in range(0, X.shape[0], best.shape[0]):
        part = X[s:s + best.shape[0]]
        transpose(part, T)
        p = part.shape[0]
        rank(T, C, sums, least[:p], None, best[:p])
        copy(best, labels[s:s + p])
        copy(least, distances[s:s + p])
        total += add_up(least[:p])
    return total


@in_any_order
def add_up(values):
    """Return the sum."""
    total = 0.0
    for i in range(values.shape[0]):     # a loop over values has no vectors
        total += values[i]
    return total


@compiled
def fill_distances(X, C, D, largest, infinity, distances, work, best):
    """Fill in the distances (m, k) of points to centres.

    D (k, lanes + GAP) is work space; largest, infinity: see `keep_first`.
    Returns the sum of the smallest squares.
    """
    least, T, total = work[1], work[3:], 0.0
    for s in range(0, X.shape[0], best.shape[0]):
        part = X[s:s + best.shape[0]]
        transpose(part, T)
        p = part.shape[0]
        least[:], best[:] = np.inf, 0
        for j in range(C.shape[0]):
            fill_squares(T, C[j], p, D[j])
            take_roots(D[j, :p], j, least[:p], best[:p])
        total += add_up(least[:p])
        for q in range(p):
            copy(D[:, q], distances[s + q])
            keep_first(distances[s + q], best[q], largest, infinity)
    return total


@compiled
def take_roots(sums, j, least, best):
    """Compare the squares with those of other centres; take their roots."""
    for i in range(sums.shape[0]):
        lower = sums[i] < least[i]
        best[i] = j if lower else best[i]
        least[i] = sums[i] if lower else least[i]
        sums[i] = math.sqrt(sums[i])


@compiled
def transpose(X, T):
    """Copy the points X into the columns of T."""
    for h in range(X.shape[1]):
        for q in range(X.shape[0]):
            T[h, q] = X[q, h]


@compiled
def gather(X, rows, T):
    """Copy the points X[rows] into the columns of T."""
    for h in range(X.shape[1]):
        for q in range(rows.shape[0]):
            T[h, q] = X[rows[q], h]
