"""The mean variance of the columns: exact, and in proportion to the values."""

from hypothesis import given, settings, strategies as st
import numpy as np
import pytest
from scipy import sparse

from kmeanslab.engine import variance
from kmeanslab.engine.variance import mean_variance

pytestmark = pytest.mark.filterwarnings("error")
FORMS = [np.asarray, sparse.csr_array, sparse.csr_matrix]


def right(X):
    """Return the mean variance, computed around the means."""
    X = X.astype(np.longdouble)
    return float(np.square(X - X.mean(axis=0)).mean())


@settings(max_examples=60)
@given(seed=st.integers(0, 2 ** 32 - 1), form=st.sampled_from(FORMS),
       offset=st.sampled_from([0, 1e3, 1e8]),
       scale=st.sampled_from([1e-150, 1e-30, 1, 1e30, 1e150]),
       dtype=st.sampled_from([np.float64, np.float32, np.uint8]))
def test_the_variance_does_not_cancel(seed, form, offset, scale, dtype):
    """Whatever the offset of some columns, the form and the type."""
    rng = np.random.default_rng(seed)
    n, d = rng.integers(1, 60), rng.integers(1, 20)
    X = rng.normal(size=(n, d)) * (rng.uniform(size=(n, d)) < 0.3)
    if dtype == np.float64:
        X[:, 0] += offset
        X *= scale
    X = np.clip(X, 0, None).astype(dtype)
    size = float(np.abs(X).max())
    assert mean_variance(form(X)) == pytest.approx(
        right(X), rel=1e-6, abs=1e-20 * size * size)


@pytest.mark.parametrize("form", FORMS)
def test_constant_columns_have_next_to_no_variance(form):
    """Rounding makes nothing negative."""
    assert 0 <= mean_variance(form(np.full((1000, 3), 0.1))) < 1e-28


@pytest.mark.parametrize("form", FORMS)
def test_huge_numbers_have_the_largest_variance(form):
    """An infinite one would make every run end at once; no warning."""
    with np.errstate(all="raise"):
        value = mean_variance(form(np.array([[1e200], [-1e200], [0]])))
    assert value == np.finfo(float).max


def test_duplicate_entries_count_as_their_sum():
    """CSR may store a value in parts."""
    X = sparse.csr_array(([1.0, 2, 3], [0, 0, 0], [0, 2, 3]), shape=(2, 1))
    assert mean_variance(X) == 0


@pytest.mark.parametrize("values", [1, 7, 2 ** 16])
def test_chunks_make_no_difference(monkeypatch, values):
    """However many values are taken at a time."""
    monkeypatch.setattr(variance, "CHUNK_VALUES", values)
    X = sparse.random_array((50, 9), density=0.3, rng=0, format="csr")
    assert mean_variance(X) == pytest.approx(right(X.toarray()))
