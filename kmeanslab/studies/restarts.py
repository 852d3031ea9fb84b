"""How much does the result depend on the initial centres?

K-means from many random starts, each until no image changes its cluster.  A
run is judged by J, the sum of the distances (not squared) of all images to
their representatives.  The best and the worst run are repeated and traced.
Starts by k-means++ show what better initial centres are worth.

    representatives (k, d)  the centres at the end of a run
    J                       in the images' own values, 0 to 255
"""

from collections.abc import Iterator, Mapping
from itertools import combinations
from typing import Any, NamedTuple

import numpy as np
from sklearn.metrics import adjusted_rand_score

from kmeanslab.data.datasets import Data
from kmeanslab.engine import lloyd
from kmeanslab.engine.choice import choose_method
from kmeanslab.engine.seeding import kmeans_plus_plus, random_rows
from kmeanslab.output import Rows, progress
from kmeanslab.studies import scores

RUNS = {20: 30, 10: 20, 5: 10}       # k -> number of runs
NEAREST_IMAGES = 10                  # per representative
MAX_ITERATIONS = 10_000              # all runs converge earlier
STARTS = {"random rows": random_rows,
          "k-means++": lambda *args: kmeans_plus_plus(*args)[0]}


class Run(NamedTuple):
    """One run until convergence."""
    start: str               # a key of STARTS
    k: int
    seed: int
    j: float
    inertia: float           # for values from 0 to 1
    n_iter: int


class TracedRun(NamedTuple):
    """A run with its trace and the images nearest to its representatives."""
    run: Run
    representatives: np.ndarray
    trace: list[float]       # J after each assignment
    nearest: list[np.ndarray]    # (k,) indices of images, the nearest first
    names: list[str]         # (k,) the majority label of these
    agree: list[int]         # (k,) how many of them have it


class Restarts(NamedTuple):
    """All runs for one k."""
    k: int
    runs: list[Run]
    best: TracedRun          # from random rows
    worst: TracedRun
    agreement: list[float]   # the adjusted Rand index of each pair of runs
    best_of: list[float]     # the expected minimum J of 1, 2, ... runs
    traced: list[TracedRun]  # all runs, if asked for


def run(data: Data, runs: Mapping[int, int] | None = None, seed: int = 0,
        traces: bool = False) -> Iterator[Restarts]:
    """Yield a `Restarts` for each k as soon as it is finished.

    runs: k -> number of runs per start, by default `RUNS`
    traces: also repeat all runs for J after each of their iterations
    ValueError: k is larger than the number of images.
    """
    for k, count in (runs or RUNS).items():
        yield study(data, k, count, seed, traces)


def study(data: Data, k: int, count: int, seed: int, traces: bool = False
          ) -> Restarts:
    """Return all runs for one k."""
    jobs = [(start, s) for start in STARTS for s in range(seed, seed + count)]
    found = [run_once(data.X, start, k, s) for start, s in
             progress(jobs, f"restarts, K = {k}")]
    runs = [run for run, _ in found]
    random = runs[:count]
    labels = [labels for _, labels in found[:count]]
    return Restarts(
        k, runs, trace(data, min(random, key=by_j)),
        trace(data, max(random, key=by_j)),
        [adjusted_rand_score(*pair) for pair in combinations(labels, 2)],
        [scores.best_of([run.j for run in random], r + 1)
         for r in range(count)],
        [trace(data, run) for run in
         progress(runs if traces else [], f"traces, K = {k}")])


def by_j(run: Run) -> float:
    """Return the key by which runs are compared."""
    return run.j


def run_once(X: np.ndarray, start: str, k: int, seed: int
             ) -> tuple[Run, np.ndarray]:
    """Return one run and its labels."""
    result = converge(X, start, k, seed, choose_method(X, k))
    j = scores.j_clust(X, result.centres, result.labels)
    inertia = result.inertia / scores.scale(X) ** 2
    return Run(start, k, seed, j, inertia, result.n_iter), result.labels


def converge(X: np.ndarray, start: str, k: int, seed: int, method: type
             ) -> lloyd.Result:
    """Return the engine's result once no image changes its cluster."""
    C = STARTS[start](X, k, np.ones(len(X)), np.random.RandomState(seed))
    return lloyd.run(X, C, max_iter=MAX_ITERATIONS, method=method)


def trace(data: Data, run: Run) -> TracedRun:
    """Return the same run again, with J after each assignment."""
    blocks: list = []
    result = converge(data.X, run.start, run.k, run.seed,
                      traced(choose_method(data.X, run.k), blocks))
    js = np.sum([block.trace for block in blocks], axis=0)
    nearest = scores.nearest_to(data.X, result.centres, result.labels,
                                NEAREST_IMAGES)
    counts = [np.bincount(data.labels[rows], minlength=len(data.classes))
              for rows in nearest]
    return TracedRun(run, result.centres, js.tolist(), nearest,
                     [data.classes[count.argmax()] for count in counts],
                     [int(count.max()) for count in counts])


def traced(method: type, blocks: list) -> type:
    """Return the method with blocks that record their part of J per step.

    blocks: the list to which the method's blocks are added
    """
    class Traced(method):
        """The method; each of its blocks has a `trace`."""

        runs_ahead = False           # as each step is recorded

        def centres(self, C: np.ndarray, shifts: np.ndarray) -> Any:
            """Return what blocks need of the centres, and remember these."""
            self.latest = C
            return super().centres(C, shifts)

        def block(self, X: np.ndarray, weights: np.ndarray) -> Any:
            """Return a block that appends to its `trace` in each step."""
            block = super().block(X, weights)
            blocks.append(block)
            block.trace, step = [], block.step

            def traced_step(centres: Any) -> Any:
                changes = step(centres)
                block.trace.append(float(np.sqrt(
                    block.own_distances(self.latest)).sum()))
                return changes

            block.step = traced_step
            return block
    return Traced


def tables(studies: list[Restarts]) -> dict[str, Rows]:
    """Return a summary per k and start, all runs by J, and their traces."""
    found = {"restarts": [summary(each, start) for each in studies
                          for start in STARTS],
             "runs": [{"K": each.k, "rank": rank, **run._asdict()}
                      for each in studies for rank, run
                      in enumerate(sorted(each.runs, key=by_j), 1)]}
    for row in found["runs"]:
        del row["k"]
    traces = [{"K": each.k, "start": traced.run.start,
               "seed": traced.run.seed, "iteration": i, "J": j}
              for each in studies for traced in each.traced
              for i, j in enumerate(traced.trace, 1)]
    return found | ({"traces": traces} if traces else {})


def summary(study: Restarts, start: str) -> dict:
    """Return the summary of the runs from one kind of start."""
    runs = [run for run in study.runs if run.start == start]
    js = [run.j for run in runs]
    row = {"K": study.k, "start": start, "runs": len(runs),
           "min J": min(js), "median J": float(np.median(js)),
           "max J": max(js),
           "iterations": float(np.median([run.n_iter for run in runs]))}
    if start == study.best.run.start:
        row["agreement"] = float(np.mean(study.agreement or [1.0]))
        for name, each in ("best", study.best), ("worst", study.worst):
            row[f"nearest alike, {name}"] = sum(each.agree) / sum(
                map(len, each.nearest))
    return row
