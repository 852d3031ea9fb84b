"""What `bounds.py` and `gaps.py` share: travels, and blocks with kernels.

A centre that moved by s is at most s nearer to a point than it was.  So a
distance once computed bounds all later ones.  No bound is ever updated: each
is stored with the travel of its centre up to then, and compared with the
travel up to now.

    travel (k,)  how far each centre has gone since the start, in total
    rivals (k,)  the same for the others: the sum of their longest steps
    gap    (m,)  at least by how much the other centres are farther than the
                 own one, plus both travels; where it is more than the travels
                 by now, the label cannot change

Memory: 32 bytes a point, the points' shadow (see `shadow.py`), and k d float64
a block.
"""

import numpy as np

from kmeanslab.engine.assign import kernels
from kmeanslab.engine.assign.blocks import Block
from kmeanslab.engine.assign.compressed import cast, none
from kmeanslab.engine.assign.direct import Direct
from kmeanslab.engine.assign.kernels import MORE


class Bounded(Direct):
    """A method that computes only the distances that may matter."""

    def __init__(self, X, k):
        self.X, self.shadow = X, none(X)
        self.travel, self.rivals = np.zeros(k), np.zeros(k)

    def begin(self, call):
        """The blocks make ready, and themselves a shadow of the points."""
        call("start")
        self.shadow = cast(self.X, call)

    def see(self, C, shifts):
        """The centres (k, d) as the shadow would have them; which are left.

        Once an iteration: adds how far they went to their travels.
        """
        self.follow(shifts * (self.shadow.scale * MORE))
        left = np.isfinite(C[:, 0])
        self.travel[~left] = np.inf          # who was there looks elsewhere
        return self.shadow.see(C), left

    def follow(self, step):
        """Add the last step of each centre to the travels."""
        self.travel = self.travel + step
        self.rivals = self.rivals + longest_of_others(step)

    def kind(self):
        """The type that distances are computed in."""
        read = np.dtype(self.shadow.dtype or self.X.dtype)
        return np.float64 if read == np.float64 else np.float32

    def slack(self, size, left):
        """How wrong sums of travels and distances of this size may be."""
        return 1e-11 * (size + self.travel[left].max() + self.rivals.max())


class BoundedBlock(Block):
    """Some points, and what is known of their distances."""

    def __init__(self, X, weights, k):
        super().__init__(read_only(X), weights)
        self.W, self.k = self.X, k

    def start(self):
        """Nothing is known yet."""
        m, k = len(self.labels), self.k
        self.gap = np.full(m, -np.inf)
        self.spare = np.empty(m, np.intp)
        self.place, self.clusters = np.empty((2, k), np.intp)
        self.sums, self.counts = np.empty((k, self.X.shape[1])), np.empty(
            (2, k))

    def copy(self, shadow):
        """Make the points' shadow; returns how far off it is."""
        W, off = shadow.copy(self.X)
        self.W = read_only(W)
        return off

    def change(self, new, old):
        """What the points add to new clusters and take from old ones."""
        used = kernels.change(self.X, self.weights, new, old, self.place,
                              self.clusters, self.sums, self.counts)
        return self.clusters[:used], self.sums[:used], *self.counts[:, :used]

    def own_distances(self, C):
        """The squared distance of each point to its centre, (m,)."""
        out = np.empty(len(self.labels))
        kernels.own_distances(self.X, C, self.labels, out)
        return out


def read_only(X):
    """A view that cannot be written to: one kernel serves both kinds."""
    X = X.view()
    X.flags.writeable = False
    return X


def longest_of_others(step):
    """For each centre the longest step among the other centres, (k,)."""
    first = step.argmax()
    rivals = np.full(len(step), step[first])
    rivals[first] = max(step[:first].max(initial=0.0),
                        step[first + 1:].max(initial=0.0))
    return rivals
