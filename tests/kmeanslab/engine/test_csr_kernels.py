"""Kernels for sparse points: to the bit what SciPy's products give."""
from hypothesis import given, settings, strategies as st
import numpy as np
import pytest
from scipy import sparse

from kmeanslab.engine import lloyd, warmup
from kmeanslab.engine.assign.csr import Sparse
from kmeanslab.engine.assign.csr_centres import SparseCentres
from kmeanslab.engine.predict import distances_to_centres, predict
from kmeanslab.engine.threaded_csr import ThreadedSparse
from tests.kmeanslab.engine.test_csr import KINDS, case, draw

pytest.importorskip("numba", reason="they are compiled by Numba")

from kmeanslab.engine.assign import csr_kernels  # noqa: E402
from kmeanslab.engine.assign.csr_kernels import (  # noqa: E402
    CompiledCentres, CompiledSparse)

pytestmark = pytest.mark.filterwarnings("error")
INDICES = [np.int32, np.int64]
TYPES = [np.float64, np.float32, np.uint8]


def points(X, index=np.int32):
    """Return points as CSR with indices of this type."""
    X = sparse.csr_array(X)
    X.indices, X.indptr = X.indices.astype(index), X.indptr.astype(index)
    return X


def both(C, divisors=1.0, **options):
    """Return the same centres for SciPy and for the kernels."""
    squares, still = np.square(C).sum(axis=1), np.zeros(len(C))
    return [kind(C, np.full(len(C), divisors), squares, still, still,
                 **options) for kind in (SparseCentres, CompiledCentres)]


@pytest.mark.parametrize("k", [*range(1, 19), 31, 32, 33, 40, 63, 65, 100])
@pytest.mark.parametrize("index", INDICES)
@pytest.mark.parametrize("dtype", TYPES)
def test_products_are_the_bits_of_scipys(k, index, dtype):
    """Of any number of centres, so of all lengths of vectors."""
    rng = np.random.default_rng(k)
    X = points(draw(rng, "counts", 30, 50).astype(dtype), index)
    right, found = both(rng.normal(size=(k, 50)), 3.0)
    assert found.ranks(X).tobytes() == right.ranks(X).tobytes()
    for some, same in zip(found.two_best(X), right.two_best(X), strict=True):
        assert np.array_equal(some, same)


@pytest.mark.parametrize("kind", KINDS)
def test_ranks_that_are_infinite_or_nan_are_found(kind):
    """A least rank that is NaN leaves the decision to the formula."""
    X, C, _ = case(4, kind, n=90)
    C[-1] = np.inf                       # one that is dropped
    X = points(X)
    with np.errstate(all="ignore"):
        right, found = (centres.two_best(X) for centres in both(C))
    known = ~np.isnan(right[1])
    assert np.array_equal(np.isnan(found[1]), ~known)
    for some, same in zip(found, right):
        assert np.array_equal(some[known], same[known])


def test_a_nan_among_others_is_found():
    """Wherever it is, and whatever was found before."""
    for at in range(4):
        sums = np.array([3.0, 1.0, 2.0, 4.0])
        sums[at] = np.nan
        ranks = csr_kernels.two_least(sums, np.ones(4), np.zeros(4))
        assert ranks[0] == at and np.isnan(ranks[1:]).all()


@settings(max_examples=150)
@given(seed=st.integers(0, 2 ** 32 - 1), kind=st.sampled_from(KINDS),
       dtype=st.sampled_from(TYPES[:2]),
       empty=st.sampled_from(["relocate", "drop"]))
def test_a_run_is_the_same_run(seed, kind, dtype, empty):
    """Labels, centres, inertia and history are the same bits."""
    X, C, weights = case(seed, kind, dtype)
    right, found = (
        lloyd.run(sparse.csr_array(X), C, weights, empty=empty, max_iter=30,
                  method=method) for method in (Sparse, CompiledSparse))
    assert found.labels.tolist() == right.labels.tolist()
    assert found.centres.tobytes() == right.centres.tobytes()
    assert found.converged == right.converged
    assert str(found.history) == str(right.history)      # NaN is not equal
    assert np.array_equal(found.inertia, right.inertia, equal_nan=True)


def test_centres_that_need_no_columns_get_none():
    """Few points with many columns: a copy of the centres would not pay."""
    rng = np.random.default_rng(0)
    X, C = points(draw(rng, "text", 9, 50)), rng.normal(size=(5, 50))
    right, found = both(C, few=True)
    for some, same in zip(found.two_best(X), right.two_best(X)):
        assert np.array_equal(some, same)
    assert "columns" not in vars(found)


@pytest.fixture
def none_ready(monkeypatch):
    """Begin without any kernels."""
    monkeypatch.setattr(warmup, "KERNELS", {})


def test_runs_use_kernels_as_soon_as_there_are_some(none_ready, monkeypatch):
    """A run, labels and distances; the same bits before and after."""
    X, C, weights = case(3, "text")
    X, made = points(X), []

    def answers():
        made.clear()
        run = lloyd.run(X, C, weights, method=ThreadedSparse)
        return (run.labels.tolist(), run.centres.tobytes(), run.inertia,
                predict(X, C)[0].tolist(),
                distances_to_centres(X, C).tobytes(), len(made))

    find = csr_kernels.CompiledCentres.two_best
    monkeypatch.setattr(csr_kernels.CompiledCentres, "two_best",
                        lambda *args: made.append(args) or find(*args))
    *before, none = answers()
    kernels, = warmup.KERNELS.values()
    assert none == 0 and 0 < kernels.seconds < warmup.LOAD_AFTER
    kernels.wait()
    *after, some = answers()
    assert kernels.method is CompiledSparse and some >= 3 and after == before


def test_without_kernels_scipy_serves(none_ready, monkeypatch):
    """Where Numba cannot compile them, and where it is missing."""
    monkeypatch.setattr(warmup, "import_module",
                        lambda name: exec("raise ModuleNotFoundError"))
    X, C, weights = case(3, "text")
    before = lloyd.run(points(X), C, weights, method=ThreadedSparse)
    kernels, = warmup.KERNELS.values()
    kernels.wait()
    after = lloyd.run(points(X), C, weights, method=ThreadedSparse)
    assert kernels.failed
    assert after.centres.tobytes() == before.centres.tobytes()


@pytest.mark.parametrize("dtype", TYPES)
def test_all_that_runs_need_is_compiled_at_once(dtype):
    """Nothing is left for a call to wait for."""
    kernels = warmup.kernels_for("CompiledSparse", np.eye(9, dtype=dtype),
                                 wait=True)
    functions = csr_kernels.find_two_best, csr_kernels.fill_products
    before = [len(function.signatures) for function in functions]
    assert kernels.method is CompiledSparse
    rng = np.random.default_rng(0)
    for index in INDICES:
        X = points(draw(rng, "counts", 60, 50).astype(dtype), index)
        for some in (X, X[5:40]):
            method = CompiledSparse(some, 9)
            block = method.block(some, np.ones(some.shape[0]))
            block.distances = np.empty((some.shape[0], 9))
            block.start()
            C = X[:9].toarray().astype(np.float64)
            block.fill_distances(method.distance_centres(C))
    assert [len(function.signatures) for function in functions] == before


def test_they_are_compiled_for_both_types_of_indices(monkeypatch):
    """SciPy uses the longer one for very many values, or as users say."""
    asked = []
    monkeypatch.setattr(warmup, "ask_once", lambda method, X, C: asked.append(
        (X.indices.dtype, X.indptr.dtype)))
    warmup.use(CompiledSparse, np.eye(9))
    assert asked == [(index, index) for index in INDICES]
