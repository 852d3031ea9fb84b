"""What the studies' tests share."""
import pytest

from kmeanslab.data.datasets import load


@pytest.fixture(scope="module")
def digits():
    """Generated digits to train on, and others to test with."""
    return load("digits", limit=600), load("digits", "test", limit=200)
