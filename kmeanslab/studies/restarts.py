"""How much depends on where the centres start?

K-means from many random starts, each until no image changes its cluster.  A
run is judged by J_clust, the sum of the distances, not squared, of all images
to their representatives.  The best and the worst run are run again, watched.
Starts by k-means++ show what a better start is worth.

    representatives (k, d)  the centres at the end
    J                       J_clust in the images' own values, 0..255
"""

from itertools import combinations
from typing import NamedTuple

import numpy as np
from sklearn.metrics import adjusted_rand_score

from kmeanslab.engine import lloyd
from kmeanslab.engine.choice import choose_method
from kmeanslab.engine.seeding import kmeans_plus_plus, random_rows
from kmeanslab.output import progress
from kmeanslab.studies import scores

RUNS = {20: 30, 10: 20, 5: 10}       # k -> how many
NEAREST = 10                         # images looked at around a representative
ENOUGH = 10_000                      # iterations: all stop before
STARTS = {"random rows": random_rows,
          "k-means++": lambda *args: kmeans_plus_plus(*args)[0]}


class Run(NamedTuple):
    """One run to its end."""
    start: str               # of STARTS
    k: int
    seed: int
    j: float
    inertia: float           # the sum of squared distances
    n_iter: int


class Watched(NamedTuple):
    """A run seen closely."""
    run: Run
    representatives: np.ndarray
    trace: list              # J after each assignment
    nearest: list            # (k,) arrays of images, the nearest first
    names: list              # (k,) the majority label of these
    agree: list              # (k,) how many of them have it


class Restarts(NamedTuple):
    """All runs of one k."""
    k: int
    runs: list               # of Run
    best: Watched            # from random rows
    worst: Watched
    agreement: list          # the adjusted Rand index of each pair of runs
    best_of: list            # the expected least J of 1, 2, ... runs


def run(data, runs=None, seed=0):
    """A `Restarts` for each k, as soon as it is finished.

    runs: k -> how many of each start, by default `RUNS`
    Raises ValueError for a k larger than the number of images.
    """
    for k, count in (runs or RUNS).items():
        yield study(data, k, count, seed)


def study(data, k, count, seed):
    """All runs of one k."""
    jobs = [(start, s) for start in STARTS for s in range(seed, seed + count)]
    found = [one(data.X, start, k, s) for start, s in
             progress(jobs, f"restarts, K = {k}")]
    runs = [run for run, _ in found]
    ours = runs[:count]
    labels = [labels for _, labels in found[:count]]
    return Restarts(
        k, runs, watch(data, min(ours, key=by_j)),
        watch(data, max(ours, key=by_j)),
        [adjusted_rand_score(*pair) for pair in combinations(labels, 2)],
        [scores.best_of([run.j for run in ours], r + 1)
         for r in range(count)])


def by_j(run):
    """What runs are sorted by."""
    return run.j


def one(X, start, k, seed, method=None):
    """One run: its `Run` and labels."""
    result = to_the_end(X, start, k, seed, method or choose_method(X, k))
    j = scores.j_clust(X, result.centres, result.labels)
    return Run(start, k, seed, j, result.inertia,
               result.n_iter), result.labels


def to_the_end(X, start, k, seed, method):
    """The engine's result, when no image changes its cluster any more."""
    C = STARTS[start](X, k, np.ones(len(X)), np.random.RandomState(seed))
    return lloyd.run(X, C, max_iter=ENOUGH, method=method)


def watch(data, run):
    """The same run again, with J after each assignment and what it found."""
    blocks = []
    result = to_the_end(data.X, run.start, run.k, run.seed,
                        traced(choose_method(data.X, run.k), blocks))
    trace = np.sum([block.trace for block in blocks], axis=0)
    nearest = scores.nearest_to(data.X, result.centres, result.labels, NEAREST)
    own = [np.bincount(data.labels[rows], minlength=len(data.classes))
           for rows in nearest]
    return Watched(run, result.centres, trace.tolist(), nearest,
                   [data.classes[count.argmax()] for count in own],
                   [int(count.max()) for count in own])


def traced(method, blocks):
    """The method, whose blocks also write down their part of J each step."""
    class Traced(method):
        """The same, seen closely."""

        def block(self, X, weights):
            block = super().block(X, weights)
            blocks.append(block)
            block.trace, step = [], block.step

            def traced_step(centres):
                done = step(centres)
                block.trace.append(
                    np.sqrt(block.own_distances(centres.exact)).sum())
                return done

            block.step = traced_step
            return block
    return Traced


def tables(studies):
    """What each k and start came to, and all runs."""
    return {"restarts": [row(each, start) for each in studies
                         for start in STARTS],
            "runs": [run._asdict() for each in studies for run in each.runs]}


def row(study, start):
    """What the runs of a start came to."""
    runs = [run for run in study.runs if run.start == start]
    js = [run.j for run in runs]
    told = {"K": study.k, "start": start, "runs": len(runs),
            "least J": min(js), "median J": float(np.median(js)),
            "most J": max(js),
            "iterations": float(np.median([run.n_iter for run in runs]))}
    if start == study.best.run.start:
        told["agreement"] = float(np.mean(study.agreement or [1.0]))
        for name, watched in ("best", study.best), ("worst", study.worst):
            told[f"nearest alike, {name}"] = sum(watched.agree) / sum(
                map(len, watched.nearest))
    return told
