"""What can be asked about a partition's points without remembering it.

    X (n, d)  the points     number  of the partition
"""

import io
import os
from typing import NamedTuple
import zlib

import numpy as np

from kmeanslab.distributed.memory import Room
from kmeanslab.engine.assign.blocks import row_blocks
from kmeanslab.engine.variance import FEW, Spread
from kmeanslab.output import atomic_write


class About(NamedTuple):
    """What the driver must know of a partition."""
    n: int
    d: int
    dtype: str
    finite: bool
    crc: int             # of all its bytes
    first: np.ndarray    # the first point, (1, d); none of an empty one


class Survey:
    """Points, and what can be asked about them without remembering it."""

    def __init__(self, X, number):
        self.X, self.number, self.room = X, number, Room(X)

    def parts(self, size):
        """So many points at a time."""
        for s in range(0, len(self.X), size):
            yield self.X[s:s + size]
            self.room.make()

    def about(self):
        """One look at all: shape, type, and whether all are numbers."""
        finite, crc = True, 0
        for part in self.parts(max(1, FEW // max(self.X.shape[1], 1))):
            crc = zlib.crc32(part, crc)
            finite = finite and bool(np.isfinite(part).all())
        return About(*self.X.shape, self.X.dtype.str, finite, crc,
                     np.array(self.X[:1]))

    def spread(self, origin):
        """The sum of the points seen from there, and that of all squares."""
        totals, squares = zip(*[
            Spread(part, origin).sums()
            for part in self.parts(max(1, FEW // len(origin)))])
        return np.sum(totals, axis=0), sum(squares)

    def take(self, rows):
        """The points rows[number], as they are."""
        return self.X[rows[self.number]]

    def ask(self, model, name):
        """What a fitted model's method says of the points: (n, ...).

        In pieces, each of which the memory is up to.
        """
        n, d = self.X.shape
        if not n:                        # one that is nothing, of its kind
            none = np.zeros((1, model.n_features_in_), self.X.dtype)
            return np.atleast_1d(getattr(model, name)(none))[:0]
        size = row_blocks(n, d, model.n_clusters)[0].stop
        said = [getattr(model, name)(part) for part in self.parts(size)]
        return np.concatenate(list(map(np.atleast_1d, said)))

    def write(self, model, name, folder):
        """Write what the model says to a file in a folder; its path."""
        file = io.BytesIO()
        np.save(file, self.ask(model, name))
        path = os.path.join(folder, f"{name}-{self.number:05d}.npy")
        atomic_write(file.getvalue(), path)
        return path
