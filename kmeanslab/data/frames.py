"""Parquet and Arrow files, and data frames of pandas, polars and pyarrow.

Files are read by whichever of these libraries is installed.
"""

from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np

from kmeanslab.data import label_column
from kmeanslab.data.errors import DataError

READERS: dict[str, list[tuple[str, str]]] = {    # suffix -> module, function
    ".parquet": [("pyarrow.parquet", "read_table"),
                 ("polars", "read_parquet"), ("pandas", "read_parquet")],
    ".feather": [("pyarrow.feather", "read_table"), ("polars", "read_ipc"),
                 ("pandas", "read_feather")]}
READERS[".arrow"] = READERS[".feather"]


def read_frame_file(path: Path, label: str | None
                    ) -> tuple[np.ndarray, np.ndarray | None, str]:
    """Return X, labels or None, and a description of the label column.

    DataError: no library that reads such files is installed, or the file is
    damaged or unsuitable.
    """
    read = find_reader(path)
    try:
        frame = read(path)
    except (MemoryError, OSError):
        raise
    except Exception as error:  # each library has errors of its own
        raise DataError(f"{path} is damaged or no {path.suffix} file "
                        f"({error}): save it again") from error
    return read_frame(frame, label, str(path))


def find_reader(path: Path) -> Callable[[Path], Any]:
    """Return a function that reads a file into a frame."""
    for module, function in READERS[path.suffix.lower()]:
        try:
            return getattr(import_module(module), function)
        except ImportError:
            continue
    raise DataError(f"reading {path} needs pyarrow or polars: "
                    "python -m pip install pyarrow")


def is_frame(source: Any) -> bool:
    """Return whether an object is a frame of pandas, polars or pyarrow."""
    return hasattr(source, "columns") and (
        hasattr(source, "column_names") or hasattr(source, "shape"))


def read_frame(frame: Any, label: str | None, name: str = "the frame"
               ) -> tuple[np.ndarray, np.ndarray | None, str]:
    """Return X, labels or None, and a description of the label column.

    label: "first", "last", "none", the name of a column, or None to guess
    DataError: a column other than the labels is not numeric.
    """
    columns = columns_of(frame)
    names, values = list(columns), list(columns.values())
    if not values:
        raise DataError(f"{name} has no columns: add some")
    text = [i for i, each in enumerate(values)
            if each.dtype.kind not in "biuf"]
    table = label_column.Table(name, names, len(names), text,
                               values.__getitem__)
    at = label_column.choose(table, label)
    labels = None if at is None else as_labels(values.pop(at))
    if not values:
        raise DataError(f"{name} has no columns besides the labels: add some")
    return np.column_stack(values), labels, label_column.describe(table, at)


def columns_of(frame: Any) -> dict[str, np.ndarray]:
    """Return the columns of a frame by name."""
    if hasattr(frame, "column_names"):   # pyarrow
        return {name: frame.column(name).to_numpy()
                for name in frame.column_names}
    return {str(name): frame[name].to_numpy() for name in frame.columns}


def as_labels(values: np.ndarray) -> np.ndarray:
    """Return labels as numbers or text."""
    return values if values.dtype.kind in "biuf" else values.astype(str)
