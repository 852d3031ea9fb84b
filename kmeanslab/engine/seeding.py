"""Where the centres start: at random points, or far apart (k-means++).

Greedy k-means++ (Arthur and Vassilvitskii 2007, the candidates as in
scikit-learn): each step draws a few points x with probability p(x) ~ w D(x),
and keeps the one that leaves the smallest potential, the sum of w D.
Distances to many candidates in one matrix product cost little more than to a
few.  So candidates are drawn for many steps at once, from the p0 ~ w D0 of
that moment; a later step accepts the next one with probability D(x)/D0(x).

    This is exact: D <= D0 everywhere, as more centres only come nearer.  The
    next one is independent of all that made D, so it is accepted as x with
    probability p0(x) D(x)/D0(x) ~ w D(x): accepted ones are drawn from p.

    X (n, d)  points, dense or CSR     weights w (n,)
    D (n,)    squared distances to the nearest of the centres so far
    columns   (batch, n) squared distances to candidates, each used once

Memory: 4 n batch bytes, of which the batch is at most 256, d or 32, and 64 MB,
or else one step's candidates; twice that where float32 cannot tell the points
apart, they are few, or have few columns.  CSR: 32 MB, and 32 MB of candidates.
"""

from collections.abc import Callable
from typing import Any

import numpy as np
from scipy import sparse

from kmeanslab.engine.assign.distances import dense
from kmeanslab.engine.columns import leave_out_zeros
from kmeanslab.engine.seeding_distances import Points
from kmeanslab.engine.threads import worker_threads

COLUMN_VALUES = 2 ** 24      # of all columns, at most
SPARSE_VALUES = 2 ** 22      # of all columns, and of the candidates, for CSR
MAX_CANDIDATES = 256         # at a time: more make no product faster,
MIN_CANDIDATES = 32          # nor more than d, but these
AHEAD_STEPS = 4              # to draw candidates for, at least
SAFE_SQUARES = 1e-200, 1e200     # whose sums neither under- nor overflow


def random_rows(X: Any, k: int, weights: np.ndarray,
                random_state: np.random.RandomState) -> np.ndarray:
    """Return distinct points, drawn by weight, as centres (k, d).

    Raises NumPy's ValueError where fewer than k points have a weight.
    """
    weights = relative(weights)
    return as_centres(X, random_state.choice(
        X.shape[0], k, replace=False, p=weights / weights.sum()))


@np.errstate(all="ignore")
def kmeans_plus_plus(X: Any, k: int, weights: np.ndarray,
                     random_state: np.random.RandomState,
                     trials: int | None = None
                     ) -> tuple[np.ndarray, np.ndarray]:
    """Choose centres (k, d) by greedy k-means++; return them and their rows.

    X (n, d) is an ndarray or CSR of any real dtype, weights (n,) float64 and
    not all 0, `random_state` a RandomState.  The centres are dense, float32
    for float32 points and else float64.  Each step tries `trials` candidates,
    by default 2 + int(log k).  Once every point that has a weight lies on a
    centre, the rest is drawn by weight.  Raises ValueError if X contains NaN
    or infinity.
    """
    trials = 2 + int(np.log(k)) if trials is None else trials
    weights = relative(weights)
    first = draw(weights, random_state.uniform(size=1))
    narrow = leave_out_zeros(X, np.empty((0, X.shape[1])))[0]
    points = Points(narrow, k)
    indices = choose(points, weights, random_state, trials, first, k)
    if indices is None:
        points = Points(narrow, k, points.power())
        indices = choose(points, weights, random_state, trials, first, k)
    return as_centres(X, indices), np.array(indices)


def as_centres(X: Any, indices: Any) -> np.ndarray:
    """Return these points as centres."""
    dtype = np.float32 if X.dtype == np.float32 else np.float64
    return dense(X[indices]).astype(dtype)


def relative(weights: np.ndarray) -> np.ndarray:
    """Return weights relative to the largest: their sum cannot overflow."""
    return weights / weights.max()


def choose(points: Points, weights: np.ndarray, random: np.random.RandomState,
           trials: int, first: np.ndarray, k: int) -> list | None:
    """Return the rows of k centres; None if the points should be scaled."""
    chunks = points.chunks()
    with worker_threads(chunks) as call:
        seeds = Seeds(points, chunks, weights, random, trials, call)
        seeds.fill(0, first)
        seeds.step(slice(1), first)
        low, high = SAFE_SQUARES
        if points.scale == 1 and not low < seeds.D.max() < high:
            return None                  # so also where NaN
        return seeds.choose(k)


class Seeds:
    """The centres so far, and candidates for the next.

    Parameters
    ----------
    points, chunks : Points, and its chunks
    weights : (n,) float64, at most 1
    random : RandomState
    trials : int, candidates per step
    call : function that asks all chunks

    Attributes
    ----------
    D, columns : as at the head of this file
    shares : (chunks,) float64, the sum of w D of each chunk
    chosen : list of int, the centres so far
    waiting : (fewer than trials,) int, candidates accepted for the next step
    """

    def __init__(self, points: Points, chunks: list, weights: np.ndarray,
                 random: np.random.RandomState, trials: int, call: Callable
                 ) -> None:
        n, d = points.X.shape
        self.points, self.chunks, self.weights = points, chunks, weights
        self.random, self.trials, self.call = random, trials, call
        self.columns = np.empty(
            (max(trials, most_candidates(points.X)), n), points.dtype)
        self.D = np.full(n, np.inf, points.dtype)
        self.shares = np.zeros(len(chunks))
        self.chosen: list[int] = []
        self.waiting = np.empty(0, int)

    def choose(self, k: int) -> list:
        """Return the rows of k centres; the first is chosen."""
        while len(self.chosen) < k:
            left = k - len(self.chosen)
            if not self.shares.any():
                return self.chosen + list(
                    draw(self.weights, self.random.uniform(size=left)))
            if self.points.batched:
                self.batch(left)
            else:
                self.advance()
        return self.chosen

    def draw(self, count: int) -> np.ndarray:
        """Return points drawn by w D: first a chunk, then a point in it."""
        draws = self.random.uniform(size=count)
        if len(self.chunks) == 1:
            return draw(self.weights * self.D, draws)
        total = np.cumsum(self.shares)
        chunk = draw(self.shares, draws)
        left = draws * total[-1] - (total[chunk] - self.shares[chunk])
        left = np.clip(left / self.shares[chunk], 0, 1 - 2.0 ** -53)
        at = np.empty(count, int)
        for c in np.unique(chunk):
            part, some = self.chunks[c].part, chunk == c
            at[some] = part.start + draw(self.weights[part] * self.D[part],
                                         left[some])
        return at

    def advance(self) -> None:
        """Draw candidates for one step, and take it."""
        points = self.draw(self.trials)
        self.fill(0, points)
        self.step(slice(self.trials), points)

    def batch(self, left: int) -> None:
        """Draw candidates, and take steps until they are used up.

        As many steps as there are centres: until then D will have shrunk so
        little that most are accepted.
        """
        steps = min(max(AHEAD_STEPS, len(self.chosen)), left)
        kept = len(self.waiting)
        count = min(max(1, steps * self.trials * 9 // 8), len(self.columns))
        new = self.draw(count - kept)
        self.fill(kept, new)
        points = np.append(self.waiting, new)
        least = self.D[points] * (1 - self.random.uniform(size=len(points)))
        ready, goal = [], len(self.chosen) + left
        for j, x in enumerate(points):
            if least[j] <= self.D[x]:       # so also for those that are kept
                ready.append(j)
            if len(ready) == self.trials:
                self.step(ready, points)
                ready = []
            if len(self.chosen) == goal:
                break
        self.waiting = points[ready]
        if ready:
            self.columns[:len(ready)] = self.columns[ready]

    def step(self, ready: Any, points: np.ndarray) -> None:
        """Choose the candidate that leaves the smallest potential.

        ready: which of the points and columns, a list or a slice
        """
        sums = np.array(self.call("potentials", self.columns, ready, self.D,
                                  self.weights))
        best = sums.sum(axis=0).argmin()
        self.shares = sums[:, best]
        j = np.arange(len(points))[ready][best]
        np.minimum(self.columns[j], self.D, out=self.D)
        self.chosen.append(int(points[j]))

    def fill(self, first: int, at: np.ndarray) -> None:
        """Fill columns from the first on with the distances to these points.

        In float64 from then on, if float32 leaves too much doubt.
        """
        columns = self.columns[first:first + len(at)]
        candidates = self.points.candidates(at, columns.dtype)
        if not all(self.call("fill", candidates, columns)):
            self.columns = self.columns.astype(np.float64)
            self.D = self.D.astype(np.float64)
            self.fill(first, at)


def most_candidates(X: Any) -> int:
    """Return how many candidates there are at a time, at most."""
    n, d = X.shape
    values = COLUMN_VALUES // n
    if sparse.issparse(X):
        values = SPARSE_VALUES // max(n, d)
    return max(1, min(MAX_CANDIDATES, values, max(MIN_CANDIDATES, d)))


def draw(shares: np.ndarray, draws: np.ndarray) -> np.ndarray:
    """Return the indices on which draws (m,) from [0, 1) fall, by share.

    None falls on an index without a share.
    """
    total = shares.cumsum()
    at = total.searchsorted(draws * total[-1], side="right")
    return np.minimum(at, total.searchsorted(total[-1]))
