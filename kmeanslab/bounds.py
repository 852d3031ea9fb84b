"""The pruned assign step: the same labels from a fraction of the distances.

A centre that moved by s is at most s nearer to a point than it was.  So a
distance once computed bounds all later ones, and where a point's own centre is
surely nearer than all others there is nothing to compute.  Three looks, each
at fewer points: at one number a point (Hamerly 2010), at one a group of
centres (Ding et al. 2015, "Yinyang"), at the distances to the groups that may
matter.  No bound is ever updated: each is stored with the travel of its centre
up to then, and compared with the travel up to now.

    travel (k,)        how far each centre has gone since the start, in total
    rivals (k,)        the same for the others: the sum of their longest steps
    upper  (m,)        at most the distance to the own centre, less its travel
    lower  (m, g)      at least the distance to each group, plus its travel
    gap    (m,)        lower of all the others less upper, plus both travels

Memory: 32 + 4 g bytes a point, g = k / 4 up to 512 centres and never over
128; the points' shadow (see `shadow.py`); and k d float64 a block.
"""

from typing import NamedTuple

import numpy as np

from kmeanslab import kernels
from kmeanslab.blocks import Block
from kmeanslab.kernels import MORE, SMALL
from kmeanslab.lloyd import Direct
from kmeanslab.shadow import cast, none

MOST_GROUPS = 128


class Told(NamedTuple):
    """What a block is told of the centres, all but `exact` as shadows see."""
    exact: np.ndarray            # (k, d) float64
    near: np.ndarray             # (k filled up, d) in the kernels' type
    travel: np.ndarray
    rivals: np.ndarray
    group_travel: np.ndarray     # (g,) float32
    error: tuple                 # how wrong a kernel's distance may be
    slack: float                 # how wrong sums of travels may be


class Bounds(Direct):
    """The method: only the distances that may matter."""

    def __init__(self, X, k):
        size = 4 * -(-k // (4 * MOST_GROUPS))
        self.X, self.groups = X, -(-k // size)
        self.filled = self.groups * size
        self.shadow = none(X)
        self.travel, self.rivals = np.zeros(k), np.zeros(k)
        self.group_travel = np.zeros(self.groups)

    def begin(self, call):
        """The blocks make ready, and themselves a shadow of the points."""
        call("start")
        self.shadow = cast(self.X, call)

    def centres(self, C, shifts):
        """What the blocks are told of the centres, which went this far."""
        self.follow(shifts * (self.shadow.scale * MORE))
        left = np.isfinite(C[:, 0])          # not dropped
        self.travel[~left] = np.inf          # who was there looks elsewhere
        seen = self.shadow.see(C)
        near = np.full((self.filled, C.shape[1]), np.inf, self.kind())
        near[:len(C)] = seen
        size = np.abs(seen[left]).max() * np.sqrt(C.shape[1])
        slack = 1e-11 * (size + self.travel[left].max() + self.rivals.max())
        return Told(C, near, self.travel, self.rivals,
                    self.group_travel.astype(np.float32),
                    self.error(size, near), slack)

    def kind(self):
        """The type that distances are computed in."""
        read = np.dtype(self.shadow.dtype or self.X.dtype)
        return np.float64 if read == np.float64 else np.float32

    def error(self, size, near):
        """How wrong the kernels' distances to centres of this size may be.

        Relative, absolute, absolute of the square; beyond the last they are
        infinite.
        """
        kind, d = np.finfo(near.dtype), near.shape[1]
        unit = float(kind.eps) / 2
        return ((d + 8) * unit, self.shadow.off + (unit + SMALL) * size,
                d * float(kind.tiny), float(kind.max))

    def follow(self, step):
        """Add the last step of each centre to the travels."""
        self.travel = self.travel + step
        self.rivals = self.rivals + longest_of_others(step)
        filled = np.zeros(self.filled)
        filled[:len(step)] = step
        self.group_travel += filled.reshape(-1, self.groups).max(axis=0)

    def block(self, X, weights):
        return BoundedBlock(X, weights, len(self.travel), self.groups)


class BoundedBlock(Block):
    """Some points, and bounds on their distances."""

    def __init__(self, X, weights, k, groups):
        super().__init__(read_only(X), weights)
        self.W = self.X
        self.k, self.groups = k, groups

    def start(self):
        """Nothing is known yet."""
        m, k = len(self.labels), self.k
        self.upper, self.gap = np.full(m, np.inf), np.full(m, -np.inf)
        self.lower = np.full((m, self.groups), -np.inf, np.float32)
        self.spare = np.empty(m, np.intp)
        self.place, self.clusters = np.empty((2, k), np.intp)
        self.sums, self.counts = np.empty((k, self.X.shape[1])), np.empty(
            (2, k))

    def copy(self, shadow):
        """Make the points' shadow; returns how far off it is."""
        W, off = shadow.copy(self.X)
        self.W = read_only(W)
        return off

    def assign(self, told):
        """New labels (m,); how many points and distances were looked at."""
        new, self.spare = self.spare, self.labels
        points, distances = kernels.assign(
            self.X, self.W, told.exact, told.near, self.labels, self.upper,
            self.gap, self.lower, told.travel, told.rivals,
            told.group_travel, told.error, told.slack, new)
        return new, points, distances

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
