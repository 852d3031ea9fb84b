"""The method for sparse points, whose centres several threads measure."""

from typing import Any

import numpy as np

from kmeanslab.engine.assign.csr import Sparse
from kmeanslab.engine.assign.csr_centres import squared_lengths
from kmeanslab.engine.threads import share


class ThreadedSparse(Sparse):
    """`Sparse` for centres that may be larger than the points: all dense."""

    def squared_lengths(self, C: np.ndarray) -> Any:
        return squared_lengths(C, share)
