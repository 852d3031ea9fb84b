"""`kmeanslab data`: right files and pictures, or one sentence."""
import gzip
import hashlib
import os
import re
import subprocess
import sys

import numpy as np
import pytest

from kmeanslab.__main__ import main
from kmeanslab.cli import data_command
from kmeanslab.data import datasets, download
from kmeanslab.data.datasets import Data, load
from kmeanslab.handwriting import draw_labelled
from kmeanslab.report import image_grids
from tests.conftest import ROOT
from tests.kmeanslab.data.idx import idx, write_idx
from tests.kmeanslab.data.mirror import Mirror
import utils


@pytest.fixture
def pictures():
    """Skip what draws where matplotlib is missing."""
    pytest.importorskip("matplotlib", reason="pictures need matplotlib")


def data(*arguments):
    """Run `kmeanslab data ...`, and return the exit status."""
    return main(["data", *arguments])


def fails(capsys, *arguments):
    """Run `kmeanslab data ...`, which must fail, and return the sentence."""
    assert data(*arguments) == 1
    out, err = capsys.readouterr()
    assert err.startswith("kmeanslab: ") and err.count("\n") == 1
    return err[len("kmeanslab: "):-1]


def rows(n, d, labels=None, classes=()):
    """Points without order, as Data."""
    X = np.random.default_rng(0).random((n, d))
    return Data(X, labels, classes, datasets.square(d), "some rows")


# show

def test_show_prints_and_draws_what_the_data_are(folder, pictures, capsys):
    """Generated digits: a picture and five lines."""
    image = pytest.importorskip("PIL.Image")
    assert data("show", "--limit", "25") == 0
    printed = capsys.readouterr().out
    assert printed == (
        "25 generated digits\n"
        "25 rows of 784 values, images of 28 x 28\n"
        "uint8 from 0 to 255\n"
        "0: 3  1: 3  2: 3  3: 3  4: 3  5: 2  6: 2  7: 2  8: 2  9: 2\n"
        f"fingerprint {datasets.fingerprint(load(limit=25))}\n"
        f"wrote {os.path.join('results', 'data', 'digits-train.png')}\n")
    with image.open("results/data/digits-train.png") as picture:
        assert picture.format == "PNG"
        assert np.unique(np.asarray(picture)[..., 0]).size > 50


def test_show_takes_part_seed_and_folder(folder, pictures, capsys):
    """The options choose what is drawn and where."""
    assert data("show", "--data", "letters", "--part", "test", "--limit", "3",
                "--seed", "5", "--out", "here") == 0
    print_of_it = datasets.fingerprint(load("letters", "test", 3, 5))
    assert print_of_it in capsys.readouterr().out
    assert os.listdir("here") == ["letters-test.png"]


def test_pictures_are_titled_with_labels(pictures):
    """Nine images by default, in reading order, each under its label."""
    digits = load(limit=20)
    digits = digits._replace(X=digits.X // 2)  # as dark as they are
    figure = image_grids.draw(digits, 3, 3)
    assert len(figure.axes) == 9
    for i, axes in enumerate(figure.axes):
        shown = axes.images[0]
        assert np.array_equal(shown.get_array(),
                              digits.X[i].reshape(28, 28))
        assert shown.get_clim() == (0, 255)
        assert axes.get_title() == digits.classes[digits.labels[i]]


def test_other_images_are_drawn_as_they_are(pictures):
    """No 28 x 28, no labels, few, float: the places left stay empty."""
    images = rows(3, 25)
    figure = image_grids.draw(images, 2, 2)
    first, _, _, last = figure.axes
    assert first.images[0].get_array().shape == (5, 5)
    assert first.images[0].get_clim() == (images.X.min(), images.X.max())
    assert first.get_title() == "" and not last.images


def test_points_in_the_plane_are_coloured_by_label(pictures):
    """Each class is a colour of its own, named in the legend."""
    points = rows(9, 2, np.arange(9) % 3, ("a", "b", "c"))
    axes = image_grids.draw(points, 3, 3).axes[0]
    for i, dots in enumerate(axes.collections):
        assert np.array_equal(dots.get_offsets(), points.X[i::3])
    legend = [text.get_text() for text in axes.get_legend().get_texts()]
    assert legend == ["a", "b", "c"]


def test_points_without_names_have_no_legend(pictures):
    """No labels, one colour; too many classes, no legend."""
    axes = image_grids.draw(rows(9, 2), 3, 3).axes[0]
    assert len(axes.collections[0].get_offsets()) == 9
    many = rows(30, 2, np.arange(30), tuple(map(str, range(30))))
    assert image_grids.draw(many, 3, 3).axes[0].get_legend() is None


@pytest.mark.parametrize("d", [2, 16])
def test_labels_are_no_formulas(pictures, tmp_path, d):
    """A label with dollars is drawn, not computed."""
    odd = rows(2, d, np.arange(2), (r"$\oops$", "$1"))
    image_grids.draw(odd, 1, 2).savefig(tmp_path / "a.png")


def test_what_cannot_be_drawn_is_described(folder, capsys):
    """Rows of three values: no picture, no folder, status 0."""
    np.save("a.npy", np.arange(9.0).reshape(3, 3))
    assert data("show", "--data", "a.npy") == 0
    assert capsys.readouterr().out == (
        "a.npy, 3 training rows of 3, drawn by seed 0\n"
        "3 rows of 3 values\nfloat64 from 0 to 8\nno labels\n"
        f"fingerprint {datasets.fingerprint(load('a.npy'))}\n"
        "nothing to draw: rows of 3 values are neither images nor points in "
        "the plane\n")
    assert os.listdir() == ["a.npy"]


def test_class_counts_stay_short():
    """Long names share lines of 79 characters; many classes are cut."""
    names = tuple(f"name {i} " + "x" * 20 for i in range(40))
    lines = data_command.counts(rows(80, 3, np.arange(80) % 40, names))
    assert max(map(len, lines)) <= 79 and len(lines) == 16
    assert lines[-1] == "and 10 more classes"
    assert lines[0].startswith("name 0 xxxxxxxxxxxxxxxxxxxx: 2   name 1 ")
    wide = rows(1, 3, np.zeros(1, int), ("x" * 99,))
    assert data_command.counts(wide) == ["x" * 99 + ": 1"]


def test_without_matplotlib_one_sentence(folder, monkeypatch, capsys):
    """What is missing is named, and how to get it."""
    monkeypatch.setitem(sys.modules, "matplotlib.figure", None)
    sentence = fails(capsys, "show", "--limit", "5")
    assert "matplotlib" in sentence
    assert sentence.endswith(": python -m pip install --editable '.[lab]'")
    assert os.listdir() == []


def test_folders_that_cannot_be_made(folder, pictures, capsys):
    """Status 1 and one sentence, for pictures, CSV and downloads."""
    (folder / "file").touch()
    place = os.path.join("file", "folder")
    for arguments in [["show", "--limit", "5", "--out", place],
                      ["course", "--data", "letters", "--out",
                       os.path.join(place, "a.csv")]]:
        assert fails(capsys, *arguments).startswith(f"{place}: ")
    assert "file" in fails(capsys, "get", "mnist", "--out", "file")
    assert os.listdir() == ["file"]


# course

@pytest.fixture
def emnist(folder):
    """120 letters A to D stored as EMNIST does; upright, and their names."""
    images, names = draw_labelled(120, 0, "ABCD")
    start = "data/emnist/emnist-letters-train-"
    write_idx(folder / f"{start}images-idx3-ubyte.gz",
              images.transpose(0, 2, 1))
    write_idx(folder / f"{start}labels-idx1-ubyte.gz",
              np.array([ord(name) - 64 for name in names], np.uint8))
    return {image.tobytes(): name for image, name in zip(images, names)}


def test_a_course_csv_is_balanced_shuffled_and_upright(emnist, capsys):
    """The assignment's own reader finds upright letters, each once."""
    assert data("course", "--letters", "ABD", "--count", "50") == 0
    path = os.path.join("results", "data", "mnist.csv")
    assert capsys.readouterr().out == f"wrote {path}\n"
    points, labels = utils.read_data(path)
    assert sorted(map(labels.count, "ABD")) == [16, 17, 17]
    assert len(labels) == 50 and labels != sorted(labels)
    images = [np.array(point, np.uint8).tobytes() for point in points]
    assert len(set(images)) == 50
    assert [emnist[image] for image in images] == labels


def test_the_seed_draws_the_letters(emnist):
    """The same seed writes the same bytes, another others."""
    for seed, name in [("0", "a.csv"), ("0", "b.csv"), ("1", "c.csv")]:
        assert data("course", "--letters", "AC", "--count", "9", "--seed",
                    seed, "--out", name) == 0
    a, b, c = (open(name, "rb").read() for name in ["a.csv", "b.csv", "c.csv"])
    assert a == b != c


def test_a_letter_named_twice_counts_once(emnist):
    """--letters AAB are A and B, as many of each."""
    assert data("course", "--letters", "AAB", "--count", "8",
                "--out", "a.csv") == 0
    assert sorted(utils.read_data("a.csv")[1]) == list("AAAABBBB")


def test_initial_centroids_are_noise(emnist):
    """--initial writes grey noise that the assignment can start from."""
    assert data("course", "--letters", "AB", "--count", "9", "--initial", "3",
                "--out", "mnist.csv") == 0
    centroids = utils.load_centroids("mnist_init_centroids.csv")
    values = np.array(list(centroids.values()))
    assert values.shape == (3, 784) and set(values.ravel()) == set(range(256))


def test_a_poor_exercise_is_called_one(folder, capsys):
    """Steps, centroids left and accuracy are printed for what was written."""
    rng = np.random.default_rng(0)
    X = np.repeat(rng.integers(0, 256, (2, 784)), 20, axis=0).astype(np.uint8)
    np.savez("two.npz", X=X, y=np.repeat(["A", "B"], 20))
    assert data("course", "--data", "two.npz", "--letters", "AB", "--count",
                "20", "--initial", "8") == 0
    said = capsys.readouterr()
    assert re.search(r"leaves 2 of 8 centroids, and its accuracy is 1\.000",
                     said.out)
    assert "poor exercise" in said.err and "--seed" in said.err
    assert data("course", "--data", "two.npz", "--letters", "AB", "--count",
                "20", "--initial", "2") == 0
    assert "poor exercise" not in capsys.readouterr().err


def test_too_few_letters_are_counted(emnist, capsys):
    """Nothing is written where a letter is missing or too rare."""
    for letters, count, sentence in [
            ("AZ", "9", "there are 0 images of Z, but 4 are needed"),
            ("DA", "61", "there are 30 images of D, but 31 are needed")]:
        assert fails(capsys, "course", "--letters", letters, "--count", count
                     ) == (sentence + ": lower --count, or choose other "
                           "--letters or --data")
    assert os.listdir() == ["data"]


def test_a_course_csv_needs_labels(folder, capsys):
    """Images without labels are refused."""
    np.save("a.npy", np.zeros((5, 16)))
    assert "there are no labels, and a course CSV needs them" in fails(
        capsys, "course", "--data", "a.npy")


def test_missing_emnist_is_advised_on(folder, capsys):
    """The page of EMNIST is named where its files are not there."""
    assert "https://www.nist.gov/" in fails(capsys, "course")
    assert os.listdir() == []


def test_ctrl_c_leaves_no_half_of_a_file(emnist, monkeypatch, capsys):
    """Status 130, one sentence, and no file but those there before."""
    def interrupt(*_):
        raise KeyboardInterrupt
    monkeypatch.setattr(os, "replace", interrupt)
    assert data("course", "--letters", "AB", "--count", "9",
                "--out", "here/a.csv") == 130
    assert capsys.readouterr().err == "kmeanslab: stopped\n"
    assert os.listdir("here") == []


# get

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


# the command line

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
