"""The inner loops of `yinyang.py`, compiled by Numba.

Most groups of a point may be skipped, or hardly any: then all its distances
are computed, of four points at once (`yinyang_scan.py`).

    X (m, d)  points, of which x (d,) is one; w (d,)  its copy, wrong by at
              most `error`
    points, bounds, centres, work      `YinyangPoints` and so on
    limits    (rel, floor, most), see `kernels.upper_bound`: how wrong
              `squared` and `squared_four` are
"""

import numpy as np

from kmeanslab.engine.assign.estimates import (
    MOST, farthest_distance, point_error)
from kmeanslab.engine.assign.kernels import (
    compiled, in_any_order, lower_bound, nearer, upper_bound)
from kmeanslab.engine.assign.memory import LINE, fetch_line
from kmeanslab.engine.assign.yinyang_scan import (
    note_bounds, rank_groups, scan_four, stored)

MOSTLY = 2               # more than one of so many groups
AHEAD = 2                # points that are on their way from memory


@in_any_order
def squared(x, c):
    """Return |x - c|^2, nearly, in the type of c."""
    kind = c.dtype.type
    total = kind(0)
    for i in range(x.shape[0]):
        difference = kind(x[i]) - c[i]
        total += difference * difference
    return total


@in_any_order
def squared_four(x, C, g, step, out):
    """Compute |x - c|^2, nearly, for four centres at the price of two."""
    kind = C.dtype.type
    a = b = c = d = kind(0)
    A, B, C_, D = C[g], C[g + step], C[g + 2 * step], C[g + 3 * step]
    for i in range(x.shape[0]):
        value = kind(x[i])
        difference = value - A[i]
        a += difference * difference
        difference = value - B[i]
        b += difference * difference
        difference = value - C_[i]
        c += difference * difference
        difference = value - D[i]
        d += difference * difference
    out[0], out[1], out[2], out[3] = a, b, c, d


@in_any_order
def lowest(lower, group_drift):
    """Return the least of a point's lower bounds as they are by now."""
    least = np.float32(np.inf)
    for g in range(lower.shape[0]):
        least = min(least, lower[g] - group_drift[g])
    return least


@in_any_order
def mostly_open(lower, group_drift, far):
    """Return whether most of the groups may hold a centre as near as that."""
    count = 0
    for g in range(lower.shape[0]):
        count += not lower[g] - group_drift[g] > far
    return count * MOSTLY > lower.shape[0]


@compiled
def assign(X, points, bounds, centres, work):
    """Bring the labels (m,) up to date, some points at a time.

    Returns how many changed, and how many points and distances were looked
    at.  Fills in which changed, work.rows, and the labels they had before.
    """
    moved = looked = distances = 0
    for start in range(0, points.W.shape[0], work.open.shape[0]):
        count, more = find_open(start, points, bounds, centres, work)
        looked += more
        distances += more + label_open(count, X, points, bounds, centres,
                                       work)
        for q in range(count):
            i, old = work.open[q], work.old[q]
            if bounds.labels[i] != old:
                work.rows[moved], work.before[moved] = i, old
                moved += 1
    return moved, looked, distances


@compiled
def find_open(start, points, bounds, centres, work):
    """Fill in which points from `start` on may change; return how many.

    And of how many the distance to their own centre was computed.
    """
    stop = min(start + work.open.shape[0], points.W.shape[0])
    looked = pass_by(start, stop, bounds, centres, work.open, work.own)
    count = 0
    for q in range(looked):
        i = work.open[q]
        fetch_next(points.W, work.open[:looked], q)
        a = max(bounds.labels[i], 0)
        own, other = squared(points.W[i], centres.near[a]), work.own[q]
        if not stays(i, a, own, other, points, bounds, centres):
            work.open[count], work.own[count] = i, own
            work.old[count] = bounds.labels[i]
            count += 1
    return count, looked


@compiled
def fetch_next(X, rows, q):
    """Have a point after X[rows[q]] brought meanwhile.

    Not a neighbour: the processor brings these by itself.
    """
    if q + AHEAD < rows.shape[0] and rows[q + AHEAD] > rows[q] + AHEAD:
        x = X[rows[q + AHEAD]]
        for h in range(0, x.shape[0], LINE // x.itemsize):
            fetch_line(x, h)


@compiled
def pass_by(start, stop, bounds, centres, rest, others):
    """Fill in which points their bounds leave open; return how many.

    And how far all other centres are from these, at least.  Comparisons are
    such that a bound that is NaN never skips anything.
    """
    count = 0
    for i in range(start, stop):
        a = max(bounds.labels[i], 0)     # -1 at the start
        drift, other_drift = centres.drift[a], centres.other_drift[a]
        if bounds.margin[i] > drift + other_drift + centres.rounding:
            continue
        other = lowest(bounds.lower[i], centres.group_drift)
        if other > bounds.upper[i] + drift + centres.rounding:
            bounds.margin[i] = other + other_drift - bounds.upper[i]
        else:
            rest[count], others[count] = i, other
            count += 1
    return count


@compiled
def stays(i, a, own, other, points, bounds, centres):
    """Note how near a point is to its centre; return if that suffices."""
    rel, floor, _ = centres.limits
    far = upper_bound(own, rel, points.error[i] + centres.errors[a], floor)
    bounds.upper[i] = far - centres.drift[a]
    if not other > far + centres.rounding:
        return False
    bounds.margin[i] = other + centres.other_drift[a] - bounds.upper[i]
    return True


@compiled
def label_open(count, X, points, bounds, centres, work):
    """Label the points work.open[:count]; return distances computed."""
    waiting = single = distances = 0
    for q in range(count):
        i, a = work.open[q], max(work.old[q], 0)
        far = bounds.upper[i] + centres.drift[a] + centres.rounding
        if mostly_open(bounds.lower[i], centres.group_drift, far):
            work.four[waiting] = q
            waiting += 1
        else:
            work.single[single] = q
            single += 1
        if waiting == 4:
            waiting = 0
            single = label_four(single, points, bounds, centres, work)
            distances += 4 * centres.near.shape[0]
    for q in work.four[:waiting]:
        work.single[single] = q
        single += 1
    return distances + label_single(work.single[:single], X, points, bounds,
                                    centres, work)


@compiled
def label_four(single, points, bounds, centres, work):
    """Label the points at work.four; add those in doubt to work.single."""
    for p in range(4):
        work.some[p] = work.open[work.four[p]]
    scan_four(points.W, work.some, centres.near, centres.low,
              bounds.lower.shape[1], work.T, work.squares, work.ranks)
    for p in range(4):
        if not label_by_ranks(work.some[p], work.ranks[p], work.squares[p],
                              points, bounds, centres, work):
            work.single[single] = work.four[p]
            single += 1
    return single


@compiled
def label_by_ranks(i, ranks, square, points, bounds, centres, work):
    """Note the label of a point, and its bounds; return whether it is sure."""
    best = rank_groups(ranks, work.least, work.second)
    g, square = best % work.least.shape[0], np.float64(square)
    wrong = point_error(square, centres.unit)
    error = points.error[i] + centres.largest_error
    far = error + farthest_distance(work.least[g], square, wrong,
                                    centres.slack[best])
    lower, drift = bounds.lower[i], centres.group_drift
    most = min(MOST, centres.limits[2])
    work.least[g], work.second[g] = work.second[g], work.least[g]
    other = note_bounds(work.least, square, wrong, error, most, drift, lower)
    if not other > far + centres.rounding:
        own = slice(g, g + 1)        # not the best only: all of its group
        note_bounds(work.second[own], square, wrong, error, most, drift[own],
                    lower[own])
        return False
    bounds.labels[i], bounds.upper[i] = best, far - centres.drift[best]
    bounds.margin[i] = other + centres.other_drift[best] - bounds.upper[i]
    return True


@compiled
def label_single(places, X, points, bounds, centres, work):
    """Label the points at these places; return distances computed."""
    W, error = points.W, points.error
    labels, upper, margin = bounds.labels, bounds.upper, bounds.margin
    lower, group_drift = bounds.lower, centres.group_drift
    C, near, errors = centres.exact, centres.near, centres.errors
    drift, other_drift = centres.drift, centres.other_drift
    limits, rounding, four = centres.limits, centres.rounding, work.near
    distances = 0
    for q in places:
        i, a = work.open[q], max(work.old[q], 0)
        a, far, more = find_nearest(
            X[i], W[i], error[i], a, work.own[q], C, near, errors, lower[i],
            group_drift, limits, rounding, four)
        distances += more
        labels[i], upper[i] = a, far - drift[a]
        other = lowest(lower[i], group_drift)
        margin[i] = other + other_drift[a] - upper[i]
    return distances


@compiled
def find_nearest(x, w, error, best, own, C, near, errors, lower, group_drift,
                 limits, rounding, four):
    """Return the nearest centre, an upper bound, and distances computed."""
    rel, floor, most = limits
    k, groups, distances = C.shape[0], lower.shape[0], 0
    wrong = error + errors[best]
    best_near = lower_bound(own, rel, wrong, floor, most)
    best_far = upper_bound(own, rel, wrong, floor)
    for g in range(groups):
        if lower[g] - group_drift[g] > best_far + rounding:
            continue
        rest = np.inf            # the nearest of the group, except the best
        for first in range(g, near.shape[0], 4 * groups):
            squared_four(w, near, first, groups, four)
            distances += 4
            for q in range(4):
                j = first + q * groups
                if j == best or j >= k:
                    continue
                wrong = error + errors[j]
                j_near = lower_bound(four[q], rel, wrong, floor, most)
                j_far = upper_bound(four[q], rel, wrong, floor)
                if j_near > best_far or not (
                        j_far < best_near or nearer(x, j, best, C)):
                    rest = min(rest, j_near)
                    continue
                h = best % groups
                if h == g:
                    rest = min(rest, best_near)
                else:
                    lower[h] = min(lower[h],
                                   stored(best_near + group_drift[h]))
                best, best_near, best_far = j, j_near, j_far
        lower[g] = stored(rest + group_drift[g])
    return best, best_far, distances
