"""Data sets for all studies: generated, published, or your own files.

    digits, letters                          generated
    mnist, fashion-mnist, emnist-letters     files in $KMEANSLAB_DATA, or in
                                             the cache folder
    a path                                   CSV, npz, npy, Parquet, Arrow, or
                                             the images of an IDX pair
    a URL                                    of such a file, with #sha256=...
    a frame                                  of pandas, polars or pyarrow

Training and test data have no row in common.
"""

from difflib import get_close_matches
import hashlib
import os
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from kmeanslab.data import download, formats, idx
from kmeanslab.data.catalogue import (
    PUBLISHED, Published, cache_folder, find, folders)
from kmeanslab.data.errors import DataError, Missing
from kmeanslab.data.frames import is_frame
from kmeanslab.handwriting import DIGITS, LETTERS, draw_labelled

__all__ = ["Data", "DataError", "Missing", "folders", "load"]


class Data(NamedTuple):
    """Points, their labels and their names."""
    X: np.ndarray              # (n, d), C-contiguous, of the file's dtype
    labels: Any                # (n,) int64: indices into classes; or None
    classes: tuple[str, ...]   # the names of the labels, () without labels
    shape: Any                 # (rows, columns) of images, or None
    name: str                  # a description: "MNIST, 60,000 training digits"

    def image(self, row: int) -> np.ndarray:
        """Return a row as a matrix (rows, columns), or as it is (d,)."""
        return self.X[row] if self.shape is None else self.X[row].reshape(
            self.shape)


GENERATED = {"digits": (DIGITS, "mnist"), "letters": (LETTERS, "emnist")}
GENERATED_ROWS = {"train": 10_000, "test": 2_000}  # unless limited
ADJECTIVES = {"train": "training", "test": "test"}
MAX_EXACT_FLOAT = 2 ** 53     # below it whole floats are exact
TEST_SEED_OFFSET = 2 ** 32    # larger than any seed used for training
MIN_IMAGE_PIXELS = 16         # of a row taken to be a square image
MAX_LABELS = 100              # numbers that do not look like measurements


def load(source: Any = "digits", part: str = "train",
         limit: int | None = None, seed: int = 0, label: str | None = None
         ) -> Data:
    """Return a data set as Data.

    source: "digits" or "letters", generated from the seed: 10,000 training
        and 2,000 test images; "mnist", "fashion-mnist", "emnist-letters"; a
        path; a URL that ends in #sha256= and the checksum of the file; or a
        frame of pandas, polars or pyarrow
    part: "train" or "test"; they never have a row in common.  Files without
        a test part are split: a fifth, drawn with the seed, is for testing.
        Keras' archives and published IDX pairs have a test part.
    limit: the maximum number of rows: that many are generated; the first of a
        published data set or part; of a split file those that the seed draws,
        in the order of the file
    seed: a whole number, 0 or more
    label: the label column of a table: "first", "last", "none", or its name;
        None guesses it if the guess is certain
    DataError: the data are unknown, missing, damaged or unsuitable.
    OSError: a file cannot be read.
    """
    if part not in GENERATED_ROWS:
        raise ValueError(f"part={part!r}: choose train or test")
    if limit is not None and limit < 1:
        raise DataError(f"limit={limit} rows: ask for 1 or more")
    if is_frame(source):
        contents = formats.read_any_frame(source, label)
        return split(contents, "a frame", part, limit, seed)
    source = os.fspath(source)
    if source in GENERATED or source in PUBLISHED:
        if label:
            raise DataError(f"{source} is not a table, so it has no label "
                            f"column '{label}': leave out --label")
        if source in PUBLISHED:
            return published(PUBLISHED[source], part, limit)
        return generated(source, part, limit or GENERATED_ROWS[part], seed)
    if source.startswith(("http://", "https://")):
        source = os.fspath(download.fetch_url(source, cache_folder()))
    if os.path.isfile(source):
        return from_file(source, part, limit, seed, label)
    raise unknown(source)


def unknown(source: str) -> DataError:
    """Return the error for a source that does not exist, with a guess."""
    path = Path(source)
    names = [*GENERATED, *PUBLISHED]
    close = get_close_matches(source.lower(), names, 1)
    if not close and path.parent.is_dir():
        files = {each.name: each for each in path.parent.iterdir()
                 if each.is_file()}
        close = [str(files[name]) for name
                 in get_close_matches(path.name, files, 1, 0.8)]
    hint = f"did you mean {close[0]}?" if close else (
        "choose " + ", ".join(names) + ", or the path of a .csv, .npz, .npy, "
        ".parquet or IDX images file")
    return DataError(f"there is no data set or file called '{source}': {hint}")


def generated(source: str, part: str, n: int, seed: int) -> Data:
    """Return n images generated by `kmeanslab.handwriting`."""
    alphabet, look = GENERATED[source]
    if part == "test":
        seed += TEST_SEED_OFFSET
    images, labels = draw_labelled(n, seed, alphabet, look)
    codes = np.searchsorted(list(alphabet), labels)
    return build(images, codes, tuple(alphabet), slice(n),
                 f"{n:,} generated {'test ' * (part == 'test')}{source}")


def published(known: Published, part: str, limit: int | None) -> Data:
    """Return a published data set, or its first rows."""
    path = find(known, part)
    X, labels, *_ = formats.read(path)
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


def from_file(path: str, part: str, limit: int | None, seed: int,
              label: str | None) -> Data:
    """Return the rows of a part of a file, up to the limit."""
    tests = idx.test_images(Path(path))
    if tests:
        return whole_pair(Path(path), tests, part, limit)
    contents = formats.read(path, label)
    if contents.tests:
        return own_parts(contents, os.path.basename(path), part, limit)
    return split(contents, path, part, limit, seed)


def whole_pair(train: Path, tests: Path, part: str, limit: int | None
               ) -> Data:
    """Return a part of a published IDX pair, in its order."""
    path = train if part == "train" else tests
    X, labels, *_ = formats.read(path)
    n, name = first(len(X), limit, path.name, part, "rows")
    if labels is None:
        return build(X, None, (), slice(n), name)
    found = [each for each in map(idx.labels_of, (train, tests))
             if each is not None]
    classes = encode_labels(np.concatenate(found))[1]
    codes = np.searchsorted(np.array(classes, int), labels)
    return build(X, codes, classes, slice(n), name)


def own_parts(contents: formats.Contents, file: str, part: str,
              limit: int | None) -> Data:
    """Return a part of an archive that has a test part."""
    X, labels, tests, _ = contents
    codes, classes = (None, ()) if labels is None else encode_labels(labels)
    start, size = (len(X) - tests, tests) if part == "test" else (
        0, len(X) - tests)
    taken, name = first(size, limit, file, part, "rows")
    return build(X, codes, classes, slice(start, start + taken), name)


def split(contents: formats.Contents, path: str, part: str,
          limit: int | None, seed: int) -> Data:
    """Return a part of rows that are split by the seed."""
    X, labels, _, note = contents
    codes, classes = (None, ()) if labels is None else encode_labels(labels)
    rows = drawn(len(X), part, limit, seed)
    if not len(rows):
        raise DataError(f"{path} has {len(X)} rows, but 5 or more are needed "
                        "to set aside a fifth for testing: add some")
    file = os.path.basename(path)
    if note.startswith("column"):
        note = f"labels in {note}"
    return build(X, codes, classes, rows, ", ".join(filter(None, [
        f"{file}, {len(rows):,} {ADJECTIVES[part]} rows of {len(X):,}",
        f"drawn by seed {seed}", note])))


def first(n: int, limit: int | None, title: str, part: str, things: str
          ) -> tuple[int, str]:
    """Return how many of n rows are taken, and their description."""
    taken = min(n, limit or n)
    return taken, (f"{title}, {'the first ' * (taken < n)}{taken:,} "
                   f"{ADJECTIVES[part]} {things}")


def drawn(n: int, part: str, limit: int | None, seed: int) -> np.ndarray:
    """Return the indices of the rows of a part, ascending.

    The first fifth of a shuffled order is for testing, the rest for training.
    """
    order = np.random.default_rng(seed).permutation(n)
    rows = order[:n // 5] if part == "test" else order[n // 5:]
    return np.sort(rows[:limit])


def encode_labels(labels: np.ndarray) -> tuple[np.ndarray, tuple[str, ...]]:
    """Return the labels as indices (n,) int64 into their names, and the names.

    Names that are all numbers are sorted as numbers.
    """
    if labels.dtype.kind == "f" and abs(labels).max() < MAX_EXACT_FLOAT:
        if (labels % 1 == 0).all():
            labels = labels.astype(np.int64)  # 3, not 3.0
    names, codes = np.unique(labels.astype(str), return_inverse=True)
    try:
        order = np.argsort(names.astype(float), kind="stable")
    except ValueError:
        order = np.arange(len(names))  # np.unique sorted them as text
    return np.argsort(order)[codes], tuple(names[order].tolist())


def build(X: np.ndarray, codes: np.ndarray | None, classes: tuple[str, ...],
          rows: slice | np.ndarray, name: str) -> Data:
    """Return some rows of X, (n, d) or (n, rows, columns), as Data."""
    shape = X.shape[1:] if X.ndim == 3 else square(X.shape[1])
    X = np.ascontiguousarray(X[rows]).reshape(-1, X[0].size)
    if not np.isfinite([X.min(), X.max()]).all():
        wrong = np.count_nonzero(~np.isfinite(X))
        raise DataError(f"{name}: {wrong:,} of {X.size:,} values are not "
                        "finite numbers: remove or fill in these rows")
    if codes is not None:
        codes = codes[rows].astype(np.int64)
    return Data(X, codes, classes, shape, name)


def square(d: int) -> tuple[int, int] | None:
    """Return the shape of a square image of d pixels, or None."""
    side = round(d ** 0.5)
    is_image = d >= MIN_IMAGE_PIXELS and side * side == d
    return (side, side) if is_image else None


def require_labels(data: Data, study: str) -> None:
    """Raise DataError if the data have no labels; `study` needs them."""
    if data.labels is None:
        raise DataError(
            f"{data.name}: there are no labels, and {study} needs them: "
            "put the labels file next to the images file, y into an npz, name "
            "the column of a table with --label, or choose other data")
    used = np.unique(data.labels)
    if len(used) == 1 and len(data.labels) > 1:
        raise DataError(
            f"{data.name}: all rows have the label '{data.classes[used[0]]}', "
            "so every cluster would be pure: choose another --label or other "
            "data")
    if len(used) == len(data.labels) > 1:
        raise DataError(
            f"{data.name}: each row has a label of its own, so no clusters "
            "can match them: choose another --label or other data")


def doubts(data: Data) -> str | None:
    """Return a warning if the labels look like measurements or pixels."""
    if data.labels is None or len(data.classes) <= MAX_LABELS:
        return None
    try:
        list(map(float, data.classes))
    except ValueError:
        return None
    return (f"{data.name}: the labels are {len(data.classes)} different "
            "numbers, which looks like measurements or pixels: check --label")


def fingerprint(data: Data) -> str:
    """Return 16 hexadecimal digits that differ for other X or labels."""
    digest = hashlib.sha256(f"{data.X.dtype.str} {data.X.shape}".encode())
    digest.update(data.X.data)
    if data.labels is not None:
        digest.update(data.labels.data)
    return digest.hexdigest()[:16]
