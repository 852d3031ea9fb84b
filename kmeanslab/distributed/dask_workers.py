"""The workers of a Dask client, and how partitions are assigned to them.

Each worker holds a `WorkerState` as an actor.  An actor answers in half the
time of a task, and is gone when its worker or the driver is.
"""

from collections.abc import Sequence
from copy import copy
from time import monotonic
from typing import Any

from kmeanslab.data.formats import DataError
from kmeanslab.distributed.clients import Client, ClusterError
from kmeanslab.distributed.partitions import (
    DaskChunk, Partition, missing_files)
from kmeanslab.distributed.worker_state import Task, WorkerState

OVERHEAD_BYTES = 2 ** 12     # of a message, besides the arrays in it
WORKER_TIMEOUT_SECONDS = 60
REFRESH_SECONDS = 1          # between two looks at which workers there are


class DaskWorkers:
    """The workers of a Dask client, each asked for all its partitions at once.

    Parameters
    ----------
    parts : list of Partition
    client : distributed.Client

    Attributes
    ----------
    address : str
        The scheduler's.
    actors : dict of str to Actor or None
        The `WorkerState` of each worker by its address; None if it died.
    owners : dict of int to str
        The address of the worker that each partition is assigned to.
    futures : dict of int to Future
        What keeps the chunks of a Dask array in memory, by partition.
    """

    def __init__(self, parts: Sequence[Partition], client: Client) -> None:
        self.client, self.address = client, client.scheduler.address
        self.actors: dict[str, Any] = {}
        self.refreshed: float = -REFRESH_SECONDS
        self.parts, self.owners, self.futures = compute_chunks(parts, client)

    def check_files(self) -> None:
        """Raise DataError for a file that a worker cannot find."""
        self.addresses()
        files = [part for part in self.parts
                 if not isinstance(part, DaskChunk)]
        for worker, paths in self.client.run(missing_files, files).items():
            for path in paths:
                raise DataError(
                    f"{path} is not there for the worker {worker}: correct "
                    "its name, or put it where every worker finds it")

    def ask(self, indices: Sequence[int], task: Task) -> list:
        """Return the partitions' answers; None where the worker was lost."""
        shares = self._shares(indices)
        if task.replay is not None:
            self._move_chunks(shares)
        calls = {worker: self._submit(worker, own, task)
                 for worker, own in shares.items()}
        answers: dict[int, Any] = {}
        for worker, own in shares.items():
            answers.update(zip(own, self._gather(worker, calls[worker], own)))
        return [answers[i] for i in indices]

    def addresses(self) -> list[str]:
        """Return the workers' addresses; ClusterError if there are none."""
        try:
            if not self.client.nthreads():
                self.client.wait_for_workers(
                    1, timeout=WORKER_TIMEOUT_SECONDS)
            return sorted(self.client.nthreads())
        except TimeoutError as error:
            raise ClusterError(
                f"no worker connected to {self.address} within "
                f"{WORKER_TIMEOUT_SECONDS} seconds: start one with "
                f"`dask worker {self.address}`") from error
        except (OSError, RuntimeError) as error:
            raise ClusterError(
                f"the scheduler at {self.address} no longer answers: start "
                "another scheduler and workers") from error

    def _shares(self, indices: Sequence[int]) -> dict[str, list[int]]:
        """Return which of the partitions each worker has."""
        if monotonic() - self.refreshed >= REFRESH_SECONDS:
            self._refresh()
        shares: dict[str, list[int]] = {}
        for index in indices:
            shares.setdefault(self.owners[index], []).append(index)
        return shares

    def _refresh(self) -> None:
        """Look which workers there are; give each an actor and a share."""
        workers = self.addresses()
        new = {worker: self.client.submit(
                   WorkerState, actor=True, workers=[worker], pure=False,
                   allow_other_workers=True)
               for worker in workers if worker not in self.actors}
        for worker, future in new.items():
            self.actors[worker] = self._actor(worker, future)
        self.owners = balance(self.owners, range(len(self.parts)), workers)
        self.refreshed = monotonic()

    def _actor(self, worker: str, future: Any) -> Any:
        """Return a worker's new actor, or None if the worker died.

        Raises ClusterError if the worker does not start it in time.
        """
        try:
            with self.client.as_current():
                # a copy uses this client; the result itself the latest one
                return copy(future.result(timeout=WORKER_TIMEOUT_SECONDS))
        except TimeoutError as error:
            raise ClusterError(
                f"the worker {worker} started no work within "
                f"{WORKER_TIMEOUT_SECONDS} seconds: give it more memory if it "
                "is paused, or restart it") from error
        except RuntimeError:             # how Dask reports a lost actor
            return None

    def _move_chunks(self, shares: dict[str, list[int]]) -> None:
        """Have Dask move its chunks to the workers that process them."""
        self.client.gather([
            self.client.submit(type, self.futures[i], workers=[worker],
                               allow_other_workers=True, pure=False)
            for worker, own in shares.items() for i in own
            if i in self.futures])

    def _submit(self, worker: str, indices: list[int], task: Task) -> Any:
        """Send a task to a worker; return a future, or None if it is gone."""
        parts = [(i, self.parts[i]) for i in indices]
        actor = self.actors[worker]
        try:
            return actor and actor.run(parts, task)
        except RuntimeError:
            return None

    def _gather(self, worker: str, future: Any, indices: list[int]) -> list:
        """Return a worker's answers; all None, and no actor, if it is gone."""
        try:
            answers = future and future.result()
        except OSError:
            answers = None
        if isinstance(answers, Exception):
            raise answers
        if answers is None:
            del self.actors[worker]
            self.refreshed = -REFRESH_SECONDS
        return answers or [None] * len(indices)


def compute_chunks(parts: Sequence[Partition], client: Client) -> tuple[
        list[Partition], dict[int, Any], dict[int, Any]]:
    """Compute the chunks of a Dask array on the workers.

    Returns the partitions, in which the keys of the chunks replace their
    delayed values; the worker that has each chunk; and each chunk's future.
    """
    chunks = {i: part.points for i, part in enumerate(parts)
              if isinstance(part, DaskChunk)}
    futures = dict(zip(chunks, client.compute(list(chunks.values()))))
    client.gather(client.map(type, list(futures.values())))   # waits for all
    holders = client.who_has(list(futures.values())) if futures else {}
    owners = {i: next(iter(holders[future.key]), None)
              for i, future in futures.items()}
    computed = [part._replace(points=futures[i].key)
                if isinstance(part, DaskChunk) else part
                for i, part in enumerate(parts)]
    return computed, owners, futures


def balance(owners: dict[int, str], indices: Sequence[int],
            workers: list[str]) -> dict[int, str]:
    """Assign partitions to workers evenly, and move as few as possible.

    owners: the worker of each partition so far, by its index
    """
    largest_share = -(-len(indices) // len(workers))
    shares = dict.fromkeys(workers, 0)
    new = {}
    for index in indices:
        owner = owners.get(index, "")
        if shares.get(owner, largest_share) < largest_share:
            new[index] = owner
            shares[owner] += 1
    for index in indices:
        if index not in new:
            new[index] = min(workers, key=shares.__getitem__)
            shares[new[index]] += 1
    return new


def iteration_bytes(k: int, d: int, partitions: int,
                    workers: int) -> tuple[int, int]:
    """Return the max bytes of an iteration: sent to workers, and by them.

    Each worker receives the k centres and their shifts.  Each partition
    returns sums, weights and member counts of the clusters that changed, and
    their indices.  A client that is not direct sends both through the
    scheduler, which doubles them.  Empty clusters request a few points more.
    """
    return (workers * (8 * k * (d + 1) + OVERHEAD_BYTES),
            partitions * 8 * k * (d + 3) + workers * OVERHEAD_BYTES)
