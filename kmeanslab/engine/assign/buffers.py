"""Work arrays that are reused: new memory costs a page fault every 4 KB."""

from collections.abc import Callable
import math
import threading
from typing import Any

import numpy as np

CACHE_LINE = 64          # bytes


def aligned(shape: tuple, dtype: Any) -> Any:
    """Return an array of zeros that begins at a cache line.

    Rows that do not would make vectors of the processor cross two of them.
    """
    dtype = np.dtype(dtype)
    size = math.prod(shape) * dtype.itemsize
    memory = np.zeros(size + CACHE_LINE, np.uint8)
    first = -memory.__array_interface__["data"][0] % CACHE_LINE
    return memory[first:first + size].view(dtype).reshape(shape)


class Buffers(threading.local):
    """Named arrays, one set per thread; each call overwrites the last."""

    def __init__(self) -> None:
        self.arrays: dict = {}

    def __call__(self, name: str, shape: tuple,
                 dtype: Any = np.float32) -> Any:
        """Return an uninitialised C-contiguous array of this shape."""
        size = math.prod(shape)
        array = self.arrays.get(name)
        if array is None or array.size < size or array.dtype != dtype:
            array = self.arrays[name] = np.empty(size, dtype)
        return array[:size].reshape(shape)

    def made(self, make: Callable, size: int, *args: Any) -> Any:
        """Return what make(size, *args) returned for this size or more."""
        known, made = self.arrays.get(make, (-1, None))
        if known < size:
            made = make(size, *args)
            self.arrays[make] = size, made
        return made
