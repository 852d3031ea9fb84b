"""Blocks and their loops, each by itself: the formula's, to the last bit."""

import numpy as np
import pytest
from scipy import sparse

from kmeanslab.engine.assign.blocks import Block, sum_changes
from kmeanslab.engine.assign.direct import Direct
from kmeanslab.engine.assign.distances import squared_distances
from tests.kmeanslab.engine.methods import METHODS, TYPES, draw, squared
from tests.kmeanslab.needs import needs_kernels


@needs_kernels
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_kernels_keep_their_promise(dtype):
    """Fast distances lie within their limits; the exact one is the formula."""
    from kmeanslab.engine.assign import kernels, yinyang_kernels
    rng = np.random.default_rng(0)
    out = np.empty(4, dtype)
    for size in (1e-3, 1.0, 1e6):
        for d in (1, 7, 784):
            x, C = rng.normal(size=d), rng.normal(size=(4, d))
            x, C = (x * size).astype(dtype), (C * size).astype(dtype)
            rel = (d + 8) * np.finfo(dtype).eps / 2
            yinyang_kernels.squared_four(x, C, 0, 1, out)
            for c, four in zip(C, out):
                true = squared(x.tolist(), c.tolist())
                assert kernels.exact(x, c.astype(np.float64)) == true
                near = yinyang_kernels.squared(x, c)
                assert abs(near - true) <= rel * true
                assert abs(float(four) - true) <= rel * true


@needs_kernels
@pytest.mark.parametrize("bound", [0.0, 1 / 3, 1e9, 3e38, 1e39, np.inf])
def test_stored_bounds_are_lower_bounds_still(bound):
    """Float32 would make infinity of a large one, which skips any centre."""
    from kmeanslab.engine.assign import yinyang_kernels
    with np.errstate(over="ignore"):
        stored = np.float32(yinyang_kernels.stored(bound))
    assert float(stored) <= bound and stored < np.inf


@needs_kernels
@pytest.mark.parametrize("dtype", TYPES)
@pytest.mark.parametrize("d", [1, 2, 3, 4, 5, 6, 7, 8, 16])
@pytest.mark.parametrize("k", [1, 4, 5])
def test_lanes_follow_the_formula(k, d, dtype):
    """Sums of many points side by side are the formula's, to the last bit."""
    from kmeanslab.engine.assign import lanes
    rng = np.random.default_rng(d)
    X, C = draw(rng, "mixed", 700, d, dtype), rng.normal(size=(k, d))
    work, best = lanes.workspace(d)
    ranked = []
    for s in range(0, 700, len(best)):
        rows = np.arange(s, min(s + len(best), 700))
        p = len(rows)
        lanes.gather(X, rows, work[3:])
        lanes.rank(work[3:], lanes.paired(C), work[0, :p], work[1, :p],
                   work[2, :p], best[:p])
        ranked += zip(best, *work[1:3, :p].tolist())
    for x, found in zip(X.astype(float).tolist(), ranked):
        right = [squared(x, c) for c in C.tolist()]
        least, second = sorted([*right, np.inf])[:2]
        assert found == (right.index(least), least, second)


@pytest.mark.parametrize("dtype", TYPES)
@pytest.mark.parametrize("n, d", [(1, 5000), (2, 5000), (3, 1), (700, 3),
                                  (40, 784)])
def test_the_formula_adds_from_left_to_right(n, d, dtype):
    """Whatever the shape: NumPy's own sum of one long row is another."""
    X = draw(np.random.default_rng(d), "mixed", n, d, dtype)
    c = X[0].astype(float)[::-1].copy()
    right = [squared(x, c.tolist()) for x in X.astype(float).tolist()]
    assert squared_distances(X, c).tolist() == right
    assert squared_distances(X, np.tile(c, (n, 1))).tolist() == right


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("dtype", TYPES)
@pytest.mark.parametrize("d", [1, 2, 3, 5, 16, 17, 60])
def test_blocks_that_are_asked_once(d, dtype, method):
    """Labels and distances are the formula's, to the last bit."""
    rng = np.random.default_rng(d)
    X = draw(rng, "mixed", 700, d, dtype)
    C = np.concatenate([X[:9], X[:3]]).astype(float)
    right, step = Block(X, np.ones(700), 12), method(X, 12)
    block = step.block(X, np.ones(700))
    right.label_once(C)
    if not method.needs_copy:
        block.label_once(step.centres(C, np.zeros(12)))
        assert block.labels.tolist() == right.labels.tolist()
        weighted = rng.integers(0, 3, 700).astype(float)
        block, right = (b.block(X, weighted) for b in (step, Direct(X, 12)))
        assert block.score_once(step.centres(C, np.zeros(12)), C) == (
            right.score_once(C, C))
    for kind in (np.float32, np.float64):
        for b, centres in (block, step.distance_centres(C)), (right, C):
            b.distances = np.empty((700, 12), kind)
            b.fill_distances(centres)
        assert block.distances.tobytes() == right.distances.tobytes()
        assert (block.distances.argmin(axis=1) == right.labels).all()


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("kind", [np.float64, np.float32])
def test_the_first_minimum_of_distances_is_the_label(kind, method):
    """Also where roots are equal whose squares are not, or overflow."""
    hidden, x = 0, np.zeros((1, 3), kind)
    for c in np.random.default_rng(0).random((300, 3)).astype(kind):
        C = np.array([c, c[::-1], [1e300, 0, 0]], float)
        step = method(x, 3)
        block = step.block(x, np.ones(1))
        block.distances = np.empty((1, 3), kind)
        with np.errstate(all="ignore"):
            block.fill_distances(step.distance_centres(C))
        squares = [squared(x[0].tolist(), c) for c in C.tolist()]
        label = squares.index(min(squares))
        assert block.distances[0].argmin() == label
        roots = np.sqrt(squares).astype(kind)
        hidden += label > 0 and roots[0] == roots[1]
    assert hidden


def test_the_farthest_points_are_the_first_of_a_stable_order():
    """Many are equally far; one without weight is never among them."""
    rng = np.random.default_rng(0)
    X, weights = rng.integers(0, 3, (40, 1)).astype(float), np.ones(40)
    weights[X.argmax()] = 0
    block = Block(X, weights, 1)
    block.labels[:] = 0
    order = sorted(np.flatnonzero(weights), key=lambda i: -X[i, 0])
    for count in (1, 7, 39, 40, 50):
        found = block.farthest(np.zeros((1, 1)), count)
        assert [x[0] for _, x, *_ in found] == X[order[:count], 0].tolist()


@pytest.mark.parametrize("dtype", [np.float64, np.float32, np.int8])
def test_full_csr_points_are_added_up_as_few_are(dtype):
    """Dense sums and sparse ones: the same bits, weights and counts."""
    rng = np.random.default_rng(0)
    X = (sparse.random_array((300, 40), density=0.5, rng=rng) * 100).tocsr()
    X, weights = X.astype(dtype), rng.choice([0, 1, 0.3], 300)
    new, none = rng.integers(0, 4, 300), np.full(300, -1)
    _, sums, *counts = sum_changes(X, weights, new, none, 5)
    assert isinstance(sums, np.ndarray)
    few, some, *right = sum_changes(
        X, weights, new, np.where(np.arange(300) < 1, 4, -1), 5)
    assert few.tolist() == [0, 1, 2, 3, 4] and sparse.issparse(some)
    assert sums[:4].tobytes() == some.toarray()[:4].tobytes()
    assert [c[:4].tolist() for c in counts] == [c[:4].tolist() for c in right]
    assert not sums[4].any() and not any(c[4] for c in counts)
