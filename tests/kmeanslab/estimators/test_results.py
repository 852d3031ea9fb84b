"""Results of fits: what scikit-learn's own tests do not ask."""
import pickle
from types import SimpleNamespace

import numpy as np
import pytest
from threadpoolctl import threadpool_limits

from kmeanslab.engine.variance import mean_variance
from kmeanslab.estimators import KMeans, k_means, kmeans_plusplus, results
from tests.kmeanslab.estimators.models import KINDS, MAKES, images, same


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("tol, max_iter", [(0, 300), (1e-2, 300), (0, 2)])
def test_labels_are_those_that_predict_gives(kind, tol, max_iter, engine):
    X = kind(images().astype(float))
    model = KMeans(20, tol=tol, max_iter=max_iter, random_state=0).fit(X)
    assert np.array_equal(model.labels_, model.predict(X))
    assert model.labels_.dtype == model.predict(X).dtype == np.int32


@pytest.mark.filterwarnings("ignore:Number of distinct clusters")
def test_labels_are_those_that_predict_gives_where_clusters_are_empty():
    X = np.repeat(images(6, 3), 5, axis=0)
    for seed in range(20):
        model = KMeans(9, init="random", random_state=seed).fit(X)
        assert np.array_equal(model.labels_, model.predict(X))


def test_inertia_and_score_are_sums_of_squared_distances():
    X, weights = images(), np.linspace(0, 2, 600)
    model = KMeans(5, random_state=0).fit(X, sample_weight=weights)
    apart = X - model.cluster_centers_[model.labels_]
    inertia = weights @ (apart ** 2).sum(axis=1)
    assert model.inertia_ == pytest.approx(inertia, rel=1e-12)
    assert -model.score(X, sample_weight=weights) == pytest.approx(
        inertia, rel=1e-12)


def test_transform_of_uint8_is_that_of_float64(monkeypatch):
    monkeypatch.setattr("kmeanslab.engine.assign.blocks.CHUNK_VALUES", 1000)
    X = images()
    model = KMeans(5, random_state=0).fit(X)
    assert np.allclose(model.transform(X), model.transform(X.astype(float)),
                       rtol=1e-9)


def test_transform_loses_no_digits_of_other_data_than_those_of_the_fit():
    X = images()
    model = KMeans(5, random_state=0).fit(X.astype(np.float32))
    Y = X + np.pi
    apart = Y[:, None] - model.cluster_centers_.astype(float)
    assert np.allclose(model.transform(Y), np.linalg.norm(apart, axis=2),
                       rtol=1e-9)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("shift", [0, 100])
def test_mean_variance_is_that_of_the_columns(kind, shift):
    X = images(3000) // 4 + np.uint8(shift)
    expected = X.astype(float).var(axis=0).mean()
    assert mean_variance(kind(X)) == pytest.approx(expected, rel=1e-12)


def test_mean_variance_keeps_its_digits_far_from_zero():
    X = images(3000).astype(float)
    expected = X.var(axis=0).mean()
    assert mean_variance(X + 1e9) == pytest.approx(expected, rel=1e-9)
    X[0] += 1e6
    assert mean_variance(X) == pytest.approx(X.var(axis=0).mean(), rel=1e-9)


def test_tol_ends_a_run_as_it_does_in_scikit_learn():
    from sklearn.cluster import KMeans as Theirs
    X = images(3000).astype(float)
    for tol in [1e-1, 1e-2, 1e-3, 1e-4, 0]:
        settings = dict(n_clusters=12, init=X[:12], tol=tol)
        assert KMeans(**settings).fit(X).n_iter_ == Theirs(
            **settings).fit(X).n_iter_


@pytest.mark.parametrize("make", MAKES)
def test_the_same_seed_gives_the_same_bits_for_any_number_of_threads(make):
    X = images(6000)
    models = []
    for threads in [1, 2, 4]:
        with threadpool_limits(threads, user_api="blas"):
            models.append(make(12, n_init=2).fit(X))
    assert same(models[0], models[1]) and same(models[0], models[2])


def test_random_state_may_be_a_generator_that_goes_on():
    X = images()
    rng = np.random.RandomState(5)
    first, second = [KMeans(20, init="random", random_state=rng).fit(X)
                     for _ in range(2)]
    assert same(first, KMeans(20, init="random", random_state=5).fit(X))
    assert not same(first, second)


def test_history_tells_of_every_iteration_of_the_run_that_won():
    X = images()
    model = KMeans(9, n_init=5, tol=0, random_state=0).fit(X)
    inertias = [step.inertia for step in model.history_]
    assert len(inertias) == model.n_iter_
    assert np.all(np.diff(inertias) <= 1e-9 * inertias[0])
    assert inertias[-1] == pytest.approx(model.inertia_, rel=1e-9)
    assert [step.moved > 0 for step in model.history_[-2:]] == [True, False]


def test_more_starts_find_the_least_inertia_of_them():
    X = images()
    rng = np.random.RandomState(0)
    alone = [KMeans(9, init="random", n_init=1, random_state=rng).fit(X)
             for _ in range(6)]
    best = KMeans(9, init="random", n_init=6, random_state=0).fit(X)
    assert best.inertia_ == min(model.inertia_ for model in alone)
    assert best.inertia_ < alone[0].inertia_


@pytest.mark.parametrize("labels, inertia, expected", [
    ([0, 0, 1, 2], 9, True),         # better
    ([0, 0, 1, 2], 11, False),       # worse
    ([2, 1, 1, 0], 9, False),        # the same, other names
    ([0, 1, 1, 1], 9, True),         # two clusters made one
    ([0, 1, 3, 2], 9, True),         # one cluster made two
])
def test_a_later_start_wins_if_it_is_better_and_no_relabelling(
        labels, inertia, expected):
    best = SimpleNamespace(labels=np.array([0, 1, 1, 2]), inertia=10)
    result = SimpleNamespace(labels=np.array(labels), inertia=inertia)
    assert results.is_better(result, best) == expected


def test_a_pickled_model_predicts_the_same(engine):
    X = images()
    model = KMeans(5, random_state=0).fit(X)
    again = pickle.loads(pickle.dumps(model))
    assert same(model, again) and again.history_ == model.history_
    assert np.array_equal(again.predict(X), model.labels_)


def test_k_means_is_a_fit_in_one_call():
    X = images()
    model = KMeans(5, random_state=0).fit(X)
    centres, labels, inertia, n_iter = k_means(
        X, 5, random_state=0, return_n_iter=True)
    assert np.array_equal(centres, model.cluster_centers_)
    assert np.array_equal(labels, model.labels_)
    assert (inertia, n_iter) == (model.inertia_, model.n_iter_)
    assert len(k_means(X, 5, random_state=0)) == 3


def test_kmeans_plusplus_gives_points_and_which_they_are():
    X = images()
    centres, indices = kmeans_plusplus(X, 5, random_state=0)
    assert np.array_equal(centres, X[indices]) and len(set(indices)) == 5
    with pytest.raises(ValueError, match="n_samples=3 .* n_clusters=5"):
        kmeans_plusplus(X[:3], 5)
