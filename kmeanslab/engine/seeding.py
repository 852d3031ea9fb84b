"""Where the centres start: at random points, or far apart (k-means++).

Greedy k-means++ (Arthur and Vassilvitskii 2007, the candidates as in
scikit-learn): each step draws a few points x with probability p(x) ~ w D(x),
and keeps the one that leaves the least potential, the sum of w D.  Distances
to many candidates in one matrix product cost little more than to a few.  So
candidates are drawn ahead of time, for many steps at once, from the p0 ~ w D0
of that moment; a later step accepts the next one with probability D(x)/D0(x).

    This is exact: D <= D0 everywhere, as more centres only come nearer.  The
    next one is independent of all that made D, so it is accepted as x with
    probability p0(x) D(x)/D0(x) ~ w D(x): accepted ones are drawn from p.

    X (n, d)  points, dense or CSR     weights w (n,)
    D (n,)    squared distances to the nearest of the centres so far
    columns   (batch, n) squared distances to candidates, each used once

Memory: 4 n batch bytes, of which the batch is at most 256, d or 32, and 64 MB,
or else one step's candidates; twice that where float32 cannot tell the points
apart, or they are few.
"""

import math
from typing import NamedTuple

import numpy as np
from scipy import sparse

from kmeanslab.engine.assign.distances import dense, pair_distances
from kmeanslab.engine.assign.matmul import Frame
from kmeanslab.engine.threads import worker_threads

NUMBERS = 2 ** 24        # of columns at most
BATCH = 256              # candidates at most: more make no product faster,
FEW = 32                 # nor more than d, but for these
AHEAD = 4                # steps to draw candidates for, at least
SMALL = 2 ** 19          # numbers of a small data set, or of a chunk
TRUST = 8                # a distance is trusted from so many times its error
PATIENCE = 64            # one in so many distances may need the formula


def random_rows(X, k, weights, random_state):
    """Distinct points by weight, as centres like those of `kmeans_plus_plus`.

    Raises NumPy's ValueError where fewer than k points have a weight.
    """
    return as_centres(X, random_state.choice(
        X.shape[0], k, replace=False, p=weights / weights.sum()))


@np.errstate(over="ignore", invalid="ignore")
def kmeans_plus_plus(X, k, weights, random_state, trials=None):
    """Greedy k-means++: centres (k, d), and which points they are, (k,).

    X (n, d) is an ndarray or CSR of any real dtype, weights (n,) float64 and
    not all 0, `random_state` a RandomState.  The centres are dense, float32
    for float32 points and else float64.  Each step tries `trials` candidates,
    by default 2 + int(log k).  Where every point that has a weight lies on a
    centre, the rest is drawn by weight.
    """
    trials = 2 + int(np.log(k)) if trials is None else trials
    frame = Frame(X)
    chunks = [Chunk(X, part, frame) for part in parts(*X.shape)]
    with worker_threads(chunks) as call:
        seeds = Seeds(X, weights, random_state, trials, frame, call)
        indices = np.array(seeds.choose(k))
    return as_centres(X, indices), indices


def as_centres(X, indices):
    """These points as centres."""
    dtype = np.float32 if X.dtype == np.float32 else np.float64
    return dense(X[indices]).astype(dtype)


def parts(n, d):
    """How n points are cut into chunks: by the data's shape alone."""
    rows = int(np.clip(SMALL // max(d, BATCH), 256, 2048))
    return [slice(s, min(s + rows, n)) for s in range(0, n, rows)]


def near(X, frame, dtype):
    """Points as they are multiplied, in this type: seen from the origin."""
    if dtype == np.float32:
        return frame.read(X)
    # not by way of a float64 copy: fresh memory is dearer than the numbers
    X = X.toarray() if sparse.issparse(X) else np.asarray(X)
    return np.subtract(X, frame.origin, order="C")


def is_small(X):
    """Whether the points are so few that float64 costs next to nothing."""
    return math.prod(X.shape) <= SMALL


class Seeds:
    """The centres so far, and candidates for the next."""

    def __init__(self, X, weights, random_state, trials, frame, call):
        n, d = X.shape
        self.X, self.weights, self.frame, self.call = X, weights, frame, call
        self.random, self.trials = random_state, trials
        dtype = np.float64 if is_small(X) else np.float32
        self.most = max(trials, min(BATCH, NUMBERS // n, max(FEW, d)))
        self.columns = np.empty((self.most, n), dtype)
        self.D = np.full(n, np.inf, dtype)
        self.chosen = []
        self.waiting = np.empty(0, int)     # accepted for the next step

    def choose(self, k):
        """The indices of k centres."""
        first = self.draw(self.weights, 1)
        self.fill(0, first)
        self.step([0], first)
        while len(self.chosen) < k:
            left = k - len(self.chosen)
            share = self.weights * self.D
            if not share.any():
                return self.chosen + list(self.draw(self.weights, left))
            self.batch(share, left)
        return self.chosen

    def draw(self, share, count):
        """Points by their share of the whole."""
        total = np.cumsum(share)
        draws = self.random.uniform(size=count) * total[-1]
        at = np.searchsorted(total, draws, side="right")
        return np.minimum(at, np.searchsorted(total, total[-1]))

    def batch(self, share, left):
        """Draw candidates, and take steps until they are used up.

        As many steps as there are centres: until then D will have shrunk so
        little that most are accepted.
        """
        steps = min(max(AHEAD, len(self.chosen)), left)
        kept = len(self.waiting)
        count = min(steps * self.trials * 9 // 8, self.most) - kept
        new = self.draw(share, count)
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
        self.columns[:len(ready)] = self.columns[ready]

    def step(self, ready, points):
        """Choose the candidate that leaves the least potential."""
        potentials = []
        for j in ready:
            column = self.columns[j]
            np.minimum(column, self.D, out=column)
            potentials.append(column @ self.weights)
        best = ready[np.argmin(potentials)]
        self.D[:] = self.columns[best]
        self.chosen.append(points[best])

    def fill(self, first, points):
        """Columns from the first on: the distances to these points."""
        columns = self.columns[first:first + len(points)]
        batch = Batch.of(self.X[points], self.frame, columns)
        if not all(self.call("fill", batch)):
            self.columns = self.columns.astype(np.float64)
            self.D = self.D.astype(np.float64)
            self.fill(first, points)


class Batch(NamedTuple):
    """Some candidates, and where the distances to them go."""
    exact: np.ndarray        # (b, d) float64
    near: np.ndarray         # (b, d), as `near` sees them, times -2
    squares: np.ndarray      # (b, 1) of their lengths there
    columns: np.ndarray      # (b, n), float32 or float64

    @classmethod
    def of(cls, X, frame, columns):
        """These points as candidates."""
        C = -2 * near(X, frame, columns.dtype)
        squares = np.einsum("ij,ij->i", C, C)[:, None] / 4
        return cls(dense(X), C, squares, columns)


class Chunk:
    """Some of the points, whose distances one thread makes."""

    def __init__(self, X, part, frame):
        self.X, self.part, self.frame = X, part, frame
        self.W = self.squares = None

    def fill(self, batch):
        """The distances to a batch; False if float32 is not up to it."""
        D = batch.columns[:, self.part]
        W = self.read(D.dtype)
        np.matmul(batch.near, W.T, out=D)
        D += batch.squares
        D += self.squares
        doubt = np.flatnonzero(~(D > self.limit(batch)))    # so also where NaN
        if D.dtype == np.float32 and len(doubt) > len(D) + D.size // PATIENCE:
            return False
        j, i = np.divmod(doubt, len(W))
        D[j, i] = pair_distances(
            i, j, lambda at: self.X[self.part.start + at], batch.exact)
        return True

    def read(self, dtype):
        """The points as `near` has them, with their squares measured."""
        if self.W is not None:
            return self.W
        W = near(self.X[self.part], self.frame, dtype)
        if self.squares is None or self.squares.dtype != dtype:
            self.squares = np.einsum("ij,ij->i", W, W)
        if is_small(self.X):
            self.W = W
        return W

    def limit(self, batch):
        """Up to where the product's distances are not to be trusted, (m,).

        They are wrong by less than (d + 8) eps (|w| + |c|)^2; 64 for 8 leaves
        digits to spare also where there are few coordinates.
        """
        span = np.sqrt(self.squares) + np.sqrt(batch.squares.max())
        kind = np.finfo(span.dtype)
        return (TRUST * (self.X.shape[1] + 64)
                * (kind.eps * span * span + kind.tiny))
