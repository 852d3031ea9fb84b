"""A batch ends with a row per submission, whatever is among them."""
import csv
import io
import os
import pathlib
import signal
import subprocess
import sys
import time
import zipfile

import pytest

from autograder import batch, checks, local, places, results
from autograder.sandbox.sandbox import SandboxError
from autograder.submission import SubmissionError
from tests.autograder.gradescope import SOLUTION
from tests.conftest import ROOT

FULL = results.as_gradescope(
    [results.Row(check.title, check.points, check.visibility, 1)
     for check in checks.table()], ["A note."])


def write(folder, files):
    """Write files, name -> bytes, into a new folder."""
    folder.mkdir(parents=True)
    for name, data in files.items():
        (folder / name).write_bytes(data)


def zipped(files):
    """Return the bytes of a zip."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return buffer.getvalue()


def patched(data, local_offset, central_offset, value):
    """Return a zip with two bytes changed in every header of a file."""
    data = bytearray(data)
    for mark, offset in [(b"PK\3\4", local_offset),
                         (b"PK\1\2", central_offset)]:
        at = data.find(mark)
        while at >= 0:
            data[at + offset:at + offset + 2] = value
            at = data.find(mark, at + 4)
    return bytes(data)


PLAIN = zipped(SOLUTION)
BAD_ZIPS = {
    "encrypted": patched(PLAIN, 6, 8, b"\1\0"),
    "strange": patched(PLAIN, 8, 10, b"\x63\0"),
    "truncated": PLAIN[:-40], "empty": b"", "no zip": b"My homework, ...",
    "damaged": PLAIN[:60] + b"\xff" * 40 + PLAIN[100:],
    "header": PLAIN.replace(b"PK\3\4", b"PK\0\0")}


@pytest.mark.parametrize("kind", BAD_ZIPS)
def test_a_zip_that_cannot_be_read_has_a_sentence(tmp_path, kind):
    """Encrypted, damaged or strangely compressed: never a traceback."""
    path = tmp_path / "ada.zip"
    path.write_bytes(BAD_ZIPS[kind])
    with pytest.raises(SubmissionError) as error:
        local.read(path)
    assert "ada.zip cannot be unpacked (" in str(error.value)
    assert "hand in a plain zip" in str(error.value)
    assert "<" not in str(error.value)
    if kind == "encrypted":
        assert "py in it is encrypted" in str(error.value)


def test_a_zip_writes_nothing_outside(tmp_path):
    """Names that lead out of the folder are skipped, and so are links."""
    path = tmp_path / "ada.zip"
    with zipfile.ZipFile(path, "w") as archive:
        for name in ["../kmeans.py", "/tmp/kmeans.py", "..\\kmeans.py",
                     "x" * 300 + "/kmeans.py"]:
            archive.writestr(name, "evil")
        link = zipfile.ZipInfo("analysis.py")
        link.create_system, link.external_attr = 3, 0o120777 << 16
        archive.writestr(link, "/etc/passwd")
        archive.writestr("answers.txt", "good")
    assert local.read(path).files == {"answers.txt": b"good"}
    assert [entry.name for entry in tmp_path.iterdir()] == ["ada.zip"]


def test_a_zip_with_very_many_files(tmp_path):
    """The three files are found, wherever they are in the zip."""
    path = tmp_path / "ada.zip"
    many = {f"more/{i}.txt": b"" for i in range(3000)}
    path.write_bytes(zipped({**many, **SOLUTION}))
    assert local.read(path).files == SOLUTION


class FakeGraders(batch.Batch):
    """A batch whose graders do not run: they give full marks at once."""

    def _try_sandbox(self):
        """None is used."""

    def _run(self, path):
        if "crash" in os.path.basename(path):
            raise RuntimeError("exit status -11")
        return FULL


def table_of(path):
    """Return the rows of a CSV file."""
    with open(path, newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


@pytest.fixture
def class_folder(tmp_path):
    """200 submissions, some of which are not what they should be."""
    folder = tmp_path / "class"
    for i in range(190):
        write(folder / f"student{i:03}", SOLUTION)
    for kind, data in BAD_ZIPS.items():
        (folder / f"{kind}.zip").write_bytes(data)
    (folder / "nothing").mkdir()
    write(folder / "large", {"kmeans.py": b"#" * 20_000_000})
    write(folder / "crash", SOLUTION)
    return folder


def test_a_class_of_two_hundred(tmp_path, class_folder):
    """Every submission has a row, sorted by name, under the maxima."""
    path = tmp_path / "scores.csv"
    assert FakeGraders(class_folder, path, 2).run() == 200
    maxima, *rows = table_of(path)
    assert (maxima["submission"], maxima["total"]) == ("maximum", "100")
    names = [row["submission"] for row in rows]
    assert len(names) == 200 and names == sorted(names)
    by_name = {row["submission"]: row for row in rows}
    for kind in BAD_ZIPS:
        row = by_name[f"{kind}.zip"]
        assert row["total"] == "0" and "cannot be unpacked" in row["note"]
    assert "holds none of kmeans.py" in by_name["nothing"]["note"]
    assert "20,000,000 bytes" in by_name["large"]["note"]
    crash = by_name["crash"]
    assert crash["note"] == "The grader failed: exit status -11"
    assert crash["total"] == ""
    assert {by_name[f"student{i:03}"]["total"] for i in range(190)} == {"100"}
    assert by_name["student000"]["note"] == "A note."
    assert "\nQuestion 1. " in by_name["student000"]["answers"]


def test_no_column_is_always_zero(tmp_path, class_folder):
    """Rows that are for information only are not in the table."""
    path = tmp_path / "scores.csv"
    FakeGraders(class_folder, path, 2).run()
    maxima = table_of(path)[0]
    assert {title for title in maxima if maxima[title] == "0"} == set()
    assert "answers.txt is answered" not in maxima


BATCH = """
import sys, time
from tests.autograder.test_batch import FakeGraders, FULL
from autograder import __main__ as command

class SlowGraders(FakeGraders):
    def _run(self, path):
        time.sleep(0.05)
        return FULL

command.Batch = SlowGraders
sys.exit(command.main(["batch", sys.argv[1], "--out", sys.argv[2]]))
"""


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_batch_that_is_stopped_continues(tmp_path, class_folder, number):
    """It ends in one sentence, keeps its rows, and continues from there."""
    path = tmp_path / "scores.csv"

    def start():
        return subprocess.Popen(
            [sys.executable, "-c", BATCH, class_folder, path], cwd=ROOT,
            text=True, stderr=subprocess.PIPE)

    with start() as process:
        deadline = time.monotonic() + 60
        while not path.exists() or path.read_bytes().count(b"A note") < 20:
            assert time.monotonic() < deadline and process.poll() is None
            time.sleep(0.02)
        process.send_signal(number)
        errors = process.stderr.read()
    assert process.returncode == 1
    assert errors.count("\n") == 1 and errors.startswith("Error: stopped: ")
    kept = [row["submission"] for row in table_of(path)[1:]]
    assert 20 <= len(kept) < 200
    assert f"rows for {len(kept)} of 200 submissions" in errors
    before = {name: dict(row) for name, row in zip(kept, table_of(path)[1:])}
    with start() as process:
        assert process.wait() == 0
    rows = {row["submission"]: row for row in table_of(path)[1:]}
    assert len(rows) == 200
    assert all(rows[name] == before[name] for name in kept)


def test_what_fails_for_all_fails_before_the_first(tmp_path, monkeypatch):
    """One sentence, no rows of it; a later call continues."""
    write(tmp_path / "class" / "ada", SOLUTION)
    path = tmp_path / "scores.csv"

    def fail(*args):
        raise SandboxError("there is no Python that others may run")

    monkeypatch.setattr(local.grade, "open_sandbox", fail)
    with pytest.raises(SandboxError, match="no Python"):
        batch.Batch(tmp_path / "class", path, 1).run()
    assert [row["submission"] for row in table_of(path)] == ["maximum"]
    assert FakeGraders(tmp_path / "class", path, 1).run() == 1


def test_half_a_row_is_graded_again(tmp_path):
    """A file that was cut off in the middle of a row is repaired."""
    for name in ["ada", "ben"]:
        write(tmp_path / "class" / name, SOLUTION)
    path = tmp_path / "scores.csv"
    FakeGraders(tmp_path / "class", path, 1).run()
    whole = path.read_bytes()
    path.write_bytes(whole[:-4000])
    FakeGraders(tmp_path / "class", path, 1).run()
    assert path.read_bytes() == whole


def test_a_file_of_another_table_is_replaced(tmp_path):
    """Rows of other columns cannot be continued."""
    write(tmp_path / "class" / "ada", SOLUTION)
    path = tmp_path / "scores.csv"
    path.write_text("a,b\n1,2\n")
    FakeGraders(tmp_path / "class", path, 1).run()
    assert [row["submission"] for row in table_of(path)] == [
        "maximum", "ada"]


@pytest.mark.parametrize("name, shown", [
    (b"\x1b[2Jada", "[2Jada"), (b"ad\xff", "ad\ufffd"),
    (b"=1+1", "'=1+1"), (b"@SUM(A1)", "'@SUM(A1)")])
def test_names_are_harmless(tmp_path, name, shown):
    """In a terminal and in a spreadsheet."""
    folder = os.path.join(os.fsencode(tmp_path), b"class", name)
    write(pathlib.Path(os.fsdecode(folder)), SOLUTION)
    path = tmp_path / "scores.csv"
    assert FakeGraders(tmp_path / "class", path, 1).run() == 1
    assert FakeGraders(tmp_path / "class", path, 1).run() == 1
    row = table_of(path)[1]
    assert row["submission"] == row["student"] == shown


def test_names_that_differ_in_bytes_only(tmp_path):
    """Both have a row."""
    for name in [b"a\xff", b"a\xfe"]:
        write(pathlib.Path(os.fsdecode(os.path.join(
            os.fsencode(tmp_path), b"class", name))), SOLUTION)
    assert [place.name for place in places.find(tmp_path / "class")] == [
        "a\ufffd", "a\ufffd (2)"]


def test_whose_submissions_they_are(tmp_path):
    """Folders, zips, and the names of Canvas, Gradescope and Moodle."""
    folder = tmp_path / "class"
    for name in ["anna", "submission_12", "submission_13", "submission_14",
                 "Jane Doe_77_assignsubmission_file"]:
        write(folder / name, SOLUTION)
    (folder / "doejim_LATE_1_2_homework.zip").write_bytes(PLAIN)
    (folder / "ben.zip").write_bytes(PLAIN)
    (folder / "notes.txt").write_text("mine")
    (folder / "submission_metadata.yml").write_text(
        "---\nsubmission_12:\n  :submitters:\n  - :name: Carl Cole\n"
        "    :email: c@x.edu\n  :created_at: 2026\nsubmission_13:\n"
        "  :submitters:\n  - :name: 'Di Day'\n  - :name: Ed Eve\n")
    found = {place.name: place.student for place in places.find(folder)}
    assert found == {
        "anna": "anna", "ben.zip": "ben", "submission_12": "Carl Cole",
        "submission_13": "Di Day & Ed Eve", "submission_14": "submission_14",
        "doejim_LATE_1_2_homework.zip": "doejim",
        "Jane Doe_77_assignsubmission_file": "Jane Doe"}


def test_a_flat_folder_of_canvas(tmp_path):
    """Files that Canvas has renamed are put together by student."""
    folder = tmp_path / "class"
    write(folder, {
        "doejane_1_2_kmeans.py": SOLUTION["kmeans.py"],
        "doejane_1_3_analysis-2.py": SOLUTION["analysis.py"],
        "doejane_1_4_answers.txt": SOLUTION["answers.txt"],
        "roejoe_LATE_7_8_kmeans-1.py": b"x = 1\n"})
    read = {}

    class Reads(FakeGraders):
        def _run(self, path):
            read[len(read)] = local.read(path).files
            return FULL

    path = tmp_path / "scores.csv"
    assert Reads(folder, path, 1).run() == 2
    assert list(read.values()) == [SOLUTION, {"kmeans.py": b"x = 1\n"}]
    assert [row["student"] for row in table_of(path)[1:]] == [
        "doejane", "roejoe"]


def test_a_grader_in_a_process_of_its_own_may_fail(tmp_path, monkeypatch):
    """Its last words are the note, and no score is invented."""
    write(tmp_path / "class" / "ada", SOLUTION)
    monkeypatch.setattr(sys, "executable", "/bin/false")
    monkeypatch.setattr(batch.Batch, "_try_sandbox", lambda self: None)
    path = tmp_path / "scores.csv"
    batch.Batch(tmp_path / "class", path, 1).run()
    row = table_of(path)[1]
    assert row["note"] == "The grader failed: exit status 1"
    assert row["total"] == ""
