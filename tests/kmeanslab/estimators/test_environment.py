"""Fits in other threads, with other settings, and after strange beginnings."""

import subprocess
import sys
import textwrap
import threading
import warnings

import numpy as np
import pytest
from scipy import sparse
from sklearn.base import clone
from sklearn.exceptions import ConvergenceWarning, NotFittedError

from kmeanslab.estimators import (
    KMeans, MiniBatchKMeans, k_means, kmeans_plusplus)
from tests.conftest import ROOT
from tests.kmeanslab.needs import needs_kernels

X = np.random.default_rng(0).normal(size=(400, 5))
MODELS = [KMeans(4, random_state=0),
          MiniBatchKMeans(4, random_state=0, batch_size=50)]


@pytest.fixture(params=MODELS, ids=lambda model: type(model).__name__)
def model(request):
    """Each estimator, not fitted yet."""
    return clone(request.param)


# A fit changes its estimator at once, at its end

class Halt:
    """A start that waits until others have looked at the estimator."""

    def __init__(self, model, fail):
        self.model, self.fail, self.shapes = model, fail, []

    def __call__(self, X, k, random_state):
        def look():
            self.shapes.append(self.model.predict(np.zeros((2, 5))).shape)

        thread = threading.Thread(target=look)
        thread.start()
        thread.join()
        if self.fail:
            raise RuntimeError
        return X[:k]


@pytest.mark.parametrize("fail", [True, False])
def test_during_another_fit_the_last_one_serves(model, fail):
    """Also if the other fit is of points with other columns, and fails."""
    model.fit(X)
    halt = Halt(model, fail)
    model.set_params(init=halt, n_init=1)
    try:
        model.fit(X[:, 1:])
    except RuntimeError:
        assert fail
    assert halt.shapes == [(2,)]
    assert model.n_features_in_ == (5 if fail else 4)


def test_attributes_never_vanish_while_refused_fits_go_on(model):
    model.fit(X)
    missing, stop = [], threading.Event()

    def look():
        while not stop.is_set():
            if not hasattr(model, "cluster_centers_"):
                missing.append(True)

    watcher = threading.Thread(target=look)
    watcher.start()
    try:
        for _ in range(300):
            with pytest.raises(ValueError):
                model.fit(X[:3])
    finally:
        stop.set()
        watcher.join()
    assert not missing


def test_a_fit_returns_its_own_estimator(model):
    assert model.fit(X) is model
    assert model.fit(X).fit(X) is model


# NumPy's settings, and warnings as errors

def test_numpys_settings_for_errors_change_nothing(model):
    usual = clone(model).fit(X)
    with np.errstate(all="raise"):
        model.fit(X)
        for name in ("predict", "transform", "score"):
            assert np.array_equal(getattr(model, name)(X),
                                  getattr(usual, name)(X))
        kmeans_plusplus(X, 3, random_state=0)
    assert np.array_equal(model.cluster_centers_, usual.cluster_centers_)


@pytest.mark.parametrize("scale", [1e-160, 1e-300, 1e150])
def test_underflow_and_overflow_are_not_raised(model, scale):
    with np.errstate(all="raise"), warnings.catch_warnings():
        warnings.simplefilter("error", RuntimeWarning)
        warnings.simplefilter("ignore", ConvergenceWarning)
        model.fit(X * scale).transform(X * scale)


@needs_kernels                   # that there are none is worth a warning
def test_warnings_as_errors_change_nothing():
    """In a fresh Python, where imports and compilers may warn too."""
    script = """
        import numpy as np
        from scipy import sparse
        from kmeanslab import KMeans, MiniBatchKMeans, k_means
        from tests.kmeanslab.estimators import kernels_always
        kernels_always.pytest_configure(None)
        X = abs(np.random.default_rng(0).normal(size=(2000, 5)))
        for make in (KMeans, MiniBatchKMeans):
            for data in (X, X.astype(np.float32), X.astype(np.uint8),
                         sparse.csr_array(X), sparse.csr_matrix(X)):
                model = make(9, random_state=0).fit(data)
                model.predict(data), model.transform(data), model.score(data)
        MiniBatchKMeans(9).partial_fit(X).partial_fit(X)
        k_means(X, 3)
        """
    run = subprocess.run(
        [sys.executable, "-W", "error", "-c", textwrap.dedent(script)],
        cwd=ROOT, text=True, capture_output=True)
    assert run.returncode == 0, run.stderr


@pytest.mark.parametrize("model, data, category", [
    (KMeans(3), np.ones((5, 2)), ConvergenceWarning),
    (KMeans(1, algorithm="elkan"), X, RuntimeWarning),
    (KMeans(2, init=X[:2], n_init=5), X, RuntimeWarning),
    (MiniBatchKMeans(2, init=X[:2], n_init=5), X, RuntimeWarning),
    (MiniBatchKMeans(9, init_size=5), X, RuntimeWarning)])
@pytest.mark.parametrize("method", ["fit", "fit_predict"])
def test_warnings_name_the_line_that_called(model, data, category, method):
    with pytest.warns(category) as caught:
        getattr(model, method)(data)
    assert [warning.filename for warning in caught] == [__file__]


# Parameters and weights

@pytest.mark.parametrize("weights", [
    [1e308] * 400, [1.7e308, 1.7e308] + [1.0] * 398])
def test_weights_whose_sum_overflows_are_refused(model, weights):
    with pytest.raises(ValueError, match="sum of sample_weight overflows"):
        model.fit(X, sample_weight=weights)
    with pytest.raises(ValueError, match="sum of sample_weight overflows"):
        kmeans_plusplus(X, 3, sample_weight=weights)


@pytest.mark.parametrize("value", [0, -1, 3.0, True, "3", None])
def test_functions_refuse_other_numbers_of_clusters(value):
    words = "The 'n_clusters' parameter of {} must be an int in the range"
    with pytest.raises(ValueError, match=words.format("kmeans_plusplus")):
        kmeans_plusplus(X, value)
    with pytest.raises(ValueError, match=words.format("KMeans")):
        k_means(X, value)


@pytest.mark.parametrize("settings, words", [
    ({"n_local_trials": 0}, "'n_local_trials' parameter of kmeans_plusplus"),
    ({"n_local_trials": 2.0}, "'n_local_trials' parameter"),
    ({"random_state": -1}, "'random_state' parameter of kmeans_plusplus"),
    ({"x_squared_norms": 3}, "'x_squared_norms' parameter"),
    ({"x_squared_norms": np.ones(3)}, "length of x_squared_norms 3 should")])
def test_kmeans_plusplus_names_a_wrong_argument(settings, words):
    with pytest.raises(ValueError, match=words):
        kmeans_plusplus(X, 3, **settings)


@pytest.mark.parametrize("name, value", [
    ("n_clusters", True), ("n_init", True), ("max_iter", True),
    ("tol", np.inf), ("tol", np.nan), ("tol", True), ("tol", -0.1)])
def test_a_number_out_of_its_range_is_refused(model, name, value):
    model.set_params(**{name: value})
    with pytest.raises(ValueError, match=f"'{name}' parameter of .* Got"):
        model.fit(X)


def test_numpys_integers_are_integers(model):
    assert len(clone(model).set_params(n_clusters=np.int64(3)).fit(
        X).cluster_centers_) == 3


@pytest.mark.parametrize("kind", [np.array, np.float32, sparse.csr_array,
                                  sparse.csr_matrix])
def test_a_start_that_changes_its_points_changes_no_others(model, kind):
    def start(points, k, random_state):
        C = points[:k].copy()
        points *= 0
        return C.toarray() if sparse.issparse(C) else C

    given = kind(X)
    before = given.copy()
    model.set_params(init=start, n_init=2).fit(given)
    assert abs(given - before).max() == 0
    assert np.ptp(model.cluster_centers_) > 0


def test_a_start_gets_a_mapped_file_without_a_copy(model, tmp_path):
    np.save(tmp_path / "X.npy", X)
    mapped = np.load(tmp_path / "X.npy", mmap_mode="r")
    shared = []

    def start(points, k, random_state):
        shared.append(np.shares_memory(points, mapped))
        return points[:k]

    model.set_params(init=start, n_init=1, **(
        {"init_size": 400} if hasattr(model, "init_size") else {})).fit(mapped)
    assert shared == [True]


# Centres set by hand

@pytest.mark.parametrize("kind", [np.array, np.float32, np.int64, list])
def test_centres_set_by_hand_serve_as_fitted_ones(model, kind):
    centres = kind([[0, 0], [4, 4]])
    points = np.array([[0.5, 0], [3, 3.5], [5, 4]])
    model.cluster_centers_ = centres
    assert model.predict(points).tolist() == [0, 1, 1]
    assert model.transform(points).argmin(axis=1).tolist() == [0, 1, 1]
    assert model.score(points) == pytest.approx(-(0.25 + 1.25 + 1))
    with pytest.raises(ValueError, match="X has 3 features, but the centers"):
        model.predict(np.ones((2, 3)))


@pytest.mark.parametrize("kind", [np.array, np.float32, np.int64, list])
def test_mini_batches_go_on_from_centres_set_by_hand(kind):
    model = MiniBatchKMeans(2)
    model.cluster_centers_ = kind([[0, 0], [10, 10]])
    model.partial_fit(np.array([[0., 2], [2, 0], [11, 13]]))
    assert model.cluster_centers_.tolist() == [[1, 1], [11, 13]]
    assert (model.n_features_in_, model.n_steps_) == (2, 1)
    model.partial_fit(np.array([[4., 4]]))
    assert np.allclose(model.cluster_centers_[0], 2)


def test_mini_batches_go_on_from_more_centres_than_before():
    model = MiniBatchKMeans(2).fit(X[:, :2])
    model.cluster_centers_ = np.eye(5, 2)
    assert len(model.partial_fit(X[:, :2]).cluster_centers_) == 5


def test_without_centres_there_is_nothing_to_predict(model):
    for name in ("predict", "transform", "score"):
        with pytest.raises(NotFittedError):
            getattr(model, name)(X)


def test_labels_of_an_earlier_fit_do_not_stay():
    model = MiniBatchKMeans(2).fit(X)
    assert not hasattr(model.set_params(compute_labels=False).fit(X),
                       "labels_")


# transform

KINDS = [np.array, np.float32, sparse.csr_array]


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("offset, scale", [
    (0, 1), (1e8, 1e-3), (0, 1e-30), (0, 1e15), (3e6, 1)])
def test_the_nearest_centre_of_transform_is_that_of_predict(
        kind, offset, scale):
    points = kind(X * scale + offset)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        model = KMeans(20, random_state=0, max_iter=3).fit(points)
    assert np.array_equal(model.transform(points).argmin(axis=1),
                          model.predict(points))


@pytest.mark.parametrize("kind", [np.float64, np.float32])
@pytest.mark.parametrize("first, second", [(2, 1), (1, 2), (1, 1)])
def test_a_difference_that_rounding_hides_still_decides(kind, first, second):
    """Two centres whose distances are equal except for the last digit."""
    model = KMeans(2)
    epsilon = np.finfo(kind).eps
    model.cluster_centers_ = np.array(
        [[1 + first * epsilon], [-1 - second * epsilon]], kind)
    points = np.array([[0], [epsilon], [-epsilon / 2], [epsilon / 4]], kind)
    nearest = model.transform(points).argmin(axis=1)
    assert np.array_equal(nearest, model.predict(points))


def test_transform_loses_no_digits_far_from_the_origin():
    model = KMeans(3)
    model.cluster_centers_ = np.array([[1e8], [1e8 + 1e-3], [1e8 + 5]])
    apart = np.abs(1e8 + 2e-3 - model.cluster_centers_.T)
    assert np.array_equal(model.transform([[1e8 + 2e-3]]), apart)


def test_transform_is_the_same_for_any_block_and_thread(monkeypatch):
    model = KMeans(7, random_state=0).fit(X)
    whole = model.transform(X)
    monkeypatch.setattr("kmeanslab.engine.assign.blocks.BLOCK_WORK", 1)
    monkeypatch.setattr("kmeanslab.engine.assign.blocks.BLOCK_VALUES", 1)
    monkeypatch.setattr("kmeanslab.engine.threads.thread_count", lambda: 3)
    assert np.array_equal(model.transform(X), whole)
    assert np.array_equal(model.transform(X[3:5]), whole[3:5])
