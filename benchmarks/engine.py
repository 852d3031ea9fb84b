"""How fast is the engine, compared with libraries that do the same?

Exact k-means on MNIST (generated digits where KMEANSLAB_DATA has none): the
same points, start, threads and stopping rule for ours and for each peer that
is installed: scikit-learn (lloyd and elkan), scikit-learn-intelex, faiss,
fastkmeanspp. All answers are checked before a ratio is printed. Values are
0..255 for all; where ours gets uint8, the peers get a float32 copy made before
the clock starts.

    python -m benchmarks.engine [--only fit,small] [--growth] [--quick]

Writes a JSON file per part, and pictures, into a folder.
"""
import argparse
import json
import os
from pathlib import Path
import statistics
import sys
import time

from benchmarks import machine, mnist
from benchmarks.comparison import wait_for_kernels
from benchmarks.peers.kmeans_peers import missing
from benchmarks.sections import SECTIONS, Bench
from kmeanslab.engine.choice import kernels_name
from kmeanslab.output import at_least, atomic_write

OUT = Path(__file__).parent.parent / "results/benchmarks/engine"
LIBRARIES = ("numpy", "scipy", "numba", "scikit-learn",
             "scikit-learn-intelex", "faiss-cpu", "fastkmeanspp")
# type -> min geometric mean and min of the ratios to scikit-learn
FIT_GOALS = {"uint8": (4, 3), "float32": (3, 2), "float64": (3, 2)}
SECTION_GOALS = {"restarts": ("n_init = 10, k = 20", 4),
                 "small": ("500 letters", 1), "uniform": ("no structure", 0.9)}
SEEDING_GOAL = 2
KS, QUICK_KS = (10, 64, 256), (10, 64)
QUICK_POINTS = 5000


def introduce(bench, facts):
    """Print the machine, and which peers are missing."""
    print(f"{bench.data}\n{facts['processor']}, {facts['cpus']} cores, "
          f"{bench.threads} threads, {bench.turns} turns\n"
          + machine.version_line(facts))
    for name in missing():
        print(f"{name} is not installed: left out")
    if machine.is_busy(facts["load"]):
        print(machine.BUSY_NOTE)
    print("x uint8: seconds / those of ours on uint8\n"
          "* computes a given number of iterations: 10 are timed, and as many "
          "as ours took are charged;\n  faiss and fastkmeanspp know float32 "
          "only")


def goals(results):
    """Yield each goal that was measured: words, goal, ratio."""
    for dtype in FIT_GOALS:
        yield from fit_goals(dtype, results.get("fit", []))
    for section, (words, least) in SECTION_GOALS.items():
        ratios = results.get(section, {}).get("ratios", {})
        for name, ratio in ratios.items():
            dtype = name.removeprefix("ours, ")
            if dtype in FIT_GOALS:       # "without Numba" has no goal
                yield f"{words}, {dtype}", least, ratio["scikit-learn"]
    for dtype, result in results.get("seeding", {}).items():
        yield f"k-means++, {dtype}", SEEDING_GOAL, result["ratio"]


def fit_goals(dtype, comparisons):
    """Yield the goals of the main comparison for one type of points."""
    mean, least = FIT_GOALS[dtype]
    ratios = [each["ratios"][f"ours, {dtype}"] for each in comparisons
              if f"ours, {dtype}" in each["ratios"]]
    if ratios:
        over = [ratio["scikit-learn"] for ratio in ratios]
        yield (f"fit, {dtype}, geometric mean", mean,
               statistics.geometric_mean(over))
        yield f"fit, {dtype}, worst", least, min(over)
        yield (f"fit, {dtype}, worst against the fastest peer", 1,
               min(ratio["all"] for ratio in ratios))


def show_goals(results):
    """Print each goal and whether it is met; return them for JSON."""
    lines = list(goals(results))
    if lines:
        print(f"\n{'times as fast as the better scikit-learn':<42}"
              f"{'goal':>8}{'measured':>10}")
    for words, least, value in lines:
        print(f"{words:<42}{least:>7}x{value:>9.2f}x  "
              + ("met" if value >= least else "NOT met"))
    return [{"goal": words, "least": least, "measured": value}
            for words, least, value in lines]


def write(bench, facts, name, record):
    """Write one part as JSON, whole or not at all."""
    measured_on = {**facts, "data": bench.data, "threads": bench.threads,
                   "turns": bench.turns}
    text = json.dumps({"measured on": measured_on, name: record}, indent=1)
    atomic_write(text.encode(), str(bench.out / f"{name}.json"))


def some_sections(text):
    """Read names of parts, for argparse."""
    names = text.split(",")
    wrong = [name for name in names if name not in SECTIONS]
    if wrong:
        raise argparse.ArgumentTypeError(
            f"{wrong[0]!r} is none of {', '.join(SECTIONS)}")
    return names


def build_parser():
    """Return the parser of the command line."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.engine", description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument(
        "--only", type=some_sections, metavar="PART,...",
        help=f"parts, of {', '.join(SECTIONS)} (default: all except growth)")
    parser.add_argument("--growth", action="store_true",
                        help="also how cost grows with n, k and d")
    parser.add_argument("--runs", type=at_least(1), dest="turns",
                        metavar="RUNS",
                        help="counted runs of each (default: 3)")
    parser.add_argument("--threads", type=at_least(1), default=os.cpu_count(),
                        help="of all (default: all cores)")
    parser.add_argument("--quick", action="store_true",
                        help=f"{QUICK_POINTS:,} points, k = 10 and 64, one "
                             "turn, no fresh processes, no goals")
    parser.add_argument("--out", type=Path, default=OUT, metavar="FOLDER",
                        help="for JSON and pictures "
                             "(default: results/benchmarks/engine)")
    return parser


def chosen(options):
    """Return the names of the parts to run."""
    rare = ("first", "memory", "growth") if options.quick else ("growth",)
    names = options.only or [name for name in SECTIONS if name not in rare]
    return names + ["growth"] * (options.growth and "growth" not in names)


def make_bench(options):
    """Return what the options ask for, with the images read."""
    quick = options.quick
    images, data = mnist.digits(QUICK_POINTS if quick else mnist.FULL)
    return Bench(images, data, QUICK_KS if quick else KS,
                 options.turns or (1 if quick else 3), options.threads, quick,
                 options.out)


def main(argv=None):
    """Run the benchmark and return its exit status."""
    options = build_parser().parse_args(argv)
    try:
        options.out.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        print(f"engine: {error}", file=sys.stderr)
        return 1
    facts = machine.facts(LIBRARIES)
    bench = make_bench(options)
    introduce(bench, facts)
    if not options.quick:
        name = kernels_name(bench.images.shape[1])
        wait_for_kernels((name, dtype) for dtype in FIT_GOALS)
    results = {}
    for name in chosen(options):
        started = time.perf_counter()
        results[name] = SECTIONS[name](bench)
        write(bench, facts, name, results[name])
        print(f"({name}: {time.perf_counter() - started:.0f} s)")
    if not options.quick:
        write(bench, facts, "goals", show_goals(results))
    return 0


if __name__ == "__main__":
    sys.exit(main())
