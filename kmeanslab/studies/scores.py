"""How well do clusters match labels?  What the studies count and compare.

What scikit-learn's metrics have comes from there; here is the rest: counts,
majorities, purity, the price of a clustering in plain distances.

    labels (n,)    what the points are, 0 .. c-1
    clusters (n,)  where they were put, 0 .. k-1
    counts (c, k)  how many points of each label are in each cluster
"""

from typing import NamedTuple

import numpy as np

from kmeanslab.engine.assign.blocks import Block

ROWS = 8192              # points whose distances are taken at a time


class Agreement(NamedTuple):
    """Clusters against labels: 1 is perfect; the last two are 0 by chance."""
    accuracy: float          # of calling a cluster by its majority; purity
    homogeneity: float       # each cluster has one label only
    completeness: float      # each label is in one cluster only
    v_measure: float         # the harmonic mean of these two
    nmi: float               # mutual information, normalised
    ari: float               # adjusted Rand index


def count(labels, clusters, c, k):
    """How many points of each label are in each cluster, (c, k) int."""
    return np.bincount(labels * k + clusters, minlength=c * k).reshape(c, k)


def majorities(counts):
    """The most frequent label of each cluster, (k,); the first of a tie."""
    return counts.argmax(axis=0)


def accuracy(labels, guesses):
    """The share of guesses that are right."""
    return float(np.mean(labels == guesses))


def purity(counts):
    """The share of all points that have their cluster's majority label."""
    return float(counts.max(axis=0).sum() / counts.sum())


def mean_purity(counts):
    """The mean of the clusters' own purities; empty clusters have none."""
    sizes = counts.sum(axis=0)
    return float(np.mean(counts.max(axis=0)[sizes > 0] / sizes[sizes > 0]))


def matched_accuracy(counts):
    """The best share of points right if each label is given to one cluster.

    And each cluster to one label (the Hungarian method); where there are more
    clusters than labels, those left over are all wrong.
    """
    from scipy.optimize import linear_sum_assignment
    pairs = linear_sum_assignment(counts, maximize=True)
    return float(counts[pairs].sum() / counts.sum())


def agreement(labels, clusters):
    """All of `Agreement`; the arguments are (n,) whole numbers."""
    from sklearn import metrics
    counts = count(labels, clusters, labels.max() + 1, clusters.max() + 1)
    return Agreement(
        purity(counts),
        *metrics.homogeneity_completeness_v_measure(labels, clusters),
        metrics.normalized_mutual_info_score(labels, clusters),
        metrics.adjusted_rand_score(labels, clusters))


def silhouette(X, clusters, size, seed):
    """The silhouette of `size` points drawn by the seed; NaN if undefined.

    From -1 to 1: how much nearer points are to their own cluster than to the
    next one.  All points would need n^2 distances.
    """
    from sklearn.metrics import silhouette_score
    rows = np.random.default_rng(seed).permutation(len(X))[:size]
    k = len(np.unique(clusters[rows]))
    if not 1 < k < len(rows):
        return float("nan")
    return float(silhouette_score(X[rows].astype(np.float32), clusters[rows]))


def distances(X, C, clusters):
    """The distance of each point to the centre of its cluster, (n,)."""
    block = Block(X, None, len(C))
    block.labels = clusters
    return np.sqrt(block.own_distances(C.astype(np.float64)))


def j_clust(X, C, clusters):
    """The sum of the distances, not squared, to the clusters' centres."""
    return float(distances(X, C, clusters).sum())


def nearest_to(X, C, clusters, count):
    """The points of each cluster nearest to its centre: k lists, sorted."""
    D = distances(X, C, clusters)
    order = np.lexsort((D, clusters))
    ends = np.searchsorted(clusters[order], np.arange(len(C) + 1))
    return [order[start:end][:count] for start, end in zip(ends, ends[1:])]


def best_of(values, r):
    """The expected least of r of these values, drawn without replacement.

    Each is the least of C(n - 1 - rank, r - 1) of the C(n, r) draws.
    """
    from scipy.special import comb
    ordered = np.sort(values)
    ranks = np.arange(len(ordered))
    weights = comb(len(ordered) - 1 - ranks, r - 1) / comb(len(ordered), r)
    return float(weights @ ordered)


def interval(right, seed, level=0.95, draws=2000):
    """A bootstrap interval for the mean of (n,) booleans: low and high.

    n of them drawn with replacement are right as often as a binomial says
    (Efron 1979), so only their number need be drawn.
    """
    n, tail = len(right), (1 - level) / 2
    means = np.random.default_rng(seed).binomial(n, right.mean(), draws) / n
    return tuple(map(float, np.quantile(means, [tail, 1 - tail])))
