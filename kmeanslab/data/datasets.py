"""Data sets for every study: generated, published, or files of your own.

    digits, letters                          drawn here, at once
    mnist, fashion-mnist, emnist-letters     files in $KMEANSLAB_DATA, or in
                                             the cache folder
    a path                                   course CSV, npz, npy, IDX images

Training and test data have no row in common.
"""

import hashlib
import os
from pathlib import Path
import sys
from typing import NamedTuple

import numpy as np

from kmeanslab.data import formats
from kmeanslab.data.formats import DataError
from kmeanslab.handwriting import DIGITS, LETTERS, draw_labelled


class Data(NamedTuple):
    """Points and what is known about them."""
    X: np.ndarray              # (n, d), C-contiguous, type as in the file
    labels: np.ndarray | None  # (n,) int64: the places of names in classes
    classes: tuple             # the names of the labels, () without labels
    shape: tuple | None        # (rows, columns) of images
    name: str                  # in words: "MNIST, 60,000 training digits"


class Missing(DataError):
    """The files of a published data set are not on this machine."""


class Published(NamedTuple):
    """A data set that others have published as files."""
    title: str
    things: str
    classes: tuple
    first: int  # the label of the first class
    train: str  # the images file, below a folder of data
    test: str
    advice: str


GENERATED = {"digits": (DIGITS, "mnist"), "letters": (LETTERS, "emnist")}
AMOUNT = {"train": 10_000, "test": 2_000}  # drawn unless a limit is given
KIND = {"train": "training", "test": "test"}
EXACT = 2 ** 53       # below it whole floats are exact
TEST_SEEDS = 2 ** 32  # added to the seed: nobody trains with seeds so large
CLOTHES = ("T-shirt/top", "Trouser", "Pullover", "Dress", "Coat", "Sandal",
           "Shirt", "Sneaker", "Bag", "Ankle boot")
PUBLISHED = {
    "mnist": Published(
        "MNIST", "digits", tuple(DIGITS), 0,
        "mnist/train-images-idx3-ubyte", "mnist/t10k-images-idx3-ubyte",
        "run `kmeanslab data get mnist`"),
    "fashion-mnist": Published(
        "Fashion-MNIST", "clothes", CLOTHES, 0,
        "fashion-mnist/train-images-idx3-ubyte",
        "fashion-mnist/t10k-images-idx3-ubyte",
        "get the four files from "
        "https://github.com/zalandoresearch/fashion-mnist"),
    "emnist-letters": Published(
        "EMNIST", "letters", tuple(LETTERS), 1,
        "emnist/emnist-letters-train-images-idx3-ubyte",
        "emnist/emnist-letters-test-images-idx3-ubyte",
        "get the four files emnist-letters-* in gzip.zip from "
        "https://www.nist.gov/itl/products-and-services/emnist-dataset")}


def load(source="digits", part="train", limit=None, seed=0):
    """Return a data set as Data.

    source: "digits" or "letters", drawn by the seed: 10,000 to train on
        and 2,000 to test with; "mnist", "fashion-mnist", "emnist-letters";
        or a path, of whose rows a fifth, drawn by the seed, is kept for
        testing unless the file has a test part of its own
    part: "train" or "test"; they never have a row in common
    limit: so many are drawn; or so many rows are taken, if there are as
        many: of published data the first, of a file's those that the seed
        draws, in the order of the file
    seed: a whole number, 0 or more
    DataError: unknown, missing, damaged or unfit, in one sentence.
    OSError: a file cannot be read.
    """
    if part not in AMOUNT:
        raise ValueError(f"part={part!r}: choose train or test")
    if limit is not None and limit < 1:
        raise DataError(f"limit={limit} rows: ask for 1 or more")
    source = os.fspath(source)
    if source in GENERATED:
        return generated(source, part, limit or AMOUNT[part], seed)
    if source in PUBLISHED:
        return published(PUBLISHED[source], part, limit)
    if os.path.isfile(source):
        return from_file(source, part, limit, seed)
    raise DataError(
        f"there is no data set or file called '{source}': choose "
        + ", ".join([*GENERATED, *PUBLISHED])
        + ", or the path of a .csv, .npz, .npy or IDX images file")


def generated(source, part, n, seed):
    """Return n images drawn by `kmeanslab.handwriting`."""
    alphabet, look = GENERATED[source]
    if part == "test":
        seed += TEST_SEEDS
    images, labels = draw_labelled(n, seed, alphabet, look)
    codes = np.searchsorted(list(alphabet), labels)
    return build(images, codes, tuple(alphabet), slice(n),
                 f"{n:,} generated {'test ' * (part == 'test')}{source}")


def published(known, part, limit):
    """Return a published data set, or the first rows of it."""
    path = find(known, part)
    X, labels, _ = formats.read(path)
    n, name = first(len(X), limit, known.title, part, known.things)
    if labels is None:
        return build(X, None, (), slice(n), name)
    codes = labels.astype(np.int64) - known.first
    last = known.first + len(known.classes) - 1
    if codes.min() < 0 or labels.max() > last:
        raise DataError(
            f"the labels of {path} run from {labels.min()} to {labels.max()},"
            f" but those of {known.title} from {known.first} to {last}: "
            "get its files again")
    return build(X, codes, known.classes, slice(n), name)


def from_file(path, part, limit, seed):
    """Return rows of a file: those of the part, as many as wanted."""
    X, labels, tests = formats.read(path)
    codes, classes = (None, ()) if labels is None else named(labels)
    file, n = os.path.basename(path), len(X)
    if tests:
        start, size = (n - tests, tests) if part == "test" else (0, n - tests)
        taken, name = first(size, limit, file, part, "rows")
        return build(X, codes, classes, slice(start, start + taken), name)
    rows = drawn(n, part, limit, seed)
    if not len(rows):
        raise DataError(f"{path} has {n} rows, but a fifth for testing can "
                        "only be set aside of 5 or more: add some")
    return build(X, codes, classes, rows,
                 f"{file}, {len(rows):,} {KIND[part]} rows of {n:,}, "
                 f"drawn by seed {seed}")


def first(n, limit, title, part, things):
    """Return how many of n rows are taken, and words for them."""
    taken = min(n, limit or n)
    return taken, (f"{title}, {'the first ' * (taken < n)}{taken:,} "
                   f"{KIND[part]} {things}")


def drawn(n, part, limit, seed):
    """Return the numbers of the rows of a part, ascending.

    The first fifth of a shuffled order is for testing, the rest is not.
    """
    order = np.random.default_rng(seed).permutation(n)
    part = order[:n // 5] if part == "test" else order[n // 5:]
    return np.sort(part[:limit])


def named(labels):
    """Return the labels as places (n,) int64 in their names, and these.

    Names that are all numbers are sorted as numbers.
    """
    if labels.dtype.kind == "f" and abs(labels).max() < EXACT:
        if (labels % 1 == 0).all():
            labels = labels.astype(np.int64)  # 3, not 3.0
    names, codes = np.unique(labels.astype(str), return_inverse=True)
    try:
        order = np.argsort(names.astype(float), kind="stable")
    except ValueError:
        order = np.arange(len(names))  # they are sorted as words
    return np.argsort(order)[codes], tuple(names[order].tolist())


def build(X, codes, classes, rows, name):
    """Return some rows as Data; X (n, d) or (n, rows, columns)."""
    shape = X.shape[1:] if X.ndim == 3 else square(X.shape[1])
    X = np.ascontiguousarray(X[rows]).reshape(-1, X[0].size)
    if not np.isfinite([X.min(), X.max()]).all():
        wrong = np.count_nonzero(~np.isfinite(X))
        raise DataError(f"{name}: {wrong:,} of {X.size:,} values are not "
                        "finite numbers: leave out or fill in such rows")
    if codes is not None:
        codes = codes[rows].astype(np.int64)
    return Data(X, codes, classes, shape, name)


def square(d):
    """Return the shape of a square image of d >= 16 pixels, or None."""
    side = round(d ** 0.5)
    return (side, side) if d >= 16 and side * side == d else None


def needs_labels(data, study):
    """Raise DataError if the data have no labels; `study` needs them."""
    if data.labels is None:
        raise DataError(
            f"{data.name}: there are no labels, and {study} needs them: "
            "put the labels file beside an images file, y into an npz, or "
            "choose other data")


def fingerprint(data):
    """Return 16 hexadecimal digits that differ for other X or labels."""
    digest = hashlib.sha256(f"{data.X.dtype.str} {data.X.shape}".encode())
    digest.update(data.X)
    if data.labels is not None:
        digest.update(data.labels)
    return digest.hexdigest()[:16]


def find(known, part):
    """Return the path of the images of a published data set.

    Missing: they are in none of the folders; says where to get them.
    """
    name = getattr(known, part)
    for folder in folders():
        path = formats.gzipped_or_not(folder / name)
        if path is not None:
            return path
    places = " and not in ".join(map(str, folders()))
    raise Missing(f"{name} (or .gz) is not in {places}: {known.advice}")


def folders():
    """Return where data are looked for: $KMEANSLAB_DATA, then the cache."""
    own = os.environ.get("KMEANSLAB_DATA")
    return [Path(own), cache_folder()] if own else [cache_folder()]


def cache_folder():
    """Return the folder of this system for what can be got again."""
    if sys.platform == "win32":
        base = os.environ.get("LOCALAPPDATA") or "~/AppData/Local"
    else:
        base = os.environ.get("XDG_CACHE_HOME") or "~/.cache"
    return Path(base).expanduser() / "kmeanslab"
