"""The kinds of data that can be partitions."""

import numpy as np

from kmeanslab import DistributedKMeans
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
