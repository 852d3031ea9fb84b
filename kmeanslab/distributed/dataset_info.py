"""What the driver knows about the data, which does not pass through it."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from kmeanslab.data.formats import DataError
from kmeanslab.distributed.clients import Client
from kmeanslab.distributed.executor import Executor
from kmeanslab.distributed.partition_queries import (
    PartitionInfo, PartitionQueries)
from kmeanslab.distributed.partitions import CsvTable, Partition
from kmeanslab.engine.variance import variance
from kmeanslab.estimators import validation


class DatasetInfo(NamedTuple):
    """The shape of a checked dataset, and its executor.

    executor  asks the partitions that have points
    parts     all partitions, with their fingerprints
    infos     of all partitions
    d         number of columns
    dtype     of the points: float64, float32 or uint8
    """
    executor: Executor
    parts: list[Partition]
    infos: list[PartitionInfo]
    d: int
    dtype: np.dtype

    @property
    def counts(self) -> np.ndarray:
        """The number of points of each partition, (p,)."""
        return np.array([info.n for info in self.infos])

    @property
    def n(self) -> int:
        """The number of points."""
        return int(self.counts.sum())

    @property
    def result_type(self) -> type:
        """The dtype of the centres."""
        return np.float32 if self.dtype == np.float32 else np.float64

    def take(self, rows: np.ndarray) -> np.ndarray:
        """Return these rows of the whole dataset, (len(rows), d)."""
        starts = np.append(0, np.cumsum(self.counts))
        part = np.searchsorted(starts, rows, side="right") - 1
        self.executor.begin(PartitionQueries)
        taken = self.executor.call("take", {
            i: rows[part == i] - starts[i] for i in self.executor.indices})
        X = np.empty((len(rows), self.d), self.dtype)
        for i, points in zip(self.executor.indices, taken):
            X[part == i] = points
        return X

    def mean_variance(self) -> float:
        """Return the mean variance of the columns, in one pass."""
        self.executor.begin(PartitionQueries)
        first = self.infos[self.executor.indices[0]].first_row
        sums = self.executor.call("spread_sums", first[0].astype(np.float64))
        return variance(sums, self.n, self.d)


def inspect(parts: Sequence[Partition], client: Client | None,
            k: int) -> DatasetInfo:
    """Check that partitions can be clustered into k clusters, in one pass.

    Raises DataError for partitions that are missing or incompatible, and
    ValueError for fewer than k points.
    """
    executor = Executor(parts, client)
    executor.workers.check_files()
    executor.begin(PartitionQueries)
    infos = executor.call("info")
    filled = [i for i, info in enumerate(infos) if info.n]
    if has_mixed_tables(parts, infos, filled):
        return inspect([part._replace(dtype="<f8") for part in parts
                        if isinstance(part, CsvTable)], client, k)
    validation.check_enough_points(sum(info.n for info in infos), k)
    first = filled[0]
    for i in filled:
        check_compatible(infos[first], infos[i], parts[first], parts[i])
    executor.indices = filled
    executor.workers.parts = with_fingerprints(executor.workers.parts, infos)
    return DatasetInfo(executor, with_fingerprints(parts, infos), infos,
                       infos[first].d, np.dtype(infos[first].dtype))


def with_fingerprints(parts: Sequence[Partition],
                      infos: list[PartitionInfo]) -> list[Partition]:
    """Return partitions that refuse to load other data from now on."""
    return [part._replace(fingerprint=info.fingerprint)
            for part, info in zip(parts, infos)]


def has_mixed_tables(parts: Sequence[Partition], infos: list[PartitionInfo],
                     filled: list[int]) -> bool:
    """Return whether all are CSVs, some of which hold bytes, some do not."""
    return (all(isinstance(part, CsvTable) for part in parts)
            and len({infos[i].dtype for i in filled}) > 1)


def check_compatible(first: PartitionInfo, other: PartitionInfo,
                     name: Partition, other_name: Partition) -> None:
    """Raise DataError unless two partitions can belong to one dataset."""
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
                        "numbers: remove such rows, or fill them in")
