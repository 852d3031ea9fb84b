"""Figures of a sweep over K."""

from collections.abc import Iterator
from typing import Any

import numpy as np

from kmeanslab.data.datasets import Data
from kmeanslab.report.image_grids import mosaic
from kmeanslab.report.style import COLOURS, Named, k_axis, new_figure
from kmeanslab.studies.sweep import Fit, Grid, Sweep

MAX_CENTRES = 64         # in a picture


def figures(studies: list[Sweep], data: Data) -> Iterator[Named]:
    """Yield the names, captions and figures of a sweep."""
    yield ("scores", "Scores against K: medians over seeds, in bands from the "
           "minimum to the maximum.", scores_by_k(studies))
    for each in studies:
        if data.shape and each.k <= MAX_CENTRES:
            yield (f"centres-{each.k}", f"The {each.k} centres of one fit, "
                   "each under the most frequent label of its images.",
                   named_centres(each.grid, data.shape))


def scores_by_k(studies: list[Sweep]) -> Any:
    """Return a figure of accuracy, inertia and other scores against K."""
    fits = [fit for study in studies for fit in study.fits]
    figure, axes = new_figure(11, 7, 2, 3)
    panels = [("accuracy", "accuracy on training images"),
              ("test", "accuracy on test images"),
              ("inertia", "inertia, values from 0 to 1"),
              ("homogeneity", "homogeneity"),
              ("ari", "adjusted Rand index"),
              ("seconds", "seconds per fit")]
    for ax, (field, title) in zip(axes.ravel(), panels):
        for method in dict.fromkeys(fit.method for fit in fits):
            plot_spread(ax, fits, method, field)
        ax.set_title(title)
        k_axis(ax, sorted({fit.k for fit in fits}), "K")
    axes[0, 0].legend()
    return figure


def plot_spread(ax: Any, fits: list[Fit], method: str, field: str) -> None:
    """Plot medians over seeds, in a band from minimum to maximum."""
    ks = sorted({fit.k for fit in fits if fit.method == method})
    values = [[getattr(fit, field) for fit in fits
               if fit.method == method and fit.k == k] for k in ks]
    if np.isfinite(values).all():
        ax.plot(ks, np.median(values, axis=1), "o-", markersize=4,
                color=COLOURS[method], label=method)
        ax.fill_between(ks, np.min(values, axis=1), np.max(values, axis=1),
                        color=COLOURS[method], alpha=0.2, linewidth=0)


def named_centres(grid: Grid, shape: tuple[int, int]) -> Any:
    """Return a figure of the centres, each under its name."""
    order = np.argsort(grid.names, kind="stable")
    return mosaic(grid.centres[order], shape,
                  titles=[grid.names[j] for j in order],
                  columns=full_columns(grid.k))


def full_columns(count: int) -> int:
    """Return the number of columns of a nearly square grid of `count` images.

    It has more columns than rows where that fills the last row.
    """
    square = int(np.ceil(np.sqrt(count)))
    return next((columns for columns in range(square, 2 * square)
                 if count % columns == 0), square)
