"""Workers and drivers that are killed change nothing in the result."""
from functools import partial
import gc
import signal
import subprocess
import sys
import time

import numpy as np
import pytest

from kmeanslab import DistributedKMeans
from kmeanslab.data.formats import DataError
from kmeanslab.distributed import dask_workers, executor, worker_state
from kmeanslab.distributed.clients import ClusterError
from kmeanslab.distributed.dataset_info import inspect
from kmeanslab.distributed.executor import Executor
from kmeanslab.distributed.partition_block import PartitionBlock
from kmeanslab.distributed.partitions import make_partitions
from tests.kmeanslab.distributed import faults
from tests.kmeanslab.distributed.partition_files import (
    SAMPLE, STEP, alike, points, run, same, save)
from tests.kmeanslab.engine.methods import METHODS

INERTIA = "kmeanslab.distributed.partition_block:PartitionBlock.inertia"


@pytest.mark.parametrize("method", METHODS)
def test_lost_states_change_nothing(tmp_path, monkeypatch, method):
    """A worker may lose any state between any two questions."""
    X = points("normal")
    paths = save(tmp_path, X)
    C = np.concatenate([X[:9], X[:1] + 100.0])
    right = run(paths, C, None, method, np.float64)
    random, answer = np.random.default_rng(0), worker_state.WorkerState.answer

    def forgetful(self, index, part, task):
        if random.random() < 0.3 and task.replay is None:
            self.states.pop(index, None)
        return answer(self, index, part, task)
    monkeypatch.setattr(worker_state.WorkerState, "answer", forgetful)
    assert same(run(paths, C, None, method, np.float64), right)


def test_no_step_is_taken_twice(tmp_path):
    """A state that already took the step reports itself as lost."""
    X = points()
    workers = Executor(make_partitions(save(tmp_path, X))[:1])
    workers.begin(partial(PartitionBlock, k=4))
    message = X[:4], np.zeros(4)
    first = workers.call("step", message)
    again = workers.workers.ask([0], worker_state.Task(
        workers.factory, (workers.stage, 0), "step", (message,), None))
    assert again == [None]
    assert workers.call("inertia", X[:4])[0] > 0
    assert workers.replayed == 1
    assert first[0][1] == 40


def test_killed_worker_changes_nothing(three, tmp_path):
    """SIGKILL in the middle of iteration 3 makes its partitions replay."""
    paths = save(tmp_path, points("normal"))
    here = DistributedKMeans(6, random_state=1).fit(paths)
    assert here.n_iter_ > 4 and here.replayed_ == 0
    victim = sorted(three.nthreads())[0]
    three.run(faults.die_at, STEP, 2 * 2 + 1, workers=[victim])
    there = DistributedKMeans(6, random_state=1).fit(paths, three)
    assert victim not in three.nthreads()
    assert alike(here, there)
    # its own two, and those that moved to its replacement
    assert 2 <= there.replayed_ <= 4


def test_worker_that_dies_before_it_begins(three, tmp_path, monkeypatch):
    """Dask reports it when the actor is started; others do its work."""
    paths = save(tmp_path, points("normal"))
    here = DistributedKMeans(6, random_state=1).fit(paths)
    begin, deaths = dask_workers.copy, [1]

    def die_once(actor):
        if deaths:
            deaths.pop()
            raise RuntimeError("Worker holding Actor was lost")
        return begin(actor)
    monkeypatch.setattr(dask_workers, "copy", die_once)
    there = DistributedKMeans(6, random_state=1).fit(paths, three)
    assert alike(here, there) and there.replayed_


def keeps_nothing(client):
    """Return whether all actors of all workers are gone soon."""
    gc.collect()
    for _ in range(50):
        if not any(client.run(faults.actors).values()):
            return True
        time.sleep(0.1)
    return False


@pytest.mark.parametrize("fails", [False, True])
def test_workers_keep_nothing(three, tmp_path, fails):
    """After a fit, or a failed one, all actors are gone."""
    paths = save(tmp_path, points("normal"))
    if fails:
        np.save(paths[2], np.zeros((9, 3)))
        with pytest.raises(DataError):
            DistributedKMeans(6).fit(paths, three)
    else:
        DistributedKMeans(6).fit(paths, three)
    assert keeps_nothing(three)


def test_killed_worker_during_seeding_changes_nothing(three, tmp_path):
    """SIGKILL in the second round of k-means|| changes no bit."""
    paths = save(tmp_path, points("normal"))
    here = DistributedKMeans(6, random_state=1).fit(paths)
    victim = sorted(three.nthreads())[0]
    three.run(faults.die_at, SAMPLE, 2 * 1 + 1, workers=[victim])
    there = DistributedKMeans(6, random_state=1).fit(paths, three)
    assert victim not in three.nthreads()
    assert alike(here, there)
    assert there.replayed_ >= 2


def test_too_many_deaths_name_the_checkpoint(three, tmp_path, monkeypatch):
    """The sentence names the checkpoint, from which the fit resumes."""
    paths = save(tmp_path, points("normal"))
    model = DistributedKMeans(6, random_state=1, checkpoint_every=1,
                              checkpoint=tmp_path / "run.npz")
    monkeypatch.setattr(executor, "MAX_RETRIES", 0)
    for victim in three.nthreads():
        three.run(faults.die_at, STEP, 2 * 2 + 1, workers=[victim])
    with pytest.raises(ClusterError, match=r"workers died 1 times .* resume "
                       r"with fit\(\.\.\., resume_from='.*run\.npz'\)"):
        model.fit(paths, three)
    assert not hasattr(model, "cluster_centers_")
    monkeypatch.undo()
    right = DistributedKMeans(6, random_state=1).fit(paths)
    assert alike(right, model.fit(paths, resume_from=tmp_path / "run.npz"))


DRIVER = """
import os, signal, sys
from kmeanslab import DistributedKMeans
from kmeanslab.distributed.progress import Progress
tell = Progress.__call__
def die_after_five(self, number, step):
    tell(self, number, step)
    if number == 4:
        os.kill(os.getpid(), signal.SIGKILL)
Progress.__call__ = die_after_five
if __name__ == "__main__":
    address, checkpoint, *paths = sys.argv[1:]
    DistributedKMeans(6, random_state=1, checkpoint=checkpoint,
                      checkpoint_every=2).fit(paths, address)
"""


def test_killed_driver_resumes_to_the_same_bits(three, tmp_path):
    """After SIGKILL in iteration 5 the checkpoint is that of iteration 4."""
    paths, saved = save(tmp_path, points("normal")), tmp_path / "run.npz"
    here = DistributedKMeans(6, random_state=1).fit(paths)
    assert here.n_iter_ > 6
    ended = subprocess.run(
        [sys.executable, "-c", DRIVER, three.scheduler.address, str(saved),
         *map(str, paths)])
    assert ended.returncode == -signal.SIGKILL
    assert len(np.load(saved)["history"]) == 4
    assert keeps_nothing(three)
    model = DistributedKMeans(6, random_state=1)
    assert alike(here, model.fit(paths, three, resume_from=saved))
    assert alike(here, model.fit(paths, None, resume_from=saved))


def test_replaced_file_is_not_loaded_again(three, tmp_path):
    """A worker that takes a partition over refuses other data in its file."""
    paths = save(tmp_path, points("normal"))
    executor = inspect(make_partitions(paths), three, 3).executor
    np.save(paths[2], np.load(paths[2]) + 1)
    executor.begin(partial(PartitionBlock, k=3))
    three.run(faults.die_at, INERTIA, 1,
              workers=[executor.workers.owners[2]])
    with pytest.raises(DataError, match=r"x2\.npy has changed since the fit"):
        executor.call("inertia", np.zeros((3, 5)))
