"""The machine of a measurement: processor, cores, load, versions."""
import os
from pathlib import Path
import platform

from kmeanslab.output import version

BUSY_NOTE = "NOTE: the machine is busy: times and ratios mean little"
BUSY_FRACTION = 0.3      # of the cores: a load above makes times doubtful


def facts(libraries):
    """Return the machine and the versions of libraries, ready for JSON."""
    return {"machine": platform.platform(), "processor": processor(),
            "cpus": os.cpu_count(), "load": load(),
            "python": platform.python_version(),
            "versions": {name: version(name) for name in libraries}}


def version_line(facts):
    """Return the versions of the installed libraries as text."""
    return ", ".join(f"{name} {number}"
                     for name, number in facts["versions"].items() if number)


def processor():
    """Return the processor's name, if the system gives it."""
    info = Path("/proc/cpuinfo")
    lines = info.read_text().splitlines() if info.exists() else []
    names = [line.partition(":")[2].strip() for line in lines
             if line.startswith("model name")]
    return names[0] if names else platform.processor()


def load():
    """Return the processes that wanted a core in the last minute, or 0."""
    return os.getloadavg()[0] if hasattr(os, "getloadavg") else 0.0


def is_busy(load):
    """Return whether a load leaves too few cores idle to measure."""
    return load > BUSY_FRACTION * os.cpu_count()


def cores():
    """Return the cores that this process may use, one per physical first."""
    if not hasattr(os, "sched_getaffinity"):
        return list(range(os.cpu_count()))
    allowed = os.sched_getaffinity(0)
    return sorted(allowed, key=lambda core: (sibling_rank(core), core))


def sibling_rank(core):
    """Return 0 for the first thread of a physical core, else 1."""
    path = Path(f"/sys/devices/system/cpu/cpu{core}/topology"
                "/thread_siblings_list")
    if not path.exists():
        return 0
    first = path.read_text().strip().split(",")[0].split("-")[0]
    return int(int(first) != core)
