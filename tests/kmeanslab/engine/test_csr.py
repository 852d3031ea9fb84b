"""Sparse points: the formula's labels, without a dense copy of the points."""

from hypothesis import example, given, settings, strategies as st
import numpy as np
import pytest
from scipy import sparse

from kmeanslab.engine import lloyd
from kmeanslab.engine.assign import csr
from kmeanslab.engine.assign.csr import Sparse
from kmeanslab.engine.assign.csr_rows import as_csr, canonical, row_slice
from kmeanslab.engine.assign.distances import nearest, squared_distances
from kmeanslab.engine.predict import predict
from tests.kmeanslab.engine.methods import thirds

pytestmark = pytest.mark.filterwarnings("error")
KINDS = ["counts", "text", "binary", "duplicates", "constant", "empty rows",
         "offset", "tiny", "huge", "1e-160", "1e160", "1e-200", "1e200",
         "mixed", "outlier", "near ties", "dense"]


def draw(rng, kind, n, d):
    """Return points (n, d) of a kind that makes trouble, dense."""
    stored = rng.uniform(size=(n, d)) < 0.3
    X = rng.normal(size=(n, d)) * stored
    if kind == "counts":
        X = rng.poisson(0.4, size=(n, d)).astype(float)
    elif kind == "text":
        X = np.abs(X) / np.maximum(1e-9, np.linalg.norm(X, axis=1))[:, None]
    elif kind == "binary":
        X = stored.astype(float)
    elif kind == "duplicates":
        X = X[rng.integers(0, max(1, n // 5), n)]
    elif kind == "constant":
        X = np.broadcast_to(X[0], (n, d)).copy()
    elif kind == "empty rows":
        X[rng.uniform(size=n) < 0.5] = 0.0
    elif kind == "offset":
        X[:, 0] += 1e8
    elif kind == "tiny":
        X *= 1e-30
    elif kind == "huge":
        X *= 1e25
    elif kind.startswith("1e"):
        X *= float(kind)
    elif kind == "mixed":
        X *= 10.0 ** rng.integers(-10, 10, size=(n, 1))
    elif kind == "outlier":
        X[0] = 1e12
    elif kind == "near ties":
        X = np.round(X) * (1 + rng.choice([0, 1e-7, 1e-15], size=(n, 1)))
    elif kind == "dense":
        X = rng.normal(size=(n, d))
    return X


def case(seed, kind, dtype=np.float64, n=60):
    """Return points, centres (some points, some twice) and weights."""
    rng = np.random.default_rng(seed)
    n, d = int(rng.integers(1, n + 1)), int(rng.choice([1, 2, 8, 50]))
    with np.errstate(over="ignore"):
        X = draw(rng, kind, n, d).astype(dtype)
    X[~np.isfinite(X)] = 0
    k = int(rng.integers(1, min(n, 20) + 1))
    C = X[rng.choice(n, k, replace=seed % 2)].astype(np.float64)
    weights = np.ones(n)
    if seed % 3 == 0:
        weights = rng.choice([0, 0.1, 0.3, 1, 2.5], size=n)
        weights[0] = 1.0
    return X, C, weights


def assert_same(sparse_result, result, weights):
    """Assert equal labels, iterations and centres; inertia but rounding."""
    assert sparse_result.labels.tolist() == result.labels.tolist()
    assert sparse_result.n_iter == result.n_iter
    assert sparse_result.converged == result.converged
    assert np.array_equal(sparse_result.centres, result.centres)
    assert sparse_result.kept.tolist() == result.kept.tolist()
    with np.errstate(over="ignore"):
        scale = weights.sum() * np.square(result.centres).sum()
    if np.isfinite(scale):
        assert sparse_result.inertia == pytest.approx(
            result.inertia, rel=1e-10, abs=1e-12 * scale)


@settings(max_examples=150)
@given(seed=st.integers(0, 2 ** 32 - 1), kind=st.sampled_from(KINDS),
       dtype=st.sampled_from([np.float64, np.float32]),
       empty=st.sampled_from(["relocate", "drop"]))
@example(2091, "1e160", np.float64, "relocate")  # infinite, without weight
def test_sparse_points_take_the_steps_of_dense_ones(seed, kind, dtype, empty):
    """Labels, iterations and centres are the formula's on all values."""
    X, C, weights = case(seed, kind, dtype)
    result = lloyd.run(X, C, weights, empty=empty, max_iter=30)
    found = lloyd.run(sparse.csr_array(X), C, weights, empty=empty,
                      max_iter=30, method=Sparse)
    assert_same(found, result, weights)
    labels, inertia = predict(sparse.csr_array(X), found.centres, weights)
    assert labels.tolist() == found.labels.tolist()
    assert inertia == found.inertia or np.isnan(inertia)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("few", [False, True])
def test_few_points_of_many_columns_find_the_same_centres(kind, few):
    """One centre at a time instead of a copy of all."""
    X = draw(np.random.default_rng(5), kind, 60, 400)
    points = X[40:41] if few else X[40:]
    method = Sparse(sparse.csr_array(points), 30)
    method.few = few
    block = method.block(method.X, np.ones(len(points)))
    with np.errstate(all="ignore"):
        block.label_once(method.centres(X[:30], np.zeros(30)))
        assert block.labels.tolist() == nearest(points, X[:30]).tolist()


@pytest.mark.parametrize("kind", KINDS)
def test_sums_find_the_same_labels_as_their_means(kind):
    """Those of mini-batches are divided after the product."""
    X = draw(np.random.default_rng(5), kind, 60, 50)
    divisors = np.resize([1.0, 3.0, 0.7], 20)
    method = Sparse(sparse.csr_array(X), 20)
    block = method.block(method.X, np.ones(60))
    with np.errstate(all="ignore"):
        sums = X[:20] * divisors[:, None]
        block.label_batch(*method.batch_centres(sums, divisors))
        C = sums / divisors[:, None]
        assert block.labels.tolist() == nearest(X, C).tolist()


@pytest.mark.parametrize("order", ["C", "F"])
def test_dense_rows_become_the_csr_that_scipy_makes(order):
    """Also negative zeros and rows without values."""
    C = np.array(draw(np.random.default_rng(0), "counts", 9, 30), order=order)
    C[3], C[4, 2] = -0.0, -1.5
    found, right = as_csr(C), sparse.csr_array(C)
    assert found.has_canonical_format and (found.toarray() == C).all()
    for name in ("data", "indices", "indptr"):
        assert (getattr(found, name) == getattr(right, name)).all()


@pytest.mark.parametrize("kind", KINDS)
def test_threads_and_blocks_do_not_change_a_bit(kind, monkeypatch):
    """The same bits for 1, 2 and 5 threads, the same labels for any blocks."""
    X, C, weights = case(3, kind, n=60)
    monkeypatch.setattr(lloyd, "row_blocks", thirds)
    monkeypatch.setattr(csr, "CHUNK_VALUES", 40)
    first, *others = [
        lloyd.run(sparse.csr_array(X), C, weights, max_iter=30, method=Sparse,
                  threads=threads) for threads in (1, 2, 5)]
    for other in others:
        assert other.centres.tobytes() == first.centres.tobytes()
        assert np.array_equal(other.inertia, first.inertia, equal_nan=True)
    assert_same(first, lloyd.run(X, C, weights, max_iter=30), weights)


def untidy(X, rng):
    """Return X as CSR with its entries split up, shuffled, and zeros."""
    rows, columns = np.nonzero(X)
    half = X[rows, columns] / 2
    order = rng.permutation(3 * len(rows))
    order = order[np.argsort(np.tile(rows, 3)[order], kind="stable")]
    values = np.concatenate([half, half, 0 * half])[order]
    return sparse.csr_array(
        (values, np.tile(columns, 3)[order],
         np.append(0, np.cumsum(3 * np.bincount(rows, minlength=len(X))))),
        shape=X.shape)


@pytest.mark.parametrize("index", [np.int32, np.int64])
@pytest.mark.parametrize("kind", ["counts", "empty rows", "duplicates"])
def test_untidy_csr_is_read_as_what_it_means(kind, index):
    """Unsorted, duplicate and zero entries; the user's arrays stay."""
    X, C, weights = case(1, kind)
    points = untidy(X, np.random.default_rng(0))
    points.indices = points.indices.astype(index)
    points.indptr = points.indptr.astype(index)
    before = [array.copy() for array in (points.data, points.indices)]
    assert_same(lloyd.run(points, C, weights, method=Sparse),
                lloyd.run(X, C, weights), weights)
    for array, old in zip((points.data, points.indices), before):
        assert np.array_equal(array, old)
    assert canonical(points).has_canonical_format


def test_duplicate_entries_are_added_in_their_order():
    """The sum of many entries of one place is what `toarray` gives."""
    rng = np.random.default_rng(0)
    values = rng.normal(size=300) * 10.0 ** rng.integers(-9, 9, 300)
    X = sparse.csr_array((values, rng.integers(0, 3, 300), [0, 300]),
                         shape=(1, 3))
    assert np.array_equal(canonical(X).toarray(), X.toarray())


@pytest.mark.parametrize("kind", KINDS)
def test_own_distances_and_farthest_points_are_the_formulas(kind):
    """Distances to rounding, the order of the farthest to the last bit."""
    X, C, _ = case(7, kind)
    X, weights = np.repeat(X, 2, axis=0), np.ones(2 * len(X))
    with np.errstate(all="ignore"):
        points = sparse.csr_array(X)
        block = Sparse(points, len(C)).block(points, weights)
        block.start()
        block.labels = nearest(X, C)
        right = squared_distances(X, C[block.labels])
        found = block.own_distances(C)
        if np.isfinite(right).all():
            scale = np.square(C).sum(axis=1)[block.labels].max()
            np.testing.assert_allclose(found, right, rtol=1e-9,
                                       atol=1e-14 * scale)
        far = block.farthest(C, 5)
    at = np.argsort(-right, kind="stable")[:5]
    assert [point[0] for point in far] == right[at].tolist()
    assert [point[3] for point in far] == block.labels[at].tolist()


def test_equal_centres_cost_nothing(monkeypatch):
    """Doubt between centres that are equal does not ask the formula."""
    asked = []
    settle = csr.settle
    monkeypatch.setattr(csr, "settle", lambda *args: asked.append(
        len(args[0])) or settle(*args))
    rng = np.random.default_rng(0)
    X = sparse.random_array((500, 40), density=0.2, rng=rng, format="csr")
    C = X[rng.integers(0, 20, 60)].toarray()
    labels = predict(X, C)[0]
    assert labels.tolist() == nearest(X, C).tolist()
    assert sum(asked) < 20


def test_a_far_point_or_centre_leaves_the_others_without_doubt(monkeypatch):
    """Error limits are those of each point and centre."""
    asked = []
    settle = csr.settle
    monkeypatch.setattr(csr, "settle", lambda *args: asked.append(
        len(args[0])) or settle(*args))
    rng = np.random.default_rng(0)
    X = sparse.random_array((500, 40), density=0.2, rng=rng,
                            format="csr").toarray()
    X[0] = 1e12
    C = np.concatenate([X[:9], np.full((1, 40), 1e15)])
    labels = predict(sparse.csr_array(X), C)[0]
    assert labels.tolist() == nearest(X, C).tolist()
    assert sum(asked) < 20


def test_rows_are_views():
    """A slice of rows shares the memory of the points."""
    X = sparse.random_array((50, 9), density=0.5, format="csr")
    part = row_slice(X, slice(10, 30))
    assert np.array_equal(part.toarray(), X.toarray()[10:30])
    assert np.shares_memory(part.data, X.data)
    assert np.shares_memory(part.indices, X.indices)


@settings(max_examples=60)
@given(seed=st.integers(0, 2 ** 32 - 1), kind=st.sampled_from(KINDS),
       dtype=st.sampled_from([np.float64, np.float32]))
def test_distances_to_all_centres_do_not_cancel(seed, kind, dtype):
    """They are the formula's up to rounding; the minimum is the label's."""
    X, C, _ = case(seed, kind, dtype)
    with np.errstate(all="ignore"):
        right = np.stack([squared_distances(X, c) for c in C], axis=1)
        points = sparse.csr_array(X)
        D, labels = csr.distances_to_all(
            points, Sparse(points, len(C)).distance_centres(C))
        assert labels.tolist() == nearest(X, C).tolist()
    if np.isfinite(right).all():
        np.testing.assert_allclose(D, right, rtol=1e-9, atol=1e-300)
        assert (D.min(axis=1) == D[np.arange(len(D)), labels]).all()


@pytest.mark.parametrize("dtype", [np.uint8, np.float32, np.float64])
def test_weights_of_a_batch_are_not_rounded_to_the_type_of_the_points(dtype):
    """Of sparse points and of dense ones the sums are the same."""
    rng = np.random.default_rng(0)
    X = (rng.poisson(0.5, (20, 6)) * 3).astype(dtype)
    block = Sparse(sparse.csr_array(X), 3).block(
        sparse.csr_array(X), rng.uniform(0.1, 2, 20))
    block.labels = rng.integers(0, 3, 20)
    labels, rows, weights, _ = block.first_change()
    assert (labels == block.labels).all() and (weights == block.weights).all()
    assert (rows.toarray() == X * block.weights[:, None]).all()
