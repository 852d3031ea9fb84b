"""Kernels use whole vector registers, and check nothing before a loop."""
import os
import re
import shutil
import subprocess
import sys

import numpy as np
import pytest

from tests.conftest import ROOT

ASK = """
import numpy as np
from kmeanslab.engine.assign.yinyang_scan import note_bounds
print(note_bounds(np.ones(1), 3.0, 0.0, 0.0, 9.0, np.zeros(1), np.ones(1)))
"""


def test_functions_are_compiled_with_the_options():
    """Which makes no difference to what they compute."""
    numba = pytest.importorskip("numba")
    from kmeanslab.engine.assign.vectors import WIDTH, LoopCompiler

    @numba.njit(pipeline_class=LoopCompiler)
    def double(x):
        for i in range(len(x)):
            x[i] *= 2
    x = np.arange(100.0)
    double(x)
    assert (x == 2 * np.arange(100)).all()
    code = next(iter(double.inspect_llvm().values()))
    assert WIDTH in code
    assert re.search(r"noalias [^,]*%arg\.x", code)


def test_kernels_are_compiled_again_if_one_that_they_call_has_changed(
        tmp_path):
    """It is in another file: Numba would go on with what it has kept."""
    pytest.importorskip("kmeanslab.engine.assign.kernels",
                        exc_type=ImportError,
                        reason="Numba has no kernels here")
    shutil.copytree(ROOT / "kmeanslab", tmp_path / "kmeanslab",
                    ignore=shutil.ignore_patterns("__pycache__"))
    settings = {**os.environ, "PYTHONPATH": str(tmp_path),
                "NUMBA_CACHE_DIR": str(tmp_path / "kept")}

    def ask():
        return float(subprocess.run(
            [sys.executable, "-c", ASK], cwd=tmp_path, env=settings,
            capture_output=True, text=True, check=True).stdout)
    called = tmp_path / "kmeanslab/engine/assign/estimates.py"
    assert ask() == ask() == 2.0         # the root of 1 + 3
    kept = set(tmp_path.rglob("*.nbi"))
    assert kept
    called.write_text(called.read_text().replace(
        "return math.sqrt(max(min(rank + square, most) - wrong, 0.0))",
        "return rank + square"))
    assert ask() == 4.0
    assert set(tmp_path.rglob("*.nbi")) == kept
