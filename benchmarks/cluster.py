"""What a cluster costs, and which failures a fit on it survives.

Data: MNIST (generated digits where KMEANSLAB_DATA has none) as files of uint8,
k = 64, from the same random rows, tol = 0, one thread per process. Parts:

    overhead  KMeans in this process, the same partitions in this process, on
              one worker and on two; and dask-ml, where it is installed
    faults    a worker is killed in iteration 3, and another during k-means||
    memory    a file three times as large as the workers' memory limits
    seeding   the inertia after k-means||, compared with k-means++

Results are asserted to be equal before times are reported.

    python -m benchmarks.cluster [PART ...] [--rounds 3] [--seeds 5]
                                 [--quick] [--out FILE]
"""
import argparse
from contextlib import contextmanager
import os
from pathlib import Path
import statistics
import sys
import tempfile
import time

import numpy as np
from threadpoolctl import threadpool_limits

from benchmarks import mnist, record
from kmeanslab import DistributedKMeans, KMeans
from kmeanslab.distributed.clients import started
from kmeanslab.distributed.partitions import split_rows
from kmeanslab.engine.predict import predict
from kmeanslab.output import at_least, progress
from tests.kmeanslab.distributed import faults

K, LARGE_K = 64, 256
QUICK_POINTS = 5000
PARTITIONS = 2
LIBRARIES = ("numpy", "numba", "dask", "distributed", "dask-ml")
STEP = "kmeanslab.distributed.partition_block:PartitionBlock.step"
SAMPLE = "kmeanslab.distributed.partition_sampler:Sampler.step"
LIMIT_BYTES = 600 * 2 ** 20      # the memory limit of each of two workers


@contextmanager
def client(workers, memory="2GiB"):
    """Yield a client of new worker processes with all modules loaded."""
    with started(workers, memory_limit=memory, silence_logs=50) as client:
        client.run(__import__, "kmeanslab.engine.assign.yinyang")
        yield client


def model(k=K, **options):
    """Return the estimator that all parts use."""
    return DistributedKMeans(k, tol=0, **options)


def timed(fit):
    """Return what a function returns, and the seconds that it takes."""
    started = time.perf_counter()
    found = fit()
    return found, time.perf_counter() - started


def assert_same(found, right):
    """Assert that centres and iterations are equal to the last bit."""
    assert (found.cluster_centers_.tobytes()
            == right.cluster_centers_.tobytes())
    assert found.n_iter_ == right.n_iter_


def overhead(options, X, pieces):
    """Return the median seconds of a fit, by where it runs."""
    C = X[np.random.default_rng(0).choice(len(X), K, replace=False)]
    C = C.astype(np.float64)
    with client(1) as one, client(2) as two:
        fit_by_name = {
            "KMeans": lambda: KMeans(K, init=C, tol=0).fit(X),
            "partitions here": lambda: model(init=C).fit(pieces),
            "one worker": lambda: model(init=C).fit(pieces, one),
            "two workers": lambda: model(init=C).fit(pieces, two)}
        right = model(init=C).fit(pieces)
        peer = dask_ml(X, C, one, right.n_iter_)
        if peer:
            fit_by_name["dask-ml, one worker"] = peer
        fits = {name: [] for name in fit_by_name}
        with threadpool_limits(1):
            for fit in fit_by_name.values():
                fit()                    # compiles, and loads modules
            for name in progress(list(fit_by_name) * options.rounds,
                                 "overhead"):
                fits[name].append(timed(fit_by_name[name]))
    for name in fits:
        if name != "dask-ml, one worker":
            assert_same(fits[name][0][0], right)
    medians = {name: statistics.median(seconds for _, seconds in each)
               for name, each in fits.items()}
    print_overhead(medians, right)
    if peer:
        medians["dask-ml"] = check_dask_ml(
            fits["dask-ml, one worker"][0][0], X, right)
    return medians


def print_overhead(medians, right):
    """Print the lines of `overhead`."""
    print(f"\n{right.n_iter_} iterations, {os.cpu_count()} cores")
    for name, seconds in medians.items():
        print(f"{name:<22}{seconds:>8.2f} s"
              f"{seconds / medians['partitions here']:>8.2f} x here")
    ratio = medians["two workers"] / medians["one worker"]
    print(f"two workers take {ratio:.2f} of the time of one")


def dask_ml(X, C, client, iterations):
    """Return a fit by dask-ml from the same start; None where it cannot run.

    It does not detect that nothing changes any more, so it gets the number of
    iterations.
    """
    try:
        import dask.array
        from dask_ml.cluster import KMeans as Peer
    except ImportError as error:
        print(f"dask-ml is not compared: {error}")
        return None
    floats = dask.array.from_array(
        X.astype(np.float32), chunks=(-(-len(X) // PARTITIONS), -1))
    floats = client.persist(floats)

    def fit():
        with client.as_current():
            return Peer(K, init=C.astype(np.float32), tol=0,
                        max_iter=iterations).fit(floats)
    return fit


def check_dask_ml(peer, X, right):
    """Return dask-ml's iterations, its inertia, and that by brute force."""
    C = np.asarray(peer.cluster_centers_)
    true = predict(X, C, np.ones(len(X)))[1]
    print(f"dask-ml: {peer.n_iter_} iterations, inertia_ "
          f"{float(peer.inertia_):,.0f}, brute force {true:,.0f}; ours "
          f"{right.n_iter_}, {right.inertia_:,.0f}")
    return {"n_iter": int(peer.n_iter_), "inertia": float(peer.inertia_),
            "brute force": true}


def kills(options, X, pieces):
    """Return replayed partitions and seconds when a worker is killed."""
    outcomes = {}
    right = model(random_state=0).fit(pieces)
    print(f"\n{len(pieces)} partitions, two workers, one of which is killed")
    for name, place, call in [("never", STEP, 0), ("in iteration 3", STEP, 3),
                              ("while seeding", SAMPLE, 2)]:
        with client(2) as two:
            victim = sorted(two.nthreads())[0]
            if call:
                two.run(faults.die_at, place, call, workers=[victim])
            found, seconds = timed(
                lambda: model(random_state=0).fit(pieces, two))
            assert (victim in two.nthreads()) == (not call)
        assert_same(found, right)
        outcomes[name] = {"replayed": found.replayed_, "seconds": seconds}
        print(f"{name}: the same bits, {found.replayed_} partitions replayed, "
              f"{seconds:.2f} s")
    return outcomes


def memory(options, X, pieces):
    """Return the workers' peak memory for a file larger than their limits."""
    with tempfile.TemporaryDirectory() as folder:
        path, limit = Path(folder) / "large.npy", LIMIT_BYTES
        large = np.lib.format.open_memmap(
            path, "w+", np.float32, (6 * limit // 4 // X.shape[1], X.shape[1]))
        for s in range(0, len(large), len(X)):
            large[s:s + len(X)] = X[:len(large) - s]
        del large
        with client(2, limit) as two:
            found, seconds = timed(lambda: model(
                10, init=X[:10].astype(float), max_iter=5).fit(path, two))
            peaks = list(two.run(faults.peak_memory).values())
            spilled = sum(two.run(faults.spilled).values())
        size = path.stat().st_size
    print(f"\n{size / 2 ** 20:,.0f} MB of points, workers of "
          f"{limit / 2 ** 20:,.0f} MB: peaks "
          f"{', '.join(f'{peak / 2 ** 20:,.0f}' for peak in peaks)} MB, "
          f"{spilled} bytes spilled, {found.replayed_} partitions replayed, "
          f"{found.n_iter_} iterations in {seconds:.1f} s")
    assert max(peaks) < limit and not spilled and not found.replayed_
    return {"bytes": size, "limit": limit, "peaks": peaks,
            "seconds": seconds}


def seeding(options, X, pieces):
    """Return median inertias after k-means|| and k-means++, and passes."""
    medians = {}
    for k in (10, K) if options.quick else (K, LARGE_K):
        ours, theirs = [], []
        for seed in progress(range(options.seeds), f"seeding, k = {k}"):
            ours.append(model(k, random_state=seed).fit(pieces))
            theirs.append(KMeans(k, random_state=seed, tol=0).fit(X))
        inertias = [statistics.median(fit.inertia_ for fit in fits)
                    for fits in (ours, theirs)]
        passes = sorted({fit.passes_ for fit in ours})
        more = 100 * (inertias[0] / inertias[1] - 1)
        print(f"k = {k}: {more:+.2f} % inertia after k-means|| in {passes} "
              f"passes, compared with greedy k-means++ in {k}")
        medians[k] = {"k-means||": inertias[0], "k-means++": inertias[1],
                      "passes": passes}
    return medians


PARTS = {"overhead": overhead, "faults": kills, "memory": memory,
         "seeding": seeding}


def build_parser():
    """Return the parser of the command line."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.cluster", description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("parts", nargs="*", metavar="PART",
                        help=f"of {', '.join(PARTS)} (default: all)")
    parser.add_argument("--rounds", type=at_least(1), default=3,
                        help="fits per median time (default: 3)")
    parser.add_argument("--seeds", type=at_least(1), default=5,
                        help="fits per median inertia (default: 5)")
    parser.add_argument("--quick", action="store_true",
                        help=f"{QUICK_POINTS:,} points")
    parser.add_argument("--out", metavar="FILE",
                        help="write the results there as JSON")
    return parser


def main(argv=None):
    """Run the benchmark and return its exit status."""
    parser = build_parser()
    options = parser.parse_args(argv)
    for part in options.parts:
        if part not in PARTS:
            parser.error(f"there is no part {part!r}: choose from "
                         + ", ".join(PARTS))
    X, data = mnist.digits(QUICK_POINTS if options.quick else mnist.FULL)
    print(data)
    with tempfile.TemporaryDirectory() as folder:
        np.save(Path(folder) / "images.npy", X)
        pieces = split_rows(Path(folder) / "images.npy",
                            -(-len(X) // PARTITIONS))
        results = {part: PARTS[part](options, X, pieces)
                   for part in options.parts or PARTS}
    return record.keep("cluster", options.out, LIBRARIES, data=data,
                       rounds=options.rounds, seeds=options.seeds,
                       parts=results)


if __name__ == "__main__":
    sys.exit(main())
