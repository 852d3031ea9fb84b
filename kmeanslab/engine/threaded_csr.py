"""The method for sparse points, with kernels once they are loaded.

They give the same bits, so that a run need not change over to another method.
"""

import time
from typing import Any

import numpy as np

from kmeanslab.engine.assign.csr import Sparse
from kmeanslab.engine.assign.csr_centres import SparseCentres, squared_lengths
from kmeanslab.engine.assign.distances import Points
from kmeanslab.engine.threads import share
from kmeanslab.engine.warmup import Kernels, kernels_for

FEW = 9                      # points, for which kernels are the same


def csr_kernels(X: Points, wait: bool = False) -> Kernels:
    """Return the kernels for points like CSR X; see `kernels_for`."""
    return kernels_for("CompiledSparse", np.eye(FEW, dtype=X.dtype), wait)


class ThreadedSparse(Sparse):
    """`Sparse` for centres that may be larger than the points: all dense."""

    def __init__(self, X: Points, k: int) -> None:
        super().__init__(X, k)
        self.kernels = csr_kernels(X)
        self.asked = time.perf_counter()

    @property
    def kind_of_centres(self) -> type[SparseCentres]:  # type: ignore[override]
        """What makes products: kernels, if they are loaded."""
        method: Any = self.kernels.method or Sparse
        return method.kind_of_centres

    def successor(self) -> None:                       # type: ignore[override]
        """Note the time since this was asked before; nobody is faster."""
        last, self.asked = self.asked, time.perf_counter()
        if not self.kernels.method:
            self.kernels.spend(self.asked - last)

    def squared_lengths(self, C: np.ndarray) -> Any:
        return squared_lengths(C, share)
