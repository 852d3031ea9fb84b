"""What the driver knows of the data, none of which passes through it.

    counts (p,)  points of each of the p partitions     n  of all
    X[at]        the few points that are asked for by their place among all
"""

from typing import NamedTuple

import numpy as np

from kmeanslab.data.formats import DataError
from kmeanslab.distributed.executor import Crew
from kmeanslab.distributed.partition_queries import Survey
from kmeanslab.distributed.partitions import Table
from kmeanslab.engine.variance import variance
from kmeanslab.estimators import validation


class Census(NamedTuple):
    """A crew that has looked at its points, and what it has seen."""
    crew: Crew
    abouts: list         # `partblock.About` of each partition
    d: int
    dtype: np.dtype

    @property
    def counts(self):
        """How many points each partition has, (p,)."""
        return np.array([about.n for about in self.abouts])

    @property
    def n(self):
        """How many points there are."""
        return int(self.counts.sum())

    @property
    def result_type(self):
        """The type of the centres."""
        return np.float32 if self.dtype == np.float32 else np.float64

    def take(self, at):
        """The points at these places among all, (len(at), d)."""
        starts = np.append(0, np.cumsum(self.counts))
        part = np.searchsorted(starts, at, side="right") - 1
        self.crew.begin(Survey)
        found = self.crew.call("take", {
            i: at[part == i] - starts[i] for i in self.crew.numbers})
        X = np.empty((len(at), self.d), self.dtype)
        for i, points in zip(self.crew.numbers, found):
            X[part == i] = points
        return X

    def mean_variance(self):
        """The mean of the columns' variances, in one pass."""
        self.crew.begin(Survey)
        first = self.abouts[self.crew.numbers[0]].first
        sums = self.crew.call("spread", first[0].astype(np.float64))
        return variance(sums, self.n, self.d)


def census(parts, client, k):
    """The census of partitions that are fit for k clusters.

    Raises DataError for what is missing or does not fit together, ValueError
    for fewer than k points.
    """
    crew = Crew(parts, client)
    crew.team.find()
    crew.begin(Survey)
    abouts = crew.call("about")
    full = [i for i, about in enumerate(abouts) if about.n]
    if mixed(parts, abouts, full):
        parts = [part._replace(dtype="<f8") for part in parts]
        return census(parts, client, k)
    validation.check_enough_points(sum(about.n for about in abouts), k)
    for i in full:
        agree(abouts[full[0]], abouts[i], parts[full[0]], parts[i])
    crew.numbers = full
    return Census(crew, abouts, abouts[full[0]].d,
                  np.dtype(abouts[full[0]].dtype))


def mixed(parts, abouts, full):
    """Whether there are tables of bytes, and others of other numbers."""
    return (all(isinstance(part, Table) for part in parts)
            and len({abouts[i].dtype for i in full}) > 1)


def agree(first, other, name, other_name):
    """Raise DataError unless two partitions can be parts of the same data."""
    if other.d != first.d:
        raise DataError(
            f"{other_name} has {other.d} columns, but {name} has {first.d}: "
            "give partitions of the same width")
    if other.dtype != first.dtype:
        raise DataError(
            f"{other_name} is of type {np.dtype(other.dtype)}, but {name} of "
            f"type {np.dtype(first.dtype)}: save them as the same type")
    if not other.finite:
        raise DataError(f"{other_name} holds values that are not finite "
                        "numbers: leave out or fill in such rows")
