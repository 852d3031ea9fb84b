"""Kernels use whole vector registers."""
import numpy as np
import pytest


def test_functions_ask_llvm_for_whole_registers():
    """Which makes no difference to what they compute."""
    numba = pytest.importorskip("numba")
    from kmeanslab.engine.assign.vectors import WIDTH, WideCompiler

    @numba.njit(pipeline_class=WideCompiler)
    def double(x):
        for i in range(len(x)):
            x[i] *= 2
    x = np.arange(100.0)
    double(x)
    assert (x == 2 * np.arange(100)).all()
    assert WIDTH in next(iter(double.inspect_llvm().values()))
