"""Figures of patches: vocabularies, bags, accuracies."""

from collections.abc import Iterator
from typing import Any

import numpy as np

from kmeanslab.data.datasets import Data
from kmeanslab.report.image_grids import montage
from kmeanslab.report.style import Named, k_axis, new_figure, show
from kmeanslab.studies.patches import Vocabulary


def figures(studies: list[Vocabulary], data: Data) -> Iterator[Named]:
    """Yield the names, captions and figures of patches."""
    yield ("accuracy", "The test accuracy of a linear classifier on bags of "
           "patches, and on pixels.", codings(studies))
    for each in studies:
        yield (f"words-{each.k}", f"A vocabulary of {each.k} patches, learned "
               "from patches as they are and from whitened ones.",
               vocabulary(each))
    yield ("bag", "An image, and how many of its patches are nearest to each "
           "word.", bag(studies[0], data))


def codings(studies: list[Vocabulary]) -> Any:
    """Return a figure of test accuracy against K, a line per encoding."""
    figure, axes = new_figure(7, 4.5)
    ax, ks = axes[0, 0], [each.k for each in studies]
    for i, first in enumerate(studies[0].scores):
        ax.plot(ks, [each.scores[i].accuracy for each in studies], "o-",
                markersize=4, label=f"{first.coding}, {first.pooling}"
                + ", whitened" * first.white)
    ax.axhline(studies[0].pixels, color="black", linestyle="--",
               label="pixels")
    ax.set_ylabel("accuracy on test images")
    k_axis(ax, ks, "words K")
    ax.legend()
    return figure


def vocabulary(study: Vocabulary) -> Any:
    """Return a figure of the words, as they are and whitened."""
    figure, axes = new_figure(9, 4.8, 1, 2)
    for ax, words, title in zip(axes[0], (study.words, study.white_words),
                                (f"{study.k} words", "whitened")):
        columns = round(study.k ** 0.5)
        side = round(words.shape[1] ** 0.5)
        centred = words - words.mean(axis=1, keepdims=True)
        centred /= np.abs(centred).max(axis=1, keepdims=True)
        ax.imshow(montage(centred, (side, side), columns), "gray", vmin=-1,
                  vmax=1)
        ax.set_title(title)
        ax.axis("off")
    return figure


def bag(study: Vocabulary, data: Data) -> Any:
    """Return a figure of the first training image and its bag of patches."""
    figure, (axes,) = new_figure(9, 3, 1, 2, width_ratios=[1, 3])
    show(axes[0], data.X[0].reshape(data.shape), data.X)
    axes[0].axis("off")
    axes[1].bar(np.arange(study.k), study.bag, color="tab:blue")
    axes[1].set(xlabel="word", ylabel="patches of the image",
                title="a bag of patches")
    return figure
