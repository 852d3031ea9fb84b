"""Data are kept as they are: no copy, no change, whatever their type."""
import os
import subprocess
import sys
import tracemalloc

import numpy as np
import pytest
from threadpoolctl import threadpool_limits

from kmeanslab.engine import choice
from tests.kmeanslab.estimators.models import KINDS, MAKES, images, same
from tests.kmeanslab.needs import needs_kernels


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
    with threadpool_limits(1):               # each thread has its own chunks
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
