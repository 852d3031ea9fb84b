"""The style that all figures share: colours, new figures, common axes.

Figures are made without pyplot, so that no window, backend or global state is
involved.

    ax  matplotlib Axes
"""

from collections.abc import Sequence
from typing import Any

import numpy as np

from kmeanslab.report import image_grids

COLOURS = {"mini-batch": "tab:blue", "polished": "tab:orange",
           "exact": "tab:green", "cluster": "tab:red",
           "random baseline": "tab:gray", "random rows": "tab:blue",
           "k-means++": "tab:orange", "best": "tab:green", "worst": "tab:red"}
Named = tuple[str, str, Any]     # a figure's name, caption and the figure


def new_figure(width: float, height: float, rows: int = 1, columns: int = 1,
               **options: Any) -> tuple[Any, np.ndarray]:
    """Return a figure of a size in inches, and its axes (rows, columns)."""
    from matplotlib.figure import Figure  # only pictures need it
    figure = Figure(figsize=(width, height), layout="constrained")
    return figure, figure.subplots(rows, columns, squeeze=False, **options)


def k_axis(ax: Any, ks: Sequence[int], label: str) -> None:
    """Mark exactly these K on a logarithmic horizontal axis."""
    ax.set(xlabel=label, xscale="log")
    ax.set_xticks(ks, ks)
    ax.minorticks_off()
    ax.grid(alpha=0.3)


def show(ax: Any, picture: np.ndarray, X: np.ndarray) -> None:
    """Show a picture in the range of values of the images X."""
    low, high = image_grids.value_range(X)
    ax.imshow(picture, "gray", vmin=low, vmax=high)


def padded(images: np.ndarray, count: int) -> np.ndarray:
    """Return `count` images: those given, then black ones."""
    missing = np.zeros((count - len(images), images.shape[1]), images.dtype)
    return np.concatenate([images, missing])
