"""Partitions: pieces of the data that are loaded where they are processed.

A partition only says where its points are; the worker that processes it loads
it.  Files are memory-mapped, not read, so they may be larger than memory, and
their pages can be released again.

    ArrayRows  rows of a .npy file, or of the file behind a mapped array
    CsvTable   a course CSV, with rows label,v1,...,vd
    DaskChunk  a chunk of a Dask array or DataFrame, in a worker's memory
    X (n, d)   the points of one, float64, float32 or uint8, C-contiguous
"""

from collections.abc import Iterable, Mapping, Set
import mmap
import os
from pathlib import Path
from typing import Any, NamedTuple, TypeAlias

import numpy as np
from scipy import sparse

from kmeanslab.data.formats import DataError, read_csv
from kmeanslab.distributed.clients import current_worker
from kmeanslab.distributed.unsupported_data import (
    SUPPORTED, check_numeric_columns, unsupported)
from kmeanslab.engine.assign.distances import DTYPES

PIECE_BYTES = 2 ** 26    # of a piece of a file, unless its rows are given


class ArrayRows(NamedTuple):
    """Rows of an array in a file, a .npy file unless `dtype` is given."""
    path: str
    start: int = 0
    stop: int | None = None
    dtype: str = ""
    offset: int = 0          # bytes before the array in the file
    shape: tuple = ()        # of the whole array
    fingerprint: str = ""    # of the rows, once they are known

    def load(self) -> np.ndarray:
        """Return the points, mapped if their dtype is one of DTYPES."""
        return to_points(open_array(self)[self.start:self.stop], self)

    def __str__(self) -> str:
        rows = self.start or self.stop is not None
        return self.path + f", rows {self.start} to {self.stop}" * rows


class CsvTable(NamedTuple):
    """A course CSV, read as `dtype`; "" takes what its values need."""
    path: str
    dtype: str = ""
    fingerprint: str = ""    # of the points, once they are known

    def load(self) -> np.ndarray:
        """Return the points, uint8 if all are integers from 0 to 255."""
        if not os.path.getsize(self.path):
            return np.empty((0, 0), np.uint8)
        X = read_csv(self.path)[0]
        return X.astype(self.dtype or X.dtype, copy=False)

    def __str__(self) -> str:
        return self.path


class DaskChunk(NamedTuple):
    """A chunk of Dask's data: a delayed value, or a key on a worker."""
    points: Any
    fingerprint: str = ""    # of the points, once they are known

    def load(self) -> np.ndarray | None:
        """Return the points, or None if this worker no longer has them."""
        if hasattr(self.points, "compute"):
            X = self.points.compute()
        else:
            X = current_worker().data.get(self.points)
        return None if X is None else to_points(to_array(X, self), self)

    def __str__(self) -> str:
        return f"chunk {getattr(self.points, 'key', self.points)}"


Partition: TypeAlias = ArrayRows | CsvTable | DaskChunk


def open_array(rows: ArrayRows) -> np.ndarray:
    """Return the whole array that the rows belong to, mapped.

    Raises DataError if the file holds no array of numbers, or is unreadable.
    """
    try:
        if rows.dtype:
            return np.memmap(rows.path, rows.dtype, "r", rows.offset,
                             rows.shape)
        return np.load(rows.path, mmap_mode="r")
    except OSError as error:
        raise DataError(f"{rows.path} cannot be read ({error.strerror}): "
                        "correct its name or its permissions") from error
    except (ValueError, EOFError) as error:
        raise DataError(f"{rows.path} is damaged or no array of numbers "
                        f"({error}): save it again with np.save") from error


def to_array(chunk: Any, name: object) -> np.ndarray:
    """Return a chunk as an array, and the columns of a DataFrame as one type.

    Raises DataError, which contains the `name`, for a sparse chunk.
    """
    if sparse.issparse(chunk):
        raise DataError(f"{name} is sparse: make it dense with "
                        "data.map_blocks(lambda block: block.toarray())")
    X = np.asarray(chunk)
    if X.dtype == object and hasattr(chunk, "to_numpy"):
        X = chunk.to_numpy(np.float64, na_value=np.nan)
    return X


def to_points(X: np.ndarray, name: object) -> np.ndarray:
    """Return X as points (n, d), one per row, in a dtype of the engine.

    Raises DataError, which contains the `name`, if X cannot hold points.
    """
    if X.ndim not in (2, 3) or X.dtype.kind not in "biuf":
        raise DataError(
            f"{name} holds an array of shape {X.shape} and type {X.dtype}, "
            "but points are numbers of shape (n, d) or (n, rows, columns): "
            "save them like that")
    X = X.reshape(len(X), int(np.prod(X.shape[1:])))
    kept = X.dtype in DTYPES and X.dtype.isnative
    return np.ascontiguousarray(X, X.dtype if kept else np.float64)


def discard_pages(X: np.ndarray | None) -> None:
    """Release the memory that holds the pages of a mapped array.

    They are read from the file again when next used.
    """
    base: Any = X
    while base is not None and not isinstance(base, mmap.mmap):
        base = getattr(base, "base", None)
    if base is not None and hasattr(base, "madvise"):
        base.madvise(mmap.MADV_DONTNEED)


# From the argument of `fit` to a list of partitions

def make_partitions(data: Any) -> list[Partition]:
    """Return the partitions of data.

    data: a list with one partition per item (the path of a .npy or course CSV
        file, a memory-mapped array, or a piece from `split_rows`); one of
        these alone, which is split; or a Dask array or DataFrame, one
        partition per chunk
    Raises DataError for anything else.
    """
    if hasattr(type(data), "to_delayed"):
        return dask_chunks(data)
    if isinstance(data, (str, os.PathLike, np.ndarray)):
        return split_rows(data)
    if isinstance(data, Partition):
        return [data]
    parts = [item if isinstance(item, Partition) else whole_file(item)
             for item in items_of(data)]
    if not parts:
        raise DataError("there are 0 partitions, but 1 or more are needed: "
                        f"{SUPPORTED}")
    return parts


def items_of(data: Any) -> list:
    """Return the items of a sequence; DataError for anything else."""
    try:
        items = list(data)
    except TypeError as error:
        raise unsupported(data) from error
    if (isinstance(data, (bytes, Mapping, Set)) or sparse.issparse(data)
            or hasattr(type(data), "to_numpy")):
        raise unsupported(data)
    return items


def split_rows(data: str | os.PathLike | np.ndarray,
               rows: int | None = None) -> list[Partition]:
    """Split a .npy file or a memory-mapped array into pieces of `rows` rows.

    By default a piece has 64 MB.  A course CSV is not split.  Raises DataError
    for a file that does not exist, ValueError for fewer than 1 row.
    """
    if rows is not None and rows < 1:
        raise ValueError(f"rows={rows}, but a piece has 1 row or more")
    whole = whole_file(data)
    check_files([whole])
    if isinstance(whole, CsvTable):
        return [whole]
    X = open_array(whole)
    rows = rows or max(1, PIECE_BYTES * len(X) // max(X.nbytes, 1))
    return [whole._replace(start=s, stop=min(s + rows, len(X)))
            for s in range(0, max(len(X), 1), rows)]


def whole_file(item: str | os.PathLike | np.ndarray) -> ArrayRows | CsvTable:
    """Return a file, or a memory-mapped array, as one partition.

    Raises DataError for a file name that ends in neither .npy nor .csv, and
    for what is neither a path nor an array.
    """
    if isinstance(item, np.ndarray):
        return mapped_rows(item)
    if not isinstance(item, (str, os.PathLike)):
        raise unsupported(item)
    path = str(Path(item).absolute())
    suffix = Path(path).suffix.lower()
    if suffix == ".npy":
        return ArrayRows(path)
    if suffix == ".csv":
        return CsvTable(path)
    raise DataError(f"cannot tell what {path} holds: the name of a partition "
                    "must end in .npy or .csv")


def mapped_rows(X: np.ndarray) -> ArrayRows:
    """Return the rows of the file that an array is mapped from.

    Raises DataError unless they are whole rows in the order of the file, and
    have the values in the file.
    """
    if isinstance(X, np.ma.MaskedArray):
        raise DataError("workers would not see the mask of a masked array: "
                        "write what it should hold with np.save, and give "
                        "the path")
    root: Any = X
    while isinstance(root, np.ndarray) and isinstance(root.base, np.ndarray):
        root = root.base
    if getattr(root, "mode", "r") == "c":
        raise DataError("workers would not see changes to an array that is "
                        "mapped copy-on-write: map it with mode 'r', or give "
                        "the path")
    name = getattr(root, "filename", None)
    if name is None or not X.flags.c_contiguous:
        raise DataError(
            f"an array of shape {X.shape} does not hold rows of a file in "
            "their order, so workers cannot load it: write it with np.save, "
            "and give the path")
    offset = root.offset + address(X) - address(root)
    return ArrayRows(str(name), 0, len(X), X.dtype.str, offset, X.shape)


def address(X: np.ndarray) -> int:
    """Return the address of an array's first byte in memory."""
    return X.__array_interface__["data"][0]


def dask_chunks(data: Any) -> list[Partition]:
    """Return the chunks of a Dask array or DataFrame.

    Raises DataError unless they hold whole rows of numbers.
    """
    if getattr(data, "ndim", 0) == 2 and hasattr(data, "dtypes"):
        check_numeric_columns(data)
        return [DaskChunk(points) for points in data.to_delayed()]
    if not hasattr(data, "numblocks"):
        raise unsupported(data)
    if data.ndim != 2 or data.numblocks[1] != 1:
        raise DataError(
            f"the Dask array has {data.ndim} axes in {data.numblocks} "
            "chunks, but a chunk must hold whole rows of (n, d): "
            "use data.rechunk({1: -1})")
    return [DaskChunk(points) for points in data.to_delayed().ravel()]


def missing_files(parts: Iterable[Partition]) -> list[str]:
    """Return the paths of partitions that this process cannot find."""
    paths = {part.path for part in parts if not isinstance(part, DaskChunk)}
    return sorted(path for path in paths if not os.path.isfile(path))


def check_files(parts: Iterable[Partition]) -> None:
    """Raise DataError for a file that this process cannot find."""
    for path in missing_files(parts):
        raise DataError(f"{path} is not there: correct its name")
