"""A crew: partitions, and who works on them, in this process or on Dask.

A crew is asked as a list of blocks is: `call(name, *args)` is answered by each
partition, in their order.  The answers do not depend on who works where:

    what is known of a partition is soft: it lies on a shelf in its worker's
    memory, and may be lost.  Then a new one is told what the others were told
    last, which costs one look at all its points, and is asked again.

On Dask a shelf is an actor, which answers in half of the time that a task
takes, and is gone with its worker or with the driver.  Half a step is a lost
one, and none is taken twice: each question says how many there were before.

    part      where a partition's points are      age (kind, steps taken)
    past      messages that lead a new partition to where the others are
"""

from copy import copy
from time import monotonic
from typing import NamedTuple

from kmeanslab.data.formats import DataError
from kmeanslab.distributed.clients import ClusterError
from kmeanslab.distributed.memory import Room
from kmeanslab.distributed.partitions import Chunk, missing

WORDS = 2 ** 12          # bytes of a message that are no numbers of ours
DEATHS = 3               # of workers at the same question; then it is at fault
PATIENCE = 60            # seconds to wait for a worker
LATELY = 1               # second for which we know who is there


class Task(NamedTuple):
    """What partitions are asked."""
    make: object         # of points and their number: what answers
    age: tuple
    name: str
    args: tuple
    past: list | None    # None: say so if all was lost


class Shelf:
    """What a worker has of its partitions: their points, what is known."""

    def __init__(self):
        self.points, self.states = {}, {}

    def work(self, parts, task):
        """The answers to a task, one for each (number, part); or the error.

        So that errors raised mean that there was no contact.
        """
        try:
            return [self.answer(number, part, task) for number, part in parts]
        except Exception as error:
            return error

    def answer(self, number, part, task):
        """A partition's answer, or None if what was known is lost."""
        # off the shelf while it is worked on: half a step is a lost one
        age, state = self.states.pop(number, (None, None))
        if age != task.age:
            if task.past is None:
                return None
            state = self.anew(number, part, task)
            if state is None:
                return None
        answer = getattr(state, task.name)(*task.args)
        kind, steps = task.age
        self.states[number] = (kind, steps + (task.name == "step")), state
        Room(self.points[number]).make()
        return answer

    def anew(self, number, part, task):
        """A partition that is where the others are; None without points."""
        if self.points.get(number) is None:
            self.points[number] = part.load()
        if self.points[number] is None:
            return None
        state = task.make(self.points[number], number)
        for message in task.past:
            state.step(message)
        return state


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


class Cluster:
    """The workers of a Dask client, each asked for all its partitions."""

    def __init__(self, parts, client):
        self.client, self.shelves, self.looked = client, {}, -LATELY
        self.address = client.scheduler.address
        self.parts, self.home, self.futures = computed(parts, client)

    def find(self):
        """Raise DataError for a file that a worker does not see."""
        self.workers()
        files = [part for part in self.parts if not isinstance(part, Chunk)]
        for worker, paths in self.client.run(missing, files).items():
            for path in paths:
                raise DataError(
                    f"{path} is not there for the worker {worker}: correct "
                    "its name, or put it where every worker finds it")

    def ask(self, numbers, task):
        """The answers of these partitions; None where contact was lost."""
        homes = self.settle(numbers)
        if task.past is not None:
            self.bring(homes)
        calls = {worker: self.hand(worker, own, task)
                 for worker, own in homes.items()}
        answers = {}
        for worker, own in homes.items():
            answers.update(zip(own, self.hear(worker, calls[worker], own)))
        return [answers[i] for i in numbers]

    def bring(self, homes):
        """Have Dask put its chunks where they are worked on."""
        self.client.gather([
            self.client.submit(type, self.futures[i], workers=[worker],
                               allow_other_workers=True, pure=False)
            for worker, own in homes.items() for i in own
            if i in self.futures])

    def hand(self, worker, numbers, task):
        """Hand a task to a worker; a future, or None if it is gone."""
        parts = [(i, self.parts[i]) for i in numbers]
        shelf = self.shelves[worker]
        try:
            return shelf and shelf.work(parts, task)
        except RuntimeError:
            return None

    def hear(self, worker, future, numbers):
        """A worker's answers, all None if it is gone, and its shelf too."""
        try:
            answers = future and future.result()
        except OSError:
            answers = None
        if isinstance(answers, Exception):
            raise answers
        if answers is None:
            del self.shelves[worker]
            self.looked = -LATELY
        return answers or [None] * len(numbers)

    def settle(self, numbers):
        """Worker -> its share of the partitions, who stay if that is fair."""
        if monotonic() - self.looked >= LATELY:
            self.look()
        homes = {}
        for number in numbers:
            homes.setdefault(self.home[number], []).append(number)
        return homes

    def look(self):
        """See who is there, and give each a shelf and a share."""
        workers = self.workers()
        new = {worker: self.client.submit(
                   Shelf, actor=True, workers=[worker], pure=False,
                   allow_other_workers=True)
               for worker in workers if worker not in self.shelves}
        for worker, future in new.items():
            self.shelves[worker] = self.begun(worker, future)
        self.home = share_out(self.home, range(len(self.parts)), workers)
        self.looked = monotonic()

    def begun(self, worker, future):
        """A worker's shelf; None if it dies, ClusterError if it is idle."""
        try:
            with self.client.as_current():
                # a copy speaks by this client; the result by the latest
                return copy(future.result(timeout=PATIENCE))
        except TimeoutError as error:
            raise ClusterError(
                f"the worker {worker} began nothing within {PATIENCE} "
                "seconds: give it more memory if it is paused, or restart it"
            ) from error
        except RuntimeError:             # Dask's word for a lost actor
            return None

    def workers(self):
        """The addresses of the workers; ClusterError if there are none."""
        try:
            if not self.client.nthreads():
                self.client.wait_for_workers(1, timeout=PATIENCE)
            return sorted(self.client.nthreads())
        except TimeoutError as error:
            raise ClusterError(
                f"no worker came to {self.address} within {PATIENCE} seconds: "
                "start one there with `dask worker`") from error
        except (OSError, RuntimeError) as error:
            raise ClusterError(
                f"the scheduler at {self.address} is gone: start another, and "
                "workers") from error


def computed(parts, client):
    """The partitions, where chunks of a Dask array are given by their keys.

    Also which workers have these, and what keeps them there, by number.
    """
    chunks = {i: part.points for i, part in enumerate(parts)
              if isinstance(part, Chunk)}
    futures = dict(zip(chunks, client.compute(list(chunks.values()))))
    client.gather(client.map(type, list(futures.values())))   # all are there
    have = client.who_has(list(futures.values())) if futures else {}
    home = {i: next(iter(have[future.key]), None)
            for i, future in futures.items()}
    parts = [Chunk(futures[i].key) if i in futures else part
             for i, part in enumerate(parts)]
    return parts, home, futures


def share_out(home, numbers, workers):
    """Number -> worker, as before where nobody gets more than a fair share."""
    fair = -(-len(numbers) // len(workers))
    shares = dict.fromkeys(workers, 0)
    new = {}
    for number in numbers:
        if shares.get(home.get(number), fair) < fair:
            new[number] = home[number]
            shares[home[number]] += 1
    for number in numbers:
        if number not in new:
            new[number] = min(workers, key=shares.get)
            shares[new[number]] += 1
    return new


def iteration_bytes(k, d, partitions, workers):
    """The most that an iteration sends: to all workers, and by them.

    Each worker is told the centres and how far they went; each partition
    answers with the sums, the weights and the members of the clusters that
    changed, and which these are.  A client that is not direct sends both by
    way of the scheduler, so twice.  Empty clusters ask for a few points more.
    """
    return (workers * (8 * k * (d + 1) + WORDS),
            partitions * 8 * k * (d + 3) + workers * WORDS)
