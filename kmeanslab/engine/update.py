"""The update step: from the sums of the clusters' points to new centres.

    sums (k, d), weights (k,)   of each cluster's points, float64
    members (k,)                how many of them have a weight
    C (k, d)                    the centres that the points were assigned to
    call(name, *args)           asks all blocks
"""

from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np
from scipy import sparse

from kmeanslab.engine.assign.distances import Points, row_sums

LOST_DIGITS = 2.0 ** -10     # a sum that shrank by this is computed again
UNIT = 2.0 ** -53            # of a float64
PART_VALUES = 2 ** 16        # of centres, at a time: a multiple of
LANES = 64                   # sums side by side


class Clusters:
    """The sums that make the centres, kept up to date by changes.

    `CompiledClusters` and `ChangedClusters` do the same faster.

    C: (k, d) the centres that were made of the sums last
    threads: how many may share this work, by default `thread_count()`
    settled: whether some are empty, but no point is off its centre by more
        than rounding: then no update can change anything
    """

    C: Any = None
    threads: int | None = None
    settled = False

    def __init__(self, k: int, d: int) -> None:
        self.sums, self.weights = np.zeros((k, d)), np.zeros(k)
        self.members, self.peak = np.zeros(k), np.zeros(k)
        self.middle: Any = None

    def handed_to(self, kind: "type[Clusters]") -> "Clusters":
        """Return the same sums as another kind of clusters."""
        other = kind(*self.sums.shape)
        vars(other).update(vars(self))
        return other

    def some(self, which: np.ndarray) -> "Clusters":
        """Return some of the clusters, (k,) bool."""
        some = Clusters(0, self.sums.shape[1])
        some.sums, some.weights, some.members, some.peak = (
            array[which] for array in self.arrays())
        return some

    def arrays(self) -> tuple:
        """Return what has a row or number per cluster."""
        return self.sums, self.weights, self.members, self.peak

    def add(self, changes: Any) -> None:
        """Add the blocks' changes, in their order."""
        for change in changes:
            self.add_change(*change)
        self.clear_empty()

    def add_change(self, clusters: Any, sums: Any, weights: np.ndarray,
                   members: np.ndarray) -> None:
        """Add to the sums of some clusters, given by ascending indices."""
        add_rows(self.sums, clusters, sums)
        add_rows(self.weights, clusters, weights)
        add_rows(self.members, clusters, members)

    def clear_empty(self) -> None:
        """Remove what rounding has left of clusters without points."""
        empty = self.members == 0
        if empty.any():
            self.sums[empty], self.weights[empty] = 0.0, 0.0

    def refresh(self, call: Callable) -> None:
        """Compute again the sums that were once so large that digits are lost.

        Without it a point at 1e20 that came and went leaves only noise.
        """
        worn = self.find_worn()
        if len(worn):
            for array in self.arrays():
                array[worn] = 0.0
            self.add(call("recompute_sums", worn))
            self.find_worn()

    def find_worn(self) -> Any:
        """Return the clusters whose sums have shrunk; note their size."""
        worn, self.peak = find_worn(self.sums, self.peak)
        return np.flatnonzero(worn)

    def means(self, C: np.ndarray) -> Any:
        """Return new centres; a cluster without points keeps its centre.

        So does one whose sum overflows: it has no mean that could be computed.
        """
        return means(self.sums, self.weights, C)

    def shifts(self, last: np.ndarray, C: np.ndarray) -> np.ndarray:
        """Return how far each centre moved from the last ones to C, (k,)."""
        return shift_lengths(last, C)

    def cost(self, C: np.ndarray) -> float:
        """Return the inertia less a constant: the sum of w |c|^2 - 2 c.sum.

        Seen from the points' mean, where fewest digits cancel.
        """
        if self.middle is None:
            self.middle = self.sums.sum(axis=0) / self.weights.sum()
        return self.sum_costs(C)

    def sum_costs(self, C: np.ndarray) -> float:
        """Return the terms of `cost`, added in a fixed order."""
        costs = row_costs(self.sums, self.weights, self.middle, C)
        return float(np.add.accumulate(costs)[-1])


def find_worn(sums: np.ndarray, peak: np.ndarray) -> tuple:
    """Return whether each sum has shrunk, (k,), and its peak up to now, (k,).

    By the largest coordinate of each sum.
    """
    size = np.maximum(*np.abs((sums.max(axis=1), sums.min(axis=1))))
    return size < LOST_DIGITS * peak, np.maximum(peak, size)


def means(sums: np.ndarray, weights: np.ndarray, C: np.ndarray) -> Any:
    """Return sums (k, d) / weights (k,) where that is finite, else C."""
    filled, weights = weights > 0, weights[:, None]
    if filled.all() and np.isfinite(sums.sum()):     # so each of them is
        return sums / weights
    return np.divide(sums, weights, out=C.copy(),
                     where=np.isfinite(sums) & filled[:, None])


def row_costs(sums: np.ndarray, weights: np.ndarray, middle: np.ndarray,
              C: np.ndarray) -> np.ndarray:
    """Return each cluster's part of the cost, (k,)."""
    dropped = np.isinf(C[:, 0])

    def terms(rows: slice, columns: slice, out: np.ndarray) -> None:
        near = C[rows, columns] - middle[columns]
        near[dropped[rows]] = 0.0        # they have neither weight nor sums
        np.add(near, 2 * middle[columns], out=out)
        out *= weights[rows, None]
        out -= 2 * sums[rows, columns]
        out *= near
    return sum_terms(terms, *C.shape)


def shift_lengths(last: np.ndarray, C: np.ndarray) -> np.ndarray:
    """Return the distance from each row of `last` (k, d) to that of C, (k,).

    0 for centres that are dropped.
    """
    def terms(rows: slice, columns: slice, out: np.ndarray) -> None:
        np.subtract(C[rows, columns], last[rows, columns], out=out)
        out *= out
    squares = sum_terms(terms, *C.shape)
    return np.where(np.isfinite(C[:, 0]), np.sqrt(squares), 0.0)


def sum_terms(terms: Callable, k: int, d: int) -> Any:
    """Return the sums of the rows that terms(rows, columns, out) writes, (k,).

    The order is fixed by d: other sums of NumPy depend on the machine, and
    BLAS on its threads.  A few terms at a time: new memory is expensive.
    """
    if d <= LANES:                       # a column each; begins at 0, not -0
        values, whole = np.empty((k, d)), slice(None)
        terms(whole, whole, values)
        return row_sums(values) + 0.0
    lanes = np.zeros((k, LANES))
    for rows, columns in parts(k, d):
        width = len(range(d)[columns])
        add_to_lanes(lanes[rows], width, partial(terms, rows, columns))
    return row_sums(lanes)


def add_to_lanes(lanes: np.ndarray, width: int, terms: Callable) -> None:
    """Add terms (k, width) to lanes (k, LANES), one column after the other.

    Column h goes to the lane h % LANES.  terms(out) writes them.
    """
    rows = np.empty((len(lanes), 1 - (-width // LANES), LANES))
    rows[:, -1] = 0.0                    # the last may be filled in part only
    rows[:, 0] = lanes
    terms(rows[:, 1:].reshape(len(lanes), -1)[:, :width])
    np.add.reduce(rows, axis=1, out=lanes)


def parts(k: int, d: int) -> list:
    """Return pairs of slices that cut (k, d) values into parts, in order."""
    rows = max(1, PART_VALUES // d)
    return [np.s_[s:s + rows, h:h + PART_VALUES] for s in range(0, k, rows)
            for h in range(0, d, PART_VALUES)]


def add_rows(total: np.ndarray, at: Any, rows: Points) -> None:
    """Add rows, dense or CSR, to total[at].

    at: ascending, so as many as there are means all; for CSR in any order,
    each as often as it has rows, which are added one after the other
    """
    if sparse.issparse(rows):
        down, right = (step // total.itemsize for step in total.strides)
        at = np.repeat(np.asarray(at) * down, np.diff(rows.indptr))
        np.add.at(total.ravel("K"), at + rows.indices * np.intp(right),
                  rows.data)
    elif len(at) == len(total):
        total += rows
    else:
        total[at] += rows


def merge_changes(changes: Any) -> tuple:
    """Return the changes of several blocks as one, added in their order."""
    if len(changes) == 1:
        return changes[0]
    clusters = np.unique(np.concatenate([change[0] for change in changes]))
    total = [np.zeros((len(clusters), *array.shape[1:]))
             for array in changes[0][1:]]
    for some, *arrays in changes:
        at = np.searchsorted(clusters, some)
        for whole, array in zip(total, arrays):
            whole[at] += array
    return clusters, *total


def flatten(lists: Any) -> list:
    """Return one list of all that the lists hold."""
    return [item for items in lists for item in items]


def relocate(clusters: Clusters, C: np.ndarray, call: Callable) -> Clusters:
    """Return the clusters with the farthest points moved to the empty ones.

    As scikit-learn does, for this update only: the next assign step decides
    again.  Where every point lies on its centre, except for rounding, nothing
    is moved, and the run can end.
    """
    empty = np.flatnonzero(clusters.members == 0)
    far = sorted(flatten(call("farthest", C, len(empty))),
                 key=lambda point: -point[0])
    moved = Clusters(*C.shape)
    moved.add([(range(len(C)), clusters.sums, clusters.weights,
                clusters.members)])
    moved.settled = is_rounding(far[0][0], [far[0][1], C[far[0][3]]],
                                clusters.members.max())
    if not moved.settled:
        for j, (_, x, weight, old) in zip(empty, far):
            moved.add([([j], x * weight, weight, 1),
                       ([old], x * -weight, -weight, -1)])
    return moved


def is_rounding(squared_distance: float, points: list, members: float
                ) -> bool:
    """Return whether a distance between such points may be rounding only.

    A mean of n equal points differs from them by up to n roundings.
    members: how many points the largest cluster has
    """
    size = max(abs(end) for x in points for end in (x.min(), x.max()))
    size *= np.sqrt(points[0].shape[-1])
    n = max(8.0, members)
    return np.sqrt(squared_distance) <= UNIT * n * size


def drop(clusters: Clusters, C: np.ndarray, call: Callable) -> Clusters:
    """Remove centres without points, as the handout does: to infinity."""
    C[clusters.members == 0] = np.inf
    return clusters


def first_points(C: np.ndarray, answers: list) -> np.ndarray:
    """Return centres (k, d) moved to the first point of each cluster.

    answers: what the blocks know as their `representatives`
    """
    C = C.copy()
    for clusters, points in reversed(answers):
        C[clusters] = points
    return C
