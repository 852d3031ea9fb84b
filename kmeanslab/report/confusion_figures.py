"""Figures of confusion: which classes share a cluster."""

from collections.abc import Iterator
from typing import Any

import numpy as np

from kmeanslab.data.datasets import Data
from kmeanslab.report.image_grids import hide_axis, montage, mosaic, plain
from kmeanslab.report.style import Picture, new_figure, padded, show
from kmeanslab.studies.confusion import MERGE_IMAGES, Confusion

MAX_MERGES = 8           # in a picture
CENTRES_PER_ROW = 5


def figures(studies: list[Confusion], data: Data) -> Iterator[Picture]:
    """Yield the pictures of confusion."""
    for each in studies:
        yield Picture(
            f"matrix-{each.k}", f"The labels of the images of each of the "
            f"{each.k} clusters, in per cent of the cluster. A column with "
            "one dark cell is a pure cluster.", describe(each),
            matrix(each, data.classes))
        if data.shape:
            yield Picture(
                f"centres-{each.k}", f"The {each.k} centres, each under its "
                "majority label and its number of images.",
                f"A grid of {each.k} blurred images; the largest cluster has "
                f"{each.counts.sum(axis=0).max():,} images.",
                centres(each, data.shape))
            yield Picture(
                f"examples-{each.k}", f"Random images of each of the {each.k} "
                "clusters, under its majority label.",
                f"{each.k} blocks of 5 x 5 images.", examples(each, data))
        if data.shape and each.merges:
            yield Picture(
                f"merged-{each.k}", f"Labels that share one of the {each.k} "
                "clusters: images of the majority label above those of the "
                "other.", describe_merges(each), merged(each, data))


def describe(study: Confusion) -> str:
    """Return what the matrix shows."""
    sizes = study.counts.sum(axis=0)
    shares = study.counts.max(axis=0) / np.maximum(sizes, 1)
    best, worst = shares.argmax(), shares.argmin()
    return (f"A heat map of {len(study.counts)} labels by {study.k} clusters. "
            f"The purest cluster is {shares[best]:.0%} {study.names[best]}, "
            f"the least pure {shares[worst]:.0%} {study.names[worst]}.")


def describe_merges(study: Confusion) -> str:
    """Return which labels the picture of merges shows."""
    return "Pairs of rows of images: " + ", ".join(
        f"{merge.labels[0]} with {merge.labels[1]}"
        for merge in study.merges[:MAX_MERGES]) + "."


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
    return mosaic(study.centres[study.order], shape, titles,
                  columns=CENTRES_PER_ROW)


def examples(study: Confusion, data: Data) -> Any:
    """Return a figure of up to 25 random images of each cluster."""
    columns = min(5, study.k)
    rows = -(-study.k // columns)
    figure, axes = new_figure(2.2 * columns, 2.4 * rows, rows, columns)
    for ax in axes.ravel():
        hide_axis(ax)
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
        hide_axis(ax)
        ax.set_title(plain("{} ({:.0%}) with {} ({:.0%})".format(
            merge.labels[0], merge.shares[0], merge.labels[1],
            merge.shares[1])), fontsize=10)
    return figure
