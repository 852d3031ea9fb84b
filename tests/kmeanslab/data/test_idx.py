"""IDX files come in as they are, or one sentence says why not."""
import gzip

from hypothesis import given, settings, strategies as st
from hypothesis.extra.numpy import array_shapes, arrays
import numpy as np
import pytest

from kmeanslab.data import formats
from kmeanslab.data import idx as idx_files
from kmeanslab.data.datasets import DataError, load
from tests.kmeanslab.data.idx import idx, write_idx
from tests.kmeanslab.data.made_files import pair, refused, write_pair


IMAGES = arrays(np.uint8, array_shapes(min_dims=3, max_dims=3, max_side=6))


@given(IMAGES, st.booleans(), st.integers(0, 255))
@settings(max_examples=50)
def test_idx_files_come_back_as_written(tmp_path_factory, images, gz, label):
    """Any images and labels survive the way through IDX and IDX.gz."""
    labels = np.full(len(images), label, np.uint8)
    path = write_pair(tmp_path_factory.mktemp("idx"), images, labels,
                      "a-{}-ubyte" + ".gz" * gz)
    X, y, tests, note = formats.read(path)
    assert X.dtype == np.uint8 and np.array_equal(X, images)
    assert y.dtype == np.uint8 and np.array_equal(y, labels)
    assert tests == 0 and note == ""


def test_images_without_labels_file_have_no_labels(tmp_path):
    """Labels are None where no labels file is next to the images."""
    data = load(write_idx(tmp_path / "t-images-idx3-ubyte", pair()[0]))
    assert data.labels is None and data.classes == ()
    assert data.X.shape == (5, 16) and data.shape == (4, 4)


def test_labels_may_be_gzipped_where_images_are_not(tmp_path):
    """The labels file is found with .gz or without."""
    images, labels = pair()
    write_idx(tmp_path / "t-labels-idx1-ubyte.gz", labels)
    path = write_idx(tmp_path / "t-images-idx3-ubyte", images)
    assert np.array_equal(idx_files.read_pair(path)[1], labels)


@pytest.mark.parametrize("change, sentence", [
    (lambda whole: idx(pair()[1]),
     "FILE has 14 bytes, but the header alone needs 16: get the file again"),
    (lambda whole: idx(np.zeros(99, np.uint8)),
     "FILE begins with the number 2049, but a file of images with 2051: get "
     "the file again, under its own name"),
    (lambda whole: whole[:-1],
     "FILE has 111 bytes, but 6 x 4 x 4 values need 112: get the file again"),
    (lambda whole: whole + b"!",
     "FILE has 113 bytes, but 6 x 4 x 4 values need 112: get the file again"),
    (lambda whole: b"",
     "FILE has 0 bytes, but the header alone needs 16: get the file again"),
    (lambda whole: idx(np.zeros((0, 4, 4), np.uint8)),
     "FILE holds an array of shape (0, 4, 4) and type uint8, but points are "
     "numbers of shape (n, d) or (n, rows, columns): save them like that")])
def test_bad_images_are_refused(tmp_path, change, sentence):
    """What is wrong with an IDX file is said with both numbers."""
    path = tmp_path / "t-images-idx3-ubyte"
    path.write_bytes(change(idx(pair()[0])))
    assert refused(path) == sentence


def test_labels_with_the_number_of_images_are_refused(tmp_path):
    """A labels file that holds images is not read as labels."""
    path = write_pair(tmp_path, pair()[0], pair()[0])
    with pytest.raises(DataError, match="labels-idx1-ubyte begins with the "
                       "number 2051, but a file of labels with 2049"):
        load(path)


@pytest.mark.parametrize("cut, out", [
    (lambda data: data[:30], "truncated or damaged, "),
    (lambda data: data[:-1], "truncated or damaged, only 112 bytes"),
    (lambda data: data[:-8] + bytes(8), "CRC check failed"),
    (lambda data: data + b"garbage", "truncated or damaged, only 112 bytes"),
    (lambda data: data[:10] + b"\xff" * 50, "invalid block type")])
def test_damaged_gzip_files_are_refused(tmp_path, cut, out):
    """A gzipped file must be whole to its last byte."""
    path = tmp_path / "t-images-idx3-ubyte.gz"
    path.write_bytes(cut(gzip.compress(idx(pair()[0]))))
    assert out in refused(path)


def test_images_and_labels_must_be_as_many(tmp_path):
    """Six images with five labels are refused with both numbers."""
    path = write_pair(tmp_path, pair()[0], pair()[1][:5])
    assert refused(path) == (
        "FILE holds 6 points, but its labels are an array of shape (5,) and "
        "type uint8, not 6 numbers or words: use labels that belong to the "
        "points")
