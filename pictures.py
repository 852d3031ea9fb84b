"""Pictures of points and centroids, drawn with matplotlib.

All figures are made without pyplot, so they need no screen, open no window
and change no settings. matplotlib is imported only when something is drawn.
Pillow, which matplotlib installs, turns figures into animated GIFs.

assignment_dict  name -> its points      {"centroid0": [[1.0, 2.0]]}
centroids        name -> its position    {"centroid0": [2.0, 2.0]}
digit            a square image, row by row, as one list of grey values
"""
import contextlib
import importlib.util
import math
import os
import re
import sys

from files import InputError, atomic_write, explain_write_error

FOLDERS = {"2d": ["results/2D"],
           "mnist": ["results/MNIST/init", "results/MNIST/final"]}
DOTS_PER_INCH = 100
FRAME_MS, LAST_FRAME_MS = 600, 3000


def plot_2d(assignment_dict, centroids):
    """Draw 2-D points, one colour per cluster, and their centroids.

    The axes fit all points and centroids. A mean never lies outside its
    points, so the axes are the same after every step.

    Returns:
        a matplotlib Figure
    Raises:
        InputError: a point does not have 2 values
    """
    fig = new_figure(500, 520)
    axes = fig.add_axes((0.12, 0.1, 0.84, 0.81))
    numbers = _style_numbers(list(assignment_dict))
    for i, (name, points) in zip(numbers, assignment_dict.items()):
        if len(points[0]) != 2:
            raise InputError(f"cannot draw points of {len(points[0])} values "
                             "in the plane: the 2d data need 2")
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


def _style_numbers(names):
    """Return a number per name that stays the same when others are lost."""
    ends = [re.search(r"[0-9]{1,4}$", name) for name in names]
    if all(ends) and len({int(end[0]) for end in ends}) == len(names):
        return [int(end[0]) for end in ends]
    return list(range(len(names)))


def _mark_centroid(axes, name, position, colour):
    axes.scatter(*position, color=colour, marker="X", s=170,
                 edgecolors="black", linewidths=1.5, zorder=3)
    axes.annotate(
        name, position, xytext=(0, 14), textcoords="offset points",
        ha="center", zorder=4, parse_math=False,
        bbox={"boxstyle": "round", "facecolor": "white", "alpha": 0.8})


def plot_digit(digit):
    """Draw one square image, such as 784 values for 28 x 28 pixels.

    Returns:
        a matplotlib Figure, 10 x 10 dots per pixel of a 28 x 28 image
    Raises:
        InputError: the number of values is not a square
    """
    fig = new_figure(280, 320)
    _draw_digit(_add_axes(fig, 0, 0, 280), digit)
    return fig


def plot_centroids(centroids, name):
    """Draw each centroid into results/MNIST/<name>/<its own name>.png."""
    fig = new_figure(280, 320)  # one for all: making figures takes time
    axes = _add_axes(fig, 0, 0, 280)
    for centroid, position in centroids.items():
        image = _draw_digit(axes, position)
        fig.suptitle(centroid, parse_math=False)
        fname = re.sub(r"[^\w .-]", "_", centroid) + ".png"
        _save(fig, os.path.join("results/MNIST", name, fname))
        image.remove()


def plot_fig(fig, parent_path, title):
    """Write a figure, with its title, to <parent_path>/<title>.png."""
    fig.suptitle(title, parse_math=False)
    _save(fig, os.path.join(parent_path, f"{title}.png"))


def plot_grid(names, centroids, columns=4):
    """Draw centroids side by side; a lost one leaves its place empty.

    Arguments:
        names: the names of all centroids at the start
        centroids: name -> its position, of those that are left
        columns: how many centroids stand side by side
    Returns:
        a matplotlib Figure
    """
    rows = math.ceil(len(names) / columns)
    width, height = 140 * columns, 140 * rows + 40
    fig = new_figure(width, height)
    for i, name in enumerate(names):
        left = 140 * (i % columns) + 14
        bottom = height - 140 * (i // columns) - 172
        _write(fig, name, left + 56, bottom + 121)
        if name in centroids:
            _draw_digit(_add_axes(fig, left, bottom, 112), centroids[name])
        else:
            _write(fig, "no points", left + 56, bottom + 56)
    return fig


def new_figure(width, height):
    """Return a matplotlib Figure of width x height dots."""
    from matplotlib.figure import Figure
    return Figure(figsize=(width / DOTS_PER_INCH, height / DOTS_PER_INCH),
                  dpi=DOTS_PER_INCH)


def _add_axes(fig, left, bottom, size):
    """Return new axes of size x size dots, for one image."""
    width, height = fig.get_size_inches() * DOTS_PER_INCH
    axes = fig.add_axes((left / width, bottom / height,
                         size / width, size / height))
    axes.axis("off")
    return axes


def _draw_digit(axes, digit):
    """Draw a square image, from black (smallest value) to white (largest).

    Each value becomes a square of equal dots, without interpolation.
    """
    side = math.isqrt(len(digit))
    if side * side != len(digit):
        raise InputError(
            f"cannot draw {len(digit)} values as a square picture: use "
            f"{side * side} or {(side + 1) ** 2} values")
    rows = [digit[i:i + side] for i in range(0, len(digit), side)]
    return axes.imshow(rows, cmap="gray", interpolation="nearest")


def _write(fig, text, x, y):
    """Write text around a place that is given in dots."""
    width, height = fig.get_size_inches() * DOTS_PER_INCH
    fig.text(x / width, y / height, text, ha="center", va="center",
             fontsize=9, parse_math=False)


def _save(fig, path):
    with atomic_write(path) as temporary:
        fig.savefig(temporary, format="png", metadata={"Software": None})


def animate_steps(data, centroids, dataset, assign, update):
    """Run k-means again and write its steps as an animated GIF.

    Arguments:
        data: a list of points
        centroids: a dictionary, centroid name -> where it starts
        dataset: "2d" (writes results/2D/steps.gif) or "mnist" (writes
            results/MNIST/steps.gif)
        assign, update: the two homework functions of a step
    """
    names = list(centroids)
    steps = [(assign(data, centroids), centroids)]
    while len(steps) == 1 or steps[-1] != steps[-2]:
        show_progress(f"step {len(steps)}")
        assignment = assign(data, steps[-1][1])
        steps.append((assignment, update(assignment)))
    write_animation(
        [plot_2d(*step) if dataset == "2d" else plot_grid(names, step[1])
         for step in steps], f"results/{dataset.upper()}/steps.gif")


def show_progress(text):
    """Show a short text on a terminal until the next line is printed."""
    if sys.stdout.isatty() and sys.stderr.isatty():
        print(text, end="\r", file=sys.stderr, flush=True)


def write_animation(figures, fname):
    """Write figures as one animated GIF, titled step 0, step 1, ..."""
    images = []
    for step, fig in enumerate(figures):
        show_progress(f"drawing step {step}")
        fig.suptitle(f"step {step}")
        images.append(_rasterize(fig))
    durations = [FRAME_MS] * (len(images) - 1) + [LAST_FRAME_MS]
    with atomic_write(fname) as temporary:
        images[0].save(temporary, format="GIF", save_all=True, loop=0,
                       append_images=images[1:], duration=durations)
    show_progress(" " * 20)


def _rasterize(fig):
    """Return a figure as a Pillow Image of 64 colours."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from PIL import Image
    canvas = FigureCanvasAgg(fig)
    canvas.draw()
    size = canvas.get_width_height()
    image = Image.frombytes("RGBA", size, bytes(canvas.buffer_rgba()))
    return image.convert("RGB").quantize(64, dither=Image.Dither.NONE)


@contextlib.contextmanager
def new_results(dataset):
    """Make the folders for pictures; afterwards remove older pictures.

    Nothing is removed if the run fails or draws nothing.

    Raises:
        InputError: a folder cannot be used, or matplotlib is missing
    """
    if importlib.util.find_spec("matplotlib") is None:
        raise InputError("matplotlib is missing: type "
                         "`python -m pip install matplotlib`")
    before = _prepare_folders(dataset)
    yield
    new = _stamps(dataset)
    if new != before:
        for path in before:
            if before[path] == new.get(path):
                os.remove(path)


def _prepare_folders(dataset):
    """Make the folders; return the stamps of the pictures in them."""
    try:
        for folder in FOLDERS[dataset]:
            os.makedirs(folder, exist_ok=True)
        return _stamps(dataset)
    except OSError as error:
        raise InputError(
            explain_write_error(error.filename, error)) from error


def _stamps(dataset):
    """Return path -> file number and time, which a new picture changes."""
    return {entry.path: (entry.stat().st_ino, entry.stat().st_mtime_ns)
            for folder in FOLDERS[dataset] for entry in os.scandir(folder)
            if entry.name.endswith(".png")}
