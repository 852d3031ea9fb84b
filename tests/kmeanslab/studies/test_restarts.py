"""Restarts: what they count is what a plain loop counts."""
import numpy as np
import pytest

from kmeanslab.data.datasets import Data
from kmeanslab.studies import restarts
from tests.kmeanslab.studies.plain_loops import nearest


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
