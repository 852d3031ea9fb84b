"""A small copy of the points, for everything that need not be exact.

Reading a point from memory takes longer than computing with it.  So float64
points are copied as float32, and points of at most 256 evenly spaced values,
which images mostly are, as bytes:

    w = scale (x - origin), rounded; wrong by at most the point's `error`

Nothing is decided by the copy alone: bounds are widened by the errors, and
the formula reads the points themselves.  A point that does not fit the copy,
because it is far from all others, has an infinite error: the formula decides
where it belongs, and the others do not pay for it.

    X (m, d)  points     W (m, d)  their copy, uint8 or float32
    error (m,)  upper bounds of |w - scale (x - origin)|
"""

from collections.abc import Callable, Iterator
import mmap
from typing import Any, NamedTuple

import numpy as np

from kmeanslab.engine.assign import kernels
from kmeanslab.engine.assign.buffers import aligned
from kmeanslab.engine.assign.distances import Points, median, sample

BYTE_LEVELS = 256
MAX_ERROR = 2.0 ** -12       # relative to the points' spread
MAX_MISFITS = 2.0 ** -6      # of all points
MAX_VALUE = 2.0 ** 40        # of a float32 copy, whose squares must not
#                              overflow when the spread is about 1
LARGE_OFFSET = 4.0           # |mean| over the spread


class CompressedCopy(NamedTuple):
    """How points are copied.

    origin: (d,) float64, where the copy has its zero
    scale: a factor
    dtype: uint8, float32, or None to take the points as they are
    spread: the median distance of points from their middle, as copied
    """
    origin: np.ndarray
    scale: float
    dtype: type | None
    spread: float

    def compress(self, X: Points) -> tuple:
        """Return the copy (m, d) of the points, and the errors (m,)."""
        error = np.empty(len(X), np.float32)
        if self.dtype is None:
            if X.dtype == np.uint8:
                error[:] = 0.0
            else:
                kernels.find_misfits(X, MAX_VALUE, error)
            return X, error
        W = aligned(X.shape, self.dtype)
        half = 0.5 * (self.dtype == np.uint8)       # the cast rounds down
        low, high = (0.0, 255.99) if half else (-MAX_VALUE, MAX_VALUE)
        kernels.shrink(X, self.origin, self.scale, half, low, high, W, error)
        return W, error

    def transform(self, X: Points) -> np.ndarray:
        """Return points or centres where the copy has them, float64."""
        return (X - self.origin) * self.scale


def choose_copy(X: Points, call: Callable) -> CompressedCopy:
    """Return the smallest copy of X (n, d) that serves; blocks make it.

    Points in a file stay there, however many they are.
    """
    for copy in candidates(sample(X), X.dtype, is_mapped(X)):
        misfits = sum(call("compress", copy))
        if misfits <= MAX_MISFITS * len(X):
            break
    return copy


def candidates(some: np.ndarray, dtype: Any,
               in_file: bool) -> Iterator[CompressedCopy]:
    """Yield the copies to try, judged by some points (s, d)."""
    middle, width = spread(some)
    as_they_are = CompressedCopy(np.zeros_like(middle), 1.0, None, width)
    copied = not in_file and dtype != np.uint8
    step = grid_step(some[::8]) if copied else 0.0
    if step:
        yield CompressedCopy(np.full(len(middle), some.min()), 1 / step,
                             np.uint8, width / step)
    if copied and (dtype == np.float64 or not is_moderate(middle, width)):
        scale = 2.0 ** -np.frexp(width)[1] if 0 < width < np.inf else 1.0
        yield CompressedCopy(middle, scale, np.float32, width * scale)
    yield as_they_are


def spread(some: np.ndarray) -> tuple:
    """Return the middle (d,) of points, and how far they usually are from it.

    Medians: a few points that are far from all others change little.
    """
    middle = median(some)
    with np.errstate(over="ignore"):
        distances = np.sqrt(np.square(some - middle).sum(axis=1))
    return middle, float(median(distances)) or float(distances.max())


def is_moderate(middle: np.ndarray, width: float) -> bool:
    """Return whether float32 points can be computed with as they are."""
    return (2.0 ** -30 < width < 2.0 ** 30
            and np.abs(middle).max() <= LARGE_OFFSET * width)


def grid_step(some: np.ndarray) -> float:
    """Return the step between the values of points on a grid, or 0."""
    values = np.unique(some)
    if not 1 < len(values) <= BYTE_LEVELS:
        return 0.0
    width = values[-1] - values[0]
    steps = width / np.diff(values).min()
    return width / np.rint(steps) if steps < BYTE_LEVELS - 0.5 else 0.0


def is_mapped(X: Points) -> bool:
    """Return whether an array is a view of a file."""
    while X is not None and not isinstance(X, mmap.mmap):
        X = getattr(X, "base", None)
    return X is not None
