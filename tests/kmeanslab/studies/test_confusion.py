"""Confusion: what is counted is what a plain loop counts."""
import numpy as np
import pytest

from kmeanslab.studies import confusion
from tests.kmeanslab.studies.plain_loops import nearest


@pytest.fixture(scope="module")
def confused(digits):
    """Ten clusters, the best of three starts."""
    study, = confusion.run(digits[0], ks=(10,), seeds=3)
    return study


def test_the_matrix_counts_labels_in_clusters(digits, confused):
    """The matrix counts labels in clusters."""
    data = digits[0]
    clusters = nearest(data.X, confused.centres)
    for label in range(10):
        for j in range(10):
            assert confused.counts[label, j] == np.sum(
                (data.labels == label) & (clusters == j))
    assert confused.purity == max(confused.spread) or (
        confused.purity in confused.spread)


def test_clusters_are_ordered_by_their_majority(confused):
    """Clusters are ordered by their majority."""
    names = [confused.names[j] for j in confused.order]
    assert names == sorted(names)
    assert sorted(confused.order) == list(range(10))


def test_the_interval_holds_the_purity(confused):
    """The interval holds the purity."""
    low, high = confused.interval
    assert low < confused.purity < high < low + 0.15


def test_examples_are_of_their_cluster(digits, confused):
    """Examples are of their cluster."""
    clusters = nearest(digits[0].X, confused.centres)
    for j, rows in enumerate(confused.examples):
        assert (clusters[rows] == j).all() and len(set(rows)) == len(rows)
        assert len(rows) == min(25, np.sum(clusters == j))


def test_examples_of_a_cluster_can_be_asked_for():
    """Members only, each once, as many as there are, drawn by the seed."""
    clusters = np.arange(100) % 4
    rows = confusion.examples_of(clusters, 3, 10, seed=1)
    assert len(set(rows)) == 10 and (clusters[rows] == 3).all()
    assert len(confusion.examples_of(clusters, 3, 99)) == 25
    assert list(rows) != list(confusion.examples_of(clusters, 3, 10, seed=2))


def test_merges_are_labels_that_share_a_cluster(digits, confused):
    """Merges are labels that share a cluster."""
    data = digits[0]
    assert confused.merges
    for merge in confused.merges:
        counts = confused.counts[:, merge.cluster]
        for name, share, rows in zip(merge.labels, merge.shares,
                                     merge.examples):
            assert share == counts[int(name)] / counts.sum() > 0.1
            assert (data.labels[rows] == int(name)).all()
        assert merge.shares[0] >= merge.shares[1]
    strays = [merge.shares[1] for merge in confused.merges]
    assert strays == sorted(strays, reverse=True)
