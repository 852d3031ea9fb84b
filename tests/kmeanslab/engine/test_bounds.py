"""Bounds: drifts in NumPy and compiled, and what they save for CSR."""
import numpy as np
import pytest
from scipy import sparse

from kmeanslab.engine import lloyd
from kmeanslab.engine.assign.bounds import Bounded
from kmeanslab.engine.assign.csr import Sparse
from kmeanslab.engine.assign.distances import all_distances, nearest
from tests.kmeanslab.needs import needs_kernels


@needs_kernels
@pytest.mark.parametrize("steps", [
    [3.0], [0.0, 0.0], [2.0, 2.0, 1.0], [0.5, 7.0, 7.5, 0.1], [1e-200, 1e200]])
def test_drifts_are_the_same_compiled(steps):
    """To the last bit, step by step; a dropped centre is infinitely far."""
    from kmeanslab.engine.assign.compiled import Compiled
    X, steps = np.zeros((4, 2)), np.array(steps)
    k = len(steps)
    left, found = np.ones(k, bool), []
    left[2:] = False
    for kind in (Bounded, Compiled):
        method = kind(X, k)
        method.scale = 0.75
        found.append([(method.add_steps(steps[::sign], left),
                       method.drift.tolist(), method.other_drift.tolist())
                      for sign in (1, -1, 1)])
    assert found[0] == found[1]
    assert found[0][-1][1][2:] == [np.inf] * len(steps[2:])


def blobs(rng, n=600, d=40, height=9.0):
    """Return sparse points in three groups, and a centre in each."""
    X = sparse.random_array((n, d), density=0.2, rng=rng).toarray()
    X[np.arange(n), np.arange(n) % 3] += height
    return sparse.csr_array(X), X[:3].copy()


def test_few_sparse_points_are_looked_at_again():
    """Those whose bound has closed are not, and the labels are the same."""
    X, C = blobs(np.random.default_rng(0), height=1.0)
    found = lloyd.run(X, C, method=Sparse)
    right = lloyd.run(X.toarray(), C)
    assert (found.labels == right.labels).all()
    assert found.n_iter == right.n_iter > 2
    rows = [step.rows for step in found.history]
    assert rows[0] == 600 and rows[-1] < 60


def labelled_twice(X, first, second):
    """Return labels by two sets of centres; the bounds are kept."""
    method = Sparse(X, len(first))
    block = method.block(X, np.ones(X.shape[0]))
    block.start()
    for C in first, second:
        shifts = np.abs(C - first).sum(axis=1)
        block.relabel(method.centres(C, shifts))
        assert (block.labels == nearest(X, C)).all()
    return block.labels


def test_a_twin_that_moves_away_may_take_points_along():
    """Of two equal centres the second gets nothing, and stays no farther."""
    X, C = blobs(np.random.default_rng(1))
    C[1] = C[0]
    moved = C.copy()
    moved[1] += 0.1 * (X[[3]].toarray()[0] - C[0])
    assert (labelled_twice(X, C, moved) == 1).any()


def test_a_centre_that_was_infinitely_far_may_come_back():
    """Its square overflows, its way does not."""
    X, C = blobs(np.random.default_rng(2))
    moved = C[:2]
    C = np.stack([C[0], np.full(40, 1e200)])
    with np.errstate(over="ignore"):
        assert (labelled_twice(X, C, moved) == 1).any()


@needs_kernels
@pytest.mark.parametrize("dtype", [np.float64, np.float32, np.uint8])
@pytest.mark.parametrize("kind", ["normal", "offset", "long", "on a line"])
def test_yinyangs_bounds_hold(kind, dtype):
    """After all distances were estimated by products: none is too bold."""
    from kmeanslab.engine.assign.yinyang import Yinyang
    rng = np.random.default_rng(0)
    X = rng.normal(size=(400, 200))
    if kind == "offset":
        X += 3
    if kind == "long":
        X[::20] *= 10.0 ** rng.integers(1, 12, (20, 1))
    if kind == "on a line":                  # far from the centres, in a row
        X = np.arange(400)[:, None] * np.full(200, 1e3) + 1e-3 * X
    X = (np.clip(40 * X, 0, 255) if dtype == np.uint8 else X).astype(dtype)
    C = X[np.r_[1:19, 381, 383]].astype(float)
    method = Yinyang(X, 20)
    block = method.block(X, np.ones(400))
    method.begin(lambda name, *args: [getattr(block, name)(*args)])
    block.relabel(method.centres(C, np.zeros(20)))
    D, own = np.sqrt(all_distances(X, C)) * method.scale, block.labels
    every = np.arange(400)
    assert (own == D.argmin(axis=0)).all()
    assert (block.upper >= D[own, every] * (1 - 1e-12)).all()
    D[own, every] = np.inf
    nearest_in_group = D.reshape(-1, method.groups, 400).min(axis=0).T
    assert (block.lower <= nearest_in_group * (1 + 1e-12)).all()
    gap = D.min(axis=0) - block.upper
    assert (block.margin <= gap + 1e-12 * np.abs(gap)).all()


@needs_kernels
@pytest.mark.parametrize("dtype", [np.float64, np.float32, np.uint8])
def test_chunks_are_labelled_whole_or_in_part(dtype):
    """Many open points of a chunk, a few, or none: the formula's run."""
    from kmeanslab.engine.assign.hamerly import Hamerly
    X = (np.random.default_rng(0).random((1300, 24)) * 255).astype(dtype)
    found = lloyd.run(X, X[:30].astype(float), method=Hamerly)
    right = lloyd.run(X, X[:30].astype(float))
    assert (found.labels == right.labels).all()
    assert found.centres.tobytes() == right.centres.tobytes()
    rows = [step.rows for step in found.history]
    assert rows[0] == 1300 and 0 < min(rows) < 400 and len(rows) > 10
