"""Every benchmark that is a command explains itself instead of running."""
import runpy
import sys

import pytest

from tests.conftest import ROOT

COMMANDS = sorted(path.stem for path in (ROOT / "benchmarks").glob("*.py")
                  if "__main__" in path.read_text(encoding="utf-8"))


def test_commands_are_found():
    """Not an empty list, so that the next test means something."""
    assert {"everyday", "engine", "seeds"} <= set(COMMANDS)


@pytest.mark.parametrize("name", COMMANDS)
def test_help(name, monkeypatch, capsys):
    """--help names the command as it is typed, and ends at once."""
    monkeypatch.setattr(sys, "argv", ["", "--help"])
    with pytest.raises(SystemExit) as stop:
        runpy.run_path(ROOT / f"benchmarks/{name}.py", run_name="__main__")
    assert not stop.value.code
    printed = capsys.readouterr().out
    assert printed.startswith(f"usage: python -m benchmarks.{name} ")
