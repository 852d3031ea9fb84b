"""Readers of data files: IDX, the course's CSV, NumPy's npy and npz.

An error is one sentence that names the file, what was found, what was
expected, and what to do.

    X       (n, d) or (n, rows, columns) numbers, of the type in the file
    labels  (n,) numbers or words, or None
"""

import contextlib
import csv
import gzip
import math
import os
from pathlib import Path
from typing import Any
import zlib

import numpy as np

CHUNK_BYTES = 2 ** 20        # read at a time
MEMORY_MAP_BYTES = 2 ** 28   # of an npy file that stays on disk until needed
MAX_MAGNITUDE = 1e100        # of numbers in a CSV: their squares are finite
POINT_NAMES = ("X", "x", "images", "data")       # of the arrays in an npz
LABEL_NAMES = ("y", "labels", "target")


class DataError(ValueError):
    """Data are missing, damaged or unfit; one sentence says what to do."""


def read(path: str | os.PathLike
         ) -> tuple[np.ndarray, np.ndarray | None, int]:
    """Return X, labels, and the number of test rows, which are the last.

    It is 0 except for an archive with its own test rows, like Keras'.

    path: ends in .csv, .npy or .npz, or is the images file of an IDX pair
    DataError: it is none of these, or damaged.
    OSError: it cannot be read.
    """
    path = Path(path)
    kind, tests = path.suffix.lower(), 0
    labels: np.ndarray | None
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
    check_shapes(X, labels, path)
    return X, labels, tests


def check_shapes(X: np.ndarray, labels: np.ndarray | None, path: Path
                 ) -> None:
    """Raise DataError unless X holds points, one per label."""
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


# IDX: the number 2048 + axes, the length of each axis, then the values

def read_pair(path: Path) -> tuple[np.ndarray, np.ndarray | None]:
    """Return images (n, rows, columns) and labels (n,), uint8.

    path: of the images; labels are None if their file is not next to it
    """
    images = read_idx(path, 3)
    if path.name.startswith("emnist-"):  # all of EMNIST is stored transposed
        images = np.ascontiguousarray(images.transpose(0, 2, 1))
    name = path.name.removesuffix(".gz")
    labels = gzipped_or_not(
        path.with_name(name.replace("images-idx3", "labels-idx1")))
    return images, None if labels is None else read_idx(labels, 1)


def gzipped_or_not(path: Path) -> Path | None:
    """Return the path with .gz or without, whichever exists, or None."""
    both = path.with_name(f"{path.name}.gz"), path
    return next(filter(Path.is_file, both), None)


def read_idx(path: Path, axes: int) -> np.ndarray:
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


def unpacked(path: Path) -> bytearray:
    """Return the bytes of a file, unpacked if it is gzipped."""
    data = bytearray()
    try:
        with open(path, "rb") as file:
            packed = file.peek(2)[:2] == b"\x1f\x8b"
            stream = gzip.GzipFile(fileobj=file) if packed else file
            while chunk := stream.read1(CHUNK_BYTES):
                data += chunk
    except (EOFError, gzip.BadGzipFile, zlib.error) as error:
        raise DataError(
            f"{path} is truncated or damaged, only {len(data):,} bytes could "
            f"be unpacked ({error}): get the file again") from error
    return data


# CSV: rows are label,v1,...,vd

def read_csv(path: str | os.PathLike) -> tuple[np.ndarray, np.ndarray]:
    """Return X (n, d) and labels (n,) text.

    X is uint8 if all values are whole numbers from 0 to 255, else float64.
    DataError: a line is not a row; names the line.
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


def parse(texts: list[str], place: str) -> np.ndarray:
    """Return the numbers of a row, uint8 if that represents them exactly."""
    with contextlib.suppress(ValueError):
        row = np.array(list(map(float, texts)))
        if (abs(row) <= MAX_MAGNITUDE).all():  # NaN is not
            whole = (row % 1 == 0) & (row >= 0) & (row <= 255)
            return row.astype(np.uint8) if whole.all() else row
    column = next(i for i, text in enumerate(texts) if not is_number(text))
    raise DataError(
        f"{place}, column {column + 2}: '{texts[column]}' is not a number up "
        f"to {MAX_MAGNITUDE:g}: write rows like label,12.5,3, and no header")


def is_number(text: str) -> bool:
    """Return whether a text is a number up to MAX_MAGNITUDE."""
    try:
        return abs(float(text)) <= MAX_MAGNITUDE
    except ValueError:
        return False


def check_length(rows: list[np.ndarray], place: str) -> None:
    """Raise DataError unless the last row has the length of the first."""
    first, last = len(rows[0]), len(rows[-1])
    if not last:
        raise DataError(f"{place}: 0 values after the label, but 1 or more "
                        "are needed: correct the row")
    if last != first:
        raise DataError(f"{place}: the row has {last} values, but the first "
                        f"row has {first}: correct the row")


# NumPy

def read_numpy(path: Path) -> tuple[np.ndarray, np.ndarray | None, int]:
    """Return X, labels or None, and the number of test rows at the end."""
    large = path.stat().st_size >= MEMORY_MAP_BYTES
    try:
        found = np.load(path, mmap_mode="r" if large else None)
        if isinstance(found, np.ndarray):
            return found, None, 0
        with found:
            if "x_train" in found and "x_test" in found:
                return read_parts(found)
            X, y = pick(found.files, path)
            labels = None if y is None else np.asarray(found[y])
            return np.asarray(found[X]), labels, 0
    except (DataError, OSError):
        raise
    except Exception as error:  # damaged files raise errors of many types
        raise DataError(
            f"{path} is damaged or holds no arrays of numbers ({error}): "
            "save it again with np.save or np.savez") from error


def read_parts(found: Any) -> tuple[np.ndarray, np.ndarray | None, int]:
    """Return the rows of an archive like Keras', the test rows last."""
    X, y = ([found[name] for name in names if name in found]
            for names in (("x_train", "x_test"), ("y_train", "y_test")))
    return np.concatenate(X), np.concatenate(y) if y else None, len(X[1])


def pick(names: list[str], path: Path) -> tuple[str, str | None]:
    """Return the names of the points and the labels (or None) in an npz."""
    X, y = (next((name for name in known if name in names), None)
            for known in (POINT_NAMES, LABEL_NAMES))
    if X is None:
        raise DataError(
            f"{path} holds arrays called {', '.join(names) or '(none)'}, but "
            f"none called {', '.join(POINT_NAMES)}: save it again with "
            "np.savez(path, X=points, y=labels)")
    return X, y
