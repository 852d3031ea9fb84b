"""What a worker keeps of its partitions, and how it answers for them.

This state is expendable: it is lost with its worker, and is then rebuilt from
the points and from the messages of the last step.
"""

from collections.abc import Callable, Iterable, Sequence
from typing import Any, NamedTuple

import numpy as np

from kmeanslab.data.formats import DataError
from kmeanslab.distributed.memory import WorkerResources
from kmeanslab.distributed.partition_queries import PartitionQueries
from kmeanslab.distributed.partitions import Partition

Factory = Callable[[np.ndarray, int], Any]


class Task(NamedTuple):
    """A question to partitions.

    factory  makes a partition's state from its points and its index
    version  (stage, number of steps) of the states that may answer
    method   the name of the state's method to call
    args     its arguments
    replay   messages to `step` that bring a new state up to date; None asks
             that a missing state be reported, not rebuilt
    """
    factory: Factory
    version: tuple[int, int]
    method: str
    args: tuple
    replay: Sequence | None


class WorkerState:
    """The partitions of one worker: their points and what is known of them.

    Attributes
    ----------
    points : dict of int to np.ndarray, shape (n, d)
        The points of each partition by its index.
    states : dict of int to (version, object)
        What the factory of the last task made of these points.
    """

    def __init__(self) -> None:
        self.points: dict[int, np.ndarray] = {}
        self.states: dict[int, tuple] = {}

    def run(self, parts: Iterable[tuple[int, Partition]],
            task: Task) -> list | Exception:
        """Return the answers of (index, partition) pairs to a task.

        An error is returned, not raised: Dask then raises only if the
        connection is lost.
        """
        try:
            return [self.answer(index, part, task) for index, part in parts]
        except Exception as error:
            return error

    def answer(self, index: int, part: Partition, task: Task) -> Any:
        """Return a partition's answer, or None if its state is missing."""
        # Removed while it works: a state that failed halfway must not answer
        version, state = self.states.pop(index, (None, None))
        if version != task.version:
            if task.replay is None:
                return None
            state = self._rebuild(index, part, task)
            if state is None:
                return None
        answer = getattr(state, task.method)(*task.args)
        stage, steps = task.version
        self.states[index] = (stage, steps + (task.method == "step")), state
        WorkerResources(self.points[index]).release_pages()
        return answer

    def _rebuild(self, index: int, part: Partition, task: Task) -> Any:
        """Return an up-to-date state, or None if the points are lost."""
        if index not in self.points:
            points = part.load()
            if points is None:
                return None
            check_unchanged(points, part)
            self.points[index] = points
        state = task.factory(self.points[index], index)
        for message in task.replay or ():
            state.step(message)
        return state


def check_unchanged(X: np.ndarray, part: Partition) -> None:
    """Raise DataError unless X is what the partition's fingerprint is of."""
    if not part.fingerprint:
        return
    found = PartitionQueries(X, 0).info().fingerprint
    if found != part.fingerprint:
        raise DataError(
            f"{part} has changed since the fit began: it was "
            f"{part.fingerprint}, but is {found}; fit again, or label the new "
            "data with predict(data)")
