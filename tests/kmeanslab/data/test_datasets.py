"""Labels, parts and names of data sets."""
import os
import subprocess
import sys

from hypothesis import given, strategies as st
import numpy as np
import pytest

from kmeanslab.data import datasets
from kmeanslab.data.datasets import DataError, load
from kmeanslab.handwriting import DIGITS, draw_labelled
from tests.conftest import ROOT
from tests.kmeanslab.data.made_files import refused, save


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
    """A file with an unknown suffix is not read."""
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
