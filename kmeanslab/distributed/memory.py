"""The threads and memory that a partition may use where it is.

On a Dask worker these are the worker's.  The pages of a mapped file count as
memory of the worker's process, and Dask would kill it for them, so they are
released in time.
"""

import numpy as np

from kmeanslab.distributed.clients import current_worker
from kmeanslab.distributed.partitions import discard_pages

RELEASE_FRACTION = 0.4   # of a worker's memory limit: release pages above it


class WorkerResources:
    """The threads and memory available for some points.

    Parameters
    ----------
    X : np.ndarray, shape (n, d)

    Attributes
    ----------
    threads : int or None
        The number of threads to use; None in a process that is no worker.
    limit : int or None
        The worker's memory limit in bytes; None if there is none.
    """

    def __init__(self, X: np.ndarray) -> None:
        worker = current_worker()
        self.X, self.threads, self.limit = X, None, None
        if worker:
            self.threads = worker.state.nthreads
            self.limit = worker.memory_manager.memory_limit
            self.memory = worker.monitor.get_process_memory

    def release_pages(self) -> None:
        """Release the points' mapped pages if memory runs short."""
        if self.limit and self.memory() > RELEASE_FRACTION * self.limit:
            discard_pages(self.X)
