"""Settings that all tests share, and a student's folder."""
import os
import pathlib
import shutil
import subprocess
import sys

import hypothesis
import pytest

ROOT = pathlib.Path(__file__).parent.parent
ASSIGNMENT = ["kmeans.py", "analysis.py", "utils.py", "files.py",
              "pictures.py", "mistakes.py", "test_kmeans.py",
              "test_analysis.py"]

# A slow machine is no failure: examples may take any time.
hypothesis.settings.register_profile("any speed", deadline=None)
hypothesis.settings.load_profile("any speed")


class Desk:
    """A copy of the assignment in a folder, to be run as students do."""

    def __init__(self, folder):
        self.folder = folder
        for name in ASSIGNMENT:
            shutil.copy(ROOT / name, folder)

    def write(self, name, text):
        """Write a file, text or bytes, into the folder."""
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        data = text if isinstance(text, bytes) else text.encode()
        path.write_bytes(data)

    def read(self, name):
        """Return the text of a file in the folder."""
        return (self.folder / name).read_text(encoding="utf-8")

    def files(self):
        """Return all files in the folder and their contents."""
        return {path.relative_to(self.folder).as_posix(): path.read_bytes()
                for path in self.folder.rglob("*") if path.is_file()
                and path.suffix != ".pyc"}

    def python(self, *arguments, **environment):
        """Run `python ...` in the folder; return the ended process."""
        return self.run(sys.executable, *arguments, **environment)

    def run(self, *command, **environment):
        """Run a command in the folder; return the ended process."""
        return subprocess.run(
            command, cwd=self.folder, text=True, capture_output=True,
            encoding="utf-8", env={**os.environ, **environment})

    def assert_rejects(self, command, sentence):
        """Assert that a command prints one sentence and writes nothing."""
        before = self.files()
        run = self.python(*command.split())
        assert run.stderr == f"Error: {sentence}\n"
        assert run.stdout == ""
        assert run.returncode == 1
        assert self.files() == before


@pytest.fixture
def desk(tmp_path):
    """Return an assignment folder with small data: five 2-D points."""
    desk = Desk(tmp_path)
    desk.write("data/2d.csv", "A,1,1\nA,1,2\nB,8,8\nB,9,8\nA,2,1\n")
    desk.write("data/2d_init_centroids.csv", "0,0\n9,9\n")
    desk.write("data/mnist.csv", "".join(
        f"{label},{','.join([str(grey)] * 16)}\n"
        for label, grey in [("C", 0), ("J", 200), ("C", 9), ("J", 190)]))
    desk.write("data/mnist_init_centroids.csv", "".join(
        f"{','.join([str(grey)] * 16)}\n" for grey in [250, 1, 255]))
    return desk


@pytest.fixture(scope="session")
def gradescope():
    """A Gradescope image, built and set up once for all tests."""
    from tests.autograder.gradescope import Gradescope
    image = Gradescope()
    run = image.set_up()
    assert run.returncode == 0, run.stderr
    assert "The solution gets full marks" in run.stdout
    yield image
    image.close()


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """The current folder, empty; data are looked for in it only."""
    monkeypatch.setenv("KMEANSLAB_DATA", str(tmp_path / "data"))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.chdir(tmp_path)
    return tmp_path
