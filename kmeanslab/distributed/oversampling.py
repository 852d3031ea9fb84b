"""k-means||: initial centres when a pass over the data is expensive.

k-means++ takes k passes.  k-means|| takes three (Bahmani et al. 2012,
"Scalable k-means++", with the two rounds that Spark uses): each round draws
about 2 k points at once, each with a probability proportional to its part of
the potential.  All drawn points are candidates.  Weighted by the number of
points nearest to each, they are few enough for k-means++.

What workers do is in `partition_sampler.py`.
"""

from functools import partial
from typing import Any, NamedTuple

import numpy as np

from kmeanslab.distributed.dataset_info import DatasetInfo
from kmeanslab.distributed.partition_sampler import Sampler
from kmeanslab.engine import lloyd
from kmeanslab.engine.assign.matmul import Matmul
from kmeanslab.engine.seeding import kmeans_plus_plus
from kmeanslab.estimators import validation

MIN_ROUNDS = 2
OVERSAMPLING_FACTOR = 2          # times k candidates are drawn per round
MAX_CANDIDATE_ITERATIONS = 30    # of Lloyd on the candidates, as in Spark


class Start(NamedTuple):
    """Initial centres, and what it took to find them."""
    centres: np.ndarray      # (k, d)
    passes: int | None       # over the data; None unless by k-means||
    candidates: int | None   # None unless by k-means||


def initial_centres(dataset: DatasetInfo, k: int, init: Any,
                    seed: int) -> Start:
    """Return k centres by `init`: "k-means||", "random" or an array (k, d)."""
    if validation.is_array(init):
        X = np.empty((0, dataset.d), dataset.dtype)
        return Start(validation.check_centres(init, X, k), None, None)
    if init == "random":
        rows = np.random.default_rng(seed).choice(dataset.n, k, replace=False)
        return Start(dataset.take(rows), None, None)
    return kmeans_parallel(dataset, k, seed)


def kmeans_parallel(dataset: DatasetInfo, k: int, seed: int) -> Start:
    """Return k centres by k-means||."""
    candidates, weights, passes = draw_candidates(dataset, k, seed)
    weights = weights.astype(np.float64)
    C = kmeans_plus_plus(candidates, k, weights,
                         np.random.RandomState(seed))[0]
    C = lloyd.run(candidates, C, weights, max_iter=MAX_CANDIDATE_ITERATIONS,
                  method=Matmul).centres
    return Start(C, passes, len(candidates))


def draw_candidates(dataset: DatasetInfo, k: int, seed: int) -> tuple[
        np.ndarray, np.ndarray, int]:
    """Return candidates (c, d), their weights (c,), and the passes it took.

    Rounds continue until k candidates are nearest to some point, or until
    every point is a candidate.
    """
    executor = dataset.executor
    first = np.random.default_rng(seed).integers(dataset.n, size=1)
    candidates = new = dataset.take(first)
    executor.begin(partial(Sampler, seed=seed))
    for passes in range(1, k + MIN_ROUNDS + 1):
        potential = sum(executor.call("step", new.astype(np.float64)))
        executor.replay = [candidates.astype(np.float64)]
        weights = sum(executor.call("weights"))
        enough = passes > MIN_ROUNDS and np.count_nonzero(weights) >= k
        if enough or not potential > 0:
            break
        scale = OVERSAMPLING_FACTOR * k / potential
        new = np.concatenate(executor.call("draw", passes, scale))
        candidates = np.concatenate([candidates, new])
    return candidates, weights, passes
