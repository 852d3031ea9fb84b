"""Questions about a partition's points that leave no state behind."""

from collections.abc import Iterator, Mapping
import io
import os
from typing import Any, NamedTuple
import zlib

import numpy as np

from kmeanslab.distributed.memory import WorkerResources
from kmeanslab.engine.assign.blocks import row_blocks
from kmeanslab.engine.variance import CHUNK_VALUES, Spread
from kmeanslab.output import atomic_write


class PartitionInfo(NamedTuple):
    """What the driver needs to know about a partition."""
    n: int
    d: int
    dtype: str               # as in np.dtype.str
    finite: bool             # no value is NaN or infinite
    checksum: int            # CRC-32 of all bytes
    first_row: np.ndarray    # (1, d); (0, d) of an empty partition

    @property
    def fingerprint(self) -> str:
        """Shape, type and checksum: what other data differ in."""
        return (f"{self.n} x {self.d} {np.dtype(self.dtype)} "
                f"{self.checksum:08x}")


class PartitionQueries:
    """The points of a partition, and questions about them.

    Parameters
    ----------
    X : np.ndarray, shape (n, d)
    index : int
        Of the partition.
    """

    def __init__(self, X: np.ndarray, index: int) -> None:
        self.X, self.index = X, index
        self.resources = WorkerResources(X)

    def slices(self, rows: int) -> Iterator[np.ndarray]:
        """Yield the points in slices of up to `rows` rows."""
        for s in range(0, len(self.X), rows):
            yield self.X[s:s + rows]
            self.resources.release_pages()

    def info(self) -> PartitionInfo:
        """Return the partition's `PartitionInfo`, in one pass."""
        finite, checksum = True, 0
        for X in self.slices(max(1, CHUNK_VALUES // max(self.X.shape[1], 1))):
            checksum = zlib.crc32(X.data, checksum)
            finite = finite and bool(np.isfinite(X).all())
        n, d = self.X.shape
        return PartitionInfo(n, d, self.X.dtype.str, finite, checksum,
                             np.array(self.X[:1]))

    def spread_sums(self, origin: np.ndarray) -> tuple[np.ndarray, float]:
        """Return the sum (d,) and the sum of squares of the X - origin."""
        totals, squares = zip(*[
            Spread(X, origin).sums()
            for X in self.slices(max(1, CHUNK_VALUES // len(origin)))])
        return np.sum(totals, axis=0), sum(squares)

    def take(self, rows: Mapping[int, np.ndarray]) -> np.ndarray:
        """Return the points at rows[index], in their own dtype."""
        return self.X[rows[self.index]]

    def evaluate(self, model: Any, method: str) -> np.ndarray:
        """Return what a fitted model's method returns for the points.

        The shape is (n, ...).  The points are processed in slices, which
        limits the memory that the method needs.
        """
        n, d = self.X.shape
        if not n:                        # the right shape and dtype, no rows
            row = np.zeros((1, model.n_features_in_), self.X.dtype)
            return np.atleast_1d(getattr(model, method)(row))[:0]
        rows = row_blocks(n, d, model.n_clusters)[0].stop
        return np.concatenate([np.atleast_1d(getattr(model, method)(X))
                               for X in self.slices(rows)])

    def write(self, model: Any, method: str, folder: str) -> str:
        """Write what `evaluate` returns as a .npy file; return its path."""
        file = io.BytesIO()
        np.save(file, self.evaluate(model, method))
        path = os.path.join(folder, f"{method}-{self.index:05d}.npy")
        atomic_write(file.getvalue(), path)
        return path
