"""Inner loops that all methods with bounds share, compiled by Numba.

They run without Python's lock, and the arrays that they write to overlap with
no others (see `vectors.py`).  `exact` and `exact_four` follow the formula
of `distances.py`, and decide; functions marked `in_any_order` may add in any
order, which makes them fast, and only estimate.

    x (d,)  one point     C (k, d)  centres, float64
"""

from collections.abc import Callable
from contextlib import suppress
from functools import cache
import math
from pathlib import Path
from typing import Any

import numba
import numpy as np

from kmeanslab.engine.assign.bounds import ROUND_UP, SUM_UP
from kmeanslab.engine.assign.vectors import LoopCompiler

ANY_ORDER = {"reassoc", "contract", "nsz"}


def compiler(**options: Any) -> Callable:
    """Return a decorator that compiles a function and keeps the result.

    Raises ImportError where it cannot be kept: to compile in every
    process takes longer than most runs.
    """
    options["no_cfunc_wrapper"] = True       # nobody calls them from C
    decorate = numba.njit(nogil=True, cache=True, error_model="numpy",
                          pipeline_class=LoopCompiler, **options)

    def compile_later(function: Callable) -> Any:
        try:
            kernel = decorate(function)
        except RuntimeError as error:
            raise ImportError(
                "there is no folder to keep them in, set NUMBA_CACHE_DIR to "
                f"one that you may write ({error})") from error
        with suppress(AttributeError):       # Numba's own names
            kernel._cache._cache_file._source_stamp = source_stamp()
        return kernel
    return compile_later


@cache
def source_stamp() -> tuple:
    """Return what differs after any change to the engine.

    For Numba, which compiles a kernel again only if its own file has changed,
    though the kernel contains those of other files that it calls.
    """
    stats = [path.stat() for path in Path(__file__).parents[1].rglob("*.py")]
    return (max((file.st_mtime for file in stats), default=0.0),
            sum(file.st_size for file in stats))


# Reference counting takes longer than to add up a row of an array.  Without
# it a kernel cannot make arrays, nor return them; a few small ones do.
compiled = compiler(_nrt=False)
in_any_order = compiler(_nrt=False, fastmath=ANY_ORDER)
making_arrays = compiler()
inlined = compiler(_nrt=False, inline="always")      # compiled only as a part
STEPS_ERROR = 2.0 ** -50     # more than what three float64 steps lose
MANY_COLUMNS = 16            # from which on squares are computed first,
SQUARES = 8, 64              # of so many points and columns at a time


@compiled
def copy(values, out):
    """Copy as many values as there is room for."""
    for i in range(out.shape[0]):
        out[i] = values[i]


@compiled
def exact(x, c):
    """Return |x - c|^2 by the formula: float64, from first to last."""
    total = 0.0
    for i in range(x.shape[0]):
        difference = x[i] - c[i]
        total += difference * difference
    return total


@compiled
def nearer(x, j, best, C):
    """Return whether the formula prefers j, or the lower index of a tie."""
    distance, least = exact(x, C[j]), exact(x, C[best])
    return distance < least or (distance == least and j < best)


@inlined
def keep_better(value, j, i, best, least, second):
    """Compare what centre j has for the i-th point with what others had.

    best: the centre of the least value; second: the next one, or None
    """
    lower = value < least[i]
    if second is not None:
        rest = least[i] if lower else value
        second[i] = rest if rest < second[i] else second[i]
    best[i] = j if lower else best[i]
    least[i] = value if lower else least[i]


@compiled
def upper_bound(distance2, rel, error, floor):
    """Return an upper bound of a distance from its approximate square.

    The square is wrong by a share `rel` of it and by `floor`, the points by
    `error`.
    """
    return math.sqrt(distance2 * (1 + rel) + floor) + error


@compiled
def lower_bound(distance2, rel, error, floor, most):
    """Return a lower bound; a square beyond `most` has overflowed."""
    distance2 = min(distance2, most)
    return math.sqrt(max(distance2 * (1 - rel) - floor, 0.0)) - error


@compiled
def add_steps(drift, other_drift, shifts, scale, left):
    """Add a step of each centre (k,), scaled: see `Bounded.add_steps`."""
    first, longest, second = -1, 0.0, 0.0
    for j in range(len(shifts)):
        step = shifts[j] * (scale * ROUND_UP)
        if step > longest:
            first, longest, second = j, step, longest
        elif step > second:
            second = step
    most = others = 0.0
    for j in range(len(shifts)):
        drift[j] = (drift[j] + shifts[j] * (scale * ROUND_UP)) * SUM_UP
        other_drift[j] = (
            other_drift[j] + (second if j == first else longest)) * SUM_UP
        others = max(others, other_drift[j])
        if left[j]:
            most = max(most, drift[j])
        else:
            drift[j] = np.inf        # its points look for another one
    return most + others


@compiled
def find_misfits(X, most, error):
    """Fill error (m,): 0, or infinity where a coordinate exceeds `most`."""
    for i in range(X.shape[0]):
        misfits = 0
        for j in range(X.shape[1]):
            misfits += not abs(X[i, j]) <= most
        error[i] = np.inf if misfits else 0.0


@in_any_order
def shrink(X, origin, scale, half, low, high, W, error):
    """Fill W with scale (X - origin), and error (m,) with how wrong rows are.

    Rounded to nearest, if that is what a cast of a number and `half` does.
    What lies outside of [low, high] is moved to its end: that is an error
    like rounding, and large.
    """
    for i in range(X.shape[0]):
        squares = length = 0.0
        for j in range(X.shape[1]):
            value = (X[i, j] - origin[j]) * scale
            W[i, j] = min(max(value + half, low), high)
            difference = value - W[i, j]
            squares += difference * difference
            length += value * value
        wrong = (math.sqrt(squares) * ROUND_UP
                 + math.sqrt(length) * STEPS_ERROR) * (1 + 1e-6)
        error[i] = wrong if wrong < np.inf else np.inf     # also where NaN


@compiled
def sum_changes(X, weights, labels, rows, before, changed, clusters, sums,
                counts):
    """Do `blocks.sum_changes` in given arrays, for the points X[rows].

    Returns how many clusters are filled.
    before (p,) are the labels of these points until now.
    clusters (k,), sums (k, d) and counts (2, k) are written from the first
    on.  Where most clusters change all do, by 0 if need be: that is added
    faster.  changed (k,) is work space.
    """
    changed[:] = False
    for q in range(rows.shape[0]):
        i = rows[q]
        for j, sign in ((labels[i], 1.0), (before[q], -1.0)):
            if j < 0:
                continue
            if not changed[j]:
                begin_sum(j, changed, sums, counts)
            weight = sign * weights[i]
            add(sums[j], weight, X[i])
            counts[0, j] += weight
            counts[1, j] += sign * (weight != 0)
    most = 2 * changed.sum() > len(changed)
    used = 0
    for j in range(len(changed)):
        if most and not changed[j]:
            begin_sum(j, changed, sums, counts)
        if changed[j]:
            clusters[used] = j
            if used < j:
                copy(sums[j], sums[used])
                copy(counts[:, j], counts[:, used])
            used += 1
    return used


@compiled
def begin_sum(j, changed, sums, counts):
    """Note that a cluster changes, by 0 so far."""
    changed[j] = True
    sums[j] = 0.0
    counts[:, j] = 0.0


@compiled
def add(total, weight, x):
    """Add weight x to the total."""
    for i in range(x.shape[0]):
        total[i] += weight * x[i]


@compiled
def own_distances(X, C, labels, out, squares):
    """Fill out (m,): the squared distance of each point to its centre.

    squares (8, w): work space, for w columns of eight points
    """
    m, d = X.shape
    eights = m // 8 * 8 if d >= MANY_COLUMNS else 0
    for i in range(0, eights, 8):
        exact_eight(X[i:i + 8], C, labels[i:i + 8], out[i:i + 8], squares)
    fours = m // 4 * 4
    for i in range(eights, fours, 4):
        exact_four(X[i:i + 4], C, labels[i:i + 4], out[i:i + 4])
    for i in range(fours, m):
        out[i] = exact(X[i], C[labels[i]])


@compiled
def exact_four(X, C, labels, out):
    """Compute four sums side by side: each waits for its last addition."""
    a = b = c = d = 0.0
    A, B, C_, D = C[labels[0]], C[labels[1]], C[labels[2]], C[labels[3]]
    for i in range(X.shape[1]):
        difference = X[0, i] - A[i]
        a += difference * difference
        difference = X[1, i] - B[i]
        b += difference * difference
        difference = X[2, i] - C_[i]
        c += difference * difference
        difference = X[3, i] - D[i]
        d += difference * difference
    out[0], out[1], out[2], out[3] = a, b, c, d


@compiled
def exact_eight(X, C, labels, out, squares):
    """Compute eight sums: some columns' squares first, which vectors do."""
    out[:] = 0.0
    for h in range(0, X.shape[1], squares.shape[1]):
        stop = min(h + squares.shape[1], X.shape[1])
        for q in range(8):
            fill_squares(X[q, h:stop], C[labels[q], h:stop], squares[q])
        add_columns(squares[:, :stop - h], out)


@compiled
def fill_squares(x, c, out):
    """Fill in the squared difference of each coordinate."""
    for i in range(x.shape[0]):
        difference = x[i] - c[i]
        out[i] = difference * difference


@compiled
def add_columns(squares, out):
    """Add the columns of eight rows, from first to last."""
    a, b, c, d = out[0], out[1], out[2], out[3]
    e, f, g, h = out[4], out[5], out[6], out[7]
    for i in range(squares.shape[1]):
        a += squares[0, i]
        b += squares[1, i]
        c += squares[2, i]
        d += squares[3, i]
        e += squares[4, i]
        f += squares[5, i]
        g += squares[6, i]
        h += squares[7, i]
    out[0], out[1], out[2], out[3] = a, b, c, d
    out[4], out[5], out[6], out[7] = e, f, g, h
