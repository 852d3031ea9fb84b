"""Kernels use whole vector registers, and check nothing before a loop."""
import re

import numpy as np
import pytest


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
