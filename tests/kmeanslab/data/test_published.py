"""Published data sets: where they are looked for, and what they hold."""
import pathlib
import sys

import numpy as np
import pytest

from kmeanslab.data import catalogue, datasets
from kmeanslab.data.datasets import DataError, Missing, load
from kmeanslab.handwriting import draw
from tests.kmeanslab.data.idx import write_idx
from tests.kmeanslab.data.made_files import pair, write_pair


def test_emnist_letters_come_out_upright(data_folder):
    """A J stored as EMNIST does, columns as rows, is a J again."""
    letters = draw("JAZ", 0)
    assert (letters != letters.transpose(0, 2, 1)).any(axis=(1, 2)).all()
    write_pair(data_folder / "emnist", letters.transpose(0, 2, 1),
               np.array([10, 1, 26], np.uint8),
               "emnist-letters-train-{}-ubyte.gz")
    data = load("emnist-letters")
    assert np.array_equal(data.X.reshape(3, 28, 28), letters)
    assert data.X.flags.c_contiguous and data.shape == (28, 28)
    assert [data.classes[i] for i in data.labels] == ["J", "A", "Z"]
    assert data.name == "EMNIST, 3 training letters"


@pytest.mark.parametrize("label", [0, 27])
def test_labels_must_be_those_of_the_data_set(data_folder, label):
    """EMNIST's letters are numbered from 1 to 26."""
    write_pair(data_folder / "emnist", pair(2)[0],
               np.array([label, 3], np.uint8),
               "emnist-letters-test-{}-ubyte")
    with pytest.raises(DataError, match=r"run from \d+ to \d+, but those of "
                       "EMNIST from 1 to 26: get its files again"):
        load("emnist-letters", "test")


def test_a_limit_takes_the_first_of_published_data(data_folder):
    """The first rows, in their order; a limit beyond the end takes all."""
    images, labels = pair()
    write_pair(data_folder / "mnist", images, labels, "t10k-{}-ubyte")
    data = load("mnist", "test", limit=2)
    assert np.array_equal(data.X, images[:2].reshape(2, 16))
    assert [data.classes[i] for i in data.labels] == ["1", "2"]
    assert data.name == "MNIST, the first 2 test digits"
    assert load("mnist", "test", limit=7).name == "MNIST, 6 test digits"


def test_published_images_may_lack_labels(data_folder):
    """Without labels file the images can still be clustered."""
    write_idx(data_folder / "fashion-mnist/train-images-idx3-ubyte", pair()[0])
    data = load("fashion-mnist")
    assert data.labels is None and data.classes == ()


def test_own_folder_comes_first_then_the_cache(data_folder):
    """$KMEANSLAB_DATA is looked into before the cache folder."""
    images, labels = pair()
    write_pair(data_folder / "cache/kmeanslab/mnist", images[:2], labels[:2],
               "train-{}-ubyte")
    assert len(load("mnist").X) == 2
    write_pair(data_folder / "mnist", images, labels, "train-{}-ubyte")
    assert len(load("mnist").X) == 6


def test_without_own_folder_only_the_cache_counts(data_folder, monkeypatch):
    """KMEANSLAB_DATA unset or empty does not mean the current folder."""
    monkeypatch.setenv("KMEANSLAB_DATA", "")
    assert datasets.folders() == [data_folder / "cache/kmeanslab"]
    monkeypatch.delenv("KMEANSLAB_DATA")
    assert datasets.folders() == [data_folder / "cache/kmeanslab"]
    monkeypatch.delenv("XDG_CACHE_HOME")
    monkeypatch.setenv("HOME", str(data_folder))
    assert catalogue.cache_folder() == data_folder / ".cache/kmeanslab"


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
def test_missing_data_sets_say_where_to_get_them(data_folder, source, advice):
    """The error names file, folders and what to do."""
    name = catalogue.PUBLISHED[source].train
    with pytest.raises(Missing) as caught:
        load(source)
    assert str(caught.value) == (
        f"{name} (or .gz) is not in {data_folder} and not in "
        f"{data_folder / 'cache/kmeanslab'}: {advice}")


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
