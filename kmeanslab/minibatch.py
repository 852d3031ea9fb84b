"""The mini-batch loop: the four steps on a few random points at a time.

Each batch is assigned to the nearest centres, and each centre moves to the
mean of all the points that it was ever given (Sculley 2010, "Web-scale k-means
clustering", WWW):

    c <- c + (sum of the batch's points - n c) / (count + n)

Labels within a batch are as exact as those of `lloyd.py`: the same blocks find
them.  When to stop, and which centres to move elsewhere because they get too
few points, is decided as scikit-learn decides it.

    X (m, d)  points     C (k, d)  centres     count (k,)  weight given so far
    n (k,)    weight of the batch's points of each centre
"""

from contextlib import contextmanager
from typing import NamedTuple

import numpy as np

from kmeanslab.distances import dense
from kmeanslab.parallel import controller, workers
from kmeanslab.product import Product

SHARE, SHARES = 512, 8   # points of a batch that a thread takes, at least
OFTEN = 10               # times k points make a reassignment due


class Stream(NamedTuple):
    """What is known between two batches."""
    centres: np.ndarray      # (k, d) float64
    counts: np.ndarray       # (k,) float64
    since: int               # points since the last reassignment


class MiniBatchResult(NamedTuple):
    """The end of a run."""
    centres: np.ndarray      # (k, d), float32 for float32 points
    counts: np.ndarray       # (k,) float64
    since: int               # as in `Stream`
    n_steps: int
    ewa_inertia: float       # smoothed mean of squared distances
    converged: str           # what by: one of `SMALL`, `LACK`, or ""


SMALL, LACK = "small centers change", "lack of improvement in inertia"


def begin(C):
    """The stream before its first batch: centres (k, d) without points."""
    C = np.array(C, np.float64)
    return Stream(C, np.zeros(len(C)), 0)


def step(stream, X, weights, random_state, *, reassignment_ratio=0.01,
         verbose=False, method=Product, threads=None):
    """The stream after one batch: points X (m, d), weights (m,) or None.

    X is dense or CSR of any real dtype; random_state, a RandomState, picks
    the points that become centres anew.  Arguments are not changed.
    """
    weights = np.ones(X.shape[0]) if weights is None else weights
    rows = np.arange(X.shape[0])
    with team(X, weights, len(rows), method, len(stream.counts),
              threads) as call:
        stream, _ = advance(stream, call, rows, X, weights, random_state,
                            reassignment_ratio, verbose)
    return stream


def run(X, C, weights, random_state, *, batch_size=1024, max_iter=100,
        tol=0.0, max_no_improvement=10, reassignment_ratio=0.01,
        verbose=False, method=Product, threads=None):
    """Mini-batch k-means from the centres C (k, d); a `MiniBatchResult`.

    X (n, d) is dense (a memmap may be larger than memory) or CSR, of any real
    dtype; weights (n,) or None: how often a point is drawn; random_state a
    RandomState.  Ends after `max_iter` times n points, or as soon as the
    squared shifts of the centres sum to at most `tol` (if it is not 0), or
    the smoothed inertia was no lower for `max_no_improvement` steps (if not
    None).  The arguments are not changed.
    """
    n, k = X.shape[0], len(C)
    size = min(batch_size, n)
    draw = sampler(n, weights, random_state)
    ones = np.broadcast_to(1.0, n)
    stream, n_steps = begin(C), max_iter * n // size
    watch = Watch(n_steps, size, n, tol, max_no_improvement, verbose)
    with team(X, ones, size, method, k, threads) as call:
        for number in range(1, n_steps + 1):
            last = stream.centres
            stream, inertia = advance(
                stream, call, draw(size), X, ones, random_state,
                reassignment_ratio, verbose)
            shift = np.square(stream.centres - last).sum() if tol else 0.0
            if watch.ends(number, inertia / size, shift):
                break
    dtype = np.float32 if X.dtype == np.float32 else np.float64
    return MiniBatchResult(stream.centres.astype(dtype), stream.counts,
                           stream.since, number, watch.smooth,
                           watch.converged)


def sampler(n, weights, random_state):
    """A function from a number to as many points, drawn by weight."""
    if weights is None or (weights == weights[0]).all():
        return lambda size: random_state.randint(n, size=size)
    total = np.cumsum(weights, dtype=np.float64)
    return lambda size: np.searchsorted(
        total, random_state.uniform(size=size) * total[-1], side="right")


class Share:
    """Some places of each batch, taken by different points each time."""

    def __init__(self, X, weights, part, method):
        self.X, self.weights = X, weights
        self.part, self.method = part, method

    def step(self, rows, centres):
        """What the points add to the clusters; their inertia before it."""
        rows = rows[self.part]
        block = self.method.block(self.X[rows], self.weights[rows])
        block.start()
        return block.step(centres)[0], block.inertia(centres.exact)


@contextmanager
def team(X, weights, size, method, k, threads):
    """A function from rows (size,) and centres to what shares found.

    How a batch is shared out depends on its size alone, and results are put
    together in the shares' order: the same bits for any number of threads.
    """
    method = method(X, k)
    length = max(SHARE, -(-size // SHARES))
    shares = [Share(X, weights, slice(s, s + length), method)
              for s in range(0, size, length)]
    rest = np.zeros(k)
    with (workers(shares, threads) as call, controller().limit(limits=1),
          np.errstate(over="ignore", invalid="ignore")):
        yield lambda rows, C: call("step", rows, method.centres(C, rest))


def advance(stream, call, rows, X, weights, random_state, ratio, verbose):
    """The stream after the batch of these rows, and the batch's inertia."""
    since = stream.since + len(rows)
    due = since >= OFTEN * len(stream.counts) or not stream.counts.all()
    changes, inertias = zip(*call(rows, stream.centres))
    C, counts = update(stream, changes)
    if due:
        since = 0
        reassign(C, counts, X, rows[weights[rows] > 0], random_state, ratio,
                 verbose)
    return Stream(C, counts, since), sum(inertias)


def update(stream, changes):
    """New centres (k, d) and counts (k,): means of all that came so far."""
    C, counts = stream.centres.copy(), stream.counts.copy()
    sums, added = np.zeros_like(C), np.zeros_like(counts)
    for clusters, total, weight, _ in changes:
        sums[clusters] += total
        added[clusters] += weight
    counts += added
    grown = added > 0
    C[grown] += ((sums[grown] - added[grown, None] * C[grown])
                 / counts[grown, None])
    return C, counts


def reassign(C, counts, X, rows, random_state, ratio, verbose):
    """Move centres of too few points to points at random; changes C, counts.

    Too few are less than `ratio` of the most.  At most half of the batch
    become centres, in place of those with the fewest points.
    """
    few = np.flatnonzero(counts < min(ratio, 1) * counts.max())
    few = np.sort(few[counts[few].argsort(kind="stable")[:len(rows) // 2]])
    if len(few):
        if verbose:
            print(f"[MiniBatchKMeans] Reassigning {len(few)} cluster centers.")
        C[few] = dense(X[random_state.choice(rows, len(few), replace=False)])
        counts[few] = np.delete(counts, few).min()


class Watch:
    """Decides when to stop, and says how it goes, in scikit-learn's words."""

    def __init__(self, n_steps, size, n, tol, patience, verbose):
        self.n_steps, self.verbose = n_steps, verbose
        self.tol, self.patience = tol, patience
        self.alpha = min(1.0, 2.0 * size / (n + 1))
        self.smooth, self.best, self.since_best = None, np.inf, 0
        self.converged = ""

    def ends(self, number, inertia, shift):
        """Whether step `number`, from 1 on, was the last."""
        where = f"step {number}/{self.n_steps}"
        words = f"Minibatch {where}: mean batch inertia: {inertia}"
        if number > 1:          # the first tells of the start only
            self.follow(inertia)
            words += f", ewa inertia: {self.smooth}"
            self.converged = self.reason(shift)
        if self.verbose:
            print(words)
            if self.converged:
                print(f"Converged ({self.converged}) at {where}")
        return bool(self.converged)

    def follow(self, inertia):
        """Smooth the inertia."""
        if self.smooth is None:
            self.smooth = inertia
        self.smooth += self.alpha * (inertia - self.smooth)

    def reason(self, shift):
        """What the run converged by, or ""."""
        if self.tol and shift <= self.tol:
            return SMALL
        self.since_best += 1
        if self.smooth < self.best:
            self.best, self.since_best = self.smooth, 0
        stuck = self.patience is not None and self.since_best >= self.patience
        return LACK if stuck else ""
