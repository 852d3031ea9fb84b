"""Files are found, or missed in words; none is opened that must not be."""
import os

import pytest

from autograder import submission

GOOD = {"kmeans.py": b"k", "analysis.py": b"a", "answers.txt": b"t"}


@pytest.fixture
def collect(tmp_path):
    """Write files, path -> bytes, and collect the submission."""
    def run(files):
        for name, data in files.items():
            path = tmp_path / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(data)
        return submission.collect(tmp_path)
    return run


def without(name):
    """Return the good files but one."""
    return {other: data for other, data in GOOD.items() if other != name}


def test_three_files(collect):
    """Three files are taken with their bytes; others do not matter."""
    found = collect({**GOOD, "utils.py": b"u", "data/2d.csv": b"d"})
    assert (found.files, found.problems, found.notes) == (GOOD, {}, [])


def test_a_missing_file(collect):
    """A missing file is named, with what there is."""
    found = collect(without("answers.txt"))
    assert found.problems == {"answers.txt": (
        "answers.txt is missing. Handed in: analysis.py, kmeans.py.")}
    assert found.files == without("answers.txt")


@pytest.mark.parametrize("name", [
    "Kmeans.py", "kmeans (1).py", "kmeans.py.txt", "kmeans - Copy.py",
    "k-means.py", "kmeans.ipynb"])
def test_a_misnamed_file(collect, name):
    """A file that may be meant is suggested."""
    found = collect({**without("kmeans.py"), name: b"k"})
    assert found.problems == {"kmeans.py": (
        f"kmeans.py is missing. Did you mean {name}? "
        "Rename it to kmeans.py.")}


def test_files_in_a_folder(collect):
    """Files in one folder are taken, with a note for next time."""
    found = collect({f"hw1/{name}": data for name, data in GOOD.items()}
                    | {"__MACOSX/hw1/kmeans.py": b"x"})
    assert found.files == GOOD
    assert found.notes[0] == (
        "kmeans.py was found in a folder, as hw1/kmeans.py. Next time hand "
        "in the file itself.")


def test_two_files_of_one_name(collect):
    """Of two in folders neither is taken; the one at the top is."""
    found = collect({**without("kmeans.py"), "old/kmeans.py": b"1",
                     "new/kmeans.py": b"2"})
    assert found.problems == {"kmeans.py": (
        "There is more than one kmeans.py: new/kmeans.py, old/kmeans.py. "
        "Hand in just one.")}
    assert collect({"kmeans.py": b"3"}).files["kmeans.py"] == b"3"


def test_links_and_pipes_are_refused(collect, tmp_path):
    """Only regular files are read: no link, no pipe, no folder."""
    secret = tmp_path.parent / "secret"
    secret.write_text("SECRET")
    os.symlink(secret, tmp_path / "kmeans.py")
    os.mkfifo(tmp_path / "analysis.py")
    (tmp_path / "answers.txt").mkdir()
    found = collect({})
    assert found.files == {}
    assert found.problems["kmeans.py"] == "kmeans.py is not a regular file."
    assert found.problems["analysis.py"] == (
        "analysis.py is not a regular file.")


def test_a_link_to_a_folder_is_not_entered(collect, tmp_path):
    """A folder that is a link is not searched."""
    outside = tmp_path.parent / "outside"
    outside.mkdir()
    (outside / "kmeans.py").write_text("SECRET")
    os.symlink(outside, tmp_path / "folder")
    assert "kmeans.py" not in collect(without("kmeans.py")).files


def test_too_large(collect):
    """A file that is too large to be written by hand is not read."""
    found = collect({**GOOD, "kmeans.py": b"#" * 200_001})
    assert found.problems["kmeans.py"].startswith(
        "kmeans.py has 200,001 bytes, but the maximum is 200,000.")


def test_many_and_deep_files(collect):
    """Looking for files ends early, however many there are."""
    many = {f"more/{i}/{j}": b"" for i in range(40) for j in range(40)}
    found = collect({**GOOD, **many, "a/b/c/d/e/kmeans.py": b"deep"})
    assert found.files == GOOD


def test_many_entries_at_the_top(collect):
    """The three files are found among any number of others."""
    found = collect({**GOOD, **{f"{i:05}.txt": b"" for i in range(1500)}})
    assert found.files == GOOD
    names = [f"0{i:04}/x" for i in range(1500)]
    assert collect(dict.fromkeys(names, b"")).files == GOOD


@pytest.mark.parametrize("name, shown", [
    (b"\x1b[31mkmeans.txt", "[31mkmeans.txt"), (b"kmeans\xff.txt",
                                                "kmeans\ufffd.txt"),
    (b"k\nmeans.txt", "k\ufffdmeans.txt"),
    ("k\u202emeans.txt".encode(), "kmeans.txt"),
    (b"\x9b31mkmeans.txt", "\ufffd31mkmeans.txt"),
    (b"k" * 250, "k" * 100)])
def test_names_of_files_are_cleaned(tmp_path, name, shown):
    """No name controls a terminal, whatever its bytes are."""
    with open(os.path.join(os.fsencode(tmp_path), name), "wb"):
        pass
    text = submission.collect(tmp_path).problems["analysis.py"]
    assert text == f"analysis.py is missing. Handed in: {shown}."


def test_a_folder_has_a_name_that_is_no_text(collect, tmp_path):
    """What is found in such a folder is taken, and its name is cleaned."""
    folder = os.path.join(os.fsencode(tmp_path), b"\x1b]0;x\x07\xfe")
    os.mkdir(folder)
    with open(os.path.join(folder, b"kmeans.py"), "wb") as file:
        file.write(b"k")
    found = collect(without("kmeans.py"))
    assert found.files == GOOD
    assert found.notes == [
        "kmeans.py was found in a folder, as ]0;x\ufffd/kmeans.py. Next time "
        "hand in the file itself."]
