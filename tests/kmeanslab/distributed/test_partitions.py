"""The kinds of data that can be partitions."""

import numpy as np
import pandas as pd
import pytest

from kmeanslab import DistributedKMeans
from kmeanslab.data.formats import DataError
from kmeanslab.distributed import partitions
from kmeanslab.distributed.dataset_info import inspect
from kmeanslab.distributed.partitions import make_partitions
from tests.kmeanslab.distributed.partition_files import (
    SIZES, alike, points, save)


def test_kinds_of_data(three, tmp_path):
    """Files, mapped rows and Dask chunks of equal points give equal fits."""
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


def test_split_rows(tmp_path):
    """Pieces have the given number of rows, and cover the file."""
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


def test_large_files_are_split(tmp_path, monkeypatch):
    """A single file is split into pieces of a fixed size."""
    monkeypatch.setattr(partitions, "PIECE_BYTES", 100)
    np.save(tmp_path / "all.npy", points("normal", np.uint8))
    sizes = [len(piece.load())
             for piece in make_partitions(tmp_path / "all.npy")]
    assert sizes == 8 * [20]


def test_course_files(three, tmp_path):
    """Bytes stay bytes; one file with fractions makes all float64."""
    rows = ["a,1,2\nb,1,3\n", "a,9,9\nb,8,9\nc,8,8\n", ""]
    paths = [tmp_path / f"{i}.csv" for i in range(len(rows))]
    for path, text in zip(paths, rows):
        path.write_text(text)
    init = [[0, 0], [9, 9]]
    model = DistributedKMeans(2, init=init).fit(paths, three)
    assert model.labels_.tolist() == [0, 0, 1, 1, 1]
    dataset = inspect(make_partitions(paths), None, 2)
    assert dataset.dtype == np.uint8
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


# DataFrames

@pytest.fixture
def frames():
    """Return Dask's module of DataFrames."""
    return pytest.importorskip(
        "dask.dataframe", reason="Dask's DataFrames need pyarrow",
        exc_type=ImportError)


def frame_of(X, **dtypes):
    """Return X as a DataFrame with columns a, b, ... of some dtypes."""
    frame = pd.DataFrame(X, columns=list("abcdefgh")[:X.shape[1]])
    return frame.astype(dtypes)


@pytest.mark.parametrize("client", ["local", "dask"])
def test_dask_dataframe(three, frames, tmp_path, client):
    """It gives the fit of its rows in files, and their labels."""
    X = points("normal", np.float32)
    stops = np.cumsum(SIZES)
    right = DistributedKMeans(6, init=X[:6]).fit(save(tmp_path, X))
    data = frames.concat([
        frames.from_pandas(frame_of(X[stop - size:stop]), npartitions=1)
        for size, stop in zip(SIZES, stops) if size])
    model = DistributedKMeans(6, init=X[:6])
    model.fit(data, three if client == "dask" else None)
    assert alike(model, right)
    assert model.labels_.tolist() == right.labels_.tolist()
    assert model.predict(data).tolist() == right.labels_.tolist()


@pytest.mark.parametrize("dtypes, expected", [
    ({"a": "int64", "b": "float32"}, np.float64),
    ({"a": "bool", "b": "float64"}, np.float64),
    ({"a": "Int64", "b": "Float64"}, np.float64),
    ({"a": "uint8", "b": "uint8"}, np.uint8),
])
def test_columns_of_several_types(frames, dtypes, expected):
    """They become points of one type, whether numbers or truth values."""
    X = np.repeat([[0.0, 1], [1, 0]], 5, axis=0)
    data = frames.from_pandas(frame_of(X, **dtypes), npartitions=2)
    parts = make_partitions(data)
    assert len(parts) == 2
    assert {part.load().dtype for part in parts} == {np.dtype(expected)}
    model = DistributedKMeans(2, init=X[[0, -1]]).fit(data)
    assert model.labels_.tolist() == 5 * [0] + 5 * [1]


def test_column_that_is_no_number(frames):
    """The sentence names the column and its type."""
    frame = pd.DataFrame({"a": [1.0, 2], "name": ["x", "y"]})
    with pytest.raises(DataError, match="column 'name' of the DataFrame is of "
                       "type .*: leave the column out, or encode it"):
        DistributedKMeans(2).fit(frames.from_pandas(frame, npartitions=1))


def test_missing_value_of_a_dataframe(frames):
    """It is no number, as in any other partition."""
    frame = pd.DataFrame({"a": pd.array([1, None, 3], dtype="Int64")})
    with pytest.raises(DataError, match="values that are not finite numbers"):
        DistributedKMeans(1).fit(frames.from_pandas(frame, npartitions=1))


def test_single_piece(tmp_path):
    """A piece from `split_rows` need not be in a list."""
    X = points("normal")
    np.save(tmp_path / "all.npy", X)
    piece = partitions.split_rows(tmp_path / "all.npy", 33)[1]
    model = DistributedKMeans(3, init=X[:3]).fit(piece)
    assert alike(model, DistributedKMeans(3, init=X[:3]).fit([piece]))
    assert len(model.labels_) == 33
