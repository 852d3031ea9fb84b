"""Scores against brute force on small data, and what must hold for all."""
from itertools import combinations, permutations

from hypothesis import given, settings, strategies as st
import numpy as np
import pytest
from sklearn import metrics

from kmeanslab.studies import scores

LABELS = np.array([0, 0, 1, 1, 2, 2, 2, 0])
CLUSTERS = np.array([1, 1, 1, 0, 3, 3, 0, 1])      # nobody is in cluster 2
COUNTS = np.array([[0, 3, 0, 0], [1, 1, 0, 0], [1, 0, 0, 2]])


@st.composite
def partitions(draw, c=4, k=5):
    """Labels and clusters of a few points."""
    n = draw(st.integers(1, 12))
    some = [draw(st.lists(st.integers(0, most - 1), min_size=n, max_size=n))
            for most in (c, k)]
    return tuple(map(np.array, some))


def test_counts_are_of_each_label_in_each_cluster():
    np.testing.assert_array_equal(scores.count(LABELS, CLUSTERS, 3, 4),
                                  COUNTS)


def test_majorities_are_the_first_of_the_most_frequent():
    assert scores.majorities(COUNTS).tolist() == [1, 0, 0, 2]


def test_purity_both_ways():
    """6 of 8; and the mean of 1/2, 3/4 and 1, an empty cluster left out."""
    assert scores.purity(COUNTS) == 6 / 8
    assert scores.mean_purity(COUNTS) == pytest.approx((0.5 + 0.75 + 1) / 3)


@given(partitions())
def test_purity_is_the_accuracy_of_calling_clusters_by_their_majority(both):
    labels, clusters = both
    counts = scores.count(labels, clusters, 4, 5)
    guesses = scores.majorities(counts)[clusters]
    assert scores.purity(counts) == scores.accuracy(labels, guesses)
    right = [max(np.sum(labels[clusters == j] == label)
                 for label in range(4)) for j in set(clusters.tolist())]
    assert scores.purity(counts) == pytest.approx(sum(right) / len(labels))


@settings(max_examples=40)
@given(partitions())
def test_matched_accuracy_is_the_best_of_all_matchings(both):
    counts = scores.count(*both, 4, 5)
    best = max(sum(counts[label, j] for label, j in enumerate(order))
               for order in permutations(range(5), 4))
    assert scores.matched_accuracy(counts) == pytest.approx(
        best / len(both[0]))


@given(partitions())
def test_agreement_is_scikit_learns_and_purity(both):
    found = scores.agreement(*both)
    counts = scores.count(*both, 4, 5)
    assert found.accuracy == scores.purity(counts)
    assert found.homogeneity == metrics.homogeneity_score(*both)
    assert found.completeness == metrics.completeness_score(*both)
    assert found.v_measure == metrics.v_measure_score(*both)
    assert found.nmi == metrics.normalized_mutual_info_score(*both)
    assert found.ari == metrics.adjusted_rand_score(*both)


def test_silhouette_of_all_points_is_scikit_learns():
    X = np.random.default_rng(0).normal(size=(40, 3)).astype(np.float32)
    clusters = np.arange(40) % 3
    assert scores.silhouette(X, clusters, 99, 0) == pytest.approx(
        metrics.silhouette_score(X, clusters), rel=1e-6)


@pytest.mark.parametrize("clusters", [np.zeros(9, int), np.arange(9)])
def test_silhouette_is_undefined_for_one_cluster_or_one_a_point(clusters):
    X = np.arange(9.0)[:, None]
    assert np.isnan(scores.silhouette(X, clusters, 9, 0))


def test_j_clust_is_the_sum_of_distances_not_squared():
    X = np.array([[3, 4], [0, 0], [10, 0]], np.uint8)
    C = np.array([[0.0, 0], [10, 1]])
    assert scores.j_clust(X, C, np.array([0, 0, 1])) == 5 + 0 + 1


def test_nearest_are_those_of_the_own_cluster_nearest_first():
    X = np.array([[4.0], [1], [2], [9], [8.5], [1]])
    C = np.array([[1.0], [8], [70]])
    found = scores.nearest_to(X, C, np.array([0, 0, 0, 1, 1, 0]), 3)
    assert [rows.tolist() for rows in found] == [[1, 5, 2], [4, 3], []]


@given(st.lists(st.floats(0, 1e6), min_size=1, max_size=7), st.data())
def test_best_of_is_the_mean_of_the_least_of_all_draws(values, data):
    r = data.draw(st.integers(1, len(values)))
    least = [min(draw) for draw in combinations(values, r)]
    assert scores.best_of(np.array(values), r) == pytest.approx(
        np.mean(least), abs=1e-6)


def test_an_interval_holds_the_mean_of_resampled_points():
    """As often as it says: drawn the long way, point by point."""
    rng = np.random.default_rng(0)
    right = np.arange(300) < 200
    low, high = scores.interval(right, 1)
    means = rng.choice(right, size=(4000, 300)).mean(axis=1)
    assert np.mean((low <= means) & (means <= high)) == pytest.approx(
        0.95, abs=0.02)
    assert scores.interval(right, 1) == (low, high) != scores.interval(
        right, 2)


def test_an_interval_of_all_right_is_a_point():
    assert scores.interval(np.ones(9, bool), 0) == (1, 1)
