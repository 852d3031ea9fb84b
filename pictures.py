"""Pictures of points and centroids, drawn in memory and written as files.

Points are drawn by matplotlib, without pyplot: that needs neither a screen
nor a window, and leaves the settings of whoever calls it as they are.
Images are drawn dot by dot by Pillow, which matplotlib brings along.

assignment_dict  name -> its points      {"centroid0": [[1.0, 2.0]]}
centroids        name -> its position    {"centroid0": [2.0, 2.0]}
digit            a square image, row by row, as one list of grey values
"""
import importlib.util
import math
import os
import re

from files import InputError, cannot_write, whole_file

FOLDERS = {"2d": ["results/2D"],
           "mnist": ["results/MNIST/init", "results/MNIST/final"]}
BLACK, WHITE = 0, 255


def plot_2d(assignment_dict, centroids):
    """Draws 2-D points, one colour a cluster, and their centroids.

    The axes fit all points and centroids; as no mean lies outside its
    points, they are the same after every step.

    Returns:
        a matplotlib Figure
    Raises:
        InputError: the points do not have 2 values
    """
    fig = _new_figure(500, 520)
    axes = fig.add_axes((0.12, 0.1, 0.84, 0.81))
    numbers = _numbers(list(assignment_dict))
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


def _numbers(names):
    """Returns a number for each name, the same when others are lost."""
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


def _new_figure(width, height):
    """Returns a matplotlib Figure of width x height dots."""
    from matplotlib.figure import Figure
    return Figure(figsize=(width / 100, height / 100), dpi=100)


def plot_fig(fig, parent_path, title):
    """Writes a figure, with its title, to <parent_path>/<title>.png."""
    fig.suptitle(title, parse_math=False)
    with whole_file(os.path.join(parent_path, f"{title}.png")) as temporary:
        fig.savefig(temporary, format="png", metadata={"Software": None})


def plot_digit(digit):
    """Draws one square image, such as 784 values for 28 x 28 pixels.

    Returns:
        a matplotlib Figure, ten dots to a pixel of a 28 x 28 image
    Raises:
        InputError: the number of values is not a square
    """
    fig = _new_figure(280, 320)
    fig.figimage(_enlarge(digit, 280), cmap="gray", vmin=BLACK, vmax=WHITE)
    return fig


def plot_centroids(centroids, name):
    """Draws each centroid into results/MNIST/<name>/<its own name>.png."""
    from PIL import Image
    for centroid, position in centroids.items():
        picture = Image.new("L", (280, 320), WHITE)
        picture.paste(_enlarge(position, 280), (0, 40))
        _write(picture, centroid, (140, 20), size=18)
        fname = re.sub(r"[^\w .-]", "_", centroid) + ".png"
        path = os.path.join("results/MNIST", name, fname)
        with whole_file(path) as temporary:
            picture.save(temporary, format="PNG")


def draw_grid(names, centroids, title):
    """Draws centroids side by side, and leaves the place of a lost one.

    Arguments:
        names: the names of all centroids that there ever were
        centroids: name -> its position, of those that are left
        title: the text above them all
    Returns:
        a Pillow Image
    """
    from PIL import Image
    columns = math.ceil(math.sqrt(len(names)))
    rows = math.ceil(len(names) / columns)
    grid = Image.new("L", (140 * columns, 140 * rows + 40), WHITE)
    _write(grid, title, (70 * columns, 20), size=18)
    for i, name in enumerate(names):
        left, top = 140 * (i % columns) + 14, 140 * (i // columns) + 60
        _write(grid, name, (left + 56, top - 9), size=13)
        if name in centroids:
            grid.paste(_enlarge(centroids[name], 112), (left, top))
        else:
            _write(grid, "no points", (left + 56, top + 56), size=13)
    return grid.quantize(64, dither=Image.Dither.NONE)


def _enlarge(digit, size):
    """Returns an image of size x size dots, dark to light as its values."""
    from PIL import Image
    side = math.isqrt(len(digit))
    if side * side != len(digit):
        raise InputError(
            f"cannot draw {len(digit)} values as a square picture: use "
            f"{side * side} or {(side + 1) ** 2} values")
    low, high = min(digit), max(digit)
    scale = WHITE / (high - low) if high > low else 0
    image = Image.new("L", (side, side))
    image.putdata([round((value - low) * scale) for value in digit])
    return image.resize((size, size), Image.Resampling.NEAREST)


def _write(picture, text, middle, size):
    from PIL import ImageDraw, ImageFont
    ImageDraw.Draw(picture).text(
        middle, text, BLACK, ImageFont.load_default(size), anchor="mm")


def draw_figure(fig, title):
    """Returns a matplotlib Figure, titled, as a Pillow Image for a GIF."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from PIL import Image
    fig.suptitle(title)
    canvas = FigureCanvasAgg(fig)
    canvas.draw()
    size = canvas.get_width_height()
    image = Image.frombytes("RGBA", size, bytes(canvas.buffer_rgba()))
    return image.convert("RGB").quantize()


def write_animation(images, fname):
    """Writes Pillow Images as one animated GIF."""
    durations = [600] * (len(images) - 1) + [3000]
    with whole_file(fname) as temporary:
        images[0].save(temporary, format="GIF", save_all=True, loop=0,
                       append_images=images[1:], duration=durations)


def prepare_results(dataset):
    """Makes the folders for the pictures, without those of the last run.

    Raises:
        InputError: a folder cannot be used, or a library is missing
    """
    for library in ["matplotlib", "PIL"]:
        if importlib.util.find_spec(library) is None:
            raise InputError("matplotlib is missing: type "
                             "`python -m pip install matplotlib`")
    for folder in FOLDERS[dataset]:
        try:
            os.makedirs(folder, exist_ok=True)
            for fname in os.listdir(folder):
                if fname.endswith(".png"):
                    os.remove(os.path.join(folder, fname))
        except OSError as error:
            raise InputError(cannot_write(error.filename, error)) from error
