"""Figures of patches: vocabularies, bags, accuracies."""

from collections.abc import Iterator
from typing import Any

import numpy as np

from kmeanslab.data.datasets import Data
from kmeanslab.report.image_grids import hide_axis, montage
from kmeanslab.report.style import (
    BLUE, Picture, full_columns, k_axis, line, new_figure, show)
from kmeanslab.studies.patches import Vocabulary

MAX_NUMBERED_WORDS = 100
MIN_CONTRAST = 0.05      # of a patch; flat ones are shown grey


def figures(studies: list[Vocabulary], data: Data) -> Iterator[Picture]:
    """Yield the pictures of patches."""
    first = studies[0]
    count, side = len(first.examples), round(first.examples.shape[1] ** 0.5)
    yield Picture(
        "patches", f"{count} patches drawn at random, before they are "
        "clustered.", f"A grid of patches of {side} x {side} pixels: edges, "
        "strokes, and many flat ones.", random_patches(first))
    yield Picture(
        "accuracy", "The test accuracy of a linear classifier on bags of "
        "patches, compared with the same classifier on pixels.",
        describe(studies), codings(studies))
    for each in studies:
        yield Picture(
            f"words-{each.k}", f"The {each.k} words learned from patches as "
            "they are (left) and from whitened patches (right). The numbers "
            "are those of the bag below.",
            f"Two grids of {each.k} small patches: strokes and edges in all "
            "directions.", vocabulary(each))
    yield Picture(
        "bag", "An image as a bag of patches: how many of its patches are "
        "nearest to each word.", f"An image, and a bar chart over {first.k} "
        f"words; word {first.bag.argmax()} is the most frequent with "
        f"{first.bag.max():.0f} patches.", bag(first, data))


def describe(studies: list[Vocabulary]) -> str:
    """Return what the accuracies show."""
    best = max((score.accuracy, each.k, score.coding, score.pooling)
               for each in studies for score in each.scores)
    return (f"Lines of accuracy against K. The highest is {best[0]:.3f}, with "
            f"{best[1]} words, {best[2]} coding, {best[3]}; pixels have "
            f"{studies[0].pixels:.3f}.")


def codings(studies: list[Vocabulary]) -> Any:
    """Return a figure of test accuracy against K, a line per encoding."""
    figure, axes = new_figure(8, 4.5)
    ax, ks = axes[0, 0], [each.k for each in studies]
    for i, first in enumerate(studies[0].scores):
        ax.plot(ks, [each.scores[i].accuracy for each in studies],
                label=f"{first.coding}, {first.pooling}"
                + ", whitened" * first.white, **line(i))
    ax.axhline(studies[0].pixels, color="black", linewidth=2, label="pixels")
    ax.set_ylabel("accuracy on test images")
    k_axis(ax, ks, "words K")
    ax.legend(handlelength=4, loc="center left", bbox_to_anchor=(1, 0.5))
    return figure


def random_patches(study: Vocabulary) -> Any:
    """Return a figure of patches before clustering."""
    figure, axes = new_figure(4.5, 4.5)
    show_words(axes[0, 0], study.examples, numbered=False)
    return figure


def vocabulary(study: Vocabulary) -> Any:
    """Return a figure of the words, as they are and whitened."""
    figure, axes = new_figure(11, 5.5, 1, 2)
    for ax, words, title in zip(axes[0], (study.words, study.white_words),
                                (f"{study.k} words", "whitened")):
        show_words(ax, words, numbered=study.k <= MAX_NUMBERED_WORDS)
        ax.set_title(title)
    return figure


def show_words(ax: Any, words: np.ndarray, numbered: bool) -> None:
    """Show patches in a full grid, each with its own contrast."""
    columns, side = full_columns(len(words)), round(words.shape[1] ** 0.5)
    centred = words - words.mean(axis=1, keepdims=True)
    centred /= np.maximum(np.abs(centred).max(axis=1, keepdims=True),
                          MIN_CONTRAST)
    ax.imshow(montage(centred, (side, side), columns), "gray", vmin=-1,
              vmax=1)
    hide_axis(ax)
    for word in range(len(words) if numbered else 0):
        row, column = divmod(word, columns)
        ax.text(column * (side + 1), row * (side + 1), str(word), fontsize=6,
                color="black", ha="left", va="top",
                bbox={"facecolor": "white", "edgecolor": "none", "pad": 0.4,
                      "alpha": 0.8})


def bag(study: Vocabulary, data: Data) -> Any:
    """Return a figure of the first training image and its bag of patches."""
    figure, (axes,) = new_figure(10, 3, 1, 2, width_ratios=[1, 4])
    show(axes[0], data.image(0), data.X)
    hide_axis(axes[0])
    axes[1].bar(np.arange(study.k), study.bag, color=BLUE)
    axes[1].set(xlabel="number of the word", ylabel="patches of the image",
                title="a bag of patches")
    axes[1].margins(x=0.01)
    return figure
