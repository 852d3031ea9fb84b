"""The workers of a Dask client, and their shares of the partitions."""

from copy import copy
from time import monotonic

from kmeanslab.data.formats import DataError
from kmeanslab.distributed.clients import ClusterError
from kmeanslab.distributed.partitions import Chunk, missing
from kmeanslab.distributed.worker_state import Shelf

WORDS = 2 ** 12          # bytes of a message that are no numbers of ours
PATIENCE = 60            # seconds to wait for a worker
LATELY = 1               # second for which we know who is there


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
