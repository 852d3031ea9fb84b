"""Data that cannot be clustered are refused in one sentence."""

import numpy as np
import pytest

from kmeanslab import DistributedKMeans
from kmeanslab.data.formats import DataError
from kmeanslab.distributed.executor import Executor
from tests.kmeanslab.distributed.partition_files import points, save


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
    """The sentence names both files, what they hold, and what to do."""
    X = points("normal")
    paths = save(tmp_path, X)
    np.save(paths[2], change(np.load(paths[2])))
    with pytest.raises(DataError, match=words):
        DistributedKMeans(3).fit(paths, three if client == "there" else None)


def test_missing_file_is_named_before_anything_runs(three, tmp_path,
                                                    monkeypatch):
    """The sentence also names the worker that cannot find it."""
    paths = save(tmp_path, points())
    paths[3].unlink()
    monkeypatch.setattr(Executor, "call", None)
    with pytest.raises(DataError, match=r"x3\.npy is not there: correct"):
        DistributedKMeans(3).fit(paths)
    with pytest.raises(DataError, match=r"x3\.npy is not there for the "
                       "worker tcp://"):
        DistributedKMeans(3).fit(paths, three)


def test_damaged_file_is_named(three, tmp_path):
    """A .npy file of text and a CSV with words are named."""
    paths = save(tmp_path, points())
    paths[1].write_bytes(b"not an array")
    with pytest.raises(DataError, match=r"x1\.npy is damaged"):
        DistributedKMeans(3).fit(paths, three)
    (tmp_path / "a.csv").write_text("label,1,two\n")
    with pytest.raises(DataError, match="a.csv, line 1, column 3: 'two'"):
        DistributedKMeans(3).fit([tmp_path / "a.csv"], three)


@pytest.mark.parametrize("client", ["here", "there"])
def test_more_clusters_than_points(three, tmp_path, client):
    """Points are counted over all partitions; k = n is allowed."""
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
def test_data_of_no_known_kind(data, words):
    """The sentence says what a partition can be."""
    with pytest.raises(DataError, match=words):
        DistributedKMeans(3).fit(data)


def test_mapped_array_that_is_no_rows(tmp_path):
    """Only rows of a file in their order can be a partition."""
    np.save(tmp_path / "x.npy", points())
    mapped = np.load(tmp_path / "x.npy", mmap_mode="r")
    for wrong in (mapped[:, :2], mapped.T, mapped[::2]):
        with pytest.raises(DataError, match="not hold rows of a file in the"):
            DistributedKMeans(3).fit([wrong])


def test_dask_array_split_by_columns():
    """The sentence says how to merge the columns."""
    import dask.array
    X = dask.array.zeros((8, 4), chunks=(4, 2))
    with pytest.raises(DataError, match=r"use data\.rechunk\(\{1: -1\}\)"):
        DistributedKMeans(3).fit(X)
