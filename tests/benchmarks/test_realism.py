"""Generated digits resemble real ones: measured on a part of MNIST."""
import numpy as np
import pytest

from benchmarks import realism
from kmeanslab.data.datasets import Missing, load


@pytest.fixture(scope="module")
def real():
    """Return the first 1,000 test images of MNIST, and their labels."""
    try:
        return load("mnist", "test", limit=1000)
    except Missing as error:
        pytest.skip(str(error))


@pytest.mark.mnist
def test_real_digits_are_read_from_generated_ones(real):
    """3,000 generated digits train a classifier that recognizes 80 %."""
    images, labels, _ = realism.generate(3000, seed=0)
    guesses = realism.classify(images, labels, real.X)
    assert np.mean(guesses == real.labels) >= 0.8


def test_missing_files_are_named(monkeypatch, tmp_path, capsys):
    """Without MNIST the benchmark says how to get it, with status 1."""
    monkeypatch.setenv("KMEANSLAB_DATA", str(tmp_path))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    assert realism.main([]) == 1
    assert capsys.readouterr().err == (
        f"realism: mnist/t10k-images-idx3-ubyte (or .gz) is not in {tmp_path}"
        f" and not in {tmp_path / 'kmeanslab'}: "
        "run `kmeanslab data get mnist`\n")
