"""How fast is the engine beside the libraries that do the same?

Exact k-means on MNIST (generated digits where KMEANSLAB_DATA has none): the
same points, start, threads and stopping rule for us and for each peer that is
installed: scikit-learn (lloyd and elkan), scikit-learn-intelex, faiss,
fastkmeanspp. All answers are checked before a ratio is printed. Values are
0..255 for all; where we get uint8, the peers get a float32 copy made outside
the clock.

    python -m benchmarks.engine [--only fit,small] [--growth] [--quick]

Writes one JSON file a part and pictures into a folder.
"""
import argparse
import json
import math
import os
from pathlib import Path
import platform
import statistics
import sys
import time

from benchmarks import mnist
from benchmarks.peers.kmeans_peers import missing
from benchmarks.sections import SECTIONS, Bench
from kmeanslab.output import at_least, atomic_write, version

OUT = Path(__file__).parent.parent / "results/benchmarks/engine"
LIBRARIES = ("numpy", "scipy", "numba", "scikit-learn",
             "scikit-learn-intelex", "faiss-cpu", "fastkmeanspp")
GOALS = {"uint8": (4, 3), "float32": (3, 2), "float64": (3, 2)}
FULL, QUICK = (10, 64, 256), (10, 64)


def facts(bench):
    """Where and on what it was measured."""
    return {"data": bench.data, "threads": bench.threads,
            "runs": bench.runs, "cpus": os.cpu_count(), "load": bench.load,
            "machine": platform.platform(),
            "processor": processor(),
            "python": platform.python_version(),
            "versions": {name: version(name) for name in LIBRARIES}}


def processor():
    """The processor's name, as far as the system tells it."""
    info = Path("/proc/cpuinfo")
    names = [line.partition(":")[2].strip()
             for line in (info.read_text().splitlines()
                          if info.exists() else [])
             if line.startswith("model name")]
    return names[0] if names else platform.processor()


def load():
    """How many processes wanted a core in the last minute, if known."""
    return os.getloadavg()[0] if hasattr(os, "getloadavg") else 0.0


def introduce(bench):
    """Prints the facts, and which peers are left out."""
    told = facts(bench)
    print(f"{bench.data}\n{told['processor']}, {told['cpus']} cores, "
          f"{bench.threads} threads, {bench.runs} runs")
    print(", ".join(f"{name} {number}" for name, number in
                    told["versions"].items() if number))
    for name in missing():
        print(f"{name} is not installed: left out")
    if bench.load > 0.3 * os.cpu_count():
        print(f"NOTE: the machine is busy (load {bench.load:.1f}), threads "
              "wait for each other:\n  times and ratios mean little")
    print("x uint8: how many times as long it takes as ours does on uint8")
    print("* computes a given number of iterations: 10 are timed, and as "
          "many as ours charged;\n  faiss and fastkmeanspp know float32 only")


def goals(told):
    """Yields each target that was measured: words, value, whether met."""
    for kind, (mean, least) in GOALS.items():
        yield from fit_goals(kind, mean, least, told.get("fit", []))
    for name, section, least in (("n_init = 10, k = 20", "restarts", 4),
                                 ("500 letters", "small", 1),
                                 ("no structure", "bad", 0.9)):
        for ours, ratio in told.get(section, {}).get("ratios", {}).items():
            if ours[6:] in GOALS:        # not those told for interest only
                yield f"{name}, {ours[6:]}", least, ratio["scikit-learn"]
    for kind, each in told.get("seeding", {}).items():
        yield f"k-means++, {kind}", 2, each["ratio"]


def fit_goals(kind, mean, least, contests):
    """Yields the targets of the main question for one type of points."""
    ratios = [each["ratios"][f"ours, {kind}"] for each in contests
              if f"ours, {kind}" in each["ratios"]]
    if ratios:
        over = [ratio["scikit-learn"] for ratio in ratios]
        yield f"fit, {kind}, geometric mean", mean, geometric(over)
        yield f"fit, {kind}, least", least, min(over)
        yield (f"fit, {kind}, least over the fastest peer", 1,
               min(ratio["all"] for ratio in ratios))


def geometric(values):
    """The geometric mean."""
    return math.exp(statistics.fmean(map(math.log, values)))


def conclude(told):
    """Prints each target and whether it is met."""
    lines = list(goals(told))
    if lines:
        print(f"\n{'times as fast as the better scikit-learn':<42}"
              f"{'target':>8}{'measured':>10}")
    for words, least, value in lines:
        print(f"{words:<42}{least:>7}x{value:>9.2f}x  "
              + ("met" if value >= least else "NOT met"))
    return [{"target": words, "least": least, "measured": value}
            for words, least, value in lines]


def write(bench, name, record):
    """Writes one part as JSON, whole or not at all."""
    text = json.dumps({"measured on": facts(bench), name: record}, indent=1)
    atomic_write(text.encode(), str(bench.out / f"{name}.json"))


def some_sections(text):
    """Reads names of parts, for argparse."""
    names = text.split(",")
    wrong = [name for name in names if name not in SECTIONS]
    if wrong:
        raise argparse.ArgumentTypeError(
            f"{wrong[0]!r} is none of {', '.join(SECTIONS)}")
    return names


def build_parser():
    """Returns the parser of the command line."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.engine", description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument(
        "--only", type=some_sections, metavar="PART,...",
        help=f"parts, of {', '.join(SECTIONS)} (default: all but growth)")
    parser.add_argument("--growth", action="store_true",
                        help="also how cost grows with n, k and d")
    parser.add_argument("--runs", type=at_least(1),
                        help="counted runs of each (default: 3)")
    parser.add_argument("--threads", type=at_least(1), default=os.cpu_count(),
                        help="for all (default: all cores)")
    parser.add_argument("--quick", action="store_true",
                        help="5,000 points, k = 10 and 64, one run, nothing "
                             "in fresh processes, no targets")
    parser.add_argument("--out", type=Path, default=OUT, metavar="FOLDER",
                        help="for JSON and pictures "
                             "(default: results/benchmarks/engine)")
    return parser


def chosen(options):
    """The names of the parts to run."""
    rare = ("first", "memory", "growth") if options.quick else ("growth",)
    names = options.only or [name for name in SECTIONS if name not in rare]
    return names + ["growth"] * (options.growth and "growth" not in names)


def main(argv=None):
    """Runs the benchmark and returns its exit status."""
    options = build_parser().parse_args(argv)
    try:
        options.out.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        print(f"engine: {error}", file=sys.stderr)
        return 1
    images, data = mnist.digits(5000 if options.quick else mnist.FULL)
    bench = Bench(images, data, QUICK if options.quick else FULL,
                  options.runs or (1 if options.quick else 3),
                  options.threads, options.quick, options.out, load())
    introduce(bench)
    told = {}
    for name in chosen(options):
        started = time.perf_counter()
        told[name] = SECTIONS[name](bench)
        write(bench, name, told[name])
        print(f"({name}: {time.perf_counter() - started:.0f} s)")
    if not options.quick:
        write(bench, "targets", conclude(told))
    return 0


if __name__ == "__main__":
    sys.exit(main())
