"""No test runs beside the compiler that another has started."""
import sys

import pytest


@pytest.fixture(autouse=True)
def compiled():
    """Wait for it: recording warnings in one thread loses those of others."""
    warmup = sys.modules.get("kmeanslab.engine.warmup")
    for kernels in list(warmup.KERNELS.values()) if warmup else []:
        if kernels.thread.ident is not None:
            kernels.thread.join()
