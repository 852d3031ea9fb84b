"""Load the kernels in the background, when a run has lasted for a while.

Numba takes twenty seconds to compile them on a machine's first use, and a
third of a second to load them from its cache later; beside a run it slows that
down.  So NumPy's methods begin, and who is done soon never pays for kernels; a
process of its own compiles them.  The thread that waits for it is a daemon: a
process that ends does not wait.
"""

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import cached_property
from importlib import import_module
import os
from pathlib import Path
import subprocess
import sys
from threading import Lock, Thread
import warnings

import numpy as np
from scipy import sparse

from kmeanslab.engine import lloyd
from kmeanslab.engine.assign.csr import Sparse
from kmeanslab.engine.assign.direct import Direct
from kmeanslab.engine.assign.distances import Points, sample
from kmeanslab.engine.threads import Workers
from kmeanslab.engine.update import relocate

MODULES = {"Hamerly": "hamerly", "Yinyang": "yinyang",
           "CompiledSparse": "csr_kernels"}
CENTRES = 4              # of the run that compiles
INDICES = np.int32, np.int64     # of CSR
LOAD_AFTER = 0.2         # seconds of work without kernels,
LOAD_NEXT_AFTER = 0.02   # once Numba is loaded, as others are
COMPILE_AFTER = 1.0      # seconds, where they have yet to be compiled
TURN_SECONDS = 1e-4      # how long the compiler may keep Python's lock
KERNELS: dict[tuple, "Kernels"] = {}         # by name and dtype
COMPILE = """
import os, sys
import numpy as np
if hasattr(os, "nice"):
    os.nice(19)
from kmeanslab.engine.warmup import Kernels
Kernels(sys.argv[1], np.eye(64, dtype=sys.argv[2])).compile()
"""
LOCK = Lock()
LOADING = Lock()         # one compiler at a time
WARNED: set[str] = set()     # causes


class Kernels:
    """The kernels of a method for points of one type.

    method: the class, or None as long as it is not ready
    failed: whether it will never be; error: why, if that is worth a warning
    seconds: spent without them so far
    """

    def __init__(self, name: str, X: Points) -> None:
        self.name, self.failed, self.seconds = name, False, 0.0
        self.method: type[Direct] | None = None
        self.error: Exception | None = None
        self.X = sample(X).astype(X.dtype)
        self.thread = Thread(target=self.load, name="kmeanslab-warmup",
                             daemon=True)

    def spend(self, seconds: float) -> None:
        """Note a time without kernels; begin to load them when it adds up."""
        self.seconds += seconds
        if self.seconds > load_after() and (
                self.seconds > COMPILE_AFTER or not self.elsewhere):
            self.start()

    @cached_property
    def elsewhere(self) -> bool:
        """Whether another process compiles them, as none has yet."""
        return not is_newer(self.mark)

    def start(self) -> None:
        """Begin to load them, once."""
        with LOCK:
            if self.thread.ident is None:
                self.thread.start()

    def wait(self) -> None:
        """Load them here and wait until that is done."""
        self.elsewhere = False
        self.start()
        self.thread.join()

    @property
    def mark(self) -> Path:
        """The file whose age tells that these kernels were compiled."""
        folder = (os.environ.get("NUMBA_CACHE_DIR")
                  or Path(__file__).parent / "__pycache__")
        return Path(folder, f"{self.name}-{self.X.dtype}-"
                            f"{sys.implementation.cache_tag}.compiled")

    def load(self) -> None:
        """Make the method ready, or note why it will never be."""
        if self.elsewhere:
            compile_elsewhere(self.name, self.X.dtype)
        with LOADING, short_turns():
            self.compile()

    def compile(self) -> None:
        """Run the method on a few points, which compiles all it needs."""
        try:
            module = import_module(
                f"kmeanslab.engine.assign.{MODULES[self.name]}")
            method = getattr(module, self.name)
            with np.errstate(all="ignore"):
                use(method, self.X)
            self.method = method
            with suppress(OSError):
                self.mark.touch()
        except ModuleNotFoundError:      # no Numba for this Python
            self.failed = True
        except Exception as error:
            self.failed, self.error = True, error


def load_after() -> float:
    """Return the seconds of work that are about what loading would cost."""
    others = any(kernels.method for kernels in list(KERNELS.values()))
    return LOAD_NEXT_AFTER if others else LOAD_AFTER


def is_newer(mark: Path) -> bool:
    """Return whether a file is newer than all sources of the engine."""
    with suppress(OSError):
        sources = Path(__file__).parent.rglob("*.py")
        return mark.stat().st_mtime > max(
            path.stat().st_mtime for path in sources)
    return False


def compile_elsewhere(name: str, dtype: np.dtype) -> None:
    """Compile in a process that yields to all others; wait for its end.

    Beside a run, in this process, it would take half of the run's time.  The
    process goes on if this one ends, so that the next one finds its work.
    """
    with suppress(OSError, ValueError):      # then this process compiles
        subprocess.run(
            [sys.executable, "-c", COMPILE, name, str(dtype)],
            cwd=Path(__file__).parents[2], stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
            process_group=0)


@contextmanager
def short_turns() -> Iterator[None]:
    """Let other threads have Python's lock as soon as they ask for it.

    A compiler keeps it for 5 milliseconds otherwise, and the run beside it
    asks many times per iteration.
    """
    interval = sys.getswitchinterval()
    sys.setswitchinterval(min(interval, TURN_SECONDS))
    try:
        yield
    finally:
        sys.setswitchinterval(interval)


def use(method: type[Direct], X: Points) -> None:
    """Use all kernels of a method for points like the dense X."""
    C = X[:CENTRES].astype(np.float64)
    if issubclass(method, Sparse):       # a run needs no others
        for kind in INDICES:
            ask_once(method, csr_points(X, kind), C)
    else:
        run_once(method, X, C)
        ask_once(method, X, C)


def csr_points(X: np.ndarray, kind: type) -> sparse.csr_array:
    """Return points as CSR with indices of this type."""
    points = sparse.csr_array(X)         # which chooses one itself
    points.indices = points.indices.astype(kind)
    points.indptr = points.indptr.astype(kind)
    return points


def run_once(method: type[Direct], X: Points, C: np.ndarray) -> None:
    """Do all that a run does.

    Not by `lloyd.run`, which holds BLAS to one thread: a library that does so
    beside it would take one thread for what there was before, and restore it.
    """
    step, weights = method(X, len(C)), np.ones(len(X))
    call = Workers(lloyd.make_blocks(X, weights, len(C), step), 1)
    state = lloyd.State(None, None, np.result_type(X.dtype, np.float32), C)
    lloyd.begin(state, step, weights, call)
    state.iterate(1, 0.0, relocate, None)
    if runner := state.run_ahead:
        shared = runner.share(step.centres(state.C, state.shifts))
        runner.lead(shared, 0.0, np.empty((1, 4)))
        runner.help(shared, 0)
    state.finish()


def ask_once(method: type[Direct], X: Points, C: np.ndarray) -> None:
    """Ask points for their labels and distances, as `predict.py` does."""
    step = method(X, len(C))
    block = step.block(X, np.ones(X.shape[0]))
    if not method.needs_copy:
        block.label_once(step.centres(C, np.zeros(len(C))))
    for dtype in {np.result_type(X.dtype, kind) for kind in ("f4", "f8")}:
        block.distances = np.empty((X.shape[0], len(C)), dtype)
        block.fill_distances(step.distance_centres(C))


def kernels_for(name: str, X: Points, wait: bool) -> Kernels:
    """Return the kernels of a method for points like X, which may be tiny.

    Many short runs are worth them, too, so each notes the time it takes.
    """
    key = name, np.dtype(X.dtype)
    with LOCK:
        if key not in KERNELS:
            KERNELS[key] = Kernels(name, X)
        kernels = KERNELS[key]
    if wait:
        kernels.wait()
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
