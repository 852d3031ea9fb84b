"""One cell measured: turns until the time is spent, checked, as a record.

Ours and scikit-learn run alternately, so that whatever else the machine does
disturbs both. The first turn warms up, compiles and is not counted. A record
holds, ready for JSON:

    seconds        name -> min of the turns (median where turns have seeds)
    iterations     name -> iterations of the first turn
    better         the faster of scikit-learn's algorithms
    ratio          its seconds / ours
    per_iteration  the same of one iteration, where starts are the same
    counted        the lower of both: what goals are compared with
    load           of the machine before the cell: above its cores, distrust
"""
import statistics
import tempfile
import time

from benchmarks import fresh, machine
from benchmarks.comparison import OURS_NAME, take_turn, wait_for_kernels
from benchmarks.grid import sources
from benchmarks.grid.cells import FRESH
from benchmarks.grid.tasks import SEEDED, TASKS, start
from benchmarks.peers.kmeans_peers import SKLEARN
from kmeanslab.engine.choice import kernels_name

TURNS = 21               # max, the warm-up not counted
BUDGET_SECONDS = 6.0     # of a cell's counted turns
QUICK_BUDGET_SECONDS = 0.5
CLEARLY_SLOWER = 2.0     # in the first counted turn: then it has no others
LONG_TURN_BUDGETS = 5    # a first turn that takes longer is the only one


def wait_for_cells(cells):
    """Have what cells need compiled, as scikit-learn is.

    Whole processes load it themselves, or time that it is not.
    """
    wait_for_kernels(
        ("CompiledSparse" if cell.source == "text" else kernels_name(cell.d),
         cell.dtype) for cell in cells if cell.task not in FRESH)


def measure(cell, threads, budget=BUDGET_SECONDS):
    """Return the record of a cell; a failure is a record with "error"."""
    head = {**cell._asdict(), "name": cell.name, "cores": threads,
            "load": machine.load()}
    try:
        X = sources.points(*cell[1:6])
        work = measure_memory if cell.task == "memory" else measure_time
        return {**head, **work(cell, X, threads, budget)}
    except Exception as error:     # one cell must not end the others
        return {**head, "error": f"{type(error).__name__}: {error}"}


def measure_time(cell, X, threads, budget):
    """Return what the turns of a cell give, once its check has passed."""
    calls, check = TASKS[cell.task](cell, X, threads)
    found = run_turns(calls, budget)
    notes = check(found)
    average = statistics.median if cell.task in SEEDED else min
    return {**summary(found, average, cell.task == "fit"), "notes": notes}


def run_turns(calls, budget):
    """Return name -> list of Found; only the first keep their labels."""
    first = take_turn(calls, 0)
    found = {name: [result] for name, result in first.items()}
    spent, turn = 0.0, 0
    if sum(result.seconds for result in first.values()) > (
            LONG_TURN_BUDGETS * budget):
        return found
    while turn < TURNS and spent < budget:
        turn += 1
        started = time.perf_counter()
        results = take_turn(calls, turn)
        for name, result in results.items():
            found[name].append(result._replace(labels=None, history=()))
        if turn == 1:                    # the one before warmed up
            calls = without_slower(calls, results)
        spent += time.perf_counter() - started
    return found


def without_slower(calls, results):
    """Return the calls without an algorithm that was clearly slower."""
    seconds = {name: results[name].seconds for name in calls
               if name != OURS_NAME}
    limit = CLEARLY_SLOWER * min(seconds.values())
    return {name: call for name, call in calls.items()
            if name == OURS_NAME or seconds[name] <= limit}


def summary(found, average, same_start):
    """Return seconds, iterations and ratios of what the turns found."""
    counted = {name: runs[1:] or runs for name, runs in found.items()}
    seconds = {name: average([run.seconds for run in runs])
               for name, runs in counted.items()}
    better = min((name for name in found if name != OURS_NAME),
                 key=seconds.get)
    ratio = seconds[better] / seconds[OURS_NAME]
    iterations = {name: runs[0].n_iter for name, runs in found.items()}
    per_iteration = (ratio * iterations[OURS_NAME] / iterations[better]
                     if same_start else None)
    return {"seconds": seconds, "turns": len(counted[OURS_NAME]),
            "iterations": iterations, "better": better, "ratio": ratio,
            "per_iteration": per_iteration,
            "counted": min(ratio, per_iteration or ratio)}


def measure_memory(cell, X, threads, budget):
    """Return the bytes of each one's fit; the ratio is to the frugal one."""
    with tempfile.TemporaryDirectory() as folder:
        paths = fresh.save(folder, X, start(X, cell.k))
        used = {name: fresh.ask("memory", name, paths, threads,
                                **fresh.RETURN_MEMORY)
                for name in (OURS_NAME, *SKLEARN)}
    if None in used.values():
        return {"error": "peak memory is known on Linux only"}
    better = min(SKLEARN, key=used.get)
    ratio = used[better] / max(used[OURS_NAME], 1)
    return {"bytes": used, "better": better, "ratio": ratio,
            "per_iteration": None, "counted": ratio, "notes": []}
