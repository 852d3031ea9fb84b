"""A homework file that cannot be tested is reported in a sentence."""
import pytest

STARTER = "from utils import *\n\n\ndef euclidean_distance(a, b):\n"


@pytest.mark.parametrize("program, shown", [
    (STARTER + "    exit()\n",
     "In euclidean_distance, line 5 of kmeans.py:\n    exit()\n"
     "SystemExit: None\nThis ends the whole program: use return.\n"),
    (STARTER + "    return 5.0\n\n\nimport sys\nsys.exit(main())\n",
     "In line 9 of kmeans.py:\n    sys.exit(main())\n"
     "NameError: name 'main' is not defined\n"
     "Is it spelt as in the lines above?\n"),
    (STARTER + "    return 5.0\n\n\nquit()\n",
     "In line 8 of kmeans.py:\n    quit()\n"
     "SystemExit: None\nThis ends the whole program: use return.\n"),
    ("x = 1\0\n", "Error: kmeans.py is not a text file: save it again as "
                  "UTF-8\n"),
    (STARTER.encode("utf-16"), "Error: kmeans.py is not a text file: save it "
                               "again as UTF-8\n"),
    ("", "Exception: kmeans.py has no function euclidean_distance.\n"),
    ("def euclidian_distance(a, b):\n    return 0\n",
     "Exception: kmeans.py has no function euclidean_distance. "
     "Did you mean euclidian_distance?\n")])
def test_program(desk, program, shown):
    """`test_kmeans.py` says what is wrong, and shows no frame of ours."""
    desk.write("kmeans.py", program)
    run = desk.python("test_kmeans.py")
    assert (run.stdout, run.stderr) == ("", shown)
    assert run.returncode == 1


def test_missing_program(desk):
    """The folder in which it is looked for is named."""
    (desk.folder / "kmeans.py").rename(desk.folder / "kmeans (1).py")
    run = desk.python("test_kmeans.py")
    assert run.stderr == (
        f"Error: kmeans.py is missing in {desk.folder}: put it there, with "
        "exactly this name\n")
    assert run.returncode == 1


@pytest.mark.parametrize("name, command", [
    ("copy", "test_kmeans.py"), ("random", "kmeans.py 2d")])
def test_file_named_like_a_module_of_python(desk, name, command):
    """A file that Python imports in place of its own is named."""
    desk.write(f"{name}.py", "x = 1\n")
    run = desk.python(*command.split())
    assert run.stderr == (f"{name}.py hides Python's own {name}: rename your "
                          "file.\n")
    assert run.returncode == 1


def test_such_a_file_that_nobody_imports_does_no_harm(desk):
    """Students call their own trials test.py."""
    desk.write("test.py", "x = 1\n")
    run = desk.python("test_kmeans.py")
    assert (run.returncode, run.stderr) == (0, "")
