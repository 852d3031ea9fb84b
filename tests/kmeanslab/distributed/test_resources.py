"""What a fit takes: fair shares, bytes, memory."""

import distributed
import numpy as np

from kmeanslab import DistributedKMeans
from kmeanslab.distributed import dask_workers
from kmeanslab.engine import lloyd
from tests.kmeanslab.distributed import faults
from tests.kmeanslab.distributed.partition_files import save


def test_shares_are_balanced_and_stable():
    """No worker has more than its share; few partitions move."""
    home = dask_workers.balance({}, range(7), ["a", "b", "c"])
    assert sorted(map(list(home.values()).count, "abc")) == [2, 2, 3]
    less = dask_workers.balance(home, range(7), ["a", "b"])
    assert all(less[i] == home[i] for i in range(7) if home[i] != "c")
    more = dask_workers.balance(home, range(7), ["a", "b", "c", "d"])
    assert sum(more[i] != home[i] for i in range(7)) == 1
    assert dask_workers.balance(more, range(7), ["a", "b", "c", "d"]) == more


def test_bytes_of_an_iteration(three, tmp_path):
    """`dask_workers.iteration_bytes` agrees with what Dask counts as written.

    This process is both the client and the scheduler, which relays all.
    """
    k, d, p, w, n = 20, 784, 5, 3, 8000
    X = np.random.default_rng(0).random((p * n, d), np.float32)
    assert len(lloyd.row_blocks(n, d, k)) > 1
    paths, sent = save(tmp_path, X, p * [n]), []
    three.run(faults.count_bytes)
    faults.count_bytes()
    try:
        for iterations in (2, 12):
            before = faults.counted(), sum(three.run(faults.counted).values())
            model = DistributedKMeans(k, init=X[:k], max_iter=iterations)
            model.fit(paths, three)
            sent.append([faults.counted() - before[0],
                         sum(three.run(faults.counted).values()) - before[1]])
    finally:
        faults.stop_counting()
    here, there = np.diff(sent, axis=0)[0] / 10
    sent_to, sent_by = dask_workers.iteration_bytes(k, d, p, w)
    assert 0.5 * sent_by < there < sent_by
    assert 0.5 * (2 * sent_to + sent_by) < here < 2 * sent_to + sent_by


def test_files_larger_than_the_memory(tmp_path):
    """A file of three times the limit keeps memory below it; no spilling."""
    limit, d = 512 * 2 ** 20, 784
    X = np.lib.format.open_memmap(tmp_path / "large.npy", "w+", np.float32,
                                  (3 * limit // d // 4, d))
    tile = np.random.default_rng(0).random((4096, d), np.float32)
    for s in range(0, len(X), len(tile)):
        X[s:s + len(tile)] = tile[:len(X) - s]
    del X
    with (distributed.LocalCluster(
            n_workers=1, threads_per_worker=1, memory_limit=limit,
            dashboard_address=":0") as local,
          distributed.Client(local) as client):
        before = faults.peak_memory()
        model = DistributedKMeans(4, init=tile[:4], tol=0, max_iter=2)
        model.fit(tmp_path / "large.npy", client)
        (peak,) = client.run(faults.peak_memory).values()
        (spilled,) = client.run(faults.spilled).values()
    (tmp_path / "large.npy").unlink()
    assert model.replayed_ == 0
    assert peak < 0.95 * limit           # from there on Dask kills it
    assert spilled == 0
    assert faults.peak_memory() - before < limit / 4
