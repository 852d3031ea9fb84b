"""Any data that a user may have: exact labels, the same bits, and an end.

A few seconds by default, with the same examples each time; FUZZ_EXAMPLES=5000
takes as many, which are others each time.
"""
import os
import warnings

from hypothesis import example, given, settings, strategies as st
import numpy as np
import pytest
from scipy import sparse
from sklearn.exceptions import ConvergenceWarning
from threadpoolctl import threadpool_limits

from kmeanslab import KMeans
from kmeanslab.engine import lloyd
from kmeanslab.engine.assign.csr import Sparse
from kmeanslab.engine.assign.distances import nearest
from kmeanslab.engine.choice import choose_method
from tests.kmeanslab.engine.methods import METHODS

EXAMPLES = int(os.environ.get("FUZZ_EXAMPLES", 150))
KINDS = ["normal", "blobs", "grid", "duplicates", "constant", "one far point",
         "lognormal", "sentinel", "offset", "mostly zero"]
fuzz = settings(max_examples=EXAMPLES,
                derandomize="FUZZ_EXAMPLES" not in os.environ)
BLOBS = np.array([[2.3], [3], [0], [2]]) + [0, 0.1, 0.7]
FEW_WITH_WEIGHT = BLOBS, BLOBS[[1, 2, 3, 1]], np.array([1.0, 0, 0, 5])
"""More empty clusters than points to fill them with."""
SUMS_OVERFLOW = (np.linspace(0.999, 1, 17)[:, None] * 1e308,
                 np.full((8, 1), 1e308), np.full(17, 5.0))
"""But no distance does, at first."""
SKEWED = 1e150 * np.exp(4 * np.random.default_rng(0).normal(size=(9, 50)))
DISTANCES_OVERFLOW = SKEWED, SKEWED[:3], None
"""Most of them, which are ties then; what estimates compute does not."""


@st.composite
def cases(draw):
    """Draw points, centres (k, d) and weights or None."""
    rng = np.random.default_rng(draw(st.integers(0, 2 ** 32 - 1)))
    n, d = draw(st.integers(1, 120)), draw(st.sampled_from(
        [1, 2, 3, 4, 6, 9, 16, 17, 50, 130]))
    k = draw(st.integers(1, min(n, 15)))
    X = points(rng, draw(st.sampled_from(KINDS)), n, d)
    scale = draw(st.sampled_from([0, 0, 0, -300, -160, -20, 19, 150, 300]))
    dtype = draw(st.sampled_from([np.float64, np.float32, np.uint8]))
    with np.errstate(all="ignore"):
        X = X * 10.0 ** scale
        if dtype == np.uint8:
            X = np.clip(np.nan_to_num(X) * 20 + 99, 0, 255)
        limit = float(np.finfo(np.float32).max) if dtype == np.float32 else (
            np.finfo(np.float64).max)
        X = np.clip(X, -limit, limit).astype(dtype)
    C = X[rng.choice(n, k, replace=draw(st.booleans()))].astype(float)
    weights = draw(st.sampled_from([None, (1, 2), (0, 0.1, 5)]))
    if weights:
        weights = rng.choice(weights, size=n).astype(float)
        weights[0] = 1.0
    return X, C, weights


def points(rng, kind, n, d):
    """Return points (n, d) of a kind, float64."""
    X = rng.normal(size=(n, d))
    if kind == "blobs":
        X += 10 * rng.integers(0, 4, (n, 1))
    elif kind == "grid":
        X = rng.integers(0, 3, (n, d)).astype(float)
    elif kind == "duplicates":
        X = X[rng.integers(0, max(1, n // 6), n)]
    elif kind == "constant":
        X[:] = 0.1
    elif kind == "one far point":
        X[rng.integers(0, n)] = 10.0 ** rng.uniform(3, 20)
    elif kind == "lognormal":
        X = np.exp(4 * X)
    elif kind == "sentinel":
        X[rng.random((n, d)) < 0.1] = -999999
    elif kind == "offset":
        X = 1e-3 * X + 1e8
    elif kind == "mostly zero":
        X[rng.random((n, d)) < 0.8] = 0.0
    return X


def bits(result):
    """Return everything about a run that has to be equal."""
    return (result.labels.tolist(), result.centres.tobytes(), result.n_iter,
            result.converged, result.inertia if result.inertia == (
                result.inertia) else "nan")


@fuzz
@example(FEW_WITH_WEIGHT, "relocate")
@example(SUMS_OVERFLOW, "relocate")
@example(DISTANCES_OVERFLOW, "relocate")
@given(cases(), st.sampled_from(["relocate", "drop"]))
def test_every_method_and_number_of_threads_gives_the_same_bits(case, empty):
    """Labels, centres, iterations and inertia; and no warning of NumPy's."""
    X, C, weights = case
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        found = [lloyd.run(X, C, weights, method=method, empty=empty,
                           max_iter=60, threads=threads)
                 for method, threads in zip(METHODS, (1, 2, 5, 2, 5))]
    for other in found[1:]:
        assert bits(other) == bits(found[0])


@fuzz
@example(FEW_WITH_WEIGHT)
@given(cases())
def test_labels_are_the_formulas_after_a_run(case):
    """For dense points and the same points as CSR."""
    X, C, weights = case
    found = lloyd.run(X, C, weights, max_iter=60)
    with np.errstate(all="ignore"):
        right = nearest(X, found.centres.astype(float)).tolist()
    if np.isfinite(found.centres).all():
        assert found.labels.tolist() == right
    other = lloyd.run(sparse.csr_array(X), C, weights, method=Sparse,
                      max_iter=60)
    assert other.labels.tolist() == found.labels.tolist()
    assert other.n_iter == found.n_iter


@fuzz
@given(cases())
def test_estimators_label_as_they_predict(case):
    """Whatever the scale; distances agree with labels, too."""
    X, C, weights = case
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        warnings.simplefilter("ignore", ConvergenceWarning)
        warnings.filterwarnings("ignore", "Distances between these points")
        model = KMeans(len(C), init=C, n_init=1, max_iter=60, tol=0).fit(
            X, sample_weight=weights)
        if np.isfinite(model.cluster_centers_).all():
            assert model.labels_.tolist() == model.predict(X).tolist()
            assert (model.transform(X).argmin(axis=1).tolist()
                    == model.labels_.tolist())


@pytest.mark.parametrize("scale, words", [
    (1e200, "overflow when squared"), (1e-200, "underflow when squared")])
@pytest.mark.parametrize("d", [2, 30])
def test_data_outside_the_range_get_a_warning(scale, words, d):
    """Labels are the formula's even so, and those that predict gives."""
    X = np.random.default_rng(0).normal(size=(200, d)) * scale
    with pytest.warns(UserWarning, match=words):
        model = KMeans(5, init=X[:5], n_init=1, max_iter=9).fit(X)
    assert model.labels_.tolist() == model.predict(X).tolist()


@pytest.mark.parametrize("scale", [1e-150, 1e-20, 1, 1e19, 1e150])
@pytest.mark.parametrize("d", [2, 30, 200])
def test_data_within_the_range_get_none(scale, d):
    """Squares from 1e-300 to 1e300 are distinguished by every method."""
    X = np.random.default_rng(0).normal(size=(200, d))
    C = X[:5].copy()
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        right = lloyd.run(X, C, max_iter=9).labels.tolist()
        for method in METHODS:
            found = lloyd.run(X * scale, C * scale, method=method, max_iter=9)
            assert found.labels.tolist() == right
        KMeans(5, init=C * scale, n_init=1).fit(X * scale)


@pytest.mark.parametrize("shape", [(20_000, 50), (2000, 3)])
@pytest.mark.parametrize("k", [2, 8])
def test_a_run_on_equal_points_ends_soon_with_an_inertia_of_zero(shape, k):
    """The mean of equal points may differ from them in the last digit."""
    X = np.full(shape, 0.1)
    X[::3] = 0.3
    choose_method(X, k, wait=True)       # see `compiled` in conftest.py
    with pytest.warns(ConvergenceWarning) if k > 2 else (
            warnings.catch_warnings()):
        model = KMeans(k, random_state=0, tol=0).fit(X)
    assert model.n_iter_ <= 4 and model.inertia_ == 0
    assert set(model.cluster_centers_.ravel()) == {0.1, 0.3}


def test_densities_of_particles_are_labelled_by_the_formula():
    """float64 around 1e19, whose squares overflow in float32."""
    X = np.random.RandomState(0).uniform(0, 4e19, (3000, 1))
    model = KMeans(8, init=X[:8], n_init=1, tol=0).fit(X)
    assert model.labels_.tolist() == nearest(
        X, model.cluster_centers_).tolist()
    assert model.inertia_ < 6.2e39 and model.n_iter_ < 100


@pytest.mark.parametrize("fill", [9.96921e36, 1e19])
def test_fill_values_of_float32_leave_the_labels_right(fill):
    """Their lengths overflow in float32."""
    rng = np.random.default_rng(0)
    X = rng.normal(size=(6000, 24)).astype(np.float32)
    X[rng.random(X.shape) < 0.01] = fill
    model = KMeans(20, init=X[:20], n_init=1, max_iter=15).fit(X)
    assert model.labels_.tolist() == model.predict(X).tolist()
    for method in METHODS:
        found = lloyd.run(X, X[:20], method=method, max_iter=15)
        assert found.labels.tolist() == nearest(
            X, found.centres.astype(float)).tolist()


@pytest.mark.parametrize("n, d", [(60_000, 8), (9000, 60)])
def test_sums_do_not_depend_on_the_threads_of_blas(n, d):
    """Inertia, score and history are the same bits."""
    X = np.random.default_rng(0).normal(size=(n, d))
    choose_method(X, 6, wait=True)   # the work depends on when kernels come
    found = []
    for threads in (1, 2, 4):
        with threadpool_limits(threads):
            model = KMeans(6, init=X[:6], n_init=1, max_iter=4).fit(X)
            found.append((model.inertia_, model.score(X), model.history_,
                          model.cluster_centers_.tobytes()))
    assert found[0] == found[1] == found[2]
