"""What students see when something is wrong, or takes long."""
import os
import re
import signal
import subprocess
import sys

import pytest

from autograder.build import without_bodies


def change_main(desk, right, wrong):
    """Replace text in the solution's kmeans.py; return its line number."""
    source = desk.read("kmeans.py")
    before, after = source.split(right)
    desk.write("kmeans.py", before + wrong + after)
    return before.count("\n") + 1


def test_mistakes_show_their_line(desk):
    """A mistake in the program shows its line, and no frame of ours."""
    line = change_main(desk, "step += 1", "step = int('one')")
    run = desk.python("kmeans.py", "2d")
    assert run.stderr == (
        f"In main, line {line} of kmeans.py:\n    step = int('one')\n"
        "ValueError: invalid literal for int() with base 10: 'one'\n")
    assert (run.stdout, run.returncode) == ("", 1)


def test_mistakes_in_a_call_of_ours_show_the_students_line(desk):
    """Arguments in the wrong order show the call, not our code."""
    line = change_main(desk, "plot_2d(assignment, centroids)",
                       "plot_2d(centroids, assignment)")
    run = desk.python("kmeans.py", "2d")
    assert run.stderr.startswith(f"In main, line {line} of kmeans.py:\n"
                                 "    fig = plot_2d(centroids, assignment)")
    assert "pictures.py" not in run.stderr


@pytest.mark.parametrize("command", ["kmeans.py 2d", "test_kmeans.py"])
def test_whole_traceback(desk, command):
    """`--traceback` shows every frame."""
    change_main(desk, "step += 1", "step = int('one')")
    run = desk.python(*command.split(), "--traceback")
    assert "Traceback (most recent call last)" in run.stderr
    assert "int('one')" in run.stderr


@pytest.mark.parametrize("name, functions, following", [
    ("test_kmeans.py", ["euclidean_distance", "get_closest_centroid",
                        "assign_points_to_centroids", "mean_of_points",
                        "update_centroids", "main"], "python kmeans.py 2d"),
    ("test_analysis.py", ["assign_labels", "majority_count", "accuracy"],
     "python analysis.py")])
def test_what_the_tests_print(desk, name, functions, following):
    """The tests print a line per function, and what to type next."""
    run = desk.python(name)
    assert run.stdout.splitlines() == [
        *(f"test_{function} passed." for function in functions),
        "all tests passed.", f"Now type: {following}"]
    assert (run.returncode, run.stderr) == (0, "")


def test_nothing_written_yet(desk):
    """Every command names the first function that is not written yet."""
    desk.python("kmeans.py")
    for name in ["kmeans.py", "analysis.py"]:
        desk.write(name, without_bodies(desk.read(name)))
    for command, function in [
            ("kmeans.py", "main"), ("kmeans.py 2d --animate", "main"),
            ("analysis.py", "assign_labels"),
            ("analysis.py --report", "assign_labels"),
            ("test_kmeans.py", "euclidean_distance"),
            ("test_analysis.py", "assign_labels")]:
        run = desk.python(*command.split())
        assert run.stderr == (f"Exception: {function}() returned None; "
                              "have you implemented it yet?\n")
        assert run.returncode == 1


def test_no_centroids_left(desk):
    """An assignment without any centroid is reported."""
    source = desk.read("kmeans.py")
    desk.write("kmeans.py", source.replace(
        "    assignment = {name", "    return {}\n    assignment = {name"))
    run = desk.python("kmeans.py", "2d")
    assert run.stderr == ("Error: there are no centroids to write to "
                          "2d_final_centroids.csv: does every point get a "
                          "centroid?\n")


def test_matplotlib_is_missing(desk):
    """A missing matplotlib is reported before any picture is removed."""
    desk.write("results/2D/step1.png", "of the last run")
    desk.write("bare.py", """
import importlib.util, runpy, sys
find = importlib.util.find_spec
importlib.util.find_spec = lambda name: name != "matplotlib" or None
sys.argv = ["kmeans.py", "2d"]
runpy.run_path("kmeans.py", run_name="__main__")
""")
    desk.assert_rejects("bare.py", "matplotlib is missing: type "
                        "`python -m pip install matplotlib`")


def test_points_of_three_values_cannot_be_drawn(desk):
    """2-D data with three values per point are rejected in one sentence."""
    desk.write("data/2d.csv", "A,1,2,3\nA,2,2,3\n")
    desk.write("data/2d_init_centroids.csv", "1,2,3\n")
    run = desk.python("kmeans.py", "2d")
    assert run.stderr == ("Error: cannot draw points of 3 values in the "
                          "plane: the 2d data need 2\n")


def start(desk, *command):
    """Start a command that Ctrl-C is to end; return the process."""
    return subprocess.Popen(
        [sys.executable, "-u", *command], cwd=desk.folder, text=True,
        stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        # a shell's background jobs ignore the signal, and hand that on
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL))


@pytest.mark.skipif(sys.platform == "win32", reason="sends SIGINT")
def test_ctrl_c(desk):
    """Ctrl-C says where the program was, and leaves nothing half-written."""
    line = change_main(desk, "    old_centroids = {}\n",
                       "    print('started')\n    while True:\n"
                       "        old_centroids = {}\n")
    process = start(desk, "kmeans.py")
    assert process.stdout.readline() == "started\n"
    process.send_signal(signal.SIGINT)
    place, question = process.communicate()[1].split(". ")
    assert place in [f"Stopped in main, line {line + more} of kmeans.py"
                     for more in range(3)]
    assert question == "Does a loop never end?\n"
    assert not list(desk.folder.rglob("*.part"))


@pytest.mark.skipif(sys.platform == "win32", reason="sends SIGINT")
def test_a_function_that_never_returns(desk):
    """The tests name it after some seconds; Ctrl-C names its line."""
    line = change_main(desk, "    closest = None\n",
                       "    while True:\n        closest = None\n")
    desk.write("utils.py", desk.read("utils.py").replace(
        "= 50, 5, 1", "= 50, 0.1, 1"))
    process = start(desk, "test_kmeans.py")
    assert process.stderr.readline() == (
        "get_closest_centroid has not returned after 0.1 seconds. Ctrl-C "
        "ends it.\n")
    process.send_signal(signal.SIGINT)
    assert process.communicate()[1] in [
        f"Stopped in get_closest_centroid, line {line + more} of kmeans.py. "
        "Does a loop never end?\n" for more in range(2)]


def test_too_many_steps(desk):
    """A main that goes on long after any sensible number says so once."""
    change_main(desk, "while not converged(centroids, old_centroids):",
                "while not converged(centroids, {'x': [0]}) and step < 150:")
    run = desk.python("kmeans.py")
    assert run.stdout == "K-means converged after 150 steps.\n"
    assert run.stderr.count("Note: after 50 steps the centroids still") == 1


def test_update_in_place(desk):
    """Centroids that are changed in place are noticed, and nothing else."""
    change_main(desk, "        centroids = update_centroids(assignment)\n",
                "        centroids.clear()\n"
                "        centroids.update(update_centroids(assignment))\n")
    run = desk.python("kmeans.py")
    assert run.stdout == "K-means converged after 1 steps.\n"
    assert run.stderr == (
        "Note: converged() got the same lists twice, so nothing seems to "
        "move after 1 step.\nBuild a new dictionary in each step, and keep "
        "the old one.\n")


@pytest.mark.skipif(sys.platform == "win32", reason="needs a terminal")
@pytest.mark.parametrize("command", ["kmeans.py", "kmeans.py 2d --animate"])
def test_progress(desk, command):
    """A terminal shows which step it is; a pipe gets the one line only."""
    import pty
    desk.write("utils.py", desk.read("utils.py").replace(
        "= 50, 5, 1", "= 50, 5, -1"))
    assert desk.python(*command.split()).stderr == ""
    ours, theirs = pty.openpty()
    with open(ours, "rb", 0) as terminal:
        subprocess.run([sys.executable, *command.split()], cwd=desk.folder,
                       stdout=theirs, stderr=theirs, check=True)
        text = terminal.read(4096).decode()
    os.close(theirs)
    assert re.match(r"step 1, \d+ s\rstep 2, \d+ s\r", text)
    assert "\rK-means converged after 2 steps.\r\n" in text
    assert ("drawing step 2\r   " in text) == ("--animate" in command)


@pytest.mark.parametrize("version", ["3.9", "2.7"])
def test_old_python(desk, version):
    """An old Python is rejected at the start, with its version."""
    numbers = ", ".join(version.split("."))
    desk.write("old.py", f"import sys\nsys.version_info = ({numbers}, 0)\n"
               "import kmeans\n")
    run = desk.python("old.py")
    assert run.stderr == ("Error: Python 3.10 or newer is needed, and this "
                          f"is Python {version}\n")


@pytest.mark.skipif(sys.platform == "win32", reason="backslashes are right")
@pytest.mark.parametrize("call, shown", [
    (r'read_data("data\2d.csv")', r"data\x02d.csv"),
    (r'read_data("data\mnist.csv")', r"data\\mnist.csv"),
    (r'plot_fig(plot_digit([1]), "a\b", "c")', r"a\x08/c.png")])
def test_backslash(desk, call, shown):
    """A path with a backslash gets advice, in reading and in writing."""
    desk.write("path.py", "from utils import *\n"
               f"with friendly_errors():\n    {call}\n")
    desk.assert_rejects("path.py", f"'{shown}' has a backslash: write "
                        "paths with a slash, such as data/2d.csv")


@pytest.mark.parametrize("wrong", ["    return None\n", "    1 / 0\n"])
def test_old_pictures_stay_when_main_fails(desk, wrong):
    """Old pictures are removed only if there are new ones."""
    desk.write("results/2D/step1.png", "of the last run")
    change_main(desk, "    old_centroids = {}\n", wrong)
    assert desk.python("kmeans.py", "2d").returncode == 1
    assert desk.read("results/2D/step1.png") == "of the last run"


def test_old_pictures_stay_when_none_are_drawn(desk):
    """A main that does not draw yet removes nothing."""
    desk.write("results/2D/step1.png", "of the last run")
    change_main(desk, 'if dataset == "2d":', 'if dataset == "2D":')
    assert desk.python("kmeans.py", "2d").returncode == 0
    assert desk.read("results/2D/step1.png") == "of the last run"


def test_a_third_dataset(desk):
    """One line in pictures.py adds a dataset, which is not drawn."""
    desk.write("pictures.py", desk.read("pictures.py").replace(
        'FOLDERS = {', 'FOLDERS = {"more": [],\n           '))
    for end in [".csv", "_init_centroids.csv"]:
        desk.write(f"data/more{end}", desk.read(f"data/2d{end}"))
    run = desk.python("kmeans.py", "more")
    assert run.stdout == "K-means converged after 2 steps.\n"
    assert "more_final_centroids.csv" in desk.files()
