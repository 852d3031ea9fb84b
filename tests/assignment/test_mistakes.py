"""Each common mistake leads to its line, in words that a beginner knows.

A file in mistakes/ says what to change in a student's program, which command
to type, and what it shows. Where versions of Python differ in their words,
the file gives both: (one|the other).
"""
import pathlib
import re
import shutil
import subprocess
import sys

import pytest

from tests.assignment.test_contracts import STUDENT

HERE = pathlib.Path(__file__).parent
MISTAKES = sorted(path.stem for path in (HERE / "mistakes").glob("*.txt"))
FORM = re.compile(r"""In (?P<file>\S+), replace
(?P<right>.*?)by
(?P<wrong>.*?)Then `(?P<command>.*?)` shows
(?P<shown>.*)""", re.S)


def pythons():
    """Return this Python, and the oldest and the newest on this machine.

    They are looked for on the PATH and among those of pyenv.
    """
    pyenv = pathlib.Path.home() / ".pyenv/versions"
    found = {sys.version_info[1]: sys.executable}
    for minor in range(10, 20):
        for path in [shutil.which(f"python3.{minor}"),
                     *pyenv.glob(f"3.{minor}.*/bin/python")]:
            if path and not subprocess.run([path, "--version"],
                                           capture_output=True).returncode:
                found.setdefault(minor, str(path))
    return {sys.executable, found[min(found)], found[max(found)]}


@pytest.mark.parametrize("python", sorted(pythons()))
@pytest.mark.parametrize("mistake", MISTAKES)
def test_mistake(desk, mistake, python):
    """The student's line and a hint are shown, and no line of ours."""
    parts = FORM.fullmatch((HERE / f"mistakes/{mistake}.txt").read_text())
    desk.write("kmeans.py", STUDENT)
    source = desk.read(parts["file"])
    assert source.count(parts["right"]) == 1, "the mistake does not fit"
    desk.write(parts["file"], source.replace(parts["right"], parts["wrong"]))
    run = desk.run(python, *parts["command"].split()[1:])
    shown = run.stdout + run.stderr
    assert re.fullmatch(pattern(parts["shown"]), shown), shown
    assert run.returncode == (0 if "all tests passed." in shown else 1)
    assert not re.search("utils|files.py|pictures|test_[a-z]*.py", shown)


def pattern(text):
    """Return a pattern for a text with (one|the other) in it."""
    parts = re.split(r"(\([^()|\n]+\|[^()|\n]+\))", text)
    return "".join(f"(?:{'|'.join(map(re.escape, part[1:-1].split('|')))})"
                   if i % 2 else re.escape(part)
                   for i, part in enumerate(parts))
