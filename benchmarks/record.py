"""The JSON record of a benchmark: its figures, data, cores and versions."""
from collections.abc import Iterable
import json
import os
import sys
from typing import Any

from kmeanslab.output import atomic_write, version


def keep(program: str, path: str | None, libraries: Iterable[str],
         **facts: Any) -> int:
    """Write facts, cores and versions to a path, if any.

    Returns the exit status: 1, after a message, if it cannot be written.
    """
    record = {**facts, "cpus": os.cpu_count(),
              "versions": {name: version(name) for name in libraries}}
    try:
        if path:
            atomic_write(json.dumps(record, indent=1).encode(), path)
    except OSError as error:
        print(f"{program}: {error}", file=sys.stderr)
        return 1
    return 0
