"""The studies as commands: what they write, repeat and refuse."""
import csv
import json
import os
import re
import signal
import subprocess
import sys

from PIL import Image
import numpy as np
import pytest

from kmeanslab import DistributedKMeans
from kmeanslab.__main__ import main
from kmeanslab.cli import study_commands
from kmeanslab.data.datasets import fingerprint, load
from kmeanslab.distributed import clients
from kmeanslab.report import figures, style
from kmeanslab.studies import sweep
from tests.conftest import ROOT
from tests.kmeanslab.data.idx import idx, write_idx

SMALL = {"sweep": "--k 4,9 --seeds 2 --limit 300",
         "restarts": "--k 4,3 --runs 3,2 --limit 300 --traces",
         "confusion": "--k 10 --seeds 2 --limit 300",
         "patches": "--k 8 --limit 300"}
FILES = {"sweep": "sweep.csv inferred.csv fits.csv scores.png centres-4.png "
                  "centres-9.png",
         "restarts": "restarts.csv runs.csv traces.csv j.png traces.png "
                     "representatives-4.png best-4.png worst-4.png "
                     "representatives-3.png best-3.png worst-3.png",
         "confusion": "confusion.csv merges.csv matrix-10.png centres-10.png "
                      "examples-10.png merged-10.png",
         "patches": "patches.csv vocabularies.csv patches.png accuracy.png "
                    "words-8.png bag.png"}


def fails(capsys, words):
    """Run a command, which must fail, and return the sentence."""
    assert main(words.split()) == 1
    err = capsys.readouterr().err
    assert err.startswith("kmeanslab: ") and err.count("\n") == 1
    return err[len("kmeanslab: "):-1]


def without_seconds(record):
    """A record without what differs from run to run."""
    if isinstance(record, dict):
        return {name: without_seconds(value) for name, value
                in record.items() if name != "seconds"}
    if isinstance(record, list):
        return [without_seconds(value) for value in record]
    return record


@pytest.mark.parametrize("study", SMALL)
def test_a_study_writes_tables_record_and_pictures(study, folder, capsys):
    """A study writes its tables, record and pictures."""
    assert main([study, *SMALL[study].split()]) == 0
    out, err = capsys.readouterr()
    written = folder / "results" / study
    assert {path.name for path in written.iterdir()} == {
        "record.json", *FILES[study].split()}
    assert out.startswith("300 generated digits\n") and not err
    record = json.loads((written / "record.json").read_bytes())
    train = load("digits", limit=300)
    assert record["data"]["train"] == {
        "name": train.name, "rows": 300, "fingerprint": fingerprint(train)}
    assert record["finished"] and record["seconds"] > 0
    assert record["versions"]["numpy"] == np.__version__
    assert record["options"]["limit"] == 300
    for name, rows in record["tables"].items():
        with open(written / f"{name}.csv", newline="") as file:
            assert len(list(csv.DictReader(file))) == len(rows)
    for name, texts in record["pictures"].items():
        assert len(texts["alt"]) > 20 and texts["alt"] != texts["caption"]
        with Image.open(written / name) as picture:
            assert np.asarray(picture.convert("L")).std() > 5


@pytest.mark.parametrize("study", SMALL)
def test_the_command_in_the_record_gives_the_same_numbers(study, folder,
                                                          monkeypatch):
    """The command in the record gives the same numbers."""
    monkeypatch.setattr(figures, "draw", lambda *parts: [])
    assert main([study, *SMALL[study].split(), "--out", "one"]) == 0
    one = json.loads((folder / "one/record.json").read_bytes())
    assert one["command"].startswith(f"kmeanslab {study} --data digits ")
    words = one["command"].replace("--out one", "--out two").split()
    assert main(words[1:]) == 0
    two = json.loads((folder / "two/record.json").read_bytes())
    assert without_seconds(one["tables"]) == without_seconds(two["tables"])
    assert main([*words[1:], "--seed", "7"]) == 0
    three = json.loads((folder / "two/record.json").read_bytes())
    assert without_seconds(one["tables"]) != without_seconds(three["tables"])


def test_quick_takes_fewer_images(folder, monkeypatch):
    """--quick uses fewer images."""
    monkeypatch.setattr(study_commands, "QUICK_IMAGES", 200)
    assert main("confusion --quick".split()) == 0
    record = json.loads((folder / "results/confusion/record.json").read_text())
    assert record["data"]["train"]["rows"] == 200


def test_a_table_is_printed_to_be_read(folder, capsys):
    """The first table is printed, no wider than 100 characters."""
    main(["sweep", *SMALL["sweep"].split()])
    lines = capsys.readouterr().out.splitlines()
    head = next(i for i, line in enumerate(lines) if " accuracy " in line)
    assert lines[head].split()[:2] == ["K", "method"]
    assert [line.split()[:2] for line in lines[head + 1:head + 7]] == [
        [k, method] for k in "49"
        for method in ("mini-batch", "polished", "random")]
    assert max(len(line) for line in lines
               if not line.startswith("wrote to ")) <= 100


# What is refused, in one sentence

@pytest.mark.parametrize("words, sentence", [
    ("sweep --data nothing", "there is no data set or file called 'nothing'"),
    ("confusion --k 400 --limit 300", "K = 400 clusters of 300 images"),
    ("restarts --k 5,6 --runs 3", "--runs has 1 numbers, --k has 2"),
    ("sweep --data mnist", "is not in .*kmeanslab data get mnist"),
    ("patches --k 9999999 --limit 50", "K = 9999999 words .* 1,980 patches"),
])
def test_a_sentence_for(words, sentence, folder, capsys):
    """Each mistake has one sentence, and nothing is written."""
    assert re.search(sentence, fails(capsys, words))
    assert not list(folder.rglob("*.csv")) + list(folder.rglob("*.png"))


@pytest.mark.parametrize("study", SMALL)
def test_a_study_needs_labels(study, folder, capsys):
    """A study needs labels."""
    np.save("mine.npy", np.zeros((50, 784), np.uint8))
    assert "label" in fails(capsys, f"{study} --data mine.npy")


@pytest.mark.parametrize("broken, sentence", [
    (lambda data: data[:-9], "byte"),
    (lambda data: b"\0\0\x09" + data[3:], "begins with the number 2307"),
])
def test_a_damaged_file_is_refused(broken, sentence, folder, capsys):
    """A damaged file is refused."""
    images = load("digits", limit=30).X.reshape(-1, 28, 28)
    path = folder / "my-images-idx3-ubyte"
    path.write_bytes(broken(idx(images)))
    write_idx(folder / "my-labels-idx1-ubyte", np.arange(30, dtype=np.uint8))
    assert re.search(sentence, fails(capsys, f"sweep --data {path}"))


def test_images_and_labels_of_different_counts(folder, capsys):
    """Both counts are named if images and labels differ in number."""
    images = load("digits", limit=30).X.reshape(-1, 28, 28)
    path = write_idx(folder / "my-images-idx3-ubyte", images)
    write_idx(folder / "my-labels-idx1-ubyte", np.arange(29, dtype=np.uint8))
    sentence = fails(capsys, f"sweep --data {path}")
    assert "30" in sentence and "29" in sentence


def test_a_folder_that_cannot_be_written(folder, capsys):
    """A folder that cannot be written is named."""
    (folder / "file").write_text("")
    assert fails(capsys, "sweep --out file/deeper").startswith("file")


@pytest.mark.parametrize("words", [
    "sweep --k ten", "sweep --k 0", "sweep --k 4,,5", "restarts --runs 0",
    "confusion --seeds 0", "sweep --limit 0", "nonsense",
    "sweep --cluster 2 --scheduler tcp://127.0.0.1:1"])
def test_wrong_usage_ends_with_status_2(words, folder, capsys):
    """Wrong usage ends with status 2."""
    with pytest.raises(SystemExit) as stop:
        main(words.split())
    assert stop.value.code == 2
    assert "usage: kmeanslab" in capsys.readouterr().err


def test_points_that_are_no_images_are_studied_without_pictures(folder):
    """Points that are not images are studied without pictures."""
    rng = np.random.default_rng(0)
    np.savez("mine.npz", X=rng.normal(size=(90, 5)), y=np.arange(90) % 3)
    assert main("sweep --data mine.npz --k 2,3 --seeds 1".split()) == 0
    assert [path.name for path in folder.rglob("*.png")] == ["scores.png"]
    assert main("restarts --data mine.npz --k 3 --runs 2".split()) == 0
    assert main("confusion --data mine.npz --k 3 --seeds 2".split()) == 0


@pytest.mark.parametrize("count, columns", [
    (1, 1), (4, 2), (7, 3), (10, 5), (20, 5), (36, 6), (256, 16)])
def test_the_rows_of_a_grid_are_full_if_they_can_be(count, columns):
    """The rows of a grid are full if they can be."""
    assert style.full_columns(count) == columns


def test_images_that_are_not_28_x_28_are_drawn(folder):
    """Images that are not 28 x 28 are drawn."""
    rng = np.random.default_rng(0)
    np.savez("mine.npz", X=rng.integers(0, 255, (90, 8, 11), np.uint8),
             y=np.arange(90) % 3)
    for study in SMALL:
        words = f"{study} --data mine.npz --k 3 --out {study}"
        assert main(words.split()) == 0
        assert len(list((folder / study).glob("*.png"))) >= 2


# On a cluster

@pytest.fixture
def cluster():
    """Skip where Dask is missing."""
    pytest.importorskip("distributed", reason="a cluster needs Dask")


def test_a_sweep_on_a_cluster_is_one_in_this_process(cluster, folder):
    """A sweep on a cluster is one in this process."""
    assert main("sweep --k 5 --seeds 1 --limit 300 --cluster 2".split()) == 0
    record = json.loads((folder / "results/sweep/record.json").read_bytes())
    row, = [row for row in record["tables"]["fits"]
            if row["method"] == "cluster"]
    X = load("digits", limit=300).X
    for i, part in enumerate(np.array_split(X, sweep.CLUSTER_FILES)):
        np.save(f"{i}.npy", part)
    here = DistributedKMeans(5, random_state=0).fit(
        [f"{i}.npy" for i in range(sweep.CLUSTER_FILES)])
    assert row["inertia"] == here.inertia_ / 255 ** 2
    assert not list(folder.glob("results/sweep/points*"))


def test_words_are_learned_from_all_patches_on_a_cluster(cluster, folder):
    """Words are learned from all patches on a cluster."""
    assert main("patches --k 5 --limit 40 --cluster 1".split()) == 0
    record = json.loads((folder / "results/patches/record.json").read_bytes())
    row, = record["tables"]["vocabularies"]
    assert (row["images"], row["patches"]) == (40, 40 * 529)
    assert "--cluster 1" in record["command"]


def test_a_scheduler_that_does_not_answer(cluster, folder, capsys,
                                          monkeypatch):
    """A scheduler that does not answer is named."""
    monkeypatch.setattr(clients, "SCHEDULER_TIMEOUT_SECONDS", 1)
    words = "sweep --k 5 --limit 60 --scheduler tcp://127.0.0.1:1"
    assert "no scheduler answers at tcp://127.0.0.1:1" in fails(capsys, words)


def test_a_cluster_without_dask(folder, capsys, monkeypatch):
    """Without Dask, one sentence says what to install."""
    monkeypatch.setitem(sys.modules, "distributed", None)
    sentence = fails(capsys, "sweep --k 5 --limit 60 --cluster 2")
    assert sentence == ("work on a cluster needs Dask, which is not installed:"
                        ' python -m pip install --editable ".[lab,cluster]"')


# Ctrl-C

def test_what_is_finished_is_kept(folder, monkeypatch, capsys):
    """The second K is stopped; the first is written and said."""
    study = sweep.study

    def stopped(train, test, k, methods, seeds):
        if k == 9:
            raise KeyboardInterrupt
        return study(train, test, k, methods, seeds)

    monkeypatch.setattr(sweep, "study", stopped)
    assert main(["sweep", *SMALL["sweep"].split()]) == 130
    out, err = capsys.readouterr()
    assert err == ("kmeanslab: stopped: what was finished is kept in "
                   f"{os.path.join('results', 'sweep')}\n")
    written = folder / "results/sweep"
    record = json.loads((written / "record.json").read_bytes())
    assert not record["finished"]
    assert [row["K"] for row in record["tables"]["sweep"]] == [4, 4, 4]
    assert (written / "centres-4.png").exists()
    assert not (written / "centres-9.png").exists()


@pytest.mark.skipif(os.name == "nt", reason="signals are another thing there")
def test_ctrl_c_before_anything_is_finished(folder):
    """A real signal to a real process: one sentence, status 130."""
    # where tests run in the background, signals may be off: turn them on
    program = ("import signal, sys; from kmeanslab.__main__ import main; "
               "signal.signal(signal.SIGINT, signal.default_int_handler); "
               "sys.exit(main())")
    with subprocess.Popen(
            [sys.executable, "-c", program, "restarts", "--limit", "3000",
             "--runs", "500,1,1"], cwd=folder, text=True,
            stdout=subprocess.PIPE, stderr=subprocess.PIPE,
            env={**os.environ, "PYTHONPATH": str(ROOT)}) as run:
        try:
            assert "3,000 generated digits" in run.stdout.readline()
            run.send_signal(signal.SIGINT)
            out, err = run.communicate(timeout=60)
        finally:
            run.kill()
    assert (run.returncode, err) == (130, "kmeanslab: stopped\n")
    assert not list(folder.rglob("*.csv"))
