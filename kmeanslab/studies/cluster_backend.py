"""The k-means of a study on the workers of a cluster.

The points are written to files in a folder that every worker can read, and
stay there, so they may be more than fit into memory.
"""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
import os
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

import numpy as np

from kmeanslab.distributed.clients import Client, Connection, connected
from kmeanslab.distributed.estimator import DistributedKMeans
from kmeanslab.output import progress


class ClusterBackend(NamedTuple):
    """Where a study's points are stored, and the client that fits them.

    client  a distributed.Client
    folder  for the files of points; removed at the end
    """
    client: Client
    folder: Path

    def save(self, parts: Iterable[np.ndarray], count: int) -> list[Path]:
        """Write `count` arrays (n, d) to a file each; return the paths."""
        paths: list[Path] = []
        for part in progress(parts, "points into files", count):
            paths.append(self.folder / f"part-{len(paths):05d}.npy")
            np.save(paths[-1], part)
        return paths

    def fit(self, paths: list[Path], k: int, seed: int) -> DistributedKMeans:
        """Return a fitted `DistributedKMeans`."""
        return DistributedKMeans(k, random_state=seed).fit(paths, self.client)


@contextmanager
def cluster_backend(connection: Connection, folder: str | os.PathLike | None
                    ) -> Iterator[ClusterBackend]:
    """Yield a `ClusterBackend` whose files are in a new folder in `folder`.

    connection: the address of a scheduler, or a number of processes to start
    Raises ClusterError if no scheduler answers, ImportError without Dask.
    """
    with (connected(connection) as client,
          TemporaryDirectory(prefix="points-", dir=folder) as points):
        yield ClusterBackend(client, Path(points).absolute())
