"""k-means||: where centres start when a pass over the data is dear.

k-means++ takes k passes.  This takes three (Bahmani et al. 2012, "Scalable
k-means++", as Spark runs it): each round draws some 2 k points at once, each
by its part of the potential.  All that were drawn are candidates; with the
points nearest to them as weights they are few enough for k-means++ itself.

    D (n,)      squared distances to the nearest candidate so far
    potential   the sum of D
    round       the random numbers of a partition are drawn by seed, round and
                its number: who works on it, and when, does not matter
"""

from functools import partial
from typing import NamedTuple

import numpy as np

from kmeanslab.distributed.partition_block import nearest
from kmeanslab.engine import lloyd
from kmeanslab.engine.assign.matmul import Matmul
from kmeanslab.engine.seeding import kmeans_plus_plus
from kmeanslab.estimators import validation

ROUNDS = 2               # of them at least
FACTOR = 2               # times k candidates a round
POLISH = 30              # iterations on the candidates at most, as in Spark


class Start(NamedTuple):
    """Where centres start, and what it took."""
    centres: np.ndarray      # (k, d)
    passes: int              # over the data; None unless by k-means||
    candidates: int


class Sampler:
    """The points of a partition, and the candidates nearest to them."""

    def __init__(self, X, number, seed):
        self.X, self.number, self.seed = X, number, seed
        self.D = np.full(len(X), np.inf)
        self.labels, self.count = np.zeros(len(X), np.intp), 0

    def step(self, C):
        """Some more candidates; returns the potential that is left."""
        labels, D = nearest(self.X, C)
        closer = D < self.D
        self.D[closer] = D[closer]
        self.labels[closer] = labels[closer] + self.count
        self.count += len(C)
        return float(self.D.sum())

    def draw(self, number, share):
        """Points, each with the probability share * D."""
        random = np.random.default_rng([self.seed, number, self.number])
        return self.X[random.random(len(self.X)) < share * self.D]

    def weights(self):
        """How many points are nearest to each candidate."""
        return np.bincount(self.labels, minlength=self.count)


def start(census, k, init, seed):
    """Initial centres: `init` is "k-means||", "random" or an array (k, d)."""
    if validation.is_array(init):
        X = np.empty((0, census.d), census.dtype)
        return Start(validation.check_centres(init, X, k), None, None)
    if init == "random":
        at = np.random.default_rng(seed).choice(census.n, k, replace=False)
        return Start(census.take(at), None, None)
    return oversample(census, k, seed)


def oversample(census, k, seed):
    """The start of k centres, by k-means||."""
    candidates, weights, passes = draw(census, k, seed)
    weights = weights.astype(np.float64)
    C = kmeans_plus_plus(candidates, k, weights,
                         np.random.RandomState(seed))[0]
    C = lloyd.run(candidates, C, weights, max_iter=POLISH,
                  method=Matmul).centres
    return Start(C, passes, len(candidates))


def draw(census, k, seed):
    """Candidates (c, d), their weights (c,), and the passes that it took.

    There are rounds until k candidates are nearest to points, or all points
    are candidates.
    """
    crew = census.crew
    first = np.random.default_rng(seed).integers(census.n, size=1)
    candidates = new = census.take(first)
    crew.begin(partial(Sampler, seed=seed))
    for passes in range(1, k + ROUNDS + 1):
        potential = sum(crew.call("step", new.astype(np.float64)))
        crew.past = [candidates.astype(np.float64)]
        weights = sum(crew.call("weights"))
        enough = passes > ROUNDS and np.count_nonzero(weights) >= k
        if enough or not potential > 0:
            break
        new = np.concatenate(
            crew.call("draw", passes, FACTOR * k / potential))
        candidates = np.concatenate([candidates, new])
    return candidates, weights, passes
