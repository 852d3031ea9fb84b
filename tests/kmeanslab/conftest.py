"""No test runs beside the compiler that another has started."""
import pytest

from kmeanslab.engine import warmup


@pytest.fixture(autouse=True)
def compiled(monkeypatch):
    """Wait for it: recording warnings in one thread loses those of others.

    And start no other: one that yields to all tests would take minutes.
    """
    monkeypatch.setattr(warmup, "compile_elsewhere", lambda *args: None)
    for kernels in list(warmup.KERNELS.values()):
        if kernels.thread.ident is not None:
            kernels.thread.join()
