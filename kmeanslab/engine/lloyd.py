"""The loop: distance, assign, update, converge, over blocks of points.

    until no point changes its cluster:
        assign: each block finds its points' nearest centres
        update: the blocks' sums, added in their order, give the new centres

A block reports what changed: for each cluster the sum of the points that came
less those that left.  All sums are made in float64 in one fixed order, so the
centres are the same bits for any number of threads.  How a block finds the
nearest centres can be replaced: by the formula (`Direct`), by a matrix product
(`Matmul`), with bounds (`Hamerly`, `Yinyang`).  The labels are the same.
Where the blocks are can be replaced as well: `State` only asks `call`.

    X (n, d) points    C (k, d) centres    labels (n,)    weights (n,)
"""

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
from scipy.sparse import issparse

from kmeanslab.engine.assign.blocks import row_blocks
from kmeanslab.engine.assign.csr import Sparse
from kmeanslab.engine.assign.csr_rows import (
    row_slice, stores_few, values_per_row)
from kmeanslab.engine.assign.direct import Direct
from kmeanslab.engine.assign.distances import Points
from kmeanslab.engine.columns import leave_out_zeros
from kmeanslab.engine.threads import worker_threads
from kmeanslab.engine.update import (
    Clusters, drop, first_points, is_rounding, relocate, shift_lengths)
from kmeanslab.engine.update_changed import ChangedClusters

EMPTY = {"relocate": relocate, "drop": drop}
CSR_WORK = 4                 # what a stored value costs, of a dense one's,
FEW_WORK = 16                # and where centres are larger than the points
GIVES_WAY = "to a faster method"


class Iteration(NamedTuple):
    """What one iteration did; the inertia is that of its assign step."""
    inertia: float       # sum of squared distances to the own centre
    shift: float         # the largest distance that a centre moved
    moved: int           # points that changed their cluster
    rows: int            # points whose distances were computed
    distances: int       # distances computed


class Result(NamedTuple):
    """The end of a run."""
    labels: np.ndarray       # (n,) int32
    centres: np.ndarray      # (k, d), float32 for float32 points
    inertia: float
    n_iter: int
    converged: str           # "strict convergence", "tolerance" or ""
    history: list            # of Iteration
    kept: np.ndarray         # which of the given centres are left


def run(X: Points, C: np.ndarray, weights: np.ndarray | None = None, *,
        max_iter: int = 300, tol: float = 0.0, empty: str = 'relocate',
        method: type[Direct] = Direct, threads: int | None = None,
        callback: Callable | None = None) -> Result:
    """Run k-means from the centres C (k, d) on.

    Stops when no point changes its cluster, when the sum of the squared
    shifts of the centres is at most `tol`, or after `max_iter` iterations.
    `empty` says what happens to a cluster without points: "relocate" or
    "drop".  `method` finds the nearest centres, see `engine/assign/`.
    `callback` is called after each iteration with its number and `Iteration`,
    and ends the run by returning True.  The arguments are not changed.
    """
    weights = np.ones(X.shape[0]) if weights is None else weights
    dtype = np.float32 if X.dtype == np.float32 else np.float64
    X, C, widen = leave_out_zeros(X, np.asarray(C, dtype))
    k, labels = len(C), None
    state = State(None, None, dtype, C.astype(np.float64))
    state.clusters.threads = threads
    with np.errstate(all="ignore"):
        while True:
            step = method(X, k)
            blocks = make_blocks(X, weights, k, step, labels)
            with worker_threads(blocks, threads) as call:
                begin(state, step, weights, call)
                converged = state.iterate(max_iter, tol, EMPTY[empty],
                                          callback, step.successor)
                if converged != GIVES_WAY:
                    inertia = state.finish()
            labels = np.concatenate([block.labels for block in blocks],
                                    dtype=np.int32, casting="same_kind")
            if converged != GIVES_WAY:
                result = state.result(labels, inertia, converged)
                return result._replace(centres=widen(result.centres))
            method = step.successor() or method


def make_blocks(X: Points, weights: np.ndarray, k: int, method: Any,
                labels: np.ndarray | None = None) -> list:
    """Return the points' blocks, as the method makes them for k centres.

    labels: (n,) those that points have already
    """
    work = values_per_row(X)
    if issparse(X):
        work *= FEW_WORK if stores_few(X) else CSR_WORK
    slices = row_blocks(X.shape[0], work, k)
    blocks = [method.block(row_slice(X, rows), weights[rows])
              for rows in slices]
    if labels is not None:
        for block, rows in zip(blocks, slices):
            block.labels = labels[rows].astype(np.intp)
    return blocks


def kind_of_clusters(method: Any) -> type[Clusters]:
    """Return the kind of clusters that suits a method."""
    if isinstance(method, Sparse):
        return ChangedClusters
    if not method.compiled:
        return Clusters
    from kmeanslab.engine.update_kernels import CompiledClusters  # needs Numba
    return CompiledClusters


def begin(state: "State", step: Any, weights: np.ndarray, call: Any) -> None:
    """Prepare the blocks of a method; let the state go on by it."""
    step.join(weights, call.blocks)
    step.begin(call)
    state.take(call, step)
    state.run_ahead = runner(state, call)


def runner(state: "State", call: Any) -> Any:
    """Return what runs ahead of a state, or None if the method cannot."""
    if not state.method.runs_ahead:
        return None
    from kmeanslab.engine.ahead import Runner       # needs Numba
    return Runner(state, call)


class State:
    """A run between two iterations.

    call: a function (name, *args) that asks all blocks, wherever they are,
        and returns their answers in the blocks' order
    method: its `centres` is what the blocks are sent
    dtype: of the centres, float32 or float64
    C: (k, d) float64, the centres so far
    run_ahead: what does several iterations at once, if anything does
    """

    run_ahead: Any = None

    def __init__(self, call: Any, method: Any, dtype: Any, C: np.ndarray
                 ) -> None:
        self.call, self.method, self.dtype = call, method, dtype
        self.C = C
        self.last: Any = None            # the centres of the labels
        self.shifts = np.zeros(len(C))
        self.clusters = Clusters(*C.shape)
        self.history: list[Iteration] = []

    def take(self, call: Any, method: Any) -> None:
        """Go on with these blocks, by this method."""
        self.call, self.method = call, method
        self.clusters = self.clusters.handed_to(kind_of_clusters(method))

    def iterate(self, max_iter: int, tol: float, on_empty: Callable,
                callback: Callable | None, successor: Callable = lambda: None
                ) -> str:
        """Iterate from here on; return what the run converged by.

        Or that it gives way to the method that `successor` returns.
        """
        while len(self.history) < max_iter:
            ahead = 0 if callback else max_iter - len(self.history) - 1
            moved, rows, distances = self.assign(ahead, tol)
            cost = self.clusters.cost(self.last)
            settled = self.update(on_empty)
            self.history.append(Iteration(
                cost, float(self.shifts.max()), moved, rows, distances))
            if moved == 0 or settled:
                return "strict convergence"
            if self.shifts @ self.shifts <= tol:
                return "tolerance"
            if callback and callback(len(self.history) - 1, self.snapshot()):
                return ""
            if successor():
                return GIVES_WAY
        return ""

    def assign(self, ahead: int = 0, tol: float = 0.0) -> Any:
        """Assign each point to its nearest centre; return the work it took.

        Up to `ahead` iterations that need nothing but sums may go before.
        """
        centres = self.method.centres(self.C, self.shifts)
        # not the first: it shows from where costs are seen
        if (ahead and self.history and self.run_ahead and self.run_ahead.steps
                and np.isfinite(self.C[:, 0]).all()):
            steps, self.C, work = self.run_ahead(centres, ahead, tol)
            self.history += [Iteration(*step) for step in steps]
        else:
            changes, *parts = zip(*self.call("step", centres))
            self.clusters.add(changes)
            work = [int(sum(part)) for part in parts]
        self.clusters.refresh(self.call)
        self.last = self.C
        return work

    def update(self, on_empty: Callable) -> bool:
        """Move each centre to the mean of its points.

        Returns whether no further update can change anything.
        """
        clusters, C = self.clusters, self.last
        if not clusters.members.all():
            C = C.copy()
            clusters = on_empty(clusters, C, self.call)
        if not clusters.settled:
            C = clusters.means(C).astype(self.dtype, copy=False)
        self.C = clusters.C = C.astype(np.float64, copy=False)
        self.shifts = clusters.shifts(self.last, self.C)
        return clusters.settled

    def snapshot(self) -> Iteration:
        """Return the last iteration with its inertia, for a callback.

        The blocks are asked once; from then on costs differ as inertias do.
        """
        step = self.history[-1]
        if len(self.history) == 1:
            self.constant = sum(self.call("inertia", self.last)) - step.inertia
        return step._replace(inertia=step.inertia + self.constant)

    def finish(self) -> float:
        """Label the points by the last centres; return the inertia."""
        if not np.array_equal(self.C, self.last):
            self.assign()
        inertia = sum(self.call("inertia", self.C))
        if inertia and self.is_rounding(inertia):
            inertia = self.move_onto_points(inertia)
        self.constant = inertia - self.clusters.cost(self.C)
        return inertia

    def is_rounding(self, inertia: float) -> bool:
        """Return whether rounding may explain all of the inertia."""
        finite = np.where(np.isfinite(self.C), self.C, 0.0)
        mean = inertia / self.clusters.weights.sum()
        return is_rounding(mean, [finite], self.clusters.members.max())

    def move_onto_points(self, inertia: float) -> float:
        """Move centres onto their points if these are equal in each cluster.

        A mean of equal points may differ from them in its last digit.
        Returns the inertia, 0 if that was so.
        """
        C = first_points(self.C, self.call("representatives"))
        if any(self.call("inertia", C)):
            return inertia
        self.shifts, self.C = shift_lengths(self.C, C), C
        self.assign()
        return sum(self.call("inertia", self.C))

    def result(self, labels: np.ndarray, inertia: float, converged: str
               ) -> Result:
        """Return the record, without the centres that were dropped."""
        kept = np.flatnonzero(np.isfinite(self.C[:, 0]))
        history = [step._replace(inertia=step.inertia + self.constant)
                   for step in self.history]
        C = self.C
        if len(kept) < len(C):
            labels, C = np.searchsorted(kept, labels), C[kept]
        return Result(labels.astype(np.int32, copy=False),
                      C.astype(self.dtype, copy=False), inertia,
                      len(history), converged, history, kept)
