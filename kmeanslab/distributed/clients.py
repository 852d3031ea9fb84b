"""Dask clients: connect to a scheduler, or start worker processes here."""

from collections.abc import Iterator
from contextlib import contextmanager
import multiprocessing
from numbers import Integral
import sys
from types import ModuleType
from typing import Any, TypeAlias
from weakref import WeakSet

SPAWN_ENVIRONMENT = "distributed.nanny.pre-spawn-environ"
MALLOC_THRESHOLD_BYTES = {"MALLOC_TRIM_THRESHOLD_": 2 ** 26,
                          "MALLOC_MMAP_THRESHOLD_": 2 ** 24}
SCHEDULER_TIMEOUT_SECONDS = 10
INSTALL = 'python -m pip install --editable ".[lab,cluster]"'

Client: TypeAlias = Any              # a distributed.Client
Connection: TypeAlias = Any          # a Client, an address, a number, or None

announced_clients: WeakSet = WeakSet()   # their dashboard link was printed


class ClusterError(RuntimeError):
    """The cluster is missing or failed; one sentence says what to do."""


def import_distributed() -> ModuleType:
    """Return the module `distributed`.

    Raises ImportError with the command that installs it.
    """
    try:
        import distributed
    except ImportError as error:
        raise ImportError(
            f"work on a cluster needs Dask, which is not installed: {INSTALL}"
        ) from error
    return distributed


@contextmanager
def connected(connection: Connection) -> Iterator[Client | None]:
    """Yield a client, and close it at the end if it was opened here.

    connection: a client, the address of a scheduler, a number of worker
        processes to start here with one thread each, or None for no client
    Raises ClusterError if no scheduler answers or the client is closed,
    TypeError or ValueError for anything else.
    """
    if isinstance(connection, str):
        with connect(connection) as client:
            yield client
    elif isinstance(connection, Integral) and not isinstance(connection, bool):
        check_process_count(int(connection))
        with started(int(connection)) as client:
            yield client
    else:
        check_client(connection)
        yield connection


def check_process_count(count: int) -> None:
    """Raise an error unless this process can start so many processes.

    Raises ValueError for less than 1, ClusterError in a daemon process.
    """
    if count < 1:
        raise ValueError(f"client={count} processes cannot be started: pass 1 "
                         "or more, or None to work in this process")
    if multiprocessing.current_process().daemon:
        raise ClusterError(
            f"cannot start {count} processes from a daemon process, such as a "
            "worker of multiprocessing.Pool or of Dask: pass the address of a "
            "scheduler, or no client")


def check_client(client: Any) -> None:
    """Raise an error unless this is an open, synchronous client, or None.

    Raises TypeError, ValueError or ClusterError.
    """
    if client is None:
        return
    distributed = sys.modules.get("distributed")
    if distributed is None or not isinstance(client, distributed.Client):
        raise TypeError(
            "client must be a dask.distributed.Client, the address of a "
            "scheduler, a number of processes, or None. Got "
            f"{client!r} instead.")
    if client.asynchronous:
        raise ValueError(
            "client must not be asynchronous: create it without "
            "asynchronous=True, or pass the address of its scheduler")
    if is_closed(client):
        raise ClusterError("the client is closed: pass an open client, or "
                           "the address of a scheduler")


def is_closed(connection: Connection) -> bool:
    """Return whether this is a client that was closed."""
    return getattr(connection, "status", None) in ("closed", "closing")


@contextmanager
def started(count: int, **options: Any) -> Iterator[Client]:
    """Yield a client of `count` new processes with one thread each.

    By default Dask makes malloc return memory to the system at once; getting
    it back page by page slows down every iteration.  These processes keep up
    to 64 MB of it.  `options` go to `distributed.LocalCluster`.
    Raises ClusterError if they cannot be started.
    """
    distributed = import_distributed()
    config = sys.modules["dask"].config
    environment = {**config.get(SPAWN_ENVIRONMENT), **MALLOC_THRESHOLD_BYTES}
    with (config.set({SPAWN_ENVIRONMENT: environment}),
          local_cluster(count, options) as cluster,
          distributed.Client(cluster, direct_to_workers=True) as client):
        yield client


def local_cluster(count: int, options: dict[str, Any]) -> Any:
    """Return a new `distributed.LocalCluster` of processes with one thread.

    Raises ClusterError if they cannot be started.
    """
    try:
        return import_distributed().LocalCluster(
            n_workers=count, threads_per_worker=1, dashboard_address=":0",
            **options)
    except RuntimeError as error:
        raise ClusterError(
            f"cannot start {count} processes ({error}): each imports the main "
            "program, so put what it runs under "
            '`if __name__ == "__main__":`') from error


def connect(address: str) -> Client:
    """Return a client of the scheduler at an address.

    Raises ClusterError if none answers in SCHEDULER_TIMEOUT_SECONDS.
    """
    try:
        return import_distributed().Client(
            address, timeout=SCHEDULER_TIMEOUT_SECONDS)
    except (OSError, ValueError) as error:
        raise ClusterError(
            f"no scheduler answers at {address} within "
            f"{SCHEDULER_TIMEOUT_SECONDS} seconds: start one there with "
            "`dask scheduler`, or correct the address") from error


def announce_dashboard(client: Client | None) -> None:
    """Print the link to a client's dashboard, once per client."""
    link = getattr(client, "dashboard_link", "")
    if link and client not in announced_clients:
        announced_clients.add(client)
        print(f"The cluster's dashboard: {link}", file=sys.stderr)


def current_worker() -> Any:
    """Return the Dask worker that this code runs on, or None."""
    distributed = sys.modules.get("distributed")
    try:
        return distributed and distributed.get_worker()
    except ValueError:
        return None
