"""Sweeps: what they count is what a plain loop counts."""
import numpy as np
import pytest

from kmeanslab.engine import lloyd
from kmeanslab.studies import sweep
from tests.kmeanslab.studies.plain_loops import nearest


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
