"""Columns that hold only zeros are left out, and nobody sees a difference."""
import numpy as np
import pytest
from scipy import sparse

from kmeanslab.engine import lloyd, minibatch
from kmeanslab.engine.assign.csr import Sparse
from kmeanslab.engine.assign.direct import Direct
from kmeanslab.engine.columns import leave_out_zeros
from kmeanslab.engine.predict import distances_to_centres, predict
from kmeanslab.engine.seeding import kmeans_plus_plus

USED = [0, 4, 17, 59]


def points(dtype=np.float64, used=USED, d=64):
    """Return 40 points of d columns, of which few are used, as CSR."""
    X = np.zeros((40, d), dtype)
    X[:, used] = np.random.default_rng(0).poisson(0.5, (40, len(used)))
    return sparse.csr_array(X)


@pytest.mark.parametrize("dtype", [np.float64, np.float32, np.uint8])
def test_columns_are_left_out_and_put_back(dtype):
    """The stored values are shared, not copied."""
    X = points(dtype)
    C = X[:3].toarray()
    narrow, few, widen = leave_out_zeros(X, C)
    assert np.shares_memory(narrow.data, X.data)
    assert narrow.indices.dtype == X.indices.dtype
    assert (narrow.toarray() == X.toarray()[:, USED]).all()
    assert (widen(few) == C).all() and widen(few).dtype == C.dtype


def test_columns_of_centres_stay():
    """A given centre may lie where no point does."""
    X, C = points(), np.zeros((2, 64))
    C[1, 30] = 5.0
    narrow, few, widen = leave_out_zeros(X, C)
    assert narrow.shape == (40, 5) and few[1].tolist() == [0, 0, 0, 5, 0]
    assert (widen(few) == C).all()


def test_where_most_columns_are_used_nothing_is_copied():
    """Nor are dense points looked at."""
    for X in (points(used=range(33)), points().toarray()):
        C = np.zeros((2, 64))
        narrow, few, widen = leave_out_zeros(X, C)
        assert narrow is X and few is C and widen(few) is C


@pytest.mark.parametrize("empty", ["relocate", "drop"])
def test_a_run_is_that_of_the_formula_on_all_columns(empty):
    """Its centres, too: as wide as the points, the same bits."""
    X = points()
    C = X[:5].toarray()
    C[4, USED] = 50.0
    C[0, 30] = 0.25
    assert leave_out_zeros(X, C)[0].shape == (40, 5)
    runs = [lloyd.run(some, C, method=method, empty=empty)
            for some, method in ((X, Sparse), (X.toarray(), Direct))]
    assert (4 in runs[0].kept) == (empty == "relocate")
    for a, b in zip(*(run[:2] + run[3:5] for run in runs)):
        assert np.array_equal(a, b)


def test_starts_batches_labels_and_distances_are_the_same():
    """On wide points and on those that were narrow from the beginning."""
    X = points()
    narrow, weights = X[:, USED], np.ones(40)
    C, rows = kmeans_plus_plus(X, 3, weights, np.random.RandomState(0))
    few, same = kmeans_plus_plus(narrow, 3, weights, np.random.RandomState(0))
    assert (rows == same).all() and (C[:, USED] == few).all()
    assert (predict(X, C)[0] == predict(narrow, few)[0]).all()
    assert (distances_to_centres(X, C) == distances_to_centres(
        narrow, few)).all()
    runs = [minibatch.run(some, start, None, np.random.RandomState(0),
                          batch_size=10, full_updates=1)
            for some, start in ((X, C), (narrow, few))]
    assert runs[0].centres.shape == (3, 64)
    assert (runs[0].centres[:, USED] == runs[1].centres).all()
    assert (runs[0].labels == runs[1].labels).all()


def test_points_of_zeros_keep_one_column():
    """The engine knows no points without coordinates."""
    X = sparse.csr_array((5, 8))
    assert leave_out_zeros(X, np.zeros((2, 8)))[0].shape == (5, 1)
    assert predict(X, np.zeros((2, 8)))[0].tolist() == [0] * 5
