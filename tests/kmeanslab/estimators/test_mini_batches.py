"""MiniBatchKMeans: what scikit-learn's own tests do not ask."""
import pickle

import numpy as np
import pytest

from kmeanslab.estimators import starts
from tests.kmeanslab.estimators.models import images, mini


def test_labels_are_those_that_predict_gives_after_mini_batches():
    X = images()
    model = mini(20).fit(X)
    assert np.array_equal(model.labels_, model.predict(X))
    model.partial_fit(X[:200])
    assert np.array_equal(model.labels_, model.predict(X[:200]))


def test_a_pickled_stream_goes_on_the_same():
    X = images()
    model = mini(9, reassignment_ratio=0.5).partial_fit(X[:100])
    again = pickle.loads(pickle.dumps(model))
    for part in [X[100:150], X[150:300], X[300:]]:
        model.partial_fit(part)
        again.partial_fit(part)
    assert np.array_equal(model.cluster_centers_, again.cluster_centers_)
    assert model.n_steps_ == 4


def test_a_batch_moves_each_centre_to_the_mean_of_all_its_points():
    X = np.array([[0.], [1], [10], [11]])
    model = mini(2, init=[[0.], [10]]).partial_fit(X)
    assert np.allclose(model.cluster_centers_, [[0.5], [10.5]])
    model.partial_fit([[2.], [14]], sample_weight=[1, 2])
    assert np.allclose(model.cluster_centers_, [[1], [12.25]])


@pytest.mark.parametrize("max_iter", [1, 10])
def test_without_labels_the_inertia_is_an_estimate(max_iter):
    X = images()
    settings = {"max_iter": max_iter, "max_no_improvement": None,
                "batch_size": 300}
    model = mini(5, compute_labels=False, **settings).fit(X)
    assert not hasattr(model, "labels_")
    assert model.inertia_ == pytest.approx(-model.score(X), rel=0.2)


@pytest.mark.parametrize("init", ["random", "k-means++"])
def test_a_start_on_some_points_follows_their_weights(init):
    X, weights = np.arange(200.)[:, None], np.arange(200) % 2
    C = starts.initial_centres(X, 9, init, weights, np.random.RandomState(0),
                               sample_size=100)
    assert C.shape == (9, 1) and np.all(C % 2 == 1)


def test_the_best_of_some_starts_is_taken():
    X = images(2000)
    settings = {"init": "random", "max_iter": 1, "batch_size": 2000}
    one, best = [[mini(7, n_init=n, random_state=seed, **settings).fit(
        X).inertia_ for seed in range(10)] for n in (1, 8)]
    assert np.mean(best) < np.mean(one)
