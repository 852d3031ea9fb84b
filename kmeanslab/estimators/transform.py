"""The distances of points to centres, for `transform`."""

from __future__ import annotations

from typing import Any

import numpy as np
from scipy import sparse

from kmeanslab.engine.assign.csr import (
    SparseCentres, distances_to_all, row_slice)
from kmeanslab.engine.assign.distances import all_distances
from kmeanslab.engine.threads import worker_threads

CHUNK_VALUES = 2 ** 15     # of points, or distances, at a time
BLOCK_ROWS = 4096          # that a thread takes at a time


class Rows:
    """Some of the points, with the place for their distances."""

    def __init__(self, X: Any, out: np.ndarray) -> None:
        self.X, self.out = X, out

    def fill_sparse(self, centres: SparseCentres) -> None:
        """Write the distances of CSR points to the centres."""
        D, labels = distances_to_all(self.X, centres)
        self.out[:] = np.sqrt(D)
        keep_nearest(self.out, labels)

    def fill(self, C: np.ndarray) -> None:
        """Write the distances to the centres C (k, d)."""
        rows = max(1, CHUNK_VALUES // max(C.shape))
        for s in range(0, self.X.shape[0], rows):
            D, out = all_distances(self.X[s:s + rows], C), self.out[s:s + rows]
            np.sqrt(D.T, out=out, casting="same_kind")
            keep_nearest(out, D.argmin(axis=0))


def keep_nearest(distances: np.ndarray, labels: np.ndarray) -> None:
    """Make `labels` the first minimum of each row of distances (m, k).

    Rounding a square root can make two distances equal whose squares differ.
    A centre before the nearest one then moves away by the last digit.
    """
    rows = np.flatnonzero(distances.argmin(axis=1) != labels)
    largest = np.finfo(distances.dtype).max
    infinity = distances.dtype.type(np.inf)
    for i in rows:
        before = distances[i, :labels[i]]
        nearest = min(distances[i, labels[i]], largest)
        distances[i, labels[i]] = nearest
        before[before <= nearest] = np.nextafter(nearest, infinity)


def distances_to_centres(X: Any, C: np.ndarray) -> np.ndarray:
    """Return the distance of each point of X (n, d) to each centre, (n, k).

    They are square roots of float64 sums of (x - c)^2, so no digits cancel
    far from the origin; float32 if X and C are, else float64.  The first
    minimum of each row is the label that `predict` gives.
    """
    n = X.shape[0]
    out = np.empty((n, len(C)), np.result_type(X.dtype, C.dtype))
    slices = [slice(s, min(s + BLOCK_ROWS, n))
              for s in range(0, n, BLOCK_ROWS)]
    blocks = [Rows(row_slice(X, rows), out[rows]) for rows in slices]
    C = C.astype(np.float64)
    with worker_threads(blocks) as call:
        if sparse.issparse(X):
            call("fill_sparse", SparseCentres(C))
        else:
            call("fill", C)
    return out
