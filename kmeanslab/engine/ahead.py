"""Plain iterations of a single block, run by one kernel.

Few points are labelled in less time than Python takes to ask for it.  An
iteration is plain if it needs nothing but sums and means: no cluster is empty,
no sum is worn, and the run does not end.  The kernel stops where one is not:
its points are labelled and its sums are added, and `lloyd.State` goes on from
there.  All else is done by the kernels that it would have asked, in the same
order: the same bits.
"""

from typing import Any, NamedTuple

import numpy as np

from kmeanslab.engine.assign import estimates, hamerly
from kmeanslab.engine.assign.bounds import ROUND_UP
from kmeanslab.engine.assign.kernels import add_steps, compiled, making_arrays
from kmeanslab.engine.update_kernels import (
    add_change, clear_empty, find_worn, means, shift_lengths, sum_costs)

MAX_STEPS = 256          # at a time: an interrupt waits for them
NEARLY = 1 + 1e-9        # more than what sums lose by rounding


class Sums(NamedTuple):
    """What the kernel knows of the clusters; as in `update.Clusters`."""
    sums: np.ndarray
    weights: np.ndarray
    members: np.ndarray
    peak: np.ndarray
    middle: np.ndarray


class Rules(NamedTuple):
    """What the kernel knows of the method and the run."""
    drift: np.ndarray            # (k,) see `bounds.py`
    other_drift: np.ndarray      # (k,)
    slope: float                 # of what is lost by rounding, per drift,
    base: float                  # and without any
    most: float                  # up to which drifts need not start again
    least: float                 # see `estimates.prepare`
    tol: float                   # a run may end below this, nearly
    single: bool                 # whether centres are rounded to float32


def run_ahead(state: Any, block: Any, centres: Any, count: int, tol: float
              ) -> tuple:
    """Run up to `count` plain iterations; label the points once more.

    Returns what the iterations did, each as `lloyd.Iteration`, the centres of
    the labels, and the points that moved, points and distances looked at then.
    """
    method, clusters = state.method, state.clusters
    if centres.again:
        block.forget()
    slope, base = method.rounding_rules()
    rules = Rules(
        method.drift, method.other_drift, slope, base, method.most_rounding(),
        method.least, tol * NEARLY, state.dtype == np.float32)
    sums = Sums(clusters.sums, clusters.weights, clusters.members,
                clusters.peak, clusters.middle)
    steps = np.empty((min(count, MAX_STEPS), 4))
    done, moved, looked, C = iterate(
        block.points, centres, block.changes, block.workspace(), sums, rules,
        state.C, centres.exact.copy(), steps)
    k = len(C)
    history = [(cost, shift, int(points), int(rows), int(rows) * k)
               for cost, shift, points, rows in steps[:done].tolist()]
    return history, C, (moved, looked, looked * k)


@making_arrays
def iterate(points, centres, changes, work, clusters, rules, C, exact, steps):
    """Fill in what the plain iterations did; return how many there were.

    And of the one after them the points that moved, those looked at, and its
    centres.  exact: room for those of `HamerlyCentres`
    """
    done = 0
    while True:
        moved, looked, used = hamerly.step(points, centres, changes, work)
        add(clusters, changes, used)
        if done == len(steps) or not is_plain(clusters):
            break
        new = means(clusters.sums, clusters.weights, C)
        if rules.single:
            round_to_single(new)
        shifts = shift_lengths(C, new)
        squares, longest = measure(shifts)
        # squares of 0 if no point moved
        if squares <= rules.tol or not goes_on(longest, centres, rules):
            break
        cost = sum_costs(clusters.sums, clusters.weights, clusters.middle, C)
        note(steps[done], cost, longest, moved, looked)
        C, done = new, done + 1
        centres = follow(C, shifts, exact, centres, rules)
    return done, moved, looked, C


@compiled
def add(clusters, changes, used):
    """Add what changed to the clusters' sums."""
    _, some, sums, counts = changes
    add_change(clusters.sums, clusters.weights, clusters.members, some[:used],
               sums[:used], counts[0, :used], counts[1, :used])
    clear_empty(clusters.sums, clusters.weights, clusters.members)


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
def follow(C, shifts, exact, last, rules):
    """Return what the block needs of centres, as `Hamerly.centres` does."""
    k, d = C.shape
    left, reach = np.empty(k, np.bool_), np.empty(k)
    for j in range(k):
        left[j] = True
        for h in range(d):
            exact[j, h] = C[j, h]
    far = add_steps(rules.drift, rules.other_drift, shifts, last.scale, left)
    for j in range(k):
        reach[j] = rules.drift[j] + rules.other_drift[j]
    double, low, errors = last.double, last.low, last.errors
    if len(double):
        double, low, errors = estimates.prepare(
            C, left, last.origin, last.scale, last.unit, rules.least)
    return hamerly.HamerlyCentres(
        exact, reach, rules.slope * far + rules.base, False, double, low,
        errors, last.unit, last.most, last.origin, last.scale)
