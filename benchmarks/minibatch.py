"""How good and how fast are mini-batches, compared with scikit-learn's?

On MNIST (generated digits where KMEANSLAB_DATA has none), with the parameters
that both have by default: batches of 1,024 points, starts by k-means++. All
get values 0..1 as float32, ours also the images as they are, 0..255 as uint8.
Exact k-means shows the inertia that mini-batches could reach. All run
alternately; figures are medians over seeds, inertia in the scale of 0..1.

    python -m benchmarks.minibatch [--seeds 5] [--threads 2] [--quick]
                                   [--out FILE]
"""
import argparse
from functools import partial
import os
import statistics
import sys
import time
from typing import NamedTuple

import numpy as np
import sklearn.cluster
from threadpoolctl import threadpool_limits

from benchmarks import equality, mnist, record
from benchmarks.comparison import take_turn
from kmeanslab.estimators import KMeans, MiniBatchKMeans
from kmeanslab.output import at_least, progress

KS, QUICK_KS = (10, 16, 36, 64, 144, 256), (10, 64)
QUICK_POINTS = 5000      # also those of the warm-up
INERTIA_FRACTION = 1e-4  # max relative error of an estimator's inertia
PEER = "scikit-learn"
MEASURED = "ours, float32", "ours, uint8"      # must not be worse or slower
LIBRARIES = ("numpy", "scipy", "numba", "scikit-learn")


class Entry(NamedTuple):
    """An estimator and the points that it gets."""
    estimator: type
    X: np.ndarray
    scale: float         # of the values


class Found(NamedTuple):
    """What one fit found."""
    inertia: float       # in the scale of 0..1
    seconds: float
    steps: int


def make_entries(images):
    """Return name -> Entry; the others are compared with scikit-learn."""
    floats = images.astype(np.float32) / np.float32(255)
    return {PEER: Entry(sklearn.cluster.MiniBatchKMeans, floats, 1),
            "ours, float32": Entry(MiniBatchKMeans, floats, 1),
            "ours, uint8": Entry(MiniBatchKMeans, images, 255),
            "ours, exact": Entry(KMeans, images, 255)}


def fit(entry, k, seed):
    """Run one fit; its inertia is checked by the formula."""
    model = entry.estimator(k, n_init=1, random_state=seed)
    started = time.perf_counter()
    model.fit(entry.X)
    seconds = time.perf_counter() - started
    inertia = equality.potential(entry.X, model.cluster_centers_)
    np.testing.assert_allclose(model.inertia_, inertia, rtol=INERTIA_FRACTION)
    return Found(inertia / entry.scale ** 2, seconds,
                 getattr(model, "n_steps_", model.n_iter_))


def warm_up(entries):
    """Compile and load what the first fit of each needs."""
    for entry in entries.values():
        for k in QUICK_KS:
            entry.estimator(k, n_init=1, random_state=0).fit(
                entry.X[:QUICK_POINTS])


def compare(entries, k, seeds):
    """Run all alternately, seed by seed; return name -> medians."""
    calls = {name: partial(fit, entry, k) for name, entry in entries.items()}
    turns = [take_turn(calls, seed)
             for seed in progress(range(seeds), f"k = {k}")]
    return {name: Found(*map(statistics.median,
                             zip(*(turn[name] for turn in turns))))
            for name in entries}


def show(k, medians):
    """Print the lines of one k."""
    peer = medians[PEER]
    for name, (inertia, seconds, steps) in medians.items():
        percent = 100 * (inertia / peer.inertia - 1)
        print(f"{k:>4}  {name:<14}{inertia:>14,.0f}{percent:>+9.2f} %"
              f"{seconds:>9.2f} s{peer.seconds / seconds:>8.2f} x"
              f"{steps:>8.0f}")


def failures(results):
    """Yield where ours is worse or slower than scikit-learn."""
    for k, medians in results.items():
        for name in MEASURED:
            for what in ("inertia", "seconds"):
                if (getattr(medians[name], what)
                        > getattr(medians[PEER], what)):
                    yield f"{name}: more {what} at k = {k}"


def build_parser():
    """Return the parser of the command line."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.minibatch", description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seeds", type=at_least(1), default=5,
                        help="fits of each; figures are medians (default: 5)")
    parser.add_argument("--threads", type=at_least(1), default=os.cpu_count(),
                        help="of all (default: all cores)")
    parser.add_argument("--quick", action="store_true",
                        help=f"{QUICK_POINTS:,} points, k = 10 and 64")
    parser.add_argument("--out", metavar="FILE", help="where to write JSON")
    return parser


def measure(options, images):
    """Run and print all; return k -> name -> medians."""
    entries, results = make_entries(images), {}
    warm_up(entries)
    print(f"\n{'k':>4}{'':<16}{'inertia':>14}{'':>11}{'time':>11}"
          f"{'speed':>10}{'steps':>8}")
    for k in QUICK_KS if options.quick else KS:
        results[k] = compare(entries, k, options.seeds)
        show(k, results[k])
    print("\n" + ("\n".join(failures(results))
                  or f"never worse or slower than {PEER}"))
    return results


def main(argv=None):
    """Run the benchmark and return its exit status."""
    options = build_parser().parse_args(argv)
    images, data = mnist.digits(QUICK_POINTS if options.quick else mnist.FULL)
    print(f"{data}, medians over {options.seeds} seeds, "
          f"{options.threads} threads")
    with threadpool_limits(options.threads):
        results = measure(options, images)
    medians = {k: {name: found._asdict() for name, found in each.items()}
               for k, each in results.items()}
    return record.keep("minibatch", options.out, LIBRARIES, data=data,
                       seeds=options.seeds, threads=options.threads,
                       medians=medians)


if __name__ == "__main__":
    sys.exit(main())
