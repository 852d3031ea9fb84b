"""A checkpoint belongs to one run, and is written atomically."""
import os

import numpy as np
import pytest
from sklearn.base import clone

from kmeanslab import DistributedKMeans
from kmeanslab.data.formats import DataError
from kmeanslab.distributed.executor import Executor
from tests.kmeanslab.distributed.partition_files import points, save


@pytest.fixture
def stopped(tmp_path):
    """Return a checkpoint of two iterations, its data, and the whole fit."""
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
    """The sentence names both values."""
    saved, paths, model = stopped
    with pytest.raises(DataError, match=words):
        clone(model).set_params(**options).fit(paths, resume_from=saved)


def test_checkpoint_of_other_data(stopped):
    """One changed number is enough; the sentence describes both partitions."""
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
    """Any damage is reported as such."""
    saved, paths, model = stopped
    harm(saved)
    with pytest.raises(DataError, match="run.npz is damaged or not a ch"):
        model.fit(paths, resume_from=saved)


def test_missing_checkpoint(stopped):
    """The sentence names a file that does not exist."""
    saved, paths, model = stopped
    with pytest.raises(FileNotFoundError, match="no.npz"):
        model.fit(paths, resume_from=saved.with_name("no.npz"))


def test_checkpoint_is_written_atomically(stopped, monkeypatch):
    """A write that fails keeps the last checkpoint."""
    saved, paths, model = stopped
    before = saved.read_bytes()

    def full(*args):
        raise OSError(28, "No space left on device")
    monkeypatch.setattr(os, "replace", full)
    with pytest.raises(OSError, match="No space left"):
        model.fit(paths)
    assert saved.read_bytes() == before
    assert os.listdir(saved.parent).count("run.npz.partial") == 0


def test_folder_of_a_checkpoint_is_missing(tmp_path, monkeypatch):
    """It is named before anything runs, not after ten iterations."""
    paths = save(tmp_path, points())
    monkeypatch.setattr(Executor, "call", None)
    model = DistributedKMeans(3, checkpoint=tmp_path / "no" / "run.npz")
    with pytest.raises(DataError, match=r"folder of the checkpoint .*run\.npz "
                       "is not there: create it"):
        model.fit(paths)


def test_resume_from_something_else(stopped):
    """Neither a folder nor a number is a checkpoint."""
    saved, paths, model = stopped
    for wrong in (saved.parent, 3):
        with pytest.raises(DataError, match=f"{wrong} is damaged or not a ch"):
            model.fit(paths, resume_from=wrong)
