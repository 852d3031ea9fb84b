"""What a partition answers: about its points, and as one block of many.

`PartBlock` is to the loop what a block is, and is made of blocks itself: it
adds up what they report, in their order, so that a partition's answer is as
small as one block's, and the same bits for any number of threads.

    X (n, d)  the points     number  of the partition     C (k, d)  centres
"""

from typing import NamedTuple

import numpy as np

from kmeanslab.distributed.memory import Room
from kmeanslab.engine.assign.choice import choose_method, choose_method_once
from kmeanslab.engine.lloyd import make_blocks
from kmeanslab.engine.predict import label_blocks
from kmeanslab.engine.threads import worker_threads
from kmeanslab.engine.update import flatten, merge_changes


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
