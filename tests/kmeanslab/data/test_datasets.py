"""Data come in as they are, or one sentence says why not."""
import gzip
import os
import pathlib
import subprocess
import sys

from hypothesis import given, settings, strategies as st
from hypothesis.extra.numpy import array_shapes, arrays
import numpy as np
import pytest

from kmeanslab.data import catalogue, datasets, formats, numpy_files
from kmeanslab.data import idx as idx_files
from kmeanslab.data.datasets import DataError, Missing, load
from kmeanslab.handwriting import DIGITS, course_data, draw, draw_labelled
from tests.conftest import ROOT
from tests.kmeanslab.data.idx import idx, write_idx

IMAGES = arrays(np.uint8, array_shapes(min_dims=3, max_dims=3, max_side=6))
NUMBERS = st.one_of(st.integers(0, 255).map(float),
                    st.floats(-1e100, 1e100, allow_nan=False))


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """An empty folder KMEANSLAB_DATA, with an empty cache in it."""
    monkeypatch.setenv("KMEANSLAB_DATA", str(tmp_path))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    return tmp_path


def pair(n=6, side=4):
    """Images (n, side, side) that all differ, and labels 1 ... n."""
    images = np.arange(n * side * side, dtype=np.uint8)
    return images.reshape(n, side, side), np.arange(1, n + 1, dtype=np.uint8)


def write_pair(folder, images, labels, name="some-{}-ubyte"):
    """Writes an IDX pair; returns the path of the images."""
    write_idx(folder / name.format("labels-idx1"), labels)
    return write_idx(folder / name.format("images-idx3"), images)


def save(path, **arrays_):
    """Writes an npz file; returns its path."""
    np.savez(path, **arrays_)
    return path


def refused(path, part="train"):
    """The sentence with which a file is refused, less its name."""
    with pytest.raises(DataError) as caught:
        load(path, part)
    message = str(caught.value)
    assert "\n" not in message and str(path) in message
    return message.replace(str(path), "FILE")


# IDX

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


# published data sets

def test_emnist_letters_come_out_upright(folder):
    """A J stored as EMNIST does, columns as rows, is a J again."""
    letters = draw("JAZ", 0)
    assert (letters != letters.transpose(0, 2, 1)).any(axis=(1, 2)).all()
    write_pair(folder / "emnist", letters.transpose(0, 2, 1),
               np.array([10, 1, 26], np.uint8),
               "emnist-letters-train-{}-ubyte.gz")
    data = load("emnist-letters")
    assert np.array_equal(data.X.reshape(3, 28, 28), letters)
    assert data.X.flags.c_contiguous and data.shape == (28, 28)
    assert [data.classes[i] for i in data.labels] == ["J", "A", "Z"]
    assert data.name == "EMNIST, 3 training letters"


@pytest.mark.parametrize("label", [0, 27])
def test_labels_must_be_those_of_the_data_set(folder, label):
    """EMNIST's letters are numbered from 1 to 26."""
    write_pair(folder / "emnist", pair(2)[0], np.array([label, 3], np.uint8),
               "emnist-letters-test-{}-ubyte")
    with pytest.raises(DataError, match=r"run from \d+ to \d+, but those of "
                       "EMNIST from 1 to 26: get its files again"):
        load("emnist-letters", "test")


def test_a_limit_takes_the_first_of_published_data(folder):
    """The first rows, in their order; a limit beyond the end takes all."""
    images, labels = pair()
    write_pair(folder / "mnist", images, labels, "t10k-{}-ubyte")
    data = load("mnist", "test", limit=2)
    assert np.array_equal(data.X, images[:2].reshape(2, 16))
    assert [data.classes[i] for i in data.labels] == ["1", "2"]
    assert data.name == "MNIST, the first 2 test digits"
    assert load("mnist", "test", limit=7).name == "MNIST, 6 test digits"


def test_published_images_may_lack_labels(folder):
    """Without labels file the images can still be clustered."""
    write_idx(folder / "fashion-mnist/train-images-idx3-ubyte", pair()[0])
    data = load("fashion-mnist")
    assert data.labels is None and data.classes == ()


def test_own_folder_comes_first_then_the_cache(folder):
    """$KMEANSLAB_DATA is looked into before the cache folder."""
    images, labels = pair()
    write_pair(folder / "cache/kmeanslab/mnist", images[:2], labels[:2],
               "train-{}-ubyte")
    assert len(load("mnist").X) == 2
    write_pair(folder / "mnist", images, labels, "train-{}-ubyte")
    assert len(load("mnist").X) == 6


def test_without_own_folder_only_the_cache_counts(folder, monkeypatch):
    """KMEANSLAB_DATA unset or empty does not mean the current folder."""
    monkeypatch.setenv("KMEANSLAB_DATA", "")
    assert datasets.folders() == [folder / "cache/kmeanslab"]
    monkeypatch.delenv("KMEANSLAB_DATA")
    assert datasets.folders() == [folder / "cache/kmeanslab"]
    monkeypatch.delenv("XDG_CACHE_HOME")
    monkeypatch.setenv("HOME", str(folder))
    assert catalogue.cache_folder() == folder / ".cache/kmeanslab"


def test_windows_has_its_own_place_for_caches(monkeypatch):
    """%LOCALAPPDATA% is the base of the cache folder on Windows."""
    monkeypatch.setattr(sys, "platform", "win32")
    monkeypatch.setenv("LOCALAPPDATA", "local")
    assert catalogue.cache_folder() == pathlib.Path("local/kmeanslab")


@pytest.mark.parametrize("source, advice", [
    ("mnist", "run `kmeanslab data get mnist`"),
    ("fashion-mnist", "get the four files from https://github.com/"
     "zalandoresearch/fashion-mnist"),
    ("emnist-letters", "get the four files emnist-letters-* in gzip.zip from "
     "https://www.nist.gov/itl/products-and-services/emnist-dataset")])
def test_missing_data_sets_say_where_to_get_them(folder, source, advice):
    """The error names file, folders and what to do."""
    name = catalogue.PUBLISHED[source].train
    with pytest.raises(Missing) as caught:
        load(source)
    assert str(caught.value) == (
        f"{name} (or .gz) is not in {folder} and not in "
        f"{folder / 'cache/kmeanslab'}: {advice}")


@pytest.mark.mnist
def test_the_real_mnist_is_read():
    """60,000 and 10,000 digits, with the published counts of each."""
    try:
        train, test = load("mnist"), load("mnist", "test")
    except Missing as error:
        pytest.skip(str(error))
    assert train.X.shape == (60000, 784) and train.X.dtype == np.uint8
    assert train.X.flags.c_contiguous and train.shape == (28, 28)
    assert train.name == "MNIST, 60,000 training digits"
    assert np.bincount(train.labels).tolist() == [
        5923, 6742, 5958, 6131, 5842, 5421, 5918, 6265, 5851, 5949]
    assert np.bincount(test.labels).tolist() == [
        980, 1135, 1032, 1010, 982, 892, 958, 1028, 974, 1009]


# CSV

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
    """Rows lie one behind the other, whatever the order in the file."""
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


# labels, parts, names

@pytest.mark.parametrize("labels, words, classes", [
    (["10", "9", "100"], "10 9 100", "9 10 100"),
    (["b", "a", "10", "a"], "b a 10 a", "10 a b"),
    ([3.0, 2.0, 30.0], "3 2 30", "2 3 30"),
    ([1e300, 2e300], "1e+300 2e+300", "1e+300 2e+300"),
    ([2.5, -1.0, 10.0], "2.5 -1.0 10.0", "-1.0 2.5 10.0"),
    ([True, False, True], "True False True", "False True"),
    (np.array([200, 3, 100], np.uint8), "200 3 100", "3 100 200")])
def test_classes_are_sorted_sensibly(labels, words, classes):
    """Numbers by size, words by the alphabet; labels point to them."""
    codes, names = datasets.encode_labels(np.array(labels))
    assert names == tuple(classes.split())
    assert [names[i] for i in codes] == words.split()


@given(st.integers(1, 60), st.integers(0, 2 ** 32), st.integers(1, 60))
def test_parts_divide_the_rows(n, seed, limit):
    """Each row is in one part; a limit takes some of a part, in order."""
    train = datasets.drawn(n, "train", None, seed)
    test = datasets.drawn(n, "test", None, seed)
    assert sorted([*train, *test]) == list(range(n))
    assert len(test) == n // 5
    fewer = datasets.drawn(n, "train", limit, seed)
    assert len(fewer) == min(limit, len(train))
    assert set(fewer) <= set(train) and sorted(fewer) == list(fewer)


def test_the_seed_draws_the_test_rows(tmp_path):
    """Another seed sets another fifth aside; labels follow their rows."""
    X = np.arange(50.0).reshape(50, 1)
    path = save(tmp_path / "a.npz", X=X, y=np.arange(50) % 7)
    parts = [load(path, "test", seed=seed) for seed in (0, 0, 1)]
    assert np.array_equal(parts[0].X, parts[1].X)
    assert not np.array_equal(parts[0].X, parts[2].X)
    for data in parts:
        assert np.array_equal(data.labels, data.X[:, 0] % 7)


def test_too_few_rows_have_no_test_part(tmp_path):
    """Of four rows no fifth can be set aside."""
    path = tmp_path / "a.csv"
    path.write_text("A,1\n" * 4)
    assert len(load(path).X) == 4
    assert refused(path, "test") == (
        "FILE has 4 rows, but 5 or more are needed to set aside a fifth for "
        "testing: add some")


def test_digits_are_drawn_when_nothing_is_said():
    """10,000 generated digits, those of draw_labelled and seed 0."""
    data = load()
    images, labels = draw_labelled(10_000, 0, DIGITS, "mnist")
    assert np.array_equal(data.X, images.reshape(-1, 784))
    assert [data.classes[i] for i in data.labels] == list(labels)
    assert data.classes == tuple(DIGITS) and data.shape == (28, 28)
    assert data.name == "10,000 generated digits"


def test_generated_test_images_are_others():
    """2,000 test letters; none of them is drawn for training."""
    test, train = load("letters", "test"), load("letters", limit=2000)
    assert len(test.X) == 2000
    assert test.name == "2,000 generated test letters"
    rows = {row.tobytes() for row in train.X}
    assert not rows & {row.tobytes() for row in test.X}
    assert len(test.classes) == 26


def test_few_digits_keep_all_classes():
    """Three digits have ten classes all the same."""
    assert load(limit=3).classes == tuple(DIGITS)


@pytest.mark.parametrize("d, shape", [
    (784, (28, 28)), (16, (4, 4)), (9, None), (17, None), (2, None)])
def test_squares_are_images(tmp_path, d, shape):
    """A square number of 16 values or more is an image."""
    np.save(tmp_path / "a.npy", np.zeros((1, d)))
    assert load(tmp_path / "a.npy").shape == shape


def test_unknown_sources_are_refused(tmp_path):
    """The error lists what there is; a folder is no file."""
    for source in ["cifar", tmp_path]:
        assert refused(source).replace(str(source), "FILE") == (
            "there is no data set or file called 'FILE': choose digits, "
            "letters, mnist, fashion-mnist, emnist-letters, or the path of a "
            ".csv, .npz, .npy, .parquet or IDX images file")


@pytest.mark.parametrize("source, meant", [
    ("mnsit", "mnist"), ("Digits", "digits"), ("fashion_mnist",
                                               "fashion-mnist")])
def test_misspelt_names_are_guessed(source, meant):
    """The nearest known name is proposed."""
    assert refused(source).endswith(f": did you mean {meant}?")


def test_misspelt_paths_are_guessed(tmp_path):
    """A file of nearly that name in the same folder is proposed."""
    (tmp_path / "train.csv").write_text("A,1\n")
    assert refused(tmp_path / "trian.csv").endswith(
        f": did you mean {tmp_path / 'train.csv'}?")


def test_unknown_kinds_of_files_are_refused(tmp_path):
    """A file whose name tells nothing is not read."""
    (tmp_path / "a.txt").touch()
    assert refused(tmp_path / "a.txt") == (
        "cannot tell what FILE holds: its name must end in .csv, .npy, .npz, "
        ".parquet, .arrow or .feather, or contain images-idx3 as the files "
        "of MNIST do")


def test_wrong_arguments_are_refused():
    """No part but train and test, and no limit below 1."""
    with pytest.raises(ValueError, match="part='all': choose train or test"):
        load(part="all")
    with pytest.raises(DataError, match="limit=0 rows: ask for 1 or more"):
        load(limit=0)


def test_studies_can_ask_for_labels(tmp_path):
    """require_labels is silent about labels, and clear without."""
    datasets.require_labels(load(limit=30), "confusion")
    np.save(tmp_path / "a.npy", np.zeros((5, 2)))
    with pytest.raises(DataError) as caught:
        datasets.require_labels(load(tmp_path / "a.npy"), "confusion")
    assert str(caught.value) == (
        "a.npy, 4 training rows of 5, drawn by seed 0: there are no labels, "
        "and confusion needs them: put the labels file next to the "
        "images file, y into an npz, name the column of a table with --label, "
        "or choose other data")


def test_fingerprints_tell_data_apart():
    """Other bytes, types, shapes or labels: another fingerprint."""
    data = load(limit=4)
    same = data._replace(X=data.X.copy(), name="other words")
    assert datasets.fingerprint(data) == datasets.fingerprint(same)
    others = [data._replace(X=data.X.view(np.int8)),
              data._replace(X=data.X.reshape(8, -1)),
              data._replace(X=data.X ^ 1), data._replace(labels=None),
              data._replace(labels=data.labels[::-1].copy())]
    found = {datasets.fingerprint(each) for each in [data, *others]}
    assert len(found) == 6
    assert all(len(each) == 16 for each in found)


def test_imports_are_light():
    """Neither the package nor its readers load what pictures need."""
    code = ("import sys, kmeanslab, kmeanslab.data.download,"
            " kmeanslab.__main__; "
            "print({'matplotlib', 'sklearn', 'tqdm'} & set(sys.modules))")
    run = subprocess.run([sys.executable, "-c", code], cwd=ROOT, text=True,
                         capture_output=True, env=os.environ)
    assert (run.stdout, run.stderr) == ("set()\n", "")
