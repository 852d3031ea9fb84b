"""Where the centres start: the distribution, exactly, and what may go wrong.

What scikit-learn draws from is worked out here in closed form, for few points:
the best of several candidates is the x of rank r with probability
(share of ranks >= r)^trials - (share of ranks > r)^trials.
"""

import itertools

import numpy as np
import pytest
from scipy import sparse, stats
from sklearn.cluster import kmeans_plusplus
from threadpoolctl import threadpool_limits

from kmeanslab.engine import seeding, seeding_distances
from kmeanslab.engine.assign.distances import squared_distances
from kmeanslab.engine.seeding import kmeans_plus_plus, random_rows

RUNS = 1000
pytestmark = pytest.mark.filterwarnings("error")
FORMS = [np.uint8, np.int64, np.float32, np.float64, sparse.csr_array]


def seeded(seed):
    """A generator of random numbers."""
    return np.random.RandomState(seed)


def cloud(n=9, seed=0):
    """A loose clump and a tight one far away, and weights.

    Candidates drawn early are seldom good later: who accepts them wrongly
    chooses from the wrong clump.
    """
    random, far = seeded(seed), np.arange(n)[:, None] % 2
    X = random.normal(size=(n, 2)) * (1 - 0.7 * far) + 20 * far
    return X, random.uniform(0.2, 1, size=n)


def next_shares(X, weights, chosen, trials):
    """The probability of each point to be the next centre, (n,)."""
    apart = np.square(X[:, None] - X).sum(axis=2)
    D = apart[list(chosen)].min(axis=0)
    share = weights * D / (weights @ D)
    order = np.argsort(np.minimum(apart, D) @ weights)
    tail = np.append(np.cumsum(share[order][::-1])[::-1], 0)
    result = np.empty(len(X))
    result[order] = tail[:-1] ** trials - tail[1:] ** trials
    return result


def set_shares(X, weights, k, trials):
    """The probability of each set of k points."""
    now = {(i,): w / weights.sum() for i, w in enumerate(weights)}
    for _ in range(k - 1):
        now = {chosen + (i,): p * q for chosen, p in now.items()
               for i, q in enumerate(next_shares(X, weights, chosen, trials))
               if q > 0}
    shares = dict.fromkeys(itertools.combinations(range(len(X)), k), 0.0)
    for chosen, p in now.items():
        shares[tuple(sorted(chosen))] += p
    return shares


def surprise(draw, shares):
    """The p-value of a chi-square test of `draw()` against `shares`."""
    seen = dict.fromkeys(shares, 0)
    for _ in range(RUNS):
        seen[tuple(sorted(draw()))] += 1
    expected = RUNS * np.array(list(shares.values()))
    observed = np.array(list(seen.values()))
    rare = expected < 5
    expected = np.append(expected[~rare], expected[rare].sum())
    observed = np.append(observed[~rare], observed[rare].sum())
    return stats.chisquare(observed, expected).pvalue


def by_products(monkeypatch, small):
    """Let products find the distances, whatever the shape of the data."""
    monkeypatch.setattr(seeding_distances, "DIRECT_COLUMNS", 0)
    monkeypatch.setattr(seeding_distances, "DIRECT_WORK", 0)
    monkeypatch.setattr(seeding_distances, "SMALL_VALUES", small)


@pytest.mark.parametrize("k, batch, small, trials", [
    (50, 256, 2 ** 19, 3), (4, 4, 2 ** 19, 3), (50, 256, 0, 1),
    (4, 4, None, 3)],
    ids=["one batch", "tiny batches", "float32, one trial", "by the formula"])
def test_sets_are_drawn_as_often_as_they_should(
        monkeypatch, k, batch, small, trials):
    """However candidates are batched, the joint distribution is the same.

    That of the first four, whatever comes after them: of 50 all candidates
    are drawn at once, and most are rejected.
    """
    monkeypatch.setattr(seeding, "AHEAD_STEPS", 50)
    monkeypatch.setattr(seeding, "MAX_CANDIDATES", batch)
    if small is not None:
        by_products(monkeypatch, small)
    X, weights = cloud()
    random = seeded(1)
    assert surprise(
        lambda: kmeans_plus_plus(X, k, weights, random, trials)[1][:4],
        set_shares(X, weights, 4, trials)) > 1e-3


def test_sets_are_drawn_as_often_as_by_scikit_learn():
    """The shares worked out here are those of scikit-learn."""
    X, weights = cloud()
    random = seeded(0)
    assert surprise(
        lambda: kmeans_plusplus(X, 4, sample_weight=weights,
                                random_state=random)[1],
        set_shares(X, weights, 4, 3)) > 1e-3


def test_potential_is_that_of_scikit_learn():
    """Over many steps, too, the seeds are as good: the mean of 30 seeds."""
    X = images(400, 10)
    ours, theirs = [
        [potential(X, draw(seed)) for seed in range(30)]
        for draw in (lambda seed: kmeans_plus_plus(X, 40, np.ones(400),
                                                   seeded(seed))[1],
                     lambda seed: kmeans_plusplus(X, 40,
                                                  random_state=seed)[1])]
    assert stats.ttest_ind(ours, theirs).pvalue > 1e-3


def potential(X, indices):
    """The sum of squared distances to the nearest centre."""
    return sum(np.min([squared_distances(X, c) for c in X[indices]], axis=0))


def images(n=3000, d=30, seed=0):
    """Whole numbers 0 ... 255 in clumps, float64; no two rows alike."""
    random = seeded(seed)
    middles = random.uniform(0, 255, size=(20, d))
    X = middles[random.randint(20, size=n)] + random.normal(0, 20, (n, d))
    return np.clip(X, 0, 255).round()


@pytest.mark.parametrize("small", [0, 2 ** 19], ids=["large", "small"])
@pytest.mark.parametrize("form", FORMS)
def test_forms_of_the_same_points_give_the_same_rows(
        monkeypatch, form, small):
    """uint8, int64, float32, float64 and CSR: the same draws, same rows."""
    monkeypatch.setattr(seeding_distances, "SMALL_VALUES", small)
    X, weights = images(), np.ones(3000)
    rows = kmeans_plus_plus(X, 30, weights, seeded(3))[1]
    centres, indices = kmeans_plus_plus(form(X), 30, weights, seeded(3))
    assert np.array_equal(indices, rows)
    assert np.array_equal(centres, X[rows])
    assert centres.dtype == (np.float32 if form is np.float32 else np.float64)


def test_mapped_points_are_read_where_they_lie(tmp_path):
    """A read-only memmap gives the same rows."""
    X = images().astype(np.uint8)
    np.save(tmp_path / "X.npy", X)
    mapped = np.load(tmp_path / "X.npy", mmap_mode="r")
    found = [kmeans_plus_plus(points, 9, np.ones(3000), seeded(0))[1]
             for points in (X, mapped)]
    assert np.array_equal(*found)


@pytest.mark.parametrize("n", [250, 3000], ids=["one chunk", "chunks"])
def test_threads_do_not_matter(monkeypatch, n):
    """Rows, and distances to them, are the same bits for 1, 2, 4 threads."""
    monkeypatch.setattr(seeding_distances, "SMALL_VALUES", 2 ** 16)
    seen, step = [], seeding.Seeds.step

    def spy(self, *args):
        step(self, *args)
        seen[-1].append(self.D.tobytes())

    monkeypatch.setattr(seeding.Seeds, "step", spy)
    X = images(n, 300).astype(np.float32) / 255
    for threads in (1, 2, 4):
        seen.append([])
        with threadpool_limits(threads):
            kmeans_plus_plus(X, 20, np.ones(n), seeded(0))
    assert seen[0] == seen[1] == seen[2] and len(seen[0]) == 20


class Extreme:
    """Random numbers that are always the same one."""

    def __init__(self, number):
        self.number = number

    def uniform(self, size):
        """That number, so often."""
        return np.full(size, self.number)


@pytest.mark.parametrize("number", [0.0, 1 - 2.0 ** -53])
def test_rows_without_share_are_never_drawn(number):
    """Not even by the least and the largest of random numbers."""
    X = np.arange(8.0)[:, None]
    weights = np.array([0, 0, 1, 1, 1, 1, 0, 0]) * 1e-3
    indices = kmeans_plus_plus(X, 4, weights, Extreme(number))[1]
    assert sorted(indices) == [2, 3, 4, 5]


def test_more_centres_than_distinct_rows_are_drawn_by_weight():
    """Nothing is divided by zero, and no row without a weight is chosen."""
    X = np.repeat([[0.0, 0], [1, 1], [5, 5]], 10, axis=0)
    weights = np.tile([0.0, 1], 15)
    weights[20:] = 0
    indices = kmeans_plus_plus(X, 12, weights, seeded(0))[1]
    assert len(indices) == 12 and (weights[indices] > 0).all()
    assert len({tuple(X[i]) for i in indices[:2]}) == 2


def test_all_points_with_a_weight_can_be_chosen():
    """k = n: each point once, first those that have a weight."""
    X, weights = cloud(30)
    weights[::3] = 0
    indices = kmeans_plus_plus(X, 20, weights, seeded(0))[1]
    assert sorted(indices) == list(np.flatnonzero(weights))
    assert kmeans_plus_plus(X[:1], 1, np.ones(1), seeded(0))[1] == [0]


@pytest.mark.parametrize("n, d, trials, batch", [
    (1000, 2000, 4, 256), (1000, 50, 4, 50), (1000, 2, 4, 32),
    (2 ** 20, 2, 4, 16), (2 ** 20, 2, 20, 20)])
def test_the_batch_is_small(n, d, trials, batch):
    """As documented, whatever the shape of the data."""
    X = np.zeros((n, d), np.uint8)
    points = seeding_distances.Points(X, 8)
    seeds = seeding.Seeds(points, [], np.ones(n), None, trials, None)
    assert len(seeds.columns) == batch


@pytest.mark.parametrize("form", FORMS)
def test_random_rows_are_distinct_and_have_weights(form):
    """Dense rows of X, each once, none that weighs nothing."""
    X, weights = images(40), np.ones(40)
    weights[:20] = 0
    centres = random_rows(form(X), 20, weights, seeded(0))
    assert centres.dtype == (np.float32 if form is np.float32 else np.float64)
    assert np.array_equal(np.unique(centres, axis=0),
                          np.unique(X[20:], axis=0))
    with pytest.raises(ValueError, match="non-zero"):
        random_rows(form(X), 21, weights, seeded(0))


def test_sparse_columns_are_few():
    """Many columns of CSR allow few candidates at a time."""
    X = sparse.csr_array((2000, 2 ** 20))
    assert seeding.most_candidates(X) == 4
