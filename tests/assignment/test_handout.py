"""Every example, number and printed line of the handout is true."""
import contextlib
import doctest
import io
import pathlib
import re
import subprocess
import sys
import textwrap

import pytest

import analysis
import kmeans
from autograder import build, checks, handout_page
from handout import draw, optional
from tests.assignment.test_walkthrough import run
from tests.conftest import ROOT, Desk
from tests.test_readme import shipped  # noqa: F401 (a fixture)

HANDOUT = (ROOT / "HANDOUT.md").read_text(encoding="utf-8")
SHOWN = re.findall(r"^```\n\$ (.+)\n((?:(?!```).+\n)+)```$", HANDOUT, re.M)


def test_examples(monkeypatch):
    """Every `>>>` in the handout gives what stands under it.

    more.py stands for the file that a student writes.
    """
    monkeypatch.syspath_prepend(str(ROOT))
    monkeypatch.setitem(sys.modules, "more", optional)
    failed, tried = doctest.testfile(str(ROOT / "HANDOUT.md"),
                                     module_relative=False)
    assert failed == 0
    assert tried >= 15


def test_calculation_by_hand():
    """The distances and the winner in each row of the table are right."""
    points = {name: [int(x), int(y)] for name, x, y in re.findall(
        r"^\| ([A-D]) \| (\d) \| (\d) \|$", HANDOUT, re.M)}
    rows = re.findall(r"^\| ([A-D]) \| ([\d.]+) \| ([\d.]+) \| (\w+) \|$",
                      HANDOUT, re.M)
    assert len(points) == len(rows) == 4
    for name, *written, winner in rows:
        distances = [kmeans.euclidean_distance(points[name], points[start])
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
    """The message before anything is written is the one in the handout."""
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


def test_looking_for_the_missing_centroid(shipped):  # noqa: F811
    """The files of centroids have as many lines as the handout says."""
    shipped.python("kmeans.py")
    first, last = (len(shipped.read(name).splitlines()) for name in [
        "data/mnist_init_centroids.csv", "mnist_final_centroids.csv"])
    assert f"{first}\nlines and {last} lines" in HANDOUT


def test_one_cluster_by_hand():
    """The cluster of 15 letters is the one of the example."""
    labels = ["K"] * 10 + ["X"] * 3 + ["Y"] * 2
    assert analysis.majority_count(labels) == 10 and len(labels) == 15
    assert "10 times K, 3 times X and twice Y" in HANDOUT
    assert "10 of 15 are correct" in HANDOUT


def test_handed_out_lines_have_no_findings(tmp_path):
    """flake8 finds nothing in the starter with the handout's lines in it.

    Except for two imports that are used by functions not written yet.
    """
    desk = Desk(tmp_path)
    for name, data in build.starter_contents().items():
        desk.write(name, data)
    each_step, at_the_end = re.findall(
        r"^```\n((?:fig|plot).*?)```$", HANDOUT, re.M | re.S)
    body = ("    step, assignment, centroids = 0, {}, {}\n"
            "    while not converged(centroids, {}):\n"
            '        if dataset == "2d":\n'
            f"{textwrap.indent(each_step, ' ' * 12)}"
            '    if dataset == "mnist":\n'
            f"{textwrap.indent(at_the_end, ' ' * 8)}")
    *before, main = desk.read("kmeans.py").split("    return None\n")
    desk.write("kmeans.py", "    return None\n".join(before) + body + main)
    run = desk.python("-m", "flake8", "--isolated", "--disable-noqa",
                      "kmeans.py", "analysis.py")
    assert {line.split(" ", 1)[1] for line in run.stdout.splitlines()} == {
        "F401 'math' imported but unused",
        "F401 'kmeans.get_closest_centroid' imported but unused"}


@pytest.mark.parametrize("name", ["kmeans.py", "analysis.py"])
def test_docstrings_ask_for_nothing_more(name):
    """Docstrings of the homework demand no errors that nobody checks."""
    assert "Raises:" not in (ROOT / name).read_text()


def test_where_centroids_start():
    """12 pictures as a start: steps, centroids and accuracy are right."""
    _, data, labels, _, _ = run("mnist")
    start = optional.first_points(data, 12)
    printed, final = run_main(data, start)
    assert printed == "K-means converged after 11 steps.\n"
    assert len(final) == 12
    score = analysis.accuracy(data, labels, final)
    assert ("It converges after 11 steps, no centroid is lost, and the "
            f"accuracy is {score}:" in " ".join(HANDOUT.split()))


def test_number_of_centroids():
    """The mean distances for 1, 2 and 3 centroids are right."""
    data = run("2d")[1]
    numbers = [optional.mean_distance(data, run_main(
        data, optional.first_points(data, k))[1]) for k in [1, 2, 3]]
    assert ("With 1 centroid it is {:.2f}, with 2 centroids {:.2f}, and with "
            "3 centroids {:.2f}:".format(*numbers)
            in " ".join(HANDOUT.split()))


def test_an_s_appears():
    """centroid4 has 14 positions, and most of its images are an S."""
    _, data, labels, start, final = run("mnist")
    positions = optional.follow("centroid4", data, start)
    assert positions[-1] == final["centroid4"]
    assert (f"{len(positions)} pictures, from `step0.png` to "
            f"`step{len(positions) - 1}.png`" in HANDOUT)
    cluster = analysis.assign_labels(data, labels, final)["centroid4"]
    assert max(set(cluster), key=cluster.count) == "S"


def run_main(data, start):
    """Return what main prints, and the final centroids."""
    with contextlib.redirect_stdout(io.StringIO()) as printed:
        final = kmeans.main(data, start, "no pictures")
    return printed.getvalue(), final


def test_pictures_are_drawn_from_the_data(tmp_path, monkeypatch):
    """The command draws every picture of the handout, and no other."""
    monkeypatch.setattr(draw, "FOLDER", str(tmp_path))
    monkeypatch.chdir(ROOT)
    with contextlib.redirect_stdout(io.StringIO()):
        draw.main()
    drawn = {f"handout/{path.name}" for path in tmp_path.iterdir()}
    assert drawn == set(handout_page.find_pictures(HANDOUT))
    assert drawn == {f"handout/{path.name}" for path in (
        ROOT / "handout").iterdir() if path.suffix in [".png", ".gif"]}


def test_students_cannot_change_the_pictures():
    """No picture of the handout is in the folder that programs write to."""
    assert not any(path.startswith("results")
                   for path in handout_page.find_pictures(HANDOUT))


def test_page(tmp_path):
    """The page has every picture in it, every section, and works alone."""
    out = tmp_path / "page.html"
    subprocess.run([sys.executable, "-m", "autograder.handout_page", "--out",
                    out], cwd=ROOT, check=True)
    page = out.read_text(encoding="utf-8")
    sources = re.findall(r'<img [^>]*src="([^"]{30})', page)
    pictures = handout_page.find_pictures(HANDOUT)
    assert len(sources) == len(pictures)
    for source, path in zip(sources, pictures):
        kind = pathlib.Path(path).suffix[1:]
        assert source.startswith(f"data:image/{kind};base64,")
    for link in re.findall(r'href="#([^"]+)"', page):
        assert f'id="{link}"' in page
    assert "<title>K-means: finding groups in data</title>" in page
    assert not re.findall(r'(?:src|href)="(?!data:|#)', page)
    assert page.count("<table>") == len(
        re.findall(r"^\|[-|]+\|$", HANDOUT, re.M))
    assert "\n\n</code>" not in page


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
