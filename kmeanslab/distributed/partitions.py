"""Partitions: data in pieces that are loaded where they are worked on.

A partition is a few words that say where its points are; who works on it
loads it.  Files are mapped, not read, so that they may be larger than the
memory; what was looked at can be given back.

    Piece     rows of a .npy file, or of the file that an array is mapped from
    Table     a course CSV: rows label,v1,...,vd
    Chunk     of a Dask array, which lies with a worker already
    X (n, d)  the points of one, float64, float32 or uint8, C-contiguous
"""

import mmap
import os
from pathlib import Path
from typing import NamedTuple

import numpy as np

from kmeanslab.data.formats import DataError, read_csv
from kmeanslab.distributed.clients import dask_worker
from kmeanslab.engine.assign.distances import DTYPES

SIZE = 2 ** 26           # bytes of a piece, unless its rows are chosen


class Piece(NamedTuple):
    """Some rows of an array in a file; without a type they are a .npy's."""
    path: str
    start: int = 0
    stop: int | None = None
    dtype: str = ""
    offset: int = 0
    shape: tuple = ()        # of the whole array

    def load(self):
        """The points, left in the file if they are of a type that is kept."""
        return as_points(opened(self)[self.start:self.stop], self)

    def __str__(self):
        rows = self.start or self.stop is not None
        return self.path + f", rows {self.start} to {self.stop}" * rows


class Table(NamedTuple):
    """A course CSV; `dtype` is what all of the tables can be read as."""
    path: str
    dtype: str = ""

    def load(self):
        """The points, uint8 if all are whole numbers from 0 to 255."""
        if not os.path.getsize(self.path):
            return np.empty((0, 0), np.uint8)
        X = read_csv(self.path)[0]
        return X.astype(self.dtype or X.dtype, copy=False)

    def __str__(self):
        return self.path


class Chunk(NamedTuple):
    """A chunk of a Dask array: yet to be computed, or a key on a worker."""
    points: object

    def load(self):
        """The points, or None where they are no longer on this worker."""
        if hasattr(self.points, "compute"):
            X = self.points.compute()
        else:
            X = dask_worker().data.get(self.points)
        return None if X is None else as_points(np.asarray(X), self)

    def __str__(self):
        return f"chunk {getattr(self.points, 'key', self.points)}"


def opened(piece):
    """The whole array that a piece is of, mapped."""
    if piece.dtype:
        return np.memmap(piece.path, piece.dtype, "r", piece.offset,
                         piece.shape)
    try:
        return np.load(piece.path, mmap_mode="r")
    except (ValueError, EOFError) as error:
        raise DataError(f"{piece.path} is damaged or no array of numbers "
                        f"({error}): save it again with np.save") from error


def as_points(X, name):
    """An array as the engine takes it: one row a point, of a type it has."""
    if X.ndim not in (2, 3) or X.dtype.kind not in "biuf":
        raise DataError(
            f"{name} holds an array of shape {X.shape} and type {X.dtype}, "
            "but points are numbers of shape (n, d) or (n, rows, columns): "
            "save them like that")
    X = X.reshape(len(X), int(np.prod(X.shape[1:])))
    kept = X.dtype in DTYPES and X.dtype.isnative
    return np.ascontiguousarray(X, X.dtype if kept else np.float64)


def give_back(X):
    """Let go of the memory that a mapped file's points were read into.

    The next look at them finds them in the file again.
    """
    while X is not None and not isinstance(X, mmap.mmap):
        X = getattr(X, "base", None)
    if X is not None and hasattr(X, "madvise"):
        X.madvise(mmap.MADV_DONTNEED)


KINDS = Piece, Table, Chunk


# From what `fit` is given to a list of partitions

def partitions(data):
    """The partitions of data: a list, or what can be cut.

    A list has a partition an item: the path of a .npy or course CSV file, a
    memory-mapped array, or what `cut` returns.  A single one of these is cut,
    a Dask array is as it has been cut.  Raises DataError.
    """
    if hasattr(data, "to_delayed"):
        return chunks(data)
    if isinstance(data, (str, os.PathLike, np.ndarray)):
        return cut(data)
    parts = [item if isinstance(item, KINDS) else whole(item)
             for item in data]
    if not parts:
        raise DataError("there are 0 partitions, but 1 or more are needed: "
                        "give the paths of files")
    return parts


def cut(data, rows=None):
    """A .npy file or a memory-mapped array as pieces of so many rows.

    By default of 64 MB.  A course CSV is read whole, and not cut.
    """
    piece = whole(data)
    if isinstance(piece, Table):
        return [piece]
    X = opened(piece)
    rows = rows or max(1, SIZE * len(X) // max(X.nbytes, 1))
    return [piece._replace(start=s, stop=min(s + rows, len(X)))
            for s in range(0, max(len(X), 1), rows)]


def whole(item):
    """One partition: a file, or a memory-mapped array."""
    if isinstance(item, np.ndarray):
        return mapped(item)
    path = str(Path(item).absolute())
    kinds = {".npy": Piece, ".csv": Table}
    if Path(path).suffix.lower() not in kinds:
        raise DataError(f"cannot tell what {path} holds: the name of a "
                        "partition must end in .npy or .csv")
    return kinds[Path(path).suffix.lower()](path)


def mapped(X):
    """The piece of a file that an array is."""
    root = X
    while isinstance(root, np.ndarray) and isinstance(root.base, np.ndarray):
        root = root.base
    name = getattr(root, "filename", None)
    if name is None or not X.flags.c_contiguous:
        raise DataError(
            f"an array of shape {X.shape} is not a file's rows in their "
            "order, so workers cannot load it: write it with np.save, and "
            "give the path")
    offset = root.offset + address(X) - address(root)
    return Piece(str(name), 0, len(X), X.dtype.str, offset, X.shape)


def address(X):
    """Where an array begins in memory."""
    return X.__array_interface__["data"][0]


def chunks(data):
    """The chunks of a Dask array."""
    if data.ndim != 2 or data.numblocks[1] != 1:
        raise DataError(
            f"the Dask array has {data.ndim} axes in {data.numblocks} "
            "chunks, but a chunk must hold whole rows of (n, d): "
            "use data.rechunk({1: -1})")
    return [Chunk(points) for points in data.to_delayed().ravel()]


def missing(parts):
    """The paths of partitions that are not there, as seen from here."""
    paths = {part.path for part in parts if not isinstance(part, Chunk)}
    return sorted(path for path in paths if not os.path.isfile(path))
