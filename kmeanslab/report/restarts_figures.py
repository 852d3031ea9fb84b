"""Figures of restarts."""

from collections.abc import Iterator
from typing import Any

import numpy as np

from kmeanslab.data.datasets import Data
from kmeanslab.report.image_grids import montage, plain
from kmeanslab.report.style import COLOURS, Named, new_figure, padded, show
from kmeanslab.studies.restarts import Restarts, TracedRun


def figures(studies: list[Restarts], data: Data) -> Iterator[Named]:
    """Yield the names, captions and figures of restarts."""
    yield ("j", "J, the sum of the distances to the representatives: of all "
           "runs, and the expected minimum of r runs.", all_js(studies))
    yield ("traces", "J after each iteration, of the best and of the worst "
           "run.", traces(studies))
    for each in studies if data.shape else []:
        for name, chosen in ("best", each.best), ("worst", each.worst):
            yield (f"{name}-{each.k}", f"The {name} run of K = {each.k}: each "
                   "representative, the images nearest to it, and how many "
                   "of these have their most frequent label.",
                   representatives(chosen, data))


def all_js(studies: list[Restarts]) -> Any:
    """Return a figure of J of every run, and its expected minimum."""
    figure, axes = new_figure(4.2 * len(studies), 6.5, 2, len(studies))
    for study, (above, below) in zip(studies, axes.T):
        js = [run.j / 1e6 for run in study.runs]
        bins = np.linspace(min(js), max(js), 13)
        for start in dict.fromkeys(run.start for run in study.runs):
            above.hist([j for j, run in zip(js, study.runs)
                        if run.start == start], bins, alpha=0.6,
                       label=start, color=COLOURS[start])
        above.yaxis.get_major_locator().set_params(integer=True)
        above.set(title=f"K = {study.k}", xlabel="J, millions",
                  ylabel="runs")
        below.plot(np.arange(1, len(study.best_of) + 1),
                   np.divide(study.best_of, 1e6), "o-", markersize=4,
                   color=COLOURS["random rows"])
        below.set(xlabel="runs r, from random rows",
                  ylabel="expected minimum J of r runs, millions")
        below.grid(alpha=0.3)
    axes[0, 0].legend()
    return figure


def traces(studies: list[Restarts]) -> Any:
    """Return a figure of J per iteration, of the best and worst runs."""
    figure, axes = new_figure(4.2 * len(studies), 3.5, 1, len(studies))
    for study, ax in zip(studies, axes[0]):
        for name, each in ("best", study.best), ("worst", study.worst):
            ax.plot(np.arange(1, len(each.trace) + 1),
                    np.divide(each.trace, 1e6), color=COLOURS[name],
                    label=f"{name} run")
        ax.set(title=f"K = {study.k}", xlabel="iteration", xscale="log",
               ylabel="J, millions")
        ax.grid(alpha=0.3)
    axes[0, 0].legend()
    return figure


def representatives(run: TracedRun, data: Data) -> Any:
    """Return a figure of each representative and the images nearest to it.

    Each row is titled with the majority label of these images, and how many
    of them have it.
    """
    count = max(map(len, run.nearest))
    order = np.argsort(run.names, kind="stable")
    lines = -(-len(order) // 2)
    figure, axes = new_figure(10, 0.45 * lines + 0.1, lines, 2)
    for ax in axes.ravel():
        ax.axis("off")
    for ax, j in zip(axes.ravel(), order):
        nearest = padded(data.X[run.nearest[j]], count)
        row = np.concatenate([run.representatives[[j]], nearest])
        show(ax, montage(row, data.shape, len(row)), data.X)
        title = f"{run.names[j]}: {run.agree[j]} of {len(run.nearest[j])}"
        ax.text(-0.02, 0.5, plain(title), transform=ax.transAxes, ha="right",
                va="center", fontsize=8)
    return figure
