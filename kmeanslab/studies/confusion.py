"""Which classes share a cluster?

K-means with a few starts, the one with the least inertia kept.  Its clusters
against the true labels: how pure they are, two ways; how good a clustering is
if each label may have one cluster only; and which labels merge.

    counts (c, k)  images of each label in each cluster
    order (k,)     clusters by their majority label, then by their size
"""

from typing import NamedTuple

import numpy as np

from kmeanslab.estimators import KMeans
from kmeanslab.output import progress
from kmeanslab.studies import scores

KS, SEEDS = (10, 20), 10
EXAMPLES = 25            # images shown of a cluster
MERGED = 0.1             # of a cluster: a label that is more than a stray


class Merge(NamedTuple):
    """Two labels in one cluster."""
    cluster: int
    labels: tuple            # the majority and another, as text
    shares: tuple            # of the cluster
    examples: tuple          # images of the one, images of the other


class Confusion(NamedTuple):
    """What is known of one k."""
    k: int
    seed: int                # of the start that was kept
    counts: np.ndarray
    order: np.ndarray
    centres: np.ndarray      # (k, d)
    names: list              # (k,) majority labels as text
    purity: float            # of all images
    mean_purity: float       # over clusters
    interval: tuple          # of the purity, by bootstrap over images
    matched: float           # accuracy with one cluster a label
    spread: list             # the purity of each start
    agreement: scores.Agreement
    examples: list           # (k,) arrays of images, drawn by the seed
    merges: list             # of Merge, the largest share first


def run(data, ks=KS, seeds=SEEDS, seed=0):
    """A `Confusion` for each k, as soon as it is finished.

    seeds: how many starts, from `seed` on
    Raises ValueError for a k larger than the number of images.
    """
    for k in ks:
        yield study(data, k, seeds, seed)


def study(data, k, seeds, seed):
    """The best of some starts, and what its clusters hold."""
    models = [KMeans(k, n_init=1, random_state=s).fit(data.X) for s in
              progress(range(seed, seed + seeds), f"confusion, K = {k}")]
    best = min(models, key=lambda model: model.inertia_)
    clusters, counts = best.labels_, counted(data, best)
    called = scores.majorities(counts)
    right = called[clusters] == data.labels
    rng = np.random.default_rng(seed)
    return Confusion(
        k, best.random_state, counts, by_majority(counts),
        best.cluster_centers_, [data.classes[label] for label in called],
        scores.purity(counts), scores.mean_purity(counts),
        scores.interval(right, seed), scores.matched_accuracy(counts),
        [scores.purity(counted(data, model)) for model in models],
        scores.agreement(data.labels, clusters),
        [some(np.flatnonzero(clusters == j), rng) for j in range(k)],
        merges(data, clusters, counts, rng))


def counted(data, model):
    """How many images of each label are in each of a model's clusters."""
    return scores.count(data.labels, model.labels_, len(data.classes),
                        model.n_clusters)


def by_majority(counts):
    """The clusters in an order that makes the matrix nearly diagonal."""
    return np.lexsort((-counts.max(axis=0), scores.majorities(counts)))


def some(rows, rng, size=EXAMPLES):
    """At most so many of the rows, drawn at random."""
    return rng.permutation(rows)[:size]


def merges(data, clusters, counts, rng):
    """The labels that share a cluster with its majority."""
    found = []
    for j, label in enumerate(scores.majorities(counts)):
        share = counts[:, j] / max(1, counts[:, j].sum())
        for other in np.flatnonzero(share > MERGED):
            if other != label:
                pair = label, other
                found.append(Merge(
                    j, tuple(data.classes[i] for i in pair),
                    tuple(float(share[i]) for i in pair),
                    tuple(some(np.flatnonzero(
                        (clusters == j) & (data.labels == i)), rng, 10)
                        for i in pair)))
    return sorted(found, key=lambda merge: -merge.shares[1])


def tables(studies):
    """The scores of each k, and the labels that merge."""
    return {"confusion": score_table(studies), "merges": merge_table(studies)}


def score_table(studies):
    """A row for each k."""
    return [{"K": each.k, "purity": each.purity,
             "low": each.interval[0], "high": each.interval[1],
             "least of starts": min(each.spread),
             "most of starts": max(each.spread),
             "mean purity": each.mean_purity, "matched": each.matched,
             **{field: getattr(each.agreement, field)
                for field in scores.Agreement._fields[1:]}}
            for each in studies]


def merge_table(studies):
    """A row for each pair of labels that share a cluster."""
    return [{"K": each.k, "cluster": merge.cluster,
             "majority": merge.labels[0], "its share": merge.shares[0],
             "other": merge.labels[1], "other's share": merge.shares[1]}
            for each in studies for merge in each.merges]
