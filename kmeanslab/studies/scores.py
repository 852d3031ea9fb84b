"""How well do clusters match labels?  The measures that the studies use.

Metrics that scikit-learn has are taken from there.  Here are the others:
counts, majorities, purity, J, and their uncertainty.

    labels (n,)    the class of each point, 0 .. c-1
    clusters (n,)  the cluster of each point, 0 .. k-1
    counts (c, k)  the number of points of each label in each cluster
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from kmeanslab.engine.assign.blocks import Block


class Agreement(NamedTuple):
    """Clusters compared with labels: 1 is perfect; random is 0 in the last 2.

    accuracy      of naming a cluster by its majority label; purity
    homogeneity   1 if each cluster has a single label
    completeness  1 if each label is in a single cluster
    v_measure     the harmonic mean of homogeneity and completeness
    nmi           normalised mutual information
    ari           adjusted Rand index
    """
    accuracy: float
    homogeneity: float
    completeness: float
    v_measure: float
    nmi: float
    ari: float


def count(labels: np.ndarray, clusters: np.ndarray, c: int, k: int
          ) -> np.ndarray:
    """Return the number of points of each label in each cluster, (c, k)."""
    return np.bincount(labels * k + clusters, minlength=c * k).reshape(c, k)


def majorities(counts: np.ndarray) -> np.ndarray:
    """Return the most frequent label of each cluster, (k,); ties: lowest."""
    return counts.argmax(axis=0)


def accuracy(labels: np.ndarray, guesses: np.ndarray) -> float:
    """Return the share of correct guesses."""
    return float(np.mean(labels == guesses))


def purity(counts: np.ndarray) -> float:
    """Return the share of all points with their cluster's majority label."""
    return float(counts.max(axis=0).sum() / counts.sum())


def mean_purity(counts: np.ndarray) -> float:
    """Return the mean purity of the clusters, without empty clusters."""
    sizes = counts.sum(axis=0)
    return float(np.mean(counts.max(axis=0)[sizes > 0] / sizes[sizes > 0]))


def matched_accuracy(counts: np.ndarray) -> float:
    """Return the maximum share of correct points with one cluster per label.

    Each label is matched to one cluster and each cluster to one label (by the
    Hungarian method).  If there are more clusters than labels, all points of
    the unmatched clusters are wrong.
    """
    from scipy.optimize import linear_sum_assignment
    pairs = linear_sum_assignment(counts, maximize=True)
    return float(counts[pairs].sum() / counts.sum())


def agreement(labels: np.ndarray, clusters: np.ndarray) -> Agreement:
    """Return the `Agreement` of (n,) labels and (n,) clusters."""
    from sklearn import metrics
    counts = count(labels, clusters, labels.max() + 1, clusters.max() + 1)
    homogeneity, completeness, v_measure = (
        metrics.homogeneity_completeness_v_measure(labels, clusters))
    return Agreement(
        purity(counts), homogeneity, completeness, v_measure,
        metrics.normalized_mutual_info_score(labels, clusters),
        metrics.adjusted_rand_score(labels, clusters))


def silhouette(X: np.ndarray, clusters: np.ndarray, size: int, seed: int
               ) -> float:
    """Return the silhouette of `size` randomly drawn points, -1 to 1.

    It measures how much nearer points are to their own cluster than to the
    next one.  All points would need n^2 distances.  NaN if it is undefined:
    with one cluster, or one cluster per point.
    """
    from sklearn.metrics import silhouette_score
    rows = np.random.default_rng(seed).permutation(len(X))[:size]
    k = len(np.unique(clusters[rows]))
    if not 1 < k < len(rows):
        return float("nan")
    return float(silhouette_score(X[rows].astype(np.float32), clusters[rows]))


def distances(X: np.ndarray, C: np.ndarray, clusters: np.ndarray
              ) -> np.ndarray:
    """Return the distance of each point to the centre of its cluster, (n,)."""
    block = Block(X, None, len(C))
    block.labels = clusters
    return np.sqrt(block.own_distances(C.astype(np.float64)))


def j_clust(X: np.ndarray, C: np.ndarray, clusters: np.ndarray) -> float:
    """Return J, the sum of the distances (not squared) to the centres."""
    return float(distances(X, C, clusters).sum())


def nearest_to(X: np.ndarray, C: np.ndarray, clusters: np.ndarray, count: int
               ) -> list[np.ndarray]:
    """Return the points of each cluster nearest to its centre.

    k arrays of up to `count` indices, the nearest first.
    """
    D = distances(X, C, clusters)
    order = np.lexsort((D, clusters))
    ends = np.searchsorted(clusters[order], np.arange(len(C) + 1))
    return [order[start:end][:count] for start, end in zip(ends, ends[1:])]


def best_of(values: Sequence[float], r: int) -> float:
    """Return the expected minimum of r of n values drawn without replacement.

    The value with rank i (from 0) is the minimum of C(n - 1 - i, r - 1) of
    the C(n, r) draws.
    """
    from scipy.special import comb
    ordered = np.sort(values)
    ranks = np.arange(len(ordered))
    weights = comb(len(ordered) - 1 - ranks, r - 1) / comb(len(ordered), r)
    return float(weights @ ordered)


def interval(is_right: np.ndarray, seed: int, level: float = 0.95,
             draws: int = 2000) -> tuple[float, ...]:
    """Return a bootstrap interval for the mean of (n,) booleans: low, high.

    The number of True among n booleans drawn with replacement is binomial
    (Efron 1979), so only this number has to be drawn.
    """
    n, tail = len(is_right), (1 - level) / 2
    rng = np.random.default_rng(seed)
    means = rng.binomial(n, is_right.mean(), draws) / n
    return tuple(map(float, np.quantile(means, [tail, 1 - tail])))


def scale(X: np.ndarray) -> int:
    """Return the largest value of images of this dtype: 255 or 1.

    Inertias are divided by its square, so that they are for values 0 to 1.
    """
    return 255 if X.dtype == np.uint8 else 1
