"""Every benchmark that is a command explains itself instead of running."""
import subprocess
import sys

import pytest

from tests.conftest import ROOT

COMMANDS = sorted(path.stem for path in (ROOT / "benchmarks").glob("*.py")
                  if "__main__" in path.read_text(encoding="utf-8"))


def test_commands_are_found():
    """Not an empty list, so that the next test means something."""
    assert {"everyday", "engine", "seeds"} <= set(COMMANDS)


@pytest.mark.parametrize("name", COMMANDS)
def test_help(name):
    """--help names the command as it is typed, and ends at once."""
    done = subprocess.run(
        [sys.executable, "-m", f"benchmarks.{name}", "--help"], cwd=ROOT,
        capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith(f"usage: python -m benchmarks.{name} ")
