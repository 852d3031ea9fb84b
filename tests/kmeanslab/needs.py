"""What some tests of the lab need."""
import pytest

try:
    from kmeanslab.engine.assign import kernels
except ImportError:          # no Numba for this Python, or no folder for it
    kernels = None

needs_kernels = pytest.mark.skipif(
    kernels is None, reason="Numba has no kernels here")
