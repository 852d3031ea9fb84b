"""The small copy of the points: as far off as it says, and where it serves."""
from hypothesis import given, settings, strategies as st
import numpy as np
import pytest

pytest.importorskip("numba", reason="bounds need Numba")

from kmeanslab.engine import lloyd  # noqa: E402
from kmeanslab.engine.assign import bounds  # noqa: E402
from kmeanslab.engine.assign.compressed import (  # noqa: E402
    CompressedCopy, cast, none)
from kmeanslab.engine.assign.hamerly import Hamerly  # noqa: E402
from kmeanslab.engine.assign.yinyang import Yinyang  # noqa: E402

GREY = np.random.default_rng(0).integers(0, 256, (90, 12)).astype(np.uint8)


def shadow_of(X):
    """The shadow that is cast, and the copies of three blocks."""
    copies = {}

    def call(name, shadow):
        parts = np.array_split(X, 3)
        found = [shadow.copy(part) for part in parts]
        copies["all"] = np.concatenate([W for W, _ in found])
        return [off for _, off in found]

    return cast(X, call), copies["all"]


def assert_off_by_at_most(shadow, X, W):
    """Each point is where the copy says, within `off`."""
    right = (X.astype(np.longdouble) - shadow.origin) * shadow.scale
    apart = right - W.astype(np.longdouble)
    assert np.sqrt(np.square(apart).sum(axis=1)).max() <= shadow.off


@pytest.mark.parametrize("make", [
    lambda X: X.astype(np.float32), lambda X: X.astype(float),
    lambda X: X / np.float32(255), lambda X: X / 255,
    lambda X: X / 127.5 - 1, lambda X: (X / 255 - 0.1307) / 0.3081,
    lambda X: (X > 99).astype(float), lambda X: X * 1e-20 + 7e-20])
def test_evenly_spaced_values_become_bytes(make):
    X = make(GREY)
    shadow, W = shadow_of(X)
    assert W.dtype == np.uint8 and shadow.dtype == np.uint8
    assert shadow.off < 0.01
    assert_off_by_at_most(shadow, X, W)


@pytest.mark.parametrize("shift", [0, 1e6])
def test_other_float64_become_float32_seen_from_their_middle(shift):
    X = np.random.default_rng(0).normal(size=(90, 12)) + shift
    shadow, W = shadow_of(X)
    assert W.dtype == np.float32
    assert 0 < shadow.off < 1e-6
    assert_off_by_at_most(shadow, X, W)


@pytest.mark.parametrize("X", [
    GREY, np.random.default_rng(0).normal(size=(90, 2)).astype(np.float32)],
    ids=["bytes", "float32"])
def test_small_numbers_are_their_own_shadow(X):
    shadow, W = shadow_of(X)
    assert shadow.dtype is None and np.shares_memory(shadow.copy(X)[0], X)
    assert (shadow.scale, shadow.off) == (1, 0) and not shadow.origin.any()
    assert W.dtype == X.dtype


@pytest.mark.parametrize("far, dtype", [
    (0.5, np.float32), (-1.0, np.float32), (256.0, np.float32),
    (np.pi, np.float32), (1e9, None), (1e300, None)])
def test_one_value_that_does_not_fit_is_noticed(far, dtype):
    """Wherever the sample did not look; the next best copy serves then."""
    X = np.repeat(GREY, 10, axis=0).astype(float)
    X[0, 0], X[-1, 0] = 0, 255
    X[5, 3] = far
    shadow, W = shadow_of(X)
    assert shadow.dtype == dtype
    if dtype:
        assert_off_by_at_most(shadow, X, W)


def test_points_in_a_file_are_left_there(tmp_path):
    np.save(tmp_path / "X.npy", GREY.astype(float))
    X = np.load(tmp_path / "X.npy", mmap_mode="r")
    for view in (X, np.asarray(X), np.asarray(X)[::2].view()):
        assert shadow_of(view)[0].dtype is None


@settings(max_examples=60)
@given(seed=st.integers(0, 2 ** 32 - 1), size=st.integers(-200, 200),
       shift=st.integers(-8, 8), dtype=st.sampled_from([np.uint8, np.float32]))
def test_a_copy_tells_how_far_off_it_is(seed, size, shift, dtype):
    """Also with an origin and a scale that suit the points badly."""
    rng = np.random.default_rng(seed)
    X = (rng.normal(size=(7, 5)) + 10.0 ** shift) * 2.0 ** size
    shadow = CompressedCopy(
        X.mean(axis=0), float(rng.uniform(1, 99)) / 2.0 ** size, dtype)
    W, off = shadow.copy(X)
    assert_off_by_at_most(shadow._replace(off=off), X, W)


@pytest.mark.parametrize("method", [Yinyang, Hamerly])
@pytest.mark.parametrize("far", [0.0, 0.5, 1e30])
def test_a_run_on_the_copy_is_the_run_on_the_points(far, method, monkeypatch):
    X = np.repeat(GREY / 255, 3, axis=0)
    X[100, 3] = far
    found = lloyd.run(X, X[:9], method=method)
    monkeypatch.setattr(bounds, "cast", lambda X, call: none(X))
    plain = lloyd.run(X, X[:9], method=method)
    right = lloyd.run(X, X[:9])
    for other in (plain, right):
        assert found.labels.tolist() == other.labels.tolist()
        assert found.centres.tobytes() == other.centres.tobytes()
        assert found.inertia == other.inertia


@pytest.mark.parametrize("method", [Yinyang, Hamerly])
@pytest.mark.parametrize("levels", [3, 15, 255])
def test_a_coarse_copy_costs_time_and_nothing_else(levels, method,
                                                   monkeypatch):
    """Bounds are as much wider as the copy is off."""
    X = np.random.default_rng(1).normal(size=(300, 8))
    low, high = X.min(), X.max()
    coarse = CompressedCopy(np.full(8, low), levels / (high - low), np.uint8)
    monkeypatch.setattr(bounds, "cast", lambda X, call: coarse._replace(
        off=max(call("copy", coarse))))
    found = lloyd.run(X, X[:20], method=method)
    right = lloyd.run(X, X[:20])
    assert found.labels.tolist() == right.labels.tolist()
    assert found.centres.tobytes() == right.centres.tobytes()
    assert found.n_iter == right.n_iter
