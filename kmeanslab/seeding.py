"""Where the centres start: at random points, or far apart (k-means++).

Greedy k-means++ (Arthur and Vassilvitskii 2007, the candidates as in
scikit-learn): each step draws a few points x with probability p(x) ~ w D(x),
and keeps the one that leaves the least potential, the sum of w D.  Distances to
many candidates in one matrix product cost little more than to a few.  So
candidates are drawn ahead of time, for many steps at once, from the p0 ~ w D0
of that moment; a later step accepts the next one with probability D(x)/D0(x).

    This is exact: D <= D0 everywhere, as more centres only come nearer.  The
    next one is independent of all that made D, so it is accepted as x with
    probability p0(x) D(x)/D0(x) ~ w D(x): accepted ones are drawn from p.

    X (n, d)  points, dense or CSR     weights w (n,)
    D (n,)    squared distances to the nearest of the centres so far
    columns   (batch, n) squared distances to candidates, each used once

Memory: 4 batch n bytes, 64 MB at most unless n > 2^24 / trials; twice that
where float32 cannot tell the points apart, or in small data.
"""

import numpy as np

from kmeanslab.blocks import row_blocks
from kmeanslab.distances import dense, pair_distances
from kmeanslab.parallel import workers
from kmeanslab.product import U32, U64, Frame
from kmeanslab.scratch import Scratch

NUMBERS = 2 ** 24        # of columns at most
BATCH = 256              # candidates at most; more make no product faster
AHEAD = 4                # steps to draw candidates for, at least
SMALL = 2 ** 19          # numbers that cost nothing in float64
TRUST = 16               # times its error a distance has to be, to be trusted
PATIENCE = 32            # one in so many may need the formula


def random_rows(X, k, weights, random_state):
    """Distinct points by weight as centres (k, d), dense float32 or float64.

    Raises NumPy's ValueError where fewer than k points have a weight.
    """
    return as_centres(X, random_state.choice(
        X.shape[0], k, replace=False, p=weights / weights.sum()))


def plus_plus(X, k, weights, random_state, trials=None):
    """Greedy k-means++: centres (k, d), and which points they are, (k,).

    The centres are dense, float32 for float32 points and else float64.
    `trials` candidates a step, by default 2 + int(log k).  Where all points
    are centres already, the rest is drawn by weight.
    """
    trials = 2 + int(np.log(k)) if trials is None else trials
    frame = Frame(X)
    blocks = [Rows(X, rows, frame) for rows in row_blocks(*X.shape, k)]
    with (workers(blocks) as call,
          np.errstate(over="ignore", invalid="ignore")):
        seeds = Seeds(X, weights, random_state, trials, call)
        indices = np.array(seeds.choose(k))
    return as_centres(X, indices), indices


def as_centres(X, indices):
    """These points as centres."""
    dtype = np.float32 if X.dtype == np.float32 else np.float64
    return dense(X[indices]).astype(dtype)


class Seeds:
    """The centres so far, and candidates for the next."""

    def __init__(self, X, weights, random_state, trials, call):
        n = X.shape[0]
        self.X, self.weights, self.call = X, weights, call
        self.random, self.trials = random_state, trials
        self.dtype = np.float64 if n * X.shape[1] <= SMALL else np.float32
        self.most = max(trials, min(BATCH, NUMBERS // n))
        self.columns = np.empty((self.most, n), self.dtype)
        self.D = np.full(n, np.inf, self.dtype)
        self.chosen = []
        self.waiting = np.empty(0, int)     # accepted for the next step

    def choose(self, k):
        """The indices of k centres."""
        first = self.draw(np.cumsum(self.weights), 1)
        self.fill(0, first)
        self.step([0], first)
        while len(self.chosen) < k:
            potential = np.cumsum(self.weights * self.D)
            if not potential[-1] > 0:
                rest = self.draw(np.cumsum(self.weights), k - len(self.chosen))
                return self.chosen + list(rest)
            self.batch(potential, k)
        return self.chosen

    def draw(self, total, count):
        """Points with the probabilities of which `total` is the running sum."""
        at = np.searchsorted(total, total[-1] * self.random.uniform(size=count),
                             side="right")
        return np.minimum(at, np.searchsorted(total, total[-1]))

    def batch(self, potential, k):
        """Draw candidates, and take steps until they are used up."""
        steps = min(max(AHEAD, len(self.chosen)), k - len(self.chosen))
        kept = len(self.waiting)
        count = min(steps * self.trials * 9 // 8, self.most) - kept
        new = self.draw(potential, count)
        self.fill(kept, new)
        points = np.append(self.waiting, new)
        chance = self.D[new] * (1 - self.random.uniform(size=count))
        accepted = list(range(kept))
        for j, (x, least) in enumerate(zip(new, chance), start=kept):
            if least <= self.D[x]:
                accepted.append(j)
            if len(accepted) == self.trials:
                self.step(accepted, points)
                accepted = []
            if len(self.chosen) == k:
                return
        self.keep(accepted, points)

    def keep(self, accepted, points):
        """Take these candidates, too few for a step, along to the next."""
        for i, j in enumerate(accepted):
            self.columns[i] = self.columns[j]
        self.waiting = points[accepted]

    def step(self, accepted, points):
        """Choose the candidate that leaves the least potential."""
        potentials = []
        for j in accepted:
            left = np.minimum(self.columns[j], self.D, out=self.columns[j])
            potentials.append(left @ self.weights)
        best = accepted[np.argmin(potentials)]
        self.D[:] = self.columns[best]
        self.chosen.append(points[best])
        self.waiting = points[:0]

    def fill(self, first, candidates):
        """Columns from the first on: the distances to these candidates."""
        C = dense(self.X[candidates])
        columns = self.columns[first:first + len(C)]
        if not all(self.call("fill", C, columns)):
            self.columns = self.columns.astype(np.float64)
            self.D = self.D.astype(np.float64)
            self.fill(first, candidates)


class Rows:
    """Some of the points, whose distances one thread makes."""

    def __init__(self, X, rows, frame):
        self.X, self.rows, self.frame = X, rows, frame
        self.chunk = int(np.clip(SMALL // max(X.shape[1], BATCH), 256, 2048))
        self.squares = np.empty(0)
        self.scratch = Scratch()

    def fill(self, C, columns):
        """The distances to C; False if float32 is not up to it."""
        doubts = 0
        enough = (self.rows.stop - self.rows.start) * len(C) // PATIENCE
        for s in range(self.rows.start, self.rows.stop, self.chunk):
            part = slice(s, min(s + self.chunk, self.rows.stop))
            doubts += self.look(part, C, columns[:, part])
            if doubts > enough and columns.dtype == np.float32:
                return False
        return True

    def read(self, X, dtype):
        """Points near the origin."""
        if dtype == np.float32:
            return self.frame.read(X)
        return dense(X) - self.frame.origin

    def look(self, part, C, D):
        """Distances of one chunk; returns how many the formula decided."""
        near = self.read(C, D.dtype).copy()
        W = self.read(self.X[part], D.dtype)
        squares = np.einsum("ij,ij->i", W, W)
        lengths = np.einsum("ij,ij->i", near, near)
        near *= -2
        out = self.scratch("D", D.shape, D.dtype)
        np.dot(near, W.T, out=out)
        out += lengths[:, None]
        np.add(out, squares, out=D)
        limit = self.limit(np.sqrt(squares) + np.sqrt(lengths.max()), D.dtype)
        j, i = np.nonzero(~(D > limit))
        if len(i):
            D[j, i] = pair_distances(
                i, j, lambda at: self.X[part.start + at], C)
        return len(i)

    def limit(self, span, dtype):
        """Where the product's distances are no longer to be trusted."""
        unit = U32 if dtype == np.float32 else U64
        far = np.linalg.norm(self.frame.origin)
        return TRUST * ((self.X.shape[1] + 64) * span * (
            unit * span + U64 * far) + 2.0 ** -120)
