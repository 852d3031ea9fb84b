"""The work of four notebooks on MNIST, with scikit-learn's classes and ours.

The same code runs with both, at the notebooks' sizes.  Only the classes
differ, the dtype of the images (ours gets them as they are, scikit-learn as
float32, in which it is fastest), and the counting of the words of bags.  The
answers are checked before a ratio is printed.

    sweep      mini-batches, K = 10 .. 256: inertia, homogeneity, accuracy
    restarts   60 runs from random rows until convergence, J, ten nearest
    confusion  the best of 10 starts: 10,000 digits and all; matrix, purity
    patches    50 words from 396,000 patches; the bags of all images

    python -m benchmarks.studies [--threads 2] [--quick] [--out FILE]
"""
import argparse
from collections.abc import Callable, Iterator, Sequence
import os
import statistics
import sys
import time
from typing import Any, NamedTuple

import numpy as np
import sklearn.cluster
from sklearn.metrics import confusion_matrix, homogeneity_score
from threadpoolctl import threadpool_limits

from benchmarks import equality, mnist, record
from benchmarks.minibatch import LIBRARIES
from kmeanslab import estimators
from kmeanslab.output import at_least, progress
from kmeanslab.studies import patches as bags_of_patches

Sizes = dict[str, Any]
SIZES: Sizes = {
    "sweep": (10, 16, 36, 64, 144, 256), "restarts": {20: 30, 10: 20, 5: 10},
    "confusion": ((10, 10_000), (20, 10_000), (10, mnist.FULL)),
    "words": 50, "images": mnist.FULL}
QUICK_SIZES: Sizes = {
    "sweep": (10, 36), "restarts": {10: 3}, "confusion": ((10, 2000),),
    "words": 20, "images": 3000}
STARTS, NEAREST_IMAGES, BATCH_IMAGES = 10, 10, 100
INERTIA_TOLERANCE = 0.02     # relative: the random numbers differ
SAME_LABELS = 0.99           # share: float32 stops some runs a bit earlier


class Lab(NamedTuple):
    """The classes of a library, and images in the dtype it is fastest in."""
    name: str
    KMeans: type
    MiniBatchKMeans: type
    X: np.ndarray
    pixels: np.ndarray   # the images as uint8
    encode: Callable     # images, model -> bags


class Clustering(NamedTuple):
    """A clustering and its points."""
    X: np.ndarray
    labels: np.ndarray
    centres: np.ndarray
    inertia: float
    score: float         # the figure that the notebook gives
    n_iter: int = 0


def clustering(model: Any, X: np.ndarray, score: float) -> Clustering:
    """Return the attributes of a fitted model that are checked."""
    return Clustering(X, model.labels_, model.cluster_centers_,
                      float(model.inertia_), score, model.n_iter_)


def sweep(lab: Lab, labels: np.ndarray, sizes: Sizes
          ) -> Iterator[Clustering]:
    """Yield mini-batch fits; compute homogeneity and accuracy."""
    for k in sizes["sweep"]:
        model = lab.MiniBatchKMeans(k, n_init=1, random_state=0).fit(lab.X)
        homogeneity_score(labels, model.labels_)
        yield clustering(model, lab.X, purity(labels, model.labels_))


def purity(labels: np.ndarray, clusters: np.ndarray) -> float:
    """Return the share of points with their cluster's majority label."""
    return confusion_matrix(labels, clusters).max(axis=0).sum() / len(labels)


def restarts(lab: Lab, labels: np.ndarray, sizes: Sizes
             ) -> Iterator[Clustering]:
    """Yield runs until convergence with J; find the nearest images."""
    for k, count in sizes["restarts"].items():
        runs = []
        for seed in range(count):
            rows = np.random.RandomState(seed).choice(len(lab.X), k, False)
            model = lab.KMeans(k, init=lab.X[rows].astype(float), n_init=1,
                               tol=0, max_iter=10_000).fit(lab.X)
            runs.append((j_clust(lab.X, model), seed, model))
            yield clustering(model, lab.X, runs[-1][0])
        for _, _, model in (min(runs), max(runs)):
            np.argsort(model.transform(lab.X), axis=0)[:NEAREST_IMAGES]


def j_clust(X: np.ndarray, model: Any) -> float:
    """Return the sum of the distances (not squared), in batches."""
    return sum(float(np.linalg.norm(
        X[s:s + 1000] - model.cluster_centers_[model.labels_[s:s + 1000]],
        axis=1).sum()) for s in range(0, len(X), 1000))


def confusion(lab: Lab, labels: np.ndarray, sizes: Sizes
              ) -> Iterator[Clustering]:
    """Yield the best of ten starts with its purity."""
    for k, n in sizes["confusion"]:
        X = lab.X[:n]
        model = lab.KMeans(k, n_init=STARTS, random_state=0).fit(X)
        yield clustering(model, X, purity(labels[:n], model.labels_))


def patches(lab: Lab, labels: np.ndarray, sizes: Sizes
            ) -> Iterator[Clustering]:
    """Yield a vocabulary and the words of some images; count all bags."""
    images = bags_of_patches.normalise(lab.pixels, (28, 28))
    step = bags_of_patches.LEARNING_STEP
    chosen = bags_of_patches.draw(
        images[:bags_of_patches.LEARNING_IMAGES:step], 0)
    k = sizes["words"]
    model = vocabulary(lab, chosen, k)
    yield clustering(model, chosen, len(chosen))
    bags = lab.encode(images, model)
    windows = bags_of_patches.windows(images[:BATCH_IMAGES])
    X = windows.reshape(-1, windows.shape[2])
    words = model.predict(X)
    assert np.array_equal(count_words(words, BATCH_IMAGES, k),
                          bags[:BATCH_IMAGES])
    yield Clustering(X, words, model.cluster_centers_, float(bags.sum()), k)


def encode_ours(images: np.ndarray, model: Any) -> np.ndarray:
    """Return the bags (n, K) of our study, the quarters summed."""
    return bags_of_patches.encode(images, model.cluster_centers_).sum(axis=1)


def encode_theirs(images: np.ndarray, model: Any) -> np.ndarray:
    """Return bags (n, K) by `predict`, in batches."""
    bags = []
    for s in range(0, len(images), BATCH_IMAGES):
        windows = bags_of_patches.windows(images[s:s + BATCH_IMAGES])
        words = model.predict(windows.reshape(-1, windows.shape[2]))
        bags.append(count_words(words, len(windows), model.n_clusters))
    return np.concatenate(bags)


def count_words(words: np.ndarray, n: int, k: int) -> np.ndarray:
    """Return how often each of k words occurs in each of n images, (n, k)."""
    image = np.repeat(np.arange(n), len(words) // n)
    return np.bincount(image * k + words, minlength=n * k).reshape(n, k)


STUDIES = {"sweep": sweep, "restarts": restarts, "confusion": confusion,
           "patches": patches}


def vocabulary(lab: Lab, X: np.ndarray, k: int) -> Any:
    """Return a fit from fixed initial centres."""
    return lab.KMeans(k, init=X[::len(X) // k][:k], n_init=1).fit(X)


def check(study: str, labs: Sequence[Lab], ours: list[Clustering],
          theirs: list[Clustering]) -> str:
    """Check the answers, and return a text on how similar they are.

    Our labels must be exact, those of scikit-learn exact except for near-ties.
    The inertias must agree up to INERTIA_TOLERANCE.  From the same start
    nearly all runs must give the same partition.  The patches of scikit-learn
    are checked in float64: many patches are nearly equal, and float32 soon
    leads to another partition.

    AssertionError: an answer is wrong.
    """
    steps = [sum(each.n_iter for each in answers)
             for answers in (ours, theirs)]
    if study == "patches":
        X, k = ours[0].X, len(ours[0].centres)
        reference = vocabulary(labs[1], X.astype(np.float64), k)
        theirs[0] = clustering(reference, X, theirs[0].score)
    same = 0
    for our, their in zip(ours, theirs, strict=True):
        equality.assert_exact(our.X, our, converged=False)
        equality.assert_near("scikit-learn", their.X, their)
        ratio = our.inertia / their.inertia / (
            255 ** 2 if our.X.dtype != their.X.dtype else 1)
        assert abs(ratio - 1) < INERTIA_TOLERANCE, f"inertias: {ratio:.4f}"
        same += np.mean(our.labels == their.labels) > SAME_LABELS
    assert study != "restarts" or same > 0.9 * len(ours)
    assert study != "patches" or np.array_equal(ours[0].labels,
                                                reference.labels_)
    return (f"{steps[0]} and {steps[1]} iterations, {same} of {len(ours)} "
            f"partitions agree to {1 - SAME_LABELS:.0%}")


def compete(labs: Sequence[Lab], labels: np.ndarray, sizes: Sizes, runs: int
            ) -> dict[str, dict[str, float]]:
    """Run all in turn; return study -> library -> seconds."""
    medians: dict[str, dict[str, float]] = {}
    for study, work in STUDIES.items():
        seconds: dict[str, list[float]] = {lab.name: [] for lab in labs}
        answers: dict[str, list[Clustering]] = {}
        for lab in progress(list(labs) * runs, study):
            started = time.perf_counter()
            answers[lab.name] = list(work(lab, labels, sizes))
            seconds[lab.name].append(time.perf_counter() - started)
        medians[study] = {name: statistics.median(each)
                          for name, each in seconds.items()}
        show(study, medians[study], check(study, labs, *answers.values()))
    return medians


def show(name: str, seconds: dict[str, float], words: str = "") -> None:
    """Print one line."""
    ours, theirs = seconds.values()
    print(f"{name:<11}{ours:>9.1f} s{theirs:>13.1f} s{theirs / ours:>9.2f} x"
          f"   {words}", flush=True)


def digits(n: int) -> tuple[np.ndarray, np.ndarray, str]:
    """Return n digits, their labels and their name."""
    data = mnist.labelled(n)
    return data.X, data.labels, data.name


def build_parser() -> argparse.ArgumentParser:
    """Return the parser of the command line."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.studies", description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--threads", type=at_least(1), default=os.cpu_count(),
                        help="for both libraries (default: all cores)")
    parser.add_argument("--runs", type=at_least(1), default=1,
                        help="repetitions, of which medians are printed "
                             "(default: 1)")
    parser.add_argument("--quick", action="store_true",
                        help=f"{QUICK_SIZES['images']:,} images, fewer runs")
    parser.add_argument("--out", metavar="FILE",
                        help="write a JSON record to this file")
    return parser


def enter(images: np.ndarray) -> list[Lab]:
    """Return both libraries."""
    return [Lab("ours", estimators.KMeans, estimators.MiniBatchKMeans, images,
                images, encode_ours),
            Lab("scikit-learn", sklearn.cluster.KMeans,
                sklearn.cluster.MiniBatchKMeans,
                images.astype(np.float32) / np.float32(255), images,
                encode_theirs)]


def measure(options: argparse.Namespace, images: np.ndarray,
            labels: np.ndarray, sizes: Sizes) -> dict[str, dict[str, float]]:
    """Run and print all; return study -> library -> seconds."""
    labs = enter(images)
    for lab in labs:                         # compile and load
        for make in (lab.KMeans, lab.MiniBatchKMeans):
            make(64, n_init=1, random_state=0).fit(lab.X[:2000])
    print(f"{'':<11}{'ours':>11}{'scikit-learn':>15}{'ratio':>11}")
    medians = compete(labs, labels, sizes, options.runs)
    total = {name: sum(each[name] for each in medians.values())
             for name in next(iter(medians.values()))}
    show("total", total)
    return medians


def main(argv: Sequence[str] | None = None) -> int:
    """Run the benchmark and return its exit status."""
    options = build_parser().parse_args(argv)
    sizes = QUICK_SIZES if options.quick else SIZES
    images, labels, name = digits(sizes["images"])
    print(f"{name}, {options.threads} threads")
    with threadpool_limits(options.threads):
        seconds = measure(options, images, labels, sizes)
    return record.keep("studies", options.out, LIBRARIES, data=name,
                       threads=options.threads, runs=options.runs,
                       seconds=seconds)


if __name__ == "__main__":
    sys.exit(main())
