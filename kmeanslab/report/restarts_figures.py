"""Figures of restarts."""

from collections.abc import Iterator
from typing import Any

import numpy as np

from kmeanslab.data.datasets import Data
from kmeanslab.report.image_grids import hide_axis, montage, mosaic, plain
from kmeanslab.report.style import (
    Picture, line, new_figure, padded, show, whole_numbers)
from kmeanslab.studies.restarts import Restarts, TracedRun

CENTRES_PER_ROW = 5


def figures(studies: list[Restarts], data: Data) -> Iterator[Picture]:
    """Yield the pictures of restarts."""
    yield Picture(
        "j", "Above: J of all runs. Below: the minimum J to expect of r runs "
        "from random rows. Where the curve is flat, more runs do not help.",
        describe_js(studies), all_js(studies))
    yield Picture(
        "traces", "J after each iteration of the best and of the worst run. "
        "The first two iterations are above the frame.",
        describe_traces(studies), traces(studies))
    for each in studies if data.shape else []:
        yield Picture(
            f"representatives-{each.k}",
            f"All {each.k} representatives of the best run.",
            f"A grid of {each.k} blurred images, titled with their labels: "
            f"{', '.join(each.best.names)}.",
            mosaic(each.best.representatives, data.shape, each.best.names,
                   CENTRES_PER_ROW))
        for name, chosen in ("best", each.best), ("worst", each.worst):
            yield Picture(
                f"{name}-{each.k}", f"The {name} run of K = {each.k}: each "
                "representative, then the images nearest to it. In front: "
                "their most frequent label, and how many of them have it.",
                f"{each.k} rows of images; in {pure(chosen)} of them all "
                "images have the same label.", representatives(chosen, data))


def describe_js(studies: list[Restarts]) -> str:
    """Return what the histograms show."""
    return "Histograms and falling curves: " + "; ".join(
        "K = {}, J from {:,.3f} to {:,.3f} million".format(
            each.k, each.best.run.j / 1e6, each.worst.run.j / 1e6)
        for each in studies) + "."


def describe_traces(studies: list[Restarts]) -> str:
    """Return what the traces show."""
    return "Falling curves: " + "; ".join(
        f"K = {each.k}, the best run converges after {each.best.run.n_iter} "
        f"iterations, the worst after {each.worst.run.n_iter}"
        for each in studies) + "."


def pure(run: TracedRun) -> int:
    """Return how many representatives have nearest images of one label."""
    return sum(agree == len(rows)
               for agree, rows in zip(run.agree, run.nearest))


def all_js(studies: list[Restarts]) -> Any:
    """Return a figure of J of every run, and its expected minimum."""
    figure, axes = new_figure(4.2 * len(studies), 6.5, 2, len(studies))
    for study, (above, below) in zip(studies, axes.T):
        js = [run.j / 1e6 for run in study.runs]
        bins = np.linspace(min(js), max(js), 13)
        for start, hatch in zip(dict.fromkeys(run.start for run in study.runs),
                                ("", "///")):
            above.hist([j for j, run in zip(js, study.runs)
                        if run.start == start], bins, alpha=0.6, label=start,
                       color=line(start)["color"], hatch=hatch,
                       edgecolor="black", linewidth=0.5)
        whole_numbers(above.yaxis)
        above.locator_params(axis="x", nbins=4)     # numbers are long
        above.set(title=f"K = {study.k}", xlabel="J, millions",
                  ylabel="runs")
        below.plot(np.arange(1, len(study.best_of) + 1),
                   np.divide(study.best_of, 1e6), **line("random rows"))
        whole_numbers(below.xaxis)
        below.set(xlabel="runs r, from random rows",
                  ylabel="expected minimum J, millions")
        below.grid(alpha=0.3)
    axes[0, 0].legend()
    return figure


def traces(studies: list[Restarts]) -> Any:
    """Return a figure of J per iteration, of the best and worst runs."""
    figure, axes = new_figure(4.2 * len(studies), 3.8, 1, len(studies))
    for study, ax in zip(studies, axes[0]):
        shown: list[float] = []
        for name, each in ("best", study.best), ("worst", study.worst):
            js = np.divide(each.trace, 1e6)
            shown.extend(js[2:] if len(js) > 2 else js)
            ax.plot(np.arange(1, len(js) + 1), js, label=f"{name} run",
                    markevery=max(1, len(js) // 8), **line(name))
        margin = 0.05 * (max(shown) - min(shown)) or 1e-6
        ax.set(title=f"K = {study.k}", xlabel="iteration",
               ylabel="J, millions",
               ylim=(min(shown) - margin, max(shown) + margin))
        whole_numbers(ax.xaxis)
        ax.grid(alpha=0.3)
    axes[0, 0].legend(handlelength=4)
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
        hide_axis(ax)
    for ax, j in zip(axes.ravel(), order):
        nearest = padded(data.X[run.nearest[j]], count)
        row = np.concatenate([run.representatives[[j]], nearest])
        show(ax, montage(row, data.shape, len(row)), data.X)
        title = f"{run.names[j]}: {run.agree[j]} of {len(run.nearest[j])}"
        ax.text(-0.02, 0.5, plain(title), transform=ax.transAxes, ha="right",
                va="center", fontsize=8)
    return figure
