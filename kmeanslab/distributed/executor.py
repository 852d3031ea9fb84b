"""The executor: asks every partition, in this process or on Dask workers.

It is called as a list of blocks is: `call(method, *args)` returns the answer
of each partition, in their order.  The answers do not depend on which worker
has which partition, and workers may die at any time:

    A worker's state can be lost.  Then a new state is built from the points,
    the messages of the last step are replayed on it, which takes one pass
    over its points, and the question is asked again.

A step that was cut off counts as lost, and no step is taken twice: each
question states how many steps were taken before it.
"""

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np

from kmeanslab.distributed.clients import Client, ClusterError
from kmeanslab.distributed.dask_workers import DaskWorkers
from kmeanslab.distributed.partitions import Partition, check_files
from kmeanslab.distributed.worker_state import Factory, Task, WorkerState

MAX_RETRIES = 3          # of a question that workers died at


class Executor:
    """Partitions, and the workers that answer for them.

    Parameters
    ----------
    parts : list of Partition
    client : distributed.Client or None, default=None
        None makes this process the only worker.

    Attributes
    ----------
    workers : LocalWorkers or DaskWorkers
    indices : list of int
        The partitions that are asked; by default all.
    replayed : int
        How many partitions were processed again because a state was lost.
    """

    def __init__(self, parts: Sequence[Partition],
                 client: Client | None = None) -> None:
        self.workers = (LocalWorkers(parts) if client is None
                        else DaskWorkers(parts, client))
        self.indices = list(range(len(parts)))
        self.stage = self.replayed = 0

    def begin(self, factory: Factory, replay: Iterable = ()) -> None:
        """Start a new stage, in which `factory` makes the states.

        replay: messages to `step` that bring a new state up to date
        """
        self.factory, self.replay, self.steps = factory, list(replay), 0
        self.stage, self.states_exist = self.stage + 1, False

    def centres(self, C: np.ndarray, shifts: np.ndarray) -> tuple:
        """Return the message to partitions: centres (k, d), shifts (k,)."""
        return C, shifts

    def call(self, method: str, *args: Any) -> list:
        """Return each partition's answer, in their order.

        Raises ClusterError if workers die at the question repeatedly.
        """
        replay = None if self.states_exist and self.replay else self.replay
        task = Task(self.factory, (self.stage, self.steps), method, args,
                    replay)
        answers = dict(zip(self.indices,
                           self.workers.ask(self.indices, task)))
        self._retry(answers, task._replace(replay=self.replay))
        self.states_exist = True
        if method == "step":
            self.steps, self.replay = self.steps + 1, list(args)
        return list(answers.values())

    def _retry(self, answers: dict[int, Any], task: Task) -> None:
        """Ask again until no answer is None."""
        for _ in range(MAX_RETRIES):
            lost = [i for i in self.indices if answers[i] is None]
            if not lost:
                return
            self.replayed += len(lost)
            answers.update(zip(lost, self.workers.ask(lost, task)))
        if any(answer is None for answer in answers.values()):
            raise ClusterError(
                f"workers died {MAX_RETRIES + 1} times at the same work, "
                f"{task.method!r}: look at their logs, and give them more "
                "memory or smaller partitions")


class LocalWorkers:
    """This process as the only worker.

    Parameters
    ----------
    parts : list of Partition
    """

    def __init__(self, parts: Sequence[Partition]) -> None:
        self.parts, self.state = list(parts), WorkerState()

    def check_files(self) -> None:
        """Raise DataError for a file that does not exist."""
        check_files(self.parts)

    def ask(self, indices: Sequence[int], task: Task) -> list:
        """Return the answers of these partitions to a task."""
        return [self.state.answer(i, self.parts[i], task) for i in indices]
