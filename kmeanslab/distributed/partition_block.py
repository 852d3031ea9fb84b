"""What a partition answers: about its points, and as one block of many.

`PartBlock` is to the loop what a block is, and is made of blocks itself: it
adds up what they report, in their order, so that a partition's answer is as
small as one block's, and the same bits for any number of threads.

    X (n, d)  the points     number  of the partition     C (k, d)  centres
"""

import io
import os
from typing import NamedTuple
import zlib

import numpy as np

from kmeanslab.distributed.memory import Room
from kmeanslab.engine.assign.blocks import row_blocks
from kmeanslab.engine.assign.choice import choose_method, choose_method_once
from kmeanslab.engine.lloyd import make_blocks
from kmeanslab.engine.predict import label_blocks
from kmeanslab.engine.threads import worker_threads
from kmeanslab.engine.update import flatten, merge_changes
from kmeanslab.engine.variance import CHUNK_VALUES, Spread
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
        rows = CHUNK_VALUES // max(self.X.shape[1], 1)
        for part in self.parts(max(1, rows)):
            crc = zlib.crc32(part, crc)
            finite = finite and bool(np.isfinite(part).all())
        return About(*self.X.shape, self.X.dtype.str, finite, crc,
                     np.array(self.X[:1]))

    def spread(self, origin):
        """The sum of the points seen from there, and that of all squares."""
        totals, squares = zip(*[
            Spread(part, origin).sums()
            for part in self.parts(max(1, CHUNK_VALUES // len(origin)))])
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


class Blocks:
    """Some points cut into blocks, whose memory is kept within limits."""

    def __init__(self, X, k, method):
        self.room, self.method = Room(X), method(X, k)
        self.blocks = make_blocks(X, np.ones(len(X)), k, self.method)

    def call(self, name, *args):
        """The answers of all blocks."""
        sparing = [Sparing(block, self.room) for block in self.blocks]
        with (worker_threads(sparing, self.room.threads) as call,
              np.errstate(over="ignore", invalid="ignore")):
            return call("do", name, args)


class Sparing(NamedTuple):
    """A block that makes room after its work."""
    block: object
    room: Room

    def do(self, name, args):
        """The block's answer."""
        answer = getattr(self.block, name)(*args)
        self.room.make()
        return answer


class PartBlock(Blocks):
    """A partition as one block."""

    def __init__(self, X, number, k, method=None):
        super().__init__(X, k, method or choose_method(X, k))
        self.method.begin(self.call)
        self.room.make()

    def step(self, message):
        """Assign: what changed, and how much; points and distances seen."""
        done = self.call("step", self.method.centres(*message))
        changes, *work = zip(*done)
        return merge_changes(changes), *map(sum, work)

    def recompute_sums(self, clusters):
        """The sums of these clusters' points, anew."""
        return merge_changes(self.call("recompute_sums", clusters))

    def inertia(self, C):
        """The sum of squared distances to the own centres."""
        return sum(self.call("inertia", C))

    def farthest(self, C, count):
        """The points farthest from their centres: distance and all else."""
        return sorted(flatten(self.call("farthest", C, count)),
                      key=lambda point: -point[0])[:count]


def nearest(X, C):
    """The nearest of C to each point, (n,), and the squared distance."""
    blocks = Blocks(X, len(C), choose_method_once(X, len(C)))
    label_blocks(blocks.blocks, C, blocks.method, blocks.call)
    return (np.concatenate([block.labels for block in blocks.blocks]),
            np.concatenate(blocks.call("own_distances", C)))
