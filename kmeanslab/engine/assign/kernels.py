"""The inner loops of `bounds.py`, compiled by Numba without Python's lock.

Each reads as the step it is.  `squared` and `squared_four` may add in any
order, which is what makes them fast, and are wrong by at most `rel` of the
distance; only `exact` and `exact_four` follow the formula of `distances.py`,
and decide.

    x (d,)  one point
    C (k, d)  centres in float32, or float64 for float64 points;
              k is a multiple of 4: the rows that fill it up are infinite
    group g   the centres g, g + G, g + 2G, ... of G groups
"""

import math

import numba
import numpy as np

ANY_ORDER = {"reassoc", "contract", "nsz"}
compiled = numba.njit(nogil=True, cache=True, error_model="numpy")
in_any_order = numba.njit(nogil=True, cache=True, error_model="numpy",
                          fastmath=ANY_ORDER)
DOWN = 1 - 2.0 ** -22        # more than what rounding to float32 adds
MORE = 1 + 1e-9              # more than what a float64 sum lacks
SMALL = 2.0 ** -50           # more than what three float64 steps lose


@in_any_order
def squared(x, c):
    """|x - c|^2, nearly, in the type of c."""
    kind = c.dtype.type
    total = kind(0)
    for i in range(x.shape[0]):
        apart = kind(x[i]) - c[i]
        total += apart * apart
    return total


@in_any_order
def squared_four(x, C, g, step, out):
    """|x - c|^2, nearly, for four centres at the price of two."""
    kind = C.dtype.type
    a = b = c = d = kind(0)
    A, B, C_, D = C[g], C[g + step], C[g + 2 * step], C[g + 3 * step]
    for i in range(x.shape[0]):
        value = kind(x[i])
        apart = value - A[i]
        a += apart * apart
        apart = value - B[i]
        b += apart * apart
        apart = value - C_[i]
        c += apart * apart
        apart = value - D[i]
        d += apart * apart
    out[0], out[1], out[2], out[3] = a, b, c, d


@in_any_order
def shrink(X, origin, scale, half, least, most, W):
    """Fill W with scale (X - origin); returns how far off the worst row is.

    Rounded to nearest, if that is what a cast of a number and `half` does.
    """
    worst = longest = 0.0
    for i in range(X.shape[0]):
        off = length = 0.0
        for j in range(X.shape[1]):
            value = (X[i, j] - origin[j]) * scale
            W[i, j] = min(max(value + half, least), most)
            apart = value - W[i, j]
            off += apart * apart
            length += value * value
        worst, longest = max(worst, off), max(longest, length)
    return math.sqrt(worst) * MORE + math.sqrt(longest) * SMALL


@compiled
def exact(x, c):
    """|x - c|^2 by the formula: float64, from first to last."""
    total = 0.0
    for i in range(x.shape[0]):
        apart = x[i] - c[i]
        total += apart * apart
    return total


@compiled
def above(distance2, error):
    """At most the distance whose square is nearly this."""
    rel, off, floor, most = error
    return math.sqrt(distance2 * (1 + rel) + floor) + off


@compiled
def below(distance2, error):
    """At least the distance whose square is nearly this, or beyond `most`."""
    rel, off, floor, most = error
    distance2 = min(distance2, most)
    return math.sqrt(max(distance2 * (1 - rel) - floor, 0.0)) - off


@in_any_order
def lowest(lower, group_travel):
    """The least of a point's bounds as they are by now."""
    least = np.float32(np.inf)
    for g in range(lower.shape[0]):
        least = min(least, lower[g] - group_travel[g])
    return least


@compiled
def assign(X, W, C, near, labels, upper, gap, lower, travel, rivals,
           group_travel, error, slack, new):
    """New labels (m,); returns the points and distances looked at.

    C (k, d) are the centres in float64, near the same in the kernels' type;
    the bounds are brought up to date for the points looked at.
    """
    four = np.empty(4, near.dtype)
    points = distances = 0
    for i in range(X.shape[0]):
        a = max(labels[i], 0)        # -1 at the start: begin with the first
        new[i] = a
        if gap[i] >= travel[a] + rivals[a] + slack:
            continue
        other = lowest(lower[i], group_travel)
        if other <= upper[i] + travel[a] + slack:
            own = squared(W[i], near[a])
            far = above(own, error)
            points += 1
            distances += 1
            if other <= far + slack:
                a, far, extra = look(X[i], W[i], a, own, C, near, lower[i],
                                     group_travel, error, slack, four)
                new[i] = a
                distances += extra
                other = lowest(lower[i], group_travel)
            upper[i] = far - travel[a]
        gap[i] = other + rivals[a] - upper[i]
    return points, distances


@compiled
def look(x, w, best, own, C, near, lower, group_travel, error, slack, four):
    """The nearest centre, its distance at most, distances computed."""
    k, groups, distances = C.shape[0], lower.shape[0], 0
    best_near, best_far = below(own, error), above(own, error)
    for g in range(groups):
        if lower[g] - group_travel[g] > best_far + slack:
            continue
        rest = np.inf            # the nearest of the group but for the best
        for first in range(g, near.shape[0], 4 * groups):
            squared_four(w, near, first, groups, four)
            distances += 4
            for q in range(4):
                j = first + q * groups
                if j == best or j >= k:
                    continue
                j_near, j_far = below(four[q], error), above(four[q], error)
                if j_near > best_far or not (
                        j_far < best_near or nearer(x, j, best, C)):
                    rest = min(rest, j_near)
                    continue
                h = best % groups
                if h == g:
                    rest = min(rest, best_near)
                else:
                    lower[h] = min(lower[h],
                                   (best_near + group_travel[h]) * DOWN)
                best, best_near, best_far = j, j_near, j_far
        lower[g] = (rest + group_travel[g]) * DOWN
    return best, best_far, distances


@compiled
def nearer(x, j, best, C):
    """Whether the formula says j, or the lower index of a tie."""
    distance, least = exact(x, C[j]), exact(x, C[best])
    return distance < least or (distance == least and j < best)


@compiled
def change(X, weights, new, old, place, clusters, sums, counts):
    """`blocks.change` into given arrays; returns how many clusters it fills.

    clusters (k,), sums (k, d) and counts (2, k) are written from the first
    on; place (k,) becomes each cluster's place in them, -1 without.
    """
    used = 0
    place[:] = -1
    for i in range(X.shape[0]):
        if new[i] == old[i]:
            continue
        for j, sign in ((new[i], 1.0), (old[i], -1.0)):
            if j < 0:
                continue
            if place[j] < 0:
                place[j] = used
                clusters[used] = j
                sums[used] = 0.0
                counts[:, used] = 0.0
                used += 1
            weight = sign * weights[i]
            add(sums[place[j]], weight, X[i])
            counts[0, place[j]] += weight
            counts[1, place[j]] += sign * (weight != 0)
    return used


@compiled
def add(total, weight, x):
    """total += weight x."""
    for i in range(x.shape[0]):
        total[i] += weight * x[i]


@compiled
def own_distances(X, C, labels, out):
    """The squared distance of each point to its centre, by the formula."""
    four = len(labels) // 4 * 4
    for i in range(0, four, 4):
        exact_four(X[i:i + 4], C, labels[i:i + 4], out[i:i + 4])
    for i in range(four, len(labels)):
        out[i] = exact(X[i], C[labels[i]])


@compiled
def exact_four(X, C, labels, out):
    """Four sums side by side, for each has to wait for its last addition."""
    a = b = c = d = 0.0
    A, B, C_, D = C[labels[0]], C[labels[1]], C[labels[2]], C[labels[3]]
    for i in range(X.shape[1]):
        apart = X[0, i] - A[i]
        a += apart * apart
        apart = X[1, i] - B[i]
        b += apart * apart
        apart = X[2, i] - C_[i]
        c += apart * apart
        apart = X[3, i] - D[i]
        d += apart * apart
    out[0], out[1], out[2], out[3] = a, b, c, d
