"""The commands that students type: what they print, write and refuse."""
import pytest

from utils import load_centroids


def assert_refused(desk, run, sentence):
    """The run said one sentence, ended with status 1, wrote nothing."""
    assert run.stderr == f"Error: {sentence}\n"
    assert run.stdout == ""
    assert run.returncode == 1


def test_two_dimensions(desk):
    """`kmeans.py 2d` prints one line, draws each step, writes centroids."""
    before = set(desk.files())
    run = desk.python("kmeans.py", "2d")
    assert run.stdout == "K-means converged after 2 steps.\n"
    assert (run.returncode, run.stderr) == (0, "")
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
    """`analysis.py --report` prints a row for each centroid and a total."""
    desk.write("mnist_final_centroids.csv", "".join(
        f"{name},{','.join([grey] * 16)}\n"
        for name, grey in [("dark", "5"), ("middle", "189"), ("odd", "999")]))
    desk.write("data/mnist.csv", "".join(
        f"{label},{','.join([str(grey)] * 16)}\n"
        for label, grey in [("C", 0), ("J", 200), ("C", 9), ("C", 190)]))
    run = desk.python("analysis.py", "--report")
    rows = [line.split() for line in run.stdout.splitlines()]
    assert rows == [
        ["centroid", "size", "majority", "share", "runner-up", "share"],
        ["dark", "2", "C", "100%", "-", "0%"],
        ["middle", "2", "J", "50%", "C", "50%"],
        ["all", "4", "75.0%"]]
    assert len(set(map(len, run.stdout.splitlines()))) == 1


def test_animation(desk):
    """`--animate` also writes all steps as a GIF."""
    for arguments in [["2d", "--animate"], ["--animate", "mnist"]]:
        run = desk.python("kmeans.py", *arguments)
        assert run.stdout == "K-means converged after 2 steps.\n"
    files = desk.files()
    assert files["results/2D/steps.gif"].startswith(b"GIF89a")
    assert files["results/MNIST/steps.gif"].startswith(b"GIF89a")


def test_a_second_run_replaces_the_pictures_of_the_first(desk):
    """Pictures of lost centroids and of more steps do not stay behind."""
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
    """Windows line ends, a byte-order mark, blank lines: read as meant."""
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
        "data/2d.csv, line 2: 1 values, but the first row has 2: "
        "correct it or delete the row"),
    "no values": (
        "data/2d.csv", "A\nB\n",
        "data/2d.csv, line 1: no values, only a name: "
        "correct it or delete the row"),
    "not a number": (
        "data/2d.csv", "A,1,1\n\nA,1,two\n",
        "data/2d.csv, line 3, column 3: 'two' is not a finite number: "
        "correct it or delete the row"),
    "NaN": (
        "data/2d.csv", "A,1,1\nA,nan,2\n",
        "data/2d.csv, line 2, column 2: 'nan' is not a finite number: "
        "correct it or delete the row"),
    "infinity": (
        "data/2d_init_centroids.csv", "1,1\n2,-inf\n",
        "data/2d_init_centroids.csv, line 2, column 2: '-inf' is not a "
        "finite number: correct it or delete the row"),
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
    """A damaged file is refused in one sentence and nothing is written."""
    name, text, sentence = DAMAGE[damage]
    desk.write(name, text)
    before = desk.files()
    assert_refused(desk, desk.python("kmeans.py", "2d"), sentence)
    assert desk.files() == before


def test_missing_file(desk):
    """A missing data file is named, and where it was looked for."""
    (desk.folder / "data/mnist.csv").unlink()
    assert_refused(
        desk, desk.python("kmeans.py"),
        f"data/mnist.csv is missing in {desk.folder}: run the program in "
        "the folder that holds kmeans.py and its data folder")
    assert not (desk.folder / "results").exists()


def test_folder_in_place_of_a_file(desk):
    """A data file that cannot be read is named, with the reason."""
    (desk.folder / "data/2d.csv").unlink()
    (desk.folder / "data/2d.csv").mkdir()
    run = desk.python("kmeans.py", "2d")
    assert run.stderr.startswith("Error: cannot read data/2d.csv (")
    assert run.returncode == 1


def test_analysis_before_kmeans(desk):
    """Without final centroids, analysis.py says what to run first."""
    assert_refused(
        desk, desk.python("analysis.py"),
        "mnist_final_centroids.csv is missing: "
        "run `python kmeans.py mnist` first")


def test_analysis_of_other_centroids(desk):
    """Final centroids of another dimension are refused."""
    desk.write("mnist_final_centroids.csv", "one,1,2\n")
    assert_refused(
        desk, desk.python("analysis.py"),
        "the points have 16 values but one has 2: use centroids made for "
        "these points")


def test_same_name_twice(desk):
    """Two centroids of one name would silently be one: refused."""
    row = "one," + ",".join(["0"] * 16) + "\n"
    desk.write("mnist_final_centroids.csv", row + row)
    assert_refused(
        desk, desk.python("analysis.py"),
        "mnist_final_centroids.csv: 2 rows have the name 'one': "
        "keep 1 of them")


def test_unknown_dataset(desk):
    """An unknown dataset is refused, on the command line or in the file."""
    sentence = "there is no dataset '3d': choose 2d or mnist"
    before = desk.files()
    assert_refused(desk, desk.python("kmeans.py", "3d"), sentence)
    assert desk.files() == before
    desk.write("kmeans.py", desk.read("kmeans.py").replace(
        'dataset = "mnist"', 'dataset = "3d"'))
    assert_refused(desk, desk.python("kmeans.py"), sentence)


@pytest.mark.parametrize("blocked", ["results", "results/2D"])
def test_results_cannot_be_written(desk, blocked):
    """A file in the place of the results folder is named and kept."""
    desk.write(blocked, "a file")
    before = desk.files()
    run = desk.python("kmeans.py", "2d")
    assert run.stderr.startswith("Error: cannot write to results/2D (")
    assert run.stderr.count("\n") == 1 and run.returncode == 1
    assert desk.files() == before


def test_centroids_cannot_be_written(desk):
    """A folder in the place of the final centroids is named and kept."""
    (desk.folder / "2d_final_centroids.csv").mkdir()
    run = desk.python("kmeans.py", "2d")
    assert "Error: cannot write 2d_final_centroids.csv (" in run.stderr
    assert run.returncode == 1
    assert not list(desk.folder.glob("*.part"))


def test_not_a_square(desk):
    """Images that cannot be drawn as a square are refused in words."""
    desk.write("data/mnist.csv", "A,1,2,3\n")
    desk.write("data/mnist_init_centroids.csv", "1,2,3\n")
    run = desk.python("kmeans.py")
    assert run.stderr == ("Error: cannot draw 3 values as a square "
                          "picture: use 1 or 4 values\n")


def test_mistakes_in_the_program_keep_their_traceback(desk):
    """Only bad input is one sentence: a student's slip shows its place."""
    desk.write("kmeans.py", desk.read("kmeans.py").replace(
        "step += 1", "step = int('one')"))
    run = desk.python("kmeans.py", "2d")
    assert "Traceback" in run.stderr and "int('one')" in run.stderr


@pytest.mark.parametrize("name, functions", [
    ("test_kmeans.py", ["euclidean_distance", "get_closest_centroid",
                        "assign_points_to_centroids", "mean_of_points",
                        "update_centroids"]),
    ("test_analysis.py", ["assign_labels", "majority_count", "accuracy"])])
def test_what_the_tests_print(desk, name, functions):
    """The tests print one line for each function and one at the end."""
    run = desk.python(name)
    assert run.stdout.splitlines() == [
        *(f"test_{function} passed." for function in functions),
        "all tests passed."]
    assert (run.returncode, run.stderr) == (0, "")
