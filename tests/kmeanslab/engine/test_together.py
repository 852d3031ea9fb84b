"""Starts that are taken side by side end as each does alone."""

from hypothesis import given, strategies as st
import numpy as np
import pytest

from kmeanslab import KMeans
from kmeanslab.engine import lloyd, together
from tests.kmeanslab.engine.methods import METHODS
from tests.kmeanslab.engine.test_fuzz import cases, fuzz

ONCE = [method for method in METHODS if method.__name__ != "Yinyang"]
"""Methods for points that are labelled once, see `choose_method_once`."""


def same_ends(found, X, starts, weights, max_iter=300, tol=0.0, **_):
    """Whether these are the labels and inertias of one run after the other."""
    runs = [lloyd.run(X, C, weights, max_iter=max_iter, tol=tol)
            for C in starts]
    return all(np.array_equal(end.labels, run.labels)
               and end.inertia == run.inertia
               for end, run in zip(found, runs, strict=True))


@fuzz
@given(case=cases(), seed=st.integers(0, 99), count=st.integers(1, 6),
       max_iter=st.sampled_from([1, 2, 5, 300]),
       tol=st.sampled_from([0.0, 1e-3, 1.0, 1e6]),
       method=st.sampled_from(ONCE))
def test_each_start_ends_as_alone(case, seed, count, max_iter, tol, method):
    """To the last bit, or nothing is said: whatever the points are like."""
    X, C, weights = case
    weights = np.ones(len(X)) if weights is None else weights
    rng = np.random.default_rng(seed)
    starts = [X[rng.choice(len(X), len(C), replace=False)].astype(float)
              for _ in range(count)]
    limits = {"max_iter": max_iter, "tol": tol, "method": method}
    found = together.ends(X, starts, weights, **limits)
    assert found is None or same_ends(found, X, starts, weights, **limits)


@pytest.mark.parametrize("at_once", [2 ** 16, 1], ids=["at once", "in groups"])
@pytest.mark.parametrize("n", [300, 2000])
@pytest.mark.parametrize("dtype", [np.float64, np.float32, np.uint8])
def test_points_without_structure_are_no_exception(monkeypatch, dtype, n,
                                                   at_once):
    """Starts that take different numbers of iterations end, all of them."""
    monkeypatch.setattr(together, "MAX_LABELS", at_once)
    rng = np.random.default_rng(0)
    X = rng.uniform(0, 200, size=(n, 2)).astype(dtype)
    weights = rng.uniform(1, 2, size=n)
    starts = [X[rng.choice(n, 4, replace=False)].astype(float)
              for _ in range(10)]
    limits = {"max_iter": 300, "tol": 1e-2}
    found = together.ends(X, starts, weights, **limits)
    assert same_ends(found, X, starts, weights, **limits)
    assert len({end.inertia for end in found}) > 1


def test_a_tolerance_that_is_just_reached_ends_a_start():
    """As it ends a run: the centres move by 1, and by more from then on."""
    X = np.array([2, 3, 4, 10, 11, 22, 29], float)[:, None]
    starts = [np.array([[18.0], [2]])]
    limits = {"max_iter": 300, "tol": 1.0}
    assert lloyd.run(X, starts[0], **limits).n_iter == 1
    found = together.ends(X, starts, np.ones(7), **limits)
    assert same_ends(found, X, starts, np.ones(7), **limits)


@pytest.mark.parametrize("X, starts", [
    (np.arange(8.0)[:, None], [[[0], [7]], [[3], [99]]]),
    (np.repeat([[0.1], [0.3]], 7, axis=0), [[[0], [0.4]], [[0.1], [0.3]]]),
    (np.append(np.arange(10) / 10, [1e9, 1.7e9])[:, None], [[[0], [2.1e9]]]),
    (np.array([[0], [1e200], [4e200]]), [[[0], [4e200]]])],
    ids=["an empty cluster", "points on their centres", "lost digits",
         "overflow"])
def test_what_a_run_alone_can_tell_is_left_to_it(X, starts):
    """An empty cluster takes more than the plain steps; so does rounding.

    And a sum of which a far point, which has left, took the last digits, and
    an inertia that is infinite.
    """
    assert together.ends(X, np.array(starts, float), np.ones(len(X)), 300,
                         0.0) is None


@pytest.mark.parametrize("init", ["k-means++", "random"])
@pytest.mark.parametrize("dtype", [np.float64, np.float32, np.uint8])
def test_a_fit_of_many_starts_is_the_one_that_is_watched(init, dtype, capsys):
    """With `verbose` starts run one after the other: the same attributes."""
    X = np.random.default_rng(1).integers(0, 99, (150, 3)).astype(dtype)
    assert together.pays(X, 4)
    quiet, watched = [
        vars(KMeans(4, init=init, n_init=10, random_state=0,
                    verbose=verbose).fit(X)) for verbose in (0, 1)]
    assert capsys.readouterr().out.count("Initialization complete") == 10
    for name in ("labels_", "cluster_centers_", "inertia_", "n_iter_",
                 "history_"):
        assert np.array_equal(quiet[name], watched[name]), name


def test_random_numbers_are_used_up_as_by_one_start_after_the_other():
    """The next fit with the same generator gets the same numbers."""
    X = np.random.default_rng(1).normal(size=(150, 3))
    left = []
    for verbose in (0, 1):
        random_state = np.random.RandomState(0)
        KMeans(3, n_init=5, random_state=random_state, verbose=verbose).fit(X)
        left.append(random_state.uniform())
    assert left[0] == left[1]
