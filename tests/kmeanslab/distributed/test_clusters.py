"""Every kind of client, and the sentence for clusters that fail."""
import asyncio
import multiprocessing
import subprocess
import sys

import distributed
import pytest

from kmeanslab import DistributedKMeans
from kmeanslab.distributed import clients, dask_workers, progress
from kmeanslab.distributed.clients import ClusterError
from tests.kmeanslab.distributed import faults
from tests.kmeanslab.distributed.partition_files import alike, points, save


def test_scheduler_that_does_not_answer(tmp_path, monkeypatch):
    """After a time limit there is one sentence."""
    monkeypatch.setattr(clients, "SCHEDULER_TIMEOUT_SECONDS", 0.5)
    with pytest.raises(ClusterError, match="no scheduler answers at "
                       "tcp://127.0.0.1:9 within 0.5 seconds: start one"):
        DistributedKMeans(3).fit(save(tmp_path, points()), "tcp://127.0.0.1:9")


SCHEDULER = """
import sys
from kmeanslab.distributed.clients import started
if __name__ == "__main__":
    with started(1) as client:
        print(client.scheduler.address, flush=True)
        sys.stdin.read()
"""


def test_killed_scheduler_names_the_checkpoint(tmp_path, monkeypatch):
    """The sentence names the checkpoint to resume from."""
    (tmp_path / "scheduler.py").write_text(SCHEDULER)
    paths, tell = save(tmp_path, points("normal")), progress.Progress.__call__
    scheduler = subprocess.Popen(
        [sys.executable, tmp_path / "scheduler.py"], text=True,
        stdin=subprocess.PIPE, stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL)

    def kill(self, number, step):
        tell(self, number, step)
        if number == 2:
            scheduler.kill()
            scheduler.wait()
    monkeypatch.setattr(progress.Progress, "__call__", kill)
    monkeypatch.setattr(clients, "SCHEDULER_TIMEOUT_SECONDS", 3)
    with pytest.raises(ClusterError, match=r"the scheduler at tcp://.* no "
                       r"longer answers: .* resume with fit\(.*run\.npz'\)"):
        DistributedKMeans(
            6, random_state=1, checkpoint=tmp_path / "run.npz",
            checkpoint_every=2).fit(paths, scheduler.stdout.readline().strip())


def test_scheduler_without_workers(tmp_path, monkeypatch):
    """The sentence says how long the fit waited, and what to do."""
    monkeypatch.setattr(dask_workers, "WORKER_TIMEOUT_SECONDS", 0.5)
    with (distributed.LocalCluster(n_workers=0, dashboard_address=":0")
          as local, distributed.Client(local) as client):
        with pytest.raises(ClusterError, match="no worker connected to tcp://"
                           ".* within 0.5 seconds: start one"):
            DistributedKMeans(3).fit(save(tmp_path, points()), client)


def test_workers_do_without_scikit_learn(tmp_path):
    """It takes a second to load, which every new worker would spend."""
    with clients.started(1, silence_logs=50) as client:
        DistributedKMeans(3, random_state=0).fit(
            save(tmp_path, points()), client)
        loaded = client.run(lambda: {"sklearn", "numpy"} & sys.modules.keys())
    assert list(loaded.values()) == [{"numpy"}]


def test_worker_that_is_paused(tmp_path, monkeypatch):
    """Dask silently gives it no work; the sentence says so."""
    monkeypatch.setattr(dask_workers, "WORKER_TIMEOUT_SECONDS", 1)
    with clients.started(1, silence_logs=50) as client:
        client.run(faults.pause)
        with pytest.raises(ClusterError, match="the worker tcp://.* "
                           "started no work within 1 seconds: give"):
            DistributedKMeans(3).fit(save(tmp_path, points()), client)


def test_without_dask(tmp_path, monkeypatch):
    """A local fit works; for a cluster the error says how to install it."""
    monkeypatch.setitem(sys.modules, "distributed", None)
    paths = save(tmp_path, points())
    assert DistributedKMeans(3).fit(paths).n_iter_
    for client in ("tcp://127.0.0.1:9", 2):
        with pytest.raises(ImportError, match=r"pip install --editable "
                           r'"\.\[lab,cluster\]"'):
            DistributedKMeans(3).fit(paths, client)


def test_cluster_by_number_and_by_address(dask, tmp_path):
    """A number starts processes; an address finds a running scheduler."""
    paths = save(tmp_path, points("normal"))
    here = DistributedKMeans(6, random_state=1).fit(paths)
    for client in (1, dask.scheduler.address):
        there = DistributedKMeans(6, random_state=1).fit(paths, client)
        assert alike(here, there)
    assert there.labels_.tolist() == here.labels_.tolist()


def test_two_clusters_at_once(three, tmp_path):
    """Each fit uses its own client, whichever was created last."""
    paths = save(tmp_path, points("normal"))
    here = DistributedKMeans(6, random_state=1).fit(paths)
    with clients.connected(1) as other:
        for client in (three, other):
            there = DistributedKMeans(6, random_state=1).fit(paths, client)
            assert alike(here, there)


# Clients that cannot be used

@pytest.mark.parametrize("client, error, words", [
    (0, ValueError, "client=0 processes cannot be started: pass 1 or more"),
    (-1, ValueError, "client=-1 processes cannot"),
    (True, TypeError, r"client must be a dask\.distributed\.Client, the addr"),
    (2.0, TypeError, r"client must be .* Got 2\.0 instead"),
    (["tcp://10.0.0.1:8786"], TypeError, "client must be a dask"),
])
def test_client_of_a_wrong_kind(tmp_path, client, error, words):
    """The sentence lists what a client can be."""
    with pytest.raises(error, match=words):
        DistributedKMeans(3).fit(save(tmp_path, points()), client)


def test_cluster_instead_of_its_client(dask, tmp_path):
    """A LocalCluster is not a client, and is refused as such."""
    with pytest.raises(TypeError, match="client must be .* Got LocalCluster"):
        DistributedKMeans(3).fit(save(tmp_path, points()), dask.cluster)


def test_asynchronous_client(dask, tmp_path):
    """It would return coroutines; the sentence says how to create another."""
    paths = save(tmp_path, points())

    async def fit():
        async with distributed.Client(dask.scheduler.address,
                                      asynchronous=True) as client:
            DistributedKMeans(3).fit(paths, client)
    with pytest.raises(ValueError, match="without asynchronous=True"):
        asyncio.run(fit())


def fit_error(paths):
    """Return the error of a fit on two new processes, as text."""
    try:
        DistributedKMeans(3).fit(paths, 2)
    except ClusterError as error:
        return str(error)


def test_processes_inside_a_daemon_process(three, tmp_path):
    """Workers of a Pool and of Dask cannot start them; a sentence says so."""
    paths = save(tmp_path, points())
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        sentences = [pool.apply(fit_error, (paths,)),
                     three.submit(fit_error, paths).result()]
    for sentence in sentences:
        assert sentence.startswith(
            "cannot start 2 processes from a daemon process")
        assert "pass the address of a scheduler, or no client" in sentence


def test_processes_that_cannot_start(tmp_path, monkeypatch):
    """Dask's error becomes a sentence that names the most common cause."""
    def fail(*args, **kwargs):           # as for a program without a guard
        raise RuntimeError("Nanny failed to start.")
    monkeypatch.setattr(distributed, "LocalCluster", fail)
    with pytest.raises(ClusterError, match=r"cannot start 2 processes \(Nanny "
                       r"failed to start\.\): .* under `if __name__ == "):
        DistributedKMeans(3).fit(save(tmp_path, points()), 2)
