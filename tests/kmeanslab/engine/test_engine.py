"""The lab's engine is exact: by whichever method, the labels are Lloyd's.

All assign steps are compared with a plain loop that shares no code with them,
on kinds of data that cause trouble: ties, duplicates, empty clusters, offsets,
scales where float32 ends, outliers that come and go.
"""
import csv

from hypothesis import given, settings, strategies as st
import numpy as np
import pytest

from kmeanslab.engine import lloyd
from kmeanslab.engine.assign.direct import Direct
from kmeanslab.engine.assign.matmul import Matmul
from kmeanslab.engine.update import Clusters
from tests.conftest import ROOT
from tests.kmeanslab.engine.methods import (
    KINDS, METHODS, TYPES, draw, squared, thirds)
from tests.kmeanslab.needs import needs_kernels


def plain_kmeans(X, C, weights, max_iter):
    """Lloyd's loop on lists; empty clusters keep their centres.

    It ends when no label changes, or no centre moves.
    """
    points, C = X.astype(float).tolist(), C.astype(float).tolist()
    labels = None
    for iteration in range(1, max_iter + 1):
        distances = [[squared(x, c) for c in C] for x in points]
        last, labels = labels, [row.index(min(row)) for row in distances]
        before = C[:]
        for j in range(len(C)):
            own = [i for i, label in enumerate(labels)
                   if label == j and weights[i]]
            if own:
                C[j] = np.average(X[own].astype(float), axis=0,
                                  weights=weights[own])
                C[j] = C[j].astype(result_type(X)).astype(float).tolist()
        if labels == last or C == before:
            break
    return labels, np.array(C), iteration


def result_type(X):
    """The type of the centres."""
    return np.float32 if X.dtype == np.float32 else np.float64


def keep(clusters, C, call):
    """A third rule for empty clusters, the simplest: they stay."""
    return clusters


@pytest.fixture(autouse=True)
def small_blocks(monkeypatch):
    """Few points are cut into several blocks, too."""
    monkeypatch.setattr(lloyd, "row_blocks", thirds)


def case(seed, kind, dtype, n=60, k=None, fractions=(0, 0.1, 0.3, 1, 2.5)):
    """Points, centres (some of the points, some twice) and weights."""
    rng = np.random.default_rng(seed)
    n, d = int(rng.integers(1, n + 1)), int(rng.choice([1, 2, 3, 8, 50]))
    X = draw(rng, kind, n, d, dtype)
    k = k or int(rng.integers(1, min(n, 30) + 1))
    C = X[rng.choice(n, k, replace=k > n or seed % 2)].astype(result_type(X))
    weights = np.ones(n)
    if seed % 3 == 0:
        weights = rng.choice(fractions, size=n)
        weights[0] = 1.0
    return X, C, weights


def assert_same(result, other):
    """Equal to the last bit."""
    assert result.labels.tolist() == other.labels.tolist()
    assert result.n_iter == other.n_iter
    assert result.converged == other.converged
    assert result.centres.tobytes() == other.centres.tobytes()
    assert result.kept.tolist() == other.kept.tolist()
    assert result.inertia == other.inertia


@pytest.mark.filterwarnings("ignore:overflow", "ignore:invalid")
@pytest.mark.parametrize("dtype", TYPES)
@pytest.mark.parametrize("kind", KINDS)
def test_methods_agree_to_the_last_bit(kind, dtype):
    """Labels, steps and centres are the same for all methods and threads."""
    for seed in range(6):
        X, C, weights = case(seed, kind, dtype)
        empty = ["relocate", "drop"][seed % 2]
        first, *others = [
            lloyd.run(X, C, weights, method=method, empty=empty, max_iter=50,
                      threads=threads)
            for threads, method in enumerate(METHODS, start=1)]
        for other in others:
            assert_same(first, other)


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("dtype", TYPES)
@pytest.mark.parametrize("kind", ["normal", "blobs", "grid", "constant",
                                  "outlier"])
def test_engine_is_the_plain_loop(kind, dtype, method, monkeypatch):
    """A loop of lists that shares no code finds the same."""
    monkeypatch.setitem(lloyd.EMPTY, "relocate", keep)
    for seed in range(4):
        X, C, weights = case(seed, kind, dtype, n=40, fractions=(0, 0.5, 2))
        labels, centres, steps = plain_kmeans(X, C, weights, 30)
        found = lloyd.run(X, C, weights, method=method, max_iter=30)
        if found.converged:
            assert found.labels.tolist() == labels
            assert found.n_iter == steps
            np.testing.assert_allclose(found.centres, centres, rtol=2e-6)


@settings(max_examples=40)
@given(st.data())
def test_any_small_integers(data):
    """On small integers, where ties abound, all methods agree."""
    n = data.draw(st.integers(1, 12))
    rows = st.lists(st.integers(0, 3), min_size=2, max_size=2)
    X = np.array(data.draw(st.lists(rows, min_size=n, max_size=n)), np.uint8)
    k = data.draw(st.integers(1, n))
    C = np.array(data.draw(st.lists(rows, min_size=k, max_size=k)), float)
    first, *others = [lloyd.run(X, C, method=method) for method in METHODS]
    for other in others:
        assert_same(first, other)
    np.testing.assert_array_equal(first.labels, [
        min(range(k), key=lambda j: squared(x, first.centres[j]))
        for x in X.astype(float)])


@needs_kernels
def test_large_groups_of_centres(monkeypatch):
    """Bounds for groups of more than four centres are as exact."""
    from kmeanslab.engine.assign import yinyang
    monkeypatch.setattr(yinyang, "MAX_GROUPS", 2)
    for seed in range(12):
        X, C, weights = case(seed, "normal", np.float32, n=120)
        assert_same(lloyd.run(X, C, weights),
                    lloyd.run(X, C, weights, method=yinyang.Yinyang))


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("name, steps, left", [("mnist", 13, 11),
                                               ("2d", 7, 2)])
def test_handout_is_repeated(method, name, steps, left):
    """With the handout's rule it is the assignment's run, step by step."""
    import kmeans
    X = np.array(read(ROOT / "data" / f"{name}.csv"))[:, 1:].astype(float)
    C = np.array(read(ROOT / "data" / f"{name}_init_centroids.csv"), float)
    found = lloyd.run(X, C, empty="drop", method=method)
    assert (found.n_iter, len(found.kept)) == (steps, left)
    centroids = {f"centroid{j}": c for j, c in enumerate(C.tolist())}
    for _ in range(steps):
        assigned = kmeans.assign_points_to_centroids(X.tolist(), centroids)
        centroids = kmeans.update_centroids(assigned)
    assert list(centroids) == [f"centroid{j}" for j in found.kept]
    np.testing.assert_allclose(found.centres, list(centroids.values()),
                               rtol=1e-9, atol=1e-9)
    assert [len(points) for points in assigned.values()] == np.bincount(
        found.labels).tolist()


def read(path):
    """The rows of a CSV file."""
    with open(path, newline="") as file:
        return list(csv.reader(file))


@pytest.mark.parametrize("method", METHODS)
def test_arguments_stay_as_they_are(method):
    """Points, centres and weights are not changed, nor need be writable."""
    X, C, weights = case(3, "blobs", np.float32)
    before = [array.tobytes() for array in (X, C, weights)]
    for array in (X, C, weights):
        array.flags.writeable = False
    lloyd.run(X, C, weights, method=method)
    assert [array.tobytes() for array in (X, C, weights)] == before


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("options", [
    {}, {"max_iter": 2}, {"tol": 0.5},
    {"callback": lambda number, step: True}])
def test_labels_belong_to_the_centres(method, options):
    """However a run ends, the labels are those of its last centres."""
    X, C, weights = case(4, "normal", np.float64, n=60, k=7)
    found = lloyd.run(X, C, weights, method=method, **options)
    again = lloyd.run(X, found.centres, weights, max_iter=1)
    assert found.labels.tolist() == [
        min(range(7), key=lambda j: squared(x, found.centres[j])) for x in X]
    brute = sum(squared(x, found.centres[j])
                for x, j in zip(X, found.labels))
    assert found.inertia == pytest.approx(brute, rel=1e-12)
    assert again.history[0].inertia == pytest.approx(brute, rel=1e-9)


@pytest.mark.parametrize("method", METHODS)
def test_history_counts_the_work(method):
    """The inertia never rises; work is counted; bounds save some of it."""
    rng = np.random.default_rng(0)
    X = rng.normal(size=(400, 5)) + 6 * rng.integers(0, 9, size=(400, 1))
    C, seen = X[:20], []
    found = lloyd.run(X, C, method=method,
                      callback=lambda number, step: seen.append(step))
    inertias = [step.inertia for step in found.history]
    assert inertias == sorted(inertias, reverse=True)
    np.testing.assert_allclose(
        [step.inertia for step in seen], inertias[:-1], rtol=1e-9)
    distances = [step.distances for step in found.history]
    if method is Direct or method is Matmul:
        assert distances == [len(X) * len(C)] * found.n_iter
    else:
        assert sum(distances) < len(X) * len(C) * found.n_iter / 2
    assert found.history[0].moved == found.history[0].rows == len(X)
    assert found.history[-1].moved == 0


@pytest.mark.parametrize("method", METHODS)
def test_outlier_leaves_no_noise_behind(method):
    """A point at 1e20 that joins a cluster and leaves it spoils no digits."""
    X = np.append(np.arange(1, 10) / 8, [1e20, 1.6e20])[:, None]
    found = lloyd.run(X, np.array([[0.0], [3e20]]), method=method)
    assert found.labels.tolist() == 9 * [0] + 2 * [1]
    assert found.history[1].moved == 1           # it left the small ones
    assert found.centres.tolist() == [[0.625], [1.3e20]]


@pytest.mark.filterwarnings("ignore:overflow", "ignore:invalid")
@pytest.mark.parametrize("method", METHODS)
def test_where_float32_ends_the_nearest_centre_is_still_found(method):
    """A centre whose square is too large for float32, and one that is not."""
    for near, x, far in [(1e19, 1.84e19, 1.85e19), (9.45e18, 1.4e19, 1.85e19),
                         (-5e18, 9.2e18, 1.85e19)]:
        X = np.array([[near], [x], [far]], np.float32)
        found = lloyd.run(X, X[[0, 2]], method=method, max_iter=1)
        assert found.labels.tolist() == [0, 1, 1]


def test_empty_cluster_holds_nothing():
    """What rounding left of weights that came and went is forgotten."""
    cluster = Clusters(1, 1)
    for sign in (1, -1):
        for weight in (0.1, 0.2, 0.3):
            cluster.add([([0], [[sign * weight * 7]], [sign * weight],
                          [sign])])
    assert cluster.weights == cluster.sums == 0
    assert 0.1 + 0.2 + 0.3 - 0.1 - 0.2 - 0.3 != 0


@pytest.mark.parametrize("method", METHODS)
def test_no_point_stays_with_a_dropped_centre(method):
    """A point without weight does not keep its centre, and looks elsewhere."""
    X, weights = np.array([[0.0], [1.0], [10.0]]), np.array([1.0, 1.0, 0.0])
    found = lloyd.run(X, np.array([[0.0], [10.0]]), weights, method=method,
                      empty="drop")
    assert found.kept.tolist() == [0]
    assert found.labels.tolist() == [0, 0, 0]


@needs_kernels
def test_mapped_file(tmp_path):
    """Points in a file are read there, with the same result."""
    X, C, _ = case(1, "blobs", np.uint8)
    np.save(tmp_path / "points.npy", X)
    mapped = np.load(tmp_path / "points.npy", mmap_mode="r")
    for method in METHODS:
        assert_same(lloyd.run(X, C), lloyd.run(mapped, C, method=method))
