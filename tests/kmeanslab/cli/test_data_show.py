"""`kmeanslab data show`: right pictures and words, or one sentence."""
import os
import sys

import numpy as np
import pytest

from kmeanslab.cli import data_command
from kmeanslab.data import datasets
from kmeanslab.data.datasets import Data, load
from kmeanslab.report import image_grids
from tests.kmeanslab.cli.commands import data, fails


@pytest.fixture
def pictures():
    """Skip what draws where matplotlib is missing."""
    pytest.importorskip("matplotlib", reason="pictures need matplotlib")


def rows(n, d, labels=None, classes=()):
    """Points without order, as Data."""
    X = np.random.default_rng(0).random((n, d))
    return Data(X, labels, classes, datasets.square(d), "some rows")


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
