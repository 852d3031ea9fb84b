"""The mini-batch loop: the four steps on a few random points at a time.

Each batch is assigned to the nearest centres, and each centre moves to the
mean of all the points that it was ever given (Sculley 2010, "Web-scale k-means
clustering", WWW):

    c <- c + (sum of the batch's points - n c) / (count + n)

Labels within a batch are as exact as those of `lloyd.py`: the work is done by
the same blocks.  When to stop, and which centres to move elsewhere because
they get too few points, is decided as scikit-learn does.

    X (n, d)  points     C (k, d)  centres     count (k,)  weight given so far
    n (k,)    weight of the batch's points of each centre
"""

from typing import NamedTuple

import numpy as np

from kmeanslab.distances import dense
from kmeanslab.parallel import controller, workers
from kmeanslab.product import Product

SHARE = 512              # points of a batch that one thread works on
OFTEN = 10               # times k points make a reassignment due


class Stream(NamedTuple):
    """What is known between two batches."""
    centres: np.ndarray      # (k, d) float64
    counts: np.ndarray       # (k,) float64
    since: int = 0           # points since the last reassignment


class MiniBatchResult(NamedTuple):
    """The end of a run."""
    centres: np.ndarray      # (k, d), float32 for float32 points
    counts: np.ndarray       # (k,) float64
    since: int               # as in `Stream`
    n_steps: int
    ewa_inertia: float       # smoothed mean of squared distances
    converged: str           # "small centers change", "lack of ..." or ""


def begin(C):
    """The stream before its first batch: centres (k, d) without points."""
    C = np.array(C, np.float64)
    return Stream(C, np.zeros(len(C)))
