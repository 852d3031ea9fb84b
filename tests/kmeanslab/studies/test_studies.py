"""The studies: what they count is what a plain loop counts."""
import numpy as np
import pytest

from kmeanslab.data.datasets import Data, DataError, load
from kmeanslab.engine import lloyd
from kmeanslab.report import patches_figures
from kmeanslab.studies import confusion, patches, restarts, sweep


@pytest.fixture(scope="module")
def digits():
    """Generated digits to train on, and others to test with."""
    return load("digits", limit=600), load("digits", "test", limit=200)


def nearest(X, C):
    """Labels by the plainest of loops."""
    D = [[float(np.square(x - c).sum()) for c in C] for x in X.astype(float)]
    return np.array(D).argmin(axis=1)


# Sweep

@pytest.fixture(scope="module")
def swept(digits):
    """A sweep over two K."""
    return list(sweep.run(*digits, ks=(4, 9), seeds=2, seed=5, exact=True))


def test_a_sweep_fits_every_k_with_every_method_and_seed(swept):
    """A sweep fits every K with every method and seed."""
    assert [each.k for each in swept] == [4, 9]
    for each in swept:
        assert sorted((fit.method, fit.k, fit.seed) for fit in each.fits) == [
            (method, each.k, seed) for method in (
                "exact", "mini-batch", "polished", "random baseline")
            for seed in (5, 6)]


def test_test_images_are_called_by_the_training_majority_of_their_cluster(
        digits, swept):
    """Test images are called by the training majority label of their cluster.

    """
    train, test = digits
    grid = swept[1].grid
    own, other = (nearest(data.X, grid.centres) for data in digits)
    called = [np.bincount(train.labels[own == j], minlength=10).argmax()
              for j in range(9)]
    assert grid.names == [str(label) for label in called]
    fit = swept[1].fits[0]
    assert fit.accuracy == np.mean([called[j] == label for j, label in
                                    zip(own, train.labels)])
    assert fit.test == np.mean([called[j] == label for j, label in
                                zip(other, test.labels)])


def test_the_first_labels_are_inferred_from_clusters(digits, swept):
    """True and inferred labels of the first twenty training images."""
    train = digits[0]
    for each in swept:
        clusters = nearest(train.X[:20], each.grid.centres)
        assert each.grid.inferred == [each.grid.names[j] for j in clusters]
        assert each.grid.true == [str(label) for label in train.labels[:20]]
    true, inferred = sweep.tables(swept)["inferred"][:2]
    assert list(true.values())[2:] == swept[0].grid.true
    assert list(inferred.values())[2:] == swept[0].grid.inferred


@pytest.mark.parametrize("silhouettes, inertias, k, doubt", [
    ([.3, .5, .4, .3], [100, 40, 30, 25], 4, "the purpose decides"),
    ([.1, .5, .4, .3], [100, 80, 30, 29], 4, "elbow of the inertia is at K = "
     "8"),
    ([.3, .5, .4, .3], [100, 95, 90, 25], 4, "the inertia has no elbow"),
    ([.3, .2, .1, .0], [100, 40, 30, 25], 2, "the smallest K tried"),
    ([.0, .2, .1, .0], [100, 40, 30, 25], 4, "not well separated")])
def test_a_suggested_k_never_comes_without_doubt(
        swept, silhouettes, inertias, k, doubt):
    """The highest silhouette, compared with the elbow by hand."""
    studies = [each._replace(k=new, fits=[fit._replace(
        k=new, silhouette=s, inertia=i) for fit in each.fits
        if fit.method == sweep.EXACT])
        for new, s, i, each in zip((2, 4, 8, 16), silhouettes, inertias,
                                   2 * swept)]
    suggestion = sweep.suggest(studies)
    assert suggestion.k == k and doubt in suggestion.doubt
    assert f"K = {k} has the highest silhouette" in suggestion.reason
    note, = sweep.notes(studies)
    assert suggestion.reason in note and suggestion.doubt in note


def test_one_k_is_not_called_the_best(swept):
    """Where there is nothing to compare, the note says so."""
    note, = sweep.notes(swept[:1])
    assert "is the only K that was tried" in note and "highest" not in note
    assert "two K are too few" in sweep.notes(swept[:2])[0]


def test_inertia_is_for_values_from_0_to_1(digits, swept):
    """Inertia is for values from 0 to 1."""
    X = digits[0].X / 255
    for grid, fit in [(each.grid, each.fits[0]) for each in swept]:
        D = np.square(X[:, None] - grid.centres / 255).sum(axis=2)
        assert fit.inertia == pytest.approx(D.min(axis=1).sum())


def test_polishing_is_at_most_five_exact_iterations(digits):
    """Polishing is at most five exact iterations."""
    X = digits[0].X
    rough, done = (sweep.fit_mini_batch(
        X, 9, 5, sweep.POLISHED_MAX_NO_IMPROVEMENT), sweep.fit_polished(
            X, 9, 5))
    assert done.inertia_ < rough.inertia_
    again = lloyd.run(X, rough.cluster_centers_, max_iter=5)
    assert np.array_equal(done.labels_, again.labels)


def test_the_random_baseline_has_an_accuracy_but_no_inertia(swept):
    """The random baseline has an accuracy but no inertia."""
    for fit in (fit for fit in swept[1].fits if fit.method == sweep.BASELINE):
        assert 0.1 < fit.accuracy < 0.25 and abs(fit.ari) < 0.02
        assert np.isnan([fit.inertia, fit.test, fit.seconds]).all()


def test_the_same_sweep_gives_the_same_numbers(digits, swept):
    """The same sweep gives the same numbers."""
    again = list(sweep.run(*digits, ks=(4,), seeds=2, seed=5, exact=True))
    for fit, other in zip(swept[0].fits, again[0].fits):
        fit, other = (each._replace(seconds=0) for each in (fit, other))
        np.testing.assert_equal(fit._asdict(), other._asdict())


def test_the_table_has_medians_and_how_far_seeds_lie_apart(swept):
    """The table has medians and the range over seeds."""
    rows = sweep.tables(swept)["sweep"]
    fits = [fit for fit in swept[0].fits if fit.method == "exact"]
    row = next(row for row in rows if row["method"] == "exact")
    accuracies = [fit.accuracy for fit in fits]
    assert row["K"] == 4 and row["accuracy"] == np.mean(accuracies)
    assert row["min accuracy"] == min(accuracies)
    assert row["max accuracy"] == max(accuracies)


# Restarts

@pytest.fixture(scope="module")
def restarted(digits):
    """Six restarts."""
    study, = restarts.run(digits[0], {4: 6}, seed=1)
    return study


def test_a_run_is_lloyds_from_its_start_to_its_end(digits, restarted):
    """A run is Lloyd's from its start to its end."""
    X = digits[0].X
    run = restarted.runs[2]
    C = X[np.random.RandomState(run.seed).choice(
        len(X), 4, replace=False, p=np.full(len(X), 1 / len(X)))].astype(float)
    labels, steps = None, 0
    while labels is None or (nearest(X, C) != labels).any():
        labels, steps = nearest(X, C), steps + 1
        C = np.array([X[labels == j].mean(axis=0) for j in range(4)])
    D = np.sqrt(np.square(X - C[labels]).sum(axis=1))
    assert run.j == pytest.approx(D.sum())
    assert run.inertia == pytest.approx(np.square(D / 255).sum())
    assert run.n_iter == steps + 1            # the last one changes nothing


def test_best_and_worst_are_of_those_from_random_rows(restarted):
    """Best and worst are of those from random rows."""
    js = [run.j for run in restarted.runs if run.start == "random rows"]
    assert len(js) == 6 and len(restarted.runs) == 12
    assert restarted.best.run.j == min(js)
    assert restarted.worst.run.j == max(js)
    assert restarted.best_of[0] == pytest.approx(np.mean(js))
    assert restarted.best_of[5] == pytest.approx(min(js))
    assert len(restarted.agreement) == 6 * 5 / 2


def test_the_trace_ends_at_j_and_has_a_step_for_each_iteration(restarted):
    """The trace has one J per iteration and ends at the J of the run."""
    for each in (restarted.best, restarted.worst):
        assert len(each.trace) == each.run.n_iter
        assert each.trace[-1] == pytest.approx(each.run.j)
        assert each.trace[0] > each.trace[-1]


def test_any_run_can_be_traced_and_runs_are_sorted(digits):
    """Each run's trace ends at its J; the table begins with the lowest."""
    study, = restarts.run(digits[0], {3: 2}, seed=1, traces=True)
    assert [each.run for each in study.traced] == study.runs
    tables = restarts.tables([study])
    for run in study.runs:
        rows = [row for row in tables["traces"] if (
            row["start"], row["seed"]) == (run.start, run.seed)]
        assert [row["iteration"] for row in rows] == list(
            range(1, run.n_iter + 1))
        assert rows[-1]["J"] == pytest.approx(run.j)
    js = [row["j"] for row in tables["runs"]]
    assert js == sorted(run.j for run in study.runs)
    assert [row["rank"] for row in tables["runs"]] == [1, 2, 3, 4]


@pytest.mark.parametrize("d", [2, 5, 40])
def test_traces_do_not_depend_on_the_method(d):
    """Points of few and of many columns are assigned in different ways."""
    X = np.random.default_rng(0).normal(size=(3000, d))
    data = Data(X, np.zeros(3000, int), ("0",), None, "points")
    study, = restarts.run(data, {6: 2})
    for each in (study.best, study.worst):
        assert len(each.trace) == each.run.n_iter
        assert each.trace[-1] == pytest.approx(each.run.j)


def test_nearest_images_are_the_nearest_and_share_a_majority(
        digits, restarted):
    """Nearest images are the nearest and share a majority."""
    data, traced = digits[0], restarted.best
    clusters = nearest(data.X, traced.representatives)
    for j, c in enumerate(traced.representatives):
        D = np.square(data.X - c).sum(axis=1)
        D[clusters != j] = np.inf
        rows = np.argsort(D, kind="stable")[:10]
        assert traced.nearest[j].tolist() == rows.tolist()
        each = np.bincount(data.labels[rows])
        assert traced.agree[j] == each.max()
        assert traced.names[j] == data.classes[each.argmax()]


def test_the_table_of_restarts(restarted):
    """The table has minimum J and the share of nearest images alike."""
    random, better = restarts.tables([restarted])["restarts"]
    assert random["runs"] == better["runs"] == 6
    assert random["min J"] == restarted.best.run.j
    assert random["nearest alike, worst"] == sum(restarted.worst.agree) / 40
    assert "agreement" not in better


# Confusion

@pytest.fixture(scope="module")
def confused(digits):
    """Ten clusters, the best of three starts."""
    study, = confusion.run(digits[0], ks=(10,), seeds=3)
    return study


def test_the_matrix_counts_labels_in_clusters(digits, confused):
    """The matrix counts labels in clusters."""
    data = digits[0]
    clusters = nearest(data.X, confused.centres)
    for label in range(10):
        for j in range(10):
            assert confused.counts[label, j] == np.sum(
                (data.labels == label) & (clusters == j))
    assert confused.purity == max(confused.spread) or (
        confused.purity in confused.spread)


def test_clusters_are_ordered_by_their_majority(confused):
    """Clusters are ordered by their majority."""
    names = [confused.names[j] for j in confused.order]
    assert names == sorted(names)
    assert sorted(confused.order) == list(range(10))


def test_the_interval_holds_the_purity(confused):
    """The interval holds the purity."""
    low, high = confused.interval
    assert low < confused.purity < high < low + 0.15


def test_examples_are_of_their_cluster(digits, confused):
    """Examples are of their cluster."""
    clusters = nearest(digits[0].X, confused.centres)
    for j, rows in enumerate(confused.examples):
        assert (clusters[rows] == j).all() and len(set(rows)) == len(rows)
        assert len(rows) == min(25, np.sum(clusters == j))


def test_examples_of_a_cluster_can_be_asked_for():
    """Members only, each once, as many as there are, drawn by the seed."""
    clusters = np.arange(100) % 4
    rows = confusion.examples_of(clusters, 3, 10, seed=1)
    assert len(set(rows)) == 10 and (clusters[rows] == 3).all()
    assert len(confusion.examples_of(clusters, 3, 99)) == 25
    assert list(rows) != list(confusion.examples_of(clusters, 3, 10, seed=2))


def test_merges_are_labels_that_share_a_cluster(digits, confused):
    """Merges are labels that share a cluster."""
    data = digits[0]
    assert confused.merges
    for merge in confused.merges:
        counts = confused.counts[:, merge.cluster]
        for name, share, rows in zip(merge.labels, merge.shares,
                                     merge.examples):
            assert share == counts[int(name)] / counts.sum() > 0.1
            assert (data.labels[rows] == int(name)).all()
        assert merge.shares[0] >= merge.shares[1]
    strays = [merge.shares[1] for merge in confused.merges]
    assert strays == sorted(strays, reverse=True)


# Patches

def test_images_are_centred_and_scaled(digits):
    """Images are centred and scaled."""
    images = patches.normalise(digits[0].X[:5], (28, 28))
    assert images.shape == (5, 28, 28) and images.dtype == np.float32
    np.testing.assert_allclose(images.mean(axis=(1, 2)), 0, atol=1e-6)
    np.testing.assert_allclose(images.std(axis=(1, 2)), 1, rtol=1e-5)


def test_an_image_of_one_grey_is_no_division_by_zero():
    """An image of one grey becomes zeros, without a division by zero."""
    assert not patches.normalise(np.full((1, 49), 7, np.uint8), (7, 7)).any()


def test_patches_are_cut_from_every_place():
    """Patches are cut at every position."""
    image = np.arange(56.0).reshape(1, 7, 8)
    found = patches.windows(image)
    assert found.shape == (1, 6, 36)
    for i, (row, column) in enumerate(np.ndindex(2, 3)):
        np.testing.assert_array_equal(
            found[0, i].reshape(6, 6),
            image[0, row:row + 6, column:column + 6])


def test_three_quarters_of_an_images_patches_are_drawn_once_each():
    """Three quarters of an image's patches are drawn once each."""
    images = np.arange(2 * 784.0).reshape(2, 28, 28)
    found = patches.draw(images, seed=0)
    assert found.shape == (2 * 396, 36)
    assert len(np.unique(found[:, 0])) == 2 * 396
    assert (found[:396] < 784).all() and (found[396:] >= 784).all()


@pytest.mark.parametrize("change", [None, lambda patches: patches * 2 + 1])
def test_bags_count_the_nearest_words_of_each_quarter(digits, change):
    """Bags count the nearest words of each quarter."""
    images = patches.normalise(digits[0].X[:3], (28, 28))
    words = patches.draw(images, 0)[:7]
    bags = patches.encode(images, words, "hard", change)
    assert bags.shape == (3, 4, 7) and (bags.sum(axis=(1, 2)) == 529).all()
    for image, bag in zip(images, bags):
        right = np.zeros((4, 7))
        for row, column in np.ndindex(23, 23):
            patch = image[row:row + 6, column:column + 6].reshape(1, -1)
            word = nearest(patch if change is None else change(patch), words)
            right[2 * (row >= 11.5) + (column >= 11.5), word] += 1
        np.testing.assert_array_equal(bag, right)


def test_soft_bags_add_up_how_much_nearer_words_are_than_the_mean(digits):
    """Soft bags sum how much nearer words are than the mean."""
    images = patches.normalise(digits[0].X[:2], (28, 28))
    words = patches.draw(images, 0)[:5]
    bags = patches.encode(images, words, "soft")
    each = patches.windows(images)[1].astype(float)
    z = np.sqrt(np.square(each[:, None] - words).sum(axis=2))
    nearer = np.maximum(z.mean(axis=1, keepdims=True) - z, 0)
    np.testing.assert_allclose(bags[1].sum(axis=0), nearer.sum(axis=0),
                               rtol=1e-3)


def test_how_many_images_are_taken_at_a_time_does_not_matter(
        digits, monkeypatch):
    """The bags do not depend on the size of the batches."""
    images = patches.normalise(digits[0].X[:9], (28, 28))
    words = patches.draw(images, 0)[:6]
    bags = patches.encode(images, words)
    monkeypatch.setattr(patches, "BATCH_VALUES", 529 * 36 * 2)
    monkeypatch.setattr(patches, "PROGRESS_BATCHES", 2)
    np.testing.assert_array_equal(patches.encode(images, words), bags)


def test_whitening_divides_by_how_far_patches_spread_each_way():
    """Along an axis of variance v, v / (v + 0.1) of it is left: nearly 1."""
    rng = np.random.default_rng(0)
    some = rng.normal(size=(5000, 36)) @ rng.normal(size=(36, 36)) + 3
    white = patches.whitening(some)(some)
    np.testing.assert_allclose(white.mean(axis=0), 0, atol=1e-4)
    v, axes = np.linalg.eigh(np.cov(some.T, bias=True))
    np.testing.assert_allclose(np.cov(white.T, bias=True),
                               axes * (v / (v + 0.1)) @ axes.T, atol=1e-4)


def test_patches_tell_every_number_on_the_way(digits):
    """A vocabulary has its words, scores and sources."""
    study, = patches.run(*digits, ks=(8,))
    assert (study.learned, study.patches) == (60, 60 * 396)
    assert study.words.shape == study.white_words.shape == (8, 36)
    assert study.bag.sum() == 529
    chosen = patches.draw(patches.normalise(
        digits[0].X, (28, 28))[:10_000:10], 0)
    assert study.examples.shape == (100, 36)
    rows = {row.tobytes() for row in chosen}
    assert all(row.tobytes() in rows for row in study.examples)
    assert [(score.coding, score.pooling, score.white, score.features)
            for score in study.scores] == [
        ("hard", "image", False, 8), ("hard", "quarters", False, 32),
        ("soft", "image", False, 8), ("soft", "quarters", False, 32),
        ("soft", "image", True, 8), ("soft", "quarters", True, 32)]
    for accuracy in [study.pixels, *(s.accuracy for s in study.scores)]:
        assert 0.3 < accuracy <= 1


@pytest.mark.parametrize("shape", [None, (6, 6)])
def test_patches_need_images_larger_than_they_are(shape):
    """Patches need images larger than they are."""
    data = Data(np.zeros((9, 36)), np.zeros(9, int), ("0",), shape, "mine")
    with pytest.raises(DataError, match="6 x 6 .* choose other data"):
        next(patches.run(data, data))


def test_flat_patches_are_shown_grey(digits):
    """Rounding errors of a flat patch are not stretched to black or white."""
    study, = patches.run(*digits, ks=(8,))
    flat = np.full((100, 36), 1 / 3, np.float32)
    flat[1, 0] = 1
    figure = patches_figures.random_patches(study._replace(examples=flat))
    pixels = figure.axes[0].images[0].get_array()
    assert np.abs(pixels[:6, :6]).max() < 0.01
    assert np.abs(pixels[:6, 7:13]).max() == 1
