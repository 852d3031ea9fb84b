"""Whatever a server does, only the right file gets into its place."""
import gzip
import hashlib
import io
import os
import random
import signal
import subprocess
import sys
import time

import pytest

from kmeanslab.data import download
from kmeanslab.data.datasets import DataError
from tests.conftest import ROOT
from tests.kmeanslab.data.mirror import CUT, Mirror

PLAIN = random.Random(0).randbytes(100_000)
FILE = gzip.compress(PLAIN, mtime=0)
SHA256 = hashlib.sha256(PLAIN).hexdigest()
NAME = "some-images-idx3-ubyte"


@pytest.fixture
def mirror(monkeypatch):
    """A server that has the file."""
    monkeypatch.setenv("no_proxy", "*")
    mirror = Mirror({f"{NAME}.gz": FILE, "second.gz": FILE, "plain": PLAIN})
    yield mirror
    mirror.close()


class Fetch:
    """Fetches a file into a folder from mirrors of several manners."""

    def __init__(self, mirror, folder):
        self.mirror, self.folder = mirror, folder
        self.target = folder / f"{NAME}.gz"
        self.partial = folder / f"{NAME}.gz.partial"

    def __call__(self, *manners):
        """Fetches; returns the manner of the mirror that served it."""
        mirrors = [self.mirror.address(manner) for manner in manners]
        used = download.fetch(NAME, SHA256, self.folder, mirrors, 0.3)
        assert self.target.read_bytes() == FILE
        assert os.listdir(self.folder) == [self.target.name]
        return used and used.split("/")[-2]

    def fails(self, *manners):
        """Fails to fetch; returns what is said of each mirror, and after."""
        with pytest.raises(DataError) as caught:
            self(*manners)
        assert not self.target.exists()
        start = f"{NAME}.gz could not be downloaded ("
        message = str(caught.value)
        assert message.startswith(start) and message.isprintable()
        for manner in manners:
            message = message.replace(self.mirror.address(manner), manner)
        said, after = message[len(start):].rsplit("): ", 1)
        return said, after

    def asked(self):
        """The manners and ranges asked for."""
        return [(manner, span) for manner, _, span in self.mirror.asked]


@pytest.fixture
def fetch(mirror, tmp_path):
    """Fetches into a folder that is still to be made."""
    return Fetch(mirror, tmp_path / "new/mnist")


def test_a_good_mirror_gives_the_file(fetch):
    """The file is fetched once, unpacks, and nothing else is left."""
    assert fetch("good", "missing") == "good"
    assert fetch.asked() == [("good", None)]


def test_what_is_there_is_not_fetched_again(fetch):
    """A right file is left alone, gzipped or not."""
    fetch("good")
    assert fetch("good") is None
    fetch.target.rename(fetch.folder / NAME)
    (fetch.folder / NAME).write_bytes(PLAIN)
    assert download.fetch(NAME, SHA256, fetch.folder, []) is None
    assert len(fetch.asked()) == 1


@pytest.mark.parametrize("wrong", [b"", FILE[:-1], FILE[:-8] + bytes(8),
                                   gzip.compress(b"other"), PLAIN])
def test_a_wrong_file_is_replaced(fetch, wrong):
    """A damaged file is fetched again, and only then replaced."""
    fetch.folder.mkdir(parents=True)
    fetch.target.write_bytes(wrong)
    with pytest.raises(DataError):
        fetch("missing")
    assert fetch.target.read_bytes() == wrong
    assert fetch("good") == "good"


def test_a_wrong_unpacked_file_gives_way(fetch):
    """The new file comes first where a damaged one lies unpacked."""
    fetch.folder.mkdir(parents=True)
    (fetch.folder / NAME).write_bytes(PLAIN[:-1])
    mirrors = [fetch.mirror.address("good")]
    assert download.fetch(NAME, SHA256, fetch.folder, mirrors) == mirrors[0]
    assert download.fetch(NAME, SHA256, fetch.folder, []) is None


def test_a_cut_download_goes_on_at_the_next_mirror(fetch):
    """The next mirror is asked for the rest only."""
    assert fetch("cut", "cut", "good") == "good"
    assert fetch.asked() == [("cut", None), ("cut", "bytes=20000-"),
                             ("good", "bytes=40000-")]


def test_a_cut_download_goes_on_in_the_next_run(fetch):
    """What has arrived is kept, counted, and not fetched twice."""
    said, after = fetch.fails("cut")
    assert said == f"cut ended after 20,000 of {len(FILE):,} bytes"
    assert after == (f"20,000 bytes of it are kept, so try again later, or "
                     f"put it into {fetch.folder} yourself")
    assert fetch.partial.read_bytes() == FILE[:CUT]
    assert fetch("good") == "good"
    assert fetch.asked()[1] == ("good", "bytes=20000-")


def test_a_server_that_ignores_ranges_starts_anew(fetch):
    """All bytes after all: what was there is replaced, not added to."""
    assert fetch("cut", "no_range") == "no_range"
    assert fetch.asked()[1] == ("no_range", "bytes=20000-")


def test_no_length_is_no_obstacle(fetch):
    """A file whose end is the end of the connection is right, too."""
    assert fetch("no_length") == "no_length"


def test_the_rest_of_another_file_is_fetched_anew(fetch):
    """Bytes that do not fit together are dropped, and all is fetched."""
    fetch.folder.mkdir(parents=True)
    fetch.partial.write_bytes(b"x" * 1000)
    assert fetch("good") == "good"
    assert fetch.asked() == [("good", "bytes=1000-"), ("good", None)]


def test_too_much_of_another_file_is_fetched_anew(fetch):
    """Where there is nothing to go on with, all is fetched."""
    fetch.folder.mkdir(parents=True)
    fetch.partial.write_bytes(b"x" * len(FILE))
    assert fetch("good") == "good"
    assert fetch.asked() == [("good", f"bytes={len(FILE)}-"), ("good", None)]


@pytest.mark.parametrize("manner, said", [
    ("too_long", "ended after {0:,} of {1:,} bytes"),
    ("too_short", "sent other bytes than those of the file"),
    ("garbage", "sent other bytes than those of the file"),
    ("unpacked", "sent other bytes than those of the file"),
    ("stall", "sent nothing for too long"),
    ("silent", "sent nothing for too long"),
    ("missing", "answered 404"),
    ("no_http", r"failed (BadStatusLine('\x1b[31mHELLO\r\n'))"),
    ("bad_chunks", "failed (IncompleteRead(")])
def test_a_bad_mirror_is_passed_over(fetch, manner, said):
    """The next mirror serves the file; alone, a bad one is blamed."""
    words, _ = fetch.fails(manner)
    assert words.startswith(
        f"{manner} " + said.format(len(FILE), len(FILE) + 10))
    assert fetch(manner, "good") == "good"


def test_all_mirrors_are_told_of(fetch):
    """When none helps, one sentence says what each of them did."""
    said, after = fetch.fails("missing", "stall", "garbage")
    assert said == ("missing answered 404; stall sent nothing for too long; "
                    "garbage sent other bytes than those of the file")
    assert after.startswith("0 bytes of it are kept")


def test_nobody_there(tmp_path, monkeypatch):
    """An address where no server listens is a mirror that failed."""
    monkeypatch.setenv("no_proxy", "*")
    with pytest.raises(DataError, match="ConnectionRefusedError"):
        download.fetch(NAME, SHA256, tmp_path, ["http://127.0.0.1:1/"])
    with pytest.raises(DataError, match="failed .InvalidURL"):
        download.fetch(NAME, SHA256, tmp_path, ["http://127.0.0.1:x/"])


def test_an_endless_file_ends(fetch, monkeypatch):
    """No server can fill the disk."""
    monkeypatch.setattr(download, "MAX_MNIST_BYTES", 2 ** 18)
    said, _ = fetch.fails("endless")
    assert said == "endless sent other bytes than those of the file"
    assert fetch("endless", "good") == "good"


def test_a_folder_that_cannot_be_made_is_an_error(fetch, tmp_path):
    """No server is asked for what could not be kept."""
    (tmp_path / "new").touch()
    with pytest.raises(OSError) as caught:
        fetch("good")
    assert caught.value.filename == str(fetch.folder)
    assert fetch.asked() == []


def test_progress_is_for_terminals(fetch, monkeypatch, capsys):
    """A bar is drawn where somebody can watch it, and nowhere else."""
    fetch("good")
    assert capsys.readouterr().err == ""
    fetch.target.unlink()
    terminal = io.StringIO()
    terminal.isatty = lambda: True
    monkeypatch.setattr(sys, "stderr", terminal)
    fetch("cut", "good")
    assert f"{NAME}.gz: 100%" in terminal.getvalue()


def wait_for(path):
    """Waits until there is something in a file."""
    for _ in range(1000):
        if path.exists() and path.stat().st_size:
            return
        time.sleep(0.01)
    raise AssertionError(f"{path} does not grow")


@pytest.mark.skipif(sys.platform == "win32", reason="sends SIGINT")
def test_ctrl_c_keeps_what_has_arrived(mirror, tmp_path):
    """Status 130 and one sentence; the next run goes on from there."""
    code = ("import sys; from kmeanslab import __main__;"
            "from kmeanslab.data import download;"
            f"download.MNIST = {{'second': {SHA256!r}, {NAME!r}: {SHA256!r}}};"
            "sys.exit(__main__.main(sys.argv[1:]))")
    command = [sys.executable, "-c", code, "data", "get", "mnist",
               "--out", str(tmp_path), "--mirror"]
    download.fetch("second", SHA256, tmp_path / "mnist",
                   [mirror.address("good")])
    process = subprocess.Popen(
        [*command, mirror.address("stall")], cwd=ROOT, text=True,
        stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        # a shell's background jobs ignore the signal, and hand that on
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL))
    partial = tmp_path / f"mnist/{NAME}.gz.partial"
    wait_for(partial)
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=10)
    assert process.returncode == 130
    assert out == f"{tmp_path / 'mnist/second'}: already there\n"
    assert err == (
        f"kmeanslab: stopped: what has arrived is kept in "
        f"{tmp_path / 'mnist'}, run the command again to resume\n")
    kept = partial.stat().st_size
    run = subprocess.run([*command, mirror.address("good")], cwd=ROOT)
    assert run.returncode == 0
    assert mirror.asked[-1] == ("good", f"{NAME}.gz", f"bytes={kept}-")
    assert sorted(os.listdir(tmp_path / "mnist")) == [
        "second.gz", f"{NAME}.gz"]
