"""The assign step by definition: the formula, for every point and centre."""

from collections.abc import Callable
from typing import Any

import numpy as np

from kmeanslab.engine.assign.blocks import Block
from kmeanslab.engine.assign.distances import Points


class Direct:
    """The method that is right by definition; others are compared with it.

    A method makes blocks, and translates the centres of each iteration for
    them.  Parameters: the points X (n, d), the number of centres k.
    `needs_copy` says whether `begin` makes a copy that blocks need,
    `compiled` whether Numba's kernels do the work, and `runs_ahead` whether
    they do several iterations of all blocks.
    """

    needs_copy = compiled = runs_ahead = False

    @staticmethod
    def successor() -> "type[Direct] | None":
        """Return a faster method for the rest of a run, or None."""

    def __init__(self, X: Points, k: int) -> None:
        self.X, self.k = X, k

    def join(self, weights: np.ndarray, blocks: Any) -> None:
        """Prepare blocks to be worked on by one kernel, if there is one."""

    def begin(self, call: Callable) -> None:
        """Prepare the blocks; `call(name, *args)` asks all of them."""
        call("start")

    def centres(self, C: np.ndarray, shifts: np.ndarray) -> Any:
        """Return what blocks need of the centres (k, d).

        shifts: (k,) how far each has moved since the last iteration
        """
        return C

    def batch_centres(self, sums: np.ndarray, divisors: np.ndarray) -> tuple:
        """Return the same for a mini-batch, and the centres (k, d).

        These are sums (k, d) over divisors (k,).
        """
        C = sums / divisors[:, None]
        return self.centres(C, np.zeros(len(C))), C

    def distance_centres(self, C: np.ndarray) -> Any:
        """Return what blocks need of the centres for `fill_distances`."""
        return C

    def block(self, X: Points, weights: np.ndarray) -> Block:
        """Return a block of some of the points."""
        return Block(X, weights, self.k)
