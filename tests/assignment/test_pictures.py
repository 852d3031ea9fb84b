"""Pictures show the right things, on any machine, without side effects."""
import contextlib
import io
import random
from unittest import mock

import numpy as np
import pytest
from PIL import Image
from hypothesis import given, settings, strategies as st

import pictures
from kmeans import assign_points_to_centroids, update_centroids
from utils import plot_2d, plot_centroids, plot_digit, plot_fig, plot_grid


def texts(fig):
    """Return all texts in a figure, except the numbers on its axes."""
    return [text.get_text() for part in [fig, *fig.axes]
            for text in part.texts]


def test_no_screen_and_no_backend(desk):
    """Pictures need no display, and pyplot is not even imported."""
    desk.write("draw.py", """
import sys
from utils import plot_2d, plot_digit, plot_fig
plot_fig(plot_2d({"a": [[1, 2]]}, {"a": [1, 2]}), "results", "points")
plot_fig(plot_digit([0, 1, 2, 3]), "results", "digit")
assert "matplotlib.pyplot" not in sys.modules
import matplotlib
assert matplotlib.get_backend(auto_select=False) == "qtagg"
""")
    run = desk.python("draw.py", MPLBACKEND="qtagg", DISPLAY="")
    assert run.stderr == "" and run.returncode == 0


def draw_both_ways(digit):
    """Write one digit as a figure and as a centroid; return the files."""
    plot_fig(plot_digit(digit), "results", "centroid0")
    plot_centroids({"centroid0": digit}, "final")
    return ["results/centroid0.png", "results/MNIST/final/centroid0.png"]


def test_image_is_sharp(tmp_path, monkeypatch):
    """Each of 28 x 28 values is a square of 10 x 10 equal dots."""
    monkeypatch.chdir(tmp_path)
    digit = [(7 * i) % 256 for i in range(784)]
    for file in draw_both_ways(digit):
        dots = np.asarray(Image.open(file).convert("L"))
        assert dots.shape == (320, 280)
        blocks = dots[40:].reshape(28, 10, 28, 10)
        assert (blocks == blocks[:, :1, :, :1]).all()
        greys = blocks[:, 0, :, 0].ravel().astype(int)
        assert abs(greys - digit).max() <= 1
        assert (dots[:40] < 100).any(), "the name stands above the image"


def test_greys_span_black_to_white(tmp_path, monkeypatch):
    """The smallest value is black and the largest is white.

    An image of a single grey is drawn, too.
    """
    monkeypatch.chdir(tmp_path)
    for digit, expected in [([-3.0, 0.0, 0.0, 7.5], [0, 73, 73, 255]),
                            ([4, 4, 4, 4], [0, 0, 0, 0])]:
        for file in draw_both_ways(digit):
            dots = np.asarray(Image.open(file).convert("L"))
            corners = dots[[60, 60, 200, 200], [5, 200, 5, 200]]
            assert abs(corners.astype(int) - expected).max() <= 1


def test_steps_have_the_same_axes():
    """The pictures of all steps can be flipped through."""
    rng = random.Random(5)
    data = [[rng.gauss(0, 9), rng.gauss(100, 1)] for _ in range(60)]
    centroids = {f"centroid{i}": data[i] for i in range(5)}
    limits = set()
    for _ in range(6):
        assignment = assign_points_to_centroids(data, centroids)
        centroids = update_centroids(assignment)
        axes = plot_2d(assignment, centroids).axes[0]
        axes.apply_aspect()
        limits.add((axes.get_xlim(), axes.get_ylim()))
    assert len(limits) == 1


def test_many_clusters_with_odd_names():
    """Any number of clusters and any names can be drawn, all different."""
    names = ["_left", "$x", "a$b$", "", "../up", "名"] + [
        f"centroid{i}" for i in range(30)]
    centroids = {name: [i, i * i] for i, name in enumerate(names)}
    fig = plot_2d({name: [point, point]
                   for name, point in centroids.items()}, centroids)
    assert texts(fig) == names
    looks = {(dots.get_paths()[0].vertices.tobytes(),
              dots.get_facecolor().tobytes())
             for dots in fig.axes[0].collections[::2]}
    assert len(looks) == len(names)


def test_centroids_stand_where_they_are():
    """Each cross is at its centroid, in the colour of its points."""
    centroids = {"centroid0": [1, 2], "centroid1": [7, 5]}
    fig = plot_2d({"centroid0": [[1, 1], [1, 3]],
                   "centroid1": [[6, 5], [8, 5]]}, centroids)
    dots, cross, more_dots, second = fig.axes[0].collections
    assert cross.get_offsets().tolist() == [[1, 2]]
    assert second.get_offsets().tolist() == [[7, 5]]
    assert dots.get_offsets().tolist() == [[1, 1], [1, 3]]
    for points, centroid in [(dots, cross), (more_dots, second)]:
        assert (points.get_facecolor()[0, :3]
                == centroid.get_facecolor()[0, :3]).all()


def test_colours_stay_when_a_centroid_is_lost():
    """A centroid keeps its colour when another one is lost."""
    def colours(numbers):
        centroids = {f"centroid{i}": [i, i] for i in numbers}
        fig = plot_2d({name: [point] for name, point in centroids.items()},
                      centroids)
        return [dots.get_facecolor()[0, :3].tolist()
                for dots in fig.axes[0].collections[1::2]]

    assert colours([0, 2]) == colours([0, 1, 2])[::2]


def test_lost_centroid_is_not_drawn():
    """A lost centroid has no cross, and its points are drawn."""
    fig = plot_2d({"a": [[1, 2]], "b": [[3, 4]]}, {"a": [1, 2]})
    assert texts(fig) == ["a"]


def test_centroid_files_stay_in_their_folder(tmp_path, monkeypatch):
    """A name cannot lead out of the results folder."""
    monkeypatch.chdir(tmp_path)
    plot_centroids({"../../up": [0, 1, 2, 3], "a b": [0] * 4}, "init")
    files = {path.relative_to(tmp_path).as_posix()
             for path in tmp_path.rglob("*") if path.is_file()}
    assert files == {"results/MNIST/init/.._.._up.png",
                     "results/MNIST/init/a b.png"}


def test_grid_keeps_the_place_of_a_lost_centroid():
    """Centroids stay in their places from the first step to the last."""
    names = ["a", "b", "c"]
    all_three, without_b = (
        dots(plot_grid(names, {name: [0, 1, 2, 3] for name in left}, 2))
        for left in ["abc", "ac"])
    rows, columns = np.nonzero(all_three != without_b)
    assert 60 <= rows.min() and rows.max() < 172
    assert 154 <= columns.min() and columns.max() < 266


def dots(fig):
    """Return the grey value of each dot of a figure."""
    file = io.BytesIO()
    fig.savefig(file, format="png")
    return np.asarray(Image.open(file).convert("L"), dtype=int)


def test_grid_is_sharp():
    """Each value of an image in a grid is a square of equal dots."""
    digit = [(7 * i) % 256 for i in range(784)]
    grid = dots(plot_grid(["a", "b"], {"a": digit, "b": digit}, 2))
    for left in [14, 154]:
        blocks = grid[60:172, left:left + 112].reshape(28, 4, 28, 4)
        assert (blocks == blocks[:, :1, :, :1]).all()
        assert abs(blocks[:, 0, :, 0].ravel() - digit).max() <= 1


@pytest.mark.filterwarnings("ignore:Glyph .* missing from font")
@settings(max_examples=20)
@given(st.text(max_size=5), st.integers(1, 9))
def test_any_title_and_size(title, side):
    """Any text can stand above a square picture of any size."""
    digit = list(range(side * side))
    fig = plot_digit(digit)
    with mock.patch.object(pictures, "atomic_write",
                           lambda _: contextlib.nullcontext(io.BytesIO())):
        plot_fig(fig, "results", title)
    assert dots(plot_grid([title], {title: digit}, 1)).shape == (180, 140)
