"""Figures of a sweep over K."""

from collections.abc import Iterator
from typing import Any

import numpy as np

from kmeanslab.data.datasets import Data
from kmeanslab.report.image_grids import hide_axis, mosaic
from kmeanslab.report.style import (
    Picture, full_columns, k_axis, line, new_figure)
from kmeanslab.studies.sweep import BASELINE, Fit, Grid, Sweep

MAX_CENTRES = 64         # in a picture
PANELS = [("accuracy", "accuracy on training images"),
          ("test", "accuracy on test images"),
          ("homogeneity", "homogeneity"),
          ("ari", "adjusted Rand index"),
          ("inertia", "inertia, values from 0 to 1"),
          ("silhouette", "silhouette of a sample"),
          ("seconds", "seconds per fit")]


def figures(studies: list[Sweep], data: Data) -> Iterator[Picture]:
    """Yield the pictures of a sweep."""
    yield Picture(
        "scores", "Scores against K: the median over seeds, in a band from "
        "the minimum to the maximum. Higher is better, except for inertia and "
        "seconds.", describe(studies), scores_by_k(studies))
    for each in studies:
        if data.shape and each.k <= MAX_CENTRES:
            yield Picture(
                f"centres-{each.k}", f"The {each.k} centres of one mini-batch "
                "fit, each under the most frequent label of its images.",
                f"A grid of {each.k} blurred images titled "
                f"{', '.join(sorted(each.grid.names))}.",
                named_centres(each.grid, data.shape))


def describe(studies: list[Sweep]) -> str:
    """Return what the scores show, for those who do not see them."""
    first, last = studies[0], studies[-1]
    parts = []
    for field, title in PANELS[:6]:
        low, high = (np.nanmedian([getattr(fit, field) for fit in each.fits
                                   if fit.method != BASELINE])
                     for each in (first, last))
        parts.append(f"{title} {low:,.3g} at K = {first.k} and {high:,.3g} at "
                     f"K = {last.k}")
    return "Seven line charts against K: " + "; ".join(parts) + "."


def scores_by_k(studies: list[Sweep]) -> Any:
    """Return a figure of accuracy, inertia and other scores against K."""
    fits = [fit for study in studies for fit in study.fits]
    figure, axes = new_figure(13, 6.5, 2, 4)
    for ax, (field, title) in zip(axes.ravel(), PANELS):
        for method in dict.fromkeys(fit.method for fit in fits):
            plot_spread(ax, fits, method, field)
        ax.set_title(title)
        k_axis(ax, sorted({fit.k for fit in fits}), "K")
    hide_axis(axes[1, 3])
    handles, labels = axes[0, 0].get_legend_handles_labels()
    axes[1, 3].legend(handles, labels, loc="center", handlelength=4)
    return figure


def plot_spread(ax: Any, fits: list[Fit], method: str, field: str) -> None:
    """Plot medians over seeds, in a band from minimum to maximum."""
    ks = sorted({fit.k for fit in fits if fit.method == method})
    values = [[getattr(fit, field) for fit in fits
               if fit.method == method and fit.k == k] for k in ks]
    if np.isfinite(values).all():
        style = line(method)
        ax.plot(ks, np.median(values, axis=1), label=method, **style)
        ax.fill_between(ks, np.min(values, axis=1), np.max(values, axis=1),
                        color=style["color"], alpha=0.2, linewidth=0)


def named_centres(grid: Grid, shape: tuple[int, int]) -> Any:
    """Return a figure of the centres, each under its name."""
    order = np.argsort(grid.names, kind="stable")
    return mosaic(grid.centres[order], shape,
                  titles=[grid.names[j] for j in order],
                  columns=full_columns(grid.k))
