"""How fast is the lab on everyday data, compared with scikit-learn?

One table of ratios: fits of 66 dense data sets from 150 x 4 to 1,000,000 x 2,
of data that scikit-learn ships, of embeddings and sparse text; calls with
default parameters; predict, transform and score; whole processes and peak
memory. Ours against the better of scikit-learn's two algorithms, alternately,
with the same data, type, start, threads and stopping rule. Labels and
iterations must equal the formula's before a time counts.

    python -m benchmarks.everyday --only "fit (blobs|uniform)" --cores 1,2,4
    python -m benchmarks.everyday --only "text|pixels" --out everyday.json
    python -m benchmarks.everyday --from everyday.json --picture grid.png
"""
import argparse
import json
from pathlib import Path
import re
import sys
import warnings

from sklearn.exceptions import ConvergenceWarning

from benchmarks import figures, machine
from benchmarks.grid import table
from benchmarks.grid.cells import FRESH, all_cells
from benchmarks.grid.cores import check_cores, measure_with
from benchmarks.grid.goals import summarise
from benchmarks.grid.measure import (
    BUDGET_SECONDS, QUICK_BUDGET_SECONDS, measure, wait_for_cells)
from benchmarks.grid.picture import draw_grid
from kmeanslab.output import at_least, atomic_write, progress

PICTURE = Path(__file__).parent.parent / "kmeanslab/images/everyday.png"
LIBRARIES = "numpy", "scipy", "numba", "scikit-learn"
QUICK_VALUES = 2e6       # n k d of the cells of a quick run, max


def cell_pattern(text):
    """Read a regular expression that fits some cell, for argparse."""
    try:
        found = [cell for cell in all_cells() if re.search(text, cell.name)]
    except re.error as error:
        raise argparse.ArgumentTypeError(f"{text!r}: {error}") from error
    if not found:
        raise argparse.ArgumentTypeError(
            f"no cell has {text!r} in its name; --list prints all names")
    return text


def core_counts(text):
    """Read numbers of cores, such as 1,2,4, for argparse."""
    return sorted({at_least(1)(number) for number in text.split(",")})


def build_parser():
    """Return the parser of the command line."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.everyday", description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", metavar="PATTERN", type=cell_pattern,
                        default="", help="cells whose name contains this "
                        "regular expression (default: all)")
    parser.add_argument("--list", action="store_true",
                        help="print the names of the cells and stop")
    parser.add_argument("--quick", action="store_true",
                        help="small cells only, few turns, no processes")
    parser.add_argument("--cores", type=core_counts, metavar="N,...",
                        help="a process for each number of cores, and how "
                             "each cell grows with them")
    parser.add_argument("--threads", type=at_least(1),
                        default=len(machine.cores()),
                        help="of all libraries, in this process "
                             "(default: all cores)")
    parser.add_argument("--out", metavar="FILE", help="where to write JSON")
    parser.add_argument("--from", metavar="FILE", dest="source",
                        help="show a JSON file instead of measuring")
    parser.add_argument("--picture", metavar="FILE", nargs="?", const=PICTURE,
                        help="draw the grid as PNG "
                             "(default: kmeanslab/images/everyday.png)")
    return parser


def chosen_cells(options):
    """Return the cells that the options ask for."""
    return [cell for cell in all_cells() if re.search(options.only, cell.name)
            and not (options.quick and is_expensive(cell))]


def is_expensive(cell):
    """Return whether a quick run leaves a cell out."""
    return (cell.n * cell.k * cell.d > QUICK_VALUES
            or cell.task in FRESH)


def run_cells(options, facts):
    """Measure the cells in this process and print a line each.

    JSON is written after each, so that an interrupted run is not lost.
    """
    budget = QUICK_BUDGET_SECONDS if options.quick else BUDGET_SECONDS
    records = []
    wait_for_cells(chosen_cells(options))
    print(table.HEAD, flush=True)
    with warnings.catch_warnings():      # limits of iterations are meant
        warnings.simplefilter("ignore", ConvergenceWarning)
        for cell in progress(chosen_cells(options), "cells"):
            records.append(measure(cell, options.threads, budget))
            print(table.line(records[-1]), flush=True)
            write(result_of(facts, records), options)
    return records


def run_cores(options):
    """Measure with each number of cores in turn."""
    arguments = ["--only", options.only] if options.only else []
    arguments += ["--quick"] * options.quick
    records = []
    for cores in options.cores:
        print(f"\n{cores} cores", flush=True)
        records += measure_with(cores, arguments)
    return records


def introduce(facts):
    """Print the machine, the versions, and a warning if it is busy."""
    print(f"{facts['processor']}, {facts['cpus']} cores, load "
          f"{facts['load']:.1f}\n{machine.version_line(facts)}")
    if machine.is_busy(facts["load"]):
        print(machine.BUSY_NOTE)


def read_or_measure(options):
    """Return the result of a file, or measured now."""
    if options.source:
        return json.loads(Path(options.source).read_bytes())
    facts = machine.facts(LIBRARIES)
    introduce(facts)
    return result_of(facts, run_cores(options) if options.cores
                     else run_cells(options, facts))


def result_of(facts, records):
    """Return what is written as JSON."""
    return {**facts, "cells": records, "goals": summarise(records)}


def report(result):
    """Print growth with cores and the goals."""
    records = result["cells"]
    if len({record["cores"] for record in records}) > 1:
        print("\n" + "\n".join(table.growth_lines(records)))
    if result["goals"]:
        print("\n" + "\n".join(table.goal_lines(result["goals"])))


def write(result, options):
    """Write JSON, where asked for."""
    if options.out:
        atomic_write(json.dumps(result, indent=1).encode(), options.out)


def main(argv=None):
    """Run the benchmark and return its exit status: 1 after a refusal."""
    options = build_parser().parse_args(argv)
    if options.list:
        print("\n".join(cell.name for cell in chosen_cells(options)))
        return 0
    try:
        check_cores(options.cores or [1])
        result = read_or_measure(options)
        report(result)
        write(result, options)
        if options.picture:
            figures.save(draw_grid(result), options.picture)
    except (OSError, ValueError) as error:
        print(f"everyday: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        kept = f"; {options.out} has the cells above" if options.out else ""
        print(f"everyday: stopped{kept}", file=sys.stderr)
        return 130
    return int(any("error" in record for record in result["cells"]))


if __name__ == "__main__":
    sys.exit(main())
