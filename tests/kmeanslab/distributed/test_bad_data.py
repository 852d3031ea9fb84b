"""Data that cannot be clustered are refused in one sentence."""
import re

import dask
import dask.array
import dask.bag
import numpy as np
import pandas as pd
import pytest
from scipy import sparse

from kmeanslab import DistributedKMeans
from kmeanslab.data.formats import DataError
from kmeanslab.distributed import partitions
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
    (tmp_path / "a.csv").write_text("label,1,2\nlabel,1,two\n")
    with pytest.raises(DataError, match="a.csv, line 2, column 3: 'two'"):
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


# Data of a wrong kind

FRAME = pd.DataFrame({"a": [0.0, 1], "b": [2.0, 3]})


@pytest.mark.parametrize("data, words", [
    (FRAME, r"DataFrame: workers cannot load what is in the memory of this "
     r"process; write it with np\.save\(path, X\.to_numpy\(\)\)"),
    ([FRAME], r"DataFrame: workers cannot load .* np\.save"),
    (FRAME["a"], "Series: workers cannot load"),
    (sparse.eye(4, format="csr"), r"csr_matrix: sparse data cannot be part"
     r"itions; use KMeans, or save dense pieces with np\.save"),
    ([sparse.csc_array((4, 2))], "csc_array: sparse data cannot be"),
    ([[[0.0, 1], [2, 3]]], r"list cannot be a partition: give the paths"),
    ([dask.delayed(np.zeros)((4, 2))], r"Delayed cannot be a partition: give"),
    ([dask.array.zeros((4, 2))], r"Array cannot be a partition: give"),
    (dask.delayed(np.zeros)((4, 2)), "Delayed cannot be a partition: give"),
    (dask.bag.from_sequence([1, 2]), "Bag cannot be a partition: give"),
    ({"x.npy"}, "set cannot be a partition: give"),
    ({"x.npy": 1}, "dict cannot be a partition: give"),
    (b"x.npy", "bytes cannot be a partition: give"),
    (None, "NoneType cannot be a partition: give"),
    (3, "int cannot be a partition: give the paths"),
    ([None], "NoneType cannot be a partition: give"),
])
def test_data_of_a_wrong_kind(data, words):
    """The sentence names the type and says what to give."""
    with pytest.raises(DataError, match=words):
        DistributedKMeans(3).fit(data)


@pytest.mark.parametrize("name", ["no.npy", "no.csv", "folder.npy", "*.npy"])
@pytest.mark.parametrize("method", ["fit", "predict", "transform", "score"])
def test_a_single_missing_path(tmp_path, name, method):
    """It is refused as one in a list is."""
    (tmp_path / "folder.npy").mkdir()
    model = DistributedKMeans(3, random_state=0).fit(save(tmp_path, points()))
    for data in (tmp_path / name, str(tmp_path / name), [tmp_path / name]):
        with pytest.raises(DataError, match=(
                re.escape(name) + " is not there: correct its name")):
            getattr(model, method)(data)


def test_mapped_array_whose_file_is_gone(tmp_path):
    """Its path is named, as if it had been given itself."""
    np.save(tmp_path / "x.npy", points())
    mapped = np.load(tmp_path / "x.npy", mmap_mode="r")
    (tmp_path / "x.npy").unlink()
    for data in (mapped, [mapped]):
        with pytest.raises(DataError, match=r"x\.npy is not there"):
            DistributedKMeans(3).fit(data)


def test_unreadable_file(tmp_path, monkeypatch):
    """The system's reason is in the sentence."""
    def refuse(*args, **kwargs):
        raise PermissionError(13, "Permission denied")
    paths = save(tmp_path, points())
    monkeypatch.setattr(np, "load", refuse)
    for data in (paths, paths[0]):
        with pytest.raises(DataError, match=r"x0\.npy cannot be read "
                           r"\(Permission denied\): correct"):
            DistributedKMeans(3).fit(data)


def test_arrays_that_differ_from_their_files(tmp_path):
    """A mask and private changes would be lost without a word."""
    np.save(tmp_path / "x.npy", points())
    changed = np.load(tmp_path / "x.npy", mmap_mode="c")
    masked = np.ma.masked_array(np.load(tmp_path / "x.npy", mmap_mode="r"))
    for array, words in [(changed, "copy-on-write"), (masked, "the mask of"),
                         (np.asarray(changed)[2:], "copy-on-write")]:
        for data in (array, [array]):
            with pytest.raises(DataError, match="not see .*" + words):
                DistributedKMeans(3).fit(data)


@pytest.mark.parametrize("client", ["local", "dask"])
def test_dask_arrays_of_a_wrong_kind(three, client):
    """Sparse chunks and text are refused; the sentence says what to do."""
    client = three if client == "dask" else None
    zeros = dask.array.zeros((8, 4), chunks=(4, 4))
    with pytest.raises(DataError, match=r"is sparse: make it dense with data"
                       r"\.map_blocks\("):
        DistributedKMeans(3).fit(zeros.map_blocks(sparse.csr_matrix), client)
    with pytest.raises(DataError, match="type <U1, but points are numbers"):
        DistributedKMeans(3).fit(zeros.astype("<U1"), client)


@pytest.mark.parametrize("rows", [0, -1])
def test_pieces_without_rows(tmp_path, rows):
    """A piece needs a row; otherwise the data would silently be left out."""
    np.save(tmp_path / "x.npy", points())
    with pytest.raises(ValueError, match=f"rows={rows}, but a piece has 1"):
        partitions.split_rows(tmp_path / "x.npy", rows)
