"""A fit that is interrupted or refused leaves no trace."""

from functools import partial

import numpy as np
import pandas as pd
import pytest

from kmeanslab.engine import choice, lloyd, predict
from kmeanslab.engine.assign.matmul import MatmulBlock
from kmeanslab.estimators import KMeans, validation
from tests.kmeanslab.estimators.models import ENGINES, MAKES, images, mini


def interrupt(monkeypatch, block, method, times, error):
    """Let a method of a class of blocks raise an error after a few calls."""
    right, left = getattr(block, method), iter(range(times))

    def interrupted(block, *args):
        if next(left, None) is None:
            raise error
        return right(block, *args)

    monkeypatch.setattr(block, method, interrupted)


def batch_block(engine):
    """The class of blocks that find the labels of mini-batches."""
    return MatmulBlock if engine.needs_copy else ENGINES[engine]


@pytest.mark.parametrize("make", MAKES)
@pytest.mark.parametrize("method, times, error", [
    ("step", 0, KeyboardInterrupt), ("step", 3, KeyboardInterrupt),
    ("step", 3, MemoryError), ("inertia", 0, KeyboardInterrupt)])
def test_an_interrupted_fit_leaves_no_trace(
        make, method, times, error, engine, monkeypatch):
    # so that each iteration asks the blocks
    monkeypatch.setattr(lloyd, "runner", lambda *_: None)
    X = images()
    unfitted, fitted = make(9), make(9).fit(X)
    before = [dict(vars(unfitted)), dict(vars(fitted))]
    block = ENGINES[engine]
    if make is mini and method == "step":                # by each batch
        method, block = "label_once", batch_block(engine)
    for model in [unfitted, fitted]:
        with monkeypatch.context() as patch, pytest.raises(error):
            interrupt(patch, block, method, times, error)
            model.fit(X[:, 1:])
    assert before == [vars(unfitted), vars(fitted)]
    assert np.array_equal(fitted.predict(X), fitted.labels_)


@pytest.mark.parametrize("method, times", [("label_once", 0), ("inertia", 0)])
def test_an_interrupted_batch_leaves_no_trace(
        method, times, engine, monkeypatch):
    X = images()
    unfitted, begun = mini(9), mini(9).partial_fit(X[:300])
    before = [dict(vars(unfitted)), dict(vars(begun))]
    centres = begun.cluster_centers_.copy()
    for model in [unfitted, begun]:
        with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
            interrupt(patch, batch_block(engine), method, times,
                      KeyboardInterrupt)
            model.partial_fit(X[300:])
    assert before == [vars(unfitted), vars(begun)]
    assert np.array_equal(begun.cluster_centers_, centres)


@pytest.mark.parametrize("make", MAKES)
def test_a_refused_fit_leaves_no_trace(make):
    X = images()
    model = make(9).fit(X)
    before = dict(vars(model))
    with pytest.raises(ValueError):
        model.fit(X[:8, 1:])
    assert vars(model) == before


X4 = np.array([[0., 0], [0, 1], [5, 5], [5, 6]])


@pytest.mark.parametrize("settings, X, weights, words", [
    ({"n_clusters": 5}, X4[:3], None, "n_samples=3 should be >= n_clusters=5"),
    ({}, X4[0], None, "Expected 2D array, got 1D array"),
    ({}, X4[None], None, "Found array with dim 3"),
    ({}, X4[:0], None, "Found array with 0 sample"),
    ({}, X4[:, :0], None, "0 feature"),
    ({}, np.where(X4 == 6, np.nan, X4), None, "Input X contains NaN"),
    ({}, np.where(X4 == 6, np.inf, X4), None, "Input X contains infinity"),
    ({}, X4 * 1j, None, "Complex data not supported"),
    ({}, X4, [1, 1, 1], r"\(3,\), expected \(4,\)"),
    ({}, X4, [[1, 1, 1, 1]], r"\(1, 4\), expected \(4,\)"),
    ({}, X4, [1, 1, 1, -1], "Negative values in data passed to sample_w"),
    ({}, X4, [0, 0, 0, 0], "at least one non-zero"),
    ({}, X4, 0, "at least one non-zero"),
    ({}, X4, [1, 1, 1, np.nan], "Input sample_weight contains NaN"),
    ({"init": X4[:3]}, X4, None, r"centers \(3, 2\) does not match the num"),
    ({"init": X4[:2, :1]}, X4, None, r"centers \(2, 1\) does not match the"),
    ({"init": [[0, 0], [np.nan, 1]]}, X4, None, "Input init contains NaN"),
    ({"init": "kmeans++"}, X4, None, "'init' parameter of KMeans must be a"),
    ({"n_clusters": 0}, X4, None, r"range \[1, inf\). Got 0 instead"),
    ({"n_clusters": 2.0}, X4, None, r"range \[1, inf\). Got 2.0 instead"),
    ({"tol": -1}, X4, None, r"range \[0, inf\). Got -1 instead"),
    ({"random_state": -1}, X4, None, "'random_state' parameter of KMeans"),
])
def test_a_wrong_argument_is_named(settings, X, weights, words):
    with pytest.raises(ValueError, match=words):
        KMeans(**{"n_clusters": 2, **settings}).fit(X, sample_weight=weights)


@pytest.mark.parametrize("at", [0, 3, 7])
def test_a_large_array_is_checked_in_parts(at, monkeypatch):
    """One number that is not finite is found in any of them."""
    monkeypatch.setattr(validation, "PART_VALUES", 3)
    X = X4.copy()
    assert KMeans(2).fit(X).labels_.shape == (4,)
    X.ravel()[at] = np.nan
    with pytest.raises(ValueError, match=r"Input X contains NaN\."):
        KMeans(2).fit(X)


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
@pytest.mark.parametrize("dtype", ["float64", "float32"])
@pytest.mark.parametrize("k, d", [(3, 5), (12, 20), (3, 200)])
def test_what_is_only_looked_at_by_kernels_is_refused(k, d, dtype, bad,
                                                      monkeypatch):
    """A number that is not finite is seen in the distances of its point.

    Numbers whose squares overflow are none: they pass.
    """
    for name in ("choose_method", "choose_method_once"):
        monkeypatch.setattr(predict, name, partial(
            getattr(choice, name), wait=True))
    monkeypatch.setattr(choice, "KERNEL_WORK", 0)
    X = np.random.default_rng(0).normal(size=(2000, d)).astype(dtype)
    model = KMeans(k, init=X[:k], n_init=1, max_iter=1).fit(X)
    methods = [model.predict, model.transform, model.score]
    large = X * (np.finfo(dtype).max / 100)
    for method in methods:
        assert np.shape(method(large))[:1] in [(2000,), ()]
    words = "contains NaN" if np.isnan(bad) else "contains infinity"
    for at in [(0, 0), (1111, d - 1), (1999, 1)]:
        wrong = X.copy()
        wrong[at] = bad
        for method in methods:
            with pytest.raises(ValueError, match=words):
                method(wrong)


@pytest.mark.filterwarnings("error")
def test_names_of_columns_are_compared_once():
    """What is looked through for NaN later has no names any more."""
    X = pd.DataFrame(X4, columns=[f"c{i}" for i in range(X4.shape[1])])
    model = KMeans(2, random_state=0).fit(X)
    for method in [model.predict, model.transform, model.score]:
        method(X)


def test_a_batch_with_nan_is_refused():
    """The first, and one that follows."""
    wrong = np.where(X4 == 6, np.nan, X4)
    model = mini(2)
    for _ in range(2):
        with pytest.raises(ValueError, match=r"Input X contains NaN\."):
            model.partial_fit(wrong)
        model.partial_fit(X4)


def test_other_features_than_those_of_the_fit_are_refused():
    model = KMeans(2).fit(X4)
    for method in [model.predict, model.transform, model.score]:
        with pytest.raises(ValueError, match="X has 3 features, but KMeans"):
            method(np.ones((4, 3)))
