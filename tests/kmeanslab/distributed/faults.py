"""Faults for worker processes: kill, delay or pause one, or measure it.

`client.run` executes these functions in the workers' processes.
"""
import functools
import importlib
import os
from pathlib import Path
import random
import signal
import time


def before(place, act):
    """Call `act` before each call of a method, module:Class.method."""
    module, _, path = place.partition(":")
    owner, _, name = path.partition(".")
    owner = getattr(importlib.import_module(module), owner)
    method = getattr(owner, name)

    @functools.wraps(method)
    def changed(*args, **kwargs):
        act()
        return method(*args, **kwargs)
    setattr(owner, name, changed)
    owner.undo = staticmethod(lambda: setattr(owner, name, method))


def die_at(place, call):
    """Kill this process at the call-th call of a method."""
    calls = iter(range(1, call + 1))

    def act():
        if next(calls) == call:
            os.kill(os.getpid(), signal.SIGKILL)
    before(place, act)


def delay(place):
    """Delay each call of a method by a random time."""
    before(place, lambda: time.sleep(random.random() / 50))


def undo(place):
    """Restore a changed method."""
    module, _, path = place.partition(":")
    getattr(importlib.import_module(module), path.partition(".")[0]).undo()


def count_bytes():
    """Start counting the bytes that this process sends, as Dask does."""
    from distributed.comm.tcp import TCP
    write, TCP.counted = TCP.write, 0

    @functools.wraps(write)
    async def counting(self, *args, **kwargs):
        sent = await write(self, *args, **kwargs)
        TCP.counted += sent
        return sent
    TCP.write, TCP.uncounted = counting, write


def counted():
    """Return the bytes sent since `count_bytes`."""
    from distributed.comm.tcp import TCP
    return TCP.counted


def stop_counting():
    """Stop what `count_bytes` started."""
    from distributed.comm.tcp import TCP
    TCP.write = TCP.uncounted


def peak_memory():
    """Return the peak memory of this process in bytes."""
    lines = Path("/proc/self/status").read_text().splitlines()
    return 1024 * next(int(line.split()[1]) for line in lines
                       if line.startswith("VmHWM"))


def spilled(dask_worker):
    """Return the bytes that a worker has spilled to disk."""
    return dask_worker.data.spilled_total.disk


def pause(dask_worker):
    """Pause a worker as if its memory were full."""
    from distributed import Status
    dask_worker.memory_manager.memory_pause_fraction = 1e-9
    dask_worker.status = Status.paused


def actors(dask_worker):
    """Return the number of actors on a worker."""
    return len(dask_worker.state.actors)
