"""The studies as commands: read data, run, print, save.

A study gives one finished part after the other, so that what is finished is
kept when a run is stopped.  A run leaves a folder with its tables (CSV), a
record (JSON: options, data, versions, seconds, tables) and pictures (PNG).

    parts   of a study, see kmeanslab.studies
    tables  name -> rows; the first is printed
"""

from functools import partial
from importlib import import_module
import json
from pathlib import Path
import platform
import shlex
import sys
import time

from kmeanslab import __version__
from kmeanslab.cli.data_command import add_data_options
from kmeanslab.data import datasets
from kmeanslab.data.datasets import DataError
from kmeanslab.output import (
    at_least, atomic_write, csv_table, save_figure, some, text_table, version)

LIBRARIES = ("numpy", "scipy", "scikit-learn", "numba", "matplotlib")
QUICK = 2000             # images of a quick run
STUDIES = {
    "sweep": "how inertia and accuracy change with K",
    "restarts": "how much depends on where the centres start",
    "confusion": "which classes share a cluster",
    "patches": "a vocabulary of small patches, and what it is good for"}


def whole_numbers(text):
    """Numbers like 10,16,36, for argparse."""
    return tuple(map(at_least(1), text.split(",")))


whole_numbers.__name__ = "list of whole numbers"     # argparse shows it


def add_parsers(subparsers):
    """Add all studies; each sets func: options -> exit status."""
    parser = add_study(subparsers, "sweep", prepare_sweep)
    add_ks(parser, "10,16,36,64,144,256")
    parser.add_argument("--seeds", type=at_least(1), metavar="N",
                        help="fits of each K (default: 5)")
    parser.add_argument("--exact", action="store_true",
                        help="also by Lloyd's algorithm, not only mini-batch")
    add_cluster(parser, "do exact k-means")

    parser = add_study(subparsers, "restarts", prepare_restarts)
    add_ks(parser, "20,10,5")
    parser.add_argument("--runs", type=whole_numbers, metavar="N,...",
                        help="of each K (default: 30,20,10)")

    parser = add_study(subparsers, "confusion", prepare_confusion)
    add_ks(parser, "10,20")
    parser.add_argument("--seeds", type=at_least(1), metavar="N",
                        help="starts of each K (default: 10)")

    parser = add_study(subparsers, "patches", prepare_patches)
    add_ks(parser, "50,100,200,400")
    add_cluster(parser, "learn words from all patches of all images")


def add_study(subparsers, name, prepare):
    """A subcommand with the options that all studies have; the parser.

    prepare: options -> data sets by part, and an iterator over the parts
    """
    text = STUDIES[name]
    parser = subparsers.add_parser(
        name, help=text, description=f"{text[0].upper()}{text[1:]}.")
    add_common(parser, name)
    parser.set_defaults(func=lambda options: run(options, name, prepare))
    return parser


def add_common(parser, name):
    """The options of every study and of the report."""
    add_data_options(parser)
    parser.add_argument("--quick", action="store_true",
                        help=f"{QUICK:,} images and fewer runs, to see how "
                             "it goes")
    parser.add_argument("--out", type=Path, metavar="FOLDER",
                        default=Path("results", name),
                        help=f"(default: results/{name})")


def add_ks(parser, default):
    """The option --k."""
    parser.add_argument("--k", type=whole_numbers, metavar="K,...",
                        help=f"(default: {default})")


def add_cluster(parser, what):
    """The options --cluster and --scheduler."""
    where = parser.add_mutually_exclusive_group()
    where.add_argument("--cluster", type=at_least(1), metavar="N",
                       help=f"{what} on N processes of this machine")
    where.add_argument("--scheduler", type=some, metavar="ADDRESS",
                       help=f"{what} on the workers of a Dask scheduler, like "
                            "tcp://10.0.0.1:8786, who must see the folder "
                            "--out")


# What each study does with its options

def prepare_sweep(options):
    """Training and test data, and the sweep's parts."""
    from kmeanslab.studies import sweep
    ks = options.k or ((10, 36) if options.quick else sweep.KS)
    train, test = load(options, ks), load(options, part="test")
    seeds = options.seeds or (2 if options.quick else sweep.SEEDS)
    return {"train": train, "test": test}, on_cluster(
        options, partial(sweep.run, train, test, ks, seeds, options.seed,
                         options.exact))


def prepare_restarts(options):
    """Training data, and the restarts' parts."""
    from kmeanslab.studies import restarts
    ks = options.k or tuple(restarts.RUNS)
    few = (4,) * len(ks)
    runs = options.runs or (few if options.quick or options.k else tuple(
        restarts.RUNS.values()))
    if len(runs) != len(ks):
        raise DataError(f"--runs gives {len(runs)} numbers, --k {len(ks)}: "
                        "give one of runs for each of K")
    data = load(options, ks)
    return {"train": data}, restarts.run(data, dict(zip(ks, runs)),
                                         options.seed)


def prepare_confusion(options):
    """Training data, and the confusion's parts."""
    from kmeanslab.studies import confusion
    ks = options.k or confusion.KS
    data = load(options, ks)
    seeds = options.seeds or (3 if options.quick else confusion.SEEDS)
    return {"train": data}, confusion.run(data, ks, seeds, options.seed)


def prepare_patches(options):
    """Training and test data, and the patches' parts."""
    from kmeanslab.studies import patches
    train, test = load(options), load(options, part="test")
    ks = options.k or ((20,) if options.quick else patches.KS)
    return {"train": train, "test": test}, on_cluster(
        options, partial(patches.run, train, test, ks, options.seed))


def on_cluster(options, study):
    """The parts of a study, which gets a cluster if one is asked for."""
    where = options.scheduler or options.cluster
    if where is None:
        yield from study()
        return
    from kmeanslab.studies.cluster_backend import cluster_backend
    with cluster_backend(where, options.out) as cluster:
        yield from study(far=cluster)


def load(options, ks=(), part="train"):
    """The data that the options ask for.

    DataError: there are no labels, or fewer images than clusters.
    """
    limit = options.limit or (QUICK if options.quick else None)
    data = datasets.load(options.data, part, limit, options.seed)
    datasets.needs_labels(data, "this study")
    if max(ks, default=0) > len(data.X):
        raise DataError(f"K = {max(ks)} clusters of {len(data.X)} images: "
                        "ask for fewer, or for more images")
    return data


# What all have in common

def run(options, name, prepare):
    """Run a study, print and save what it finds; the exit status."""
    options.out.mkdir(parents=True, exist_ok=True)
    started = time.perf_counter()
    data, parts = prepare(options)
    for each in data.values():
        print(each.name, flush=True)
    finished, stopped = gather(parts)
    tables = import_module(f"kmeanslab.studies.{name}").tables(finished)
    print("\n".join(text_table(next(iter(tables.values())))))
    record = {"study": name, "command": command(name, told(options)),
              "options": told(options),
              "data": {part: about(each) for part, each in data.items()},
              "versions": versions(), "finished": not stopped,
              "seconds": time.perf_counter() - started, "tables": tables,
              "pictures": {}}
    save(options.out, name, finished, data["train"], record)
    if stopped:
        print("kmeanslab: stopped: what was finished until then is kept in "
              f"{options.out}", file=sys.stderr)
    return 130 if stopped else 0


def gather(parts):
    """The parts, and whether Ctrl-C ended them; raised if there are none."""
    found = []
    try:
        for part in parts:
            found.append(part)
    except KeyboardInterrupt:
        if not found:
            raise
        return found, True
    return found, False


def save(folder, name, finished, data, record):
    """Write tables, pictures and record, each whole or not at all."""
    from kmeanslab.report import plots
    for table, rows in record["tables"].items():
        atomic_write(csv_table(rows), folder / f"{table}.csv")
    for picture, caption, figure in plots.FIGURES[name](finished, data):
        save_figure(figure, folder / f"{picture}.png")
        record["pictures"][f"{picture}.png"] = caption
    atomic_write(json.dumps(record, indent=1, allow_nan=False).encode(),
                 folder / "record.json")
    print(f"wrote into {folder}: record.json, ", end="")
    print(*(f"{table}.csv" for table in record["tables"]),
          *record["pictures"], sep=", ")


def told(options):
    """The options that were given or have defaults, as JSON can have them."""
    return {name: str(value) if isinstance(value, Path) else value
            for name, value in vars(options).items()
            if name != "func" and value is not None and value is not False}


def command(name, options):
    """The words that give these options again."""
    words = ["kmeanslab", name]
    for option, value in options.items():
        words.append(f"--{option}")
        if isinstance(value, tuple):
            words.append(",".join(map(str, value)))
        elif value is not True:
            words.append(str(value))
    return shlex.join(words)


def about(data):
    """What data a number came from."""
    return {"name": data.name, "rows": len(data.X),
            "fingerprint": datasets.fingerprint(data)}


def versions():
    """Of everything that may change a number."""
    return {"kmeanslab": __version__, "python": platform.python_version(),
            **{library: version(library) for library in LIBRARIES}}
