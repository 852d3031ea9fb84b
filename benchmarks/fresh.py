"""What only a fresh process can tell: peak memory, and the first fit.

    memory    bytes at the peak of a fit above those before it, points loaded
              and libraries warm (Linux only: elsewhere None)
    first     seconds from before the import to the end of the first fit
    programs  seconds of whole processes, from their start to their end

The first two are answered by this module as a process of its own, with a line
of JSON; the third by a few lines of Python that know nothing of it.
"""
import argparse
import json
import os
from pathlib import Path
import subprocess
import sys
import tempfile
import time

import numpy as np
from scipy import sparse

from benchmarks.peers.kmeans_peers import OURS, OURS_NAME, PEERS, Found

ROOT = Path(__file__).parent.parent
MEMORY_ITERATIONS = 10   # after which memory grows no more
WARM_UP_ITERATIONS = 2
# glibc returns freed arrays above this many bytes to the system at once
RETURN_MEMORY = {"MALLOC_MMAP_THRESHOLD_": "65536"}
STATUS, CLEAR = Path("/proc/self/status"), Path("/proc/self/clear_refs")
PROGRAM = """
import sys
import numpy as np
from {module} import KMeans
X, C = (np.load(path) for path in sys.argv[1:])
model = KMeans(len(C), init=C, n_init=1, tol=0, max_iter={max_iter},
               algorithm={algorithm!r}).fit(X)
print(model.n_iter_, float(model.inertia_))
"""
PROGRAMS = {OURS_NAME: ("kmeanslab", "lloyd"),
            "scikit-learn lloyd": ("sklearn.cluster", "lloyd"),
            "scikit-learn elkan": ("sklearn.cluster", "elkan")}


def save(folder, X, C):
    """Write points and start for `ask`; return their paths."""
    kind = "npz" if sparse.issparse(X) else "npy"
    paths = Path(folder) / f"X-{X.dtype}.{kind}", Path(folder) / "C.npy"
    if sparse.issparse(X):
        sparse.save_npz(paths[0], X, compressed=False)
    else:
        np.save(paths[0], X)
    np.save(paths[1], C)
    return paths


def load(path):
    """Return points that `save` wrote."""
    return sparse.load_npz(path) if path.endswith(".npz") else np.load(path)


def ask(question, name, paths, threads, **environment):
    """Return the answer of a fresh process for one implementation."""
    done = run(["-m", "benchmarks.fresh", question, name, *map(str, paths),
                str(threads)], environment)
    return json.loads(done.splitlines()[-1])


def run(arguments, environment):
    """Return what a fresh Python prints; CalledProcessError if it fails."""
    return subprocess.run(
        [sys.executable, *arguments], cwd=ROOT, check=True, text=True,
        stdout=subprocess.PIPE, env={**os.environ, **environment}).stdout


def programs(X, C, max_iter, threads, compiled=True):
    """Return name -> function that runs a whole process; returns a Found.

    compiled: whether Numba finds what was compiled in turns before
    """
    # a compiler that outlives its process may still write there
    folder = tempfile.TemporaryDirectory(ignore_cleanup_errors=True)
    paths = save(folder.name, X, C)

    def program(module, algorithm, turn):
        text = PROGRAM.format(module=module, algorithm=algorithm,
                              max_iter=max_iter)
        with tempfile.TemporaryDirectory(
                dir=folder.name, ignore_cleanup_errors=True) as cache:
            empty = {} if compiled else {"NUMBA_CACHE_DIR": cache}
            started = time.perf_counter()
            printed = run(["-c", text, *map(str, paths)],
                          {**thread_limits(threads), **empty})
            seconds = time.perf_counter() - started
        n_iter, inertia = printed.split()
        return Found(None, C, int(n_iter), seconds, float(inertia))
    return {name: (lambda turn, what=what: program(*what, turn))
            for name, what in PROGRAMS.items()}


def thread_limits(threads):
    """Return environment variables that hold a process to some threads."""
    return {f"{library}_NUM_THREADS": str(threads)
            for library in ("OMP", "OPENBLAS", "MKL", "NUMBA")}


def peak():
    """Return the max bytes held since `forget_peak`, or None.

    The kernel's ru_maxrss will not do: it begins with the parent's.
    """
    if not CLEAR.exists():
        return None
    found = [line for line in STATUS.read_text().splitlines()
             if line.startswith("VmHWM:")]
    return int(found[0].split()[1]) * 1024


def forget_peak():
    """Let the peak start again from what is held now."""
    if CLEAR.exists():
        CLEAR.write_text("5")


def memory(run, X, C, threads):
    """Return the bytes of a fit, above the points and the libraries.

    Numba is one: a fit would load it once it has lasted for a while.
    """
    from kmeanslab.engine.choice import choose_method    # `first` times this
    choose_method(X, len(C), wait=True)
    run(X, C, len(C), WARM_UP_ITERATIONS, threads)
    forget_peak()
    before = peak()
    run(X, C, len(C), MEMORY_ITERATIONS, threads)
    return before and peak() - before


def first(run, X, C, threads):
    """Return the seconds of importing the library and of the first fit."""
    started = time.perf_counter()
    run(X, C, len(C), 1000, threads)
    return time.perf_counter() - started


QUESTIONS = {"memory": memory, "first": first}


def build_parser():
    """Return the parser of the command line."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.fresh", description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("question", choices=QUESTIONS)
    parser.add_argument("name", help=f"{OURS_NAME}, or one of {list(PEERS)}")
    parser.add_argument("points", help="file of X, .npy or .npz")
    parser.add_argument("start", help="file of C, .npy")
    parser.add_argument("threads", type=int)
    return parser


def main(argv=None):
    """Answer as the fresh process."""
    options = build_parser().parse_args(argv)
    implementation = PEERS.get(options.name, OURS)
    print(json.dumps(QUESTIONS[options.question](
        implementation.run, load(options.points), np.load(options.start),
        options.threads)))


if __name__ == "__main__":
    main()
