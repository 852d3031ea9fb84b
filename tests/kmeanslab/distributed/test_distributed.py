"""On a cluster it is the same k-means, to the last bit, whatever happens.

A real scheduler and real worker processes, which are killed now and then.
What they find is held against this process on the same partitions, and that
against the engine that knows nothing of partitions.
"""
from functools import partial
import gc
import os
import pickle
import signal
import subprocess
import sys
import time

import distributed
import numpy as np
import pytest
from sklearn.base import clone

from kmeanslab import DistributedKMeans, KMeans
from kmeanslab.data.formats import DataError
from kmeanslab.distributed import (
    clients, dask_workers, estimator, executor, oversampling, partitions,
    progress, worker_state)
from kmeanslab.distributed.clients import ClusterError
from kmeanslab.distributed.dataset_info import inspect
from kmeanslab.distributed.executor import Executor
from kmeanslab.distributed.partition_block import PartitionBlock
from kmeanslab.distributed.partition_queries import PartitionQueries
from kmeanslab.distributed.partitions import make_partitions
from kmeanslab.engine import lloyd
from kmeanslab.engine.update import relocate
from tests.kmeanslab.distributed import faults
from tests.kmeanslab.engine.test_engine import METHODS, draw

STEP = "kmeanslab.distributed.partition_block:PartitionBlock.step"
SAMPLE = "kmeanslab.distributed.oversampling:Sampler.step"
SIZES = [40, 7, 33, 20, 0, 60]        # of partitions


@pytest.fixture(scope="module")
def dask():
    """A client of a scheduler with three workers, processes all."""
    with (distributed.LocalCluster(
            n_workers=3, threads_per_worker=1, dashboard_address=":0",
            memory_limit="2GiB", silence_logs=50) as local,
          distributed.Client(local) as client):
        client.run(__import__, "kmeanslab.engine.assign.yinyang")
        client.run(__import__, "kmeanslab.engine.assign.hamerly")
        yield client


@pytest.fixture
def three(dask):
    """The client, when all three workers are there again."""
    dask.wait_for_workers(3, timeout=30)
    return dask


def points(kind="blobs", dtype=np.float64, d=5, seed=0):
    """Points of a kind, (n, d), as many as in all partitions."""
    return draw(np.random.default_rng(seed), kind, sum(SIZES), d, dtype)


def save(folder, X, sizes=SIZES):
    """Write X as a .npy file a partition; the paths."""
    stops = np.cumsum(sizes)
    for i, (size, stop) in enumerate(zip(sizes, stops)):
        np.save(folder / f"x{i}.npy", X[stop - size:stop])
    return [folder / f"x{i}.npy" for i in range(len(sizes))]


def run(paths, C, client, method, dtype):
    """The loop on partitions by a method: what `DistributedKMeans` does."""
    parts = [part for part, size in zip(make_partitions(paths), SIZES)
             if size]
    workers = Executor(parts, client)
    workers.begin(partial(PartitionBlock, k=len(C), method=method))
    state = lloyd.State(workers.call, workers, dtype, C.astype(float))
    converged = state.iterate(50, 0.0, relocate, None)
    inertia = state.finish()
    return state.result(np.zeros(0, int), inertia, converged)


def blocks(n, d, k):
    """The partitions as blocks of all points."""
    stops = np.cumsum(SIZES)
    return [slice(stop - size, stop) for size, stop in zip(SIZES, stops)
            if size]


def same(found, other):
    """Whether two results are equal to the last bit."""
    return (found.centres.tobytes() == other.centres.tobytes()
            and found.n_iter == other.n_iter
            and found.converged == other.converged
            and found.inertia == other.inertia
            and [step[:3] for step in found.history]
            == [step[:3] for step in other.history])


def alike(model, other):
    """Whether two fits are equal to the last bit."""
    return (model.cluster_centers_.tobytes()
            == other.cluster_centers_.tobytes()
            and model.inertia_ == other.inertia_
            and [step[:3] for step in model.history_]
            == [step[:3] for step in other.history_])


@pytest.mark.parametrize("dtype", [np.float64, np.float32, np.uint8])
@pytest.mark.parametrize("kind, d", [
    ("blobs", 5), ("grid", 2), ("constant", 3), ("duplicates", 150)])
def test_same_bits_as_the_engine(three, tmp_path, monkeypatch, kind, d, dtype):
    """For 1, 2, 3 workers; with ties, and clusters that get empty."""
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
    """Workers that are late now and then change nothing."""
    paths = save(tmp_path, points("normal"))
    here = DistributedKMeans(6, random_state=1).fit(paths)
    three.run(faults.dawdle, STEP)
    try:
        for _ in range(3):
            there = DistributedKMeans(6, random_state=1).fit(paths, three)
            assert alike(here, there)
    finally:
        three.run(faults.undo, STEP)


def test_images_give_the_bits_of_kmeans(three, tmp_path):
    """Sums of whole numbers are exact: however they are cut, it is KMeans."""
    X = points("blobs", np.uint8, 20)
    there = DistributedKMeans(5, init=X[:5], tol=0).fit(
        save(tmp_path, X), three)
    here = KMeans(5, init=X[:5], tol=0).fit(X)
    assert there.cluster_centers_.tobytes() == here.cluster_centers_.tobytes()
    assert there.n_iter_ == here.n_iter_
    assert there.labels_.tolist() == here.labels_.tolist()
    assert there.inertia_ == pytest.approx(here.inertia_, rel=1e-12)


def test_a_partition_of_many_blocks_is_one(tmp_path, monkeypatch):
    """What its blocks report is added up: labels and steps stay the same."""
    from kmeanslab.engine.assign import blocks as module
    X = points("normal", np.uint8, 3)
    paths = save(tmp_path, X)
    few = DistributedKMeans(7, init=X[:7], tol=0).fit(paths)
    monkeypatch.setattr(module, "WORK", 2 ** 12)
    assert len(lloyd.row_blocks(60, 3, 7)) > 1
    many = DistributedKMeans(7, init=X[:7], tol=0).fit(paths)
    assert many.labels_.tolist() == few.labels_.tolist()
    assert many.cluster_centers_.tobytes() == few.cluster_centers_.tobytes()
    C = np.concatenate([X[:6], X[:6] + 100.0])
    far = DistributedKMeans(12, init=C).fit(paths)
    monkeypatch.undo()
    near = DistributedKMeans(12, init=C).fit(paths)
    assert far.cluster_centers_.tobytes() == near.cluster_centers_.tobytes()


@pytest.mark.parametrize("n", [0, 1, 8, 9, 16, 17])
def test_slices_cover_every_point_once(n):
    X = np.arange(3.0 * n).reshape(n, 3)
    seen = list(PartitionQueries(X, 0).slices(8))
    assert all(len(part) <= 8 for part in seen)
    assert np.concatenate([X[:0], *seen]).tolist() == X.tolist()


# What is lost

@pytest.mark.parametrize("method", METHODS)
def test_what_is_forgotten_changes_nothing(tmp_path, monkeypatch, method):
    """A worker may forget any partition between any two questions."""
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
    """Who is asked for a step that was taken says that it is lost."""
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
    """SIGKILL in the midst of iteration 3 costs a look at its partitions."""
    paths = save(tmp_path, points("normal"))
    here = DistributedKMeans(6, random_state=1).fit(paths)
    assert here.n_iter_ > 4 and here.replayed_ == 0
    victim = sorted(three.nthreads())[0]
    three.run(faults.die_at, STEP, 2 * 2 + 1, workers=[victim])
    there = DistributedKMeans(6, random_state=1).fit(paths, three)
    assert victim not in three.nthreads()
    assert alike(here, there)
    # its own two; and when a new worker came, those that moved there
    assert 2 <= there.replayed_ <= 4


def test_worker_that_dies_before_it_begins(three, tmp_path, monkeypatch):
    """Dask says so when its shelf is asked for; the others do its work."""
    paths = save(tmp_path, points("normal"))
    here = DistributedKMeans(6, random_state=1).fit(paths)
    begin, deaths = dask_workers.copy, [1]

    def die_once(shelf):
        if deaths:
            deaths.pop()
            raise RuntimeError("Worker holding Actor was lost")
        return begin(shelf)
    monkeypatch.setattr(dask_workers, "copy", die_once)
    there = DistributedKMeans(6, random_state=1).fit(paths, three)
    assert alike(here, there) and there.replayed_


def keeps_nothing(client):
    """Whether all shelves of all workers are gone soon."""
    gc.collect()
    for _ in range(50):
        if not any(client.run(faults.actors).values()):
            return True
        time.sleep(0.1)
    return False


@pytest.mark.parametrize("fails", [False, True])
def test_workers_keep_nothing(three, tmp_path, fails):
    """After a fit, or one that failed, the shelves are gone."""
    paths = save(tmp_path, points("normal"))
    if fails:
        np.save(paths[2], np.zeros((9, 3)))
        with pytest.raises(DataError):
            DistributedKMeans(6).fit(paths, three)
    else:
        DistributedKMeans(6).fit(paths, three)
    assert keeps_nothing(three)


def test_killed_worker_during_seeding_changes_nothing(three, tmp_path):
    """SIGKILL in the second round of k-means||."""
    paths = save(tmp_path, points("normal"))
    here = DistributedKMeans(6, random_state=1).fit(paths)
    victim = sorted(three.nthreads())[0]
    three.run(faults.die_at, SAMPLE, 2 * 1 + 1, workers=[victim])
    there = DistributedKMeans(6, random_state=1).fit(paths, three)
    assert victim not in three.nthreads()
    assert alike(here, there)
    assert there.replayed_ >= 2


def test_too_many_deaths_say_how_to_go_on(three, tmp_path, monkeypatch):
    """One sentence, which names the checkpoint; and from there it goes on."""
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


def test_killed_driver_goes_on_to_the_same_bits(three, tmp_path):
    """SIGKILL after iteration 5; the checkpoint is that of iteration 4."""
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


# Checkpoints

@pytest.fixture
def stopped(tmp_path):
    """A checkpoint of two iterations; its data and its right end."""
    paths = save(tmp_path, points("normal"))
    model = DistributedKMeans(6, random_state=1, checkpoint_every=2,
                              checkpoint=tmp_path / "run.npz")
    return tmp_path / "run.npz", paths, model.fit(paths)


@pytest.mark.parametrize("options, words", [
    ({"n_clusters": 5}, "n_clusters is 5, but 6 in"),
    ({"tol": 0.5}, "tol is 0.5, but 0.0001 in"),
    ({"max_iter": 7}, "max_iter is 7, but 300 in"),
    ({"random_state": 2}, "random_state is 2, but 1 in"),
    ({"init": "random"}, r"init is 'random', but 'k-means\|\|' in"),
    ({"init": np.zeros((6, 5))}, r"init is 'array \(6, 5\) .*', but 'k-"),
])
def test_checkpoint_of_other_options(stopped, options, words):
    """Both values are named."""
    saved, paths, model = stopped
    with pytest.raises(DataError, match=words):
        clone(model).set_params(**options).fit(paths, resume_from=saved)


def test_checkpoint_of_other_data(stopped):
    """One changed number is enough; both partitions are told."""
    saved, paths, model = stopped
    with pytest.raises(DataError, match="there are 5 partitions, but 6 in"):
        model.fit(paths[:5], resume_from=saved)
    X = np.load(paths[2])
    X[7, 1] += 1e-9
    np.save(paths[2], X)
    with pytest.raises(DataError, match="partition 2 is 33 x 5 float64 .*, "
                       "but 33 x 5 float64 .* in the checkpoint"):
        model.fit(paths, resume_from=saved)


@pytest.mark.parametrize("harm", [
    lambda path: path.write_bytes(path.read_bytes()[:-99]),
    lambda path: path.write_text("no checkpoint"),
    lambda path: path.write_bytes(b""),
    lambda path: np.save(path.open("wb"), np.zeros(3)),
    lambda path: np.savez(path.open("wb"), C=np.zeros(3)),
])
def test_damaged_checkpoint(stopped, harm):
    """It is said that it is none."""
    saved, paths, model = stopped
    harm(saved)
    with pytest.raises(DataError, match="run.npz is damaged or not a ch"):
        model.fit(paths, resume_from=saved)


def test_missing_checkpoint(stopped):
    """A file that is not there is named."""
    saved, paths, model = stopped
    with pytest.raises(FileNotFoundError, match="no.npz"):
        model.fit(paths, resume_from=saved.with_name("no.npz"))


def test_checkpoint_is_written_whole(stopped, monkeypatch):
    """A write that fails leaves the last checkpoint as it is."""
    saved, paths, model = stopped
    before = saved.read_bytes()

    def full(*args):
        raise OSError(28, "No space left on device")
    monkeypatch.setattr(os, "replace", full)
    with pytest.raises(OSError, match="No space left"):
        model.fit(paths)
    assert saved.read_bytes() == before
    assert os.listdir(saved.parent).count("run.npz.partial") == 0


# Where centres start

def test_kmeans_parallel_finds_the_clusters(tmp_path):
    """Three passes, some 4 k candidates, and a start near the best."""
    X = points("normal", d=2) + 50 * (np.arange(sum(SIZES)) % 8)[:, None]
    told = inspect(make_partitions(save(tmp_path, X)), None, 8)
    start = oversampling.initial_centres(told, 8, "k-means||", 0)
    assert start.passes == 3
    assert 16 <= start.candidates <= 48
    nearest = np.sort(np.round(start.centres.mean(axis=1) / 50))
    assert nearest.tolist() == list(range(8))


def test_kmeans_parallel_counts_its_passes(tmp_path, monkeypatch):
    """It says how often it looked at all points; the model tells."""
    paths, looks = save(tmp_path, points("normal")), []
    step = oversampling.Sampler.step
    monkeypatch.setattr(oversampling.Sampler, "step", lambda self, C: (
        looks.append(self.index) or step(self, C)))
    model = DistributedKMeans(6, random_state=3).fit(paths)
    assert looks == 3 * [0, 1, 2, 3, 5]
    assert model.passes_ == 3


def test_too_few_candidates_make_another_round(tmp_path, monkeypatch):
    """There is no filling up with anything."""
    monkeypatch.setattr(oversampling, "OVERSAMPLING_FACTOR", 0.2)
    X = points("normal")
    told = inspect(make_partitions(save(tmp_path, X)), None, 30)
    start = oversampling.initial_centres(told, 30, "k-means||", 0)
    assert start.passes > 5 and start.candidates >= 30
    assert len(np.unique(start.centres, axis=0)) == 30


def test_fewer_different_points_than_clusters(tmp_path):
    """All that there are become centres."""
    X = np.repeat([[0.0, 0], [1, 1], [5, 5]], 60, axis=0)[:sum(SIZES)]
    model = DistributedKMeans(5, random_state=0).fit(save(tmp_path, X))
    assert model.inertia_ == 0
    assert {tuple(c) for c in model.cluster_centers_} == {
        (0, 0), (1, 1), (5, 5)}


def test_sampler_is_where_it_was_when_told_all_at_once(tmp_path):
    """Many candidates at once, or in two turns: the same nearest ones."""
    X = points("grid", d=2)
    once, twice = (oversampling.Sampler(X, 0, 0) for _ in range(2))
    potential = once.step(X[:20])
    twice.step(X[:11])
    assert twice.step(X[11:20]) == potential
    assert once.labels.tolist() == twice.labels.tolist()
    assert once.draw(1, 0.1).tolist() == twice.draw(1, 0.1).tolist()
    assert once.draw(1, 0.1).tolist() != twice.draw(2, 0.1).tolist()
    twice.index = 1                     # partitions do not draw alike
    assert once.draw(1, 0.1).tolist() != twice.draw(1, 0.1).tolist()


@pytest.mark.parametrize("init", ["k-means||", "random"])
def test_start_does_not_depend_on_workers(three, tmp_path, init):
    """The seed decides; another seed starts elsewhere."""
    X = points("normal", np.float32)
    paths = save(tmp_path, X)
    here, there, other = (
        oversampling.initial_centres(
            inspect(make_partitions(paths), client, 6), 6, init, seed).centres
        for client, seed in [(None, 1), (three, 1), (None, 2)])
    assert here.dtype == there.dtype
    assert here.tobytes() == there.tobytes() != other.tobytes()
    if init == "random":
        assert {row.tobytes() for row in here} <= {
            row.tobytes() for row in X}
        assert len(np.unique(here, axis=0)) == 6


# The estimator

def test_what_is_fitted(three, tmp_path):
    """Attributes, labels, other data, and a model of this process."""
    X = points("normal")
    paths = save(tmp_path, X)
    model = DistributedKMeans(6, random_state=1).fit(paths, three)
    local = model.to_local()
    assert isinstance(local, KMeans)
    assert model.n_features_in_ == 5 and model.n_iter_ == len(model.history_)
    assert model.labels_.dtype == np.int32
    assert model.labels_.tolist() == local.predict(X).tolist()
    brute = sum(np.sum((x - model.cluster_centers_[j]) ** 2)
                for x, j in zip(X, model.labels_))
    assert model.inertia_ == pytest.approx(brute, rel=1e-12)
    assert model.score(paths, three) == pytest.approx(-brute, rel=1e-12)
    assert model.predict(paths[:2], three).tolist() == local.predict(
        X[:47]).tolist()
    np.testing.assert_array_equal(
        model.transform(paths, three), local.transform(X))
    assert local.inertia_ == model.inertia_


def test_labels_a_file_a_partition(three, tmp_path):
    """Written by the workers; an empty partition has an empty file."""
    X = points("normal")
    model = DistributedKMeans(6, random_state=1).fit(save(tmp_path, X), three)
    (tmp_path / "labels").mkdir()
    paths = model.write_labels(tmp_path / "labels")
    files = [np.load(path) for path in paths]
    assert list(map(len, files)) == SIZES
    assert np.concatenate(files).tolist() == model.labels_.tolist()
    assert sorted(map(str, (tmp_path / "labels").iterdir())) == paths


def test_pickle_and_clone(tmp_path):
    """A fitted model can be stored; a copy has its parameters."""
    paths = save(tmp_path, points())
    model = DistributedKMeans(3, random_state=1).fit(paths)
    again = pickle.loads(pickle.dumps(model))
    assert again.predict(paths).tolist() == model.labels_.tolist()
    assert clone(model).get_params() == model.get_params()


def test_failed_fit_leaves_the_model(tmp_path):
    """As it was before, and the arguments too."""
    paths = save(tmp_path, points())
    model = DistributedKMeans(3, random_state=1).fit(paths)
    before = model.cluster_centers_
    with pytest.raises(DataError):
        model.fit([tmp_path / "no.npy"])
    assert model.cluster_centers_ is before
    with pytest.raises(ValueError, match="n_clusters"):
        DistributedKMeans(0).fit(paths)


def test_progress_is_told(three, tmp_path, monkeypatch, capsys):
    """Inertia and shift with each iteration; the dashboard's link once."""
    told = []
    monkeypatch.setattr(estimator.tqdm, "set_postfix",
                        lambda self, **words: told.append(words))
    monkeypatch.setattr(type(three), "dashboard_link", "http://here:8787")
    monkeypatch.setattr(clients, "announced_clients", set())
    paths = save(tmp_path, points("normal"))
    DistributedKMeans(6, max_iter=1).fit(paths, three)
    told.clear()
    model = DistributedKMeans(6, random_state=1).fit(paths, three)
    assert len(told) in (model.n_iter_, model.n_iter_ - 1)
    assert float(told[1]["inertia"]) == pytest.approx(
        model.history_[1].inertia, rel=1e-4)
    assert capsys.readouterr().err.count("http://here:8787") == 1


# What data may be

def test_kinds_of_data(three, tmp_path):
    """Files, a mapped array, its rows, a Dask array: the same points."""
    import dask.array
    X = points("normal", np.float32)
    np.save(tmp_path / "all.npy", X)
    mapped = np.load(tmp_path / "all.npy", mmap_mode="r")
    raw = np.memmap(tmp_path / "raw", np.float32, "w+", 12, X.shape)
    raw[:] = X
    starts = np.cumsum([0, *SIZES])
    right = DistributedKMeans(6, init=X[:6]).fit(save(tmp_path, X))
    for data in [
            [mapped[s:t] for s, t in zip(starts, starts[1:])],
            [raw[s:t] for s, t in zip(starts, starts[1:])],
            dask.array.from_array(X, chunks=(tuple(SIZES), -1))]:
        found = DistributedKMeans(6, init=X[:6]).fit(data, three)
        assert alike(found, right)
        assert found.labels_.tolist() == right.labels_.tolist()
    one = DistributedKMeans(6, init=X[:6]).fit(mapped, three)
    assert one.labels_.tolist() == right.labels_.tolist()


def test_cut(tmp_path):
    """By rows or by size; nothing is left out, and nothing read."""
    X = points("normal", np.uint8)
    np.save(tmp_path / "all.npy", X)
    mapped = np.load(tmp_path / "all.npy", mmap_mode="r")
    for data in (tmp_path / "all.npy", str(tmp_path / "all.npy"), mapped):
        pieces = partitions.split_rows(data, 33)
        parts = [piece.load() for piece in pieces]
        assert list(map(len, parts)) == [33, 33, 33, 33, 28]
        assert np.concatenate(parts).tolist() == X.tolist()
        assert all(part.dtype == np.uint8 for part in parts)
        assert len(make_partitions(data)) == 1


def test_large_files_are_cut(tmp_path, monkeypatch):
    """A single file is in pieces of a size, which workers can share."""
    monkeypatch.setattr(partitions, "PIECE_BYTES", 100)
    np.save(tmp_path / "all.npy", points("normal", np.uint8))
    sizes = [len(piece.load())
             for piece in make_partitions(tmp_path / "all.npy")]
    assert sizes == 8 * [20]


def test_course_files(three, tmp_path):
    """Bytes stay bytes; with another that has fractions all are float64."""
    rows = ["a,1,2\nb,1,3\n", "a,9,9\nb,8,9\nc,8,8\n", ""]
    paths = [tmp_path / f"{i}.csv" for i in range(len(rows))]
    for path, text in zip(paths, rows):
        path.write_text(text)
    init = [[0, 0], [9, 9]]
    model = DistributedKMeans(2, init=init).fit(paths, three)
    assert model.labels_.tolist() == [0, 0, 1, 1, 1]
    told = inspect(make_partitions(paths), None, 2)
    assert told.dtype == np.uint8
    (tmp_path / "3.csv").write_text("d,0.5,1.5\n")
    paths.append(tmp_path / "3.csv")
    model = DistributedKMeans(2, init=init).fit(paths, three)
    assert model.cluster_centers_[0].tolist() == [2.5 / 3, 6.5 / 3]
    assert inspect(make_partitions(paths), None, 2).dtype == np.float64


def test_pictures_and_other_types(tmp_path):
    """(n, rows, columns) become points; integers become float64."""
    X = points("normal", np.uint8, 6)
    np.save(tmp_path / "a.npy", X.reshape(-1, 2, 3))
    np.save(tmp_path / "b.npy", X.astype(np.int32))
    np.save(tmp_path / "c.npy", np.asfortranarray(X.astype(">f8")))
    init = X[:4].astype(float)
    names = "a.npy", "b.npy", "c.npy"
    assert [partitions.whole_file(tmp_path / name).load().dtype
            for name in names] == [np.uint8, np.float64, np.float64]
    models = [DistributedKMeans(4, init=init).fit([tmp_path / name])
              for name in names]
    assert alike(models[1], models[2])
    assert models[0].labels_.tolist() == models[1].labels_.tolist()


# What is wrong

@pytest.mark.parametrize("client", ["here", "there"])
@pytest.mark.parametrize("change, words", [
    (lambda X: X[:, :4], r"x2\.npy has 4 columns, but .*x0\.npy has 5: give"),
    (lambda X: X.astype(np.float32), r"x2\.npy is of type float32, but "
     r".*x0\.npy of type float64: save"),
    (lambda X: np.where(X == X[3, 1], np.nan, X), r"x2\.npy holds values "
     "that are not finite"),
    (lambda X: X[0], r"x2\.npy holds an array of shape \(5,\) and type"),
    (lambda X: X.astype(complex), "type complex128, but points are numbers"),
])
def test_partition_that_does_not_fit(three, tmp_path, client, change, words):
    """Both files are named, what they have, and what to do."""
    X = points("normal")
    paths = save(tmp_path, X)
    np.save(paths[2], change(np.load(paths[2])))
    with pytest.raises(DataError, match=words):
        DistributedKMeans(3).fit(paths, three if client == "there" else None)


def test_missing_file_is_named_before_anything_runs(three, tmp_path,
                                                    monkeypatch):
    """And who misses it."""
    paths = save(tmp_path, points())
    paths[3].unlink()
    monkeypatch.setattr(Executor, "call", None)
    with pytest.raises(DataError, match=r"x3\.npy is not there: correct"):
        DistributedKMeans(3).fit(paths)
    with pytest.raises(DataError, match=r"x3\.npy is not there for the "
                       "worker tcp://"):
        DistributedKMeans(3).fit(paths, three)


def test_damaged_file_is_named(three, tmp_path):
    """A .npy that is none, a CSV that has words."""
    paths = save(tmp_path, points())
    paths[1].write_bytes(b"not an array")
    with pytest.raises(DataError, match=r"x1\.npy is damaged"):
        DistributedKMeans(3).fit(paths, three)
    (tmp_path / "a.csv").write_text("label,1,two\n")
    with pytest.raises(DataError, match="a.csv, line 1, column 3: 'two'"):
        DistributedKMeans(3).fit([tmp_path / "a.csv"], three)


@pytest.mark.parametrize("client", ["here", "there"])
def test_more_clusters_than_points(three, tmp_path, client):
    """Of all partitions together; as many as points will do."""
    paths, client = save(tmp_path, points()), three if client == "there" else 0
    with pytest.raises(ValueError, match="n_samples=160 should be >= n_clus"):
        DistributedKMeans(161).fit(paths, client or None)
    model = DistributedKMeans(160, random_state=0, init="random")
    assert model.fit(paths, client or None).inertia_ == 0


@pytest.mark.parametrize("data, words", [
    ([], "there are 0 partitions"),
    (["points.txt"], r"points\.txt holds: .* must end in \.npy or \.csv"),
    (np.zeros((9, 2)), r"shape \(9, 2\) does not hold rows .* np\.save"),
])
def test_data_that_are_none(data, words):
    """It is said what can be a partition."""
    with pytest.raises(DataError, match=words):
        DistributedKMeans(3).fit(data)


def test_mapped_array_of_another_order(tmp_path):
    """Columns of a file are not its rows."""
    np.save(tmp_path / "x.npy", points())
    mapped = np.load(tmp_path / "x.npy", mmap_mode="r")
    for wrong in (mapped[:, :2], mapped.T, mapped[::2]):
        with pytest.raises(DataError, match="not hold rows of a file in the"):
            DistributedKMeans(3).fit([wrong])


def test_dask_array_cut_through_columns():
    """It is said how to put the columns together."""
    import dask.array
    X = dask.array.zeros((8, 4), chunks=(4, 2))
    with pytest.raises(DataError, match=r"use data\.rechunk\(\{1: -1\}\)"):
        DistributedKMeans(3).fit(X)


def test_scheduler_that_does_not_answer(tmp_path, monkeypatch):
    """A time limit, then one sentence."""
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


def test_killed_scheduler_says_how_to_go_on(tmp_path, monkeypatch):
    """One sentence, with the checkpoint to go on from."""
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
    """The same: how long it waited, and what to do."""
    monkeypatch.setattr(dask_workers, "WORKER_TIMEOUT_SECONDS", 0.5)
    with (distributed.LocalCluster(n_workers=0, dashboard_address=":0")
          as local, distributed.Client(local) as client):
        with pytest.raises(ClusterError, match="no worker connected to tcp://"
                           ".* within 0.5 seconds: start one"):
            DistributedKMeans(3).fit(save(tmp_path, points()), client)


def test_worker_that_is_paused(tmp_path, monkeypatch):
    """Dask gives it no work, and tells nobody; we do."""
    monkeypatch.setattr(dask_workers, "WORKER_TIMEOUT_SECONDS", 1)
    with clients.started(1, silence_logs=50) as client:
        client.run(faults.pause)
        with pytest.raises(ClusterError, match="the worker tcp://.* "
                           "started no work within 1 seconds: give"):
            DistributedKMeans(3).fit(save(tmp_path, points()), client)


def test_without_dask(tmp_path, monkeypatch):
    """Here it works; for a cluster the error says how to install it."""
    monkeypatch.setitem(sys.modules, "distributed", None)
    paths = save(tmp_path, points())
    assert DistributedKMeans(3).fit(paths).n_iter_
    for client in ("tcp://127.0.0.1:9", 2):
        with pytest.raises(ImportError, match=r"pip install --editable "
                           r'"\.\[lab,cluster\]"'):
            DistributedKMeans(3).fit(paths, client)


def test_cluster_by_number_and_by_address(dask, tmp_path):
    """Processes started here and ended again; a scheduler that is there."""
    paths = save(tmp_path, points("normal"))
    here = DistributedKMeans(6, random_state=1).fit(paths)
    for client in (1, dask.scheduler.address):
        there = DistributedKMeans(6, random_state=1).fit(paths, client)
        assert alike(here, there)
    assert there.labels_.tolist() == here.labels_.tolist()


def test_two_clusters_at_once(three, tmp_path):
    """Each fit keeps to its own client, whichever is the latest."""
    paths = save(tmp_path, points("normal"))
    here = DistributedKMeans(6, random_state=1).fit(paths)
    with clients.connected(1) as other:
        for client in (three, other):
            there = DistributedKMeans(6, random_state=1).fit(paths, client)
            assert alike(here, there)


# What it takes

def test_shares_are_fair_and_stay():
    """Nobody has more than his share; who can stay does."""
    home = dask_workers.balance({}, range(7), ["a", "b", "c"])
    assert sorted(map(list(home.values()).count, "abc")) == [2, 2, 3]
    less = dask_workers.balance(home, range(7), ["a", "b"])
    assert all(less[i] == home[i] for i in range(7) if home[i] != "c")
    more = dask_workers.balance(home, range(7), ["a", "b", "c", "d"])
    assert sum(more[i] != home[i] for i in range(7)) == 1
    assert dask_workers.balance(more, range(7), ["a", "b", "c", "d"]) == more


def test_bytes_of_an_iteration(three, tmp_path):
    """`dask_workers.iteration_bytes` agrees with what Dask counts as written.

    Here are both the client and the scheduler, which hands everything on.
    """
    k, d, p, w, n = 20, 784, 5, 3, 5000
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
    told, answered = dask_workers.iteration_bytes(k, d, p, w)
    assert 0.5 * answered < there < answered
    assert 0.5 * (2 * told + answered) < here < 2 * told + answered


def test_files_larger_than_the_memory(tmp_path):
    """Three times the worker's limit: it is never near it, nothing spilled."""
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
