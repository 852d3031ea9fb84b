"""Compile the kernels in the background, while a run has already begun.

Numba takes seconds to compile them on a machine's first use, and a third of a
second to load them from its cache later.  The thread is a daemon: a process
that ends does not wait for it.
"""

from importlib import import_module
from threading import Lock, Thread
import warnings

import numpy as np

from kmeanslab.engine import lloyd
from kmeanslab.engine.assign.direct import Direct
from kmeanslab.engine.assign.distances import Points, sample

MODULES = {"Hamerly": "hamerly", "Yinyang": "yinyang"}
CENTRES = 4              # of the run that compiles
KERNELS: dict[tuple, "Kernels"] = {}         # by name and dtype
LOCK = Lock()
WARNED: set[str] = set()     # causes


class Kernels:
    """The kernels of a method for points of one type.

    method: the class, or None as long as it is not ready
    failed: whether it will never be; error: why, if that is worth a warning
    """

    def __init__(self, name: str, X: Points) -> None:
        self.name, self.failed = name, False
        self.method: type[Direct] | None = None
        self.error: Exception | None = None
        self.X = sample(X).astype(X.dtype)
        self.thread = Thread(target=self.load, name="kmeanslab-warmup",
                             daemon=True)

    def load(self) -> None:
        """Run the method on a few points, which compiles all it needs."""
        try:
            module = import_module(
                f"kmeanslab.engine.assign.{MODULES[self.name]}")
            method = getattr(module, self.name)
            C = self.X[:CENTRES].astype(np.float64)
            lloyd.run(self.X, C, method=method, max_iter=2, threads=1)
            with np.errstate(all="ignore"):
                ask_once(method, self.X, C)
            self.method = method
        except ModuleNotFoundError:      # no Numba for this Python
            self.failed = True
        except Exception as error:
            self.failed, self.error = True, error


def ask_once(method: type[Direct], X: Points, C: np.ndarray) -> None:
    """Ask points for their labels and distances, as `predict.py` does."""
    step = method(X, len(C))
    block = step.block(X, np.ones(len(X)))
    if not method.needs_copy:
        block.label_once(step.centres(C, np.zeros(len(C))))
    for dtype in {np.result_type(X.dtype, kind) for kind in ("f4", "f8")}:
        block.distances = np.empty((len(X), len(C)), dtype)
        block.fill_distances(step.distance_centres(C))


def warmup(name: str, X: Points, start: bool, wait: bool) -> Kernels | None:
    """Return the kernels of a method for points like X.

    None if they are not loaded, and `start` does not ask to load them.
    """
    key = name, np.dtype(X.dtype)
    if key not in KERNELS and not start:
        return None
    with LOCK:
        if key not in KERNELS:
            KERNELS[key] = Kernels(name, X)
            KERNELS[key].thread.start()
    kernels = KERNELS[key]
    if wait:
        kernels.thread.join()
    if kernels.error:
        warn_once(kernels.error)
    return kernels


def warn_once(error: Exception) -> None:
    """Warn that there are no kernels, and once of the same cause."""
    words = f"{type(error).__name__}: {error}"
    if words not in WARNED:
        WARNED.add(words)
        warnings.warn("k-means is slower here, as Numba cannot compile its "
                      f"loops: {words}", RuntimeWarning, stacklevel=2)
