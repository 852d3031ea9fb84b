"""Pictures of data: images with their labels, or points in the plane.

    data  a kmeanslab.data.Data
"""

from collections.abc import Sequence
from typing import Any

import numpy as np

from kmeanslab.data.datasets import Data

MAX_LEGEND_NAMES = 20


def draw(data: Data, rows: int, columns: int) -> Any:
    """Return a matplotlib figure of the data, or None if they are neither.

    Images: the first rows x columns, under their labels.  Points in the
    plane: all, coloured by label.
    """
    if data.shape is not None:
        return images(data, rows, columns)
    return points(data) if data.X.shape[1] == 2 else None


def images(data: Data, rows: int, columns: int) -> Any:
    """Return a figure of the first images, titled with their labels."""
    titles = None
    if data.labels is not None:
        titles = [data.classes[label] for label in data.labels]
    return mosaic(data.X[:rows * columns], data.shape, titles, columns,
                  value_range(data.X))


def mosaic(X: np.ndarray, shape: tuple[int, int],
           titles: Sequence[str] | None, columns: int,
           limits: tuple[float, float] | None = None) -> Any:
    """Return a figure of images (n, d), each under its title, if any.

    limits: the values shown black and white, by default the min and max
    """
    from matplotlib.figure import Figure  # only pictures need it
    rows = -(-len(X) // columns)
    low, high = limits or (X.min(), X.max())
    figure = Figure(figsize=(1.3 * columns, 1.6 * rows), layout="tight")
    grid = figure.subplots(rows, columns, squeeze=False).ravel()
    for axes in grid:
        hide_axis(axes)
    for axes, image, title in zip(grid, X, titles or [""] * len(X)):
        axes.imshow(image.reshape(shape), "gray", vmin=low, vmax=high)
        axes.set_title(plain(title))
    return figure


def hide_axis(axes: Any) -> None:
    """Show no axis; nor have ticks, which take time even where hidden."""
    axes.set(xticks=[], yticks=[])
    axes.axis("off")


def montage(X: np.ndarray, shape: tuple[int, int], columns: int
            ) -> np.ndarray:
    """Return images (n, d) side by side as one picture, a pixel apart."""
    (height, width), rows = shape, -(-len(X) // columns)
    picture = np.zeros((rows * columns, height + 1, width + 1), X.dtype)
    picture[:len(X), :-1, :-1] = X.reshape(-1, height, width)
    grid = picture.reshape(rows, columns, height + 1, width + 1)
    return grid.transpose(0, 2, 1, 3).reshape(
        rows * (height + 1), -1)[:-1, :-1]


def value_range(X: np.ndarray) -> tuple[float, float]:
    """Return the values shown black and white."""
    return (0, 255) if X.dtype == np.uint8 else (X.min(), X.max())


def plain(text: str) -> str:
    """Return the text with dollars escaped: matplotlib reads formulas."""
    return text.replace("$", r"\$")


def points(data: Data) -> Any:
    """Return a figure of points in the plane, coloured by label."""
    from matplotlib.figure import Figure
    figure = Figure(figsize=(6, 6), layout="tight")
    axes = figure.add_subplot(aspect="equal", title=plain(data.name))
    if data.labels is None:
        axes.scatter(data.X[:, 0], data.X[:, 1], s=12)
        return figure
    for i, name in enumerate(data.classes):
        x, y = data.X[data.labels == i].T
        axes.scatter(x, y, s=12, label=plain(name))
    if len(data.classes) <= MAX_LEGEND_NAMES:
        axes.legend()
    return figure
