"""Figures of confusion: which classes share a cluster."""

from collections.abc import Iterator
from typing import Any

import numpy as np

from kmeanslab.data.datasets import Data
from kmeanslab.report.image_grids import montage, mosaic, plain
from kmeanslab.report.style import Named, new_figure, padded, show
from kmeanslab.studies.confusion import MERGE_IMAGES, Confusion

MAX_MERGES = 8           # in a picture


def figures(studies: list[Confusion], data: Data) -> Iterator[Named]:
    """Yield the names, captions and figures of confusion."""
    for each in studies:
        yield (f"matrix-{each.k}", f"The {each.k} clusters, column by column: "
               "the labels of their images, in per cent.",
               matrix(each, data.classes))
        if data.shape:
            yield (f"centres-{each.k}", f"The {each.k} centres, each under "
                   "its majority label and its number of images.",
                   centres(each, data.shape))
            yield (f"examples-{each.k}", f"Images of each of the {each.k} "
                   "clusters, drawn at random.", examples(each, data))
        if data.shape and each.merges:
            yield (f"merged-{each.k}", f"Labels that share one of the "
                   f"{each.k} clusters: images of the majority above those "
                   "of the other.", merged(each, data))


def matrix(study: Confusion, classes: tuple[str, ...]) -> Any:
    """Return a heat map of true labels by clusters, ordered by majority."""
    counts = study.counts[:, study.order]
    shares = counts / np.maximum(counts.sum(axis=0), 1)
    figure, axes = new_figure(1.5 + 0.5 * study.k, 1.5 + 0.4 * len(classes))
    ax = axes[0, 0]
    image = ax.imshow(shares, "Blues", vmin=0, vmax=1, aspect="auto")
    for (i, j), share in np.ndenumerate(shares):
        if share >= 0.01:
            ax.text(j, i, f"{100 * share:.0f}", ha="center", va="center",
                    fontsize=8, color="white" if share > 0.5 else "black")
    ax.set_xticks(range(study.k), [plain(study.names[j])
                                   for j in study.order])
    ax.set_yticks(range(len(classes)), map(plain, classes))
    ax.set(xlabel="clusters, by their majority label", ylabel="true label",
           title=f"K = {study.k}: purity {study.purity:.3f}")
    figure.colorbar(image, label="share of the cluster")
    return figure


def centres(study: Confusion, shape: tuple[int, int]) -> Any:
    """Return a figure of the centres in the order of the matrix."""
    sizes = study.counts.sum(axis=0)
    titles = [f"{study.names[j]} ({sizes[j]:,})" for j in study.order]
    return mosaic(study.centres[study.order], shape, titles, columns=10)


def examples(study: Confusion, data: Data) -> Any:
    """Return a figure of up to 25 random images of each cluster."""
    columns = min(5, study.k)
    rows = -(-study.k // columns)
    figure, axes = new_figure(2.2 * columns, 2.4 * rows, rows, columns)
    for ax in axes.ravel():
        ax.axis("off")
    for ax, j in zip(axes.ravel(), study.order):
        if len(study.examples[j]):
            show(ax, montage(data.X[study.examples[j]], data.shape, 5),
                 data.X)
        ax.set_title(plain(study.names[j]))
    return figure


def merged(study: Confusion, data: Data) -> Any:
    """Return a figure of labels that share a cluster: images of both."""
    shown = study.merges[:MAX_MERGES]
    figure, axes = new_figure(8, 1.35 * len(shown), len(shown), 1)
    for ax, merge in zip(axes[:, 0], shown):
        rows = np.concatenate([padded(data.X[images], MERGE_IMAGES)
                               for images in merge.examples])
        show(ax, montage(rows, data.shape, MERGE_IMAGES), data.X)
        ax.axis("off")
        ax.set_title(plain("{} ({:.0%}) with {} ({:.0%})".format(
            merge.labels[0], merge.shares[0], merge.labels[1],
            merge.shares[1])), fontsize=10)
    return figure
