"""Numbers that the seeding bears: huge, tiny, far apart, equal, not finite."""

import numpy as np
import pytest
from scipy import sparse
from threadpoolctl import threadpool_limits

from kmeanslab.engine import seeding, seeding_distances
from kmeanslab.engine.assign.distances import squared_distances
from kmeanslab.engine.seeding import kmeans_plus_plus, random_rows
from tests.kmeanslab.engine.test_seeding import by_products, images, seeded

pytestmark = pytest.mark.filterwarnings("error")


@pytest.mark.parametrize("small", [0, 2 ** 19, None],
                         ids=["large", "small", "by the formula"])
@pytest.mark.parametrize("dtype, offset, scale", [
    (np.uint8, 0, 1), (np.float32, 0, 1), (np.float64, 0, 1),
    (np.float32, 1e6, 1), (np.float64, 1e6, 1e-6), (np.float32, 0, 1e-25),
    (np.float64, 0, 1e-60), (np.float32, 0, 1e25), (np.float64, 0, 1e60),
    (np.float64, -1e3, 1e-9)])
def test_each_distinct_row_is_chosen_once(
        monkeypatch, dtype, offset, scale, small):
    """Duplicates are at distance 0, whatever the numbers are like."""
    if small is not None:
        by_products(monkeypatch, small)
    random = seeded(1)
    rows = np.unique(random.randint(0, 9, size=(40, 5)), axis=0)
    X = (rows[random.randint(len(rows), size=600)] * scale + offset).astype(
        dtype)
    k = len(np.unique(X, axis=0))
    centres, indices = kmeans_plus_plus(X, k, np.ones(600), random)
    assert len(np.unique(centres, axis=0)) == k == len(rows)
    assert np.array_equal(centres, X[indices])


@pytest.mark.parametrize("small", [0, 2 ** 19, None],
                         ids=["large", "small", "by the formula"])
@pytest.mark.parametrize("apart, scale", [
    (1e2, 1), (1e5, 1), (1e9, 1), (1e30, 1), (1, 1e-22), (1, 1e-30)])
def test_distances_are_right_where_they_are_small(
        monkeypatch, apart, scale, small):
    """Tight clusters far apart: no distance loses more than a few digits."""
    if small is not None:
        by_products(monkeypatch, small)
    seen, step = [], seeding.Seeds.step

    def spy(self, *args):
        step(self, *args)
        seen.append(self.D.copy())

    monkeypatch.setattr(seeding.Seeds, "step", spy)
    random = seeded(2)
    X = random.normal(size=(600, 20)) + apart * random.randint(
        2, size=(600, 20)) * (np.arange(20) < 3)
    X *= scale
    indices = kmeans_plus_plus(X, 12, np.ones(600), random)[1]
    for count, D in enumerate(seen, start=1):
        right = np.min([squared_distances(X, c) for c in X[indices[:count]]],
                       axis=0)
        assert np.allclose(D, right, rtol=0.01, atol=0)


def test_huge_numbers_warn_of_nothing_in_any_thread(monkeypatch):
    """float32 overflows, and float64 takes over quietly."""
    monkeypatch.setattr(seeding_distances, "SMALL_VALUES", 0)
    X = images().astype(np.float32) * np.float32(1e30)
    with threadpool_limits(2):
        indices = kmeans_plus_plus(X, 5, np.ones(3000), seeded(0))[1]
    assert len(set(indices)) == 5


@pytest.mark.parametrize("d", [2, 30])
@pytest.mark.parametrize("form", [np.asarray, sparse.csr_array])
@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_nan_and_infinity_end_with_a_sentence(form, d, value):
    """Nothing is drawn for ever."""
    X = images(300, d)
    X[7, 1] = value
    with pytest.raises(ValueError, match="NaN or infinity"):
        kmeans_plus_plus(form(X), 5, np.ones(300), seeded(0))


@pytest.mark.parametrize("d", [2, 30])
@pytest.mark.parametrize("form", [np.asarray, sparse.csr_array])
@pytest.mark.parametrize("scale", [2.0 ** e for e in (-1000, -600, 600, 1000)])
def test_scales_make_no_difference(form, d, scale):
    """From 1e-300 to 1e300 the same points are chosen."""
    X = images(300, d)
    rows = kmeans_plus_plus(form(X), 20, np.ones(300), seeded(0))[1]
    with np.errstate(all="raise"):
        scaled = kmeans_plus_plus(form(X * scale), 20, np.ones(300),
                                  seeded(0))[1]
    assert np.array_equal(scaled, rows)


@pytest.mark.parametrize("form", [np.asarray, sparse.csr_array])
def test_points_of_all_scales_end(form):
    """Points from 1e-300 to 1e300 in one data set, and only huge weights."""
    X = 10.0 ** np.arange(-300, 301, 5)[:, None] * np.ones(6)
    indices = kmeans_plus_plus(form(X), 40, np.full(121, 1e308), seeded(0))[1]
    assert len(indices) == 40 and indices[-1] < 121
    assert len(random_rows(form(X), 40, np.full(121, 1e308), seeded(0))) == 40


@pytest.mark.parametrize("form", [np.asarray, sparse.csr_array])
def test_one_far_point_does_not_spoil_the_others(monkeypatch, form):
    """It becomes a centre; the rest is chosen as without it, and precisely."""
    monkeypatch.setattr(seeding_distances, "SMALL_VALUES", 0)
    X = images(3000, 30)
    X[5] = 1e9
    seen, step = [], seeding.Seeds.step

    def spy(self, *args):
        step(self, *args)
        seen.append(self.D.copy())

    monkeypatch.setattr(seeding.Seeds, "step", spy)
    indices = kmeans_plus_plus(form(X), 9, np.ones(3000), seeded(0))[1]
    right = np.min([squared_distances(X, c) for c in X[indices]], axis=0)
    assert 5 in indices
    assert np.allclose(seen[-1], right, rtol=0.01, atol=0)


@pytest.mark.parametrize("form", [np.asarray, sparse.csr_array])
def test_constant_points_are_drawn_by_weight(form):
    """All distances are 0, and not what rounding makes of them."""
    weights = np.arange(3000) % 2
    X = np.full((3000, 30), 0.1)
    indices = kmeans_plus_plus(form(X), 9, weights.astype(float), seeded(0))[1]
    assert len(indices) == 9 and (weights[indices] == 1).all()
