"""The assign step by a matrix product: approximate distances, all at once.

|x - c|^2 = |x|^2 - 2 x.c + |c|^2: the middle term is a matrix product, which
computers do fastest, and |x|^2 is the same for all centres.  float32 makes it
twice as fast again.  Its error has a proven limit, so that
`distances.closest` knows when not to trust it.  float32 is most precise near
zero: points are read relative to an origin amid the data, and scaled by a
power of two if they are very small or large.

    W        (m, d)  a chunk of points as float32: w = scale x - origin
    c'       (k, d)  the centres likewise
    squares  (m,)    |w|^2
    ranks    (m, k)  |c'|^2 - 2 w.c' less the error of centre j: a lower limit

The limit: a float32 sum of d products errs by less than d u |w| |c'| in any
order, u = 2^-24; |c'|^2 and the sum of both terms are rounded, too.  Reading
the points, and the formula itself, err by multiples of 2^-53 (Higham, Accuracy
and Stability, 2nd ed., section 3.1).  As 2 |w| |c'| <= |w|^2 + |c'|^2, all of
it is less than the sum of one part per point and one per centre.  Where
float32 overflows these parts are infinite, where it underflows they are larger
than the ranks: both leave the decision to the formula.
"""

from functools import cached_property
import math
from typing import Any

import numpy as np

from kmeanslab.engine.assign.blocks import Block
from kmeanslab.engine.assign.buffers import Buffers
from kmeanslab.engine.assign.direct import Direct
from kmeanslab.engine.assign.distances import (
    Points, closest, dense, median, repeated, sample)

CHUNK_VALUES = 2 ** 19   # coordinates at a time, or distances
CHUNK_ROWS = 256, 2 ** 16    # at least, and at most
U32, U64 = 2.0 ** -24, 2.0 ** -53
UNDERFLOW = 2.0 ** -120  # more than a float32 product loses when it underflows
SHIFT_RATIO = 16.0       # |origin|^2 over the spread that asks for a shift
SCALE_EXPONENTS = 20, 400    # from which on points are scaled, and how far


def typical_scale(X: Points) -> float:
    """Return the power of two that brings most deviations near 1.

    It is 1 if they are not far from it anyway.
    """
    some = sample(X)
    deviations = np.abs(some - median(some))
    deviations = deviations[deviations > 0]
    if not deviations.size or not np.isfinite(deviations).all():
        return 1.0
    least, most = SCALE_EXPONENTS
    exponent = -math.frexp(float(median(deviations)))[1]
    return 1.0 if abs(exponent) <= least else 2.0 ** max(
        -most, min(most, exponent))


def product_error(d: int, unit: float) -> float:
    """Return how wrong |c|^2 - 2 w.c may be, relative to |w|^2 + |c|^2.

    unit: by how much one operation may be wrong, such as 2^-24
    """
    return 1.0625 * (d + 16) * (unit + 8 * U64)


class Frame:
    """An origin amid the points, and a scale, relative to which they are read.

    Rows of float32 and uint8 that lie near zero are read as they are.

    Parameters: X (n, d), dense; scale, a power of two.

    Attributes
    ----------
    origin : (d,) float64, the median of some points, scaled
    moved : bool, whether points are read relative to it
    offset : (d,) float64, the origin if not moved, else 0
    scratch : work arrays per thread
    """

    def __init__(self, X: Points, scale: float = 1.0) -> None:
        self.scale = scale
        some = sample(X) * scale
        self.origin = median(some)
        spread = np.square(some - self.origin).sum(axis=1).mean()
        self.moved = bool(
            scale != 1 or X.dtype not in (np.float32, np.uint8)
            or self.origin @ self.origin > SHIFT_RATIO * spread)
        self.offset = np.zeros_like(self.origin) if self.moved else self.origin
        self.scratch = Buffers()

    def read(self, X: Points, own: bool = False) -> np.ndarray:
        """Return points as float32: a view of X if it serves, else scratch.

        With `own` an array of the caller's own instead of scratch.
        """
        if not self.moved and X.dtype == np.float32:
            return X
        W = (np.empty(X.shape, np.float32) if own
             else self.scratch("W", X.shape))
        if self.moved:
            X = dense(X) if self.scale == 1 else dense(X) * self.scale
            np.subtract(X, self.origin, out=W, casting="same_kind")
        else:
            np.copyto(W, X)
        return W


class Centres:
    """The centres of one iteration, as the product needs them.

    Parameters: C (k, d) float64, a dropped centre is infinite; method, a
    `Matmul`.
    """

    def __init__(self, C: np.ndarray, method: Any) -> None:
        self.exact, self.method = C, method

    @property
    def frame(self) -> Frame:
        return self.method.frame

    @cached_property
    def factors(self) -> tuple:
        """-2 c' (k, d), |c'|^2 less its error (k,), that error (k,)."""
        frame = self.frame
        gone = np.isinf(self.exact[:, 0])
        near = self.exact * frame.scale - frame.origin
        near[gone] = 0.0
        lengths = np.einsum("ij,ij->i", near, near)
        squares = lengths + 2 * np.einsum("ij,j->i", near, frame.offset)
        error = self.unit * (lengths + np.abs(squares))
        low = squares - error
        # nothing is nearest to the second of two equal centres
        later = repeated(squares, lambda *at: self.exact[at], len(near[0]))
        low[gone] = low[later] = np.inf
        return ((-2 * near).astype(np.float32), low.astype(np.float32),
                error.astype(np.float32))

    @property
    def unit(self) -> float:
        """How wrong ranks are, relative to |w|^2 + |c'|^2."""
        return product_error(len(self.frame.origin), U32)

    def rank(self, W: np.ndarray, out: np.ndarray) -> None:
        """Fill in the ranks of all centres for some points."""
        double, low, _ = self.factors
        np.dot(W, double.T, out=out)
        out += low

    def error(self, squares: np.ndarray, labels: np.ndarray) -> np.ndarray:
        """Return how wrong the ranks of points and of one centre each are.

        Two of the ranks of a point may be wrong by twice as much.
        """
        frame, d = self.frame, len(self.frame.origin)
        # what points lose when read, and the formula when it underflows
        fixed = (8 * (d + 8) * U64 * np.square(frame.origin).sum()
                 + d * (UNDERFLOW + frame.scale ** 2 * 2.0 ** -1070))
        return (self.unit * squares + fixed + self.factors[2][labels]
                ).astype(np.float32)


class Matmul(Direct):
    """The method: all points, all centres, a chunk at a time.

    chunk: how many points are read at a time; part: of how many the nearest
    centres are found, at least as many
    """

    def __init__(self, X: Points, k: int) -> None:
        super().__init__(X, k)
        least, most = CHUNK_ROWS
        self.part = max(least, min(CHUNK_VALUES // k, most))
        self.chunk = min(self.part, max(least, CHUNK_VALUES // X.shape[1]))

    @cached_property
    def frame(self) -> Frame:
        """The origin and scale, found when the product is first needed."""
        return Frame(self.X, typical_scale(self.X))

    def centres(self, C: np.ndarray, shifts: np.ndarray) -> Any:
        return Centres(C, self)

    def block(self, X: Points, weights: np.ndarray) -> Any:
        return MatmulBlock(X, weights, self)


class MatmulBlock(Block):
    """Some points; labels from the product, and the formula in doubt."""

    def __init__(self, X: Points, weights: np.ndarray, method: Any) -> None:
        super().__init__(X, weights, method.k)
        self.method, self.chunk, self.part = method, method.chunk, method.part
        self.squares: Any = None
        self.copy: Any = None

    def measure(self) -> None:
        """Compute |w|^2 of each point; of few points, keep w as well."""
        m = len(self.labels)
        self.squares = np.empty(m, np.float32)
        if self.method.X.shape[0] <= self.chunk:
            self.copy = self.method.frame.read(self.X, own=True)
        for s in range(0, m, self.chunk):
            W = self.read(slice(s, s + self.chunk))
            np.einsum("ij,ij->i", W, W, out=self.squares[s:s + self.chunk])

    def read(self, part: slice) -> np.ndarray:
        """Return the points of a chunk as float32."""
        if self.copy is not None:
            return self.copy[part]
        return self.method.frame.read(self.X[part])

    def assign(self, centres: Any) -> tuple:
        """Return new labels (m,), and the points and distances computed."""
        m = len(self.labels)
        if self.squares is None:
            self.measure()
        labels = np.concatenate([
            self.nearest(slice(s, min(s + self.part, m)), centres)
            for s in range(0, m, self.part)])
        return labels, m, m * len(centres.exact)

    def nearest(self, part: slice, centres: Any) -> np.ndarray:
        """Return the nearest centre of each of some points."""
        ranks = self.ranks(part, centres)
        # not the last labels: the limit needs the error of the lowest rank
        guess = ranks.argmin(axis=1)
        error = centres.error(self.squares[part], guess)
        return closest(ranks, error, guess,
                       lambda at: self.X[part.start + at], centres.exact)

    def ranks(self, part: slice, centres: Any) -> np.ndarray:
        """Return the ranks of all centres for some points, in scratch."""
        rows = range(part.start, part.stop)
        ranks = self.method.frame.scratch("ranks", (len(rows), self.k))
        for s in range(0, len(rows), self.chunk):
            some = rows[s:s + self.chunk]
            centres.rank(self.read(slice(some.start, some.stop)),
                         ranks[s:s + self.chunk])
        return ranks
