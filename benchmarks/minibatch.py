"""How good are mini-batches, and how fast, beside scikit-learn's?

On MNIST (generated digits where KMEANSLAB_DATA has none), with the parameters
that both have by default: batches of 1,024 points, starts by k-means++. All
get values 0..1 as float32, ours also the images as they are, 0..255 as uint8.
Exact k-means shows what there is to lose. All run in turn; medians over seeds
are told, inertia in the scale of 0..1.

    python -m benchmarks.minibatch [--seeds 5] [--threads 2] [--quick]
                                   [--out FILE]
"""
import argparse
import os
import statistics
import sys
import time
from typing import NamedTuple

import numpy as np
import sklearn.cluster
from threadpoolctl import threadpool_limits

from benchmarks import mnist, record
from kmeanslab.engine.predict import predict
from kmeanslab.estimators import KMeans, MiniBatchKMeans
from kmeanslab.output import at_least, progress

FULL, QUICK = (10, 16, 36, 64, 144, 256), (10, 64)
FEW = 5000               # points of the quick run, and of the warm-up
PEER = "scikit-learn"
LIBRARIES = ("numpy", "scipy", "numba", "scikit-learn")


class Entry(NamedTuple):
    """Who runs, on what."""
    make: type
    X: np.ndarray
    scale: float         # of the values


class Found(NamedTuple):
    """What one fit came to."""
    inertia: float       # in the scale of 0..1
    seconds: float
    steps: int


def enter(images):
    """Returns name -> Entry; scikit-learn is the measure of the others."""
    floats = images.astype(np.float32) / np.float32(255)
    return {PEER: Entry(sklearn.cluster.MiniBatchKMeans, floats, 1),
            "ours, float32": Entry(MiniBatchKMeans, floats, 1),
            "ours, uint8": Entry(MiniBatchKMeans, images, 255),
            "ours, exact": Entry(KMeans, images, 255)}


def fit(entry, k, seed):
    """Runs one fit; its inertia is checked by the formula."""
    model = entry.make(k, n_init=1, random_state=seed)
    started = time.perf_counter()
    model.fit(entry.X)
    seconds = time.perf_counter() - started
    inertia = predict(entry.X, model.cluster_centers_,
                      np.ones(len(entry.X)))[1]
    np.testing.assert_allclose(model.inertia_, inertia, rtol=1e-4)
    return Found(inertia / entry.scale ** 2, seconds,
                 getattr(model, "n_steps_", model.n_iter_))


def warm_up(entries):
    """Compiles, and loads what the first fit of each needs."""
    for entry in entries.values():
        for k in QUICK:
            entry.make(k, n_init=1, random_state=0).fit(entry.X[:FEW])


def compete(entries, k, seeds):
    """Runs all in turn, seed by seed; returns name -> medians."""
    found = {name: [] for name in entries}
    jobs = [(seed, name) for seed in range(seeds) for name in entries]
    for seed, name in progress(jobs, f"k = {k}"):
        found[name].append(fit(entries[name], k, seed))
    return {name: Found(*map(statistics.median, zip(*each)))
            for name, each in found.items()}


def show(k, medians):
    """Prints the lines of one k."""
    peer = medians[PEER]
    for name, (inertia, seconds, steps) in medians.items():
        more = 100 * (inertia / peer.inertia - 1)
        print(f"{k:>4}  {name:<14}{inertia:>14,.0f}{more:>+9.2f} %"
              f"{seconds:>9.2f} s{peer.seconds / seconds:>8.2f} x"
              f"{steps:>8.0f}")


def failures(told):
    """Yields who is worse or slower than scikit-learn, and where."""
    for k, medians in told.items():
        for name in ("ours, float32", "ours, uint8"):
            for what in ("inertia", "seconds"):
                if (getattr(medians[name], what)
                        > getattr(medians[PEER], what)):
                    yield f"{name}: more {what} at k = {k}"


def build_parser():
    """Returns the parser of the command line."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.minibatch", description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seeds", type=at_least(1), default=5,
                        help="fits of each that medians are over (default: 5)")
    parser.add_argument("--threads", type=at_least(1), default=os.cpu_count(),
                        help="for all (default: all cores)")
    parser.add_argument("--quick", action="store_true",
                        help=f"{FEW:,} points, k = 10 and 64")
    parser.add_argument("--out", metavar="FILE", help="where to write JSON")
    return parser


def measure(options, images):
    """Runs and prints all; returns k -> name -> medians."""
    entries, told = enter(images), {}
    warm_up(entries)
    print(f"\n{'k':>4}{'':<16}{'inertia':>14}{'':>11}{'time':>11}"
          f"{'speed':>10}{'steps':>8}")
    for k in QUICK if options.quick else FULL:
        told[k] = compete(entries, k, options.seeds)
        show(k, told[k])
    print("\n" + ("\n".join(failures(told))
                  or f"never worse or slower than {PEER}"))
    return told


def main(argv=None):
    """Runs the benchmark and returns its exit status."""
    options = build_parser().parse_args(argv)
    images, data = mnist.digits(FEW if options.quick else mnist.FULL)
    print(f"{data}, medians over {options.seeds} seeds, "
          f"{options.threads} threads")
    with threadpool_limits(options.threads):
        told = measure(options, images)
    medians = {k: {name: found._asdict() for name, found in each.items()}
               for k, each in told.items()}
    return record.keep("minibatch", options.out, LIBRARIES, data=data,
                       seeds=options.seeds, threads=options.threads,
                       medians=medians)


if __name__ == "__main__":
    sys.exit(main())
