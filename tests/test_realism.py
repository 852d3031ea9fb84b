"""Generated digits resemble real ones: measured on a part of MNIST."""
import numpy as np
import pytest

from benchmarks import realism


@pytest.fixture(scope="module")
def real():
    """The first 1,000 test images of the real MNIST, and their labels."""
    try:
        images, labels = realism.load_test_set()
    except FileNotFoundError as error:
        pytest.skip(str(error))
    return images[:1000], labels[:1000]


@pytest.mark.mnist
def test_real_digits_are_read_from_generated_ones(real):
    """3,000 generated digits teach to read 80 % of real ones or more."""
    images, labels, _ = realism.generate(3000, seed=0)
    guesses = realism.classify(images, labels, real[0])
    assert np.mean(guesses == real[1]) >= 0.8


def test_missing_files_are_named(monkeypatch, tmp_path, capsys):
    """Without MNIST the benchmark says what to set, with status 1."""
    monkeypatch.setenv("KMEANSLAB_DATA", str(tmp_path))
    assert realism.main([]) == 1
    assert capsys.readouterr().err == (
        "realism: set KMEANSLAB_DATA to a folder that holds "
        "mnist/t10k-images-idx3-ubyte.gz and "
        "mnist/t10k-labels-idx1-ubyte.gz\n")
