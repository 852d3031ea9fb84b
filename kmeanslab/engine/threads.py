"""Blocks of points worked on by threads, results in the blocks' order.

NumPy lets go of Python's lock while it computes, so threads share the work.
The linear algebra library is held to one thread meanwhile: two layers of
threads would only get into each other's way.
"""

from collections import deque
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from contextvars import copy_context
from functools import cache
import os

from threadpoolctl import ThreadpoolController


@cache
def blas_controller():
    """The linear algebra libraries that are loaded."""
    return ThreadpoolController().select(user_api="blas")


def thread_count():
    """As many threads as the linear algebra library may use by now.

    So OMP_NUM_THREADS and threadpoolctl's limits hold for us as well.
    """
    counts = [library.num_threads
              for library in blas_controller().lib_controllers]
    return min(counts, default=os.cpu_count() or 1)


@contextmanager
def worker_threads(blocks, threads=None):
    """A function call(name, *args) -> that method's result for each block."""
    threads = min(threads or thread_count(), len(blocks))
    if threads <= 1:
        yield lambda name, *args: [getattr(block, name)(*args)
                                   for block in blocks]
        return
    with (blas_controller().limit(limits=1),
          ThreadPoolExecutor(threads - 1) as pool):
        yield lambda name, *args: share(pool, threads, blocks, name, args)


def share(pool, threads, blocks, name, args):
    """Each thread, this one too, takes the next block until none is left."""
    results, left = [None] * len(blocks), deque(range(len(blocks)))

    def work():
        while left:
            try:
                i = left.popleft()
            except IndexError:           # another thread was faster
                return
            results[i] = getattr(blocks[i], name)(*args)

    # with NumPy's settings for overflow as they are here
    others = [pool.submit(copy_context().run, work)
              for _ in range(threads - 1)]
    try:
        work()
    finally:
        left.clear()                     # after an error: stop soon
        for other in others:
            other.result()
    return results
