"""A fair contest: the same start, threads and rule, turn by turn.

All contenders run in turn, and so again and again: whatever else the
machine does meets all alike. The first turn is short and not counted; it
warms caches and compiles. Medians are told, and only once all answers are
checked (see `equality.py`).

    entries  name -> Entry; the names of ours begin with "ours"
    record   name -> what is told of an entry, ready for JSON
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
    OURS, OURS_NAME, SKLEARN, Contender, installed)
from kmeanslab.output import progress

REST_SECONDS = 0.02      # idle threads of a library spin for a while
WARM = 2                 # iterations of the turn that is not counted
SPARE_ROWS = 8           # drawn per distinct row that is needed
FEW = 10                 # iterations of those who cannot stop by themselves


class Entry(NamedTuple):
    """A contender and the points as it is given them."""
    contender: Contender
    X: np.ndarray


def enter(*arrays, peers=None):
    """Ours with each of the arrays; the peers with the last, a float one."""
    peers = installed(arrays[-1].dtype.name) if peers is None else peers
    return {**{f"ours, {X.dtype}": Entry(OURS, X) for X in arrays},
            **{name: Entry(peer, arrays[-1]) for name, peer in peers.items()}}


def is_ours(name):
    """Tells whether an entry is ours."""
    return name.startswith(OURS_NAME)


def random_rows(X, k):
    """Return the rows that all start from, (k, d); distinct if dense."""
    order = np.random.default_rng(k).permutation(X.shape[0])
    if sparse.issparse(X):
        return X[np.sort(order[:k])].toarray()
    some = X[order[:SPARE_ROWS * k]]
    _, first = np.unique(some, axis=0, return_index=True)
    return some[np.sort(first)[:k]]


def compete(entries, C, k, max_iter, runs, threads, options=None):
    """Runs all in turn; returns name -> list of Found.

    options: turn (from 1) -> more arguments for all, such as a seed
    """
    options = options or (lambda turn: {})

    def call(entry, turn):
        limit = max_iter if entry.contender.stops else FEW
        return entry.contender.run(entry.X, C, k, limit if turn else WARM,
                                   threads, **options(max(turn, 1)))
    calls = {name: partial(call, entry) for name, entry in entries.items()}
    turns = [take_turn(calls, turn)
             for turn in progress(range(runs + 1), f"k = {k}")]
    return {name: [turn[name] for turn in turns[1:]] for name in entries}


def take_turn(calls, turn):
    """Call each function with the number of the turn; return the results."""
    results = {}
    for name, call in calls.items():
        time.sleep(REST_SECONDS)
        results[name] = call(turn)
    return results


def judge(entries, found, max_iter):
    """Checks all answers; returns the record of the contest."""
    first = next(iter(found))
    ours = found[first][0]
    final = equality.inertia(entries[first].X, ours)
    record = {}
    for name, runs in progress(found.items(), "checking"):
        contender, X = entries[name]
        ties = [check(name, X, run, max_iter) for run in runs]
        record[name] = {
            **times(contender, runs, ours.n_iter), "near-ties": max(ties),
            "inertia": equality.inertia(X, runs[0]),
            **work(runs[0], *X.shape)}
        record[name]["inertia off"] = off(
            contender, record[name]["inertia"], runs[0], ours, final)
    return record


def check(name, X, run, max_iter):
    """Raises AssertionError if an answer is wrong; returns its near-ties."""
    if is_ours(name):
        equality.assert_exact(X, run, run.n_iter < max_iter)
        return 0
    return equality.assert_near(name, X, run)


def times(contender, runs, iterations):
    """Seconds, iterations and seconds of one iteration: medians of runs.

    Who cannot stop by himself is charged for as many iterations as ours.
    """
    each = statistics.median(run.seconds / run.n_iter for run in runs)
    seconds = statistics.median(run.seconds for run in runs)
    if not contender.stops:
        seconds = each * iterations
    else:
        iterations = statistics.median_low(run.n_iter for run in runs)
    return {"seconds": seconds, "iterations": iterations, "each": each,
            "runs": [run.seconds for run in runs],
            "measured": contender.stops}


def work(run, n, d):
    """What ours looked at: per iteration, and as parts of all."""
    if not run.history:
        return {}
    k, steps = len(run.centres), len(run.history)
    rows = [step.rows for step in run.history]
    distances = sum(step.distances for step in run.history)
    return {"rows": rows, "part of rows": sum(rows) / (n * steps),
            "distances": distances,
            "part of distances": distances / (n * k * steps)}


def off(contender, inertia, run, ours, final):
    """How far an inertia is off ours after as many iterations, as a part.

    None where the start was another one.
    """
    if not contender.starts:
        return None
    same = final
    if not contender.stops and run.n_iter < len(ours.history):
        same = ours.history[run.n_iter].inertia
    return inertia / same - 1


def best(record, names):
    """Of these entries the fastest: its name."""
    return min((name for name in names if name in record),
               key=lambda name: record[name]["seconds"])


def ratios(record, name):
    """How many times as fast an entry of ours is as the others."""
    seconds = record[name]["seconds"]
    sklearn = best(record, SKLEARN)
    fastest = best(record, [peer for peer in record if not is_ours(peer)])
    return {"scikit-learn": record[sklearn]["seconds"] / seconds,
            "better": sklearn, "fastest": fastest,
            "all": record[fastest]["seconds"] / seconds}


def show(title, record, limit=None):
    """Prints a contest.

    limit: seconds of a pass over the points of each of ours, by name
    """
    ours = [name for name in record if is_ours(name)]
    print(f"\n{title}\n{'':<22}{'seconds':>9}{'steps':>7}{'ms/step':>9}"
          + "".join(f"{'x ' + name.split()[1]:>11}" for name in ours)
          + f"{'near-ties':>11}{'inertia':>12}")
    for name, told in record.items():
        print(line(name, told, [record[mine]["seconds"] for mine in ours]))
    for name in ours:
        print(looked(name, record[name], limit and limit[name]))
    for name, told in record.items():
        if abs(told["inertia off"] or 0) > equality.OPTIMUM_FRACTION:
            print(f"!!! NOTE: {name} ends in another optimum, its inertia "
                  f"is {told['inertia off']:+.1%} off ours !!!")


def line(name, told, seconds):
    """One entry's line; `seconds` are those of ours."""
    mark = " " if told["measured"] else "*"
    ratio = "".join(f"{told['seconds'] / own:>11.2f}" for own in seconds)
    off = "other start" if told["inertia off"] is None else (
        f"{told['inertia off']:+.4%}")
    ties = "exact" if is_ours(name) else f"{told['near-ties']:,}"
    return (f"{name:<22}{told['seconds']:>8.3f}{mark}{told['iterations']:>7}"
            f"{told['each'] * 1e3:>9.2f}{ratio}{ties:>11}{off:>12}")


def looked(name, told, limit):
    """A line on the work that ours took, and on what no one can avoid."""
    text = (f"{name}: looked at {told['part of rows']:.3f} of the rows an "
            f"iteration, {told['distances']:,} distances = "
            f"{told['part of distances']:.3f} of all")
    if limit is None:
        return text
    return text + (f";\n    reading the points once an iteration: "
                   f"{told['iterations']} x {limit * 1e3:.1f} ms = "
                   f"{told['iterations'] * limit:.2f} s")


def memory_speed(X, threads, times=5):
    """Seconds of one pass over an array at memory speed: a median."""
    parts = np.array_split(X.reshape(-1).view(np.uint8), threads)
    taken = []
    with ThreadPoolExecutor(threads) as pool:
        for _ in range(times):
            started = time.perf_counter()
            list(pool.map(np.max, parts))
            taken.append(time.perf_counter() - started)
    return statistics.median(taken)
