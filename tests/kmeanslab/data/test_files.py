"""CSV and NumPy files come in as they are, or one sentence says why not."""

from hypothesis import given, settings, strategies as st
import numpy as np
import pytest

from kmeanslab.data import datasets, formats, numpy_files
from kmeanslab.data.datasets import DataError, load
from kmeanslab.handwriting import course_data
from tests.conftest import ROOT
from tests.kmeanslab.data.made_files import pair, refused, save


NUMBERS = st.one_of(st.integers(0, 255).map(float),
                    st.floats(-1e100, 1e100, allow_nan=False))


@given(st.integers(1, 5).flatmap(lambda d: st.lists(st.lists(
    NUMBERS, min_size=d, max_size=d), min_size=1, max_size=5)))
@settings(max_examples=60)
def test_csv_numbers_come_back_as_written(tmp_path_factory, rows):
    """Every number survives; uint8 where nothing else is needed."""
    path = tmp_path_factory.mktemp("csv") / "a.csv"
    path.write_bytes(course_data.csv(np.array(rows), ["A"] * len(rows)))
    X, labels, *_ = formats.read(path, "first")
    assert X.tolist() == rows and labels.tolist() == ["A"] * len(rows)
    bytes_do = all(value in range(256) for row in rows for value in row)
    assert X.dtype == (np.uint8 if bytes_do else np.float64)


def test_the_course_data_are_read():
    """The shipped letters: 500 images, a fifth of them for testing."""
    train, test = load(ROOT / "data/mnist.csv"), load(
        str(ROOT / "data/mnist.csv"), "test")
    assert (train.X.shape, test.X.shape) == ((400, 784), (100, 784))
    assert train.X.dtype == np.uint8 and train.shape == (28, 28)
    assert train.classes == test.classes == tuple("CJKMOPSVWXYZ")
    assert train.name == ("mnist.csv, 400 training rows of 500, drawn by seed "
                          "0, labels in column 1")
    assert test.name == ("mnist.csv, 100 test rows of 500, drawn by seed 0, "
                         "labels in column 1")


@pytest.mark.parametrize("text, sentence", [
    ("A,1,2\n\n , ,\nB,1\n", "FILE, line 4: the row has 1 values, but the "
     "first row has 2: correct the row"),
    ("label,x,y\nA,1,2\nB,1,z\n", "FILE, line 3, column 3: 'z' is not a "
     "number up to 1e+100: correct it, or remove the row"),
    ("label,x,y\n", "FILE has a header but 0 rows: add some"),
    ("A,1,nan\n", "FILE, line 1, column 3: 'nan' is not a number up to "
     "1e+100: correct it, or remove the row"),
    ("A,1,2\nB,-1e101,2\n", "FILE, line 2, column 2: '-1e101' is not a "
     "number up to 1e+100: correct it, or remove the row"),
    ("A\n", "FILE, line 1: 0 values besides the label, but 1 or more are "
     "needed: correct the row"),
    ("\n \n", "FILE has 0 rows, but needs 1 or more: write rows like "
     "label,12.5,3"),
    ('A,"1\n', "FILE is not a CSV text file (unexpected end of data): save "
     "it as text, with commas")])
def test_bad_csv_files_are_refused(tmp_path, text, sentence):
    """What is wrong with a CSV file is said with line and numbers."""
    path = tmp_path / "bad.csv"
    path.write_text(text)
    assert refused(path) == sentence


def test_a_picture_is_not_csv(tmp_path):
    """Bytes that are no text are refused."""
    path = tmp_path / "bad.CSV"
    path.write_bytes(b"\x89PNG\xff")
    assert refused(path).startswith("FILE is not a CSV text file ('utf-8'")


def test_a_byte_order_mark_is_no_part_of_a_label(tmp_path):
    """Spreadsheets begin their files with one."""
    path = tmp_path / "a.csv"
    path.write_bytes(b"\xef\xbb\xbfA,1\nB,2\n")
    assert load(path).classes == ("A", "B")


# NumPy's files

@pytest.mark.parametrize("points, labels", [
    ("X", "y"), ("x", "labels"), ("images", "labels"), ("data", "target")])
def test_npz_arrays_go_by_several_names(tmp_path, points, labels):
    """Points and labels are found by any of their usual names."""
    X = np.arange(20, dtype=np.float32).reshape(10, 2)
    path = save(tmp_path / "a.npz",
                **{points: X, labels: list("ABABABABAB"), "other": 3})
    data = load(path)
    assert data.X.dtype == np.float32 and data.shape is None
    assert data.classes == ("A", "B")
    assert np.array_equal(data.labels, data.X[:, 0] // 2 % 2)


def test_kerass_mnist_has_a_test_part_of_its_own(tmp_path):
    """x_train and x_test are not divided once more."""
    images, labels = pair()
    path = save(tmp_path / "mnist.npz", x_train=images, y_train=labels,
                x_test=images[1:3], y_test=labels[1:3])
    train, test = load(path), load(path, "test")
    assert np.array_equal(train.X, images.reshape(6, 16))
    assert np.array_equal(test.X, images[1:3].reshape(2, 16))
    assert test.classes == train.classes == tuple("123456")
    assert test.labels.tolist() == [1, 2] and test.shape == (4, 4)
    assert test.name == "mnist.npz, 2 test rows"
    assert load(path, limit=3).name == "mnist.npz, the first 3 training rows"


def test_npy_is_read_and_mapped_when_large(tmp_path, monkeypatch):
    """A large npy file is left on disk; the answer is the same."""
    X = np.random.default_rng(0).random((20, 9))
    np.save(tmp_path / "a.npy", X)
    small = load(tmp_path / "a.npy", limit=3)
    assert not isinstance(formats.read(tmp_path / "a.npy")[0],
                          np.memmap)
    monkeypatch.setattr(numpy_files, "MEMORY_MAP_BYTES", 0)
    assert isinstance(formats.read(tmp_path / "a.npy")[0], np.memmap)
    large = load(tmp_path / "a.npy", limit=3)
    assert np.array_equal(small.X, large.X) and small.labels is None


def test_fortran_order_becomes_c_order(tmp_path):
    """Rows are contiguous for any order in the file."""
    X = np.asfortranarray(np.random.default_rng(0).random((10, 3, 5)))
    np.save(tmp_path / "a.npy", X)
    data = load(tmp_path / "a.npy")
    rows = datasets.drawn(10, "train", None, 0)
    assert data.X.flags.c_contiguous and data.shape == (3, 5)
    assert np.array_equal(data.X, X[rows].reshape(8, 15))


@pytest.mark.parametrize("arrays_, part", [
    ({"X": np.array([[1, "a"]], object)}, "is damaged or holds no arrays of "
     "numbers (Object arrays cannot be loaded when allow_pickle=False)"),
    ({"X": np.array([["a"]])}, "shape (1, 1) and type <U1, but points are"),
    ({"X": np.zeros(5)}, "shape (5,) and type float64, but points are"),
    ({"X": np.zeros((2, 2, 2, 2))}, "shape (2, 2, 2, 2) and type float64"),
    ({"Z": np.zeros((2, 2))}, "holds arrays called Z, but none called X, x, "
     "images, data: save it again with np.savez(path, X=points, y=labels)"),
    ({}, "holds arrays called (none), but none called X"),
    ({"x_train": np.zeros((2, 2)), "x_test": np.zeros((1, 2)),
      "y_train": np.zeros(2)},
     "3 points, but its labels are an array of shape (2,)"),
    ({"X": np.zeros((2, 2)), "y": np.zeros((2, 10))},
     "2 points, but its labels are an array of shape (2, 10) and type "
     "float64, not 2 numbers or words"),
    ({"X": np.zeros((2, 2)), "y": np.array([b"a", b"b"])},
     "shape (2,) and type |S1, not 2 numbers or words")])
def test_unfit_arrays_are_refused(tmp_path, arrays_, part):
    """An npz without points or with unfit labels is refused with why."""
    assert part in refused(save(tmp_path / "a.npz", **arrays_))


@pytest.mark.parametrize("suffix", [".npy", ".npz"])
@pytest.mark.parametrize("part", [slice(0), slice(40), slice(-30)])
def test_cut_off_arrays_are_refused(tmp_path, suffix, part):
    """A file of NumPy's that is cut short is refused."""
    X, path = np.random.default_rng(0).random((10, 3)), tmp_path / "a"
    np.savez(path, X=X)
    np.save(path, X)
    path = path.with_suffix(suffix)
    path.write_bytes(path.read_bytes()[part])
    assert refused(path).startswith("FILE is damaged or holds no arrays of")


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_values_must_be_finite(tmp_path, value):
    """NaN and infinity are counted and refused."""
    X = np.zeros((4, 3), np.float32)
    X[1, 2] = value
    np.save(tmp_path / "a.npy", X)
    with pytest.raises(DataError, match="a.npy, 4 training rows of 4, drawn "
                       "by seed 0: 1 of 12 values are not finite numbers"):
        load(tmp_path / "a.npy")
