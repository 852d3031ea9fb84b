"""A small copy of the points, for all that need not be exact.

Reading a point from memory takes longer than computing with it.  So float64
points are copied as float32, and points of at most 256 evenly spaced values,
which images mostly are, as bytes:

    w = scale (x - origin), rounded; off by at most `off`, which is measured

Nothing is decided by the copy alone: bounds are as much wider as `off` says,
and the formula reads the points themselves.

    X (m, d)  points     W (m, d)  their copy, uint8 or float32
"""

import mmap
from typing import NamedTuple

import numpy as np

from kmeanslab.engine.assign import kernels
from kmeanslab.engine.assign.distances import sample

LEVELS = 256             # of a byte
FINE = 2.0 ** -12        # of the points' spread: a copy that serves


class CompressedCopy(NamedTuple):
    """How a copy is made, and how far off the worst of its points is."""
    origin: np.ndarray       # (d,)
    scale: float
    dtype: type              # uint8, float32, or None: no copy is made
    off: float = 0.0

    def copy(self, X):
        """The points in small, (m, d), and how far off the worst is."""
        if self.dtype is None:
            return X, 0.0
        W = np.empty(X.shape, self.dtype)
        half = 0.5 * (self.dtype == np.uint8)       # the cast rounds down
        limits = np.iinfo if half else np.finfo
        most = float(limits(self.dtype).max)
        return W, kernels.shrink(X, self.origin, self.scale, half,
                                 float(limits(self.dtype).min), most, W)

    def see(self, X):
        """Points or centres where the copy would have them, float64."""
        return (X - self.origin) * self.scale


def cast(X, call):
    """The smallest shadow of X (n, d) that serves; `call` has blocks make it.

    Points in a file are left there, however many they are.
    """
    some = sample(X)
    for shadow in plans(some, X.dtype, lies_in_file(X)):
        off = np.max(call("copy", shadow))
        seen = shadow.see(some)
        spread = np.square(seen - seen.mean(axis=0)).sum(axis=1).mean()
        if off <= FINE * np.sqrt(spread):
            break
    return shadow._replace(off=off)


def plans(some, dtype, in_file):
    """The shadows to try, going by some of the points (s, d); none is last."""
    copied = not in_file and dtype != np.uint8
    step = spacing(some[:: 8]) if copied else 0.0
    if step:
        yield CompressedCopy(np.full(some.shape[1], some.min()), 1 / step,
                             np.uint8)
    if copied and dtype == np.float64:
        origin = some.mean(axis=0)
        reach = np.abs(some - origin).max()
        yield CompressedCopy(origin, 2.0 ** -np.frexp(reach)[1], np.float32)
    yield none(some)


def none(X):
    """No copy: the points are their own shadow."""
    return CompressedCopy(np.zeros(X.shape[1]), 1.0, None)


def spacing(some):
    """The step between the values of points, if they lie evenly; or 0."""
    values = np.unique(some)
    if not 1 < len(values) <= LEVELS:
        return 0.0
    reach = values[-1] - values[0]
    steps = reach / np.diff(values).min()
    return reach / np.rint(steps) if steps < LEVELS - 0.5 else 0.0


def lies_in_file(X):
    """Whether an array is a view of a file."""
    while X is not None and not isinstance(X, mmap.mmap):
        X = getattr(X, "base", None)
    return X is not None
