"""What a partition may use where it is: threads, and memory.

On a Dask worker these are the worker's.  The pages of a mapped file count as
its memory, and would have it killed: so they are let go of in time.
"""

from kmeanslab.distributed.clients import dask_worker
from kmeanslab.distributed.partitions import give_back

SHORT = 0.4              # of a worker's limit: from here on files let go


class Room:
    """The threads and the memory for some points."""

    def __init__(self, X):
        worker = dask_worker()
        self.X, self.threads, self.limit = X, None, None
        if worker:
            self.threads = worker.state.nthreads
            self.limit = worker.memory_manager.memory_limit
            self.memory = worker.monitor.get_process_memory

    def make(self):
        """Let go of what the points took of memory, if it is short."""
        if self.limit and self.memory() > SHORT * self.limit:
            give_back(self.X)
