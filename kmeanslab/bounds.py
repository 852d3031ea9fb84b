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

Memory: 16 + 4 g bytes a point, g = k / 4 up to 512 centres and never over 128.
"""

from typing import NamedTuple

import numpy as np

from kmeanslab import kernels
from kmeanslab.product import U32, Product, ProductBlock

MOST_GROUPS = 128
SAMPLE = 64              # points that are asked


class Told(NamedTuple):
    """What a block is told of the centres, beside `Centres`."""
    exact: np.ndarray            # (k, d) float64
    near: np.ndarray             # (k filled up, d) in the kernels' type
    travel: np.ndarray
    rivals: np.ndarray
    group_travel: np.ndarray     # (g,) float32
    error: tuple                 # how wrong a kernel's distance may be
    slack: float                 # how wrong sums of travels may be


class Known(NamedTuple):
    """The bounds of a block's points."""
    upper: np.ndarray
    gap: np.ndarray
    lower: np.ndarray            # float32


class Bounds(Product):
    """The method: only the distances that may matter."""

    def __init__(self, X, k):
        super().__init__(X, k)
        size = 4 * -(-k // (4 * MOST_GROUPS))
        self.groups = -(-k // size)
        self.near = np.full((self.groups * size, X.shape[1]), np.inf,
                            work_type(X))
        self.rounded = X.dtype != self.near.dtype
        self.travel, self.rivals = np.zeros(k), np.zeros(k)
        self.group_travel = np.zeros(self.groups)

    def centres(self, C, shifts):
        """What the blocks are told: the centres, and how far they went."""
        self.follow(shifts * (1 + 1e-9))
        self.near[:len(C)] = C
        centres = super().centres(C, shifts)
        d, unit = C.shape[1], np.finfo(self.near.dtype).eps / 2
        size = np.abs(C).max(where=np.isfinite(C), initial=0.0) * np.sqrt(d)
        centres.told = Told(
            C, self.near, self.travel, self.rivals,
            self.group_travel.astype(np.float32),
            ((d + 8) * unit, self.rounded * unit * size,
             d * float(np.finfo(self.near.dtype).tiny)),
            1e-11 * (size + self.travel.max() + self.rivals.max()))
        return centres

    def follow(self, step):
        """Add the last step of each centre to the travels."""
        self.travel = self.travel + step
        self.rivals = self.rivals + longest_of_others(step)
        filled = np.zeros(len(self.near))
        filled[:len(step)] = step
        self.group_travel += filled.reshape(-1, self.groups).max(axis=0)

    def block(self, X, weights):
        """Some of the points."""
        return BoundedBlock(X, weights, self)


class BoundedBlock(ProductBlock):
    """Some points, and bounds on their distances."""

    def __init__(self, X, weights, method):
        super().__init__(read_only(X), weights, method)
        self.k, self.groups = len(method.travel), method.groups
        self.many, self.too_many = True, 0.5 + 16 / self.k

    def start(self):
        """Nothing is known yet."""
        m, k = len(self.labels), self.k
        self.known = Known(np.full(m, np.inf), np.full(m, -np.inf),
                           np.full((m, self.groups), -np.inf, np.float32))
        self.spare = np.empty(m, np.intp)
        self.sums, self.counts = np.empty((k, self.X.shape[1])), np.empty(
            (2, k))
        self.place, self.clusters = np.empty((2, k), np.intp)

    def assign(self, centres):
        """New labels (m,); how many points and distances were looked at."""
        if self.many and self.needed(centres.told) > self.too_many:
            return super().assign(centres)
        told, known = centres.told, self.known
        new, self.spare = self.spare, self.labels
        points, distances = kernels.assign(
            self.X, told.exact, told.near, self.labels, known.upper,
            known.gap, known.lower, told.travel, told.rivals,
            told.group_travel, told.error, told.slack, new)
        self.many = distances > self.too_many * self.k * len(new)
        return new, points, distances

    def needed(self, told):
        """The part of a sample's distances that the bounds do not exclude."""
        some = slice(None, None, max(1, len(self.labels) // SAMPLE))
        upper = self.known.upper[some] + told.travel[self.labels[some]]
        lower = self.known.lower[some] - told.group_travel
        return np.mean(lower <= upper[:, None])

    def keep(self, part, centres, W, labels, D, own, other, E):
        """Store what this look at a chunk says of later ones."""
        told, known = centres.told, self.known
        squares, blur = from_origin(W, self.squares[part],
                                    self.method.frame)
        E += blur
        upper = np.sqrt(np.maximum(own + (squares + E), 0)) * UP
        rest = squares - E
        other = np.sqrt(np.maximum(other + rest, 0)) * kernels.DOWN
        known.upper[part] = upper - told.travel[labels]
        known.gap[part] = other + told.rivals[labels] - known.upper[part]
        D = fold(D, self.groups)
        D += rest[:, None]
        np.sqrt(np.maximum(D, 0, out=D), out=D)
        D += told.group_travel
        D *= np.float32(kernels.DOWN)
        known.lower[part] = D

    def change(self, new, old):
        """What the points add to new clusters and take from old ones."""
        used = kernels.change(self.X, self.weights, new, old, self.place,
                              self.clusters, self.sums, self.counts)
        return self.clusters[:used], self.sums[:used], *self.counts[:, :used]

    def inertia(self, C):
        """The weighted sum of squared distances to the own centres."""
        out = np.empty(len(self.labels))
        kernels.own_distances(self.X, C, self.labels, out)
        return float(out @ self.weights)


UP = np.float32(2 - kernels.DOWN)


def from_origin(W, squares, frame):
    """|x - origin|^2 for the rows of W, and how wrong it may be, (m,)."""
    offset = frame.offset.astype(np.float32)
    d = len(offset)
    span = np.sqrt(squares) + np.float32(frame.base)
    return (squares - 2 * (W @ offset) + offset @ offset,
            np.float32(U32 * (d + 8)) * span * span)


def work_type(X):
    """The type in which the kernels compute distances."""
    return np.float64 if X.dtype == np.float64 else np.float32


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


def fold(D, groups):
    """The least of columns g, g + groups, g + 2 groups, ...; overwrites D."""
    for s in range(groups, D.shape[1], groups):
        part = D[:, s:s + groups]
        first = D[:, :part.shape[1]]
        np.minimum(first, part, out=first)
    return D[:, :groups]
