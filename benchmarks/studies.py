"""Four notebooks' work on MNIST, once with scikit-learn and once with ours.

The same code runs with both, at the notebooks' sizes: only the classes are
exchanged, the images' type (ours gets them as they are, scikit-learn as
float32, in which it is fastest), and who counts the words of bags.  Answers
are checked before a ratio is told.

    sweep      mini-batches, K = 10 .. 256: inertia, homogeneity, accuracy
    restarts   60 runs from random rows until nothing changes, J, ten nearest
    confusion  the best of 10 starts: 10,000 digits and all; matrix, purity
    patches    50 words from 396,000 patches; the bags of all images

    python -m benchmarks.studies [--threads 2] [--quick] [--out FILE]
"""
import argparse
import os
import statistics
import sys
import time
from typing import NamedTuple

import numpy as np
import sklearn.cluster
from sklearn.metrics import confusion_matrix, homogeneity_score
from threadpoolctl import threadpool_limits

from benchmarks import equality, mnist, record
from benchmarks.minibatch import LIBRARIES
from kmeanslab import estimators
from kmeanslab.output import at_least, progress
from kmeanslab.studies import patches as cutting

SIZES = {"sweep": (10, 16, 36, 64, 144, 256),
         "restarts": {20: 30, 10: 20, 5: 10},
         "confusion": ((10, 10_000), (20, 10_000), (10, mnist.FULL)),
         "words": 50, "images": mnist.FULL}
SMALL = {"sweep": (10, 36), "restarts": {10: 3}, "confusion": ((10, 2000),),
         "words": 20, "images": 3000}
STARTS, NEAREST, CHUNK = 10, 10, 100
ALIKE = 0.02             # of an inertia: found from other random numbers
SAME = 0.99              # of the labels: float32 lets some stop a bit off


class Lab(NamedTuple):
    """Whose classes, and the images in the type that suits them best."""
    name: str
    KMeans: type
    MiniBatchKMeans: type
    X: np.ndarray
    pixels: np.ndarray   # the images as they are
    encode: object       # images, model -> bags


class Found(NamedTuple):
    """A clustering and the points it is of."""
    X: np.ndarray
    labels: np.ndarray
    centres: np.ndarray
    inertia: float
    score: float         # what the notebook tells of it
    n_iter: int = 0


def found(model, X, score):
    """What is checked of a fit."""
    return Found(X, model.labels_, model.cluster_centers_,
                 float(model.inertia_), score, model.n_iter_)


def sweep(lab, labels, sizes):
    """Inertia, homogeneity, and accuracy by the clusters' majority labels."""
    for k in sizes["sweep"]:
        model = lab.MiniBatchKMeans(k, n_init=1, random_state=0).fit(lab.X)
        homogeneity_score(labels, model.labels_)
        yield found(model, lab.X, purity(labels, model.labels_))


def purity(labels, clusters):
    """The share of points that have their cluster's majority label."""
    return confusion_matrix(labels, clusters).max(axis=0).sum() / len(labels)


def restarts(lab, labels, sizes):
    """Runs until no point changes, J of each; ten nearest of best, worst."""
    for k, count in sizes["restarts"].items():
        runs = []
        for seed in range(count):
            rows = np.random.RandomState(seed).choice(len(lab.X), k, False)
            model = lab.KMeans(k, init=lab.X[rows].astype(float), n_init=1,
                               tol=0, max_iter=10_000).fit(lab.X)
            runs.append((j_clust(lab.X, model), seed, model))
            yield found(model, lab.X, runs[-1][0])
        for _, _, model in (min(runs), max(runs)):
            np.argsort(model.transform(lab.X), axis=0)[:NEAREST]


def j_clust(X, model):
    """The sum of the distances, not squared, a few points at a time."""
    return sum(float(np.linalg.norm(
        X[s:s + 1000] - model.cluster_centers_[model.labels_[s:s + 1000]],
        axis=1).sum()) for s in range(0, len(X), 1000))


def confusion(lab, labels, sizes):
    """The best of ten starts and its purity."""
    for k, n in sizes["confusion"]:
        X = lab.X[:n]
        model = lab.KMeans(k, n_init=STARTS, random_state=0).fit(X)
        yield found(model, X, purity(labels[:n], model.labels_))


def patches(lab, labels, sizes):
    """A vocabulary, and the bags of all images, a few images at a time."""
    images = cutting.normal(lab.pixels, (28, 28))
    some = cutting.draw(images[:cutting.FIRST:cutting.EVERY], 0)
    k = sizes["words"]
    model = vocabulary(lab, some, k)
    yield found(model, some, len(some))
    bags = lab.encode(images, model)
    each = cutting.windows(images[:CHUNK])
    X = each.reshape(-1, each.shape[2])
    words = model.predict(X)
    assert np.array_equal(counted(words, CHUNK, k), bags[:CHUNK])
    yield Found(X, words, model.cluster_centers_, float(bags.sum()), k)


def encode_ours(images, model):
    """Our study's bags (n, K), four quarters as one."""
    return cutting.encode(images, model.cluster_centers_).sum(axis=1)


def encode_theirs(images, model):
    """Bags (n, K) by `predict`, a few images at a time."""
    bags = []
    for s in range(0, len(images), CHUNK):
        each = cutting.windows(images[s:s + CHUNK])
        words = model.predict(each.reshape(-1, each.shape[2]))
        bags.append(counted(words, len(each), model.n_clusters))
    return np.concatenate(bags)


def counted(words, n, k):
    """How often each of k words is in each of n images, (n, k)."""
    image = np.repeat(np.arange(n), len(words) // n)
    return np.bincount(image * k + words, minlength=n * k).reshape(n, k)


STUDIES = {"sweep": sweep, "restarts": restarts, "confusion": confusion,
           "patches": patches}


def vocabulary(lab, some, k):
    """Words from the same start, by the same rule when to stop."""
    return lab.KMeans(k, init=some[::len(some) // k][:k], n_init=1).fit(some)


def check(study, labs, ours, theirs):
    """Raises AssertionError where an answer is wrong; says how alike.

    Ours are exact; theirs are for their own centres but for near-ties; and
    the inertias are those of one optimum, or of two near each other.  From
    the same start nearly all runs end alike.  Patches do so in float64 only:
    many are all but the same, and float32 soon leads scikit-learn astray.
    """
    steps = [sum(each.n_iter for each in some) for some in (ours, theirs)]
    if study == "patches":
        X, k = ours[0].X, len(ours[0].centres)
        right = vocabulary(labs[1], X.astype(np.float64), k)
        theirs[0] = found(right, X, theirs[0].score)
    same = 0
    for our, their in zip(ours, theirs, strict=True):
        equality.assert_exact(our.X, our, converged=False)
        equality.assert_near("scikit-learn", their.X, their)
        ratio = our.inertia / their.inertia / (
            255 ** 2 if our.X.dtype != their.X.dtype else 1)
        assert 1 - ALIKE < ratio < 1 + ALIKE, f"inertias: {ratio:.4f}"
        same += np.mean(our.labels == their.labels) > SAME
    assert study != "restarts" or same > 0.9 * len(ours)
    assert study != "patches" or np.array_equal(ours[0].labels, right.labels_)
    return (f"{steps[0]} and {steps[1]} iterations, {same} of {len(ours)} "
            f"partitions agree to {1 - SAME:.0%}")


def compete(labs, labels, sizes, runs):
    """Runs all in turn; returns study -> library -> seconds."""
    told = {}
    for study, work in STUDIES.items():
        seconds, answers = {lab.name: [] for lab in labs}, {}
        for lab in progress(list(labs) * runs, study):
            started = time.perf_counter()
            answers[lab.name] = list(work(lab, labels, sizes))
            seconds[lab.name].append(time.perf_counter() - started)
        told[study] = {name: statistics.median(each)
                       for name, each in seconds.items()}
        show(study, told[study], check(study, labs, *answers.values()))
    return told


def show(name, seconds, words=""):
    """Prints one line."""
    ours, theirs = seconds.values()
    print(f"{name:<11}{ours:>9.1f} s{theirs:>13.1f} s{theirs / ours:>9.2f} x"
          f"   {words}", flush=True)


def digits(n):
    """Returns n digits, their labels, and their name."""
    data = mnist.labelled(n)
    return data.X, data.labels, data.name


def build_parser():
    """Returns the parser of the command line."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.studies", description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--threads", type=at_least(1), default=os.cpu_count(),
                        help="for both (default: all cores)")
    parser.add_argument("--runs", type=at_least(1), default=1,
                        help="of each, medians are told (default: 1)")
    parser.add_argument("--quick", action="store_true",
                        help=f"{SMALL['images']:,} images, fewer runs")
    parser.add_argument("--out", metavar="FILE", help="where to write JSON")
    return parser


def enter(images):
    """Returns us and scikit-learn."""
    return [Lab("ours", estimators.KMeans, estimators.MiniBatchKMeans, images,
                images, encode_ours),
            Lab("scikit-learn", sklearn.cluster.KMeans,
                sklearn.cluster.MiniBatchKMeans,
                images.astype(np.float32) / np.float32(255), images,
                encode_theirs)]


def measure(options, images, labels, sizes):
    """Runs and prints all; returns study -> library -> seconds."""
    labs = enter(images)
    for lab in labs:                         # compiles, loads
        for make in (lab.KMeans, lab.MiniBatchKMeans):
            make(64, n_init=1, random_state=0).fit(lab.X[:2000])
    print(f"{'':<11}{'ours':>11}{'scikit-learn':>15}{'ratio':>11}")
    told = compete(labs, labels, sizes, options.runs)
    total = {name: sum(each[name] for each in told.values())
             for name in next(iter(told.values()))}
    show("total", total)
    return told


def main(argv=None):
    """Runs the benchmark and returns its exit status."""
    options = build_parser().parse_args(argv)
    sizes = SMALL if options.quick else SIZES
    images, labels, name = digits(sizes["images"])
    print(f"{name}, {options.threads} threads")
    with threadpool_limits(options.threads):
        told = measure(options, images, labels, sizes)
    return record.keep("studies", options.out, LIBRARIES, data=name,
                       threads=options.threads, runs=options.runs,
                       seconds=told)


if __name__ == "__main__":
    sys.exit(main())
