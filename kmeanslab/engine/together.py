"""All starts of a fit at once, for few points: where does each of them end?

An iteration on few points is a dozen calls of NumPy, and each takes longer to
begin than to compute.  Here the starts take their iterations side by side, so
that one call serves them all.  They end as by `lloyd.run`, to the last bit.

    X (n, d)        points, few
    C (s, k, d)     the centres of s starts
    labels (g, n)   of the points, for the g starts that go on
"""

from typing import Any, NamedTuple

import numpy as np

from kmeanslab.engine.assign.blocks import sum_changes
from kmeanslab.engine.assign.distances import all_distances
from kmeanslab.engine.update import Clusters, is_rounding

FEW_PRODUCTS = 2 ** 14       # n k d, up to which this is faster
MAX_PRODUCTS = 2 ** 18       # of the starts that go side by side


class End(NamedTuple):
    """Where a start ends."""
    labels: np.ndarray       # (n,)
    inertia: float


def pays(X: Any, k: int) -> bool:
    """Return whether it is faster to take the starts of a fit side by side."""
    return isinstance(X, np.ndarray) and X.size * k <= FEW_PRODUCTS


def ends(X: np.ndarray, starts: list, weights: np.ndarray, max_iter: int,
         tol: float) -> list[End] | None:
    """Return where each start ends, given by its centres (k, d).

    None if any needs more than plain iterations: where a cluster is empty, or
    rounding decides.
    """
    at_once = max(1, MAX_PRODUCTS // (X.size * len(starts[0])))
    found: list[End] = []
    with np.errstate(all="ignore"):
        for s in range(0, len(starts), at_once):
            some = Starts(X, starts[s:s + at_once], weights)
            if not some.converge(max_iter, tol):
                return None
            found += some.ends()
        inertias = [end.inertia for end in found]
        if not np.isfinite(inertias).all() or is_zero(min(inertias), X,
                                                      weights):
            return None
    return found


def is_zero(inertia: float, X: np.ndarray, weights: np.ndarray) -> bool:
    """Return whether rounding may explain all of an inertia."""
    all_points = Clusters(1, X.shape[1])
    all_points.members[0] = len(X)
    return is_rounding(inertia / weights.sum(), [X], all_points)


class Starts:
    """Some starts, side by side.

    going: (g,) those that go on
    clusters: of these, g k of them
    """

    def __init__(self, X: np.ndarray, starts: list, weights: np.ndarray
                 ) -> None:
        self.dtype = np.float32 if X.dtype == np.float32 else np.float64
        self.X, self.weights = X.astype(np.float64), weights
        self.C = np.array(starts, np.float64)
        self.s, self.k, self.d = self.C.shape
        self.going = np.arange(self.s)
        self.labels = np.full((self.s, len(X)), -1)
        self.clusters = Clusters(self.s * self.k, self.d)

    def converge(self, max_iter: int, tol: float) -> bool:
        """Iterate until each start has converged; return whether they could.
        """
        for number in range(max_iter):
            moved = self.assign(first=number == 0)
            if (not self.clusters.members.all()
                    or len(self.clusters.find_worn())):
                return False
            shifts = self.update()
            go_on = moved & [shift @ shift > tol for shift in shifts]
            if not go_on.any():
                break
            self.leave_out(go_on)
        return True

    def distances(self, C: np.ndarray) -> Any:
        """Return all squared distances, (starts, k, n)."""
        return all_distances(self.X, C.reshape(-1, self.d)).reshape(
            len(C), self.k, -1)

    def assign(self, first: bool) -> Any:
        """Assign; return in which of the starts a point has moved, (g,)."""
        old, self.labels = self.labels, self.distances(
            self.C[self.going]).argmin(axis=1)
        at = np.flatnonzero(self.labels != old)
        start, point = np.divmod(at, len(self.X))
        cluster = start * self.k             # the first of the start
        self.clusters.add([sum_changes(
            self.X[point], self.weights[point],
            self.labels.ravel()[at] + cluster,
            old.ravel()[at] + (0 if first else cluster),
            len(self.clusters.sums))])
        return np.bincount(start, minlength=len(self.going)) > 0

    def update(self) -> Any:
        """Move the centres; return how far, (g, k)."""
        last = self.C[self.going].reshape(-1, self.d)
        C = self.clusters.means(last).astype(self.dtype).astype(np.float64)
        self.C[self.going] = C.reshape(-1, self.k, self.d)
        return self.clusters.shifts(last, C).reshape(-1, self.k)

    def leave_out(self, go_on: np.ndarray) -> None:
        """Go on with some of the starts only, (g,) bool."""
        if not go_on.all():
            self.going, self.labels = self.going[go_on], self.labels[go_on]
            self.clusters = self.clusters.some(np.repeat(go_on, self.k))

    def ends(self) -> list[End]:
        """Return where the starts have ended."""
        D = self.distances(self.C)
        inertias = np.sum(D.min(axis=1) * self.weights, axis=1)
        return [End(*end) for end in zip(D.argmin(axis=1), inertias.tolist())]
