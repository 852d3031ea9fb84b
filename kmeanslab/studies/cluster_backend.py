"""K-means of a study on the workers of a cluster.

Points go into files, in a folder that every worker sees, and are left there:
so that they may be more than fit into memory.

    client  a Dask client
    folder  for files, which are removed in the end
"""

from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

import numpy as np

from kmeanslab.distributed.clients import connected
from kmeanslab.distributed.estimator import DistributedKMeans
from kmeanslab.output import progress


class Far(NamedTuple):
    """Where points are put, and who works on them."""
    client: object
    folder: Path

    def save(self, parts, count):
        """Write arrays (n, d), `count` of them, to a file each; the paths."""
        paths = []
        for part in progress(parts, "points into files", count):
            paths.append(self.folder / f"part-{len(paths):05d}.npy")
            np.save(paths[-1], part)
        return paths

    def fit(self, paths, k, seed):
        """A fitted `DistributedKMeans`."""
        return DistributedKMeans(k, random_state=seed).fit(paths, self.client)


@contextmanager
def far(where, folder):
    """A `Far` for a scheduler's address or a number of processes.

    ClusterError: no scheduler answers; ImportError: Dask is not installed
    """
    with (connected(where) as client,
          TemporaryDirectory(prefix="points-", dir=folder) as points):
        yield Far(client, Path(points).absolute())
