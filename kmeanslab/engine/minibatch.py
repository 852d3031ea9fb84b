"""The mini-batch loop: the four steps on a few random points at a time.

Each batch is assigned to the nearest centres, and each centre moves to the
mean of all the points that it was ever given (Sculley 2010, "Web-scale k-means
clustering", WWW).  The sums of these points are kept instead of the centres:
where points are sparse, a step changes few of their values.

The labels of a batch are as exact as those of `lloyd.py`, as the same blocks
find them.  When to stop, and which centres are replaced because they get too
few points, is decided as scikit-learn does.  The labels of all points take one
pass over them at the end; for little more, that pass becomes a few full
updates, which remove what points added while the centres were far away.

    X (m, d)     points     C (k, d)    centres, sums / counts
    sums (k, d)  of points  counts (k,)  of weights, given so far
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, NamedTuple

import numpy as np
from scipy import sparse

from kmeanslab.engine import lloyd
from kmeanslab.engine.assign.csr_rows import values_per_row
from kmeanslab.engine.assign.distances import Points
from kmeanslab.engine.assign.matmul import Matmul
from kmeanslab.engine.columns import leave_out_zeros
from kmeanslab.engine.minibatch_rules import Reassign, Watch
from kmeanslab.engine.threaded_csr import ThreadedSparse
from kmeanslab.engine.threads import worker_threads
from kmeanslab.engine.update import add_rows

MAX_SHARES = 64          # of a batch: enough for as many threads
SHARE_POINTS = 256       # at least,
CSR_SHARE_POINTS = 512   # and of CSR, whose sums cost as much as many points
SHARE_WORK = 2 ** 20     # multiplications that make a share worth a thread
POINT_WORK = 64          # what a point costs besides its distances
REASSIGNMENT_POINTS = 10     # per centre, between two reassignments


class Stream(NamedTuple):
    """The state between two batches."""
    sums: np.ndarray         # (k, d) float64; of no points: the centre
    counts: np.ndarray       # (k,) float64
    since: int               # points since the last reassignment

    @property
    def divisors(self) -> np.ndarray:
        """What sums are divided by, (k,)."""
        return np.where(self.counts > 0, self.counts, 1.0)

    @property
    def centres(self) -> np.ndarray:
        """The means of the points, (k, d) float64."""
        return self.sums / self.divisors[:, None]


class MiniBatchResult(NamedTuple):
    """The end of a run."""
    centres: np.ndarray      # (k, d), float32 for float32 points
    counts: np.ndarray       # (k,) float64, from the batches
    since: int               # as in `Stream`
    n_steps: int
    ewa_inertia: float       # mean inertia of a point, smoothed over batches
    converged: str           # as in `Watch`
    labels: np.ndarray | None    # (n,) int32; None without full updates
    inertia: float | None        # of all points; None without full updates


def begin(C: Any, counts: np.ndarray | None = None, since: int = 0) -> Stream:
    """Return the stream that goes on from centres C (k, d).

    counts: (k,) the weight that made them, by default 0: any point moves them
    """
    counts = np.zeros(len(C)) if counts is None else counts.copy()
    stream = Stream(np.asarray(C, np.float64), counts, since)
    return stream._replace(sums=stream.sums * stream.divisors[:, None])


def step(stream: Stream, X: Points, weights: np.ndarray | None,
         random_state: np.random.RandomState, *,
         reassignment_ratio: float = 0.01, verbose: int = False,
         method: type = Matmul, threads: int | None = None) -> Stream:
    """Return the stream after a batch: points X (m, d), weights (m,) or None.

    X is dense or CSR of any real dtype; random_state, a RandomState, picks
    the points that replace centres.  The arguments are not changed.
    """
    weights = np.ones(X.shape[0]) if weights is None else weights
    reassign = Reassign(X, weights, random_state, reassignment_ratio, verbose)
    rows, k = np.arange(X.shape[0]), len(stream.counts)
    stream = Stream(stream.sums.copy("K"), stream.counts.copy(), stream.since)
    with team(X, weights, len(rows), k, method, threads) as call:
        return advance(stream, rows, call, reassign)[0]


def run(X: Points, C: np.ndarray, weights: np.ndarray | None,
        random_state: np.random.RandomState, *, batch_size: int = 1024,
        max_iter: int = 100, tol: float = 0.0,
        max_no_improvement: int | None = 10, reassignment_ratio: float = 0.01,
        verbose: int = False, full_updates: int = 0, method: type = Matmul,
        threads: int | None = None, callback: Callable | None = None
        ) -> MiniBatchResult:
    """Run mini-batch k-means from the centres C (k, d).

    X (n, d) is dense (a memmap may be larger than memory) or CSR, of any real
    dtype; weights (n,) or None say how often a point is drawn; random_state
    is a RandomState.  Batches are drawn until there were `max_iter` times n
    points, the squared shifts of the centres sum to at most `tol` (0: never),
    or `max_no_improvement` steps did not lower the smoothed inertia (None:
    never).  At most `full_updates` updates with all points follow, none of
    which raises the inertia; with 0 of them no pass over X is made, and no
    label known.  `callback` is called with the number of each step, from 0,
    except one that converged; it ends the steps by returning True.  The
    arguments are not changed.
    """
    dtype = np.float32 if X.dtype == np.float32 else np.float64
    X, C, widen = leave_out_zeros(X, C)
    if sparse.issparse(X):
        C = np.asfortranarray(C)         # products read sums by columns
    n, k = X.shape[0], len(C)
    size, ones = min(batch_size, n), np.broadcast_to(1.0, n)
    watch = Watch(max_iter * n // size, min(1.0, 2.0 * size / (n + 1)), tol,
                  max_no_improvement, verbose)
    reassign = Reassign(X, ones, random_state, reassignment_ratio, verbose)
    draw = sampler(n, weights, random_state)
    with team(X, ones, size, k, method, threads) as call:
        stream, number = loop(begin(C), lambda: draw(size), call, reassign,
                              watch, callback)
    C, labels, inertia = stream.centres.astype(dtype, "C"), None, None
    if full_updates:
        labels, C, inertia, *_ = lloyd.run(
            X, C, weights, max_iter=full_updates,
            method=ThreadedSparse if sparse.issparse(X) else method,
            threads=threads)
    return MiniBatchResult(widen(C), stream.counts, stream.since, number,
                           watch.smooth, watch.converged, labels, inertia)


def sampler(n: int, weights: np.ndarray | None,
            random_state: np.random.RandomState) -> Callable:
    """Return a function that draws a number of points by weight.

    Its cost does not grow with n, or (unequal weights) with log n.
    """
    if weights is None or (weights == weights[0]).all():
        return lambda size: random_state.randint(n, size=size)
    # relative to the largest, or the sum might overflow
    total = np.cumsum(weights / weights.max(), dtype=np.float64)
    last = np.searchsorted(total, total[-1])
    return lambda size: np.minimum(last, np.searchsorted(
        total, random_state.uniform(size=size) * total[-1], side="right"))


class Share:
    """Some positions of each batch, taken by different points each time.

    Parameters
    ----------
    X, weights : all points (n, d) and their weights (n,)
    part : slice of the batch
    finder, adder : methods whose blocks find labels, and add points
    """

    def __init__(self, X: Points, weights: np.ndarray, part: slice,
                 finder: Any, adder: Any) -> None:
        self.X, self.weights, self.part = X, weights, part
        self.finder, self.adder = finder, adder

    def step(self, rows: np.ndarray, centres: Any, C: Any) -> tuple:
        """Return what the points add to clusters; their inertia before it."""
        rows = rows[self.part]
        X, weights = self.X[rows], self.weights[rows]
        block = self.finder.block(X, weights)
        inertia = block.label_batch(centres, C)
        if self.adder is not self.finder:
            labels, block = block.labels, self.adder.block(X, weights)
            block.labels = labels
        return block.first_change(), inertia


def share_slices(size: int, X: Points, k: int) -> list[slice]:
    """Return how batches of X are shared out: by their shape alone."""
    work = size * (k * values_per_row(X) + POINT_WORK)
    least = CSR_SHARE_POINTS if sparse.issparse(X) else SHARE_POINTS
    shares = max(1, min(MAX_SHARES, work // SHARE_WORK, size // least))
    length = -(-size // shares)
    return [slice(s, s + length) for s in range(0, size, length)]


@contextmanager
def team(X: Points, weights: np.ndarray, size: int, k: int, method: Any,
         threads: int | None) -> Iterator[Callable]:
    """Yield a function from rows (size,) and a stream to the shares' answers.

    The results come in the shares' order: the same bits for any number of
    threads.  Bounds know nothing of points just drawn, and a copy of the
    points would not pay: a matrix product serves instead.
    """
    if sparse.issparse(X):
        method = ThreadedSparse
    adder = method(X, k)
    finder = Matmul(X, k) if method.needs_copy else adder
    shares = [Share(X, weights, part, finder, adder)
              for part in share_slices(size, X, k)]
    with (worker_threads(shares, threads) as call,
          np.errstate(all="ignore")):
        yield lambda rows, stream: call(
            "step", rows, *finder.batch_centres(stream.sums, stream.divisors))
    adder.successor()                    # may load it for the next batches


def loop(stream: Stream, draw: Callable, call: Callable, reassign: Callable,
         watch: Watch, callback: Callable | None = None
         ) -> tuple[Stream, int]:
    """Return the stream after the last batch, and how many there were.

    Overwrites the stream's arrays.
    """
    shift = np.inf                       # which nobody asks for without `tol`
    for number in range(1, watch.n_steps + 1):
        last = stream.centres if watch.tol else None
        stream, inertia = advance(stream, draw(), call, reassign)
        if last is not None:
            shift = np.square(stream.centres - last).sum()
        if watch.ends(number, inertia, shift) or (
                callback and callback(number - 1)):
            break
    return stream, number


def advance(stream: Stream, rows: np.ndarray, call: Callable,
            reassign: Callable) -> tuple[Stream, float]:
    """Return the stream after the batch of these rows; its mean inertia.

    Overwrites its arrays.
    """
    sums, counts, since = stream
    since += len(rows)
    due = since >= REASSIGNMENT_POINTS * len(counts) or not counts.all()
    changes, inertias = zip(*call(rows, stream))
    update(sums, counts, changes)
    if due:
        reassign(sums, counts, rows)
    return Stream(sums, counts, 0 if due else since), sum(inertias) / len(rows)


def update(sums: np.ndarray, counts: np.ndarray, changes: Any) -> None:
    """Add what the points of a batch change to sums (k, d), counts (k,)."""
    before = counts.copy()
    for clusters, _, weights, _ in changes:
        np.add.at(counts, clusters, weights)
    sums[(before == 0) & (counts > 0)] = 0.0     # the first centre is no point
    for clusters, more, _, _ in changes:
        add_rows(sums, clusters, more)
