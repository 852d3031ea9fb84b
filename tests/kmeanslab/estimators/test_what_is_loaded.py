"""Who gets kernels, and what small data do without."""
import json
import os
import subprocess
import sys

import numpy as np
import pytest
from scipy import sparse

from kmeanslab.engine import choice, warmup
from kmeanslab.engine.assign.direct import Direct
from kmeanslab.engine.assign.matmul import Matmul
from kmeanslab.engine.threaded_csr import ThreadedSparse
from kmeanslab.estimators import KMeans
from tests.kmeanslab.estimators.models import images
from tests.kmeanslab.needs import needs_kernels


@needs_kernels
def test_large_dense_points_get_kernels_and_all_else_simple_methods(
        monkeypatch):
    """The method goes by work and columns; sparse points have their own."""
    wide, narrow = np.broadcast_to(np.uint8(1), (2, 2 ** 17, 512))
    monkeypatch.setattr(warmup, "KERNELS", {})
    assert issubclass(choice.choose_method(wide[:9], 2, wait=True), Matmul)
    assert issubclass(choice.choose_method(wide[:9, :12], 2), Direct)
    assert not any(kernels.method for kernels in warmup.KERNELS.values())
    for columns, name in [(512, "Yinyang"), (128, "Hamerly")]:
        X = narrow[:, :columns]
        method = choice.choose_method(X, 9, wait=True)
        assert method.__name__ == name
        assert choice.choose_method(X[:9], 2) is method    # it is loaded
    assert choice.choose_method(sparse.csr_array(narrow), 2) is ThreadedSparse


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
