"""Distances from all points to candidates for centres, chunk by chunk.

Few columns, or little work: the formula, in any order.  Otherwise products,
|w - c|^2 = |w|^2 - 2 w.c + |c|^2, of points w relative to an origin amid the
data (CSR: of the points as they are), in float32 where that is precise enough;
the formula computes each distance that is not much larger than its error.
k-means++ depends on ratios of distances only, so all points may be scaled by a
power of two, which keeps squares within float64.

    X (n, d)       points, dense or CSR
    D (b, m)       squared distances of a chunk's m points to b candidates
"""

from collections.abc import Callable
import math
from typing import Any, NamedTuple

import numpy as np
from scipy import sparse

from kmeanslab.engine.assign.csr_rows import (
    canonical, csr_squared_lengths, row_slice, values_per_row)
from kmeanslab.engine.assign.distances import dense, pair_distances, true_at
from kmeanslab.engine.assign.matmul import Frame

DIRECT_COLUMNS = 6           # up to which the formula is the fastest,
DIRECT_WORK = 2 ** 17        # and up to so many n k d, whatever d is
SMALL_VALUES = 2 ** 16       # of data for which float64 costs next to nothing
KEPT_VALUES = 2 ** 19        # of data that are kept as the product reads them
CHUNK_VALUES = 2 ** 19
CHUNK_ROWS = 256, 2 ** 14    # at least, and at most
TRUST = 8                    # a distance is trusted from so many errors
FORMULA_FRACTION = 1 / 64    # of the distances, that float32 may leave over


class Candidates(NamedTuple):
    """Some candidates for centres, and the same as a product reads them."""
    exact: Any               # (b, d) float64, dense or CSR
    double: np.ndarray       # -2 c, (b, d), of CSR (d, b)
    squares: np.ndarray      # (b, 1), |c|^2


class Points:
    """The points to choose from.

    Parameters: X (n, d), any real dtype, dense or CSR; k, how many are chosen;
    scale, a power of two.
    """

    def __init__(self, X: Any, k: int, scale: float = 1.0) -> None:
        self.X = canonical(X) if sparse.issparse(X) else X
        self.k, self.scale = k, scale
        self.size = math.prod(X.shape)
        self.frame: Frame | None = None

    def chunks(self) -> list:
        """Return the points in chunks, which depend on the shape alone."""
        n, d = self.X.shape
        kind: type[Chunk] = ProductChunk
        if sparse.issparse(self.X):
            d, kind = values_per_row(self.X), SparseChunk
        elif not self.batched:
            kind = DirectChunk
        else:
            self.frame = Frame(self.X, self.scale)
        least, most = CHUNK_ROWS
        rows = max(least, min(CHUNK_VALUES // max(d, 32), most))
        return [kind(self, slice(s, min(s + rows, n)))
                for s in range(0, n, rows)]

    @property
    def batched(self) -> bool:
        """Whether distances to many candidates at once are faster."""
        return sparse.issparse(self.X) or (
            self.X.shape[1] > DIRECT_COLUMNS
            and self.size * self.k > DIRECT_WORK)

    @property
    def dtype(self) -> type:
        """The type that distances are tried in first."""
        if (sparse.issparse(self.X) or not self.batched
                or self.size <= SMALL_VALUES or self.scale != 1):
            return np.float64
        return np.float32

    @property
    def is_kept(self) -> bool:
        """Whether the points are read only once."""
        return self.size <= KEPT_VALUES

    def scaled(self, X: Any) -> Any:
        """Return some of the points as float64, scaled; of CSR as CSR."""
        X = X.astype(np.float64) if sparse.issparse(X) else dense(X)
        return X if self.scale == 1 else X * self.scale

    def relative(self, X: Any, dtype: Any) -> Any:
        """Return some of the points relative to the origin."""
        assert self.frame is not None
        if dtype == np.float32:
            return self.frame.read(X, own=self.is_kept)
        return self.scaled(X) - self.frame.origin

    def candidates(self, at: np.ndarray, dtype: Any) -> Candidates:
        """Return these points as candidates."""
        X = self.X[at]
        exact = self.scaled(X)
        if sparse.issparse(X):
            return Candidates(exact, np.multiply(exact.toarray().T, -2.0,
                                                 order="C"),
                              csr_squared_lengths(exact)[:, None])
        if self.frame is None:
            return Candidates(exact, exact, exact)
        double = -2 * self.relative(X, dtype)
        squares = np.einsum("ij,ij->i", double, double)[:, None] / 4
        return Candidates(exact, double, squares)

    def power(self) -> float:
        """Return the power of two that brings the largest value to 1.

        Raises ValueError if X contains NaN or infinity.
        """
        values = self.X.data if sparse.issparse(self.X) else self.X
        largest = max(abs(float(values.max(initial=0))),
                      abs(float(values.min(initial=0))))
        if not math.isfinite(largest):
            raise ValueError("Input X contains NaN or infinity, from which "
                             "k-means++ cannot choose centres.")
        # not as far as that the power itself would overflow
        return 2.0 ** min(1000, -math.frexp(largest)[1])


class Chunk:
    """Some of the points, for one thread.

    Parameters: points, a `Points`; part, a slice of them.
    """

    def __init__(self, points: Points, part: slice) -> None:
        self.points, self.part = points, part

    def potentials(self, columns: np.ndarray, ready: Any, D: np.ndarray,
                   weights: np.ndarray) -> Any:
        """Return the weighted sums of the columns `ready`, lowered to D."""
        lowered = np.minimum(columns[ready, self.part], D[self.part])
        return np.einsum("ji,i->j", lowered, weights[self.part])

    def settle(self, D: np.ndarray, doubt: tuple, limit: Callable, exact: Any
               ) -> None:
        """Compute the doubtful distances up to their limit by the formula.

        doubt: candidates and points, two (p,)
        limit: a function of these
        """
        rest = ~(D[doubt] > limit(*doubt))           # so also where NaN
        j, i = doubt[0][rest], doubt[1][rest]
        points, first = self.points, self.part.start
        D[j, i] = pair_distances(
            i, j, lambda at: points.scaled(points.X[first + at]), exact)


class DirectChunk(Chunk):
    """Some points, by the formula."""

    def __init__(self, points: Points, part: slice) -> None:
        super().__init__(points, part)
        self.columns: Any = None

    def fill(self, candidates: Candidates, columns: np.ndarray) -> bool:
        """Compute the distances to candidates; return True, they are right."""
        if self.columns is None:
            self.columns = np.ascontiguousarray(
                self.points.scaled(self.points.X[self.part]).T)
        difference = self.columns - candidates.exact[:, :, None]
        np.einsum("jhi,jhi->ji", difference, difference,
                  out=columns[:, self.part])
        return True


class ProductChunk(Chunk):
    """Some dense points."""

    def __init__(self, points: Points, part: slice) -> None:
        super().__init__(points, part)
        self.W: Any = None
        self.squares: Any = None

    def fill(self, candidates: Candidates, columns: np.ndarray) -> bool:
        """Compute distances to candidates; False if float32 leaves doubt."""
        D = columns[:, self.part]
        W = self.read(D.dtype)
        np.matmul(candidates.double, W.T, out=D)
        D += candidates.squares
        D += self.squares
        unit, floor = self.error(D.dtype)
        squares = candidates.squares[:, 0]
        # the limit of the longest candidate first, which is fast to test
        doubt = true_at(~(D > unit * (self.squares + squares.max()) + floor))
        few = len(D) + D.size * FORMULA_FRACTION
        if D.dtype == np.float32 and len(doubt[0]) > few:
            return False
        self.settle(D, doubt, lambda j, i: unit * (
            self.squares[i] + squares[j]) + floor, candidates.exact)
        return True

    def read(self, dtype: Any) -> np.ndarray:
        """Return the points relative to the origin; measure their squares."""
        if self.W is not None and self.W.dtype == dtype:
            return self.W
        W = self.points.relative(self.points.X[self.part], dtype)
        if self.squares is None or self.squares.dtype != dtype:
            self.squares = np.einsum("ij,ij->i", W, W)
        if self.points.is_kept:
            self.W = W
        return W

    def error(self, dtype: Any) -> tuple[float, float]:
        """Return up to where distances are not trusted, per |w|^2 + |c|^2.

        The product errs by less than (d + 8) eps (|w| + |c|)^2, which is at
        most twice the sum of the squares.
        """
        kind = np.finfo(dtype)
        factor = TRUST * (self.points.X.shape[1] + 64)
        return float(2 * factor * kind.eps), float(factor * kind.tiny)


class SparseChunk(Chunk):
    """Some CSR points."""

    def __init__(self, points: Points, part: slice) -> None:
        super().__init__(points, part)
        self.X = None

    def fill(self, candidates: Candidates, columns: np.ndarray) -> bool:
        """Compute the distances to candidates; return True, they are right."""
        if self.X is None:
            self.X = self.points.scaled(row_slice(self.points.X, self.part))
            self.squares = csr_squared_lengths(self.X)
        D = columns[:, self.part]
        D[:] = (self.X @ candidates.double).T
        D += candidates.squares
        D += self.squares
        kind = np.finfo(np.float64)
        factor = TRUST * (self.points.X.shape[1] + 64)
        limit = factor * 2 * kind.eps * (candidates.squares + self.squares)
        doubt = true_at(~(D > limit + factor * kind.tiny))
        self.settle(D, doubt, lambda j, i: np.inf, candidates.exact)
        return True
