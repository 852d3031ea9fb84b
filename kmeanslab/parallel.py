"""Blocks of points worked on by threads, results in the blocks' order.

NumPy lets go of Python's lock while it computes, so threads share the work.
The linear algebra library is held to one thread meanwhile: two layers of
threads would only get into each other's way.
"""

from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from functools import cache
import os

from threadpoolctl import ThreadpoolController


@cache
def controller():
    """The linear algebra libraries that are loaded."""
    return ThreadpoolController().select(user_api="blas")


def thread_count():
    """As many threads as the linear algebra library may use by now.

    So OMP_NUM_THREADS and threadpoolctl's limits hold for us as well.
    """
    counts = [library.num_threads for library in controller().lib_controllers]
    return min(counts, default=os.cpu_count() or 1)


@contextmanager
def workers(blocks, threads=None):
    """A function call(name, *args) -> that method's result for each block."""
    threads = min(threads or thread_count(), len(blocks))

    def one_by_one(name, *args):
        return [getattr(block, name)(*args) for block in blocks]

    def together(name, *args):
        return list(pool.map(lambda block: getattr(block, name)(*args),
                             blocks))

    if threads <= 1:
        yield one_by_one
        return
    with (controller().limit(limits=1), ThreadPoolExecutor(threads) as pool):
        yield together
