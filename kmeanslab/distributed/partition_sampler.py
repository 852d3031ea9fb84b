"""The points of a partition that may become centres, on a worker.

Part of k-means||, see `oversampling.py`.

    D (n,)      squared distances to the nearest candidate so far
    potential   the sum of D
    round       its random numbers are seeded by seed, round and partition
                index, so they do not depend on workers or their order
"""

import numpy as np

from kmeanslab.distributed.partition_block import nearest


class Sampler:
    """The points of a partition, and the nearest candidate of each.

    Parameters
    ----------
    X : np.ndarray, shape (n, d)
    index : int
        Of the partition.
    seed : int
    """

    def __init__(self, X: np.ndarray, index: int, seed: int) -> None:
        self.X, self.index, self.seed = X, index, seed
        self.D = np.full(len(X), np.inf)
        self.labels, self.count = np.zeros(len(X), np.intp), 0

    def step(self, C: np.ndarray) -> float:
        """Add candidates (c, d), and return the remaining potential."""
        if len(C):                       # a round may draw none
            labels, D = nearest(self.X, C)
            closer = D < self.D
            self.D[closer] = D[closer]
            self.labels[closer] = labels[closer] + self.count
            self.count += len(C)
        return float(self.D.sum())

    def draw(self, number: int, scale: float) -> np.ndarray:
        """Draw points in a round, each with the probability scale * D."""
        random = np.random.default_rng([self.seed, number, self.index])
        return self.X[random.random(len(self.X)) < scale * self.D]

    def weights(self) -> np.ndarray:
        """Return the number of points nearest to each candidate."""
        return np.bincount(self.labels, minlength=self.count)
