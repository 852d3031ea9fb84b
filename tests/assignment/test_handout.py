"""Every example and every printed line of the handout is true."""
import doctest
import pathlib
import re

import pytest

from autograder import build, checks
from tests.conftest import ROOT
from tests.test_readme import shipped  # noqa: F401 (a fixture)

HANDOUT = (ROOT / "HANDOUT.md").read_text(encoding="utf-8")
SHOWN = re.findall(r"^```\n\$ (.+)\n((?:(?!```).+\n)+)```$", HANDOUT, re.M)


def test_examples(monkeypatch):
    """Every `>>>` in the handout gives what stands under it."""
    monkeypatch.syspath_prepend(str(ROOT))
    failed, tried = doctest.testfile(str(ROOT / "HANDOUT.md"),
                                     module_relative=False)
    assert failed == 0
    assert tried >= 15


def test_calculation_by_hand():
    """The distances and the winner in each row of the table are right."""
    from kmeans import euclidean_distance
    points = {name: [int(x), int(y)] for name, x, y in re.findall(
        r"^\| ([A-D]) \| (\d) \| (\d) \|$", HANDOUT, re.M)}
    rows = re.findall(r"^\| ([A-D]) \| ([\d.]+) \| ([\d.]+) \| (\w+) \|$",
                      HANDOUT, re.M)
    assert len(points) == len(rows) == 4
    for name, *written, winner in rows:
        distances = [euclidean_distance(points[name], points[start])
                     for start in "AB"]
        assert written == [f"{distance:.2f}" for distance in distances]
        assert winner == f"centroid{distances.index(min(distances))}"


@pytest.mark.parametrize("command, output", SHOWN)
def test_commands(shipped, command, output):  # noqa: F811
    """Every `$` in the handout prints what stands under it."""
    run = shipped.python(*command.split()[1:])
    assert run.stdout == output


def test_three_commands_are_shown():
    """The handout runs both datasets and the analysis."""
    assert [command for command, _ in SHOWN] == [
        "python kmeans.py 2d", "python kmeans.py", "python analysis.py"]


def test_first_message(tmp_path):
    """What the tests say before anything is written is shown."""
    from tests.conftest import Desk
    desk = Desk(tmp_path)
    for name, data in build.starter_contents().items():
        desk.write(name, data)
    run = desk.python("test_kmeans.py")
    assert f"```\n{run.stderr}```" in HANDOUT


def test_points():
    """The table of points is that of the autograder."""
    points = {}
    for check in checks.table():
        points[check.kind] = points.get(check.kind, 0) + check.points
    rows = [sum(points[kind] for kind in kinds.split()) for kinds in [
        "examples", "fresh", "special", "main", "letters",
        "unchanged quiet", "imports", "style documented header"]]
    table = HANDOUT.split("| what | points |")[1].split("\n\n")[0]
    assert [int(n) for n in re.findall(r"\| (\d+) \|", table)] == rows
    assert sum(rows) == 100
    assert f"8 are for style and {rows[5]:g} for good habits" in HANDOUT


def test_links():
    """Pictures and sections that the handout refers to exist."""
    for link in re.findall(r"\]\(([^)]+)\)", HANDOUT):
        if link.startswith("#"):
            titles = [re.sub(r"[^\w -]", "", line[3:]).lower()
                      for line in HANDOUT.splitlines()
                      if line.startswith("## ")]
            assert link[1:].replace("-", " ") in [
                title.replace("-", " ") for title in titles]
        else:
            assert pathlib.Path(ROOT / link).exists()
