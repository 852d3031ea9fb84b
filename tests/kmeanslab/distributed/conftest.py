"""A real scheduler with real worker processes, which tests kill."""

import distributed
import pytest


@pytest.fixture(scope="package")
def dask():
    """Yield a client of a scheduler with three worker processes."""
    with (distributed.LocalCluster(
            n_workers=3, threads_per_worker=1, dashboard_address=":0",
            memory_limit="2GiB", silence_logs=50) as local,
          distributed.Client(local) as client):
        client.run(use_kernels)
        yield client


def use_kernels():
    """Have this process use compiled kernels for few points, too."""
    from kmeanslab.engine import choice
    choice.KERNEL_WORK = 0


@pytest.fixture
def three(dask):
    """Return the client once all three workers are up again."""
    try:
        dask.wait_for_workers(3, timeout=30)
    except TimeoutError:     # on a busy machine, Dask may give one up
        dask.cluster.scale(0)
        dask.cluster.scale(3)
        dask.wait_for_workers(3, timeout=60)
        dask.run(use_kernels)
    return dask
