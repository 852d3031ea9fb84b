"""Plain iterations, run by kernels that do not return to Python in between.

Few points are labelled in less time than it takes to ask for it, and to wake
the threads that help.  An iteration is plain if it needs nothing but sums and
means: no cluster is empty, no sum is worn, and the run does not end.  The
kernels stop where one is not: its points are labelled and its sums are added,
and `lloyd.State` goes on from there.  All else is done by the kernels that it
would have asked, in the same order: the same bits.

One thread leads: it makes new centres when all blocks are done.  All take
blocks that no other has taken, first those that they had before, which are in
their caches.  A thread that comes late finds less to do.
"""

from functools import cached_property, partial
import time
from typing import Any

import numpy as np

from kmeanslab.engine import atomics
from kmeanslab.engine.ahead_kernels import (
    DONE, OVER, Rules, Shared, Sums, help_out, lead)
from kmeanslab.engine.threads import Workers

MAX_STEPS = 256          # iterations at a time,
MAX_SECONDS = 0.05       # as an interrupt waits for them
FIRST_TAKES = 8          # times as long as others
PATIENCE = 2 ** 18       # looks for work, some ten milliseconds,
SUM_PATIENCE = 16        # and more for each sum that makes a centre: then a
#                          helper leaves, as the leader may be gone
NEARLY = 1 + 1e-9        # more than what sums lose by rounding


class Runner:
    """Runs ahead of a `lloyd.State`, whose blocks the workers ask."""

    def __init__(self, state: Any, workers: Workers) -> None:
        self.state, self.start = state, time.perf_counter()
        self.blocks, self.threads = workers.blocks, workers.threads

    @cached_property
    def steps(self) -> int:
        """How many iterations to run at a time; 0 if they take long.

        The first tells, which finds more points open than those to come.
        """
        return self.steps_in((time.perf_counter() - self.start) / FIRST_TAKES)

    def steps_in(self, seconds: float) -> int:
        """Return how many at a time, if one takes so long."""
        return int(min(MAX_STEPS, MAX_SECONDS / max(seconds, 1e-9)))

    def __call__(self, centres: Any, count: int, tol: float) -> tuple:
        """Run up to `count` plain iterations; label the points once more.

        Returns what they did, each as `lloyd.Iteration`, the centres of the
        labels, and the points that moved, points and distances looked at then.
        """
        k, self.start = self.state.method.k, time.perf_counter()
        if centres.again:
            for block in self.blocks:
                block.forget()
        steps = np.empty((min(count, self.steps), 4))
        shared = self.share(centres)
        team = [partial(self.lead, shared, tol, steps)]
        team += [partial(self.help, shared, len(self.blocks) * i
                         // self.threads) for i in range(1, self.threads)]
        done, moved, looked, C = Workers(team, self.threads)("__call__")[0]
        self.steps = self.steps_in(
            (time.perf_counter() - self.start) / (done + 1))
        history = [(cost, shift, int(points), int(rows), int(rows) * k)
                   for cost, shift, points, rows in steps[:done].tolist()]
        return history, C, (moved, looked, looked * k)

    def share(self, centres: Any) -> Shared:
        """Return what all threads read and write."""
        points, rows, changes = self.state.method.joined
        blocks, flags = len(self.blocks), np.zeros(2 * atomics.LINE, np.int64)
        flags[DONE] = blocks
        return Shared(
            points, rows, changes, np.empty((blocks, 3), np.int64),
            centres._replace(exact=centres.exact.copy(), again=False),
            np.array([centres.rounding]), np.ones(blocks, np.int64),
            flags)

    def lead(self, shared: Shared, tol: float, steps: np.ndarray) -> Any:
        """Run ahead; return what `lead` does."""
        method, clusters = self.state.method, self.state.clusters
        slope, base = method.rounding_rules()
        rules = Rules(
            method.drift, method.other_drift, slope, base,
            method.most_rounding(), method.least, tol * NEARLY,
            self.state.dtype == np.float32)
        sums = Sums(clusters.sums, clusters.weights, clusters.members,
                    clusters.peak, clusters.middle)
        try:
            return lead(shared, self.blocks[0].workspace(), sums, rules,
                        self.state.C, steps)
        finally:
            shared.flags[OVER] = 1       # or helpers wait for ever

    def help(self, shared: Shared, first: int) -> None:
        """Label blocks until all is over."""
        patience = PATIENCE + SUM_PATIENCE * self.state.C.size
        help_out(shared, first, self.blocks[0].workspace(), patience)
