"""The kernels of `ahead.py`, compiled by Numba.

Those without reference counts return views of arrays: others must not call
them, or they would free what they do not own.

    shared.flags  how many blocks are done, and whether all is over
"""

from typing import Any, NamedTuple

import numpy as np

from kmeanslab.engine import atomics
from kmeanslab.engine.assign import estimates, hamerly
from kmeanslab.engine.assign.bounds import ROUND_UP
from kmeanslab.engine.assign.kernels import (
    add_steps, compiled, inlined, making_arrays)
from kmeanslab.engine.update_kernels import (
    add_change, clear_empty, find_worn, means, shift_lengths, sum_costs)

DONE, OVER = 0, atomics.LINE         # places in `flags`


class Sums(NamedTuple):
    """What the kernels know of the clusters; as in `update.Clusters`."""
    sums: np.ndarray
    weights: np.ndarray
    members: np.ndarray
    peak: np.ndarray
    middle: np.ndarray


class Rules(NamedTuple):
    """What they know of the method and the run."""
    drift: np.ndarray            # (k,) see `bounds.py`
    other_drift: np.ndarray      # (k,)
    slope: float                 # of what is lost by rounding, per drift,
    base: float                  # and without any
    most: float                  # up to which drifts need not start again
    least: float                 # see `estimates.prepare`
    tol: float                   # a run may end below this, nearly
    single: bool                 # whether centres are rounded to float32


class Shared(NamedTuple):
    """What all threads read, or write by blocks."""
    points: Any                  # `HamerlyPoints` of all blocks
    rows: np.ndarray             # (blocks + 1,) where each begins
    changes: tuple               # of all blocks, as `CompiledBlock.changes`
    done: np.ndarray             # (blocks, 3) what `hamerly.step` returned
    centres: Any                 # `HamerlyCentres` with old numbers; the new
    rounding: np.ndarray         # (1,) is what is lost by rounding now
    taken: np.ndarray            # (blocks,) int64, 0: by no thread yet
    flags: np.ndarray


@making_arrays
def lead(shared, work, clusters, rules, C, steps):
    """Fill in what the plain iterations did; return how many there were.

    And of the one after them the points that moved, those looked at, and its
    centres.
    """
    done = 0
    while True:
        label(shared, work)
        moved, looked = add(clusters, shared)
        if done == len(steps) or not is_plain(clusters):
            break
        new = means(clusters.sums, clusters.weights, C)
        if rules.single:
            round_to_single(new)
        shifts = shift_lengths(C, new)
        squares, longest = measure(shifts)
        # squares of 0 if no point moved
        if squares <= rules.tol or not goes_on(longest, shared.centres, rules):
            break
        cost = sum_costs(clusters.sums, clusters.weights, clusters.middle, C)
        note(steps[done], cost, longest, moved, looked)
        C, done = new, done + 1
        follow(C, shifts, shared, rules)
    return done, moved, looked, C


@compiled
def label(shared, work):
    """Label the points of all blocks, with all threads that help."""
    looks, blocks = 0, len(shared.taken)
    atomics.store(shared.flags, DONE, 0)
    for b in range(blocks):
        atomics.store(shared.taken, b, 0)
    take_blocks(shared, 0, work)
    while atomics.load(shared.flags, DONE) < blocks:
        looks = atomics.look_again(looks)


@compiled
def help_out(shared, first, work, patience):
    """Label blocks until all is over, or nobody leads for a while."""
    looks, blocks = 0, len(shared.taken)
    while looks < patience and not atomics.load(shared.flags, OVER):
        take_blocks(shared, first, work)
        looks = atomics.look_again(looks)
        if atomics.load(shared.flags, DONE) < blocks:
            looks = 0


@inlined
def take_blocks(shared, first, work):
    """Label the points of blocks that are not taken, from the first on."""
    blocks = len(shared.taken)
    for i in range(blocks):
        b = (first + i) % blocks
        if atomics.load(shared.taken, b) or atomics.add(shared.taken, b):
            continue
        some = shared.done[b]
        some[0], some[1], some[2] = hamerly.step(
            points_of(shared, b), centres_of(shared), changes_of(shared, b),
            work)
        atomics.add(shared.flags, DONE)


@compiled
def points_of(shared, b):
    """Return the points of a block."""
    points, first, last = shared.points, shared.rows[b], shared.rows[b + 1]
    return hamerly.HamerlyPoints(
        points.X[first:last], points.weights[first:last],
        points.labels[first:last], points.margin[first:last])


@compiled
def changes_of(shared, b):
    """Return where a block notes what changes."""
    changed, some, sums, counts = shared.changes
    return changed[b], some[b], sums[b], counts[b]


@compiled
def centres_of(shared):
    """Return the centres as they are by now."""
    near = shared.centres
    return hamerly.HamerlyCentres(
        near.exact, near.reach, shared.rounding[0], False, near.double,
        near.low, near.errors, near.unit, near.most, near.origin, near.scale)


@compiled
def add(clusters, shared):
    """Add what changed to the clusters' sums, in the order of the blocks.

    Returns how many points moved and how many were looked at.
    """
    moved = looked = 0
    for b in range(shared.done.shape[0]):
        _, some, sums, counts = changes_of(shared, b)
        used = shared.done[b, 2]
        add_change(clusters.sums, clusters.weights, clusters.members,
                   some[:used], sums[:used], counts[0, :used],
                   counts[1, :used])
        moved += shared.done[b, 0]
        looked += shared.done[b, 1]
    clear_empty(clusters.sums, clusters.weights, clusters.members)
    return moved, looked


@making_arrays
def is_plain(clusters):
    """Return whether no cluster is empty and no sum worn."""
    empty = 0
    for j in range(len(clusters.members)):
        empty += clusters.members[j] == 0
    return not empty and not len(find_worn(clusters.sums, clusters.peak))


@compiled
def round_to_single(C):
    """Round centres (k, d) to float32."""
    for j in range(C.shape[0]):
        for h in range(C.shape[1]):
            C[j, h] = np.float32(C[j, h])


@compiled
def measure(shifts):
    """Return the sum of the shifts' squares, and the longest."""
    squares = longest = 0.0
    for j in range(len(shifts)):
        squares += shifts[j] * shifts[j]
        longest = max(longest, shifts[j])
    return squares, longest


@compiled
def goes_on(longest, centres, rules):
    """Return whether drifts surely need not start again after a step."""
    drift = other = 0.0
    for j in range(len(rules.drift)):
        drift = max(drift, rules.drift[j])
        other = max(other, rules.other_drift[j])
    far = (drift + other + 2 * longest * centres.scale * ROUND_UP) * ROUND_UP
    return rules.slope * far + rules.base <= rules.most


@compiled
def note(step, cost, shift, moved, looked):
    """Note what an iteration did."""
    step[0], step[1], step[2], step[3] = cost, shift, moved, looked


@making_arrays
def follow(C, shifts, shared, rules):
    """Bring what blocks need of centres up to date, as `Hamerly.centres`."""
    centres, left = shared.centres, np.empty(len(C), np.bool_)
    for j in range(C.shape[0]):
        left[j] = True
        for h in range(C.shape[1]):
            centres.exact[j, h] = C[j, h]
    far = add_steps(rules.drift, rules.other_drift, shifts, centres.scale,
                    left)
    shared.rounding[0] = rules.slope * far + rules.base
    for j in range(C.shape[0]):
        centres.reach[j] = rules.drift[j] + rules.other_drift[j]
    if len(centres.double):
        estimates.double_all(
            C, left, centres.origin, centres.scale, centres.unit, rules.least,
            centres.double, centres.low, centres.errors)
