"""Estimated distances: what they decide is what the formula decides."""
import numpy as np
import pytest

pytest.importorskip("kmeanslab.engine.assign.kernels", exc_type=ImportError,
                    reason="estimates are made by kernels")

from kmeanslab.engine.assign import estimates  # noqa: E402
from kmeanslab.engine.assign.distances import all_distances  # noqa: E402
from kmeanslab.engine.assign.hamerly import Hamerly  # noqa: E402

N, K = 1100, 11              # more than two chunks; not a multiple of 4
SHAPES = [1, 2, 3, 4, 5, 17, 128]


def data(kind, d, dtype):
    """Return points (N, d) and centres (K, d)."""
    rng = np.random.default_rng(d)
    X = rng.normal(size=(N, d))
    if kind == "far from zero":
        X += 1e6
    if kind == "tiny":
        X *= 1e-150
    if kind == "outliers":
        X[::50] *= 10.0 ** rng.integers(1, 150, (N // 50, 1))
    if kind == "grid":
        X = rng.integers(0, 3, (N, d)).astype(float)
    if dtype == np.uint8:
        X = np.abs(X * 40).clip(0, 255)
    X = X.astype(dtype)
    C = X[rng.choice(N, K, replace=False)].astype(float)
    if kind == "dropped":
        C[3] = np.inf
    return X, C


def label(X, C):
    """Return labels, bounds of own distances, gaps, and what is unsure."""
    method = Hamerly(X, len(C))
    method.estimated = True
    centres = method.centres(C, np.zeros(len(C)))
    labels, unsure = np.full((2, len(X)), -7)
    margin = np.empty(len(X))
    X = X.view()
    X.flags.writeable = False
    count = estimates.label_rows(X, np.arange(len(X)), unsure, centres, labels,
                                 margin, *estimates.workspace(X.shape[1]))
    return labels, margin / method.scale, unsure[:count]


@pytest.mark.parametrize("d", SHAPES)
@pytest.mark.parametrize("dtype", [np.float64, np.float32, np.uint8])
@pytest.mark.parametrize("kind", ["blobs", "far from zero", "tiny", "grid",
                                  "outliers", "dropped"])
def test_what_is_sure_is_right(kind, dtype, d):
    """Labels are the formula's; margins are not wider than in truth."""
    if kind in ("far from zero", "tiny", "outliers") and (
            dtype == np.uint8 or kind != "far from zero"):
        dtype = np.float64                   # others cannot hold them
    with np.errstate(all="ignore"):
        X, C = data(kind, d, dtype)
        labels, margin, unsure = label(X, C)
        D = all_distances(X, C)
    sure = np.setdiff1d(np.arange(N), unsure)
    assert (labels[unsure] == -7).all()
    assert (labels[sure] == D.argmin(axis=0)[sure]).all()
    D = np.sqrt(np.sort(D, axis=0)[:2, sure])
    with np.errstate(invalid="ignore"):
        assert not (margin[sure] > (D[1] - D[0]) * (1 + 1e-9)).any()
    if kind != "grid" and dtype != np.uint8 and d > 1:
        assert len(unsure) < N / 20          # no equal centres


def test_points_in_the_middle_are_left_to_the_formula():
    """Equally far from two centres, or nearly: float32 cannot tell."""
    X = np.array([[0.0, 0, 0, 0]] * 3 + [[1e-9, 0, 0, 0], [0.5, 0, 0, 0]])
    C = np.zeros((40, 4))
    C[:2, 0], C[2:, 1] = [-1, 1], np.arange(9, 47)
    assert label(X, C)[2].tolist() == [0, 1, 2, 3]


def test_a_point_beyond_the_range_is_left_to_the_formula():
    """Products of float32 would overflow."""
    rng = np.random.default_rng(0)
    X = rng.normal(size=(200, 8))
    X[7] *= 1e30
    labels, _, unsure = label(X, X[:40])
    assert 7 in unsure and len(unsure) < 20
