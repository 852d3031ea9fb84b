"""The clusters' sums: what adds them up, in NumPy and compiled."""
from contextlib import suppress

import numpy as np
import pytest
from scipy import sparse

from kmeanslab.engine import update
from kmeanslab.engine.assign.csr import Sparse
from kmeanslab.engine.lloyd import run
from kmeanslab.engine.update import Clusters

CASES = ["random", "huge", "overflow", "empty", "worn", "dropped"]


def made(case, rng, d):
    """Return changes of clusters (4 of d columns) and centres."""
    sums = rng.normal(size=(4, d)) * (1e300 if case == "huge" else 1)
    weights, members = rng.random(4) + 1, np.array([3.0, 2, 4, 1])
    C = rng.normal(size=(4, d))
    changes = [(np.arange(4), sums, weights, members)]
    if case == "overflow":
        sums[1, :3] = np.inf, -np.inf, np.nan
    if case in ("empty", "worn"):
        few = np.array([1, 3])
        share = 1.0 if case == "empty" else 1 - 1e-6
        changes.append((few, -sums[few] * share, -weights[few] * share,
                        -members[few] if case == "empty" else np.zeros(2)))
    if case == "dropped":
        C[2] = np.inf
    return changes, C


def kinds():
    """Yield the kinds of clusters that do the same faster."""
    from kmeanslab.engine.update_changed import ChangedClusters
    yield ChangedClusters
    with suppress(ImportError):      # no Numba for this Python
        from kmeanslab.engine.update_kernels import CompiledClusters
        yield CompiledClusters


def bits(kind, changes, C):
    """Return all that clusters of this kind compute; what they asked for."""
    clusters, asked, found = Clusters(*C.shape).handed_to(kind), [], []
    assert type(clusters) is kind
    for change in changes:
        clusters.add([change])
        clusters.refresh(lambda name, worn: asked.append(
            (name, worn.tolist())) or [])
        found += [np.float64(clusters.cost(C)).tobytes()]
        last, C = C, clusters.means(C)
        clusters.C = C
        found += [array.tobytes() for array in (
            clusters.shifts(last, C), C, clusters.sums, clusters.weights,
            clusters.members, clusters.peak)]
    return found, asked


@pytest.mark.parametrize("d", [3, 64, 700])
@pytest.mark.parametrize("case", CASES)
def test_faster_clusters_are_numpys_to_the_last_bit(case, d, monkeypatch):
    """So a run may change over from one to the other."""
    monkeypatch.setattr(update, "PART_VALUES", 256)
    changes, C = made(case, np.random.default_rng(0), d)
    last = np.array([2])
    changes.append((last, np.ones((1, d)), np.ones(1), np.ones(1)))
    with np.errstate(all="ignore"):
        right = bits(Clusters, changes, C)
        assert bool(right[1]) == (case in ("empty", "worn"))
        for kind in kinds():
            assert bits(kind, changes, C) == right


def test_only_clusters_that_changed_are_computed_again(monkeypatch):
    """Of four, the one that got a point, and later nobody."""
    from kmeanslab.engine import update_changed
    counted = []
    for name in ("means", "row_costs"):
        def count(*args, real=getattr(update, name)):
            counted.append(len(args[-1]))
            return real(*args)
        monkeypatch.setattr(update_changed, name, count)
    changes, C = made("random", np.random.default_rng(0), 3)
    changes += [(np.array([2]), np.ones((1, 3)), np.ones(1), np.ones(1)),
                (np.array([], int), np.ones((0, 3)), np.ones(0), np.ones(0))]
    bits(update_changed.ChangedClusters, changes, C)
    # the cost after a step asks for what that step moved, too
    assert counted == [4, 4, 4, 1, 1]


@pytest.mark.parametrize("order", ["C", "F"])
def test_sparse_rows_are_added_one_after_the_other(order):
    """To rows that may be named in any order, several times or never."""
    rng = np.random.default_rng(0)
    rows = sparse.random_array((40, 9), density=0.3, rng=rng, format="csr")
    at = rng.integers(0, 5, 40)
    at[at == 3] = 1
    total = np.asarray(rng.normal(size=(6, 9)), order=order)
    right = total.copy()
    for j, row in zip(at, rows.toarray()):
        right[j] += row
    update.add_rows(total, at.astype(np.int32), rows)
    assert (total == right).all()


@pytest.mark.parametrize("threads", [1, 3])
def test_as_many_threads_share_the_clusters_as_a_run_may_use(threads,
                                                             monkeypatch):
    """Parts are single clusters here."""
    from kmeanslab.engine import update_changed
    asked = []
    monkeypatch.setattr(update_changed, "PART_VALUES", 1)
    monkeypatch.setattr(update_changed, "share", lambda work, parts, count: (
        asked.append((len(parts), count)), [work(part) for part in parts]))
    X = sparse.random_array((30, 8), density=0.5, format="csr",
                            rng=np.random.default_rng(0))
    run(X, X[:4].toarray(), method=Sparse, max_iter=1, threads=threads)
    assert set(asked) == {(4, threads)}


def test_the_cost_is_the_inertia_but_for_a_constant():
    """Between any two sets of centres."""
    rng = np.random.default_rng(1)
    X, labels = rng.normal(5, 1, (50, 3)), rng.integers(0, 4, 50)
    clusters = Clusters(4, 3)
    for x, j in zip(X, labels):
        clusters.add([([j], x[None], np.ones(1), np.ones(1))])
    first, second = rng.normal(5, 1, (2, 4, 3))
    inertia = [np.square(X - C[labels]).sum() for C in (first, second)]
    assert clusters.cost(first) - clusters.cost(second) == pytest.approx(
        inertia[0] - inertia[1])
