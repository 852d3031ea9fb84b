"""A rehearsal of Gradescope: the same folders, the same commands, as root.

Builds the zip, unpacks it where the image would have it, runs setup.sh
without its apt part, and then run_autograder for each submission.

home    stands for /autograder
place   stands for /opt/kmeans-autograder
"""
import json
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import zipfile

import pytest

from tests.conftest import ROOT

SOLUTION = {name: (ROOT / name).read_bytes()
            for name in ["kmeans.py", "analysis.py", "answers.txt"]}
SYSTEM_PYTHON = pathlib.Path("/usr/bin/python3")


def can_rehearse():
    """Return whether setup.sh can make its environment here."""
    return (sys.platform == "linux" and os.geteuid() == 0
            and SYSTEM_PYTHON.exists() and subprocess.run(
                [SYSTEM_PYTHON, "-c", "import ensurepip"],
                stderr=subprocess.DEVNULL).returncode == 0)


needs_root = pytest.mark.skipif(
    not can_rehearse(), reason="a rehearsal needs Linux, root, and "
    "/usr/bin/python3 with venv (Debian: python3-venv)")


class Gradescope:
    """An image with the autograder in it."""

    def __init__(self):
        self.base = pathlib.Path(tempfile.mkdtemp(prefix="gradescope-"))
        self.base.chmod(0o755)
        self.home = self.base / "autograder"
        self.environment = {
            "PATH": "/usr/bin:/bin", "AUTOGRADER_NO_APT": "1",
            "AUTOGRADER_HOME": str(self.home),
            "AUTOGRADER_PLACE": str(self.base / "place")}
        archive = self.base / "autograder.zip"
        subprocess.run([sys.executable, "-m", "autograder", "build",
                        "--unchecked", "--out", archive], cwd=ROOT,
                       check=True)
        with zipfile.ZipFile(archive) as zipped:
            zipped.extractall(self.home / "source")
        for name in ["submission", "results"]:
            (self.home / name).mkdir()
        shutil.copy(self.home / "source/run_autograder", self.home)
        (self.home / "run_autograder").chmod(0o755)

    @property
    def python(self):
        """The interpreter that setup.sh has made."""
        return str(self.base / "place/bin/python")

    def set_up(self):
        """Run setup.sh as the image build does."""
        return subprocess.run(
            ["bash", self.home / "source/setup.sh"], text=True,
            env={**os.environ, **self.environment}, capture_output=True)

    def submit(self, files):
        """Hand in files, path -> bytes; return process and results."""
        for name in ["submission", "results"]:
            shutil.rmtree(self.home / name)
            (self.home / name).mkdir()
        # readable to all users, as on Gradescope
        (self.home / "submission_metadata.json").write_text(
            '{"users": [{"name": "SECRET-METADATA"}]}')
        self.home.chmod(0o755)
        for name, data in files.items():
            path = self.home / "submission" / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(data)
        run = subprocess.run([self.home / "run_autograder"], text=True,
                             env=self.environment, capture_output=True)
        return run, json.loads((self.home / "results/results.json")
                               .read_text(encoding="utf-8"))

    def close(self):
        """Remove the image."""
        shutil.rmtree(self.base)
