"""Compare k-means implementations: same start, threads and stopping rule.

All contenders run in turn, several times, so that other load on the machine
affects all of them. The first turn is short and not counted: it warms
caches and compiles. Medians are reported, and only after all results are
checked (see `equality.py`).

    entries  name -> Entry; our names begin with "ours"
    record   name -> the figures of an entry, ready for JSON
"""
from concurrent.futures import ThreadPoolExecutor
import statistics
import time
from typing import NamedTuple

import numpy as np
from tqdm import tqdm

from benchmarks import equality
from benchmarks.peers.kmeans_peers import OURS, SKLEARN, Contender, installed

PAUSE_SECONDS = 0.05     # idle threads of a library spin for a while
WARM_UP_ITERATIONS = 2   # of the turn that is not counted
CAPPED_ITERATIONS = 10   # of contenders that do not stop at convergence


class Entry(NamedTuple):
    """A contender, and the points in the type that it gets."""
    contender: Contender
    X: np.ndarray


def enter(*arrays, peers=None):
    """Return the entries: ours per array, the peers with the last array."""
    peers = installed(arrays[-1].dtype.name) if peers is None else peers
    return {**{f"ours, {X.dtype}": Entry(OURS, X) for X in arrays},
            **{name: Entry(peer, arrays[-1]) for name, peer in peers.items()}}


def is_ours(name):
    """Return whether an entry is ours."""
    return name.startswith("ours")


def progress(items, text):
    """Return the items, with a progress bar if stderr is a terminal."""
    return tqdm(items, desc=text, disable=None, leave=False)


def random_rows(X, k):
    """Return the initial centres of all contenders, (k, d)."""
    return X[np.random.default_rng(k).choice(len(X), k, replace=False)]


def compete(entries, C, k, max_iter, runs, threads, options=None):
    """Run all entries in turn; return name -> list of Found.

    options: turn (from 1) -> further arguments for all, such as a seed
    """
    options = options or (lambda turn: {})
    found = {name: [] for name in entries}
    jobs = [(turn, name) for turn in range(runs + 1) for name in entries]
    for turn, name in progress(jobs, f"k = {k}"):
        contender, X = entries[name]
        limit = max_iter if turn else WARM_UP_ITERATIONS
        if turn and not contender.stops:
            limit = CAPPED_ITERATIONS
        time.sleep(PAUSE_SECONDS)
        result = contender.run(X, C, k, limit, threads,
                               **options(max(turn, 1)))
        if turn:
            found[name].append(result)
    return found


def judge(entries, found, max_iter):
    """Check all results; return the record of the contest."""
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
    """Raise AssertionError if a result is wrong; return its near-ties."""
    if is_ours(name):
        equality.assert_exact(X, run, run.n_iter < max_iter)
        return 0
    return equality.assert_near(name, X, run)


def times(contender, runs, iterations):
    """Return seconds, iterations and seconds per iteration: medians.

    A contender that does not stop at convergence is charged for as many
    iterations as ours.
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
    """Return the rows and distances that ours computed."""
    if not run.history:
        return {}
    k, steps = len(run.centres), len(run.history)
    rows = [step.rows for step in run.history]
    distances = sum(step.distances for step in run.history)
    return {"rows": rows, "part of rows": sum(rows) / (n * steps),
            "distances": distances,
            "part of distances": distances / (n * k * steps)}


def off(contender, inertia, run, ours, final):
    """Return the relative difference to our inertia at that iteration.

    None if the contender chose its own initial centres.
    """
    if not contender.starts:
        return None
    same = final
    if not contender.stops and run.n_iter < len(ours.history):
        same = ours.history[run.n_iter].inertia
    return inertia / same - 1


def best(record, names):
    """Return the name of the fastest of these entries."""
    return min((name for name in names if name in record),
               key=lambda name: record[name]["seconds"])


def ratios(record, name):
    """Return the speed-up of an entry of ours over the others."""
    seconds = record[name]["seconds"]
    sklearn = best(record, SKLEARN)
    fastest = best(record, [peer for peer in record if not is_ours(peer)])
    return {"scikit-learn": record[sklearn]["seconds"] / seconds,
            "better": sklearn, "fastest": fastest,
            "all": record[fastest]["seconds"] / seconds}


def show(title, record, limit=None):
    """Print a contest.

    limit: name of ours -> seconds of one pass over its points
    """
    ours = [name for name in record if is_ours(name)]
    print(f"\n{title}\n{'':<22}{'seconds':>9}{'steps':>7}{'ms/step':>9}"
          + "".join(f"{'x ' + name.split()[1]:>11}" for name in ours)
          + f"{'near-ties':>11}{'inertia':>12}")
    for name, figures in record.items():
        print(line(name, figures, [record[mine]["seconds"] for mine in ours]))
    for name in ours:
        print(work_line(name, record[name], limit and limit[name]))
    for name, figures in record.items():
        if abs(figures["inertia off"] or 0) > equality.ALIKE:
            print(f"NOTE: {name} ends in another local optimum, its inertia "
                  f"differs from ours by {figures['inertia off']:+.1%}")


def line(name, figures, seconds):
    """Return the line of one entry; `seconds` are those of ours."""
    mark = " " if figures["measured"] else "*"
    ratio = "".join(f"{figures['seconds'] / own:>11.2f}" for own in seconds)
    off = "other start" if figures["inertia off"] is None else (
        f"{figures['inertia off']:+.4%}")
    ties = "exact" if is_ours(name) else f"{figures['near-ties']:,}"
    return (f"{name:<22}{figures['seconds']:>8.3f}{mark}"
            f"{figures['iterations']:>7}{figures['each'] * 1e3:>9.2f}"
            f"{ratio}{ties:>11}{off:>12}")


def work_line(name, figures, limit):
    """Return a line on the work of ours, and on the time to read the data."""
    text = (f"{name}: scanned {figures['part of rows']:.3f} of the rows per "
            f"iteration, computed {figures['distances']:,} distances = "
            f"{figures['part of distances']:.3f} of all")
    if limit is None:
        return text
    return text + (f";\n    reading the points once per iteration: "
                   f"{figures['iterations']} x {limit * 1e3:.1f} ms = "
                   f"{figures['iterations'] * limit:.2f} s")


def memory_speed(X, threads, times=5):
    """Return the median seconds of one pass over an array."""
    parts = np.array_split(X.reshape(-1).view(np.uint8), threads)
    taken = []
    with ThreadPoolExecutor(threads) as pool:
        for _ in range(times):
            started = time.perf_counter()
            list(pool.map(np.max, parts))
            taken.append(time.perf_counter() - started)
    return statistics.median(taken)
