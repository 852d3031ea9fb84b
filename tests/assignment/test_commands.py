"""What the commands of students print and write, and what they reject."""

import pytest
from PIL import Image, ImageChops

from utils import load_centroids


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
    desk.assert_rejects("kmeans.py 2d", sentence)


def test_missing_file(desk):
    """A missing data file is reported, with the folder."""
    (desk.folder / "data/mnist.csv").unlink()
    desk.assert_rejects(
        "kmeans.py",
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
    desk.assert_rejects(
        "analysis.py",
        f"mnist_final_centroids.csv is missing in {desk.folder}: "
        "run `python kmeans.py mnist` there first")


def test_analysis_of_other_centroids(desk):
    """Final centroids of another dimension are rejected."""
    desk.write("mnist_final_centroids.csv", "one,1,2\n")
    desk.assert_rejects(
        "analysis.py",
        "the points have 16 values but one has 2: use centroids made for "
        "these points")


def test_same_name_twice(desk):
    """Two centroids with the same name are rejected."""
    row = "one," + ",".join(["0"] * 16) + "\n"
    desk.write("mnist_final_centroids.csv", row + row)
    desk.assert_rejects(
        "analysis.py",
        "mnist_final_centroids.csv: 2 rows have the name 'one': "
        "keep only one")


def test_unknown_dataset(desk):
    """An unknown dataset is rejected, on the command line or in the file."""
    sentence = "there is no dataset '3d': choose 2d or mnist"
    desk.assert_rejects("kmeans.py 3d", sentence)
    desk.write("kmeans.py", desk.read("kmeans.py").replace(
        'dataset = "mnist"', 'dataset = "3d"'))
    desk.assert_rejects("kmeans.py", sentence)


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
