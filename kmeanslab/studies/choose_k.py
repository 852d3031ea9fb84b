"""How many clusters?  Three criteria for data without labels.

    inertia     always falls; look for the elbow, where it stops falling fast
    silhouette  highest where clusters are compact and apart; it prefers few,
                round clusters
    gap         how much lower log(inertia) is than for uniformly random points
                in the same box (Tibshirani, Walther and Hastie 2001,
                "Estimating the number of clusters in a data set via the gap
                statistic"); it can suggest 1, which means no clusters

    X (n, d) points    ks  numbers of clusters
"""

from collections.abc import Iterable
from typing import NamedTuple

import numpy as np

from kmeanslab.estimators import KMeans
from kmeanslab.output import progress
from kmeanslab.studies import scores

SILHOUETTE_POINTS = 2000


class Criteria(NamedTuple):
    """The criteria for one K."""
    k: int
    inertia: float
    silhouette: float        # NaN for K = 1
    gap: float
    error: float             # standard error of the gap


def run(X: np.ndarray, ks: Iterable[int], references: int = 10, seed: int = 0
        ) -> list[Criteria]:
    """Return the criteria for each K.

    references: the number of random data sets that the gap compares with
    ValueError: k is larger than the number of points.
    """
    rng = np.random.default_rng(seed)
    low, high = X.min(axis=0), X.max(axis=0)
    random = [rng.uniform(low, high, X.shape) for _ in range(references)]
    return [criteria(X, random, k, seed)
            for k in progress(list(ks), "number of clusters")]


def criteria(X: np.ndarray, random: list[np.ndarray], k: int, seed: int
             ) -> Criteria:
    """Return the criteria for one K, from random reference data sets."""
    model = fit(X, k, seed)
    logs = np.log([fit(each, k, seed).inertia_ for each in random])
    error = logs.std() * np.sqrt(1 + 1 / len(random))
    return Criteria(
        k, float(model.inertia_),
        scores.silhouette(X, model.labels_, SILHOUETTE_POINTS, seed),
        float(logs.mean() - np.log(model.inertia_)), float(error))


def fit(X: np.ndarray, k: int, seed: int) -> KMeans:
    """Return the best of five exact fits."""
    return KMeans(k, n_init=5, random_state=seed).fit(X)


def best_by_silhouette(found: list[Criteria]) -> int:
    """Return the K with the highest silhouette."""
    defined = [each for each in found if np.isfinite(each.silhouette)]
    return max(defined, key=lambda each: each.silhouette).k


def best_by_gap(found: list[Criteria]) -> int:
    """Return the smallest K whose gap is within an error of the next one's.

    The last K if there is none.
    """
    for each, following in zip(found, found[1:]):
        if each.gap >= following.gap - following.error:
            return each.k
    return found[-1].k
