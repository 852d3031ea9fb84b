"""One run, iteration by iteration.

Ten centres that start as ten images, and the result of each assign and update,
until no image changes its cluster.

    centres (k, d)   after the update
    moved            images that changed their cluster in the assign step
"""

from collections.abc import Iterator
from itertools import count
from typing import NamedTuple

import numpy as np

from kmeanslab.data.datasets import Data
from kmeanslab.engine import lloyd
from kmeanslab.engine.predict import predict
from kmeanslab.engine.seeding import random_rows
from kmeanslab.studies.scores import scale

K, IMAGES = 10, 2000


class Step(NamedTuple):
    """One iteration; number 0 is the start, which has only centres."""
    number: int
    centres: np.ndarray
    moved: int
    inertia: float       # of the assign step, for values from 0 to 1


def run(data: Data, k: int = K, images: int = IMAGES, seed: int = 0
        ) -> Iterator[Step]:
    """Yield the start and every iteration as a `Step`.

    k: the number of centres, images: the number of images used, from the
    first on; fewer if there are fewer
    """
    X = data.X[:images]
    weights, labels = np.ones(len(X)), np.full(len(X), -1)
    C = random_rows(X, min(k, len(X)), weights, np.random.RandomState(seed))
    yield Step(0, C, len(X), float("nan"))
    for number in count(1):
        old, (labels, inertia) = labels, predict(X, C, weights)
        C = lloyd.run(X, C, max_iter=1).centres
        moved = int(np.count_nonzero(labels != old))
        yield Step(number, C, moved, inertia / scale(X) ** 2)
        if moved == 0:
            return
