"""The style that all figures share: colours, lines, new figures, axes.

Lines differ by colour, dashes and marker, so that they can be distinguished
without colours.  The colours are those of Okabe and Ito, which people with
colour blindness distinguish.  Figures are made without pyplot: no window,
backend or global state is involved.

    ax  matplotlib Axes
"""

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from kmeanslab.report import image_grids

BLUE, ORANGE, GREEN, RED, PURPLE, GREY = (
    "#0072B2", "#E69F00", "#009E73", "#D55E00", "#CC79A7", "#666666")
LINES = [(BLUE, "-", "o"), (ORANGE, "--", "s"), (GREEN, "-.", "^"),
         (RED, ":", "D"), (PURPLE, (0, (5, 1, 1, 1, 1, 1)), "v"),
         (GREY, (0, (1, 1)), "x")]
NUMBERS = {"mini-batch": 0, "polished": 1, "exact": 2, "cluster": 3,
           "random baseline": 5, "random rows": 0, "k-means++": 1,
           "best": 0, "worst": 1, "pixels": 5}


class Picture(NamedTuple):
    """A figure of a study."""
    name: str        # of its file, without .png
    caption: str     # what it means
    alt: str         # what is seen
    figure: Any      # matplotlib Figure


def line(name: str | int) -> dict[str, Any]:
    """Return the colour, dashes and marker of a line by name or number."""
    number = name if isinstance(name, int) else NUMBERS[name]
    colour, dashes, marker = LINES[number % len(LINES)]
    return {"color": colour, "linestyle": dashes, "marker": marker,
            "markersize": 5}


def new_figure(width: float, height: float, rows: int = 1, columns: int = 1,
               **options: Any) -> tuple[Any, np.ndarray]:
    """Return a figure of a size in inches, and its axes (rows, columns)."""
    from matplotlib.figure import Figure  # only pictures need it
    figure = Figure(figsize=(width, height), layout="constrained")
    axes = figure.subplots(rows, columns, squeeze=False, **options)
    for ax in axes.ravel():
        ax.ticklabel_format(style="plain", useOffset=False)
    return figure, axes


def k_axis(ax: Any, ks: Sequence[int], label: str) -> None:
    """Mark exactly these K on a logarithmic horizontal axis."""
    ax.set(xlabel=label, xscale="log")
    ax.set_xticks(ks, ks)
    ax.minorticks_off()
    ax.grid(alpha=0.3)


def whole_numbers(axis: Any) -> None:
    """Put ticks of an axis at whole numbers only."""
    from matplotlib.ticker import MaxNLocator
    axis.set_major_locator(MaxNLocator(integer=True))


def show(ax: Any, picture: np.ndarray, X: np.ndarray) -> None:
    """Show a picture in the range of values of the images X."""
    low, high = image_grids.value_range(X)
    ax.imshow(picture, "gray", vmin=low, vmax=high)


def padded(images: np.ndarray, count: int) -> np.ndarray:
    """Return `count` images: those given, then black ones."""
    missing = np.zeros((count - len(images), images.shape[1]), images.dtype)
    return np.concatenate([images, missing])


def full_columns(count: int) -> int:
    """Return the number of columns of a nearly square grid of `count` images.

    It has more columns than rows where that fills the last row.
    """
    square = int(np.ceil(np.sqrt(count)))
    return next((columns for columns in range(square, 2 * square)
                 if count % columns == 0), square)
