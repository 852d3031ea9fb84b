"""The shipped data give the numbers in the handout, and can be rebuilt."""
import contextlib
import io
import re

import pytest

import analysis
import kmeans
from kmeanslab.handwriting.__main__ import main as draw
from tests.conftest import ROOT
from utils import load_centroids, read_data

DATA = ["2d.csv", "2d_init_centroids.csv",
        "mnist.csv", "mnist_init_centroids.csv"]


def run(dataset):
    """Run k-means on shipped data; return its line, data and result."""
    data, labels = read_data(ROOT / f"data/{dataset}.csv")
    start = load_centroids(ROOT / f"data/{dataset}_init_centroids.csv")
    with contextlib.redirect_stdout(io.StringIO()) as printed:
        final = kmeans.main(data, start, "no pictures")
    return printed.getvalue(), data, labels, start, final


def test_points():
    """200 points and 2 centroids converge after 7 steps."""
    printed, data, _, start, final = run("2d")
    assert printed == "K-means converged after 7 steps.\n"
    assert (len(data), len(data[0])) == (200, 2)
    assert len(start) == len(final) == 2


def test_letters():
    """500 letters: 13 steps, 11 of 12 centroids left, and an accuracy."""
    printed, data, labels, start, final = run("mnist")
    assert printed == "K-means converged after 13 steps.\n"
    assert (len(data), len(data[0])) == (500, 784)
    assert (len(start), len(final)) == (12, 11)
    assert set(labels) == set("CJKMOPSVWXYZ")
    assert 0.55 <= analysis.accuracy(data, labels, final) <= 0.70


@pytest.mark.parametrize("name", ["mnist.csv", "mnist_init_centroids.csv"])
def test_greys_are_whole_numbers(name):
    """The files of images hold whole numbers from 0 to 255."""
    for row in (ROOT / "data" / name).read_text().splitlines():
        greys = row.split(",")[-784:]
        assert all(re.fullmatch("[0-9]{1,3}", grey) for grey in greys)
        assert max(map(int, greys)) <= 255


def test_data_can_be_rebuilt(tmp_path):
    """Rebuilding gives the shipped files byte for byte."""
    assert draw(["--rebuild", str(tmp_path / "data")]) == 0
    assert sorted(path.name for path in (tmp_path / "data").iterdir()) == DATA
    for name in DATA:
        assert ((tmp_path / "data" / name).read_bytes()
                == (ROOT / "data" / name).read_bytes())


def test_shipped_pictures_are_those_of_the_shipped_data():
    """results/ has 7 steps, 12 first and the 11 final centroids."""
    final = run("mnist")[-1]
    names = {folder: {path.name for path in (ROOT / "results" / folder
                                             ).glob("*.png")}
             for folder in ["2D", "MNIST/init", "MNIST/final"]}
    assert names == {
        "2D": {f"step{i}.png" for i in range(1, 8)},
        "MNIST/init": {f"centroid{i}.png" for i in range(12)},
        "MNIST/final": {f"{name}.png" for name in final}}
