"""Bounds of distances: what is known of a point without looking at it.

A centre that moved by s is at most s nearer to a point than it was.  So a
distance once computed bounds all later ones.  No bound is ever updated: each
is stored together with the drift of its centre up to then, and compared with
the drift up to now.

    drift (k,)        how far each centre has moved since the start, in total
    other_drift (k,)  the same for the others: the sum of their longest steps
    margin (m,)       how much farther than the own centre all others are at
                      least, plus both drifts; where it exceeds the drifts up
                      to now, the label cannot change.  Where it is NaN, the
                      point is looked at.

Drifts are in the units of the points as they are read: scaled, or copied.

Memory: 16 bytes per point.
"""

import math
from typing import Any

import numpy as np

from kmeanslab.engine.assign.blocks import Block
from kmeanslab.engine.assign.direct import Direct
from kmeanslab.engine.assign.distances import Points

UNIT = 2.0 ** -53            # of a float64
ROUND_UP = 1 + 1e-9          # more than what a float64 sum lacks
SUM_UP = 1 + 2.0 ** -51      # more than what one addition lacks
MAX_ROUNDING = 2.0 ** -30    # of drifts, relative to the points' spread
MOST_ROUNDING = 2.0 ** 50    # so that drifts are finite as float32
UNDERFLOW = 2.0 ** -1072     # more than what a square loses that underflows
OVERFLOW = 2.0 ** 1020       # up to this a sum of squares is sure to be finite


class Bounded(Direct):
    """A method that skips distances which cannot change a label."""

    scale, spread = 1.0, np.inf          # of the points, as they are read

    def __init__(self, X: Points, k: int) -> None:
        super().__init__(X, k)
        self.reset()

    def reset(self) -> None:
        """Start with drifts of 0."""
        self.drift, self.other_drift = np.zeros((2, self.k))

    def follow(self, C: np.ndarray, shifts: np.ndarray) -> tuple:
        """Add the last steps of the centres (k, d) to the drifts.

        Returns which centres are left, what is lost by rounding, and whether
        drifts start again from 0: a centre that went very far would leave no
        digits for the steps of all others.
        """
        left = np.isfinite(C[:, 0])
        rounding = self.rounding(self.add_steps(shifts, left))
        again = not rounding <= self.most_rounding()
        if again:
            self.reset()
            rounding = self.rounding(self.add_steps(np.zeros(self.k), left))
        return left, rounding, again

    def add_steps(self, shifts: np.ndarray, left: np.ndarray) -> float:
        """Add a step of each centre (k,); return the longest drifts' sum.

        To its own drift, infinite where the centre is not left, and the
        longest step of the others to `other_drift`.
        """
        steps = shifts * (self.scale * ROUND_UP)
        first = steps.argmax()
        others = np.full(self.k, steps[first])
        others[first] = np.delete(steps, first).max(initial=0.0)
        self.drift = np.where(left, (self.drift + steps) * SUM_UP, np.inf)
        self.other_drift = (self.other_drift + others) * SUM_UP
        return float(self.drift[left].max(initial=0.0)
                     + self.other_drift.max())

    def rounding(self, longest: float) -> float:
        """Return an upper bound of what is lost by rounding.

        By sums of drifts, and by the formula, of distances that grew so far.
        """
        slope, base = self.rounding_rules()
        return slope * longest + base

    def rounding_rules(self) -> tuple:
        """Return what is lost per unit of distance, and at least."""
        d = self.X.shape[1]
        return (16 + d) * UNIT, math.sqrt(d * self.floor())

    def most_rounding(self) -> float:
        """Return up to which rounding drifts need not start again."""
        return min(MAX_ROUNDING * self.spread, MOST_ROUNDING)

    def floor(self) -> Any:
        """Return what a square of the formula may lose, in drifts' units."""
        return UNDERFLOW * self.scale * self.scale

    def ceiling(self) -> Any:
        """Return up to where the formula does not overflow, likewise."""
        return OVERFLOW * self.scale * self.scale


class BoundedBlock(Block):
    """Some points, and what is known of their distances."""

    def start(self) -> None:
        """Begin without any bounds."""
        self.margin = np.empty(len(self.labels))
        self.forget()

    def forget(self) -> None:
        """Forget all bounds."""
        self.margin.fill(-np.inf)
