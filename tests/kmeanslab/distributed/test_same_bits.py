"""On a cluster it is the same k-means, to the last bit.

What workers find is compared with this process on the same partitions, and
that with the engine, which knows nothing of partitions.
"""

import numpy as np
import pytest

from kmeanslab import DistributedKMeans, KMeans
from kmeanslab.distributed import dask_workers
from kmeanslab.distributed.partition_queries import PartitionQueries
from kmeanslab.engine import lloyd
from tests.kmeanslab.distributed import faults
from tests.kmeanslab.distributed.partition_files import (
    STEP, alike, blocks, points, run, same, save)
from tests.kmeanslab.engine.methods import METHODS


@pytest.mark.parametrize("dtype", [np.float64, np.float32, np.uint8])
@pytest.mark.parametrize("kind, d", [
    ("blobs", 5), ("grid", 2), ("constant", 3), ("duplicates", 150)])
def test_same_bits_as_the_engine(three, tmp_path, monkeypatch, kind, d, dtype):
    """1, 2 or 3 workers; data with ties, and clusters that become empty."""
    X = points(kind, dtype, d)
    paths = save(tmp_path, X)
    C = np.concatenate([X[:9], X[:1], X[:1] + 100]).astype(float)
    C = C.astype(np.float32 if dtype == np.float32 else np.float64)
    with monkeypatch.context() as patch:
        patch.setattr(lloyd, "row_blocks", blocks)
        engine = lloyd.run(X, C, max_iter=50)
    for method in METHODS:
        assert same(run(paths, C, None, method, C.dtype.type), engine)
    for count, method in zip((1, 2, 3), METHODS[::-1]):
        monkeypatch.setattr(
            dask_workers.DaskWorkers, "addresses",
            lambda self: sorted(self.client.nthreads())[:count])
        assert same(run(paths, C, three, method, C.dtype.type), engine)


def test_same_bits_in_any_order_of_completion(three, tmp_path):
    """Workers with random delays change nothing."""
    paths = save(tmp_path, points("normal"))
    here = DistributedKMeans(6, random_state=1).fit(paths)
    three.run(faults.delay, STEP)
    try:
        for _ in range(3):
            there = DistributedKMeans(6, random_state=1).fit(paths, three)
            assert alike(here, there)
    finally:
        three.run(faults.undo, STEP)


def test_images_give_the_bits_of_kmeans(three, tmp_path):
    """Sums of integers are exact, so any partitions give KMeans' bits."""
    X = points("blobs", np.uint8, 20)
    there = DistributedKMeans(5, init=X[:5], tol=0).fit(
        save(tmp_path, X), three)
    here = KMeans(5, init=X[:5], tol=0).fit(X)
    assert there.cluster_centers_.tobytes() == here.cluster_centers_.tobytes()
    assert there.n_iter_ == here.n_iter_
    assert there.labels_.tolist() == here.labels_.tolist()
    assert there.inertia_ == pytest.approx(here.inertia_, rel=1e-12)


def test_a_partition_of_many_blocks_is_one(tmp_path, monkeypatch):
    """The changes of its blocks are merged: labels and steps are the same."""
    from kmeanslab.engine.assign import blocks as module
    X = points("normal", np.uint8, 3)
    paths = save(tmp_path, X)
    few = DistributedKMeans(7, init=X[:7], tol=0).fit(paths)
    monkeypatch.setattr(module, "BLOCK_WORK", 2 ** 12)
    assert len(lloyd.row_blocks(60, 3, 7)) > 1
    many = DistributedKMeans(7, init=X[:7], tol=0).fit(paths)
    assert many.labels_.tolist() == few.labels_.tolist()
    assert many.cluster_centers_.tobytes() == few.cluster_centers_.tobytes()
    C = np.concatenate([X[:6], X[:6] + 100.0])
    many_blocks = DistributedKMeans(12, init=C).fit(paths)
    monkeypatch.undo()
    one_block = DistributedKMeans(12, init=C).fit(paths)
    assert (many_blocks.cluster_centers_.tobytes()
            == one_block.cluster_centers_.tobytes())


@pytest.mark.parametrize("n", [0, 1, 8, 9, 16, 17])
def test_slices_cover_every_point_once(n):
    """Whatever the number of points is."""
    X = np.arange(3.0 * n).reshape(n, 3)
    slices = list(PartitionQueries(X, 0).slices(8))
    assert all(len(part) <= 8 for part in slices)
    assert np.concatenate([X[:0], *slices]).tolist() == X.tolist()
