"""The matrix product: its error limits hold, and are those of each pair."""

from fractions import Fraction
from unittest import mock

from hypothesis import given, settings, strategies as st
import numpy as np
import pytest

from kmeanslab.engine import lloyd
from kmeanslab.engine.assign import distances, matmul
from kmeanslab.engine.assign.distances import nearest, squared_distances
from kmeanslab.engine.assign.matmul import Centres, Matmul
from kmeanslab.engine.predict import predict

TYPES = [np.float64, np.float32, np.uint8]
SCALES = [1e-300, 1e-200, 1e-155, 1e-60, 1e-30, 1e-12, 1, 1e12, 1e19, 1e30,
          1e60, 1e150, 1e160, 1e200, 1e300]


def draw(seed, dtype):
    """Return points and centres of all scales, with outliers and offsets."""
    rng = np.random.default_rng(seed)
    n, d = int(rng.integers(2, 40)), int(rng.choice([1, 3, 20]))
    X = rng.normal(size=(n, d))
    if rng.integers(2):
        X = X[rng.integers(0, n, n)]
    X += rng.choice([0, 0, 10, 1e6])
    X *= rng.choice(SCALES)
    with np.errstate(all="ignore"):
        if rng.integers(3) == 0:
            X[rng.integers(n)] *= 1e9
        if dtype == np.uint8:
            X = rng.integers(0, 256, (n, d))
        X = X.astype(dtype)
    X[~np.isfinite(X)] = 1
    k = int(rng.integers(1, n + 1))
    return X, X[rng.integers(0, n, k)].astype(np.float64)


@settings(max_examples=200)
@given(seed=st.integers(0, 2 ** 32 - 1), dtype=st.sampled_from(TYPES))
def test_labels_are_the_formulas_at_every_scale(seed, dtype):
    """Under- and overflow decide nothing; fit and predict agree."""
    X, C = draw(seed, dtype)
    with np.errstate(all="ignore"):
        right = lloyd.run(X, C, max_iter=20)
        found = lloyd.run(X, C, max_iter=20, method=Matmul)
    assert found.labels.tolist() == right.labels.tolist()
    assert found.n_iter == right.n_iter
    assert found.centres.tobytes() == right.centres.tobytes()
    assert predict(X, found.centres)[0].tolist() == found.labels.tolist()


@settings(max_examples=100)
@given(seed=st.integers(0, 2 ** 32 - 1), dtype=st.sampled_from(TYPES))
def test_ranks_keep_their_promise(seed, dtype):
    """No centre is farther below another than the limits say."""
    X, C = draw(seed, dtype)
    with np.errstate(all="ignore"):
        method = Matmul(X, len(C))
        centres = Centres(C, method)
        W = method.frame.read(X)
        ranks = np.empty((len(X), len(C)), np.float32)
        centres.rank(W, ranks)
        ranks = ranks.astype(np.float64)
        squares = np.einsum("ij,ij->i", W, W)
        true = np.stack([squared_distances(X, c) for c in C], axis=1)
        true *= method.frame.scale ** 2
        for j in range(len(C)):
            error = centres.error(squares, np.full(len(X), j)).astype(float)
            # no rank is above its distance, relative to that of centre j
            above = (ranks - ranks[:, [j]]) - (true - true[:, [j]])
            fine = np.isfinite(above) & np.isfinite(error)[:, None]
            assert (above <= 2 * error[:, None])[fine].all()


def asked(monkeypatch):
    """Return a list of how many points each call of `closest` doubts."""
    counts, settle = [], distances.settle
    monkeypatch.setattr(distances, "settle", lambda D, *args: counts.append(
        len(D)) or settle(D, *args))
    return counts


@pytest.mark.parametrize("what", ["point", "centre", "equal centres"])
def test_one_far_point_or_centre_leaves_no_doubt_elsewhere(monkeypatch, what):
    """Error limits are those of each point and each centre."""
    counts = asked(monkeypatch)
    X = np.random.default_rng(0).normal(size=(2000, 30))
    C = X[:10].copy()
    if what == "point":
        X[77] = 1e9
    elif what == "centre":
        C[3] = 1e9
    else:
        C[3] = C[4]
    block = Matmul(X, 10).block(X, np.ones(2000))
    labels = block.assign(Centres(C, block.method))[0]
    assert labels.tolist() == nearest(X, C).tolist()
    assert sum(counts) <= 20


@pytest.mark.parametrize("scale", [1e-100, 1e-20, 1e20, 1e100])
def test_scaled_points_leave_no_doubt(monkeypatch, scale):
    """A power of two brings them to where float32 is precise."""
    counts = asked(monkeypatch)
    X = np.random.default_rng(0).normal(size=(2000, 30)) * scale
    block = Matmul(X, 10).block(X, np.ones(2000))
    labels = block.assign(Centres(X[:10].copy(), block.method))[0]
    assert labels.tolist() == nearest(X, X[:10]).tolist()
    assert sum(counts) <= 20
    power = Fraction(matmul.typical_scale(X))
    assert 1 in (power.numerator, power.denominator)


def test_a_tie_goes_to_the_lowest_index_whatever_the_last_label():
    """The error of the lowest rank counts, not that of the last label."""
    X = np.full((30, 8), 255, np.uint8)
    X[3, 3] = 254
    C = np.full((2, 8), 255.0)
    C[1, 3] = 253
    block = Matmul(X, 2).block(X, np.ones(30))
    block.labels = np.zeros(30, np.intp)
    labels = block.assign(Centres(C, block.method))[0]
    assert labels.tolist() == nearest(X, C).tolist() == 30 * [0]


@given(st.integers(0, 10 ** 6))
@settings(max_examples=200, deadline=None)
def test_equal_centres_are_found_part_by_part(seed):
    """Among some that are equally long, differ late, or in the sign of 0."""
    rng = np.random.default_rng(seed)
    d, k = int(rng.integers(1, 7)), int(rng.integers(1, 9))
    C = rng.choice([0.0, -0.0, 1.0], (k, d), p=[0.3, 0.1, 0.6])
    right = [j for j in range(k) if any((C[i] == C[j]).all()
                                        for i in range(j))]
    with mock.patch.object(distances, "REPEATED_COLUMNS", 2):
        assert distances.repeated((C ** 2).sum(axis=1),
                                  lambda *at: C[at], d) == right
