"""The header is found in every plain form, and what was handed out is free.
"""
import re
import subprocess
import sys

import pytest

from autograder import build, style
from autograder.sandbox.outcome import Outcome
from tests.autograder.gradescope import SOLUTION
from tests.conftest import ROOT

NAMES = [
    "# Name: Ada", "* Name: Ada", "Name - Ada", "Author: Ada",
    "Name:\n\n  Ada L", "NAME : ada", "# Author \u2013 Ada",
    "Student name: Ada", "Names: A and B", "Name = Ada", "# name-\n# Ada",
    "Name\nAda", "--- Name: Ada ---", "# * Name: Ada Lovelace (al7)",
    "By: Ada", "@author: Ada", '"""\nName: Ada\n"""', "#Name:Ada",
    "# - Name: Ada", "  * Name:   Ada"]
NO_NAMES = [
    "", "# Name:", "# Name:\n# Date: 3", "Name:\n----\n\nDate: x", "# Name -",
    "# Name:\n# Course:   Intro", "Name -\nCourse - Intro", "username: x",
    '# Name:\n# ----\n"""K-means: groups"""', "# Name: ----",
    "Name:\nimport x"]
COLLABORATIONS = [
    "Collaboration: none", "* Collaboration - I worked alone",
    "Collaboration statement: I", "Collaborators: nobody",
    "# Collaboration statement\n# I worked alone.", "Collaborated with: Bob",
    "Collaboration:\n  I worked alone", "Collaboration Statement - none"]


@pytest.mark.parametrize("header", NAMES)
def test_a_name_is_found(header):
    """Decoration, order and layout of a header do not matter."""
    assert style.filled_in(header.splitlines(), "Name")


@pytest.mark.parametrize("header", NO_NAMES)
def test_no_name_is_found(header):
    """An entry that was left empty stays empty."""
    assert not style.filled_in(header.splitlines(), "Name")


@pytest.mark.parametrize("header", COLLABORATIONS)
def test_a_collaboration_statement_is_found(header):
    """Also a statement under another heading, or below it."""
    assert style.filled_in(header.splitlines(), "Collaboration")


@pytest.mark.parametrize("module", ["kmeans", "analysis"])
def test_the_header_of_the_starter_is_empty(module):
    """What students are handed out does not count as filled in."""
    lines = build.starter_module(module).splitlines()[:40]
    for entry in style.ENTRIES:
        assert not style.filled_in(lines, entry)
        assert style.filled_in(
            SOLUTION[f"{module}.py"].decode().splitlines()[:40], entry)


class FakeGrading:
    """Knows the findings of flake8 and what was found out about files."""

    def __init__(self, findings=(), files=SOLUTION, analyses=None):
        self.findings, self.files = findings, files
        self.analyses = analyses or {}

    def ask(self, request, seconds):
        """Return the findings."""
        return Outcome("value", value=list(self.findings))

    def analysis(self, module, seconds):
        """Return what is known about a module."""
        return self.analyses.get(module)


def flake8(folder, source):
    """Return the findings of flake8 as a child reports them."""
    path = folder / "kmeans.py"
    path.write_text(source)
    run = subprocess.run(
        [sys.executable, "-m", "flake8", "--isolated", "--format",
         "%(row)d\t%(code)s\t%(text)s", path], capture_output=True, text=True)
    lines = source.splitlines()
    return [["kmeans.py", int(row), 1, code, text,
             lines[int(row) - 1].strip() if lines else ""]
            for row, code, text in (line.split("\t") for line
                                    in run.stdout.splitlines())]


HANDED_OUT = [line for block in build.CODE_BLOCK.findall(
    (ROOT / "HANDOUT.md").read_text(encoding="utf-8"))
    if re.search(r"^plot_", block, re.MULTILINE)
    for line in block.splitlines()]


def test_there_are_handed_out_lines():
    """The handout tells students to type some lines."""
    assert any(line.strip().startswith("plot_fig(") for line in HANDED_OUT)


@pytest.mark.parametrize("line", HANDED_OUT)
def test_a_handed_out_line_costs_nothing(tmp_path, line):
    """Where the handout puts it, in a loop and an if of main."""
    source = f"def main():\n    while 1:\n        if 1:\n{' ' * 12}{line}\n"
    found = [row for row in flake8(tmp_path, source)
             if row[3] not in ("F821", "E999")]
    assert style.flake8(FakeGrading(found), 1) == (1, "")


def test_handed_out_imports_cost_nothing(tmp_path):
    """A starter of which nothing is used has only findings of its own."""
    source = build.starter_module("kmeans")
    found = flake8(tmp_path, source)
    assert "F401" in {row[3] for row in found}
    assert style.flake8(FakeGrading(found), 1) == (1, "")
    own = ["kmeans.py", 3, 1, "F401", "'os' imported but unused", "import os"]
    share, text = style.flake8(FakeGrading([*found, own]), 1)
    assert (share, text) == (
        0.9, "kmeans.py, line 3: 'os' imported but unused (F401)")


def test_a_long_list_says_how_many_more_there_are():
    """Ten findings are shown, and the number of the others."""
    rows = [["kmeans.py", i, 1, "E225", "x", "y=1"] for i in range(17)]
    share, text = style.flake8(FakeGrading(rows), 1)
    assert share == 0 and len(text.splitlines()) == 11
    assert text.endswith("\n... and 7 more.")


def analysis(names, syntax=None, header=()):
    """Return an analysis with documented functions."""
    return {"functions": [{"name": name, "docstring": True}
                          for name in names],
            "syntax": syntax, "header": list(header)}


def test_main_needs_no_docstring():
    """Some starters give main none, so nobody is asked for it."""
    from autograder.reference import GRADED
    both = dict.fromkeys(["kmeans", "analysis"], analysis(GRADED))
    assert style.documented(FakeGrading(analyses=both), 1) == (1, "")


def test_a_file_that_cannot_be_read_gets_no_other_hint():
    """Rows about style say so, and nothing that is not true of it."""
    from autograder.reference import GRADED
    broken = {"kmeans": analysis([], {"line": 1}, ["# Name: A",
                                                   "# Collaboration: no"]),
              "analysis": analysis(GRADED, None, ["Name: A",
                                                  "Collaboration: no"])}
    share, text = style.documented(FakeGrading(analyses=broken), 1)
    assert share == pytest.approx(3 / 8)
    assert text == "kmeans.py cannot be read."
    assert style.header(FakeGrading(analyses=broken), 1) == (1, "")
    del broken["kmeans"]
    assert style.header(FakeGrading(analyses=broken), 1) == (
        0.5, "kmeans.py cannot be read.")
