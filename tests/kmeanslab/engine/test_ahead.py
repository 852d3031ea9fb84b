"""Iterations that kernels run ahead are the same as one at a time."""

from threading import Thread

from hypothesis import given, strategies as st
import numpy as np
import pytest

pytest.importorskip("kmeanslab.engine.assign.kernels", exc_type=ImportError,
                    reason="Numba has no kernels here")

from kmeanslab.engine import ahead, atomics, lloyd  # noqa: E402
from kmeanslab.engine.assign import (  # noqa: E402
    bounds, hamerly, kernels, yinyang)
from tests.kmeanslab.engine.methods import TYPES, thirds  # noqa: E402
from tests.kmeanslab.engine.test_fuzz import bits, cases, fuzz  # noqa: E402


@pytest.fixture
def calls(monkeypatch):
    """Note how many iterations each call of the kernels did."""
    noted, run_ahead = [], ahead.Runner.__call__

    def noting(*args):
        found = run_ahead(*args)
        noted.append(len(found[0]))
        return found
    monkeypatch.setattr(ahead.Runner, "__call__", noting)
    return noted


@pytest.fixture
def small_blocks(monkeypatch):
    """Have few points cut into several blocks, too."""
    monkeypatch.setattr(lloyd, "row_blocks", thirds)


def run(X, C, weights=None, one_at_a_time=False, **options):
    """Return a run by bounds, and all bits of it."""
    with pytest.MonkeyPatch.context() as patch:
        if one_at_a_time:
            patch.setattr(lloyd, "runner", lambda state, call: None)
        found = lloyd.run(X, C, weights, method=hamerly.Hamerly, **options)
    history = np.array([tuple(step) for step in found.history])
    return found, (*bits(found), history.tobytes())


def overlapping(dtype=np.float64, n=900, d=3):
    """Return points (n, d) that take many iterations, and nine centres."""
    X = np.random.default_rng(d).uniform(0, 200, size=(n, d)).astype(dtype)
    return X, X[:9].astype(float)


@pytest.mark.usefixtures("small_blocks")
@fuzz
@given(case=cases(), empty=st.sampled_from(["relocate", "drop"]),
       max_iter=st.sampled_from([1, 2, 3, 7, 60]),
       tol=st.sampled_from([0.0, 1e-3, 1.0, 1e6]))
def test_every_bit_is_the_same(case, empty, max_iter, tol):
    """Whatever the points are like: history, work and all."""
    options = {"empty": empty, "max_iter": max_iter, "tol": tol}
    right = run(*case, one_at_a_time=True, **options)[1]
    for threads in (1, 3):
        assert run(*case, threads=threads, **options)[1] == right


LATE_AND_EMPTY = (
    [[16, 12], [7, 29], [2, 6], [22, 19], [1, 27], [11, 11], [4, 21], [22, 10],
     [3, 27], [26, 16], [12, 1], [7, 7]],
    [[10.6, 8.3], [16.6, 11.1], [19.8, 20.7], [-4.7, 9.2]])
"""A cluster loses its last point in the third iteration."""
LATE_AND_WORN = (
    [[8.3], [6.7], [9.2], [2], [0.2], [5.4], [8.3], [9.1], [8.4], [7.8], [6.7],
     [8.4], [5.7], [9.3], [9], [1.7e7], [1e6]],
    [[9.773], [17000000.233], [8.99], [11.524]])
"""A sum loses a far point, and digits with it."""

EMPTY_FOR_LONGER = (
    [[4], [4], [4], [14], [12], [8], [16], [17], [9], [5], [9], [7]],
    [[15], [16], [22]], np.array([1.0, 1, 3, 1, 0, 0, 0, 0, 0, 3, 2, 1]))
"""Its points have no weight; so it has no sum that could be worn."""


@pytest.mark.parametrize("X, C, weights", [
    (*LATE_AND_EMPTY, None), (*LATE_AND_WORN, None), EMPTY_FOR_LONGER],
    ids=["a cluster that is emptied", "lost digits", "one that stays empty"])
def test_what_is_not_plain_is_handed_back(X, C, weights):
    """And then done as it always is."""
    X, C = np.array(X, float), np.array(C, float)
    assert run(X, C, weights)[1] == run(X, C, weights, one_at_a_time=True)[1]


@pytest.mark.parametrize("d", [2, 40])
@pytest.mark.parametrize("dtype", TYPES)
def test_a_whole_run_is_a_few_calls(dtype, d, calls):
    """All but the first iteration and the last."""
    X, C = overlapping(dtype, d=d)
    found, bits_of_it = run(X, C)
    assert sum(calls) == found.n_iter - len(calls) - 1
    assert found.n_iter > 10 and len(calls) < 5
    assert bits_of_it == run(X, C, one_at_a_time=True)[1]


@pytest.mark.usefixtures("small_blocks")
@pytest.mark.parametrize("threads", [1, 2, 4, 9])
@pytest.mark.parametrize("d, dtype", [(2, "f8"), (40, "f4"), (16, "u1")])
def test_threads_share_the_blocks(d, dtype, threads):
    """However many: the same bits, again and again."""
    X, C = overlapping(dtype, n=4000, d=d)
    right = run(X, C, one_at_a_time=True)[1]
    for _ in range(5):
        assert run(X, C, threads=threads)[1] == right


@pytest.mark.parametrize("name, value, module", [
    ("MAX_STEPS", 1, ahead), ("MAX_ROUNDING", 2.0 ** -52, bounds)])
def test_it_may_be_interrupted_by_much(name, value, module, calls,
                                       monkeypatch):
    """By a limit of iterations at a time; by drifts that start again."""
    monkeypatch.setattr(module, name, value)
    X, C = overlapping(n=4000, d=2)
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


def test_iterations_that_take_long_are_asked_for_each_time(calls,
                                                           monkeypatch):
    """An interrupt would wait for the kernels."""
    monkeypatch.setattr(ahead, "MAX_SECONDS", 0.0)
    run(*overlapping())
    assert not calls


def test_other_methods_are_asked_each_time(calls):
    """Only one bound per point is enough."""
    lloyd.run(*overlapping(d=130), method=yinyang.Yinyang)
    assert not calls


@pytest.mark.usefixtures("small_blocks")
@pytest.mark.parametrize("error", [KeyboardInterrupt, MemoryError])
@pytest.mark.parametrize("place", [(ahead, "lead"), (ahead.Runner, "lead")])
def test_helpers_do_not_wait_for_a_leader_who_is_gone(place, error,
                                                      monkeypatch):
    """Whether it could tell them that all is over, or could not."""
    def interrupted(*args):
        raise error
    monkeypatch.setattr(*place, interrupted)
    with pytest.raises(error):
        run(*overlapping(), threads=3)
    monkeypatch.undo()
    run(*overlapping(), threads=3)


def test_threads_count_together():
    """No number is given twice, and none is left out."""
    numbers = np.zeros(1, np.int64)

    @kernels.compiled
    def count(numbers, out):
        for i in range(out.shape[0]):
            out[i] = atomics.add(numbers, 0)
    parts = np.zeros((4, 50_000), np.int64)
    count(numbers, parts[0, :0])
    team = [Thread(target=count, args=(numbers, part)) for part in parts]
    for thread in team:
        thread.start()
    for thread in team:
        thread.join()
    assert np.array_equal(np.sort(parts, axis=None), np.arange(parts.size))
