"""The inner loops of `yinyang.py`, compiled by Numba.

`squared` and `squared_four` are wrong by at most `limits` of the square.

    x (d,)    one point         w (d,)  its copy, wrong by at most `error`
    near      the centres as in the copy, in float32, or float64 for a float64
              copy; their number is a multiple of 4: infinite rows fill it up
    errors    (k,) how wrong `near` is
    limits    (rel, floor, most), see `kernels.upper_bound`
"""

import numpy as np

from kmeanslab.engine.assign.kernels import (
    compiled, in_any_order, lower_bound, nearer, upper_bound)

ROUND_DOWN = 1 - 2.0 ** -22      # more than what rounding to float32 adds
LARGEST = 2.0 ** 127             # finite as float32


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


@compiled
def stored(bound):
    """Return a lower bound as float32 can hold it: lower, and not infinite."""
    return min(bound, LARGEST) * ROUND_DOWN


@compiled
def assign(X, W, error, C, near, errors, labels, upper, margin, lower, drift,
           other_drift, group_drift, limits, rounding, rows, before):
    """Bring the labels (m,) up to date.

    Returns how many changed, and how many points and distances were looked
    at.  Fills in which changed, rows, and the labels that these had before.

    C (k, d) are the centres in float64; the bounds of the points that are
    looked at are brought up to date.  Comparisons are such that a bound that
    is NaN never skips anything.
    """
    four = np.empty(4, near.dtype)
    rel, floor, _ = limits
    moved = points = distances = 0
    for i in range(X.shape[0]):
        a = max(labels[i], 0)        # -1 at the start: begin with the first
        if margin[i] > drift[a] + other_drift[a] + rounding:
            continue
        other = lowest(lower[i], group_drift)
        if not other > upper[i] + drift[a] + rounding:
            own = squared(W[i], near[a])
            far = upper_bound(own, rel, error[i] + errors[a], floor)
            points += 1
            distances += 1
            if not other > far + rounding:
                a, far, extra = find_nearest(
                    X[i], W[i], error[i], a, own, C, near, errors, lower[i],
                    group_drift, limits, rounding, four)
                distances += extra
                other = lowest(lower[i], group_drift)
            upper[i] = far - drift[a]
        margin[i] = other + other_drift[a] - upper[i]
        if a != labels[i]:
            rows[moved], before[moved] = i, labels[i]
            labels[i] = a
            moved += 1
    return moved, points, distances


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
