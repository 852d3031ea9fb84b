"""The files that data come in: IDX, the course's CSV, NumPy's npy and npz.

What is wrong with a file is said in one sentence that names the file, what
was found, what was expected, and what to do.

    X       (n, d) or (n, rows, columns) numbers, of the file's own type
    labels  (n,) numbers or words, or None
"""

import contextlib
import csv
import gzip
import math
from pathlib import Path
import zlib

import numpy as np

CHUNK = 2 ** 20
LARGE = 2 ** 28   # bytes of an npy file that is left on disk until needed
LARGEST = 1e100   # of the numbers in a CSV: their squares can be computed
POINTS = ("X", "x", "images", "data")       # what an npz may call them
LABELS = ("y", "labels", "target")


class DataError(ValueError):
    """Data are missing, damaged or unfit; one sentence says what to do."""


def read(path):
    """Return X, labels, and how many of the last rows are for testing.

    These are 0 unless an archive divides its rows, as keras' do.

    path: ends in .csv, .npy or .npz, or is the images file of an IDX pair
    DataError: it is none of these, or damaged.
    OSError: it cannot be read.
    """
    path = Path(path)
    kind, tests = path.suffix.lower(), 0
    if kind == ".csv":
        X, labels = read_csv(path)
    elif kind in (".npy", ".npz"):
        X, labels, tests = read_numpy(path)
    elif "images-idx3" in path.name:
        X, labels = read_pair(path)
    else:
        raise DataError(
            f"cannot tell what {path} holds: its name must end in .csv, .npy "
            "or .npz, or contain images-idx3 as the files of MNIST do")
    check(X, labels, path)
    return X, labels, tests


def check(X, labels, path):
    """Raise DataError unless X holds points, one for each label."""
    if X.dtype.kind not in "biuf" or X.ndim not in (2, 3) or not X.size:
        raise DataError(
            f"{path} holds an array of shape {X.shape} and type {X.dtype}, "
            "but points are numbers of shape (n, d) or (n, rows, columns): "
            "save them like that")
    if labels is not None and (labels.shape != X.shape[:1]
                               or labels.dtype.kind not in "biufU"):
        raise DataError(
            f"{path} holds {len(X)} points, but its labels are an array of "
            f"shape {labels.shape} and type {labels.dtype}, not {len(X)} "
            "numbers or words: use labels that belong to the points")


# IDX: the number 2048 + axes, the length of each axis, then the bytes

def read_pair(path):
    """Return images (n, rows, columns) and labels (n,), uint8.

    path: the images; the labels lie beside them, or are None
    """
    images = read_idx(path, 3)
    if path.name.startswith("emnist-"):  # all of EMNIST is stored transposed
        images = np.ascontiguousarray(images.transpose(0, 2, 1))
    beside = path.name.removesuffix(".gz")
    labels = gzipped_or_not(
        path.with_name(beside.replace("images-idx3", "labels-idx1")))
    return images, None if labels is None else read_idx(labels, 1)


def gzipped_or_not(path):
    """Return the path of a file, with .gz or without, None if missing."""
    both = path.with_name(f"{path.name}.gz"), path
    return next(filter(Path.is_file, both), None)


def read_idx(path, axes):
    """Return the uint8 array of an IDX file: 3 axes images, 1 labels."""
    data = unpacked(path)
    header = 4 + 4 * axes
    if len(data) < header:
        raise DataError(f"{path} has {len(data)} bytes, but the header alone "
                        f"needs {header}: get the file again")
    magic, *shape = np.frombuffer(data, ">u4", 1 + axes).tolist()
    if magic != 2048 + axes:
        raise DataError(
            f"{path} begins with the number {magic}, but a file of "
            f"{'images' if axes == 3 else 'labels'} with {2048 + axes}: "
            "get the file again, under its own name")
    needed = header + math.prod(shape)
    if len(data) != needed:
        size = " x ".join(map(str, shape))
        raise DataError(f"{path} has {len(data):,} bytes, but {size} values "
                        f"need {needed:,}: get the file again")
    return np.frombuffer(data, np.uint8)[header:].reshape(shape)


def unpacked(path):
    """Return the bytes of a file, those inside if it is gzipped."""
    data = bytearray()
    try:
        with open(path, "rb") as file:
            packed = file.peek(2)[:2] == b"\x1f\x8b"
            stream = gzip.GzipFile(fileobj=file) if packed else file
            while chunk := stream.read1(CHUNK):
                data += chunk
    except (EOFError, gzip.BadGzipFile, zlib.error) as error:
        raise DataError(
            f"{path} is cut short or damaged, {len(data):,} bytes came out "
            f"of it ({error}): get the file again") from error
    return data


# CSV: rows are label,v1,...,vd

def read_csv(path):
    """Return X (n, d) and labels (n,) words.

    X is uint8 where all values are whole numbers from 0 to 255, or else
    float64.  DataError names the line.
    """
    rows, labels = [], []
    try:
        with open(path, newline="", encoding="utf-8-sig") as file:
            reader = csv.reader(file, strict=True)
            for row in reader:
                if not any(map(str.strip, row)):
                    continue
                place = f"{path}, line {reader.line_num}"
                rows.append(parse(row[1:], place))
                labels.append(row[0])
                check_length(rows, place)
    except (UnicodeDecodeError, csv.Error) as error:
        raise DataError(f"{path} is not a CSV text file ({error}): "
                        "save it as text, with commas") from error
    if not rows:
        raise DataError(f"{path} has 0 rows, but needs 1 or more: "
                        "write rows like label,12.5,3")
    return np.stack(rows), np.array(labels)


def parse(texts, place):
    """Return the numbers of a row: uint8 if that changes none of them."""
    with contextlib.suppress(ValueError):
        row = np.array(list(map(float, texts)))
        if (abs(row) <= LARGEST).all():  # NaN is not
            whole = (row % 1 == 0) & (row >= 0) & (row <= 255)
            return row.astype(np.uint8) if whole.all() else row
    column = next(i for i, text in enumerate(texts) if not is_number(text))
    raise DataError(
        f"{place}, column {column + 2}: '{texts[column]}' is not a number up "
        f"to {LARGEST:g}: write rows like label,12.5,3, and no header")


def is_number(text):
    """Return whether a text is a number of a size to compute with."""
    try:
        return abs(float(text)) <= LARGEST
    except ValueError:
        return False


def check_length(rows, place):
    """Raise DataError unless the last row is as long as the first."""
    first, last = len(rows[0]), len(rows[-1])
    if not last:
        raise DataError(f"{place}: 0 values behind the label, but 1 or more "
                        "are needed: correct the row")
    if last != first:
        raise DataError(f"{place}: number of values is {last}, but in the "
                        f"first row {first}: correct the row")


# NumPy's own

def read_numpy(path):
    """Return X, labels or None, and how many of the last rows are tests."""
    large = path.stat().st_size >= LARGE
    try:
        found = np.load(path, mmap_mode="r" if large else None)
        if isinstance(found, np.ndarray):
            return found, None, 0
        with found:
            if "x_train" in found and "x_test" in found:
                return read_parts(found)
            X, y = pick(found.files, path)
            return np.asarray(found[X]), y and np.asarray(found[y]), 0
    except (DataError, OSError):
        raise
    except Exception as error:  # damaged files raise whatever you think of
        raise DataError(
            f"{path} is damaged or holds no arrays of numbers ({error}): "
            "save it again with np.save or np.savez") from error


def read_parts(found):
    """Return the rows of an archive like keras', those for testing last."""
    X, y = ([found[name] for name in names if name in found]
            for names in (("x_train", "x_test"), ("y_train", "y_test")))
    return np.concatenate(X), np.concatenate(y) if y else None, len(X[1])


def pick(names, path):
    """Return what an archive calls the points, and the labels or None."""
    X, y = (next((name for name in known if name in names), None)
            for known in (POINTS, LABELS))
    if X is None:
        raise DataError(
            f"{path} holds arrays called {', '.join(names) or '(none)'}, but "
            f"none called {', '.join(POINTS)}: save it again with "
            "np.savez(path, X=points, y=labels)")
    return X, y
