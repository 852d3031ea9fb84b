"""A crew: partitions, and who works on them, in this process or on Dask.

A crew is asked as a list of blocks is: `call(name, *args)` is answered by each
partition, in their order.  The answers do not depend on who works where:

    what is known of a partition is soft: it lies on a shelf in its worker's
    memory, and may be lost.  Then a new one is told what the others were told
    last, which costs one look at all its points, and is asked again.

On Dask a shelf is an actor, which answers in half of the time that a task
takes, and is gone with its worker or with the driver.  Half a step is a lost
one, and none is taken twice: each question says how many there were before.
"""

from kmeanslab.data.formats import DataError
from kmeanslab.distributed.clients import ClusterError
from kmeanslab.distributed.dask_workers import Cluster
from kmeanslab.distributed.partitions import missing
from kmeanslab.distributed.worker_state import Shelf, Task

DEATHS = 3               # of workers at the same question; then it is at fault


class Crew:
    """Partitions and their workers: those of a client, or this process."""

    def __init__(self, parts, client=None):
        self.team = Here(parts) if client is None else Cluster(parts, client)
        self.numbers = list(range(len(parts)))   # of those that are asked
        self.kind = self.replayed = 0

    def begin(self, make, past=()):
        """Partitions are what `make` makes of their points, from now on."""
        self.make, self.past, self.steps = make, list(past), 0
        self.kind, self.known = self.kind + 1, False

    def centres(self, C, shifts):
        """What partitions are told of the centres, which went this far."""
        return C, shifts

    def call(self, name, *args):
        """Each partition's answer, in their order.

        Raises ClusterError if workers die at it again and again.
        """
        task = Task(self.make, (self.kind, self.steps), name, args,
                    None if self.known and self.past else self.past)
        answers = dict(zip(self.numbers, self.team.ask(self.numbers, task)))
        for _ in range(DEATHS):
            lost = [i for i in self.numbers if answers[i] is None]
            if not lost:
                break
            self.replayed += len(lost)
            again = self.team.ask(lost, task._replace(past=self.past))
            answers.update(zip(lost, again))
        if any(answer is None for answer in answers.values()):
            raise ClusterError(
                f"workers died {DEATHS + 1} times at the same work, {name!r}: "
                "look at their logs, and give them more memory or smaller "
                "partitions")
        self.known = True
        if name == "step":
            self.steps, self.past = self.steps + 1, list(args)
        return list(answers.values())


class Here:
    """This process as the only worker."""

    def __init__(self, parts):
        self.parts, self.shelf = parts, Shelf()

    def find(self):
        """Raise DataError for a file that is not there."""
        for path in missing(self.parts):
            raise DataError(f"{path} is not there: correct its name")

    def ask(self, numbers, task):
        """The answers of these partitions."""
        return [self.shelf.answer(i, self.parts[i], task) for i in numbers]
