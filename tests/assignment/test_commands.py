"""What the commands of students print and write, and what they reject."""
import os
import re
import signal
import subprocess
import sys

import pytest
from PIL import Image, ImageChops

from autograder.build import without_bodies
from utils import load_centroids


def assert_rejected(desk, command, sentence):
    """Assert that a command prints one sentence and writes nothing."""
    before = desk.files()
    run = desk.python(*command.split())
    assert run.stderr == f"Error: {sentence}\n"
    assert run.stdout == ""
    assert run.returncode == 1
    assert desk.files() == before


def test_two_dimensions(desk):
    """`kmeans.py 2d` prints one line, draws each step, writes centroids."""
    before = set(desk.files())
    run = desk.python("kmeans.py", "2d")
    assert run.stdout == "K-means converged after 2 steps.\n"
    assert (run.returncode, run.stderr) == (0, "")
    assert desk.python("kmeans.py", "2D").stdout == run.stdout
    assert set(desk.files()) - before == {
        "2d_final_centroids.csv",
        "results/2D/step1.png", "results/2D/step2.png"}
    final = load_centroids(desk.folder / "2d_final_centroids.csv", True)
    assert final == {"centroid0": [4 / 3, 4 / 3], "centroid1": [8.5, 8.0]}


def test_images(desk):
    """`kmeans.py` draws the first and the last centroids of the images."""
    before = set(desk.files())
    run = desk.python("kmeans.py")
    assert run.stdout == "K-means converged after 2 steps.\n"
    assert (run.returncode, run.stderr) == (0, "")
    assert set(desk.files()) - before == {
        "mnist_final_centroids.csv",
        "results/MNIST/init/centroid0.png",
        "results/MNIST/init/centroid1.png",
        "results/MNIST/init/centroid2.png",
        "results/MNIST/final/centroid0.png",
        "results/MNIST/final/centroid1.png"}


def test_analysis(desk):
    """`analysis.py` prints the accuracy and nothing else."""
    desk.python("kmeans.py")
    run = desk.python("analysis.py")
    assert (run.stdout, run.stderr, run.returncode) == ("1.0\n", "", 0)


def test_report(desk):
    """`analysis.py --report` prints sorted rows of centroids and a total."""
    desk.write("mnist_final_centroids.csv", "".join(
        f"{name},{','.join([grey] * 16)}\n" for name, grey in [
            ("centroid10", "189"), ("centroid2", "5"), ("lost3", "999")]))
    desk.write("data/mnist.csv", "".join(
        f"{label},{','.join([str(grey)] * 16)}\n"
        for label, grey in [("C", 0), ("J", 200), ("C", 9), ("C", 190)]))
    run = desk.python("analysis.py", "--report")
    rows = [line.split() for line in run.stdout.splitlines()]
    assert rows == [
        ["centroid", "size", "majority", "share", "runner-up", "share"],
        ["centroid2", "2", "C", "100%", "-", "0%"],
        ["centroid10", "2", "J", "50%", "C", "50%"],
        ["all", "4", "75.0%"]]
    assert [line.index("%") for line in run.stdout.splitlines()[1:]] == [
        run.stdout.index(" share") + 5] * 3


def test_animation(desk):
    """`--animate` also writes all steps as a GIF."""
    for arguments in [["2d", "--animate"], ["--animate", "mnist"]]:
        run = desk.python("kmeans.py", *arguments)
        assert run.stdout == "K-means converged after 2 steps.\n"
    for name, last in [("2D", "2D/step2"), ("MNIST", None)]:
        path = desk.folder / "results" / name / "steps.gif"
        with Image.open(path) as animation:
            assert animation.n_frames == 3
            waits = []
            for frame in range(3):
                animation.seek(frame)
                waits.append(animation.info["duration"])
            assert waits == [600, 600, 3000]
            if last:  # all but the title is that of the last step
                still = Image.open(desk.folder / f"results/{last}.png")
                strip = (0, 40, *still.size)
                difference = ImageChops.difference(
                    *(image.convert("L").crop(strip)
                      for image in [animation, still]))
                assert difference.getextrema()[1] < 60


def test_a_second_run_replaces_the_pictures_of_the_first(desk):
    """Pictures that only the first run drew are removed."""
    desk.write("results/2D/step3.png", "of another run")
    desk.write("results/2D/notes.txt", "the student's own")
    desk.python("kmeans.py", "2d")
    assert desk.python("kmeans.py", "2d").returncode == 0
    names = {path.name for path in (desk.folder / "results/2D").iterdir()}
    assert names == {"step1.png", "step2.png", "notes.txt"}


def test_help_and_wrong_usage(desk):
    """`--help` names every option; an unknown one ends with status 2."""
    run = desk.python("kmeans.py", "--help")
    assert "--animate" in run.stdout and "2d or mnist" in run.stdout
    assert "--report" in desk.python("analysis.py", "--help").stdout
    assert desk.python("kmeans.py", "--fast").returncode == 2
    assert desk.python("analysis.py", "2d").returncode == 2


def test_other_forms_of_text_files(desk):
    """Windows line ends, a byte-order mark and blank lines are accepted."""
    desk.python("kmeans.py", "2d")
    expected = desk.files()["2d_final_centroids.csv"]
    for name in ["data/2d.csv", "data/2d_init_centroids.csv"]:
        text = desk.files()[name].replace(b"\n", b"\r\n")
        desk.write(name, b"\xef\xbb\xbf" + text + b"\r\n  \r\n")
    desk.write("2d_final_centroids.csv", "")
    assert desk.python("kmeans.py", "2d").returncode == 0
    assert desk.files()["2d_final_centroids.csv"] == expected


DAMAGE = {
    "wrong number of values": (
        "data/2d.csv", "A,1,1\nA,1\n",
        "data/2d.csv, line 2: number of values is 1, but in the first row "
        "2: correct the row"),
    "no values": (
        "data/2d.csv", "A\nB\n",
        "data/2d.csv, line 1: no values, only a name: correct the row"),
    "not a number": (
        "data/2d.csv", "A,1,1\n\nA,1,two\n",
        "data/2d.csv, line 3, column 3: 'two' is not a number up to 1e+100: "
        "write numbers like 12.5, with commas between them"),
    "decimal commas": (
        "data/2d.csv", "A;1,5;2,5\n",
        "data/2d.csv, line 1, column 2: '5;2' is not a number up to 1e+100: "
        "write numbers like 12.5, with commas between them"),
    "too large": (
        "data/2d.csv", "A,1,2\nA,1e308,1\n",
        "data/2d.csv, line 2, column 2: '1e308' is not a number up to "
        "1e+100: write numbers like 12.5, with commas between them"),
    "unclosed quote": (
        "data/2d.csv", '"A,1,1\nA,1,2\n',
        "data/2d.csv is not a CSV text file (unexpected end of data): put "
        "the original file back"),
    "NaN": (
        "data/2d.csv", "A,1,1\nA,nan,2\n",
        "data/2d.csv, line 2, column 2: 'nan' is not a number up to 1e+100: "
        "write numbers like 12.5, with commas between them"),
    "infinity": (
        "data/2d_init_centroids.csv", "1,1\n2,-inf\n",
        "data/2d_init_centroids.csv, line 2, column 2: '-inf' is not a "
        "number up to 1e+100: write numbers like 12.5, with commas between "
        "them"),
    "empty file": (
        "data/2d.csv", "",
        "data/2d.csv is empty: put the original file back"),
    "no centroids": (
        "data/2d_init_centroids.csv", "\n",
        "data/2d_init_centroids.csv is empty: put the original file back"),
    "another dimension": (
        "data/2d_init_centroids.csv", "1,1,1\n2,2,2\n",
        "the points have 2 values but centroid0 has 3: use centroids made "
        "for these points"),
    "not text": (
        "data/2d.csv", b"A,1,\xff\n",
        "data/2d.csv is not a CSV text file ('utf-8' codec can't decode "
        "byte 0xff in position 4: invalid start byte): put the original "
        "file back"),
}


@pytest.mark.parametrize("damage", DAMAGE)
def test_damaged_file(desk, damage):
    """A damaged file is rejected in one sentence and nothing is written."""
    name, text, sentence = DAMAGE[damage]
    desk.write(name, text)
    assert_rejected(desk, "kmeans.py 2d", sentence)


def test_missing_file(desk):
    """A missing data file is reported, with the folder."""
    (desk.folder / "data/mnist.csv").unlink()
    assert_rejected(
        desk, "kmeans.py",
        f"data/mnist.csv is missing in {desk.folder}: run the program in "
        "the folder that holds kmeans.py and its data folder")
    assert not (desk.folder / "results").exists()


def test_folder_in_place_of_a_file(desk):
    """A data file that cannot be read is reported, with the reason."""
    (desk.folder / "data/2d.csv").unlink()
    (desk.folder / "data/2d.csv").mkdir()
    run = desk.python("kmeans.py", "2d")
    assert run.stderr.startswith("Error: cannot read data/2d.csv (")
    assert run.returncode == 1


def test_analysis_before_kmeans(desk):
    """Without final centroids, analysis.py says what to run first."""
    assert_rejected(
        desk, "analysis.py",
        f"mnist_final_centroids.csv is missing in {desk.folder}: "
        "run `python kmeans.py mnist` there first")


def test_analysis_of_other_centroids(desk):
    """Final centroids of another dimension are rejected."""
    desk.write("mnist_final_centroids.csv", "one,1,2\n")
    assert_rejected(
        desk, "analysis.py",
        "the points have 16 values but one has 2: use centroids made for "
        "these points")


def test_same_name_twice(desk):
    """Two centroids with the same name are rejected."""
    row = "one," + ",".join(["0"] * 16) + "\n"
    desk.write("mnist_final_centroids.csv", row + row)
    assert_rejected(
        desk, "analysis.py",
        "mnist_final_centroids.csv: 2 rows have the name 'one': "
        "keep only one")


def test_unknown_dataset(desk):
    """An unknown dataset is rejected, on the command line or in the file."""
    sentence = "there is no dataset '3d': choose 2d or mnist"
    assert_rejected(desk, "kmeans.py 3d", sentence)
    desk.write("kmeans.py", desk.read("kmeans.py").replace(
        'dataset = "mnist"', 'dataset = "3d"'))
    assert_rejected(desk, "kmeans.py", sentence)


@pytest.mark.parametrize("blocked", ["results", "results/2D"])
def test_results_cannot_be_written(desk, blocked):
    """A file in the place of the results folder is reported and kept."""
    desk.write(blocked, "a file")
    before = desk.files()
    run = desk.python("kmeans.py", "2d")
    assert run.stderr.startswith("Error: cannot write results/2D (")
    assert run.stderr.count("\n") == 1 and run.returncode == 1
    assert desk.files() == before


def test_centroids_cannot_be_written(desk):
    """A folder in the place of the final centroids is reported and kept."""
    (desk.folder / "2d_final_centroids.csv").mkdir()
    run = desk.python("kmeans.py", "2d")
    assert "Error: cannot write 2d_final_centroids.csv (" in run.stderr
    assert run.returncode == 1
    assert not list(desk.folder.glob("*.part"))


def test_not_a_square(desk):
    """Images that are not square are rejected in one sentence."""
    desk.write("data/mnist.csv", "A,1,2,3\n")
    desk.write("data/mnist_init_centroids.csv", "1,2,3\n")
    run = desk.python("kmeans.py")
    assert run.stderr == ("Error: cannot draw 3 values as a square "
                          "picture: use 1 or 4 values\n")


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
    assert_rejected(desk, "bare.py", "matplotlib is missing: type "
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
    assert_rejected(desk, "path.py", f"'{shown}' has a backslash: write "
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
