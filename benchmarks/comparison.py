"""A fair comparison: the same start, threads and stopping rule, alternately.

All implementations run in turn, again and again, so that whatever else the
machine does disturbs all alike. The first turn is short and not counted; it
warms caches and compiles. Medians are printed, and only once all answers are
checked (see `equality.py`).

    entries  name -> Entry; the names of ours begin with "ours"
    found    name -> list of Found, one per counted turn
    record   name -> figures of an entry, ready for JSON
"""
from concurrent.futures import ThreadPoolExecutor
from functools import partial
import statistics
import time
from typing import NamedTuple

import numpy as np
from scipy import sparse

from benchmarks import equality
from benchmarks.peers.kmeans_peers import (
    OURS, OURS_NAME, SKLEARN, Implementation, installed)
from kmeanslab.engine.warmup import kernels_for
from kmeanslab.output import progress

REST_SECONDS = 0.02      # how long a process that rests uses no processor
MAX_REST_SECONDS = 1.0
WARM_UP_ITERATIONS = 2   # of the turn that is not counted
FIXED_ITERATIONS = 10    # of implementations that cannot stop by themselves
SPARE_ROWS = 8           # drawn per distinct row that is needed


class Entry(NamedTuple):
    """An implementation and the points that it gets."""
    implementation: Implementation
    X: np.ndarray


def make_entries(*arrays, peers=None):
    """Return ours with each of the arrays, the peers with the last.

    The last array has floats. peers: default all that are installed
    """
    peers = installed(arrays[-1].dtype.name) if peers is None else peers
    return {**{f"{OURS_NAME}, {X.dtype}": Entry(OURS, X) for X in arrays},
            **{name: Entry(peer, arrays[-1]) for name, peer in peers.items()}}


def is_ours(name):
    """Return whether an entry is ours."""
    return name.startswith(OURS_NAME)


def random_rows(X, k):
    """Return the rows that all start from, (k, d); distinct if dense."""
    order = np.random.default_rng(k).permutation(X.shape[0])
    if sparse.issparse(X):
        return X[np.sort(order[:k])].toarray()
    some = X[order[:SPARE_ROWS * k]]
    _, first = np.unique(some, axis=0, return_index=True)
    return some[np.sort(first)[:k]]


def wait_for_kernels(kinds):
    """Have kernels compiled, as scikit-learn is; kinds: (name, dtype)."""
    for name, dtype in sorted({(name, np.dtype(dtype).name)
                               for name, dtype in kinds}):
        kernels_for(name, np.eye(64, dtype=dtype), wait=True)


def run_all(entries, C, k, max_iter, turns, threads, options=None):
    """Run all entries in turn; return name -> list of Found.

    options: turn (from 1) -> more arguments of all, such as a seed
    """
    options = options or (lambda turn: {})

    def call(entry, turn):
        limit = max_iter if entry.implementation.stops else FIXED_ITERATIONS
        return entry.implementation.run(
            entry.X, C, k, limit if turn else WARM_UP_ITERATIONS, threads,
            **options(max(turn, 1)))
    calls = {name: partial(call, entry) for name, entry in entries.items()}
    results = [take_turn(calls, turn)
               for turn in progress(range(turns + 1), f"k = {k}")]
    return {name: [turn[name] for turn in results[1:]] for name in entries}


def take_turn(calls, turn):
    """Call each function with the number of the turn; return the results."""
    results = {}
    for name, call in calls.items():
        rest()
        results[name] = call(turn)
    return results


def rest():
    """Wait until threads of the call before no longer keep a core busy.

    Those of OpenBLAS go on for 0.1 seconds and more, in case they are needed.
    """
    end = time.monotonic() + MAX_REST_SECONDS
    used = REST_SECONDS
    while used > REST_SECONDS / 10 and time.monotonic() < end:
        before = time.process_time()
        time.sleep(REST_SECONDS)
        used = time.process_time() - before


def check_all(entries, found, max_iter):
    """Check all answers; return the record of the comparison.

    AssertionError: an answer is wrong.
    """
    first = next(iter(found))
    ours = found[first][0]
    final = equality.inertia(entries[first].X, ours)
    record = {}
    for name, runs in progress(found.items(), "checking"):
        implementation, X = entries[name]
        ties = [check(name, X, run, max_iter) for run in runs]
        inertia = equality.inertia(X, runs[0])
        record[name] = {
            **timing(implementation, runs, ours.n_iter), "inertia": inertia,
            "near-ties": max(ties), **work_done(runs[0], *X.shape),
            "inertia difference": inertia_difference(
                implementation, inertia, runs[0], ours, final)}
    return record


def check(name, X, run, max_iter):
    """Raise AssertionError if an answer is wrong; return its near-ties."""
    if is_ours(name):
        equality.assert_exact(X, run, run.n_iter < max_iter)
        return 0
    return equality.assert_near(name, X, run)


def timing(implementation, runs, iterations):
    """Return seconds, iterations and seconds per iteration: medians of runs.

    An implementation that cannot stop by itself is charged for as many
    iterations as ours took.
    """
    each = statistics.median(run.seconds / run.n_iter for run in runs)
    seconds = statistics.median(run.seconds for run in runs)
    if not implementation.stops:
        seconds = each * iterations
    else:
        iterations = statistics.median_low(run.n_iter for run in runs)
    return {"seconds": seconds, "iterations": iterations,
            "seconds per iteration": each,
            "runs": [run.seconds for run in runs],
            "stops": implementation.stops}


def work_done(run, n, d):
    """Return the rows and distances that ours computed, and their fractions.

    Empty for other implementations.
    """
    if not run.history:
        return {}
    k, steps = len(run.centres), len(run.history)
    rows = [step.rows for step in run.history]
    distances = sum(step.distances for step in run.history)
    return {"rows": rows, "fraction of rows": sum(rows) / (n * steps),
            "distances": distances,
            "fraction of distances": distances / (n * k * steps)}


def inertia_difference(implementation, inertia, run, ours, final):
    """Return inertia / ours - 1 after as many iterations.

    None where the start was another one.
    """
    if not implementation.starts:
        return None
    same = final
    if not implementation.stops and run.n_iter < len(ours.history):
        same = ours.history[run.n_iter].inertia
    return inertia / same - 1


def fastest(record, names):
    """Return the name of the fastest of these entries."""
    return min((name for name in names if name in record),
               key=lambda name: record[name]["seconds"])


def ratios(record, name):
    """Return how many times as fast an entry of ours is as the others."""
    seconds = record[name]["seconds"]
    better = fastest(record, SKLEARN)
    peer = fastest(record, [name for name in record if not is_ours(name)])
    return {"scikit-learn": record[better]["seconds"] / seconds,
            "better": better, "fastest": peer,
            "all": record[peer]["seconds"] / seconds}


def show(title, record, pass_seconds=None):
    """Print a comparison.

    pass_seconds: name of ours -> seconds of one pass over its points
    """
    ours = [name for name in record if is_ours(name)]
    print(f"\n{title}\n{'':<22}{'seconds':>9}{'steps':>7}{'ms/step':>9}"
          + "".join(f"{'x ' + name.split()[1]:>11}" for name in ours)
          + f"{'near-ties':>11}{'inertia':>12}")
    for name, entry in record.items():
        print(line(name, entry, [record[mine]["seconds"] for mine in ours]))
    for name in ours:
        print(work_line(name, record[name],
                        pass_seconds and pass_seconds[name]))
    for name, entry in record.items():
        difference = entry["inertia difference"] or 0
        if abs(difference) > equality.OPTIMUM_FRACTION:
            print(f"!!! NOTE: {name} ends in another optimum, its inertia "
                  f"differs by {difference:+.1%} from ours !!!")


def line(name, entry, our_seconds):
    """Return the line of one entry, with its ratio to each of ours."""
    mark = " " if entry["stops"] else "*"
    ratio = "".join(f"{entry['seconds'] / own:>11.2f}" for own in our_seconds)
    difference = entry["inertia difference"]
    inertia = "other start" if difference is None else f"{difference:+.4%}"
    ties = "exact" if is_ours(name) else f"{entry['near-ties']:,}"
    return (f"{name:<22}{entry['seconds']:>8.3f}{mark}"
            f"{entry['iterations']:>7}"
            f"{entry['seconds per iteration'] * 1e3:>9.2f}{ratio}{ties:>11}"
            f"{inertia:>12}")


def work_line(name, entry, pass_seconds):
    """Return a line on the work of ours, and on the min that all need."""
    text = (f"{name}: computed distances of {entry['fraction of rows']:.3f} "
            f"of the rows per iteration, {entry['distances']:,} distances = "
            f"{entry['fraction of distances']:.3f} of all")
    if pass_seconds is None:
        return text
    steps = entry["iterations"]
    return (f"{text};\n    reading the points once per iteration: {steps} x "
            f"{pass_seconds * 1e3:.1f} ms = {steps * pass_seconds:.2f} s")


def memory_pass(X, threads, times=5):
    """Return the seconds of one pass over an array in memory: a median."""
    parts = np.array_split(X.reshape(-1).view(np.uint8), threads)
    seconds = []
    with ThreadPoolExecutor(threads) as pool:
        for _ in range(times):
            started = time.perf_counter()
            list(pool.map(np.max, parts))
            seconds.append(time.perf_counter() - started)
    return statistics.median(seconds)
