"""`kmeanslab data course`: a balanced exercise, or one sentence."""
import os
import re

import numpy as np
import pytest

from kmeanslab.handwriting import draw_labelled
from tests.kmeanslab.data.idx import write_idx
import utils
from tests.kmeanslab.cli.commands import data, fails


@pytest.fixture
def emnist(folder):
    """120 letters A to D stored as EMNIST does; upright, and their names."""
    images, names = draw_labelled(120, 0, "ABCD")
    start = "data/emnist/emnist-letters-train-"
    write_idx(folder / f"{start}images-idx3-ubyte.gz",
              images.transpose(0, 2, 1))
    write_idx(folder / f"{start}labels-idx1-ubyte.gz",
              np.array([ord(name) - 64 for name in names], np.uint8))
    return {image.tobytes(): name for image, name in zip(images, names)}


def test_a_course_csv_is_balanced_shuffled_and_upright(emnist, capsys):
    """The assignment's own reader finds upright letters, each once."""
    assert data("course", "--letters", "ABD", "--count", "50") == 0
    path = os.path.join("results", "data", "mnist.csv")
    assert capsys.readouterr().out == f"wrote {path}\n"
    points, labels = utils.read_data(path)
    assert sorted(map(labels.count, "ABD")) == [16, 17, 17]
    assert len(labels) == 50 and labels != sorted(labels)
    images = [np.array(point, np.uint8).tobytes() for point in points]
    assert len(set(images)) == 50
    assert [emnist[image] for image in images] == labels


def test_the_seed_draws_the_letters(emnist):
    """The same seed writes the same bytes, another others."""
    for seed, name in [("0", "a.csv"), ("0", "b.csv"), ("1", "c.csv")]:
        assert data("course", "--letters", "AC", "--count", "9", "--seed",
                    seed, "--out", name) == 0
    a, b, c = (open(name, "rb").read() for name in ["a.csv", "b.csv", "c.csv"])
    assert a == b != c


def test_a_letter_named_twice_counts_once(emnist):
    """--letters AAB are A and B, as many of each."""
    assert data("course", "--letters", "AAB", "--count", "8",
                "--out", "a.csv") == 0
    assert sorted(utils.read_data("a.csv")[1]) == list("AAAABBBB")


def test_initial_centroids_are_noise(emnist):
    """--initial writes grey noise that the assignment can start from."""
    assert data("course", "--letters", "AB", "--count", "9", "--initial", "3",
                "--out", "mnist.csv") == 0
    centroids = utils.load_centroids("mnist_init_centroids.csv")
    values = np.array(list(centroids.values()))
    assert values.shape == (3, 784) and set(values.ravel()) == set(range(256))


def test_a_poor_exercise_is_called_one(folder, capsys):
    """Steps, centroids left and accuracy are printed for what was written."""
    rng = np.random.default_rng(0)
    X = np.repeat(rng.integers(0, 256, (2, 784)), 20, axis=0).astype(np.uint8)
    np.savez("two.npz", X=X, y=np.repeat(["A", "B"], 20))
    assert data("course", "--data", "two.npz", "--letters", "AB", "--count",
                "20", "--initial", "8") == 0
    said = capsys.readouterr()
    assert re.search(r"leaves 2 of 8 centroids, and its accuracy is 1\.000",
                     said.out)
    assert "poor exercise" in said.err and "--seed" in said.err
    assert data("course", "--data", "two.npz", "--letters", "AB", "--count",
                "20", "--initial", "2") == 0
    assert "poor exercise" not in capsys.readouterr().err


def test_too_few_letters_are_counted(emnist, capsys):
    """Nothing is written where a letter is missing or too rare."""
    for letters, count, sentence in [
            ("AZ", "9", "there are 0 images of Z, but 4 are needed"),
            ("DA", "61", "there are 30 images of D, but 31 are needed")]:
        assert fails(capsys, "course", "--letters", letters, "--count", count
                     ) == (sentence + ": lower --count, or choose other "
                           "--letters or --data")
    assert os.listdir() == ["data"]


def test_a_course_csv_needs_labels(folder, capsys):
    """Images without labels are refused."""
    np.save("a.npy", np.zeros((5, 16)))
    assert "there are no labels, and a course CSV needs them" in fails(
        capsys, "course", "--data", "a.npy")


def test_missing_emnist_is_advised_on(folder, capsys):
    """The page of EMNIST is named where its files are not there."""
    assert "https://www.nist.gov/" in fails(capsys, "course")
    assert os.listdir() == []


def test_ctrl_c_leaves_no_half_of_a_file(emnist, monkeypatch, capsys):
    """Status 130, one sentence, and no file but those there before."""
    def interrupt(*_):
        raise KeyboardInterrupt
    monkeypatch.setattr(os, "replace", interrupt)
    assert data("course", "--letters", "AB", "--count", "9",
                "--out", "here/a.csv") == 130
    assert capsys.readouterr().err == "kmeanslab: stopped\n"
    assert os.listdir("here") == []
