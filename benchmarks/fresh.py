"""What only a fresh process can tell: its peak memory, its first fit.

`ask` starts one for one contender; it answers with a line of JSON.

    memory  bytes at the peak of a fit above those before it, points loaded
            and libraries warm (Linux only: elsewhere None)
    first   seconds from before the import to the end of the first fit
"""
import json
import os
from pathlib import Path
import subprocess
import sys
import time

import numpy as np

from benchmarks.peers.kmeans_peers import OURS, PEERS

ROOT = Path(__file__).parent.parent
STEPS = 10               # iterations after which memory grows no more
WARM = 2000, 64          # points and centres that use all of a library
GIVE_BACK = {"MALLOC_MMAP_THRESHOLD_": "65536"}    # what is freed: glibc's
STATUS, CLEAR = Path("/proc/self/status"), Path("/proc/self/clear_refs")


def save(folder, X, C):
    """Writes points and start for `ask`; returns their paths."""
    paths = Path(folder) / f"X-{X.dtype}.npy", Path(folder) / "C.npy"
    for path, array in zip(paths, (X, C)):
        np.save(path, array)
    return paths


def ask(question, name, paths, threads, **environment):
    """Returns the answer of a fresh process for one contender."""
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks.fresh", question, name,
         *map(str, paths), str(threads)], cwd=ROOT, check=True, text=True,
        stdout=subprocess.PIPE, env={**os.environ, **environment})
    return json.loads(done.stdout.splitlines()[-1])


def peak():
    """The most bytes this process has held since `forget_peak`, or None.

    The kernel's ru_maxrss will not do: it begins with the parent's.
    """
    if not CLEAR.exists():
        return None
    found = [line for line in STATUS.read_text().splitlines()
             if line.startswith("VmHWM:")]
    return int(found[0].split()[1]) * 1024


def forget_peak():
    """The peak begins anew, with what is held by now."""
    if CLEAR.exists():
        CLEAR.write_text("5")


def memory(run, X, C, threads):
    """Bytes of a fit, above the points and the libraries."""
    n, k = WARM
    run(X[:n], X[:k].astype(C.dtype), k, 2, threads)
    forget_peak()
    before = peak()
    run(X, C, len(C), STEPS, threads)
    return before and peak() - before


def first(run, X, C, threads):
    """Seconds of importing the library and of the first fit."""
    started = time.perf_counter()
    run(X, C, len(C), 1000, threads)
    return time.perf_counter() - started


def main(question, name, points, start, threads):
    """Answers as the fresh process."""
    contender = PEERS.get(name, OURS)
    work = {"memory": memory, "first": first}[question]
    print(json.dumps(work(contender.run, np.load(points), np.load(start),
                          int(threads))))


if __name__ == "__main__":
    main(*sys.argv[1:])
