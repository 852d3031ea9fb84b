"""The parts of the engine's benchmark: each prints a table, returns records.

    fit       the main question: one start, run until nothing changes
    restarts  n_init=10 at k = 20, k-means++
    seeding   k-means++ alone
    small     the 500 letters of the assignment
    bad       data in which bounds find nothing to avoid
    first     the first fit of a fresh process, any compilation included
    memory    the peak of a fit above its points
"""
from contextlib import suppress
from pathlib import Path
import statistics
import tempfile
from typing import NamedTuple

import numpy as np

from benchmarks import equality, figures, fresh, growth
from benchmarks.comparison import (
    Entry, compete, enter, is_ours, judge, memory_speed, random_rows, ratios,
    show)
from benchmarks.peers.kmeans_peers import (
    LIGHT, OURS, SKLEARN, installed, seed_ours, seed_sklearn)
from kmeanslab.output import progress
from utils import read_data

WARM = 8                 # seeds of the turn that is not counted
ALIKE = 0.05             # of the inertia: seeds by the same distribution
ENOUGH = 1000            # iterations: all stop before
FLOATS = ("float32", "float64")
LETTERS = Path(__file__).parent.parent / "data/mnist.csv"


class Bench(NamedTuple):
    """What is measured, and how."""
    images: np.ndarray       # (n, 784) uint8
    data: str
    ks: tuple
    runs: int
    threads: int
    quick: bool
    out: Path
    load: float              # of the machine, before we begin


def contest(bench, title, entries, C, k, max_iter=ENOUGH, runs=None, **more):
    """Runs, checks and prints one contest; returns its record."""
    found = compete(entries, C, k, max_iter, runs or bench.runs,
                    bench.threads, **more)
    record = judge(entries, found, max_iter)
    own = {name: entry for name, entry in entries.items() if is_ours(name)}
    limit = {name: memory_speed(entry.X, bench.threads)
             for name, entry in own.items()}
    shape = "{:,} x {}".format(*next(iter(own.values())).X.shape)
    show(f"{title}: {shape}", record, limit)
    return {"title": title, "k": k, "entries": record, "pass": limit,
            "ratios": {name: ratios(record, name) for name in own}}


def given(images, dtype):
    """The arrays of one contest: the images too where peers get float32."""
    X = images.astype(dtype)
    return (images, X) if dtype == "float32" else (X,)


def fit(bench):
    """One start, until nothing changes: the sizes and types of the targets."""
    told = []
    for dtype in FLOATS:
        arrays = given(bench.images, dtype)
        for k in bench.ks:
            told.append(contest(
                bench, f"{dtype}, k = {k}, random rows, tol = 0",
                enter(*arrays), random_rows(arrays[-1], k), k))
    curves = {each["k"]: each["entries"]["ours, uint8"]["rows"]
              for each in told[:len(bench.ks)]}
    figures.save(figures.rows(curves, len(bench.images), bench.data),
                 bench.out / "rows.png")
    return told


def restarts(bench):
    """Ten starts by k-means++; all get the same seed, another each turn."""
    arrays = given(bench.images, "float32")
    starts = 3 if bench.quick else 10
    peers = {name: peer for name, peer in installed("float32").items()
             if peer.stops}
    return contest(
        bench, f"float32, k = 20, n_init = {starts}, k-means++, tol = 0",
        enter(*arrays, peers=peers), "k-means++", 20,
        options=lambda turn: {"n_init": starts, "random_state": turn})


def seeding(bench):
    """k-means++ alone: median seconds, and how good the centres are."""
    k = 64 if bench.quick else 256
    told = {}
    print(f"\nk-means++, k = {k}\n{'':<10}{'ours':>10}{'scikit-learn':>15}"
          f"{'ours is':>10}{'inertia':>10}")
    for dtype in ("uint8", *FLOATS):
        X = bench.images.astype(dtype)
        peer = X.astype("float32") if dtype == "uint8" else X
        told[dtype] = sow(X, peer, k, bench.runs, bench.threads)
        own, other = told[dtype]["ours"], told[dtype]["scikit-learn"]
        print(f"{dtype:<10}{own:>8.3f} s{other:>13.3f} s"
              f"{told[dtype]['ratio']:>9.2f}x{told[dtype]['off']:>+10.2%}")
    return told


def sow(X, peer, k, runs, threads):
    """Seconds of k-means++ in turn, and how far our inertia is off."""
    entries = {"ours": (seed_ours, X), "scikit-learn": (seed_sklearn, peer)}
    seconds = {name: [] for name in entries}
    cost = {name: [] for name in entries}
    jobs = [(turn, name) for turn in range(runs + 1) for name in entries]
    for turn, name in progress(jobs, "seeding"):
        seed, points = entries[name]
        C, taken = seed(points, k if turn else WARM, turn, threads)
        if turn:                       # the first only warms and compiles
            seconds[name].append(taken)
            cost[name].append(equality.potential(points, C))
    told = {name: statistics.median(taken) for name, taken in seconds.items()}
    off = np.mean(cost["ours"]) / np.mean(cost["scikit-learn"]) - 1
    assert abs(off) < ALIKE, f"our seeds are {off:+.1%} off scikit-learn's"
    return {**told, "ratio": told["scikit-learn"] / told["ours"],
            "off": float(off)}


def small(bench):
    """The letters of the assignment: fits of milliseconds.

    With the kernels loaded, as they are after any large fit, and without.
    """
    with suppress(ImportError):
        import kmeanslab.engine.assign.kernels  # noqa: F401
    X = np.array(read_data(LETTERS)[0], dtype=np.float64)
    entries = {"ours, float64": Entry(OURS, X),
               "ours, without Numba": Entry(LIGHT, X), **enter(X)}
    return contest(bench, "500 letters, float64, k = 12", entries,
                   random_rows(X, 12), 12, runs=max(50, bench.runs))


def bad(bench):
    """Uniformly random points: no structure for bounds to use."""
    n = 2000 if bench.quick else 20_000
    X = np.random.default_rng(0).random((n, 784), dtype=np.float32)
    return contest(bench, "uniformly random, float32, k = 64, 30 iterations",
                   enter(X), random_rows(X, 64), 64, max_iter=30)


def first(bench):
    """The first fit at k = 64: import, compilation if need be, and fit."""
    told = {}
    print("\nfirst fit of a fresh process, k = 64: import and fit")
    with tempfile.TemporaryDirectory() as folder:
        for X in given(bench.images, "float32"):
            C = random_rows(bench.images, 64).astype("float32")
            paths = fresh.save(folder, X, C)
            names = {f"ours, {X.dtype}": False,
                     f"ours, {X.dtype}, not compiled yet": True}
            if X.dtype == "float32":
                names.update(dict.fromkeys(SKLEARN, False))
            for name, compiles in names.items():
                told[name] = first_fit(bench, name, paths, compiles)
                print(f"{name:<36}{told[name]:>8.2f} s")
    return told


def first_fit(bench, name, paths, compiles):
    """Median seconds; a run before them fills the caches, if they shall."""
    seconds = []
    for turn in progress(range(bench.runs + (not compiles)), name):
        with tempfile.TemporaryDirectory() as cache:
            empty = {"NUMBA_CACHE_DIR": cache} if compiles else {}
            seconds.append(fresh.ask("first", name, paths, bench.threads,
                                     **empty))
    return statistics.median(seconds[-bench.runs:])


def memory(bench):
    """The peak of a fit above its points and the libraries, in MB."""
    told = {}
    names = ["ours, uint8", "ours, float32", *installed("float32"),
             "ours, float64"]
    names += [f"{name}, float64" for name in installed("float64")]
    print("\npeak memory of a fit above its points, MB\n" + f"{'':<32}"
          + "".join(f"{f'k = {k}':>10}" for k in bench.ks))
    with tempfile.TemporaryDirectory() as folder:
        for name in names:
            told[name] = [peak(bench, folder, name, k) for k in bench.ks]
            print(f"{name:<32}" + "".join(
                f"{'-' if size is None else round(size / 1e6):>10}"
                for size in told[name]))
    return {"ks": bench.ks, "bytes": told}


def peak(bench, folder, name, k):
    """Bytes of a fit by a contender; its name tells the type it gets."""
    dtype = next((dtype for dtype in ("uint8", *FLOATS)
                  if name.endswith(dtype)), "float32")
    X = bench.images.astype(dtype)
    C = random_rows(bench.images, k).astype(
        dtype if dtype in FLOATS else "float32")
    paths = fresh.save(folder, X, C)
    return fresh.ask("memory", name.removesuffix(", float64"), paths,
                     bench.threads, **fresh.RETURN_MEMORY)


SECTIONS = {"fit": fit, "restarts": restarts, "seeding": seeding,
            "small": small, "bad": bad, "first": first, "memory": memory,
            "growth": growth.run}
