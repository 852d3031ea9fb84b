"""The zips: the same bytes each time, complete, and without the solution."""
import ast
import hashlib
import subprocess
import sys
import zipfile

import pytest

from autograder import __main__ as command
from autograder import build, checks, reference
from tests.conftest import ROOT, Desk


def run(*arguments):
    """Run the command line in this process; return its exit status."""
    return command.main(list(map(str, arguments)))


@pytest.mark.parametrize("what", ["build", "starter", "submission"])
def test_the_same_bytes_each_time(tmp_path, what):
    """Building twice, in two processes, gives one and the same zip."""
    digests = set()
    options = ["--unchecked"] if what == "build" else []
    for name in ["one.zip", "two.zip"]:
        subprocess.run([sys.executable, "-m", "autograder", what, "--out",
                        tmp_path / name, *options], cwd=ROOT, check=True,
                       stdout=subprocess.DEVNULL)
        digests.add(hashlib.sha256(
            (tmp_path / name).read_bytes()).hexdigest())
    assert len(digests) == 1


def test_autograder_zip(tmp_path, capsys):
    """Both scripts are at the root and executable; the sum is printed."""
    path = tmp_path / "autograder.zip"
    assert run("build", "--unchecked", "--out", path) == 0
    with zipfile.ZipFile(path) as archive:
        names = archive.namelist()
        assert names == sorted(names)
        for name in ["setup.sh", "run_autograder"]:
            assert archive.getinfo(name).external_attr >> 16 == 0o755
            assert b"\r" not in archive.read(name)
        assert {"autograder/grade.py", "kmeans.py", "utils.py",
                "data/mnist.csv", "requirements.txt"} <= set(names)
    total = sum(check.points for check in checks.table())
    assert f"{total:g} points in all" in capsys.readouterr().out


def test_starter_zip(tmp_path):
    """Students get every file they need, and not one line of the solution.

    Names, arguments and docstrings are the solution's, so neither can
    drift from the other.
    """
    path = tmp_path / "starter.zip"
    assert run("starter", "--out", path) == 0
    desk = Desk(tmp_path)
    with zipfile.ZipFile(path) as archive:
        archive.extractall(desk.folder)
        assert all(name.startswith("kmeans/") for name in archive.namelist())
        names = {name.removeprefix("kmeans/") for name in archive.namelist()}
    desk.folder = desk.folder / "kmeans"
    assert {"kmeans.py", "analysis.py", "answers.txt", "HANDOUT.md",
            "HANDOUT.html",
            "data/mnist.csv", "test_kmeans.py", "utils.py", "files.py",
            "pictures.py", "mistakes.py"} <= names
    assert not any(name.startswith(("tests", "autograder")) for name in names)
    for module in ["kmeans", "analysis"]:
        starter = ast.parse(desk.read(f"{module}.py"))
        solution = ast.parse((ROOT / f"{module}.py").read_text())
        for mine, theirs in zip(functions(starter), functions(solution),
                                strict=True):
            assert ast.dump(mine.args) == ast.dump(theirs.args)
            assert ast.get_docstring(mine) == ast.get_docstring(theirs)
            assert [type(node) for node in mine.body] == [ast.Expr,
                                                          ast.Return]
        assert "Reference solution" not in desk.read(f"{module}.py")
    answers = desk.read("answers.txt")
    assert answers.count("Write your answer here.") == 2
    assert "centroid5" not in answers and "0.562" not in answers


def functions(tree):
    """Return the functions of a module."""
    return [node for node in tree.body if isinstance(node, ast.FunctionDef)]


def test_the_starter_begins_with_points_in_the_plane():
    """The handout has students change one word for the letters."""
    source = build.starter_module("kmeans")
    assert '\n    dataset = "2d"' in source
    assert '\n    dataset = "mnist"' in (ROOT / "kmeans.py").read_text()


def test_starter_has_nothing_for_flake8_but_unused_names(tmp_path):
    """Students begin with files in good style."""
    desk = Desk(tmp_path)
    for module in ["kmeans", "analysis"]:
        desk.write(f"{module}.py", build.starter_module(module))
    run = desk.python("-m", "flake8", "--isolated", "kmeans.py",
                      "analysis.py")
    assert all(" F401 " in line for line in run.stdout.splitlines())


def test_submission_zip(tmp_path, capsys):
    """The submission holds just the three files."""
    path = tmp_path / "submission.zip"
    assert run("submission", "--out", path) == 0
    with zipfile.ZipFile(path) as archive:
        assert archive.namelist() == ["analysis.py", "answers.txt",
                                      "kmeans.py"]


def test_a_failing_submission_is_not_written(tmp_path, monkeypatch, capsys):
    """Before a submission is built, its tests must pass."""
    desk = Desk(tmp_path)
    desk.write("kmeans.py", desk.read("kmeans.py").replace(
        "math.dist(point1, point2)", "0.0"))
    monkeypatch.setattr(reference, "SOLUTION", tmp_path)
    path = tmp_path / "submission.zip"
    assert run("submission", "--out", path) == 1
    assert "python test_kmeans.py fails" in capsys.readouterr().err
    assert not path.exists()


def test_missing_data_are_named(tmp_path, monkeypatch, capsys):
    """A file that is missing from the repository stops the build."""
    monkeypatch.setattr(build, "DATA", ["data/3d.csv"])
    path = tmp_path / "autograder.zip"
    assert run("build", "--unchecked", "--out", path) == 1
    assert capsys.readouterr().err == (
        f"Error: cannot read {ROOT}/data/3d.csv (No such file or "
        "directory): build in a complete repository\n")
    assert not path.exists()


def test_no_folder_to_write_to(tmp_path, capsys):
    """A zip that cannot be written is named."""
    path = tmp_path / "nowhere" / "starter.zip"
    assert run("starter", "--out", path) == 1
    assert capsys.readouterr().err.startswith(f"Error: cannot write {path} (")


@pytest.mark.parametrize("row, words", [
    (" 0 5 visible files", "add up to 0"),
    (" 4 5 visible exmaples accuracy", "cannot read '4 5 visible exmaples"),
    (" four 5 visible files", "cannot read 'four 5 visible files'"),
    (" 4 5 secret files", "cannot read '4 5 secret files'"),
    (" -4 5 visible files", "cannot read '-4 5 visible files'"),
    (" 4 5 after due special\n 4 5 visible quiet", "move the visible rows")])
def test_a_table_of_points_that_makes_no_sense(tmp_path, monkeypatch,
                                               capsys, row, words):
    """A slip in the table is found when the zip is built."""
    monkeypatch.setattr(checks, "TABLE", f"\npoints\n{row}\n")
    assert run("build", "--out", tmp_path / "autograder.zip") == 1
    error = capsys.readouterr().err
    assert error.startswith("Error: ") and words in error


@pytest.mark.parametrize("files, words", [
    ({}, "holds none of kmeans.py"), ({"notes.txt": "x"}, "holds none of")])
def test_nothing_to_grade(tmp_path, capsys, files, words):
    """A folder without a submission is refused in one sentence."""
    for name, text in files.items():
        (tmp_path / name).write_text(text)
    assert run("grade", tmp_path) == 1
    assert words in capsys.readouterr().err
    assert run("grade", tmp_path / "nowhere") == 1
    assert "is neither a folder nor a zip" in capsys.readouterr().err
    out = tmp_path / "nowhere" / "scores.csv"
    (tmp_path / "anna").mkdir()
    assert run("batch", tmp_path, "--out", out) == 1
    assert "No such file or directory" in capsys.readouterr().err
    (tmp_path / "anna").rmdir()
    assert run("batch", tmp_path) == 1
    assert "holds no submissions" in capsys.readouterr().err
    assert run("batch", tmp_path / "nowhere") == 1
    assert "is not a folder" in capsys.readouterr().err


def test_a_foreign_helper_is_found_before_the_zip_is_written(
        tmp_path, monkeypatch, capsys):
    """The solution is graded with what is packed, not with what is here.

    A utils.py that lacks what the solution imports would take all points.
    """
    read = build.read

    def read_foreign(path):
        source = read(path)
        if path.name == "utils.py":
            source = source.replace(b"def converged(", b"def has_converged(")
        return source

    monkeypatch.setattr(build, "read", read_foreign)
    path = tmp_path / "autograder.zip"
    assert run("build", "--out", path) == 1
    error = capsys.readouterr().err
    assert "does not get full marks with the files that would be" in error
    assert "kmeans.py can be imported: 0 of 1" in error
    assert not path.exists()


def test_a_wrong_handout_stops_the_build(tmp_path, monkeypatch, capsys):
    """The starter gets it right; the autograder is not built."""
    read = build.read

    def read_wrong(path):
        data = read(path)
        if path.name == "HANDOUT.md":
            data = data.replace(b"after 13 steps", b"after 14 steps")
        return data

    monkeypatch.setattr(build, "read", read_wrong)
    assert run("build", "--unchecked", "--out", tmp_path / "a.zip") == 1
    assert capsys.readouterr().err == (
        "Error: HANDOUT.md is wrong; correct it: the steps on the letters: "
        "14 should be 13\n")
    assert run("starter", "--out", tmp_path / "starter.zip") == 0
    assert ("Corrected in HANDOUT.md: the steps on the letters: 14 should be "
            "13.") in capsys.readouterr().out
    with zipfile.ZipFile(tmp_path / "starter.zip") as archive:
        assert b"after 13 steps" in archive.read("kmeans/HANDOUT.md")


def test_a_given_function_is_packed(tmp_path, capsys):
    """Both zips agree on what students get, and the table in the zip, too.
    """
    path = tmp_path / "autograder.zip"
    assert run("build", "--unchecked", "--give", "main", "--out", path) == 0
    with zipfile.ZipFile(path) as archive:
        archive.extractall(tmp_path / "source")
    script = ("from autograder import checks; print(sum(c.points for c in "
              "checks.table()), sum(c.points for c in checks.table() "
              "if c.kind == 'main'))")
    packed = subprocess.run([sys.executable, "-c", script], text=True,
                            cwd=tmp_path / "source", capture_output=True)
    assert packed.stdout == "100.0 0\n"
    assert run("starter", "--give", "main", "--out",
               tmp_path / "starter.zip") == 0
    with zipfile.ZipFile(tmp_path / "starter.zip") as archive:
        assert b"while not converged(" in archive.read("kmeans/kmeans.py")
        for name in ["kmeans/HANDOUT.md", "kmeans/HANDOUT.html"]:
            assert b"is already written" in archive.read(name)
        assert b"<img" in archive.read("kmeans/HANDOUT.html")
        assert b"src=\"handout" not in archive.read("kmeans/HANDOUT.html")
    assert run("build", "--give", "mian", "--out", path) == 1
    assert "there is no function mian" in capsys.readouterr().err
