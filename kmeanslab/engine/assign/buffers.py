"""Work arrays that live on: fresh memory costs a page fault every 4 KB."""

import math
import threading

import numpy as np


class Buffers(threading.local):
    """Named arrays, one set for each thread; each call overwrites the last."""

    def __init__(self):
        self.arrays = {}

    def __call__(self, name, shape, dtype=np.float32):
        """An uninitialised C-contiguous array of this shape."""
        size = math.prod(shape)
        array = self.arrays.get(name)
        if array is None or array.size < size or array.dtype != dtype:
            array = self.arrays[name] = np.empty(size, dtype)
        return array[:size].reshape(shape)
