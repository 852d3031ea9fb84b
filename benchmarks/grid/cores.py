"""The same cells with another number of cores: a process for each number.

The process may run on the first cores only (Linux), one per physical core
where there are enough; all libraries get as many threads.
"""
import json
import os
from pathlib import Path
import subprocess
import sys
import tempfile

from benchmarks import fresh, machine


def check_cores(counts):
    """Raise ValueError where this machine has fewer cores than asked for."""
    have = len(machine.cores())
    if max(counts) > have:
        raise ValueError(f"--cores {max(counts)}: this process may use "
                         f"{have} cores; ask for at most {have}")


def measure_with(cores, arguments):
    """Return the records of `everyday` run on so many cores."""
    allowed = set(machine.cores()[:cores])
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "records.json"
        command = [sys.executable, "-m", "benchmarks.everyday", *arguments,
                   "--threads", str(cores), "--out", str(path)]
        subprocess.run(command, cwd=fresh.ROOT, check=False,
                       env={**os.environ, **fresh.thread_limits(cores)},
                       preexec_fn=lambda: pin(allowed))
        if not path.exists():
            raise ChildProcessError(f"the run on {cores} cores has failed")
        return json.loads(path.read_bytes())["cells"]


def pin(allowed):
    """Hold this process to some cores, where the system can."""
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, allowed)
