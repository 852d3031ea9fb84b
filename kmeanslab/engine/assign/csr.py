"""The assign step for sparse points: work and memory as the stored values.

The product of a chunk of points with all centres ranks the centres (see
`csr_centres.py`), and the formula decides where rounding leaves doubt.  Where
a point's bound (see `bounds.py`) says so, its ranks are not needed.

    X (m, d)  points, CSR             C (k, d)  centres, float64, dense
    ranks (m, k)  |c|^2 - 2 x.c less its error: a lower limit

Memory: the centres twice, of mini-batches and few points once; 24 bytes per
point; per thread a chunk of ranks, 1 MB, and the points that they belong to.
"""

from typing import Any

import numpy as np
from scipy import sparse

from kmeanslab.engine.assign.blocks import keep_nearest, weighted_values
from kmeanslab.engine.assign.bounds import Bounded, BoundedBlock
from kmeanslab.engine.assign.csr_centres import (
    SparseCentres, error_unit, squared_lengths)
from kmeanslab.engine.assign.csr_rows import (
    as_csr, canonical, chunks, csr_squared_lengths, row_slice, stores_few,
    values_per_row)
from kmeanslab.engine.assign.distances import (
    Points, csr_row_sums, pair_distances, settle, true_at)

CHUNK_VALUES = 2 ** 17       # ranks computed at a time
SAMPLE_VALUES = 2 ** 14      # stored values that say how long points are
TRUSTED_FRACTION = 2.0 ** -12    # of |x|^2 + |c|^2: what is less is recomputed


class Sparse(Bounded):
    """The method for CSR: the points that bounds leave open, all centres."""

    kind_of_centres = SparseCentres

    def __init__(self, X: Points, k: int) -> None:
        super().__init__(X, k)
        step = 1 + X.nnz // SAMPLE_VALUES
        some = X.data[::step]
        squares = step * np.einsum("i,i->", some, some, dtype=np.float64)
        self.spread = float(np.sqrt(squares / X.shape[0])) or np.inf
        self.few = stores_few(X)
        self.last: Any = None            # centres

    def centres(self, C: np.ndarray, shifts: np.ndarray) -> Any:
        _, rounding, again = self.follow(C, shifts)
        squares, columns = self.moved(C, np.flatnonzero(shifts))
        self.last = self.kind_of_centres(
            C, np.ones(len(C)), squares, self.drift, self.other_drift,
            rounding, again, self.few, columns)
        return self.last

    def moved(self, C: np.ndarray, rows: np.ndarray) -> tuple:
        """Return |c|^2 of the centres, and their columns or None.

        From the last ones where few moved, late in a run: `rows`.  Where a
        shift underflows to 0, ranks change by less than their floor.  No rows
        may also mean that nobody knows.
        """
        if self.last is None or not 0 < 2 * len(rows) <= len(C):
            return self.squared_lengths(C), None
        squares = self.last.squares
        squares[rows] = self.squared_lengths(C[rows])
        if self.few:
            return squares, None
        for j in rows:
            self.last.columns[:, j] = C[j]
        return squares, self.last.columns

    def batch_centres(self, sums: np.ndarray, divisors: np.ndarray) -> tuple:
        still = np.zeros(len(sums))
        squares = self.squared_lengths(sums)
        return self.kind_of_centres(
            sums, divisors, squares, still, still), None

    def squared_lengths(self, C: np.ndarray) -> Any:
        """Return |c|^2 of each centre, (k,)."""
        return squared_lengths(C)

    def distance_centres(self, C: np.ndarray) -> Any:
        return self.centres(C, np.zeros(len(C)))

    def block(self, X: Points, weights: np.ndarray) -> Any:
        return SparseBlock(X, weights, self.k)


class SparseBlock(BoundedBlock):
    """Some points; labels from the product, and the formula in doubt."""

    def start(self) -> None:
        """Bring the points into order and measure them."""
        self.X = canonical(self.X)
        self.squares = csr_squared_lengths(self.X)
        self.near = np.zeros(len(self.labels))
        super().start()

    def label_once(self, centres: Any) -> None:
        """Assign points that are not asked again."""
        self.start()
        self.relabel(centres)

    def label_batch(self, centres: Any, C: np.ndarray) -> float:
        """Assign points that are not asked again; return their inertia.

        From the ranks: where a point is very near its centre, digits cancel.
        """
        self.label_once(centres)
        return self.weighted_sum(self.near)

    def relabel(self, centres: Any) -> tuple:
        """Assign, as `Block` does, the points that bounds leave open."""
        if centres.again:
            self.forget()
        rows, k = self.open_rows(centres), len(centres.low)
        before = self.labels[rows]
        for part in chunks(len(rows), k, CHUNK_VALUES):
            self.label_rows(rows[part], centres)
        moved = np.flatnonzero(self.labels[rows] != before)
        return rows[moved], before[moved], len(rows), len(rows) * k

    def first_change(self) -> tuple:
        """Return the points as they are: to add them takes no longer."""
        X, weights = self.X, self.weights
        X = sparse.csr_array((weighted_values(X, weights), X.indices,
                              X.indptr), shape=X.shape)
        return self.labels, X, weights, weights != 0

    def open_rows(self, centres: Any) -> np.ndarray:
        """Return the points whose label may change."""
        a = np.maximum(self.labels, 0)       # -1 at the start
        drifts = centres.drift + centres.other_drift + centres.rounding
        # so that a margin that is NaN counts as open
        return np.flatnonzero(~(self.margin > drifts[a]))

    def label_rows(self, rows: np.ndarray, centres: Any) -> None:
        """Find the labels and margins of some points, ascending."""
        if rows[-1] - rows[0] == len(rows) - 1:      # no copy of the points
            X = row_slice(self.X, slice(rows[0], rows[-1] + 1))
        else:
            X = self.X[rows]
        labels, near, gap = nearest(X, self.squares[rows], centres)
        self.labels[rows], self.near[rows] = labels, near
        self.margin[rows] = (gap + centres.drift[labels]
                             + centres.other_drift[labels])

    def own_distances(self, C: np.ndarray) -> np.ndarray:
        """Return the squared distance of each point to its centre, (m,)."""
        squares = squared_lengths(C)
        return np.concatenate([
            self.chunk_own_distances(part, C, squares)
            for part in chunks(len(self.labels), values_per_row(self.X),
                               CHUNK_VALUES)])

    def chunk_own_distances(self, part: slice, C: np.ndarray,
                            squares: np.ndarray) -> np.ndarray:
        """Return |x|^2 - 2 x.c + |c|^2, and the formula where it cancels."""
        X, labels = row_slice(self.X, part), self.labels[part]
        at = np.repeat(labels * X.shape[1], np.diff(X.indptr)) + X.indices
        products = C.ravel()[at] * X.data
        scale = self.squares[part] + squares[labels]
        D = scale - 2 * csr_row_sums(products, X.indptr)
        floor = error_unit(X.shape[1])[1]
        doubt = np.flatnonzero(~(D > TRUSTED_FRACTION * scale + floor))
        if len(doubt):
            D[doubt] = self.formula(part.start + doubt, C)
        return D

    def formula(self, at: np.ndarray, C: np.ndarray) -> np.ndarray:
        """Return the exact squared distances of some points, (len(at),)."""
        own, candidate = np.unique(self.labels[at], return_inverse=True)
        return pair_distances(np.arange(len(at)), candidate,
                              lambda row: self.X[at[row]],
                              as_csr(C[own]))

    def fill_distances(self, centres: Any) -> None:
        """Write the distances of the points to the centres."""
        m, k = self.distances.shape
        for part in chunks(m, k, CHUNK_VALUES):
            D, labels = distances_to_all(row_slice(self.X, part), centres)
            self.distances[part] = np.sqrt(D)
            keep_nearest(self.distances[part], labels)

    def farthest(self, C: np.ndarray, count: int) -> list:
        """Return the points farthest from their centres, as `Block` does.

        The formula ranks all those that may be among them.
        """
        D = np.where(self.weights > 0, self.own_distances(C), -np.inf)
        unit, floor = error_unit(C.shape[1])
        squares = squared_lengths(C)[self.labels] + self.squares
        error = 2 * (unit * squares + floor)
        last = np.sort(D - error)[-count:][0]
        at = np.flatnonzero(~(D + error < last) & (self.weights > 0))
        exact = self.formula(at, C)
        order = np.argsort(-exact, kind="stable")[:count]
        return [(exact[i], self.X[[at[i]]], self.weights[at[i]],
                 self.labels[at[i]]) for i in order]


def nearest(X: Points, squares: np.ndarray, centres: Any) -> tuple:
    """Return labels of CSR points (m, d), distances, gaps to other centres.

    The distance to the own centre, squared, to rounding; how much farther all
    others are at least, or -inf in doubt.  squares: (m,) |x|^2
    """
    labels, best, second = centres.two_best(X)
    wrong = centres.floor + centres.unit * 2 * (
        squares + centres.squares[labels])
    gap = (np.sqrt(np.maximum(squares + second - wrong, 0.0))
           - np.sqrt(np.maximum(squares + best + wrong, 0.0)))
    doubt = np.flatnonzero(~(gap > 0))           # also where NaN
    if len(doubt):
        few = X[doubt]
        labels[doubt] = settle(
            centres.ranks(few), wrong[doubt], lambda *pairs: (
                centres.formula(*pairs, lambda at: few[at])))
    gap[doubt] = gap[centres.twins[labels]] = -np.inf
    near = squares + best + centres.unit * centres.squares[labels]
    return labels, np.maximum(near, 0.0), gap


def distances_to_all(X: Points, centres: Any) -> tuple[np.ndarray, np.ndarray]:
    """Return squared distances of CSR points to all centres, (m, k); labels.

    centres: a `SparseCentres`, of which none is dropped.  The formula
    computes those distances that are much smaller than what they are
    differences of.  The minimum of each row is at its label.
    """
    block = SparseBlock(X, np.ones(X.shape[0]), len(centres.low))
    block.start()
    block.relabel(centres)
    labels = block.labels
    scale = block.squares[:, None] + centres.squares
    D = centres.products(block.X)
    D += scale
    row, candidate = true_at(~(D > TRUSTED_FRACTION * scale + centres.floor))
    D[row, candidate] = centres.formula(row, candidate,
                                        lambda at: block.X[at])
    np.maximum(D, np.take_along_axis(D, labels[:, None], axis=1), out=D)
    return D, labels
