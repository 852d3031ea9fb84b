"""Which classes share a cluster?

K-means from a few starts, of which the one with the lowest inertia is kept.
Its clusters are compared with the true labels: how pure they are, in two ways;
how good the clustering is if each label may have one cluster only; and which
labels share a cluster.

    counts (c, k)  images of each label in each cluster
    order (k,)     clusters by their majority label, then by their size
"""

from collections.abc import Iterable, Iterator
from typing import NamedTuple

import numpy as np

from kmeanslab.data.datasets import Data
from kmeanslab.estimators import KMeans
from kmeanslab.output import Rows, progress
from kmeanslab.studies import scores

KS, SEEDS = (10, 20), 10
EXAMPLE_IMAGES = 25      # per cluster
MERGE_IMAGES = 10        # per label of a merge
MIN_MERGE_SHARE = 0.1    # of a cluster, for a label that shares it


class Merge(NamedTuple):
    """Two labels in one cluster."""
    cluster: int
    labels: tuple[str, str]          # the majority label and another
    shares: tuple[float, float]      # of the cluster
    examples: tuple[np.ndarray, np.ndarray]  # indices of images of each


class Confusion(NamedTuple):
    """The result for one k."""
    k: int
    seed: int                # of the start that was kept
    counts: np.ndarray
    order: np.ndarray
    centres: np.ndarray      # (k, d)
    names: list[str]         # (k,) majority labels
    purity: float            # of all images
    mean_purity: float       # over clusters
    interval: tuple[float, ...]      # of the purity, by bootstrap over images
    matched: float           # accuracy with one cluster per label
    spread: list[float]      # the purity of each start
    agreement: scores.Agreement
    examples: list[np.ndarray]       # (k,) indices of images, drawn randomly
    merges: list[Merge]      # the largest share of the other label first


def run(data: Data, ks: Iterable[int] = KS, seeds: int = SEEDS, seed: int = 0
        ) -> Iterator[Confusion]:
    """Yield a `Confusion` for each k as soon as it is finished.

    seeds: the number of starts, with seeds from `seed` on
    ValueError: k is larger than the number of images.
    """
    for k in ks:
        yield study(data, k, seeds, seed)


def study(data: Data, k: int, seeds: int, seed: int) -> Confusion:
    """Return the best of some starts, compared with the labels."""
    models = [KMeans(k, n_init=1, random_state=s).fit(data.X) for s in
              progress(range(seed, seed + seeds), f"confusion, K = {k}")]
    best = min(models, key=lambda model: model.inertia_)
    clusters, counts = best.labels_, label_counts(data, best)
    called = scores.majorities(counts)
    is_right = called[clusters] == data.labels
    rng = np.random.default_rng(seed)
    return Confusion(
        k, best.random_state, counts, by_majority(counts),
        best.cluster_centers_, [data.classes[label] for label in called],
        scores.purity(counts), scores.mean_purity(counts),
        scores.interval(is_right, seed), scores.matched_accuracy(counts),
        [scores.purity(label_counts(data, model)) for model in models],
        scores.agreement(data.labels, clusters),
        [draw_rows(np.flatnonzero(clusters == j), rng, EXAMPLE_IMAGES)
         for j in range(k)],
        find_merges(data, clusters, counts, rng))


def label_counts(data: Data, model: KMeans) -> np.ndarray:
    """Return the number of images of each label in each cluster, (c, k)."""
    return scores.count(data.labels, model.labels_, len(data.classes),
                        model.n_clusters)


def by_majority(counts: np.ndarray) -> np.ndarray:
    """Return the clusters in an order that makes the matrix near diagonal."""
    return np.lexsort((-counts.max(axis=0), scores.majorities(counts)))


def examples_of(clusters: np.ndarray, cluster: int,
                count: int = EXAMPLE_IMAGES, seed: int = 0) -> np.ndarray:
    """Return the indices of random members of a cluster.

    clusters: (n,) the cluster of each point, `labels_` of a fitted model
    count: the maximum number of indices
    """
    return draw_rows(np.flatnonzero(clusters == cluster),
                     np.random.default_rng(seed), count)


def draw_rows(rows: np.ndarray, rng: np.random.Generator, count: int
              ) -> np.ndarray:
    """Return up to `count` of the rows, drawn at random."""
    return rng.permutation(rows)[:count]


def find_merges(data: Data, clusters: np.ndarray, counts: np.ndarray,
                rng: np.random.Generator) -> list[Merge]:
    """Return the labels that share a cluster with its majority label."""
    found = []
    for j, label in enumerate(scores.majorities(counts)):
        share = counts[:, j] / max(1, counts[:, j].sum())
        for other in np.flatnonzero(share > MIN_MERGE_SHARE):
            if other != label:
                found.append(merge(data, clusters == j, j,
                                   (int(label), int(other)),
                                   share, rng))
    return sorted(found, key=lambda merge: -merge.shares[1])


def merge(data: Data, is_member: np.ndarray, cluster: int,
          pair: tuple[int, int], share: np.ndarray, rng: np.random.Generator
          ) -> Merge:
    """Return the `Merge` of a pair of labels in a cluster."""
    first, second = (
        draw_rows(np.flatnonzero(is_member & (data.labels == label)), rng,
                  MERGE_IMAGES) for label in pair)
    return Merge(cluster, (data.classes[pair[0]], data.classes[pair[1]]),
                 (float(share[pair[0]]), float(share[pair[1]])),
                 (first, second))


def tables(studies: list[Confusion]) -> dict[str, Rows]:
    """Return the scores for each k, and the labels that share a cluster."""
    return {"confusion": score_table(studies), "merges": merge_table(studies)}


def score_table(studies: list[Confusion]) -> Rows:
    """Return a row per k."""
    return [{"K": each.k, "purity": each.purity,
             "low": each.interval[0], "high": each.interval[1],
             "min of starts": min(each.spread),
             "max of starts": max(each.spread),
             "mean purity": each.mean_purity, "matched": each.matched,
             **{field: getattr(each.agreement, field)
                for field in scores.Agreement._fields[1:]}}
            for each in studies]


def merge_table(studies: list[Confusion]) -> Rows:
    """Return a row per pair of labels that share a cluster."""
    return [{"K": each.k, "cluster": merge.cluster,
             "majority": merge.labels[0], "its share": merge.shares[0],
             "other": merge.labels[1], "other's share": merge.shares[1]}
            for each in studies for merge in each.merges]
