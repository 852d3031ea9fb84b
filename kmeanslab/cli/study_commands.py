"""The studies as commands: read data, run, print, save.

A study yields one finished part after the other, so that Ctrl-C keeps what is
finished.  A run writes a folder with its tables (CSV), a record (JSON:
options, data, versions, seconds, tables) and pictures (PNG).

    parts   the records that a study yields, see kmeanslab.studies
    tables  name -> rows; the first is printed
"""

import argparse
from collections.abc import Callable, Iterable, Iterator
from functools import partial
from importlib import import_module
import json
from pathlib import Path
import platform
import shlex
import sys
import textwrap
import time
from typing import Any

from kmeanslab import __version__
from kmeanslab.cli.data_command import add_data_options
from kmeanslab.data import datasets
from kmeanslab.data.datasets import Data, DataError
from kmeanslab.output import (
    MAX_WIDTH_CHARACTERS, at_least, atomic_write, csv_table, nonempty,
    progress, save_figure, text_table, version)

LIBRARIES = ("numpy", "scipy", "scikit-learn", "numba", "matplotlib")
QUICK_IMAGES = 2000
DPI = 110                    # of pictures
QUICK_RUNS = 4               # of `restarts`, if --runs is not given
STUDIES = {
    "sweep": "how inertia and accuracy change with K",
    "restarts": "how much the result depends on the initial centres",
    "confusion": "which classes share a cluster",
    "patches": "a vocabulary of small patches, and what it is good for"}
Prepared = tuple[dict[str, Data], Iterable]


def whole_numbers(text: str) -> tuple[int, ...]:
    """Return numbers like 10,16,36, for argparse."""
    return tuple(map(at_least(1), text.split(",")))


whole_numbers.__name__ = "list of whole numbers"     # argparse shows it


def add_parsers(subparsers: Any) -> None:
    """Add all studies; each sets func: options -> exit status."""
    parser = add_study(subparsers, "sweep", prepare_sweep)
    add_ks(parser, "10,16,36,64,144,256")
    parser.add_argument("--seeds", type=at_least(1), metavar="N",
                        help="fits per K and method (default: 5)")
    parser.add_argument("--exact", action="store_true",
                        help="also fit by Lloyd's algorithm")
    add_cluster(parser, "run exact k-means")

    parser = add_study(subparsers, "restarts", prepare_restarts)
    add_ks(parser, "20,10,5")
    parser.add_argument("--runs", type=whole_numbers, metavar="N,...",
                        help="runs per K (default: 30,20,10)")
    parser.add_argument("--traces", action="store_true",
                        help="also write J after each iteration of every run; "
                             "takes twice as long")

    parser = add_study(subparsers, "confusion", prepare_confusion)
    add_ks(parser, "10,20")
    parser.add_argument("--seeds", type=at_least(1), metavar="N",
                        help="starts per K (default: 10)")

    parser = add_study(subparsers, "patches", prepare_patches)
    add_ks(parser, "50,100,200,400")
    add_cluster(parser, "learn words from all patches of all images")


def add_study(subparsers: Any, name: str,
              prepare: Callable[[argparse.Namespace], Prepared]
              ) -> argparse.ArgumentParser:
    """Add a subcommand with the common options, and return its parser.

    prepare: options -> data sets by part, and an iterator over the parts
    """
    text = STUDIES[name]
    parser = subparsers.add_parser(
        name, help=text, description=f"{text[0].upper()}{text[1:]}.")
    add_common(parser, name)
    parser.set_defaults(func=lambda options: run(options, name, prepare))
    return parser


def add_common(parser: argparse.ArgumentParser, name: str) -> None:
    """Add the options of every study and of the report."""
    add_data_options(parser)
    parser.add_argument("--quick", action="store_true",
                        help=f"use {QUICK_IMAGES:,} images and fewer runs")
    parser.add_argument("--out", type=Path, metavar="FOLDER",
                        default=Path("results", name),
                        help="the folder to write to "
                             f"(default: results/{name})")


def add_ks(parser: argparse.ArgumentParser, default: str) -> None:
    """Add the option --k."""
    parser.add_argument("--k", type=whole_numbers, metavar="K,...",
                        help=f"numbers of clusters (default: {default})")


def add_cluster(parser: argparse.ArgumentParser, task: str) -> None:
    """Add the options --cluster and --scheduler."""
    where = parser.add_mutually_exclusive_group()
    where.add_argument("--cluster", type=at_least(1), metavar="N",
                       help=f"{task} on N processes of this machine")
    where.add_argument("--scheduler", type=nonempty, metavar="ADDRESS",
                       help=f"{task} on the workers of a Dask scheduler, like "
                            "tcp://10.0.0.1:8786; they must have access to "
                            "the folder --out")


# What each study does with its options

def prepare_sweep(options: argparse.Namespace) -> Prepared:
    """Return training and test data, and the parts of the sweep."""
    from kmeanslab.studies import sweep
    ks = options.k or ((10, 36) if options.quick else sweep.KS)
    train, test = load(options, ks), load(options, part="test")
    seeds = options.seeds or (2 if options.quick else sweep.SEEDS)
    return {"train": train, "test": test}, on_cluster(
        options, partial(sweep.run, train, test, ks, seeds, options.seed,
                         options.exact))


def prepare_restarts(options: argparse.Namespace) -> Prepared:
    """Return training data, and the parts of the restarts."""
    from kmeanslab.studies import restarts
    ks = options.k or tuple(restarts.RUNS)
    default = (QUICK_RUNS,) * len(ks)
    if not (options.quick or options.k):
        default = tuple(restarts.RUNS.values())
    runs = options.runs or default
    if len(runs) != len(ks):
        raise DataError(f"--runs has {len(runs)} numbers, --k has {len(ks)}: "
                        "give one number of runs per K")
    data = load(options, ks)
    return {"train": data}, restarts.run(data, dict(zip(ks, runs)),
                                         options.seed, options.traces)


def prepare_confusion(options: argparse.Namespace) -> Prepared:
    """Return training data, and the parts of the confusion study."""
    from kmeanslab.studies import confusion
    ks = options.k or confusion.KS
    data = load(options, ks)
    seeds = options.seeds or (3 if options.quick else confusion.SEEDS)
    return {"train": data}, confusion.run(data, ks, seeds, options.seed)


def prepare_patches(options: argparse.Namespace) -> Prepared:
    """Return training and test data, and the parts of the patches study."""
    from kmeanslab.studies import patches
    train, test = load(options), load(options, part="test")
    ks = options.k or ((20,) if options.quick else patches.KS)
    return {"train": train, "test": test}, on_cluster(
        options, partial(patches.run, train, test, ks, options.seed))


def on_cluster(options: argparse.Namespace, study: Callable) -> Iterator:
    """Yield the parts of a study, on a cluster if one is asked for."""
    where = options.scheduler or options.cluster
    if where is None:
        yield from study()
        return
    from kmeanslab.studies.cluster_backend import cluster_backend
    with cluster_backend(where, options.out) as backend:
        yield from study(backend=backend)


def load(options: argparse.Namespace, ks: Iterable[int] = (),
         part: str = "train") -> Data:
    """Return the data that the options ask for.

    DataError: there are no labels, or fewer images than clusters.
    """
    limit = options.limit or (QUICK_IMAGES if options.quick else None)
    data = datasets.load(options.data, part, limit, options.seed,
                         options.label)
    if part == "train":
        datasets.require_labels(data, "this study")
        if doubt := datasets.doubts(data):
            print(f"kmeanslab: warning: {doubt}", file=sys.stderr)
    if max(ks, default=0) > len(data.X):
        raise DataError(f"K = {max(ks)} clusters of {len(data.X)} images: "
                        "choose a smaller K, or use more images")
    return data


# What all studies share

def run(options: argparse.Namespace, name: str, prepare: Callable) -> int:
    """Run a study, print and save its results; return the exit status."""
    options.out.mkdir(parents=True, exist_ok=True)
    started = time.perf_counter()
    data, parts = prepare(options)
    for each in data.values():
        print(each.name, flush=True)
    finished, stopped = gather(parts)
    tables = import_module(f"kmeanslab.studies.{name}").tables(finished)
    notes = study_notes(name, finished)
    print("\n".join(text_table(next(iter(tables.values())))))
    for note in notes:
        print(textwrap.fill(note, MAX_WIDTH_CHARACTERS))
    record = {"study": name, "command": command(name, given(options)),
              "options": given(options),
              "data": {part: data_record(each) for part, each in data.items()},
              "versions": versions(), "finished": not stopped,
              "seconds": time.perf_counter() - started, "tables": tables,
              "notes": notes, "pictures": {}}
    save(options.out, name, finished, data["train"], record)
    if stopped:
        print("kmeanslab: stopped: what was finished is kept in "
              f"{options.out}", file=sys.stderr)
    return 130 if stopped else 0


def study_notes(name: str, finished: list) -> list[str]:
    """Return the conclusions of a study as sentences."""
    module = import_module(f"kmeanslab.studies.{name}")
    return module.notes(finished) if hasattr(module, "notes") else []


def gather(parts: Iterable) -> tuple[list, bool]:
    """Return the parts, and whether Ctrl-C ended them.

    KeyboardInterrupt: Ctrl-C was pressed before the first part was finished.
    """
    found = []
    try:
        for part in parts:
            found.append(part)
    except KeyboardInterrupt:
        if not found:
            raise
        return found, True
    return found, False


def save(folder: Path, name: str, finished: list, data: Data, record: dict
         ) -> None:
    """Write tables, pictures and the record."""
    from kmeanslab.report import figures
    for table, rows in record["tables"].items():
        atomic_write(csv_table(rows), folder / f"{table}.csv")
    for each in progress(figures.draw(name, finished, data), "drawing"):
        save_figure(each.figure, folder / f"{each.name}.png", DPI)
        record["pictures"][f"{each.name}.png"] = {
            "caption": each.caption, "alt": each.alt}
    atomic_write(json.dumps(record, indent=1, allow_nan=False).encode(),
                 folder / "record.json")
    print(f"wrote to {folder}: record.json, ", end="")
    print(*(f"{table}.csv" for table in record["tables"]),
          *record["pictures"], sep=", ")


def given(options: argparse.Namespace) -> dict[str, Any]:
    """Return the options that are given or have defaults, for JSON."""
    return {name: str(value) if isinstance(value, Path) else value
            for name, value in vars(options).items()
            if name != "func" and value is not None and value is not False}


def command(name: str, options: dict[str, Any]) -> str:
    """Return the command with these options."""
    words = ["kmeanslab", name]
    for option, value in options.items():
        words.append(f"--{option}")
        if isinstance(value, tuple):
            words.append(",".join(map(str, value)))
        elif value is not True:
            words.append(str(value))
    return shlex.join(words)


def data_record(data: Data) -> dict[str, Any]:
    """Return what identifies the data."""
    return {"name": data.name, "rows": len(data.X),
            "fingerprint": datasets.fingerprint(data)}


def versions() -> dict[str, str | None]:
    """Return the versions of everything that may change a number."""
    return {"kmeanslab": __version__, "python": platform.python_version(),
            **{library: version(library) for library in LIBRARIES}}
