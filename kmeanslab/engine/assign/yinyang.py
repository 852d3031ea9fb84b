"""The pruned assign step where points have many columns.

Three looks, each at fewer points: at one number a point (Hamerly 2010), at
one a group of centres (Ding et al. 2015, "Yinyang"), at the distances to the
groups that may matter.

    travel, rivals, gap   see `pruned.py`
    upper  (m,)           at most the distance to the own centre, less its
                          travel
    lower  (m, g)         at least the distance to each group, plus its travel

Memory: 8 + 4 g bytes a point, g = k / 4 up to 512 centres and never over 128.
"""

from typing import NamedTuple

import numpy as np

from kmeanslab.engine.assign import kernels
from kmeanslab.engine.assign.bounds import Bounded, BoundedBlock
from kmeanslab.engine.assign.kernels import SMALL

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


class Yinyang(Bounded):
    """The method: bounds for groups of centres."""

    def __init__(self, X, k):
        super().__init__(X, k)
        size = 4 * -(-k // (4 * MOST_GROUPS))
        self.groups = -(-k // size)
        self.filled = self.groups * size
        self.group_travel = np.zeros(self.groups)

    def centres(self, C, shifts):
        """What the blocks are told of the centres, which went this far."""
        seen, left = self.see(C, shifts)
        near = np.full((self.filled, C.shape[1]), np.inf, self.kind())
        near[:len(C)] = seen
        size = np.abs(seen[left]).max() * np.sqrt(C.shape[1])
        return Told(C, near, self.travel, self.rivals,
                    self.group_travel.astype(np.float32),
                    self.error(size, near), self.slack(size, left))

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
        super().follow(step)
        filled = np.zeros(self.filled)
        filled[:len(step)] = step
        self.group_travel += filled.reshape(-1, self.groups).max(axis=0)

    def block(self, X, weights):
        return YinyangBlock(X, weights, len(self.travel), self.groups)


class YinyangBlock(BoundedBlock):
    """Some points, and bounds on their distances."""

    def __init__(self, X, weights, k, groups):
        super().__init__(X, weights, k)
        self.groups = groups

    def start(self):
        """Nothing is known yet."""
        super().start()
        m = len(self.labels)
        self.upper = np.full(m, np.inf)
        self.lower = np.full((m, self.groups), -np.inf, np.float32)

    def assign(self, told):
        """New labels (m,); how many points and distances were looked at."""
        new, self.spare = self.spare, self.labels
        points, distances = kernels.assign(
            self.X, self.W, told.exact, told.near, self.labels, self.upper,
            self.gap, self.lower, told.travel, told.rivals,
            told.group_travel, told.error, told.slack, new)
        return new, points, distances
