"""The clusters' sums: what adds them up, in NumPy and compiled."""
import numpy as np
import pytest

from kmeanslab.engine.update import Clusters
from tests.kmeanslab.needs import needs_kernels

CASES = ["random", "huge", "overflow", "empty", "worn", "dropped"]


def made(case, rng):
    """Return changes of clusters (4 of 3 columns) and centres."""
    sums = rng.normal(size=(4, 3)) * (1e300 if case == "huge" else 1)
    weights, members = rng.random(4) + 1, np.array([3.0, 2, 4, 1])
    C = rng.normal(size=(4, 3))
    changes = [(np.arange(4), sums, weights, members)]
    if case == "overflow":
        sums[1] = np.inf, -np.inf, np.nan
    if case in ("empty", "worn"):
        few = np.array([1, 3])
        share = 1.0 if case == "empty" else 1 - 1e-6
        changes.append((few, -sums[few] * share, -weights[few] * share,
                        -members[few] if case == "empty" else np.zeros(2)))
    if case == "dropped":
        C[2] = np.inf
    return changes, C


@needs_kernels
@pytest.mark.parametrize("case", CASES)
def test_compiled_sums_are_numpys_to_the_last_bit(case):
    """So a run may change over from one to the other."""
    from kmeanslab.engine.update_kernels import CompiledClusters
    changes, C = made(case, np.random.default_rng(0))
    found = []
    with np.errstate(all="ignore"):
        for kind in (Clusters, CompiledClusters):
            clusters = Clusters(4, 3).handed_to(kind)
            assert type(clusters) is kind
            asked = []
            for change in changes:
                clusters.add([change])
                clusters.refresh(lambda name, worn: asked.append(
                    (name, worn.tolist())) or [])
            found.append([
                clusters.sums.tobytes(), clusters.weights.tobytes(),
                clusters.members.tobytes(), clusters.peak.tobytes(),
                clusters.means(C).tobytes(), np.float64(
                    clusters.cost(C)).tobytes(), asked])
    assert found[0] == found[1]
    assert bool(asked) == (case in ("empty", "worn"))


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
