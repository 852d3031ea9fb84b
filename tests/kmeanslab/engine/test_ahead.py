"""Iterations that one kernel runs are the same as one at a time."""

from hypothesis import given, strategies as st
import numpy as np
import pytest

pytest.importorskip("kmeanslab.engine.assign.kernels", exc_type=ImportError,
                    reason="Numba has no kernels here")

from kmeanslab.engine import ahead, lloyd  # noqa: E402
from kmeanslab.engine.assign import bounds, hamerly, yinyang  # noqa: E402
from tests.kmeanslab.engine.methods import TYPES  # noqa: E402
from tests.kmeanslab.engine.test_fuzz import bits, cases, fuzz  # noqa: E402


@pytest.fixture
def calls(monkeypatch):
    """Note how many iterations each call of the kernel did."""
    noted, run_ahead = [], ahead.run_ahead

    def noting(*args):
        found = run_ahead(*args)
        noted.append(len(found[0]))
        return found
    monkeypatch.setattr(ahead, "run_ahead", noting)
    return noted


def run(X, C, weights=None, one_at_a_time=False, **options):
    """Return a run by bounds, and all bits of it."""
    with pytest.MonkeyPatch.context() as patch:
        if one_at_a_time:
            patch.setattr(lloyd.State, "may_run_ahead", lambda state: False)
        found = lloyd.run(X, C, weights, method=hamerly.Hamerly, **options)
    history = np.array([tuple(step) for step in found.history])
    return found, (*bits(found), history.tobytes())


def overlapping(dtype=np.float64, n=900, d=3):
    """Return points (n, d) that take many iterations, and nine centres."""
    X = np.random.default_rng(d).uniform(0, 200, size=(n, d)).astype(dtype)
    return X, X[:9].astype(float)


@fuzz
@given(case=cases(), empty=st.sampled_from(["relocate", "drop"]),
       max_iter=st.sampled_from([1, 2, 3, 7, 60]),
       tol=st.sampled_from([0.0, 1e-3, 1.0, 1e6]))
def test_every_bit_is_the_same(case, empty, max_iter, tol):
    """Whatever the points are like: history, work and all."""
    options = {"empty": empty, "max_iter": max_iter, "tol": tol}
    assert run(*case, **options)[1] == run(*case, one_at_a_time=True,
                                           **options)[1]


@pytest.mark.parametrize("d", [2, 40])
@pytest.mark.parametrize("dtype", TYPES)
def test_a_whole_run_is_one_call(dtype, d, calls):
    """All but the first iteration and the last."""
    X, C = overlapping(dtype, d=d)
    found, bits_of_it = run(X, C)
    assert calls == [found.n_iter - 2] and found.n_iter > 10
    assert bits_of_it == run(X, C, one_at_a_time=True)[1]


@pytest.mark.parametrize("name, value, module", [
    ("MAX_STEPS", 3, ahead), ("MAX_ROUNDING", 2.0 ** -52, bounds)])
def test_it_may_be_interrupted_by_much(name, value, module, calls,
                                       monkeypatch):
    """By a limit of iterations at a time; by drifts that start again."""
    monkeypatch.setattr(module, name, value)
    X, C = overlapping()
    assert run(X, C)[1] == run(X, C, one_at_a_time=True)[1]
    assert len(calls) > 3


def test_the_last_iteration_allowed_is_the_last():
    """Also where the points would go on to move."""
    X, C = overlapping()
    n_iter = run(X, C)[0].n_iter
    for limit in (2, 3, n_iter - 1, n_iter, n_iter + 1):
        found, right = run(X, C, max_iter=limit), run(
            X, C, one_at_a_time=True, max_iter=limit)
        assert found[0].n_iter == min(limit, n_iter) and found[1] == right[1]


def test_a_callback_is_told_of_each_iteration(calls):
    """One at a time, as before."""
    X, C = overlapping()
    numbers = []
    found, _ = run(X, C, callback=lambda number, _: numbers.append(number))
    assert not calls
    assert numbers == list(range(found.n_iter - 1))      # not of the last


def test_other_methods_and_several_blocks_are_asked_each_time(calls,
                                                              monkeypatch):
    """Only one block of points with one bound each is not."""
    lloyd.run(*overlapping(d=130), method=yinyang.Yinyang)
    monkeypatch.setattr(lloyd, "row_blocks", lambda n, d, k: [
        slice(0, n // 2), slice(n // 2, n)])
    run(*overlapping())
    assert not calls
