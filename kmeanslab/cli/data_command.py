"""The command `kmeanslab data`: get, show and convert data.

    get     downloads MNIST; says where to get other data sets
    course  writes some letters of a data set as a course CSV
    show    draws the first images, prints shape, range and class counts
"""

import argparse
from collections.abc import Callable, Sequence
from pathlib import Path
import sys
from typing import Any

import numpy as np

from kmeanslab.data import datasets, download
from kmeanslab.data.datasets import Data
from kmeanslab.handwriting import course_data
from kmeanslab.output import at_least, atomic_write, nonempty, save_figure

MIN_CENTROIDS_LEFT = 0.75    # of the initial ones, in a good exercise
MIN_ACCURACY = 0.5
RESULTS = "results/data"
MAX_CLASSES = 30         # whose counts are printed
WIDTH_CHARACTERS = 79


def add_parser(subparsers: Any) -> None:
    """Add `data` and its commands; each sets func: options -> status."""
    parser = subparsers.add_parser(
        "data", help="get, show and convert data",
        description="Get, show and convert data.")
    parser.set_defaults(func=print_help(parser))
    commands = parser.add_subparsers(metavar="COMMAND")
    add_get(commands)
    add_course(commands)
    add_show(commands)


def print_help(parser: argparse.ArgumentParser) -> Callable[[Any], int]:
    """Return a command that prints the help of a parser."""
    def command(options: argparse.Namespace) -> int:
        parser.print_help()
        return 0
    return command


def add_data_options(parser: argparse.ArgumentParser) -> None:
    """Add --data, --limit and --seed, which every study has."""
    add_source(parser, "digits")
    parser.add_argument("--limit", type=at_least(1), metavar="N",
                        help="use only N rows")


def add_source(parser: argparse.ArgumentParser, default: str) -> None:
    """Add --data and --seed."""
    parser.add_argument(
        "--data", type=nonempty, default=default, metavar="DATA",
        help=", ".join([*datasets.GENERATED, *datasets.PUBLISHED])
        + "; the path of a .csv, .npz, .npy, .parquet, .arrow or IDX images "
        "file; or the URL of one, ending in #sha256= and its checksum "
        f"(default: {default})")
    parser.add_argument(
        "--label", type=nonempty, metavar="COLUMN",
        help="the label column of a table: first, last, none, or a name in "
             "its header (default: guessed if that is certain)")
    parser.add_argument("--seed", type=at_least(0), default=0,
                        help="seed of all random numbers (default: 0)")


# get

def add_get(commands: Any) -> None:
    """Add the command that downloads."""
    parser = commands.add_parser(
        "get", help="download MNIST",
        description="Download MNIST, check it, and put it where --data mnist "
                    "finds it; or say where to get other data sets.")
    parser.add_argument("name", choices=list(datasets.PUBLISHED),
                        help="the data set")
    parser.add_argument("--mirror", type=url, action="append",
                        metavar="URL",
                        help="a folder to download from, instead of the known "
                             "ones; may be repeated")
    parser.add_argument("--out", type=Path, metavar="FOLDER",
                        help="the data folder (default: $KMEANSLAB_DATA if "
                             "set, else the cache folder)")
    parser.set_defaults(func=get)


def url(text: str) -> str:
    """Return the text, for argparse; it must be an http or https URL."""
    if not text.startswith(("http://", "https://")):
        raise argparse.ArgumentTypeError(
            f"{text} does not start with http:// or https://")
    return text


def get(options: argparse.Namespace) -> int:
    """Download a data set and return the exit status."""
    known = datasets.PUBLISHED[options.name]
    folder = options.out or datasets.folders()[0]
    place = (folder / known.train).parent
    if options.name != "mnist":
        raise datasets.DataError(
            f"{known.title} cannot be verified and is not downloaded: "
            f"{known.advice}, and put them into {place}")
    try:
        download_all(place, options.mirror or download.MIRRORS)
    except KeyboardInterrupt:
        print(f"kmeanslab: stopped: what has arrived is kept in {place}, run "
              "the command again to resume", file=sys.stderr)
        return 130
    if folder not in datasets.folders():
        print(f"Set KMEANSLAB_DATA to {folder} to use it.")
    return 0


def download_all(place: Path, mirrors: Sequence[str]) -> None:
    """Download the missing files, and print the source of each."""
    for name, sha256 in download.MNIST.items():
        mirror = download.fetch(name, sha256, place, mirrors)
        source = "already there" if mirror is None else f"from {mirror}"
        print(f"{place / name}: {source}", flush=True)


# course

def add_course(commands: Any) -> None:
    """Add the command that writes a course CSV."""
    parser = commands.add_parser(
        "course", help="write a CSV file for the assignment",
        description="Write images of some letters as a CSV file for the "
                    "assignment: shuffled, with equal counts (up to one).")
    add_source(parser, "emnist-letters")
    parser.add_argument("--letters", type=nonempty,
                        default=course_data.LETTERS,
                        help="the labels to write (default: %(default)s)")
    parser.add_argument("--count", type=at_least(1), default=500,
                        help="total number of images (default: 500)")
    parser.add_argument("--initial", type=at_least(1), metavar="K",
                        help="also write K initial centroids of grey noise")
    parser.add_argument("--out", type=Path, metavar="FILE.csv",
                        default=Path(RESULTS, "mnist.csv"),
                        help="the file to write "
                             f"(default: {RESULTS}/mnist.csv)")
    parser.set_defaults(func=course)


def course(options: argparse.Namespace) -> int:
    """Write a course CSV and return the exit status."""
    data = datasets.load(options.data, seed=options.seed,
                         label=options.label)
    datasets.require_labels(data, "a course CSV")
    names = np.array(data.classes)[data.labels]
    rows = balanced(names, list(dict.fromkeys(options.letters)),
                    options.count, options.seed)
    options.out.parent.mkdir(parents=True, exist_ok=True)
    write(options.out, course_data.csv(data.X[rows], names[rows]))
    if options.initial:
        noise = course_data.noise(options.seed, options.initial,
                                  data.X.shape[1])
        write(options.out.with_name(
            f"{options.out.stem}_init_centroids.csv"), course_data.csv(noise))
        describe_exercise(data.X[rows], data.labels[rows], noise)
    return 0


def describe_exercise(X: np.ndarray, labels: np.ndarray, C: np.ndarray
                      ) -> None:
    """Print what students will find, and a warning if that teaches little."""
    from kmeanslab.engine import lloyd          # loads SciPy
    from kmeanslab.studies import scores
    found = lloyd.run(X, C, empty="drop")
    left = len(found.kept)
    share = scores.purity(scores.count(labels, found.labels,
                                       labels.max() + 1, left))
    print(f"K-means takes {found.n_iter} steps, leaves {left} of {len(C)} "
          f"centroids, and its accuracy is {share:.3f}")
    if left < MIN_CENTROIDS_LEFT * len(C) or share < MIN_ACCURACY:
        print("kmeanslab: this makes a poor exercise, as few clusters show a "
              "letter: try another --seed, or letters that look less alike",
              file=sys.stderr)


def balanced(names: np.ndarray, wanted: Sequence[str], count: int, seed: int
             ) -> np.ndarray:
    """Return shuffled rows with equal counts of the wanted names (up to 1).

    DataError: there are too few rows of a name.
    """
    rng, rows = np.random.default_rng(seed), []
    for i, name in enumerate(wanted):
        own = np.flatnonzero(names == name)
        share = len(range(i, count, len(wanted)))  # dealt in turn
        if len(own) < share:
            raise datasets.DataError(
                f"there are {len(own)} images of {name}, but {share} are "
                "needed: lower --count, or choose other --letters or --data")
        rows.append(rng.choice(own, share, replace=False))
    return rng.permutation(np.concatenate(rows))


def write(path: Path, data: bytes) -> None:
    """Write a file, and print its name."""
    atomic_write(data, str(path))
    print(f"wrote {path}")


# show

def add_show(commands: Any) -> None:
    """Add the command that draws and describes data."""
    parser = commands.add_parser(
        "show", help="draw the first images, print shape, range and counts",
        description="Draw the first images of a data set, each titled with "
                    "its label, and print shape, range and class counts.")
    add_data_options(parser)
    parser.add_argument("--part", choices=list(datasets.GENERATED_ROWS),
                        default="train",
                        help="the part to show (default: train)")
    parser.add_argument("--matrix", type=at_least(0), metavar="ROW",
                        action="append",
                        help="also print the values of this row, an image as "
                             "a matrix, the first row being 0; may be "
                             "repeated")
    parser.add_argument("--rows", type=at_least(1), default=3,
                        help="of images in the picture (default: 3)")
    parser.add_argument("--columns", type=at_least(1), default=3,
                        help="of images in the picture (default: 3)")
    parser.add_argument("--out", type=Path, default=Path(RESULTS),
                        metavar="FOLDER",
                        help=f"the folder to write to (default: {RESULTS})")
    parser.set_defaults(func=show)


def show(options: argparse.Namespace) -> int:
    """Describe and draw the data; return the exit status."""
    from kmeanslab.report import image_grids
    data = datasets.load(options.data, options.part, options.limit,
                         options.seed, options.label)
    print("\n".join(describe(data)))
    for row in options.matrix or []:
        print("\n".join(matrix(data, row)))
    figure = image_grids.draw(data, options.rows, options.columns)
    if figure is None:
        print(f"nothing to draw: rows of {data.X.shape[1]} values are neither "
              "images nor points in the plane")
        return 0
    options.out.mkdir(parents=True, exist_ok=True)
    path = options.out / f"{Path(options.data).stem}-{options.part}.png"
    save_figure(figure, path)
    print(f"wrote {path}")
    return 0


def describe(data: Data) -> list[str]:
    """Return the lines of a description of the data."""
    n, d = data.X.shape
    images = "" if data.shape is None else ", images of {} x {}".format(
        *data.shape)
    return [data.name, f"{n:,} rows of {d:,} values{images}",
            f"{data.X.dtype} from {data.X.min():g} to {data.X.max():g}",
            *counts(data), f"fingerprint {datasets.fingerprint(data)}"]


def matrix(data: Data, row: int) -> list[str]:
    """Return the values of a row in lines, one per row of pixels.

    DataError: there is no such row.
    """
    if row >= len(data.X):
        raise datasets.DataError(f"there is no row {row}: {data.name} has "
                                 f"rows 0 to {len(data.X) - 1}")
    title = f"row {row}"
    if data.labels is not None:
        title += f", label {data.classes[data.labels[row]]}"
    lines = np.atleast_2d(data.image(row))
    cells = [[f"{value:g}" for value in line] for line in lines]
    width = max(len(cell) for line in cells for cell in line)
    return [title, *(" ".join(cell.rjust(width) for cell in line)
                     for line in cells)]


def counts(data: Data) -> list[str]:
    """Return lines with the number of rows of each class."""
    if data.labels is None:
        return ["no labels"]
    each = np.bincount(data.labels, minlength=len(data.classes))
    words = [f"{name}: {count:,}" for name, count
             in zip(data.classes[:MAX_CLASSES], each)]
    if len(each) > MAX_CLASSES:
        words.append(f"and {len(each) - MAX_CLASSES:,} more classes")
    width = max(map(len, words)) + 2
    per_line = max(1, WIDTH_CHARACTERS // width)
    return ["".join(word.ljust(width) for word in words[i:i + per_line])
            .rstrip() for i in range(0, len(words), per_line)]
