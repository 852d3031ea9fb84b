"""Figures from the studies' records; drawn, not saved.

Each takes a record, and data where it shows images of them, and returns a
matplotlib Figure.  `FIGURES` has for each study a generator of names, captions
and figures.  Nothing is drawn with pyplot, so that no window, backend or
global state is involved.

    shape  (rows, columns) of an image
"""

import numpy as np

from kmeanslab.report import image_grids
from kmeanslab.report.image_grids import montage, mosaic, plain
from kmeanslab.studies.sweep import CLUSTER, DICE, EXACT, MINI, POLISHED

COLOURS = {MINI: "tab:blue", POLISHED: "tab:orange", EXACT: "tab:green",
           CLUSTER: "tab:red", DICE: "tab:gray",
           "random rows": "tab:blue", "k-means++": "tab:orange",
           "best": "tab:green", "worst": "tab:red"}

MANY = 64                # centres in a picture, at most


def new(width, height, rows=1, columns=1, **options):
    """A figure and its axes, (rows, columns)."""
    from matplotlib.figure import Figure  # only pictures need it
    figure = Figure(figsize=(width, height), layout="constrained")
    return figure, figure.subplots(rows, columns, squeeze=False, **options)


def along_k(ax, ks, name):
    """Have these K, and no other marks, on the axis to the right."""
    ax.set(xlabel=name, xscale="log")
    ax.set_xticks(ks, ks)
    ax.minorticks_off()
    ax.grid(alpha=0.3)


# Sweep

def sweep_figures(studies, data):
    """Names, captions and figures."""
    yield ("scores", "Scores against K: medians over seeds in bands from the "
           "least to the most.", scores_by_k(studies))
    for each in studies:
        if data.shape and each.k <= MANY:
            yield (f"centres-{each.k}", f"The {each.k} centres of one fit, "
                   "each under the label that most of its images have.",
                   named_centres(each.grid, data.shape))


def scores_by_k(studies):
    """Accuracy, inertia, homogeneity and seconds against K."""
    fits = [fit for study in studies for fit in study.fits]
    figure, axes = new(11, 7, 2, 3)
    panels = [("accuracy", "accuracy on training images"),
              ("test", "accuracy on test images"),
              ("inertia", "inertia, values from 0 to 1"),
              ("homogeneity", "homogeneity"),
              ("ari", "adjusted Rand index"),
              ("seconds", "seconds of a fit")]
    for ax, (field, title) in zip(axes.ravel(), panels):
        for method in dict.fromkeys(fit.method for fit in fits):
            spread(ax, fits, method, field)
        ax.set_title(title)
        along_k(ax, sorted({fit.k for fit in fits}), "K")
    axes[0, 0].legend()
    return figure


def spread(ax, fits, method, field):
    """A line through medians over seeds, a band from least to most."""
    ks = sorted({fit.k for fit in fits if fit.method == method})
    values = [[getattr(fit, field) for fit in fits
               if fit.method == method and fit.k == k] for k in ks]
    if np.isfinite(values).all():
        ax.plot(ks, np.median(values, axis=1), "o-", markersize=4,
                color=COLOURS[method], label=method)
        ax.fill_between(ks, np.min(values, axis=1), np.max(values, axis=1),
                        color=COLOURS[method], alpha=0.2, linewidth=0)


def named_centres(grid, shape):
    """The centres as pictures, each titled with what it was called."""
    order = np.argsort(grid.names, kind="stable")
    return mosaic(grid.centres[order], shape,
                  titles=[grid.names[j] for j in order],
                  columns=full_rows(grid.k))


def full_rows(count):
    """Columns of a grid, some more than rows if then the last row is full."""
    least = int(np.ceil(np.sqrt(count)))
    return next((columns for columns in range(least, 2 * least)
                 if count % columns == 0), least)


# Restarts

def restarts_figures(studies, data):
    """Names, captions and figures."""
    yield ("j", "J, the sum of the distances to the representatives: of all "
           "runs, and to be expected of the best of r runs.", all_js(studies))
    yield ("traces", "J after each iteration, of the best and of the worst "
           "run.", traces(studies))
    for each in studies if data.shape else []:
        for name, watched in ("best", each.best), ("worst", each.worst):
            yield (f"{name}-{each.k}", f"The {name} run of K = {each.k}: each "
                   "representative, the images nearest to it, and how many "
                   "of these have their most frequent label.",
                   representatives(watched, data))


def all_js(studies):
    """J of every run, and what the best of r runs is worth, for each K."""
    figure, axes = new(4.2 * len(studies), 6.5, 2, len(studies))
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
                  ylabel="expected J of the best of r, millions")
        below.grid(alpha=0.3)
    axes[0, 0].legend()
    return figure


def traces(studies):
    """J after each assignment: the best and the worst run of each K."""
    figure, axes = new(4.2 * len(studies), 3.5, 1, len(studies))
    for study, ax in zip(studies, axes[0]):
        for name, watched in ("best", study.best), ("worst", study.worst):
            ax.plot(np.arange(1, len(watched.trace) + 1),
                    np.divide(watched.trace, 1e6), color=COLOURS[name],
                    label=f"{name} run")
        ax.set(title=f"K = {study.k}", xlabel="iteration", xscale="log",
               ylabel="J, millions")
        ax.grid(alpha=0.3)
    axes[0, 0].legend()
    return figure


def representatives(watched, data):
    """Each representative, and the images nearest to it, a row each.

    Titled with the nearest images' majority label and how many have it.
    """
    count = max(map(len, watched.nearest))
    order = np.argsort(watched.names, kind="stable")
    rows = [np.concatenate([[watched.representatives[j]],
                            padded(data.X[watched.nearest[j]], count)])
            for j in order]
    titles = [f"{watched.names[j]}: {watched.agree[j]} of "
              f"{len(watched.nearest[j])}" for j in order]
    lines = -(-len(rows) // 2)
    figure, axes = new(10, 0.45 * lines + 0.1, lines, 2)
    for ax in axes.ravel():
        ax.axis("off")
    for ax, row, title in zip(axes.ravel(), rows, titles):
        show(ax, montage(row, data.shape, len(row)), data.X)
        ax.text(-0.02, 0.5, plain(title), transform=ax.transAxes, ha="right",
                va="center", fontsize=8)
    return figure


def padded(images, count):
    """The images and empty ones, `count` in all."""
    missing = np.zeros((count - len(images), images.shape[1]), images.dtype)
    return np.concatenate([images, missing])


def show(ax, picture, X):
    """Show a picture in the range of the images X."""
    low, high = image_grids.limits(X)
    ax.imshow(picture, "gray", vmin=low, vmax=high)


# Confusion

def confusion_figures(studies, data):
    """Names, captions and figures."""
    for each in studies:
        yield (f"matrix-{each.k}", f"The {each.k} clusters, column by column: "
               "which labels their images have, in per cent.",
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


def matrix(study, classes):
    """True labels by clusters, ordered by majority: a heat map."""
    counts = study.counts[:, study.order]
    shares = counts / np.maximum(counts.sum(axis=0), 1)
    figure, axes = new(1.5 + 0.5 * study.k, 1.5 + 0.4 * len(classes))
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


def centres(study, shape):
    """The centres as pictures, in the order of the matrix."""
    sizes = study.counts.sum(axis=0)
    titles = [f"{study.names[j]} ({sizes[j]:,})" for j in study.order]
    return mosaic(study.centres[study.order], shape, titles, columns=10)


def examples(study, data):
    """Up to 25 images of each cluster, drawn at random."""
    columns = min(5, study.k)
    rows = -(-study.k // columns)
    figure, axes = new(2.2 * columns, 2.4 * rows, rows, columns)
    for ax in axes.ravel():
        ax.axis("off")
    for ax, j in zip(axes.ravel(), study.order):
        if len(study.examples[j]):
            show(ax, montage(data.X[study.examples[j]], data.shape, 5),
                 data.X)
        ax.set_title(plain(study.names[j]))
    return figure


def merged(study, data, most=8):
    """Labels that share a cluster: images of the one above the other's."""
    shown = study.merges[:most]
    figure, axes = new(8, 1.35 * len(shown), len(shown), 1)
    for ax, merge in zip(axes[:, 0], shown):
        rows = np.concatenate([padded(data.X[images], 10)
                               for images in merge.examples])
        show(ax, montage(rows, data.shape, 10), data.X)
        ax.axis("off")
        ax.set_title(plain("{} ({:.0%}) with {} ({:.0%})".format(
            merge.labels[0], merge.shares[0], merge.labels[1],
            merge.shares[1])), fontsize=10)
    return figure


# Patches

def patches_figures(studies, data):
    """Names, captions and figures."""
    yield ("accuracy", "How well a linear classifier reads bags of patches, "
           "beside one that reads pixels.", codings(studies))
    for each in studies:
        yield (f"words-{each.k}", f"A vocabulary of {each.k} patches, learned "
               "from patches as they are and from whitened ones.",
               vocabulary(each))
    yield ("bag", "An image, and how many of its patches are nearest to each "
           "word.", bag(studies[0], data))


def codings(studies):
    """Accuracy on test images against K, a line for each way to code."""
    figure, axes = new(7, 4.5)
    ax, ks = axes[0, 0], [each.k for each in studies]
    for i, first in enumerate(studies[0].scores):
        ax.plot(ks, [each.scores[i].accuracy for each in studies], "o-",
                markersize=4, label=f"{first.coding}, {first.pooling}"
                + ", whitened" * first.white)
    ax.axhline(studies[0].pixels, color="black", linestyle="--",
               label="pixels")
    ax.set_ylabel("accuracy on test images")
    along_k(ax, ks, "words K")
    ax.legend()
    return figure


def vocabulary(study):
    """The words as pictures, as they are and whitened."""
    figure, axes = new(9, 4.8, 1, 2)
    for ax, words, title in zip(axes[0], (study.words, study.white_words),
                                (f"{study.k} words", "whitened")):
        columns = round(np.sqrt(study.k))
        side = round(np.sqrt(words.shape[1]))
        apart = words - words.mean(axis=1, keepdims=True)
        apart /= np.abs(apart).max(axis=1, keepdims=True)
        ax.imshow(montage(apart, (side, side), columns), "gray", vmin=-1,
                  vmax=1)
        ax.set_title(title)
        ax.axis("off")
    return figure


def bag(study, data):
    """The first training image, and how often each word is in it."""
    figure, (axes,) = new(9, 3, 1, 2, width_ratios=[1, 3])
    show(axes[0], data.X[0].reshape(data.shape), data.X)
    axes[0].axis("off")
    axes[1].bar(np.arange(study.k), study.bag, color="tab:blue")
    axes[1].set(xlabel="word", ylabel="patches of the image",
                title="a bag of patches")
    return figure


FIGURES = {"sweep": sweep_figures, "restarts": restarts_figures,
           "confusion": confusion_figures, "patches": patches_figures}
