"""The goals: which cells each is about, and whether they reach it.

A ratio is how many times as fast as the better of scikit-learn's algorithms
ours is. A cell that failed counts as 0.

    record  of one cell, see `measure.py`
"""
import statistics
from typing import Callable, NamedTuple

from benchmarks.comparison import OURS_NAME
from benchmarks.grid.cells import FRESH, GRID_SOURCES

LARGE_N, SMALL_N = 10_000, 2000
COMPILE_SECONDS = 0.3    # that a first use may take longer
MANY_CORES = 16          # that goals of many cores are about
SPEEDUP = 9              # by 16 cores
SLOWER_FRACTION = 0.05   # by more cores: noise
CALLS = "predict", "transform", "score"


class Goal(NamedTuple):
    """Some cells, and what their ratios must be."""
    words: str
    concerns: Callable       # record -> bool
    mean: float | None       # min geometric mean
    least: float | None      # min of all
    cores: int = 0           # this many only; 0: any


def fits(*sources):
    """Return whether a record is a dense fit on one of these sources."""
    return lambda record: (record["task"] == "fit" and (
        record["source"] in sources if sources
        else record["source"] != "text"))


def dense(low, high):
    """Return whether a record is a large dense fit, low < d <= high."""
    return lambda record: (fits()(record) and record["n"] >= LARGE_N
                           and low < record["d"] <= high)


def mnist(*dtypes):
    """Return whether a record is a fit of MNIST in one of these types."""
    return lambda record: fits("MNIST")(record) and record["dtype"] in dtypes


def small(record):
    """Return whether a record is of few points, in a running process."""
    return (record["source"] != "text" and record["n"] <= SMALL_N
            and record["task"] not in FRESH)


GOALS = (
    Goal("dense, n >= 10,000, d <= 16", dense(0, 16), 4, 1.5),
    Goal("dense, n >= 10,000, 16 < d <= 128", dense(16, 128), 2.5, 1.1),
    Goal("MNIST, uint8", mnist("uint8"), 4, 3),
    Goal("MNIST, float32", mnist("float32"), 3, 2),
    Goal("MNIST, float64", mnist("float64"), 3, 2),
    Goal("embeddings-like", fits("embeddings"), None, 1.2),
    Goal("n <= 2,000", small, 1.3, 1),
    Goal("n <= 2,000, whole process",
         lambda record: record["task"] == "process", 1.3, 1),
    Goal("sparse: fit, mini-batches, predict",
         lambda record: record["source"] == "text" and record["task"] in (
             "fit", "default", "minibatch", "predict"), 1.5, 1),
    Goal("predict, transform, score, dense",
         lambda record: record["task"] in CALLS
         and record["source"] != "text" and record["n"] >= LARGE_N, None, 2),
    Goal("the 66 cells, 16 cores", fits(*GRID_SOURCES), 3, 1, MANY_CORES),
    Goal("memory: scikit-learn's peak / ours",
         lambda record: record["task"] == "memory", None, 1))


def summarise(records):
    """Return what each goal comes to: dictionaries ready for JSON."""
    results = []
    for cores in sorted({record["cores"] for record in records}):
        some = [record for record in records if record["cores"] == cores]
        for goal in GOALS:
            chosen = [record for record in some if goal.concerns(record)]
            if chosen and goal.cores in (0, cores):
                results.append(reached(goal, chosen, cores))
        results += [first_use(record, cores) for record in some
                    if record["task"] == "uncompiled"]
    return results + list(speedups(records))


def reached(goal, records, cores):
    """Return what the records of one goal come to."""
    ratios = [record.get("counted", 0.0) for record in records]
    worst = min(records, key=lambda record: record.get("counted", 0.0))
    mean = statistics.geometric_mean(ratios) if min(ratios) > 0 else 0.0
    return {"goal": goal.words, "cores": cores, "cells": len(records),
            "mean": mean, "mean_goal": goal.mean,
            "worst": min(ratios), "worst_goal": goal.least,
            "worst_cell": worst["name"],
            "best": max(ratios), "below_1": sum(r < 1 for r in ratios),
            "met": mean >= (goal.mean or 0)
            and min(ratios) >= (goal.least or 0)}


def first_use(record, cores):
    """Return by how many seconds a first use takes longer, as a goal."""
    late = None
    if "error" not in record:
        seconds = record["seconds"]
        late = seconds[OURS_NAME] - seconds[record["better"]]
    return {"goal": "first use, seconds after scikit-learn", "cores": cores,
            "cells": 1, "worst": late, "worst_goal": COMPILE_SECONDS,
            "worst_cell": record["name"],
            "met": late is not None and late <= COMPILE_SECONDS}


def speedups(records):
    """Yield how much faster each cell is by the most cores than by one."""
    by_name = {}
    for record in records:
        if "seconds" in record:
            by_name.setdefault(record["name"], {})[record["cores"]] = (
                record["seconds"][OURS_NAME])
    for name, seconds in by_name.items():
        cores = sorted(seconds)
        if len(cores) > 1 and is_scaling_cell(name):
            least = SPEEDUP * min(1, cores[-1] / MANY_CORES)
            gain = seconds[cores[0]] / seconds[cores[-1]]
            slower = any(seconds[more] > seconds[fewer] * (1 + SLOWER_FRACTION)
                         for fewer, more in zip(cores, cores[1:]))
            yield {"goal": f"{cores[-1]} cores against {cores[0]}",
                   "cores": cores[-1], "cells": 1, "worst": gain,
                   "worst_goal": least, "worst_cell": name,
                   "met": gain >= least and not slower}


def is_scaling_cell(name):
    """Return whether a cell is one that must grow with the cores."""
    return name.startswith(("fit MNIST 60,000 x 784, k = 64",
                            "fit blobs 1,000,000 x 16, k = 64"))
