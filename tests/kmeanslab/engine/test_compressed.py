"""The small copy of the points: as wrong as it says, and where it serves."""
from hypothesis import given, settings, strategies as st
import numpy as np
import pytest

pytest.importorskip("kmeanslab.engine.assign.kernels", exc_type=ImportError,
                    reason="copies are made by kernels")

from kmeanslab.engine import lloyd  # noqa: E402
from kmeanslab.engine.assign import hamerly, yinyang  # noqa: E402
from kmeanslab.engine.assign.compressed import (  # noqa: E402
    MAX_ERROR, CompressedCopy, choose_copy)

GREY = np.random.default_rng(0).integers(0, 256, (90, 12)).astype(np.uint8)
METHODS = [hamerly.Hamerly, yinyang.Yinyang]


def copy_of(X):
    """Return the copy that is chosen, and what three blocks make of it."""
    made = {}

    def call(name, copy):
        parts = [copy.compress(part) for part in np.array_split(X, 3)]
        made["W"] = np.concatenate([W for W, _ in parts])
        made["error"] = np.concatenate([error for _, error in parts])
        return [np.count_nonzero(~(error <= MAX_ERROR * copy.spread))
                for _, error in parts]

    return choose_copy(X, call), made["W"], made["error"]


def assert_as_wrong_as_it_says(copy, X, W, error):
    """Each point is where the copy says, within its error."""
    right = (X.astype(np.longdouble) - copy.origin) * copy.scale
    difference = right - W.astype(np.longdouble)
    assert (np.sqrt(np.square(difference).sum(axis=1)) <= error).all()


@pytest.mark.parametrize("make", [
    lambda X: X.astype(np.float32), lambda X: X.astype(float),
    lambda X: X / np.float32(255), lambda X: X / 255,
    lambda X: X / 127.5 - 1, lambda X: (X / 255 - 0.1307) / 0.3081,
    lambda X: (X > 99).astype(float), lambda X: X * 1e-20 + 7e-20])
def test_evenly_spaced_values_become_bytes(make):
    """Images of any type and scale are copied as bytes."""
    X = make(GREY)
    copy, W, error = copy_of(X)
    assert W.dtype == np.uint8 and copy.dtype == np.uint8
    assert error.max() < 0.01
    assert_as_wrong_as_it_says(copy, X, W, error)


@pytest.mark.parametrize("shift", [0, 1e6])
def test_other_float64_become_float32_seen_from_their_middle(shift):
    """A large offset costs no digits."""
    X = np.random.default_rng(0).normal(size=(90, 12)) + shift
    copy, W, error = copy_of(X)
    assert W.dtype == np.float32
    assert 0 < error.max() < 1e-6
    assert_as_wrong_as_it_says(copy, X, W, error)


@pytest.mark.parametrize("X", [
    GREY, np.random.default_rng(0).normal(size=(90, 2)).astype(np.float32)],
    ids=["bytes", "float32"])
def test_small_numbers_are_taken_as_they_are(X):
    """Bytes, and float32 near zero, need no copy."""
    copy, W, error = copy_of(X)
    assert copy.dtype is None and np.shares_memory(copy.compress(X)[0], X)
    assert copy.scale == 1 and not error.any() and not copy.origin.any()
    assert W.dtype == X.dtype


@pytest.mark.parametrize("factor, shift", [(1e-20, 0), (1e20, 0), (1, 1e4)])
def test_float32_far_from_one_are_copied_to_a_better_scale(factor, shift):
    """Squares of a float32 overflow or underflow, or cancel, soon."""
    X = np.random.default_rng(0).normal(size=(90, 3)) * factor + shift
    X = X.astype(np.float32)
    copy, W, error = copy_of(X)
    assert copy.dtype == np.float32
    assert 0.1 < np.abs(W).max() < 10
    assert_as_wrong_as_it_says(copy, X, W, error)


@pytest.mark.parametrize("far", [0.5, -1.0, 256.0, np.pi, 1e9, 1e300, np.nan])
def test_one_value_that_does_not_fit_costs_the_others_nothing(far):
    """Its point's error is larger, up to infinity; the copy still serves."""
    X = np.repeat(GREY, 10, axis=0).astype(float)
    X[0, 0], X[-1, 0] = 0, 255
    X[5, 3] = far
    copy, W, error = copy_of(X)
    assert copy.dtype == np.uint8
    others = np.arange(len(X)) != 5
    assert error[5] > 0.1 > error[others].max()
    assert_as_wrong_as_it_says(copy, X[others], W[others], error[others])


def test_points_in_a_file_are_left_there(tmp_path):
    """A mapped file may be larger than the memory."""
    np.save(tmp_path / "X.npy", GREY.astype(float))
    X = np.load(tmp_path / "X.npy", mmap_mode="r")
    for view in (X, np.asarray(X), np.asarray(X)[::2].view()):
        assert copy_of(view)[0].dtype is None


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("scale", [1e-150, 1e20, 1e37, 1e60, 1e150])
def test_points_in_a_file_are_of_any_size(scale, method, tmp_path):
    """Float32 bounds may not overflow where nothing is scaled for them."""
    rng = np.random.default_rng(0)
    np.save(tmp_path / "X.npy", rng.normal(size=(600, 140)) * scale)
    X = np.load(tmp_path / "X.npy", mmap_mode="r")
    right = lloyd.run(X, X[:30])
    assert_same(lloyd.run(X, X[:30], method=method), right)


@settings(max_examples=60)
@given(seed=st.integers(0, 2 ** 32 - 1), size=st.integers(-200, 200),
       shift=st.integers(-8, 8), dtype=st.sampled_from([np.uint8, np.float32]))
def test_a_copy_knows_how_wrong_it_is(seed, size, shift, dtype):
    """Also with an origin and a scale that suit the points badly."""
    rng = np.random.default_rng(seed)
    X = (rng.normal(size=(7, 5)) + 10.0 ** shift) * 2.0 ** size
    copy = CompressedCopy(
        X.mean(axis=0), float(rng.uniform(1, 99)) / 2.0 ** size, dtype, 1.0)
    assert_as_wrong_as_it_says(copy, X, *copy.compress(X))


def assert_same(found, right):
    """Equal to the last bit."""
    assert found.labels.tolist() == right.labels.tolist()
    assert found.centres.tobytes() == right.centres.tobytes()
    assert found.inertia == right.inertia and found.n_iter == right.n_iter


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("far", [0.0, 0.5, 1e30])
def test_a_run_on_the_copy_is_the_run_on_the_points(far, method, monkeypatch):
    """The copy makes a run faster and changes nothing else."""
    X = np.repeat(GREY / 255, 3, axis=0)
    X[100, 3] = far
    right = lloyd.run(X, X[:9])
    assert_same(lloyd.run(X, X[:9], method=method), right)
    as_they_are = CompressedCopy(np.zeros(12), 1.0, None, 1.0)
    use(as_they_are, monkeypatch)
    assert_same(lloyd.run(X, X[:9], method=method), right)


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("levels", [3, 15, 255])
def test_a_coarse_copy_costs_time_and_nothing_else(levels, method,
                                                   monkeypatch):
    """Bounds are widened by the errors of the copy."""
    X = np.random.default_rng(1).normal(size=(300, 8))
    low, high = X.min(), X.max()
    use(CompressedCopy(np.full(8, low), levels / (high - low), np.uint8,
                       1.0), monkeypatch)
    assert_same(lloyd.run(X, X[:20], method=method), lloyd.run(X, X[:20]))


def use(copy, monkeypatch):
    """Have the method that copies points use this copy."""
    def choose(X, call):
        call("compress", copy)
        return copy
    monkeypatch.setattr(yinyang, "choose_copy", choose)


@pytest.mark.parametrize("method", METHODS)
def test_one_far_point_leaves_bounds_to_the_others(method):
    """Nearly as few distances are computed as without it."""
    rng = np.random.default_rng(0)
    X = rng.normal(size=(600, 20)) + 9 * rng.integers(0, 5, (600, 1))
    C = X[:30].copy()
    plain = lloyd.run(X, C, method=method, max_iter=12)
    for far in (1e4, 1e9, 1e25):
        Y = X.copy()
        Y[-1] = far
        found = lloyd.run(Y, C, method=method, max_iter=12)
        assert_same(found, lloyd.run(Y, C, max_iter=12))
        work = [sum(step.distances for step in run.history[2:])
                for run in (found, plain)]
        assert work[0] < 1.5 * work[1] + 12 * 60 * len(C)
