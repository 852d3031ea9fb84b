"""What tests do to a worker of a cluster: kill it, delay it, watch it.

These run in the worker's process, sent there by `client.run`.
"""
import functools
import importlib
import os
from pathlib import Path
import random
import signal
import time


def before(place, act):
    """Have `act` called before each call of a method, module:Class.method."""
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
    """Kill this process at the so-manieth call of a method."""
    calls = iter(range(1, call + 1))

    def act():
        if next(calls) == call:
            os.kill(os.getpid(), signal.SIGKILL)
    before(place, act)


def dawdle(place):
    """Take a while, now this and now that."""
    before(place, lambda: time.sleep(random.random() / 50))


def undo(place):
    """Take the change of a method back."""
    module, _, path = place.partition(":")
    getattr(importlib.import_module(module), path.partition(".")[0]).undo()


def count_bytes():
    """Count what this process writes to others from now on, as Dask does."""
    from distributed.comm.tcp import TCP
    write, TCP.counted = TCP.write, 0

    @functools.wraps(write)
    async def counting(self, *args, **kwargs):
        sent = await write(self, *args, **kwargs)
        TCP.counted += sent
        return sent
    TCP.write, TCP.uncounted = counting, write


def counted():
    """The bytes since `count_bytes`."""
    from distributed.comm.tcp import TCP
    return TCP.counted


def stop_counting():
    """Take the change of `count_bytes` back."""
    from distributed.comm.tcp import TCP
    TCP.write = TCP.uncounted


def peak_memory():
    """The most memory that this process ever had, in bytes."""
    lines = Path("/proc/self/status").read_text().splitlines()
    return 1024 * next(int(line.split()[1]) for line in lines
                       if line.startswith("VmHWM"))


def spilled(dask_worker):
    """The bytes that a worker has put on its disk."""
    return dask_worker.data.spilled_total.disk


def pause(dask_worker):
    """Have a worker think that its memory is full."""
    from distributed import Status
    dask_worker.memory_manager.memory_pause_fraction = 1e-9
    dask_worker.status = Status.paused


def actors(dask_worker):
    """How many actors a worker has."""
    return len(dask_worker.state.actors)
