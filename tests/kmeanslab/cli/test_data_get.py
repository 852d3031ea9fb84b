"""`kmeanslab data get`, and the command line of `kmeanslab data`."""
import gzip
import hashlib
import os
import subprocess
import sys

import numpy as np
import pytest

from kmeanslab.data import download
from kmeanslab.data.datasets import load
from tests.conftest import ROOT
from tests.kmeanslab.data.idx import idx
from tests.kmeanslab.data.mirror import Mirror
from tests.kmeanslab.cli.commands import data, fails


@pytest.fixture
def small_mnist(monkeypatch):
    """A mirror of four small files, whose checksums are those asked for."""
    pytest.importorskip("tqdm", reason="downloads need tqdm")
    monkeypatch.setenv("no_proxy", "*")
    arrays = [np.arange(96).reshape(6, 4, 4), np.arange(6)]
    files = {name: idx(arrays["labels" in name].astype(np.uint8))
             for name in download.MNIST}
    monkeypatch.setattr(download, "MNIST", {
        name: hashlib.sha256(file).hexdigest()
        for name, file in files.items()})
    mirror = Mirror({f"{name}.gz": gzip.compress(file)
                     for name, file in files.items()})
    yield mirror
    mirror.close()


def test_get_puts_mnist_where_it_is_found(folder, small_mnist, capsys):
    """Four files, said one by one; then --data mnist reads them."""
    wanted = ["--mirror", small_mnist.address("missing"),
              "--mirror", small_mnist.address("good")]
    assert data("get", "mnist", *wanted) == 0
    place, good = folder / "data/mnist", small_mnist.address("good")
    said = [f"{place / name}: from {good}\n" for name in download.MNIST]
    assert capsys.readouterr().out == "".join(said)
    assert load("mnist", "test").X.shape == (6, 16)
    assert data("get", "mnist", *wanted) == 0
    assert capsys.readouterr().out.count(": already there\n") == 4


def test_get_into_another_folder_says_how_to_use_it(
        folder, small_mnist, capsys, monkeypatch):
    """--out makes a folder of data for KMEANSLAB_DATA."""
    assert data("get", "mnist", "--mirror", small_mnist.address("good"),
                "--out", "mine") == 0
    assert capsys.readouterr().out.endswith(
        "Set KMEANSLAB_DATA to mine to use it.\n")
    monkeypatch.setenv("KMEANSLAB_DATA", "mine")
    assert load("mnist").X.shape == (6, 16)


def test_what_is_finished_stays_when_a_mirror_fails(
        folder, small_mnist, capsys):
    """The second file is missing: the first is kept, and status 1."""
    del small_mnist.files["train-labels-idx1-ubyte.gz"]
    address = small_mnist.address("good")
    assert fails(capsys, "get", "mnist", "--mirror", address).startswith(
        "train-labels-idx1-ubyte.gz could not be downloaded "
        f"({address} answered 404): 0 bytes of it are kept, ")
    assert os.listdir("data/mnist") == ["train-images-idx3-ubyte.gz"]


@pytest.mark.parametrize("name, title, page", [
    ("fashion-mnist", "Fashion-MNIST", "https://github.com/"),
    ("emnist-letters", "EMNIST", "https://www.nist.gov/")])
def test_others_are_not_downloaded(folder, capsys, name, title, page):
    """One sentence says where they come from and belong."""
    sentence = fails(capsys, "get", name)
    assert sentence.startswith(f"{title} cannot be verified and is not "
                               "downloaded: get the four files ")
    assert page in sentence
    place = folder / "data" / name.removesuffix("-letters")
    assert sentence.endswith(f", and put them into {place}")
    assert os.listdir() == []


@pytest.mark.parametrize("arguments", [
    ["nonsense"], ["show", "--rows", "0"], ["show", "--matrix", "-1"],
    ["show", "--limit", "none"],
    ["show", "--part", "all"], ["get"], ["get", "cifar"],
    ["get", "mnist", "--mirror", "ftp://example.org"],
    ["course", "--letters", ""], ["course", "--count", "0"],
    ["course", "--initial", "0"], ["course", "--seed", "-1"]])
def test_wrong_usage_has_status_2(folder, arguments):
    """Invalid options are refused by the parser."""
    with pytest.raises(SystemExit) as caught:
        data(*arguments)
    assert caught.value.code == 2
    assert os.listdir() == []


def test_unknown_data_are_named(folder, capsys):
    """A misspelt data set is one sentence and status 1."""
    assert fails(capsys, "show", "--data", "mnits").startswith(
        "there is no data set or file called 'mnits': did you mean mnist?")


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="needs /dev/full")
def test_a_full_disk_is_one_sentence(folder, small_mnist, capsys):
    """What the system says is passed on."""
    (folder / "data/mnist").mkdir(parents=True)
    partial = "data/mnist/train-images-idx3-ubyte.gz.partial"
    os.symlink("/dev/full", partial)
    assert fails(capsys, "get", "mnist", "--mirror",
                 small_mnist.address("good")) == "No space left on device"


def test_the_module_is_a_command():
    """`python -m kmeanslab data --help` names its three commands."""
    run = subprocess.run(
        [sys.executable, "-m", "kmeanslab", "data", "--help"], cwd=ROOT,
        text=True, capture_output=True)
    assert run.returncode == 0 and not run.stderr
    for command in ("get", "course", "show"):
        assert f"\n    {command} " in run.stdout


def test_an_image_is_printed_as_a_matrix(folder, capsys):
    """Each row of pixels is a line, under the label of the image."""
    pytest.importorskip("matplotlib", reason="pictures need matplotlib")
    assert data("show", "--limit", "3", "--matrix", "2", "--matrix", "0") == 0
    digits = load(limit=3)
    lines = capsys.readouterr().out.splitlines()
    for row in (2, 0):
        at = lines.index(
            f"row {row}, label {digits.classes[digits.labels[row]]}")
        pixels = [line.split() for line in lines[at + 1:at + 29]]
        assert np.array_equal(np.array(pixels, int), digits.image(row))
        assert len({len(line) for line in lines[at + 1:at + 29]}) == 1
    assert fails(capsys, "show", "--limit", "3", "--matrix", "3") == (
        "there is no row 3: 3 generated digits has rows 0 to 2")


def test_the_label_column_is_an_option(folder, capsys):
    """--label says which column of a CSV holds the labels."""
    np.savetxt("a.csv", np.arange(60).reshape(20, 3) % 4, "%d", ",")
    assert "cannot tell which column" in fails(
        capsys, "show", "--data", "a.csv")
    assert data("show", "--data", "a.csv", "--label", "last") == 0
    assert "labels in column 3" in capsys.readouterr().out
