"""Pictures of points and centroids, drawn in memory and written as files.

Figures are made without pyplot: they need neither a screen nor a window,
and leave the matplotlib settings of whoever calls them as they are.

assignment_dict  name -> its points      {"centroid0": [[1.0, 2.0], ...]}
centroids        name -> its position    {"centroid0": [2.0, 2.0]}
digit            a square image, row by row, as one list of grey values
"""
import math
import os
import re

from files import InputError, whole_file

DPI = 100  # dots per inch: all sizes below are in dots
FOLDERS = {"2d": ["results/2D"],
           "mnist": ["results/MNIST/init", "results/MNIST/final"]}


def plot_2d(assignment_dict, centroids):
    """Draws 2-D points, one colour a cluster, and their centroids.

    The axes fit all points and centroids; as no mean lies outside its
    points, the pictures of all steps have the same axes.

    Returns:
        a matplotlib Figure
    """
    fig = _new_figure(500, 520)
    axes = fig.add_axes((0.12, 0.1, 0.84, 0.81))
    for i, (name, points) in enumerate(assignment_dict.items()):
        colour, marker = f"C{i % 10}", "os^Dv"[i // 10 % 5]
        axes.scatter(*zip(*points), color=colour, marker=marker,
                     s=20, alpha=0.6, linewidths=0)
        if name in centroids:
            _mark_centroid(axes, name, centroids[name], colour)
    axes.margins(0.1)
    axes.set_aspect("equal", adjustable="datalim")
    axes.set_xlabel("x")
    axes.set_ylabel("y")
    return fig


def _mark_centroid(axes, name, position, colour):
    axes.scatter(*position, color=colour, marker="X", s=170,
                 edgecolors="black", linewidths=1.5, zorder=3)
    axes.annotate(
        name, position, xytext=(0, 14), textcoords="offset points",
        ha="center", zorder=4, parse_math=False,
        bbox={"boxstyle": "round", "facecolor": "white", "alpha": 0.8})


def plot_digit(digit):
    """Draws one square image, such as 784 values for 28 x 28 pixels.

    Returns:
        a matplotlib Figure, ten dots to a pixel of a 28 x 28 image
    Raises:
        InputError: the number of values is not a square
    """
    fig = _new_figure(280, 320)
    _draw_image(fig, digit, left=0, bottom=0, size=280)
    return fig


def plot_centroids(centroids, name):
    """Draws each centroid into results/MNIST/<name>/<its own name>.png."""
    for centroid, position in centroids.items():
        plot_fig(plot_digit(position), f"results/MNIST/{name}",
                 re.sub(r"[^\w .-]", "_", centroid))


def plot_fig(fig, parent_path, title):
    """Writes a figure, with its title, to <parent_path>/<title>.png."""
    fig.suptitle(title, parse_math=False)
    with whole_file(os.path.join(parent_path, f"{title}.png")) as temporary:
        fig.savefig(temporary, format="png", metadata={"Software": None})


def prepare_results(dataset):
    """Makes the folders for the pictures and empties them of old ones."""
    for folder in FOLDERS[dataset]:
        try:
            os.makedirs(folder, exist_ok=True)
            for fname in os.listdir(folder):
                if fname.endswith(".png"):
                    os.remove(os.path.join(folder, fname))
        except OSError as error:
            raise InputError(
                f"cannot write to {folder} ({error.strerror}): make it a "
                "folder that you may write to") from error


def plot_grid(names, centroids):
    """Draws centroids side by side, and leaves the place of a lost one free.

    Arguments:
        names: the names of all centroids that there ever were
        centroids: name -> its position, of those that are left
    Returns:
        a matplotlib Figure
    """
    columns = math.ceil(math.sqrt(len(names)))
    rows = math.ceil(len(names) / columns)
    fig = _new_figure(140 * columns, 140 * rows + 40)
    for i, name in enumerate(names):
        left = 140 * (i % columns) + 14
        bottom = 140 * (rows - i // columns - 1) + 8
        _write(fig, name, left + 56, bottom + 116)
        if name in centroids:
            _draw_image(fig, centroids[name], left, bottom, size=112)
        else:
            _write(fig, "no points", left + 56, bottom + 56)
    return fig


def write_animation(figures, fname):
    """Writes figures, titled step 0, step 1, ..., as one animated GIF."""
    from PIL import Image
    for step, fig in enumerate(figures):
        fig.suptitle(f"step {step}")
    frames = [Image.fromarray(_pixels(fig)).quantize() for fig in figures]
    durations = [600] * (len(frames) - 1) + [3000]
    with whole_file(fname) as temporary:
        frames[0].save(temporary, format="GIF", save_all=True, loop=0,
                       append_images=frames[1:], duration=durations)


def _new_figure(width, height):
    from matplotlib.figure import Figure
    return Figure(figsize=(width / DPI, height / DPI), dpi=DPI)


def _write(fig, text, x, y):
    width, height = fig.get_size_inches() * DPI
    fig.text(x / width, y / height, text, size=9, ha="center",
             parse_math=False)


def _draw_image(fig, digit, left, bottom, size):
    """Puts an image into a square of dots, so that no edge is blurred."""
    import numpy
    side = math.isqrt(len(digit))
    if side * side != len(digit):
        raise InputError(
            f"cannot draw {len(digit)} values as a square picture: use "
            f"{side * side} or {(side + 1) ** 2} values")
    nearest = numpy.arange(size) * side // size
    image = numpy.reshape(digit, (side, side))[nearest][:, nearest]
    fig.figimage(image, left, bottom, cmap="gray")


def _pixels(fig):
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from numpy import asarray
    canvas = FigureCanvasAgg(fig)
    canvas.draw()
    return asarray(canvas.buffer_rgba())
