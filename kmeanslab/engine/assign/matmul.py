"""The assign step by a matrix product: nearly right distances, all at once.

|x - c|^2 = |x|^2 - 2 x.c + |c|^2: the middle term is a matrix product, the
fastest thing a computer does, and |x|^2 is the same for all centres.  float32
makes it twice as fast again.  Its error has a proven limit, so that
`distances.closest` knows when not to trust it.  float32 is most precise near
zero: points are read around an origin amid the data.

    W       (m, d)  a chunk of points as float32
    length  (m,)    of the rows of W
    reach           the longest distance of a centre from the origin

The limit: a float32 sum of d products is wrong by at most d u |w| |c| in any
order, u = 2^-24 (Higham, Accuracy and Stability, 2nd ed., section 3.1).
"""

from functools import cached_property

import numpy as np
from scipy import sparse

from kmeanslab.engine.assign.blocks import Block
from kmeanslab.engine.assign.buffers import Buffers
from kmeanslab.engine.assign.direct import Direct
from kmeanslab.engine.assign.distances import closest, dense, sample

U32, U64 = 2.0 ** -24, 2.0 ** -53
FAR_OFF = 16.0           # |origin|^2 over the spread that asks for a shift


class Frame:
    """An origin amid the points; whether they are read relative to it.

    Rows of float32 and uint8 that lie near zero anyway are read as they are.
    """

    def __init__(self, X, scale=1.0):
        some = sample(X) * scale
        self.origin = np.median(some, axis=0)
        spread = np.square(some - self.origin).sum(axis=1).mean()
        self.moved = bool(
            sparse.issparse(X) or X.dtype not in (np.float32, np.uint8)
            or self.origin @ self.origin > FAR_OFF * spread)
        self.offset = np.zeros_like(self.origin) if self.moved else self.origin
        self.base = np.linalg.norm(self.offset)
        self.size = np.linalg.norm(self.origin)
        self.scratch = Buffers()

    def read(self, X, own=False):
        """Points as float32: a view of X where it will do, else scratch.

        Or an array of the caller's own.
        """
        if not self.moved and X.dtype == np.float32:
            return X
        W = (np.empty(X.shape, np.float32) if own
             else self.scratch("W", X.shape))
        if self.moved:
            np.subtract(dense(X), self.origin, out=W, casting="same_kind")
        else:
            np.copyto(W, X)
        return W


class Centres:
    """The centres of one iteration, made ready for the product when asked."""

    def __init__(self, C, method):
        self.exact, self.method = C, method

    @property
    def frame(self):
        return self.method.frame

    @cached_property
    def factors(self):
        """-2 c and |c|^2 seen from the origin, float32, and the reach."""
        gone = ~np.isfinite(self.exact).all(axis=1)   # dropped: no one's
        near = np.where(gone[:, None], 0.0, self.exact - self.frame.origin)
        squares = np.square(near).sum(axis=1)
        reach = np.sqrt(squares.max())
        squares += 2 * near @ self.frame.offset
        squares[gone] = np.inf
        return ((-2 * near).astype(np.float32), squares.astype(np.float32),
                reach)

    def distances(self, W):
        """|x - c|^2 - |x - origin|^2 to all centres, (m, k), in scratch."""
        double, squares, _ = self.factors
        D = self.frame.scratch("D", (len(W), len(double)))
        np.dot(W, double.T, out=D)
        D += squares
        return D

    def error(self, length):
        """How wrong `distances` may be for points of these lengths, (m,)."""
        d, reach = len(self.frame.origin), self.factors[2]
        span = length + (self.frame.base + reach)
        far = span + self.frame.size
        return ((2 * d + 8) * span * (U32 * reach + U64 * far)
                + d * 2.0 ** -120).astype(np.float32)


class Matmul(Direct):
    """The method: all points, all centres, a chunk at a time."""

    def __init__(self, X, k):
        super().__init__(X, k)
        self.chunk = int(np.clip(2 ** 19 // max(X.shape[1], k), 256, 2 ** 16))

    @cached_property
    def frame(self):
        """Found out when the product is first asked for."""
        return Frame(self.X)

    def centres(self, C, shifts):
        return Centres(C, self)

    def block(self, X, weights):
        return MatmulBlock(X, weights, self)


class MatmulBlock(Block):
    """Some points; labels from the product, and the formula in doubt."""

    def __init__(self, X, weights, method):
        super().__init__(X, weights, method.k)
        self.method, self.chunk = method, method.chunk
        self.squares, self.copy = None, None

    def measure(self):
        """|w|^2 of each point; of few points also their float32 copy."""
        m = len(self.labels)
        self.squares = np.empty(m, np.float32)
        if self.method.X.shape[0] <= self.chunk:
            self.copy = self.method.frame.read(self.X, own=True)
        for s in range(0, m, self.chunk):
            W = self.read(slice(s, s + self.chunk))
            np.einsum("ij,ij->i", W, W, out=self.squares[s:s + self.chunk])

    def read(self, part):
        """The points of a chunk as float32."""
        if self.copy is not None:
            return self.copy[part]
        return self.method.frame.read(self.X[part])

    def assign(self, centres):
        """New labels (m,); how many points and distances were looked at."""
        m = len(self.labels)
        if self.squares is None:
            self.measure()
        labels = np.concatenate([
            self.look(slice(s, min(s + self.chunk, m)), centres)
            for s in range(0, m, self.chunk)])
        return labels, m, m * len(centres.exact)

    def look(self, part, centres):
        """The nearest centre of each point of one chunk."""
        W = self.read(part)
        D = centres.distances(W)
        E = centres.error(np.sqrt(self.squares[part]))
        guess = self.labels[part]
        if guess[0] < 0:
            guess = D.argmin(axis=1)
        return closest(D, E, guess, lambda at: self.X[part.start + at],
                       centres.exact)
