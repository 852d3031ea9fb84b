"""The parts of the engine's benchmark: each prints a table, returns records.

    fit       one start, run until nothing changes: the main comparison
    restarts  n_init=10 at k = 20, k-means++
    seeding   k-means++ alone
    small     the 500 letters of the assignment
    uniform   data without structure, where bounds exclude nothing
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
    Entry, check_all, is_ours, make_entries, memory_pass, random_rows, ratios,
    run_all, show, take_turn)
from benchmarks.peers.kmeans_peers import (
    LIGHT, OURS, SKLEARN, installed, seed_ours, seed_sklearn)
from kmeanslab.output import progress
from utils import read_data

WARM_UP_SEEDS = 8        # of k-means++ in the turn that is not counted
SEEDING_FRACTION = 0.05  # of the inertia, max difference of two libraries
MAX_ITERATIONS = 1000    # all stop before
UNIFORM_ITERATIONS = 30
SMALL_TURNS = 50         # min; a fit takes milliseconds
FLOATS = "float32", "float64"
LETTERS = Path(__file__).parent.parent / "data/mnist.csv"


class Bench(NamedTuple):
    """What is measured, and how."""
    images: np.ndarray       # (n, 784) uint8
    data: str
    ks: tuple
    turns: int
    threads: int
    quick: bool
    out: Path


def compare(bench, title, entries, C, k, max_iter=MAX_ITERATIONS, turns=None,
            **more):
    """Run, check and print one comparison; return its record."""
    found = run_all(entries, C, k, max_iter, turns or bench.turns,
                    bench.threads, **more)
    record = check_all(entries, found, max_iter)
    own = {name: entry for name, entry in entries.items() if is_ours(name)}
    passes = {name: memory_pass(entry.X, bench.threads)
              for name, entry in own.items()}
    shape = "{:,} x {}".format(*next(iter(own.values())).X.shape)
    show(f"{title}: {shape}", record, passes)
    return {"title": title, "k": k, "entries": record, "pass": passes,
            "ratios": {name: ratios(record, name) for name in own}}


def arrays_of(images, dtype):
    """Return what is compared: the images too where peers get float32."""
    X = images.astype(dtype)
    return (images, X) if dtype == "float32" else (X,)


def fit(bench):
    """Run one start until nothing changes, for each type and k."""
    results = []
    for dtype in FLOATS:
        arrays = arrays_of(bench.images, dtype)
        for k in bench.ks:
            results.append(compare(
                bench, f"{dtype}, k = {k}, random rows, tol = 0",
                make_entries(*arrays), random_rows(arrays[-1], k), k))
    curves = {each["k"]: each["entries"]["ours, uint8"]["rows"]
              for each in results[:len(bench.ks)]}
    figures.save(figures.rows(curves, len(bench.images), bench.data),
                 bench.out / "rows.png")
    return results


def restarts(bench):
    """Run ten starts by k-means++; all get the same seed in a turn."""
    arrays = arrays_of(bench.images, "float32")
    starts = 3 if bench.quick else 10
    peers = {name: peer for name, peer in installed("float32").items()
             if peer.stops}
    return compare(
        bench, f"float32, k = 20, n_init = {starts}, k-means++, tol = 0",
        make_entries(*arrays, peers=peers), "k-means++", 20,
        options=lambda turn: {"n_init": starts, "random_state": turn})


def seeding(bench):
    """Run k-means++ alone: median seconds, and the inertia of its centres."""
    k = 64 if bench.quick else 256
    results = {}
    print(f"\nk-means++, k = {k}\n{'':<10}{'ours':>10}{'scikit-learn':>15}"
          f"{'ratio':>10}{'inertia':>10}")
    for dtype in ("uint8", *FLOATS):
        X = bench.images.astype(dtype)
        peer_X = X.astype("float32") if dtype == "uint8" else X
        result = compare_seeding(X, peer_X, k, bench.turns, bench.threads)
        print(f"{dtype:<10}{result['ours']:>8.3f} s"
              f"{result['scikit-learn']:>13.3f} s{result['ratio']:>9.2f}x"
              f"{result['inertia difference']:>+10.2%}")
        results[dtype] = result
    return results


def compare_seeding(X, peer_X, k, turns, threads):
    """Return seconds of k-means++ of both, and how their inertia differs.

    AssertionError: the mean inertia differs by more than chance explains.
    """
    def call(seed, points, turn):
        C, seconds = seed(points, k if turn else WARM_UP_SEEDS, turn, threads)
        return seconds, equality.potential(points, C)
    calls = {"ours": lambda turn: call(seed_ours, X, turn),
             "scikit-learn": lambda turn: call(seed_sklearn, peer_X, turn)}
    found = [take_turn(calls, turn)
             for turn in progress(range(turns + 1), "seeding")][1:]
    seconds = {name: statistics.median(turn[name][0] for turn in found)
               for name in calls}
    cost = {name: statistics.fmean(turn[name][1] for turn in found)
            for name in calls}
    difference = cost["ours"] / cost["scikit-learn"] - 1
    assert abs(difference) < SEEDING_FRACTION, (
        f"the inertia of our seeds differs by {difference:+.1%}")
    return {**seconds, "ratio": seconds["scikit-learn"] / seconds["ours"],
            "inertia difference": difference}


def small(bench):
    """Fit the letters of the assignment, with the kernels and without."""
    with suppress(ImportError):
        import kmeanslab.engine.assign.kernels  # noqa: F401
    X = np.array(read_data(LETTERS)[0], dtype=np.float64)
    entries = {"ours, float64": Entry(OURS, X),
               "ours, without Numba": Entry(LIGHT, X), **make_entries(X)}
    return compare(bench, "500 letters, float64, k = 12", entries,
                   random_rows(X, 12), 12,
                   turns=max(SMALL_TURNS, bench.turns))


def uniform(bench):
    """Fit uniformly random points: no structure for bounds to use."""
    n = 2000 if bench.quick else 20_000
    X = np.random.default_rng(0).random((n, 784), dtype=np.float32)
    return compare(bench, "uniformly random, float32, k = 64, "
                   f"{UNIFORM_ITERATIONS} iterations", make_entries(X),
                   random_rows(X, 64), 64, max_iter=UNIFORM_ITERATIONS)


def first(bench):
    """Time the first fit at k = 64: import, any compilation, and fit."""
    results = {}
    print("\nfirst fit of a fresh process, k = 64: import and fit")
    with tempfile.TemporaryDirectory() as folder:
        for X in arrays_of(bench.images, "float32"):
            C = random_rows(bench.images, 64).astype("float32")
            paths = fresh.save(folder, X, C)
            names = {f"ours, {X.dtype}": False,
                     f"ours, {X.dtype}, not compiled yet": True}
            if X.dtype == "float32":
                names.update(dict.fromkeys(SKLEARN, False))
            for name, compiles in names.items():
                results[name] = first_fit(bench, name, paths, compiles)
                print(f"{name:<36}{results[name]:>8.2f} s")
    return results


def first_fit(bench, name, paths, compiles):
    """Return median seconds; unless it compiles, a run fills the cache."""
    seconds = []
    for _ in progress(range(bench.turns + (not compiles)), name):
        # a compiler that outlives its process may still write there
        with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as cache:
            empty = {"NUMBA_CACHE_DIR": cache} if compiles else {}
            seconds.append(fresh.ask("first", name, paths, bench.threads,
                                     **empty))
    return statistics.median(seconds[-bench.turns:])


def memory(bench):
    """Measure the peak of a fit above its points and the libraries, in MB."""
    results = {}
    names = ["ours, uint8", "ours, float32", *installed("float32"),
             "ours, float64"]
    names += [f"{name}, float64" for name in installed("float64")]
    print("\npeak memory of a fit above its points, MB\n" + f"{'':<32}"
          + "".join(f"{f'k = {k}':>10}" for k in bench.ks))
    with tempfile.TemporaryDirectory() as folder:
        for name in names:
            results[name] = [peak(bench, folder, name, k) for k in bench.ks]
            print(f"{name:<32}" + "".join(
                f"{'-' if size is None else round(size / 1e6):>10}"
                for size in results[name]))
    return {"ks": bench.ks, "bytes": results}


def peak(bench, folder, name, k):
    """Return the bytes of a fit; the entry's name ends with its type."""
    dtype = next((dtype for dtype in ("uint8", *FLOATS)
                  if name.endswith(dtype)), "float32")
    X = bench.images.astype(dtype)
    C = random_rows(bench.images, k).astype(
        dtype if dtype in FLOATS else "float32")
    paths = fresh.save(folder, X, C)
    return fresh.ask("memory", name.removesuffix(", float64"), paths,
                     bench.threads, **fresh.RETURN_MEMORY)


SECTIONS = {"fit": fit, "restarts": restarts, "seeding": seeding,
            "small": small, "uniform": uniform, "first": first,
            "memory": memory, "growth": growth.run}
