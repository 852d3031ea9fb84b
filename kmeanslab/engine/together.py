"""All starts of a fit at once, for few points: where does each of them end?

An iteration on few points is a dozen calls of NumPy, and each takes longer to
begin than to compute.  Here the starts take their iterations side by side:
each assigns, without bounds, and one update serves all.  They end as by
`lloyd.run`, to the last bit.

    X (n, d)        points, few
    C (s, k, d)     the centres of s starts
    labels (g, n)   of the points, for the g starts that go on
"""

from typing import Any, NamedTuple

import numpy as np

from kmeanslab.engine.assign.blocks import sum_changes
from kmeanslab.engine.assign.direct import Direct
from kmeanslab.engine.threads import worker_threads
from kmeanslab.engine.update import Clusters, is_rounding

FEW_PRODUCTS = 3 * 2 ** 14   # n k d, up to which this is faster
MAX_LABELS = 2 ** 16         # of the starts that go side by side


class End(NamedTuple):
    """Where a start ends."""
    labels: np.ndarray       # (n,)
    inertia: float


def pays(X: Any, k: int) -> bool:
    """Return whether it is faster to take the starts of a fit side by side."""
    return isinstance(X, np.ndarray) and X.size * k <= FEW_PRODUCTS


def ends(X: np.ndarray, starts: list, weights: np.ndarray, max_iter: int,
         tol: float, method: type[Direct] = Direct) -> list[End] | None:
    """Return where each start ends, given by its centres (k, d).

    None if any needs more than plain iterations: where a cluster is empty, or
    rounding decides.  `method` is one for points that are labelled once.
    """
    at_once = max(1, MAX_LABELS // len(X))
    found: list[End] = []
    for s in range(0, len(starts), at_once):
        some = Starts(X, starts[s:s + at_once], weights, method)
        part = some.run(max_iter, tol)
        if part is None:
            return None
        found += part
    method.successor()                   # it notes the time that this took
    inertias = [end.inertia for end in found]
    if not np.isfinite(inertias).all() or is_zero(min(inertias), X, weights):
        return None
    return found


def is_zero(inertia: float, X: np.ndarray, weights: np.ndarray) -> bool:
    """Return whether rounding may explain all of an inertia."""
    return is_rounding(inertia / weights.sum(), [X.astype(np.float64)],
                       len(X))


class Starts:
    """Some starts, side by side.

    block: of all points, which is asked for each start
    going: (g,) the starts that go on
    clusters: of these, g k of them
    """

    def __init__(self, X: np.ndarray, starts: list, weights: np.ndarray,
                 method: type[Direct]) -> None:
        self.dtype = np.float32 if X.dtype == np.float32 else np.float64
        self.X, self.weights = X, weights
        self.C = np.array(starts, np.float64)
        s, self.k, self.d = self.C.shape
        self.method = method(X, self.k)
        self.block = self.method.block(X, weights)
        self.going, self.labels = np.arange(s), np.full((s, len(X)), -1)
        self.clusters = Clusters(s * self.k, self.d)

    def run(self, max_iter: int, tol: float) -> list[End] | None:
        """Return where the starts end; None where `converge` is not enough."""
        with worker_threads([self.block]), np.errstate(all="ignore"):
            if not self.converge(max_iter, tol):
                return None
            return [End(self.nearest(C), self.block.inertia(C))
                    for C in self.C]

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

    def nearest(self, C: np.ndarray) -> Any:
        """Return the index of each point's nearest centre, (n,)."""
        self.block.label_once(self.method.centres(C, np.zeros(self.k)))
        self.block.labels = self.block.labels.astype(np.intp, copy=False)
        return self.block.labels.copy()      # the block may use it again

    def assign(self, first: bool) -> Any:
        """Assign; return in which of the starts a point has moved, (g,)."""
        old, self.labels = self.labels, np.stack(
            [self.nearest(C) for C in self.C[self.going]])
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
