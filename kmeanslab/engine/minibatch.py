"""The mini-batch loop: the four steps on a few random points at a time.

Each batch is assigned to the nearest centres, and each centre moves to the
mean of all the points that it was ever given (Sculley 2010, "Web-scale k-means
clustering", WWW):

    c <- c + (sum of the batch's points - n c) / (count + n)

A batch's labels are as exact as those of `lloyd.py`: the same blocks find
them.  When to stop, and which centres start anew because they get too few
points, is decided as scikit-learn does.  In the end all points must be looked
at for their labels; for a little more that look becomes a few full updates,
which free the centres of points that came while they were far off.

    X (m, d)  points     C (k, d)  centres     count (k,)  weight given so far
    n (k,)    weight of the batch's points of each centre
"""

from contextlib import contextmanager
from typing import NamedTuple

import numpy as np

from kmeanslab.engine import lloyd
from kmeanslab.engine.assign.distances import dense
from kmeanslab.engine.assign.matmul import Matmul
from kmeanslab.engine.threads import worker_threads

SHARE, SHARES = 512, 8   # a share has that many points; or there are so many
MANY = 64                # centres that ask for a matrix product
OFTEN = 10               # times k points make a reassignment due
SMALL, LACK = "small centers change", "lack of improvement in inertia"


class Stream(NamedTuple):
    """What is known between two batches."""
    centres: np.ndarray      # (k, d) float64
    counts: np.ndarray       # (k,) float64
    since: int               # points since the last reassignment


class MiniBatchResult(NamedTuple):
    """The end of a run."""
    centres: np.ndarray      # (k, d), float32 for float32 points
    counts: np.ndarray       # (k,) float64, what the batches gave
    since: int               # as in `Stream`
    n_steps: int
    ewa_inertia: float       # a point's part of it, smoothed over batches
    converged: str           # what by: SMALL, LACK or ""
    labels: np.ndarray       # (n,) int32; None without full updates
    inertia: float           # of all points; None without full updates


def begin(C):
    """The stream before its first batch: centres (k, d) without points."""
    C = np.array(C, np.float64)
    return Stream(C, np.zeros(len(C)), 0)


def step(stream, X, weights, random_state, *, reassignment_ratio=0.01,
         verbose=False, method=Matmul, threads=None):
    """The stream after one batch: points X (m, d), weights (m,) or None.

    X is dense or CSR of any real dtype; random_state, a RandomState, picks
    the points where centres start anew.  The arguments are not changed.
    """
    weights = np.ones(X.shape[0]) if weights is None else weights
    reassign = Reassign(X, weights, random_state, reassignment_ratio, verbose)
    rows, k = np.arange(X.shape[0]), len(stream.counts)
    with team(X, weights, len(rows), k, method, threads) as call:
        return advance(stream, rows, call, reassign)[0]


def run(X, C, weights, random_state, *, batch_size=1024, max_iter=100,
        tol=0.0, max_no_improvement=10, reassignment_ratio=0.01,
        verbose=False, full_updates=0, method=Matmul, threads=None,
        callback=None):
    """Mini-batch k-means from the centres C (k, d); a `MiniBatchResult`.

    X (n, d) is dense (a memmap may be larger than memory) or CSR, of any real
    dtype; weights (n,) or None say how often a point is drawn; random_state
    is a RandomState.  No more batches are drawn after `max_iter` times n
    points, or when the squared shifts of the centres sum to at most `tol` (0:
    never), or after `max_no_improvement` steps without a lower smoothed
    inertia (None: never).  Then come at most `full_updates` with all points,
    none of which raises the inertia; with 0 of them X as a whole is not
    looked at, and no label known.  `callback` is called with the number of
    each step, from 0, except one that converged; it ends the steps by
    returning True.  The arguments are not changed.
    """
    n, k = X.shape[0], len(C)
    size, ones = min(batch_size, n), np.broadcast_to(1.0, n)
    watch = Watch(max_iter * n // size, min(1.0, 2.0 * size / (n + 1)), tol,
                  max_no_improvement, verbose)
    reassign = Reassign(X, ones, random_state, reassignment_ratio, verbose)
    draw = sampler(n, weights, random_state)
    with team(X, ones, size, k, method, threads) as call:
        stream, number = loop(begin(C), lambda: draw(size), call, reassign,
                              watch, callback)
    dtype = np.float32 if X.dtype == np.float32 else np.float64
    C, labels, inertia = stream.centres.astype(dtype), None, None
    if full_updates:
        labels, C, inertia, *_ = lloyd.run(
            X, C, weights, max_iter=full_updates, method=method,
            threads=threads)
    return MiniBatchResult(C, stream.counts, stream.since, number,
                           watch.smooth, watch.converged, labels, inertia)


def sampler(n, weights, random_state):
    """A function from a number to as many points, drawn by weight.

    What it costs does not grow with n, or (unequal weights) with log n.
    """
    if weights is None or (weights == weights[0]).all():
        return lambda size: random_state.randint(n, size=size)
    total = np.cumsum(weights, dtype=np.float64)
    return lambda size: np.searchsorted(
        total, random_state.uniform(size=size) * total[-1], side="right")


class Share:
    """Some places of each batch, taken by different points each time."""

    def __init__(self, X, weights, part, finder, adder):
        self.X, self.weights, self.part = X, weights, part
        self.finder, self.adder = finder, adder

    def step(self, rows, centres):
        """What the points add to the clusters; their inertia before it."""
        rows = rows[self.part]
        X, weights = self.X[rows], self.weights[rows]
        labels = fresh(self.finder, X, weights).assign(centres)[0]
        block = fresh(self.adder, X, weights)
        change = block.change(labels, block.labels)
        block.labels = labels
        return change, block.inertia(centres.exact)


def fresh(method, X, weights):
    """A block that is ready for its first step."""
    block = method.block(X, weights)
    block.start()
    return block


@contextmanager
def team(X, weights, size, k, method, threads):
    """A function from rows (size,) and centres to what all shares found.

    How a batch is shared out depends on its size alone, and the results come
    in the shares' order: the same bits for any number of threads.  Bounds
    know nothing of points just drawn: a product finds the nearest of many
    centres sooner.
    """
    adder, rest = method(X, k), np.zeros(k)
    finder = Matmul(X, k) if k >= MANY else adder
    length = max(SHARE, -(-size // SHARES))
    shares = [Share(X, weights, slice(s, s + length), finder, adder)
              for s in range(0, size, length)]
    with (worker_threads(shares, threads) as call,
          np.errstate(over="ignore", invalid="ignore")):
        yield lambda rows, C: call("step", rows, finder.centres(C, rest))


def loop(stream, draw, call, reassign, watch, callback=None):
    """The stream after the last batch, and how many there were."""
    for number in range(1, watch.n_steps + 1):
        last = stream.centres
        stream, inertia = advance(stream, draw(), call, reassign)
        if watch.ends(number, inertia, last, stream.centres) or (
                callback and callback(number - 1)):
            break
    return stream, number


def advance(stream, rows, call, reassign):
    """The stream after the batch of these rows; its mean inertia before."""
    since = stream.since + len(rows)
    due = since >= OFTEN * len(stream.counts) or not stream.counts.all()
    changes, inertias = zip(*call(rows, stream.centres))
    C, counts = update(stream, changes)
    if due:
        reassign(C, counts, rows)
    return Stream(C, counts, 0 if due else since), sum(inertias) / len(rows)


def update(stream, changes):
    """New centres (k, d) and counts (k,): means of all that came so far.

    As in the head of this file, multiplied out.  Uses up the changes.
    """
    counts = stream.counts.copy()
    for clusters, _, weights, _ in changes:
        counts[clusters] += weights
    whole = np.where(counts > 0, counts, 1.0)
    C = stream.centres * (np.where(counts > 0, stream.counts, 1.0)
                          / whole)[:, None]
    for clusters, sums, _, _ in changes:
        sums /= whole[clusters, None]    # in place: fresh memory is dear
        C[clusters] += sums
    return C, counts


class Reassign:
    """Moves centres that were given too little to points at random.

    Too little is less than `ratio` of the most.  At most half of the batch
    become centres, in place of those that were given least.
    """

    def __init__(self, X, weights, random_state, ratio, verbose):
        self.X, self.weights, self.random_state = X, weights, random_state
        self.ratio, self.verbose = min(ratio, 1), verbose

    def __call__(self, C, counts, rows):
        """Changes the centres C and their counts; `rows` are the batch."""
        rows = rows[self.weights[rows] > 0]
        few = np.flatnonzero(counts < self.ratio * counts.max())
        least = counts[few].argsort(kind="stable")[:len(rows) // 2]
        few = np.sort(few[least])
        if not len(few):
            return
        if self.verbose:
            print(f"[MiniBatchKMeans] Reassigning {len(few)} cluster centers.")
        C[few] = dense(self.X[
            self.random_state.choice(rows, len(few), replace=False)])
        # as if they had been given enough, or they would go again at once
        counts[few] = np.delete(counts, few).min()


class Watch:
    """Decides when to stop and says how it goes, in scikit-learn's words."""

    def __init__(self, n_steps, alpha, tol, patience, verbose):
        self.n_steps, self.verbose = n_steps, verbose
        self.alpha, self.tol, self.patience = alpha, tol, patience
        self.best, self.since_best = np.inf, 0
        self.converged = ""

    def ends(self, number, inertia, *centres):
        """Whether step `number`, from 1 on, was the last.

        `inertia` is the batch's, a point; `centres` before and after it.
        """
        where = f"step {number}/{self.n_steps}"
        words = f"Minibatch {where}: mean batch inertia: {inertia}"
        if number <= 2:         # the first tells of the start only
            self.smooth = inertia
        else:
            self.smooth += self.alpha * (inertia - self.smooth)
        if number > 1:
            words += f", ewa inertia: {self.smooth}"
            self.converged = self.reason(*centres)
        if self.verbose:
            print(words)
            if self.converged:
                print(f"Converged ({self.converged}) at {where}")
        return bool(self.converged)

    def reason(self, last, C):
        """What the run converged by, or "" if it did not."""
        if self.tol and np.square(C - last).sum() <= self.tol:
            return SMALL
        self.since_best += 1
        if self.smooth < self.best:
            self.best, self.since_best = self.smooth, 0
        lack = self.patience is not None and self.since_best >= self.patience
        return LACK if lack else ""
