"""What a benchmark leaves: its figures, and what they are of, as JSON."""
import json
import os
import sys

from kmeanslab.output import atomic_write, version


def keep(program, path, libraries, **facts):
    """Writes facts, cores and versions whole or not at all, if to a path.

    Returns the exit status, after a sentence where it cannot be written.
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
