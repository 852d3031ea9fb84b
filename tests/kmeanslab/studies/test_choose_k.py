"""The criteria for the number of clusters, against definitions by hand."""
import numpy as np
import pytest
from sklearn.cluster import KMeans
from sklearn.datasets import make_blobs
from sklearn.metrics import silhouette_score

from kmeanslab.report import choose_k_figures
from kmeanslab.studies import choose_k


@pytest.fixture(scope="module")
def blobs():
    """Four round clusters far apart, and their criteria for K = 1 .. 7."""
    X = make_blobs(300, centers=[[0, 0], [9, 0], [0, 9], [9, 9]],
                   random_state=0)[0]
    return X, choose_k.run(X, range(1, 8), references=5)


def test_all_criteria_find_four_separate_blobs(blobs):
    """Where the answer is clear, silhouette and gap agree on it."""
    found = blobs[1]
    assert choose_k.best_by_silhouette(found) == 4
    assert choose_k.best_by_gap(found) == 4


def test_the_gap_finds_one_cluster_in_uniform_points():
    """The silhouette cannot say so: it is undefined for K = 1."""
    X = np.random.default_rng(1).random((300, 2))
    found = choose_k.run(X, range(1, 6))
    assert choose_k.best_by_gap(found) == 1
    assert np.isnan(found[0].silhouette)
    assert choose_k.best_by_silhouette(found) > 1


@pytest.mark.parametrize("error, best", [(0.2, 2), (0.05, 3), (0, 4)])
def test_the_gap_allows_for_one_standard_error(error, best):
    """A higher gap of the next K counts only beyond its error."""
    found = [choose_k.Criteria(k, 1.0, 0.5, gap, error)
             for k, gap in enumerate([0, 1, 1.1, 1.12, 1.0], 1)]
    assert choose_k.best_by_gap(found) == best


def test_the_criteria_are_scikit_learns(blobs):
    """Inertia and silhouette of K = 4, from another implementation."""
    X, found = blobs
    model = KMeans(4, n_init=5, random_state=0).fit(X)
    assert found[3].inertia == pytest.approx(model.inertia_)
    assert found[3].silhouette == pytest.approx(
        silhouette_score(X, model.labels_), rel=1e-4)


def test_the_gap_is_that_of_the_paper(blobs):
    """Mean of log(W) over random boxes less log(W), and its error."""
    X, found = blobs
    rng = np.random.default_rng(0)
    boxes = [rng.uniform(X.min(axis=0), X.max(axis=0), X.shape)
             for _ in range(5)]
    logs = [np.log(((box - box.mean(axis=0)) ** 2).sum()) for box in boxes]
    own = np.log(((X - X.mean(axis=0)) ** 2).sum())
    assert found[0].gap == pytest.approx(np.mean(logs) - own)
    assert found[0].error == pytest.approx(np.std(logs) * np.sqrt(1.2))


def test_the_figure_names_what_is_suggested(blobs):
    """One panel per criterion, with the K it suggests."""
    titles = [ax.get_title()
              for ax in choose_k_figures.criteria(blobs[1]).axes]
    assert titles == ["inertia", "silhouette: suggests K = 4",
                      "gap: suggests K = 4"]
