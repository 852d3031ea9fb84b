"""The benchmark on everyday data: it checks first, then prints and writes."""
import json

import numpy as np
import pytest
from scipy import sparse

from benchmarks import equality, everyday, machine
from benchmarks.comparison import random_rows
from benchmarks.grid import cores, goals, measure, picture, sources, tasks
from benchmarks.grid.cells import Cell, all_cells, grid
from benchmarks.peers.kmeans_peers import Found
import kmeanslab
from kmeanslab.engine import lloyd
from kmeanslab.engine.assign.direct import Direct

TINY = [Cell("fit", "blobs", 500, 2, 5), Cell("fit", "uniform", 90, 3, 4,
                                              "float32"),
        Cell("default", "iris", 150, 4, 3),
        Cell("restarts", "iris", 150, 4, 3),
        Cell("minibatch", "wine", 178, 13, 3),
        Cell("fit", "text", 60, 400, 3), Cell("predict", "text", 60, 400, 3),
        Cell("predict", "uniform", 300, 3, 4, "float32"),
        Cell("transform", "uniform", 300, 3, 4),
        Cell("score", "uniform", 300, 3, 4),
        Cell("predict one", "iris", 150, 4, 3),
        Cell("partial_fit", "uniform", 200, 5, 3)]


@pytest.fixture(autouse=True)
def few_turns(monkeypatch):
    """Two turns per cell are enough for a test."""
    monkeypatch.setattr(measure, "TURNS", 2)


@pytest.fixture
def tiny(monkeypatch):
    """The benchmark with a dozen tiny cells."""
    monkeypatch.setattr(everyday, "all_cells", lambda: TINY)


def record(ratio, source="blobs", n=10_000, d=2, **more):
    """A record as `measure` returns it, with these figures."""
    cell = Cell("fit", source, n, d, 8)
    return {**cell._asdict(), "name": cell.name, "cores": 2, "ratio": ratio,
            "counted": ratio, **more}


def test_a_run_prints_a_line_per_cell_and_writes_all(tiny, tmp_path, capsys):
    """Every task gives a line with its ratio, and the same goes to JSON."""
    path = tmp_path / "everyday.json"
    assert everyday.main(["--out", str(path)]) == 0
    printed, errors = capsys.readouterr()
    assert not errors
    for cell in TINY:
        assert f"\n{cell.name} " in printed
    result = json.loads(path.read_bytes())
    assert [each["name"] for each in result["cells"]] == [
        cell.name for cell in TINY]
    for each in result["cells"]:
        assert each["seconds"]["ours"] > 0 and each["turns"] == 2
        assert each["ratio"] == pytest.approx(
            each["seconds"][each["better"]] / each["seconds"]["ours"])
    assert result["versions"]["scikit-learn"]
    assert [goal["goal"] for goal in result["goals"]] == [
        "n <= 2,000", "sparse: fit, mini-batches, predict"]


def test_an_interrupted_run_keeps_its_cells(tiny, monkeypatch, tmp_path,
                                            capsys):
    """What was measured before Ctrl-C is in the file, as a sentence says."""
    def interrupted(cell, *args):
        if cell is TINY[2]:
            raise KeyboardInterrupt
        return record(2, error="not measured")
    monkeypatch.setattr(everyday, "measure", interrupted)
    path = tmp_path / "everyday.json"
    assert everyday.main(["--out", str(path)]) == 130
    assert capsys.readouterr().err.endswith(
        f"everyday: stopped; {path} has the cells above\n")
    assert len(json.loads(path.read_bytes())["cells"]) == 2


def test_a_wrong_label_of_ours_is_refused(tiny, monkeypatch, capsys):
    """A cell with one wrong label has no ratio, and the status is 1."""
    class Wrong(kmeanslab.KMeans):
        def fit(self, X, *args):
            super().fit(X, *args)
            self.labels_[7] = (self.labels_[7] + 1) % self.n_clusters
            return self
    monkeypatch.setattr("kmeanslab.estimators.KMeans", Wrong)
    assert everyday.main(["--only", "fit blobs"]) == 1
    printed = capsys.readouterr().out
    assert "REFUSED: AssertionError: 1 of our labels differ" in printed
    assert "NOT met" in printed


def test_another_number_of_iterations_is_refused():
    """A run that stops an iteration early is not the formula's."""
    X = sources.points("blobs", 500, 2, 5, "float64")
    C = random_rows(X, 5)
    short = lloyd.run(X, C, max_iter=3)
    found = Found(short.labels, short.centres, short.n_iter, 1.0)
    with pytest.raises(AssertionError, match="3 iterations, the formula"):
        equality.assert_same_run(X, C, found, 100)


def test_another_inertia_for_the_same_labels_is_refused():
    """Where all labels agree the inertia may differ by rounding only."""
    right = lloyd.run(np.arange(6.0)[:, None], [[0.0], [5.0]])
    run = Found(right.labels, right.centres, right.n_iter, 1.0,
                1.001 * right.inertia)
    with pytest.raises(AssertionError, match="same labels, inertia"):
        list(tasks.stray_notes("peer", np.arange(6.0)[:, None], right, run))


def test_straying_of_scikit_learn_is_noted():
    """Other labels and iterations of a peer give a note, not an error."""
    X = np.arange(6.0)[:, None]
    right = lloyd.run(X, [[0.0], [5.0]])
    run = Found(1 - right.labels, right.centres, right.n_iter + 2, 1.0, 9.0)
    note, = tasks.stray_notes("peer", X, right, run)
    assert note.startswith("peer: 4 iterations for 2, 6 other labels (6 of")


@pytest.mark.parametrize("make", [np.asarray, sparse.csr_matrix])
def test_the_reference_run_is_the_formula_s(make):
    """It has the labels, iterations and centres of the direct method."""
    X = np.random.default_rng(0).integers(0, 4, (300, 3)).astype(float)
    C = random_rows(X, 6)
    right = lloyd.run(make(X), C, method=Direct)
    found = equality.formula_run(make(X), C, 300)
    assert np.array_equal(found.labels, right.labels)
    assert np.array_equal(found.centres, right.centres)
    assert found.n_iter == right.n_iter


def test_the_lower_ratio_counts_where_iterations_differ():
    """Twice as fast per fit, but 1.5 times per iteration: 1.5 counts."""
    runs = {"ours": [Found(None, None, 3, 1.0)],
            "scikit-learn lloyd": [Found(None, None, 4, 2.0)],
            "scikit-learn elkan": [Found(None, None, 3, 5.0)]}
    found = measure.summary(runs, min, same_start=True)
    assert found["better"] == "scikit-learn lloyd"
    assert (found["ratio"], found["counted"]) == (2.0, 1.5)


def test_each_goal_has_its_mean_and_its_worst_cell():
    """8 and 2 have the mean 4 and are met; 50 and 1, and 3 and 3, are not."""
    met, = goals.summarise([record(8), record(2, d=3)])
    assert met["met"] and met["mean"] == pytest.approx(4)
    assert met["worst_cell"] == "fit blobs 10,000 x 3, k = 8, float64"
    failed, = goals.summarise([record(50), record(1, d=3)])
    assert not failed["met"] and failed["worst"] == 1
    failed, = goals.summarise([record(3), record(3, d=3)])
    assert not failed["met"] and failed["mean"] == pytest.approx(3)


def test_a_refused_cell_fails_its_goal():
    """A cell without a ratio counts as 0."""
    refused = record(1)
    del refused["counted"]
    goal, = goals.summarise([record(8), refused])
    assert not goal["met"] and goal["worst"] == goal["mean"] == 0


def test_growth_is_from_the_fewest_to_the_most_cores():
    """9 times as fast by 16 cores is met; slower by more cores is not."""
    seconds = {1: 9.0, 8: 1.0, 16: 1.0}
    records = [record(4, n=1_000_000, d=16, k=64, cores=count,
                      seconds={"ours": taken},
                      name="fit blobs 1,000,000 x 16, k = 64, float64")
               for count, taken in seconds.items()]
    goal, = goals.speedups(records)
    assert goal["met"] and goal["worst"] == 9
    records[1]["seconds"]["ours"] = 0.9
    goal, = goals.speedups(records)
    assert not goal["met"]


def test_cores_are_measured_in_processes_of_their_own(tmp_path, capfd):
    """One core: the records say so, and growth is printed for two counts."""
    path = tmp_path / "cores.json"
    assert everyday.main(["--cores", "1", "--quick", "--only", "fit iris",
                          "--out", str(path)]) == 0
    only, = json.loads(path.read_bytes())["cells"]
    assert (only["cores"], only["source"]) == (1, "iris")
    everyday.report({"cells": [only, {**only, "cores": 2}], "goals": []})
    assert capfd.readouterr().out.splitlines()[-1].endswith("1.00")


def test_more_cores_than_there_are_is_an_error(capsys):
    """One sentence says how many there are."""
    with pytest.raises(ValueError, match=f"use {len(machine.cores())} cores"):
        cores.check_cores([1, 1000])
    assert everyday.main(["--cores", "1000"]) == 1
    assert "--cores 1000" in capsys.readouterr().err


def test_whole_processes_are_timed_and_checked():
    """A fresh Python of ours and of scikit-learn's find the same."""
    found = measure.measure(Cell("process", "iris", 150, 4, 3), 1, 0.0)
    assert found["seconds"]["ours"] > 0.1
    assert len(set(found["iterations"].values())) == 1


def test_the_grid_has_66_fits():
    """66 cells, all names different, from 150 x 4 to 1,000,000 x 16."""
    assert len(grid()) == 66
    names = [cell.name for cell in all_cells()]
    assert len(set(names)) == len(names)
    assert min(cell.n for cell in grid()) == 150
    assert max(cell.n for cell in grid()) == 1_000_000


def test_a_pattern_without_a_cell_is_refused(capsys):
    """Wrong usage, and how to see the names."""
    with pytest.raises(SystemExit) as stopped:
        everyday.main(["--only", "fit moons"])
    assert stopped.value.code == 2
    assert "no cell has 'fit moons' in its name" in capsys.readouterr().err


def test_the_picture_has_a_tile_per_fit(tmp_path):
    """Every fit of blobs and uniform points says its ratio and k."""
    source = tmp_path / "everyday.json"
    source.write_text(json.dumps({
        "processor": "a processor", "goals": [],
        "cells": [record(2.5), record(0.4, source="uniform"),
                  record(9, source="iris", n=150)]}))
    path = tmp_path / "grid.png"
    assert everyday.main(["--from", str(source), "--picture", str(path)]) == 0
    assert path.read_bytes().startswith(b"\x89PNG")
    figure = picture.draw_grid(json.loads(source.read_bytes()))
    places = [label.get_text() for label in figure.axes[2].get_xticklabels()]
    assert places == ["10,000"]
    texts = [text.get_text() for axes in figure.axes for text in axes.texts]
    assert texts == ["2.5\nk=8", "0.4\nk=8"]


def test_only_a_slow_algorithm_has_no_more_turns():
    """Slow in its first counted turn; what the warm-up takes tells nothing."""
    def peer(*seconds):
        return lambda turn: Found(None, None, 1, seconds[min(turn, 1)])
    found = measure.run_turns({"ours": peer(9, 1), "cold": peer(9, 2),
                               "slow": peer(1, 9)}, budget=60)
    turns = {name: len(runs) for name, runs in found.items()}
    assert turns == {"ours": 3, "cold": 3, "slow": 2}
