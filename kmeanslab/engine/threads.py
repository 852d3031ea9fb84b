"""Blocks of points worked on by threads; results come in the blocks' order.

NumPy and the compiled loops release Python's lock while they compute, so
threads share the work.  Each thread takes the next block until none is left.
BLAS is held to one thread meanwhile: two layers of threads would compete for
the same cores, and sums would depend on the number of threads.
"""

from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from contextvars import copy_context
from functools import cache, partial
import os
from queue import SimpleQueue
from threading import Condition, Lock, Thread
from typing import Any

import joblib
from threadpoolctl import ThreadpoolController

# as the process began with it: Dask changes it when it starts workers
OMP_NUM_THREADS = os.environ.get("OMP_NUM_THREADS", "").split(",")[0].strip()


@cache
def controller(user_api: str) -> ThreadpoolController:
    """Return the loaded libraries of a kind: "blas" or "openmp"."""
    return ThreadpoolController().select(user_api=user_api)


def blas_controller() -> ThreadpoolController:
    """Return the loaded linear algebra libraries."""
    return controller("blas")


def thread_count() -> int:
    """Return how many threads to use: the minimum of all limits.

    These are the process's CPUs (affinity, a container's quota,
    LOKY_MAX_CPU_COUNT), OMP_NUM_THREADS, and what threadpoolctl or joblib
    allow BLAS and OpenMP.
    """
    affinity = (frozenset(os.sched_getaffinity(0))
                if hasattr(os, "sched_getaffinity") else None)
    limits = [cpu_count(affinity, os.environ.get("LOKY_MAX_CPU_COUNT")),
              *BLAS_LIMIT.outer_limits(),
              *(library.num_threads
                for library in controller("openmp").lib_controllers)]
    if OMP_NUM_THREADS.isdecimal():
        limits.append(int(OMP_NUM_THREADS))
    return max(1, min(limits))


@cache
def cpu_count(affinity: frozenset[int] | None, setting: str | None) -> int:
    """Return joblib's count of CPUs; it reads files, so once per setting."""
    return joblib.cpu_count()


class BlasLimit:
    """A limit of one thread for BLAS, which several fits may hold at once.

    The first to enter sets it, the last to leave restores what was before.
    """

    def __init__(self) -> None:
        self.lock = Lock()
        self.holders = 0
        self.before: list[tuple[Any, int]] = []     # library, its threads

    def __enter__(self) -> None:
        with self.lock:
            if self.holders == 0:
                self.before = self.current()
                self.set(1)
            self.holders += 1

    def __exit__(self, *error: object) -> None:
        with self.lock:
            self.holders -= 1
            if self.holders == 0:
                self.set()

    def current(self) -> list[tuple[Any, int]]:
        """Return each library with its number of threads."""
        return [(library, library.get_num_threads())
                for library in blas_controller().lib_controllers]

    def set(self, threads: int | None = None) -> None:
        """Set the threads of every library; None restores them."""
        for library, before in self.before:
            if before != 1:
                library.set_num_threads(threads or before)

    def outer_limits(self) -> list[int]:
        """Return the threads that each library has outside of this limit."""
        with self.lock:
            libraries = self.before if self.holders else self.current()
        return [threads for _, threads in libraries]


class Pool:
    """Threads that wait for calls to help with, started when first needed.

    They are daemons, so they never keep a process from ending.
    """

    def __init__(self) -> None:
        self.lock = Lock()
        self.size = 0
        self.tasks: SimpleQueue[Callable[[], None]] = SimpleQueue()

    def submit(self, task: Callable[[], None], count: int) -> None:
        """Let up to `count` threads run a task, each once.

        Fewer do where no thread can be started: at the process's limit of
        threads, or while the interpreter shuts down.
        """
        with self.lock, suppress(RuntimeError):
            while self.size < count:
                Thread(target=self.serve, name="kmeanslab", daemon=True
                       ).start()
                self.size += 1
        for _ in range(min(count, self.size)):
            # with NumPy's settings for overflow as they are here
            self.tasks.put(partial(copy_context().run, task))

    def serve(self) -> None:
        """Run tasks for ever."""
        while True:
            self.tasks.get()()


class Call:
    """One call of a method of all blocks, shared by several threads.

    The caller waits only for helpers that have begun: where none is free, it
    does all the work itself.  So calls inside of calls are safe.
    """

    def __init__(self, blocks: Sequence[Any], name: str, args: tuple) -> None:
        self.blocks, self.name, self.args = blocks, name, args
        self.results: list[Any] = [None] * len(blocks)
        self.todo = deque(range(len(blocks)))
        self.helpers = Condition()
        self.active, self.over = 0, False
        self.error: BaseException | None = None

    def run(self, threads: int) -> list[Any]:
        """Return the blocks' results; raise the first error."""
        try:
            POOL.submit(self.help, threads - 1)
            self.work()
        finally:
            self.todo.clear()              # after an error: stop soon
            with self.helpers:
                self.over = True
                self.helpers.wait_for(lambda: self.active == 0)
        if self.error is not None:
            raise self.error
        return self.results

    def work(self) -> None:
        """Take the next block until none is left."""
        while self.todo:
            try:
                i = self.todo.popleft()
            except IndexError:             # another thread was faster
                return
            self.results[i] = getattr(self.blocks[i], self.name)(*self.args)

    def help(self) -> None:
        """Work in another thread; hand its error to the caller."""
        with self.helpers:
            if self.over:
                return
            self.active += 1
        try:
            self.work()
        except BaseException as error:
            self.error = error
            self.todo.clear()
        with self.helpers:
            self.active -= 1
            self.helpers.notify()


BLAS_LIMIT = BlasLimit()
POOL = Pool()


class Workers:
    """A function that calls a method of every block, in several threads.

    It returns their results in the blocks' order.
    """

    def __init__(self, blocks: Sequence[Any], threads: int) -> None:
        self.blocks, self.threads = blocks, threads

    def __call__(self, name: str, *args: Any) -> list[Any]:
        if self.threads <= 1:
            return [getattr(block, name)(*args) for block in self.blocks]
        return Call(self.blocks, name, args).run(self.threads)


@contextmanager
def worker_threads(blocks: Sequence[Any], threads: int | None = None
                   ) -> Iterator[Workers]:
    """Yield a function call(name, *args) that calls a method of every block.

    `threads` is their number, by default `thread_count()`; there are never
    more than blocks.
    """
    count = len(blocks)
    if count > 1:
        count = min(threads or thread_count(), count)
    with BLAS_LIMIT:
        yield Workers(blocks, count)


def share(work: Callable, parts: Sequence[Any], threads: int | None = None
          ) -> list[Any]:
    """Return work(part) of each part, computed by several threads."""
    with worker_threads([partial(work, part) for part in parts], threads
                        ) as call:
        return call("__call__")


def forget_threads() -> None:
    """Start again in a forked process, which has only its own thread."""
    global POOL, BLAS_LIMIT
    if BLAS_LIMIT.holders:
        BLAS_LIMIT.set()
    POOL, BLAS_LIMIT = Pool(), BlasLimit()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=forget_threads)
