"""KMeans and MiniBatchKMeans: what scikit-learn's own tests do not ask."""

import json
import os
import pickle
import subprocess
import sys
import tracemalloc
from types import SimpleNamespace

import numpy as np
import pytest
from scipy import sparse
from sklearn.base import clone
from threadpoolctl import threadpool_limits

from kmeanslab.engine import choice, warmup
from kmeanslab.engine.assign.csr import Sparse
from kmeanslab.engine.assign.direct import Direct
from kmeanslab.engine.assign.matmul import Matmul, MatmulBlock
from kmeanslab.engine.variance import mean_variance
from kmeanslab.estimators import (
    KMeans, MiniBatchKMeans, base, k_means, kmeans as kmeans_module,
    kmeans_plusplus, minibatch_kmeans)
from tests.kmeanslab.needs import needs_kernels

try:
    from kmeanslab.engine.assign.hamerly import Hamerly, HamerlyBlock
    from kmeanslab.engine.assign.yinyang import Yinyang, YinyangBlock
    ENGINES = {Matmul: MatmulBlock, Yinyang: YinyangBlock,
               Hamerly: HamerlyBlock}
except ImportError:              # no Numba for this Python: one way is left
    ENGINES = {Matmul: MatmulBlock}

KINDS = [np.uint8, np.float32, np.float64, np.int64, sparse.csr_array]


def kmeans(k, **settings):
    """A KMeans that can be repeated."""
    return KMeans(k, **{"random_state": 0, **settings})


def mini(k, **settings):
    """A MiniBatchKMeans that can be repeated."""
    return MiniBatchKMeans(
        k, **{"random_state": 0, "batch_size": 100, **settings})


MAKES = [kmeans, mini]


@pytest.fixture(params=ENGINES)
def engine(request, monkeypatch):
    """Each method in turn that dense points may be worked on by."""
    right = kmeans_module.choose_method

    def always(X, k):
        return request.param if isinstance(X, np.ndarray) else right(X, k)

    for module in (kmeans_module, minibatch_kmeans):
        monkeypatch.setattr(module, "choose_method", always)
    return request.param


def images(n=600, d=24, seed=0):
    """Grey values in a few overlapping heaps, (n, d) uint8."""
    rng = np.random.default_rng(seed)
    heaps = rng.integers(40, 215, (7, d))
    noise = rng.normal(scale=40, size=(n, d))
    return np.clip(heaps[rng.integers(7, size=n)] + noise, 0, 255).astype(
        np.uint8)


def same(a, b):
    """Whether two fitted models are the same to the last bit."""
    return all(np.array_equal(getattr(a, name), getattr(b, name))
               for name in ["cluster_centers_", "labels_", "inertia_",
                            "n_iter_", "n_features_in_"])


# Data: kept as it is, and never changed

@pytest.mark.parametrize("make", MAKES)
def test_uint8_gives_the_results_of_float64_with_float64_centres(make):
    X = images()
    model = make(9).fit(X)
    assert model.cluster_centers_.dtype == np.float64
    assert same(model, make(9).fit(X.astype(float)))


@pytest.mark.parametrize("make", MAKES)
def test_float32_stays_float32(make):
    X = images().astype(np.float32)
    model = make(9).fit(X)
    assert model.cluster_centers_.dtype == np.float32
    assert model.transform(X).dtype == np.float32


@needs_kernels
@pytest.mark.parametrize("make", MAKES)
def test_memory_mapped_images_are_fitted_in_a_part_of_their_size(
        make, tmp_path):
    rng = np.random.default_rng(0)
    np.save(tmp_path / "X.npy", rng.integers(
        0, 256, (40_000, 784), dtype=np.uint8))
    X = np.load(tmp_path / "X.npy", mmap_mode="r")
    model = make(8, init=X[:8], max_iter=2)
    choice.choose_method(X, 8, wait=True)    # the compiler needs memory
    model.fit(X[:16_000])
    tracemalloc.start()
    model.fit(X).predict(X)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < X.nbytes / 2


@pytest.mark.parametrize("make", MAKES)
@pytest.mark.parametrize("kind", KINDS)
def test_the_data_are_not_changed(kind, make):
    X = kind(images().astype(float))
    before = X.copy()
    part = X if isinstance(X, np.ndarray) else X.data
    part.flags.writeable = False
    make(5).fit(X).transform(X)
    assert abs(X - before).max() == 0


LIMITED = """
import re, resource, sys
import numpy as np
from kmeanslab.engine.choice import choose_method
from kmeanslab.estimators import KMeans
X = np.load(sys.argv[1], mmap_mode="r")
C = X[::-1][:8].astype(float)
choose_method(X, 8, wait=True)                      # compilers need memory
KMeans(8, init=C, max_iter=2).fit(X[:3000])         # loads what it needs
with open("/proc/self/status") as status:
    held = int(re.search(r"VmData:\\s+(\\d+)", status.read())[1]) * 1024
resource.setrlimit(resource.RLIMIT_DATA, 2 * [held + int(sys.argv[2])])
print(KMeans(8, init=C, max_iter=3).fit(X).n_iter_)
"""


@needs_kernels
@pytest.mark.skipif(sys.platform != "linux", reason="limits memory by Linux")
@pytest.mark.parametrize("kind", [np.uint8, np.float32, np.float64])
def test_a_file_is_fitted_in_less_memory_than_it_has_numbers(kind, tmp_path):
    """A map of 256 MB, with 64 MB to use beyond what libraries hold."""
    part = images(2000, 768)
    if kind == np.float64:
        part = np.sqrt(part)            # a copy would be of float32
    n = 2 ** 28 // (768 * np.dtype(kind).itemsize)
    X = np.lib.format.open_memmap(tmp_path / "X.npy", "w+", kind, (n, 768))
    for s in range(0, n, len(part)):
        X[s:s + len(part)] = part[:n - s]
    X.flush()
    found = subprocess.run(
        [sys.executable, "-c", LIMITED, tmp_path / "X.npy", str(2 ** 26)],
        stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True,
        timeout=120, env={**os.environ, "PYTHONPATH": "."})
    assert found.stdout == "3\n"


# Results

@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("tol, max_iter", [(0, 300), (1e-2, 300), (0, 2)])
def test_labels_are_those_that_predict_gives(kind, tol, max_iter, engine):
    X = kind(images().astype(float))
    model = KMeans(20, tol=tol, max_iter=max_iter, random_state=0).fit(X)
    assert np.array_equal(model.labels_, model.predict(X))
    assert model.labels_.dtype == model.predict(X).dtype == np.int32


@pytest.mark.filterwarnings("ignore:Number of distinct clusters")
def test_labels_are_those_that_predict_gives_where_clusters_are_empty():
    X = np.repeat(images(6, 3), 5, axis=0)
    for seed in range(20):
        model = KMeans(9, init="random", random_state=seed).fit(X)
        assert np.array_equal(model.labels_, model.predict(X))


def test_inertia_and_score_are_sums_of_squared_distances():
    X, weights = images(), np.linspace(0, 2, 600)
    model = KMeans(5, random_state=0).fit(X, sample_weight=weights)
    apart = X - model.cluster_centers_[model.labels_]
    inertia = weights @ (apart ** 2).sum(axis=1)
    assert model.inertia_ == pytest.approx(inertia, rel=1e-12)
    assert -model.score(X, sample_weight=weights) == pytest.approx(
        inertia, rel=1e-12)


def test_transform_of_uint8_is_that_of_float64(monkeypatch):
    monkeypatch.setattr("kmeanslab.engine.assign.blocks.CHUNK_VALUES", 1000)
    X = images()
    model = KMeans(5, random_state=0).fit(X)
    assert np.allclose(model.transform(X), model.transform(X.astype(float)),
                       rtol=1e-9)


def test_transform_loses_no_digits_of_other_data_than_those_of_the_fit():
    X = images()
    model = KMeans(5, random_state=0).fit(X.astype(np.float32))
    Y = X + np.pi
    apart = Y[:, None] - model.cluster_centers_.astype(float)
    assert np.allclose(model.transform(Y), np.linalg.norm(apart, axis=2),
                       rtol=1e-9)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("shift", [0, 100])
def test_mean_variance_is_that_of_the_columns(kind, shift):
    X = images(3000) // 4 + np.uint8(shift)
    expected = X.astype(float).var(axis=0).mean()
    assert mean_variance(kind(X)) == pytest.approx(expected, rel=1e-12)


def test_mean_variance_keeps_its_digits_far_from_zero():
    X = images(3000).astype(float)
    expected = X.var(axis=0).mean()
    assert mean_variance(X + 1e9) == pytest.approx(expected, rel=1e-9)
    X[0] += 1e6
    assert mean_variance(X) == pytest.approx(X.var(axis=0).mean(), rel=1e-9)


def test_tol_ends_a_run_as_it_does_in_scikit_learn():
    from sklearn.cluster import KMeans as Theirs
    X = images(3000).astype(float)
    for tol in [1e-1, 1e-2, 1e-3, 1e-4, 0]:
        settings = dict(n_clusters=12, init=X[:12], tol=tol)
        assert KMeans(**settings).fit(X).n_iter_ == Theirs(
            **settings).fit(X).n_iter_


@pytest.mark.parametrize("make", MAKES)
def test_the_same_seed_gives_the_same_bits_for_any_number_of_threads(make):
    X = images(6000)
    models = []
    for threads in [1, 2, 4]:
        with threadpool_limits(threads, user_api="blas"):
            models.append(make(12, n_init=2).fit(X))
    assert same(models[0], models[1]) and same(models[0], models[2])


def test_random_state_may_be_a_generator_that_goes_on():
    X = images()
    rng = np.random.RandomState(5)
    first, second = [KMeans(20, init="random", random_state=rng).fit(X)
                     for _ in range(2)]
    assert same(first, KMeans(20, init="random", random_state=5).fit(X))
    assert not same(first, second)


def test_history_tells_of_every_iteration_of_the_run_that_won():
    X = images()
    model = KMeans(9, n_init=5, tol=0, random_state=0).fit(X)
    inertias = [step.inertia for step in model.history_]
    assert len(inertias) == model.n_iter_
    assert np.all(np.diff(inertias) <= 1e-9 * inertias[0])
    assert inertias[-1] == pytest.approx(model.inertia_, rel=1e-9)
    assert [step.moved > 0 for step in model.history_[-2:]] == [True, False]


# Restarts

def test_more_starts_find_the_least_inertia_of_them():
    X = images()
    rng = np.random.RandomState(0)
    alone = [KMeans(9, init="random", n_init=1, random_state=rng).fit(X)
             for _ in range(6)]
    best = KMeans(9, init="random", n_init=6, random_state=0).fit(X)
    assert best.inertia_ == min(model.inertia_ for model in alone)
    assert best.inertia_ < alone[0].inertia_


@pytest.mark.parametrize("labels, inertia, expected", [
    ([0, 0, 1, 2], 9, True),         # better
    ([0, 0, 1, 2], 11, False),       # worse
    ([2, 1, 1, 0], 9, False),        # the same, other names
    ([0, 1, 1, 1], 9, True),         # two clusters made one
    ([0, 1, 3, 2], 9, True),         # one cluster made two
])
def test_a_later_start_wins_if_it_is_better_and_no_relabelling(
        labels, inertia, expected):
    best = SimpleNamespace(labels=np.array([0, 1, 1, 2]), inertia=10)
    result = SimpleNamespace(labels=np.array(labels), inertia=inertia)
    assert base.is_better(result, best) == expected


# Interrupted fits

def interrupt(monkeypatch, block, method, times, error):
    """Let a method of a class of blocks raise an error after a few calls."""
    right, left = getattr(block, method), iter(range(times))

    def interrupted(block, *args):
        if next(left, None) is None:
            raise error
        return right(block, *args)

    monkeypatch.setattr(block, method, interrupted)


@pytest.mark.parametrize("make", MAKES)
@pytest.mark.parametrize("method, times, error", [
    ("relabel", 0, KeyboardInterrupt), ("relabel", 3, KeyboardInterrupt),
    ("relabel", 3, MemoryError), ("inertia", 0, KeyboardInterrupt)])
def test_an_interrupted_fit_leaves_no_trace(
        make, method, times, error, engine, monkeypatch):
    X = images()
    unfitted, fitted = make(9), make(9).fit(X)
    before = [dict(vars(unfitted)), dict(vars(fitted))]
    block = ENGINES[engine]
    if make is mini and method == "relabel":             # by each batch
        method = "label_once"
        block = MatmulBlock if engine.needs_copy else block
    for model in [unfitted, fitted]:
        with monkeypatch.context() as patch, pytest.raises(error):
            interrupt(patch, block, method, times, error)
            model.fit(X[:, 1:])
    assert before == [vars(unfitted), vars(fitted)]
    assert np.array_equal(fitted.predict(X), fitted.labels_)


@pytest.mark.parametrize("method, times", [("label_once", 0), ("inertia", 0)])
def test_an_interrupted_batch_leaves_no_trace(method, times, monkeypatch):
    X = images()
    unfitted, begun = mini(9), mini(9).partial_fit(X[:300])
    before = [dict(vars(unfitted)), dict(vars(begun))]
    centres = begun.cluster_centers_.copy()
    for model in [unfitted, begun]:
        with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
            interrupt(patch, MatmulBlock, method, times, KeyboardInterrupt)
            model.partial_fit(X[300:])
    assert before == [vars(unfitted), vars(begun)]
    assert np.array_equal(begun.cluster_centers_, centres)


@pytest.mark.parametrize("make", MAKES)
def test_a_refused_fit_leaves_no_trace(make):
    X = images()
    model = make(9).fit(X)
    before = dict(vars(model))
    with pytest.raises(ValueError):
        model.fit(X[:8, 1:])
    assert vars(model) == before


# Mini-batches

def test_labels_are_those_that_predict_gives_after_mini_batches():
    X = images()
    model = mini(20).fit(X)
    assert np.array_equal(model.labels_, model.predict(X))
    model.partial_fit(X[:200])
    assert np.array_equal(model.labels_, model.predict(X[:200]))


def test_a_pickled_stream_goes_on_the_same():
    X = images()
    model = mini(9, reassignment_ratio=0.5).partial_fit(X[:100])
    again = pickle.loads(pickle.dumps(model))
    for part in [X[100:150], X[150:300], X[300:]]:
        model.partial_fit(part)
        again.partial_fit(part)
    assert np.array_equal(model.cluster_centers_, again.cluster_centers_)
    assert model.n_steps_ == 4


def test_a_batch_moves_each_centre_to_the_mean_of_all_its_points():
    X = np.array([[0.], [1], [10], [11]])
    model = mini(2, init=[[0.], [10]]).partial_fit(X)
    assert np.allclose(model.cluster_centers_, [[0.5], [10.5]])
    model.partial_fit([[2.], [14]], sample_weight=[1, 2])
    assert np.allclose(model.cluster_centers_, [[1], [12.25]])


@pytest.mark.parametrize("max_iter", [1, 10])
def test_without_labels_the_inertia_is_an_estimate(max_iter):
    X = images()
    settings = {"max_iter": max_iter, "max_no_improvement": None,
                "batch_size": 300}
    model = mini(5, compute_labels=False, **settings).fit(X)
    assert not hasattr(model, "labels_")
    assert model.inertia_ == pytest.approx(-model.score(X), rel=0.2)


@pytest.mark.parametrize("init", ["random", "k-means++"])
def test_a_start_on_some_points_follows_their_weights(init):
    X, weights = np.arange(200.)[:, None], np.arange(200) % 2
    C = base.initial_centres(X, 9, init, weights, np.random.RandomState(0),
                             sample_size=100)
    assert C.shape == (9, 1) and np.all(C % 2 == 1)


def test_the_best_of_some_starts_is_taken():
    X = images(2000)
    settings = {"init": "random", "max_iter": 1, "batch_size": 2000}
    one, best = [[mini(7, n_init=n, random_state=seed, **settings).fit(
        X).inertia_ for seed in range(10)] for n in (1, 8)]
    assert np.mean(best) < np.mean(one)


# Errors

X4 = np.array([[0., 0], [0, 1], [5, 5], [5, 6]])


@pytest.mark.parametrize("settings, X, weights, words", [
    ({"n_clusters": 5}, X4[:3], None, "n_samples=3 should be >= n_clusters=5"),
    ({}, X4[0], None, "Expected 2D array, got 1D array"),
    ({}, X4[None], None, "Found array with dim 3"),
    ({}, X4[:0], None, "Found array with 0 sample"),
    ({}, X4[:, :0], None, "0 feature"),
    ({}, np.where(X4 == 6, np.nan, X4), None, "Input X contains NaN"),
    ({}, np.where(X4 == 6, np.inf, X4), None, "Input X contains infinity"),
    ({}, X4 * 1j, None, "Complex data not supported"),
    ({}, X4, [1, 1, 1], r"\(3,\), expected \(4,\)"),
    ({}, X4, [[1, 1, 1, 1]], r"\(1, 4\), expected \(4,\)"),
    ({}, X4, [1, 1, 1, -1], "Negative values in data passed to sample_w"),
    ({}, X4, [0, 0, 0, 0], "at least one non-zero"),
    ({}, X4, 0, "at least one non-zero"),
    ({}, X4, [1, 1, 1, np.nan], "Input sample_weight contains NaN"),
    ({"init": X4[:3]}, X4, None, r"centers \(3, 2\) does not match the num"),
    ({"init": X4[:2, :1]}, X4, None, r"centers \(2, 1\) does not match the"),
    ({"init": [[0, 0], [np.nan, 1]]}, X4, None, "Input init contains NaN"),
    ({"init": "kmeans++"}, X4, None, "'init' parameter of KMeans must be a"),
    ({"n_clusters": 0}, X4, None, r"range \[1, inf\). Got 0 instead"),
    ({"n_clusters": 2.0}, X4, None, r"range \[1, inf\). Got 2.0 instead"),
    ({"tol": -1}, X4, None, r"range \[0, inf\). Got -1 instead"),
    ({"random_state": -1}, X4, None, "'random_state' parameter of KMeans"),
])
def test_a_wrong_argument_is_named(settings, X, weights, words):
    with pytest.raises(ValueError, match=words):
        KMeans(**{"n_clusters": 2, **settings}).fit(X, sample_weight=weights)


def test_other_features_than_those_of_the_fit_are_refused():
    model = KMeans(2).fit(X4)
    for method in [model.predict, model.transform, model.score]:
        with pytest.raises(ValueError, match="X has 3 features, but KMeans"):
            method(np.ones((4, 3)))


# Pickles, functions, what is imported

def test_a_pickled_model_predicts_the_same(engine):
    X = images()
    model = KMeans(5, random_state=0).fit(X)
    again = pickle.loads(pickle.dumps(model))
    assert same(model, again) and again.history_ == model.history_
    assert np.array_equal(again.predict(X), model.labels_)


def test_k_means_is_a_fit_in_one_call():
    X = images()
    model = KMeans(5, random_state=0).fit(X)
    centres, labels, inertia, n_iter = k_means(
        X, 5, random_state=0, return_n_iter=True)
    assert np.array_equal(centres, model.cluster_centers_)
    assert np.array_equal(labels, model.labels_)
    assert (inertia, n_iter) == (model.inertia_, model.n_iter_)
    assert len(k_means(X, 5, random_state=0)) == 3


def test_kmeans_plusplus_gives_points_and_which_they_are():
    X = images()
    centres, indices = kmeans_plusplus(X, 5, random_state=0)
    assert np.array_equal(centres, X[indices]) and len(set(indices)) == 5
    with pytest.raises(ValueError, match="n_samples=3 .* n_clusters=5"):
        kmeans_plusplus(X[:3], 5)


@needs_kernels
def test_large_dense_points_get_kernels_and_all_else_simple_methods(
        monkeypatch):
    """The method goes by work and columns; sparse points have their own."""
    wide, narrow = np.broadcast_to(np.uint8(1), (2, 2 ** 17, 512))
    monkeypatch.setattr(warmup, "KERNELS", {})
    assert choice.choose_method(wide[:9], 2) is Matmul
    assert choice.choose_method(wide[:9, :12], 2) is Direct
    assert not warmup.KERNELS
    for columns, method in [(512, Yinyang), (128, Hamerly)]:
        X = narrow[:, :columns]
        assert choice.choose_method(X, 9, wait=True) is method
        assert choice.choose_method(X[:9], 2) is method    # it is loaded
    assert choice.choose_method(sparse.csr_array(narrow), 2) is Sparse


FRESH = """
import json, sys
import sklearn.preprocessing                # wants the callbacks for itself
sys.modules["sklearn.callback"] = None      # as it was before 1.9
from kmeanslab.engine import choice
from kmeanslab.estimators import KMeans
small = KMeans(2).fit([[1.], [2.], [9.]]).predict([[1.], [2.], [9.]])
facts = {"same": bool(small[0] == small[1] != small[2]),
         "numba": "numba" in sys.modules,
         "callbacks": hasattr(KMeans, "set_callbacks")}
choice.KERNEL_WORK = 0                      # all are big enough
sys.modules["numba"] = None                 # as if it were not there
model = KMeans(9, random_state=0).fit(json.loads(sys.argv[1]))
facts["labels"] = model.labels_.tolist()
print(json.dumps(facts))
"""


@pytest.fixture(scope="module")
def fresh():
    """What `FRESH` finds out in a fresh Python."""
    return json.loads(subprocess.run(
        [sys.executable, "-c", FRESH, json.dumps(images(200, 5).tolist())],
        check=True, stdout=subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": "."}).stdout)


def test_small_data_do_not_pay_for_the_compiler(fresh):
    assert not fresh["numba"]


def test_without_numba_the_product_does_the_work(fresh):
    model = KMeans(9, random_state=0).fit(images(200, 5))
    assert fresh["labels"] == model.labels_.tolist()


def test_a_fit_needs_no_callbacks_of_scikit_learn(fresh):
    assert fresh["same"] and not fresh["callbacks"]


# Callbacks

class Recorder:
    """A callback that records events, and may ask to stop."""

    def __init__(self, stop=lambda context: False):
        self.events, self.stop = [], stop

    def setup(self, estimator, context):
        self.events.append("setup")

    def teardown(self, estimator, context):
        self.events.append("teardown")

    def on_fit_task_begin(self, estimator, context):
        self.events.append(("begin", context.task_name, context.task_id))

    def on_fit_task_end(self, estimator, context, *, fitted_estimator=None):
        self.events.append(("end", context.task_name, context.task_id))
        self.fitted = fitted_estimator
        return self.stop(context)

    def count(self, *what):
        """How often this happened."""
        return sum(entry[:len(what)] == what for entry in self.events)


def watched(callback, make=kmeans, **settings):
    """A model fitted with a callback."""
    pytest.importorskip("sklearn.callback")
    return make(9, **settings).set_callbacks(callback).fit(images())


def test_callbacks_are_notified_of_runs_and_iterations():
    recorder = Recorder()
    model = watched(recorder, n_init=3, tol=0)
    assert recorder.events[:4] == ["setup", ("begin", "fit", 0),
                                   ("begin", "run", 0),
                                   ("begin", "iteration", 0)]
    assert recorder.events[-3:] == [("end", "run", 2), ("end", "fit", 0),
                                    "teardown"]
    assert recorder.count("begin", "run") == recorder.count("end", "run") == 3
    assert recorder.count("begin") == recorder.count("end")
    assert recorder.fitted.inertia_ == model.inertia_


@pytest.mark.parametrize("settings", [
    {"tol": 0}, {"tol": 1e-2}, {"max_iter": 3}, {"max_iter": 1}])
def test_callbacks_are_told_of_each_iteration_once(settings):
    recorder = Recorder()
    model = watched(recorder, **settings)
    for what in ["begin", "end"]:
        assert recorder.count(what, "iteration") == model.n_iter_


@pytest.mark.parametrize("make", MAKES)
def test_a_callback_changes_nothing(make):
    assert same(watched(Recorder(), make), make(9).fit(images()))


@pytest.mark.parametrize("settings", [
    {}, {"max_no_improvement": 2}, {"max_iter": 1}, {"tol": 1e9},
    {"compute_labels": False, "n_init": 3}])
def test_callbacks_are_told_of_each_mini_batch_once(settings):
    recorder = Recorder()
    model = watched(recorder, mini, **settings)
    assert recorder.events[:3] == ["setup", ("begin", "fit", 0),
                                   ("begin", "iteration", 0)]
    assert recorder.events[-2:] == [("end", "fit", 0), "teardown"]
    for what in ["begin", "end"]:
        assert recorder.count(what, "iteration") == model.n_steps_
    assert np.array_equal(recorder.fitted.predict(images()),
                          model.predict(images()))


def test_a_callback_may_end_the_mini_batches():
    model = watched(Recorder(lambda context: context.task_id == 2), mini)
    assert model.n_steps_ == 3
    assert np.array_equal(model.predict(images()), model.labels_)


def test_a_callback_may_end_a_run():
    model = watched(Recorder(lambda context: context.task_id == 2))
    assert model.n_iter_ == 3
    assert np.array_equal(model.predict(images()), model.labels_)


def test_a_callback_may_end_the_restarts():
    recorder = Recorder(lambda context: context.task_name == "run")
    watched(recorder, n_init=5)
    assert recorder.count("begin", "run") == 1


def test_a_copy_has_the_callbacks_too():
    recorder = Recorder()
    clone(watched(recorder)).fit(images())
    assert recorder.events.count("setup") == 2


def test_a_callback_that_fails_leaves_no_trace():
    def fail(context):
        raise RuntimeError

    recorder = Recorder(fail)
    model = KMeans(2)
    with pytest.raises(RuntimeError):
        pytest.importorskip("sklearn.callback")
        model.set_callbacks(recorder).fit(images())
    assert not hasattr(model, "n_features_in_")
    assert recorder.events[-1] == "teardown"


@pytest.mark.parametrize("make, name", [
    (kmeans, "KMeans"), (mini, "MiniBatchKMeans")])
def test_the_progress_bar_of_scikit_learn_runs_to_its_end(make, name, capsys):
    pytest.importorskip("rich")
    callback = pytest.importorskip("sklearn.callback")
    watched(callback.ProgressBar(), make, n_init=2)
    assert f"{name} - fit" in capsys.readouterr().out
