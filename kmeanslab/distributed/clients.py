"""Dask's clients: started here, found elsewhere, or said to be absent."""

from contextlib import contextmanager
import sys
from weakref import WeakSet

ENVIRON = "distributed.nanny.pre-spawn-environ"
KEEP = {"MALLOC_TRIM_THRESHOLD_": 2 ** 26, "MALLOC_MMAP_THRESHOLD_": 2 ** 24}
WAIT = 10                # seconds for a scheduler to answer
TOLD = WeakSet()         # clients whose dashboard has been named
INSTALL = 'python -m pip install --editable ".[lab,cluster]"'


class ClusterError(RuntimeError):
    """The cluster is not there, or gave up; one sentence says what to do."""


def dask():
    """The module `distributed`; ImportError says how to install it."""
    try:
        import distributed
    except ImportError as error:
        raise ImportError(
            f"work on a cluster needs Dask, which is not installed: {INSTALL}"
        ) from error
    return distributed


@contextmanager
def connected(where):
    """The client that is meant, closed in the end if it was opened here.

    where: a client; the address of a scheduler; a number of worker processes
        to start here, of one thread each; or None for none
    ClusterError: no scheduler answers
    """
    if isinstance(where, str):
        with found(where) as client:
            yield client
    elif isinstance(where, int):
        with started(where) as client:
            yield client
    else:
        yield where


@contextmanager
def started(count, **options):
    """A client of so many processes, of one thread each, on this machine.

    Dask has them return memory at once, and get it again page by page, which
    slows every iteration down.  These keep 64 MB of it.
    """
    distributed = dask()
    config = sys.modules["dask"].config
    with (config.set({ENVIRON: {**config.get(ENVIRON), **KEEP}}),
          distributed.LocalCluster(
              n_workers=count, threads_per_worker=1, dashboard_address=":0",
              **options) as cluster,
          distributed.Client(cluster, direct_to_workers=True) as client):
        yield client


def found(address):
    """A client of the scheduler at an address."""
    try:
        return dask().Client(address, timeout=WAIT)
    except (OSError, ValueError) as error:
        raise ClusterError(
            f"no scheduler answers at {address} within {WAIT} seconds: start "
            "one there with `dask scheduler`, or correct the address"
        ) from error


def tell(client):
    """Say where a client's work can be looked at, once."""
    link = getattr(client, "dashboard_link", "")
    if link and client not in TOLD:
        TOLD.add(client)
        print(f"The cluster's dashboard: {link}", file=sys.stderr)


def dask_worker():
    """The worker that this code runs on, or None."""
    distributed = sys.modules.get("distributed")
    try:
        return distributed and distributed.get_worker()
    except ValueError:
        return None
