"""A partition as one block of the loop.

`PartitionBlock` answers the loop as a block does, and consists of blocks: it
adds up their changes in their order.  A partition's answer is therefore as
small as that of one block, and the same bits for any number of threads.

    X (n, d)  the points     C (k, d)  centres, float64
"""

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

from kmeanslab.distributed.memory import WorkerResources
from kmeanslab.engine.choice import choose_method, choose_method_once
from kmeanslab.engine.lloyd import make_blocks
from kmeanslab.engine.threads import worker_threads
from kmeanslab.engine.update import flatten, merge_changes


class BlockGroup:
    """The blocks of some points, which use a worker's threads and memory.

    Parameters
    ----------
    X : np.ndarray, shape (n, d)
    k : int
        The number of centres.
    method : callable
        An assign step of the engine: method(X, k).
    """

    def __init__(self, X: np.ndarray, k: int, method: Callable) -> None:
        self.resources, self.method = WorkerResources(X), method(X, k)
        self.blocks = make_blocks(X, np.ones(len(X)), k, self.method)

    def call(self, method: str, *args: Any) -> list:
        """Return the answers of all blocks, in their order."""
        blocks = [ReleasingBlock(block, self.resources)
                  for block in self.blocks]
        with (worker_threads(blocks, self.resources.threads) as call,
              np.errstate(all="ignore")):
            return call("run", method, args)


class ReleasingBlock(NamedTuple):
    """A block that releases mapped pages after each of its answers."""
    block: Any
    resources: WorkerResources

    def run(self, method: str, args: tuple) -> Any:
        """Return the block's answer."""
        answer = getattr(self.block, method)(*args)
        self.resources.release_pages()
        return answer


class PartitionBlock(BlockGroup):
    """A partition as one block.

    Parameters
    ----------
    X : np.ndarray, shape (n, d)
    index : int
        Of the partition.
    k : int
        The number of centres.
    method : callable or None, default=None
        An assign step of the engine; None chooses the fastest for X and k.
    """

    def __init__(self, X: np.ndarray, index: int, k: int,
                 method: Callable | None = None) -> None:
        super().__init__(X, k, method or choose_method(X, k, wait=True))
        self.method.begin(self.call)
        self.resources.release_pages()

    def step(self, message: tuple) -> tuple:
        """Assign the points to (centres, shifts).

        Returns the changes of the clusters, the number of points that moved,
        and the numbers of points and distances computed.
        """
        done = self.call("step", self.method.centres(*message))
        changes, *work = zip(*done)
        return merge_changes(changes), *map(sum, work)

    def recompute_sums(self, clusters: np.ndarray) -> tuple:
        """Return the sums of these clusters' points as a change from zero."""
        return merge_changes(self.call("recompute_sums", clusters))

    def inertia(self, C: np.ndarray) -> float:
        """Return the sum of squared distances to the own centres."""
        return sum(self.call("inertia", C))

    def farthest(self, C: np.ndarray, count: int) -> list[tuple]:
        """Return the `count` points farthest from their centres.

        Each is (squared distance, point, weight, label), farthest first.
        """
        return sorted(flatten(self.call("farthest", C, count)),
                      key=lambda point: -point[0])[:count]

    def representatives(self) -> tuple:
        """Return the clusters here that have weight, and a point of each."""
        answers = self.call("representatives")
        clusters, first = np.unique(
            np.concatenate([clusters for clusters, _ in answers]),
            return_index=True)
        return clusters, np.concatenate([X for _, X in answers])[first]


def nearest(X: np.ndarray, C: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return each point's nearest centre (n,) and squared distance (n,)."""
    group = BlockGroup(X, len(C), choose_method_once(X, len(C)))
    group.call("label_once", group.method.centres(C, np.zeros(len(C))))
    return (np.concatenate([block.labels for block in group.blocks]),
            np.concatenate(group.call("own_distances", C)))
