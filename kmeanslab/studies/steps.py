"""The steps of one run, to be looked at one by one.

Ten centres that begin as ten images, and what each assign and update makes of
them, until no image changes its cluster.

    centres (k, d)   after the update
    moved            images that changed their cluster in the assign before
"""

from itertools import count
from typing import NamedTuple

import numpy as np

from kmeanslab.engine import lloyd
from kmeanslab.engine.predict import predict
from kmeanslab.engine.seeding import random_rows

K, IMAGES = 10, 2000


class Step(NamedTuple):
    """One iteration; number 0 is the start, of which only centres exist."""
    number: int
    centres: np.ndarray
    moved: int
    inertia: float       # of the assign step


def run(data, k=K, images=IMAGES, seed=0):
    """The start and every iteration: a `Step` after the other.

    k: of centres, images: of the first that take part; fewer where there are
    fewer
    """
    X = data.X[:images]
    weights, labels = np.ones(len(X)), np.full(len(X), -1)
    C = random_rows(X, min(k, len(X)), weights, np.random.RandomState(seed))
    yield Step(0, C, len(X), float("nan"))
    for number in count(1):
        old, (labels, inertia) = labels, predict(X, C, weights)
        C = lloyd.run(X, C, max_iter=1).centres
        moved = int(np.count_nonzero(labels != old))
        yield Step(number, C, moved, inertia)
        if moved == 0:
            return
