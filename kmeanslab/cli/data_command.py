"""The command `kmeanslab data`: get, show, and cut into the course's shape.

    get     downloads MNIST; says of other sets where they are to be had
    course  writes some letters of a data set as a course CSV
    show    draws the first images, prints shape, range and class counts
"""

import argparse
from pathlib import Path
import sys

import numpy as np

from kmeanslab.data import datasets, download
from kmeanslab.handwriting import course_data
from kmeanslab.output import at_least, atomic_write, save_figure, some
from kmeanslab.report import image_grids

RESULTS = "results/data"
MOST_CLASSES = 30  # whose counts are printed
WIDTH = 79


def add_parser(subparsers):
    """Add `data` and its own commands; each sets func: options -> status."""
    parser = subparsers.add_parser(
        "data", help="get, show and convert data",
        description="Get, show and convert data.")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    add_get(commands)
    add_course(commands)
    add_show(commands)


def add_data_options(parser):
    """Add --data, --limit and --seed, as every study has them."""
    add_source(parser, "digits")
    parser.add_argument("--limit", type=at_least(1), metavar="N",
                        help="use N rows only")


def add_source(parser, default):
    """Add --data and --seed."""
    parser.add_argument(
        "--data", type=some, default=default, metavar="DATA",
        help=", ".join([*datasets.GENERATED, *datasets.PUBLISHED])
        + ", or a path: course CSV, .npz, .npy, IDX images "
        f"(default: {default})")
    parser.add_argument("--seed", type=at_least(0), default=0,
                        help="of all that is drawn at random (default: 0)")


# get

def add_get(commands):
    """Add the command that downloads."""
    parser = commands.add_parser(
        "get", help="download MNIST",
        description="Download MNIST, check it, and put it where --data mnist "
                    "finds it; or say where other data are to be had.")
    parser.add_argument("name", choices=list(datasets.PUBLISHED))
    parser.add_argument("--mirror", type=address, action="append",
                        metavar="URL", help="a folder to get the files from, "
                        "instead of the known ones; may be repeated")
    parser.add_argument("--out", type=Path, metavar="FOLDER",
                        help="a folder of data (default: $KMEANSLAB_DATA, or "
                             "else the cache folder)")
    parser.set_defaults(func=get)


def address(text):
    """Return an address of the web, for argparse."""
    if not text.startswith(("http://", "https://")):
        raise argparse.ArgumentTypeError(
            f"{text} does not begin with http:// or https://")
    return text


def get(options):
    """Download a data set and return the exit status."""
    known = datasets.PUBLISHED[options.name]
    folder = options.out or datasets.folders()[0]
    place = (folder / known.train).parent
    if options.name != "mnist":
        raise datasets.DataError(
            f"{known.title} cannot be checked and is not downloaded: "
            f"{known.advice}, and put them into {place}")
    try:
        download_all(place, options.mirror or download.MIRRORS)
    except KeyboardInterrupt:
        print(f"kmeanslab: stopped: what has arrived is kept in {place}, run "
              "the command again to go on from there", file=sys.stderr)
        return 130
    if folder not in datasets.folders():
        print(f"Set KMEANSLAB_DATA to {folder} to use it.")
    return 0


def download_all(place, mirrors):
    """Download what is not there yet, and say of each file what was done."""
    for name, sha256 in download.MNIST.items():
        mirror = download.fetch(name, sha256, place, mirrors)
        done = "was there already" if mirror is None else f"from {mirror}"
        print(f"{place / name}: {done}", flush=True)


# course

def add_course(commands):
    """Add the command that writes a course CSV."""
    parser = commands.add_parser(
        "course", help="write a CSV file for the assignment",
        description="Write images of some letters as a CSV file for the "
                    "assignment, shuffled, as many of each, or one more.")
    add_source(parser, "emnist-letters")
    parser.add_argument("--letters", type=some, default=course_data.LETTERS,
                        help="which labels (default: %(default)s)")
    parser.add_argument("--count", type=at_least(1), default=500,
                        help="images in all (default: 500)")
    parser.add_argument("--initial", type=at_least(1), metavar="K",
                        help="also write K centroids of grey noise beside it")
    parser.add_argument("--out", type=Path, metavar="FILE.csv",
                        default=Path(RESULTS, "mnist.csv"),
                        help=f"(default: {RESULTS}/mnist.csv)")
    parser.set_defaults(func=course)


def course(options):
    """Write a course CSV and return the exit status."""
    data = datasets.load(options.data, seed=options.seed)
    datasets.needs_labels(data, "a course CSV")
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
    return 0


def balanced(names, wanted, count, seed):
    """Return shuffled rows: of each wanted name as many, or one more.

    DataError: there are fewer of a name.
    """
    rng, rows = np.random.default_rng(seed), []
    for i, name in enumerate(wanted):
        own = np.flatnonzero(names == name)
        share = len(range(i, count, len(wanted)))  # dealt like cards
        if len(own) < share:
            raise datasets.DataError(
                f"there are {len(own)} images of {name}, but {share} are "
                "needed: lower --count, or take other --letters or --data")
        rows.append(rng.choice(own, share, replace=False))
    return rng.permutation(np.concatenate(rows))


def write(path, data):
    """Write a file, whole or not at all, and say so."""
    atomic_write(data, str(path))
    print(f"wrote {path}")


# show

def add_show(commands):
    """Add the command that draws and describes."""
    parser = commands.add_parser(
        "show", help="draw the first images, print what the data are",
        description="Draw the first images of a data set, each titled with "
                    "its label, and print shape, range and class counts.")
    add_data_options(parser)
    parser.add_argument("--part", choices=list(datasets.AMOUNT),
                        default="train", help="(default: train)")
    parser.add_argument("--rows", type=at_least(1), default=3,
                        help="of images in the picture (default: 3)")
    parser.add_argument("--columns", type=at_least(1), default=3,
                        help="of images in the picture (default: 3)")
    parser.add_argument("--out", type=Path, default=Path(RESULTS),
                        metavar="FOLDER", help=f"(default: {RESULTS})")
    parser.set_defaults(func=show)


def show(options):
    """Print and draw what the data are; return the exit status."""
    data = datasets.load(options.data, options.part, options.limit,
                         options.seed)
    print("\n".join(describe(data)))
    figure = image_grids.draw(data, options.rows, options.columns)
    if figure is None:
        print(f"nothing to draw: rows of {data.X.shape[1]} values are no "
              "images, and no points in the plane")
        return 0
    options.out.mkdir(parents=True, exist_ok=True)
    path = options.out / f"{Path(options.data).stem}-{options.part}.png"
    save_figure(figure, path)
    print(f"wrote {path}")
    return 0


def describe(data):
    """Return what the data are, in lines."""
    n, d = data.X.shape
    images = "" if data.shape is None else ", images of {} x {}".format(
        *data.shape)
    return [data.name, f"{n:,} rows of {d:,} values{images}",
            f"{data.X.dtype} from {data.X.min():g} to {data.X.max():g}",
            *counts(data), f"fingerprint {datasets.fingerprint(data)}"]


def counts(data):
    """Return how many there are of each class, in lines."""
    if data.labels is None:
        return ["no labels"]
    each = np.bincount(data.labels, minlength=len(data.classes))
    words = [f"{name}: {count:,}" for name, count
             in zip(data.classes[:MOST_CLASSES], each)]
    if len(each) > MOST_CLASSES:
        words.append(f"and {len(each) - MOST_CLASSES:,} classes more")
    width = max(map(len, words)) + 2
    beside = max(1, WIDTH // width)
    return ["".join(word.ljust(width) for word in words[i:i + beside])
            .rstrip() for i in range(0, len(words), beside)]
