"""Readers of data files, chosen by the name of the file.

An error is one sentence that names the file, what was found, what was
expected, and what to do.
"""

import os
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from kmeanslab.data import idx
from kmeanslab.data.csv_file import read_csv
from kmeanslab.data.errors import DataError
from kmeanslab.data.frames import READERS, read_frame, read_frame_file
from kmeanslab.data.idx import gzipped_or_not
from kmeanslab.data.numpy_files import read_numpy

__all__ = ["Contents", "DataError", "gzipped_or_not", "read", "read_any_frame",
           "read_csv"]
KNOWN = (".csv, .npy, .npz, .parquet, .arrow or .feather, or contain "
         "images-idx3 as the files of MNIST do")


class Contents(NamedTuple):
    """The contents of a file."""
    X: np.ndarray                # (n, d) or (n, rows, columns) numbers
    labels: np.ndarray | None    # (n,) numbers or text
    tests: int = 0               # the last rows are for testing
    note: str = ""               # which column holds the labels


def read(path: str | os.PathLike, label: str | None = None) -> Contents:
    """Return the contents of a file.

    path: ends in a suffix of KNOWN, or is the images file of an IDX pair
    label: the label column of a table: "first", "last", "none", a name, or
        None to guess
    DataError: the file is of another kind, or damaged, or has no such column.
    OSError: it cannot be read.
    """
    path = Path(path)
    kind = path.suffix.lower()
    if kind == ".csv":
        X, labels, note = read_csv(path, label)
        contents = Contents(X, labels, note=note)
    elif kind in READERS:
        X, labels, note = read_frame_file(path, label)
        contents = Contents(X, labels, note=note)
    elif kind in (".npy", ".npz"):
        contents = Contents(*read_numpy(path))
    elif idx.is_images(path):
        contents = Contents(*idx.read_pair(path))
    else:
        raise DataError(f"cannot tell what {path} holds: its name must end in "
                        + KNOWN)
    if label and label != "none" and not contents.note:
        raise DataError(f"{path} is not a table, so it has no label column "
                        f"'{label}': leave out --label")
    if label == "none":
        contents = contents._replace(labels=None)
    check_shapes(contents, str(path))
    return contents


def read_any_frame(frame: Any, label: str | None = None) -> Contents:
    """Return the contents of a frame of pandas, polars or pyarrow."""
    X, labels, note = read_frame(frame, label)
    contents = Contents(X, labels, note=note)
    check_shapes(contents, "the frame")
    return contents


def check_shapes(contents: Contents, name: str) -> None:
    """Raise DataError unless X holds points, one per label."""
    X, labels = contents.X, contents.labels
    if X.dtype.kind not in "biuf" or X.ndim not in (2, 3) or not X.size:
        raise DataError(
            f"{name} holds an array of shape {X.shape} and type {X.dtype}, "
            "but points are numbers of shape (n, d) or (n, rows, columns): "
            "save them like that")
    if labels is not None and (labels.shape != X.shape[:1]
                               or labels.dtype.kind not in "biufU"):
        raise DataError(
            f"{name} holds {len(X)} points, but its labels are an array of "
            f"shape {labels.shape} and type {labels.dtype}, not {len(X)} "
            "numbers or words: use labels that belong to the points")
