"""The README shows what the commands print."""
import re
import shutil

import pytest

from tests.conftest import ROOT

README = (ROOT / "README.md").read_text(encoding="utf-8")
SHOWN = re.findall(r"^```\n\$ (.+)\n((?:(?!```).+\n)+)```$", README, re.M)


@pytest.fixture(scope="module")
def shipped(tmp_path_factory):
    """Return a copy of the shipped assignment in which commands can run."""
    from tests.conftest import Desk
    desk = Desk(tmp_path_factory.mktemp("shipped"))
    shutil.copytree(ROOT / "data", desk.folder / "data")
    return desk


def test_outputs_are_shown():
    """The README shows the output of all four main commands."""
    assert [command for command, _ in SHOWN] == [
        "python kmeans.py 2d", "python kmeans.py",
        "python analysis.py", "python analysis.py --report"]


@pytest.mark.parametrize("command, output", SHOWN)
def test_output_is_what_is_shown(shipped, command, output):
    """Each command prints exactly what stands under it."""
    run = shipped.python(*command.split()[1:])
    assert "\n".join(map(str.rstrip, run.stdout.splitlines())) + "\n" == output
    assert run.stderr == ""


def test_links_lead_somewhere():
    """Every file that the README links to exists."""
    links = re.findall(r"\]\(([^)#]+)\)", README)
    assert links
    for link in links:
        assert link.startswith("http") or (ROOT / link).exists(), link
