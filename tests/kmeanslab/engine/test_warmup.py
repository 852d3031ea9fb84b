"""A run begins at once and changes over to kernels when they are ready."""
import os
import subprocess
import sys

import numpy as np
import pytest

from kmeanslab import KMeans
from kmeanslab.engine import choice, lloyd, threads, warmup
from kmeanslab.engine.assign.direct import Direct
from kmeanslab.engine.assign.matmul import Matmul
from tests.conftest import ROOT

pytest.importorskip("kmeanslab.engine.assign.kernels", exc_type=ImportError,
                    reason="Numba has no kernels here")


COMPILE_ELSEWHERE = warmup.compile_elsewhere     # not while others are tested


@pytest.fixture
def none_ready(monkeypatch):
    """Begin without any kernels."""
    monkeypatch.setattr(warmup, "KERNELS", {})


@pytest.fixture
def big(none_ready, monkeypatch):
    """Have all points count as worth waiting for kernels."""
    monkeypatch.setattr(choice, "KERNEL_WORK", 0)


def points(d, n=300):
    """Return a few overlapping blobs (n, d) and centres."""
    rng = np.random.default_rng(d)
    X = rng.normal(size=(n, d)) + rng.integers(0, 4, (n, 1))
    return X, X[:9].copy()


@pytest.mark.parametrize("d", [3, 40, 200])
@pytest.mark.parametrize("after", [1, 2, 5, 100])
def test_a_run_that_changes_over_is_the_same_run(d, after, big, monkeypatch):
    """Labels, iterations, history and centres are the same bits."""
    X, C = points(d)
    ready = warmup.kernels_for("Yinyang" if d == 200 else "Hamerly", X,
                               wait=True)
    calls = iter(range(1000))
    method = type("Interim", (Direct,), {"successor": staticmethod(
        lambda: ready.method if next(calls) >= after else None)})
    found, right = lloyd.run(X, C, method=method), lloyd.run(X, C)
    assert found.labels.tolist() == right.labels.tolist()
    assert found.centres.tobytes() == right.centres.tobytes()
    assert found.inertia == right.inertia
    assert ([step[:3] for step in found.history]
            == [step[:3] for step in right.history])


def test_nobody_waits_for_the_compiler(big, monkeypatch):
    """While kernels are not ready, NumPy's methods serve."""
    for d, simple in [(3, Direct), (40, Matmul), (200, Matmul)]:
        method = choice.choose_method(points(d)[0], 9)
        assert issubclass(method, simple) and method.successor() is None
        warmup.KERNELS.popitem()[1].method = Direct
        assert method.successor() is Direct


@pytest.mark.parametrize("ask", ["fit", "predict", "transform"])
def test_kernels_are_loaded_when_work_without_them_adds_up(
        ask, none_ready, monkeypatch):
    """A short run never pays for them; many do, once, however small."""
    started = []
    monkeypatch.setattr(warmup.Kernels, "load",
                        lambda kernels: started.append(kernels))
    X = points(40)[0]
    model = KMeans(9, init=X[:9], n_init=1).fit(X)
    kernels, = warmup.KERNELS.values()
    assert not started and 0 < kernels.seconds < warmup.LOAD_AFTER
    kernels.seconds = warmup.COMPILE_AFTER
    for _ in range(3):
        getattr(model, ask)(X)
        kernels.thread.join()
    assert started == [kernels]


@pytest.mark.parametrize("name", warmup.MODULES)
def test_who_limits_blas_meanwhile_is_not_disturbed(name, monkeypatch):
    """A limit found beside another's would be restored when that is over."""
    limits = []
    monkeypatch.setattr(threads.BlasLimit, "set",
                        lambda limit, count=None: limits.append(count))
    kernels = warmup.Kernels(name, points(5)[0])
    kernels.compile()
    assert kernels.method and not limits


def test_other_kernels_are_loaded_soon_once_some_are(none_ready, monkeypatch):
    """Numba is there by then, and only they are read."""
    monkeypatch.setattr(warmup.Kernels, "elsewhere", False)
    started = []
    monkeypatch.setattr(warmup.Kernels, "start",
                        lambda kernels: started.append(kernels.X.dtype))
    first, second = (warmup.kernels_for("Hamerly", np.eye(9, dtype=kind),
                                        wait=False) for kind in ("f8", "f4"))
    for kernels in (first, second):
        kernels.spend(warmup.LOAD_NEXT_AFTER * 2)
    assert not started
    first.method = Direct
    second.spend(0)
    assert started == ["f4"]


def test_what_is_not_compiled_is_waited_for_longer(tmp_path, monkeypatch):
    """Compiling takes seconds, and would slow a short run down."""
    monkeypatch.setenv("NUMBA_CACHE_DIR", str(tmp_path))
    X = np.eye(9, dtype="f4")
    kernels = warmup.Kernels("Hamerly", X)
    assert kernels.elsewhere
    kernels.compile()
    assert not warmup.Kernels("Hamerly", X).elsewhere
    assert warmup.Kernels("Yinyang", X).elsewhere
    assert warmup.Kernels("Hamerly", X.astype("f8")).elsewhere
    os.utime(kernels.mark, (0, 0))       # older than the sources
    assert warmup.Kernels("Hamerly", X).elsewhere


@pytest.fixture(scope="module")
def cache(tmp_path_factory):
    """A folder for which another process has compiled kernels."""
    folder = tmp_path_factory.mktemp("cache")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("NUMBA_CACHE_DIR", str(folder))
        # beside other tests it would never come to an end
        patch.setattr(warmup, "COMPILE",
                      warmup.COMPILE.replace("os.nice(19)", "pass"))
        COMPILE_ELSEWHERE("Hamerly", np.dtype("f8"))
    return folder


def test_another_process_compiles(cache, monkeypatch):
    """This process finds what it has left."""
    monkeypatch.setenv("NUMBA_CACHE_DIR", str(cache))
    assert len(list(cache.rglob("hamerly.step*.nbi"))) == 1
    assert not warmup.Kernels("Hamerly", np.eye(9)).elsewhere


@pytest.mark.parametrize("compiled, elsewhere", [(True, []), (False, ["f4"])])
def test_what_is_compiled_is_only_loaded(compiled, elsewhere, monkeypatch):
    """The process that compiles is asked for the type of the points."""
    asked = []
    monkeypatch.setattr(warmup, "is_newer", lambda mark: compiled)
    monkeypatch.setattr(warmup, "compile_elsewhere",
                        lambda name, dtype: asked.append(dtype))
    kernels = warmup.Kernels("Hamerly", np.eye(9, dtype="f4"))
    kernels.spend(warmup.COMPILE_AFTER + 1)
    kernels.thread.join()
    assert asked == [np.dtype(kind) for kind in elsewhere]
    assert kernels.method.__name__ == "Hamerly"


def test_kernels_that_cannot_be_had_are_not_waited_for(big, monkeypatch):
    """One warning, and the run goes on without them."""
    def fail(name):
        raise RuntimeError("no locator available")
    monkeypatch.setattr(warmup, "import_module", fail)
    X, C = points(3)
    with pytest.warns(RuntimeWarning, match="no locator available") as found:
        assert choice.choose_method(X, 9, wait=True) is Direct
        assert choice.choose_method(X, 9) is Direct
    assert len(found) == 1


def test_small_points_do_not_load_kernels():
    """Numba is not even imported."""
    code = ("import sys; from kmeanslab import KMeans; "
            "KMeans(2).fit([[1.], [2.], [9.]]).predict([[3.]]); "
            "print('numba' in sys.modules)")
    run = subprocess.run([sys.executable, "-c", code], cwd=ROOT, text=True,
                         capture_output=True)
    assert run.stdout == "False\n", run.stderr


def test_a_process_may_end_while_kernels_are_compiled(tmp_path):
    """It neither waits for them nor crashes."""
    code = ("import numpy as np; "
            "from kmeanslab.engine.warmup import kernels_for; "
            "import time; X = np.eye(300); "
            "kernels_for('Yinyang', X, False).start(); time.sleep(1)")
    run = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, text=True,
        capture_output=True, env={"NUMBA_CACHE_DIR": str(tmp_path),
                                  "PATH": ""})
    assert run.returncode == 0, run.stderr


FITS = """
import sys, warnings
import numpy as np
import numba.core.caching
dtypes = [np.float64]               # to compile for more takes long
if "no locator" in sys.argv:        # as in a read-only package without a home
    numba.core.caching.CacheImpl._locator_classes = []
    dtypes.append(np.float32)
from kmeanslab import KMeans
from kmeanslab.engine import choice
choice.KERNEL_WORK = 0
X = np.random.default_rng(0).normal(size=(500, 3))
with warnings.catch_warnings(record=True) as caught:
    warnings.simplefilter("always")
    for dtype in dtypes:
        choice.choose_method(X.astype(dtype), 5, wait=True)
        for _ in range(2):
            KMeans(5, init=X[:5], n_init=1).fit(X.astype(dtype))
model = KMeans(5, init=X[:5], n_init=1).fit(X)
print(model.labels_.sum(), len(caught), *(w.message for w in caught))
"""


def fits(cache, *args):
    """Return what `FITS` prints: a sum of labels, warnings and their words."""
    run = subprocess.run(
        [sys.executable, "-c", FITS, *args], cwd=ROOT, text=True,
        capture_output=True, env={"NUMBA_CACHE_DIR": str(cache), "PATH": ""})
    assert run.returncode == 0, run.stderr
    return run.stdout.split(maxsplit=2)


def test_a_cache_that_cannot_be_written_or_read_costs_one_warning(
        cache, tmp_path):
    """The fits are done without kernels, with the same labels."""
    right, caught, *_ = fits(cache)
    assert caught == "0"
    labels, caught, words = fits(tmp_path, "no locator")
    assert (labels, caught) == (right, "1") and "cannot cache" in words
    for path in cache.rglob("*.nb[ci]"):
        path.write_bytes(path.read_bytes()[:100])
    labels, caught, *_ = fits(cache)
    assert labels == right and caught in ("0", "1")
