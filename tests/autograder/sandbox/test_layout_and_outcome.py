"""What a check finds in its folder, and how its end is read."""
import contextlib
import os
import pathlib
import shutil
import subprocess
import tempfile

import pytest

from autograder.child import confine, system_calls
from autograder.sandbox import launch
from autograder.sandbox.conversation import Conversation
from autograder.sandbox.layout import lay_out, list_files
from autograder.sandbox.outcome import Transcript, conclude
from tests.autograder.sandbox.running import MINE, QUICK


def test_files_are_laid_out_and_listed(tmp_path):
    """Data is the teacher's and not listed; the rest is, with its size."""
    lay_out(tmp_path, None, {"kmeans.py": b"1"},
            {"data/x.csv": b"3"}, {"fonts": b"4"})
    paths = {str(path.relative_to(tmp_path)) for path in tmp_path.rglob("*")
             if path.is_file()}
    assert paths == {"submission/kmeans.py", "work/data/x.csv",
                     "cache/fonts"}
    (tmp_path / "work" / "a").mkdir()
    (tmp_path / "work" / "a" / "new").write_bytes(b"12345")
    assert list_files(tmp_path / "work") == (("a/new", 5),)


def test_folders_are_made_by_ordinary_users_too():
    """A teacher who is not root may write only where modes say so."""
    folder = pathlib.Path(tempfile.mkdtemp())
    if os.geteuid() == 0:
        os.chown(folder, MINE, MINE)
    child = os.fork()
    if child == 0:                       # exits with 1 if anything is refused
        with contextlib.suppress(OSError):
            if os.geteuid() == 0:
                os.setgroups([])
                os.setgid(MINE)
                os.setuid(MINE)
            lay_out(folder, None, {"a/kmeans.py": b"1"}, {"data/x.csv": b"2"},
                    {"fonts": b"3"}, empty=("results/2D", "data/more"))
            (folder / "work" / "results" / "2D" / "own").touch()
            os._exit(0)
        os._exit(1)
    try:
        assert os.waitpid(child, 0)[1] == 0
    finally:
        subprocess.run(["chmod", "-R", "u+rwx", folder], check=True)
        shutil.rmtree(folder)


@pytest.mark.parametrize("source", [b"x = 1\n", b"x = = 1\n", b"\0"])
def test_modules_are_copied_and_compiled(tmp_path, source):
    """Each in the folder that all checks share; broken ones as they are."""
    launch.copy_code(tmp_path, {"utils.py": source})
    assert (tmp_path / "helpers/utils.py").read_bytes() == source
    assert any(tmp_path.glob("__pycache__/codec.*.pyc"))
    assert any(tmp_path.glob("helpers/__pycache__/utils.*.pyc")) == (
        source == b"x = 1\n")
    assert {path.stat().st_mode & 0o777 for path in tmp_path.rglob("*")} == {
        0o444, 0o755}


class LateProcess:
    """A process that replies between two looks, and has ended."""

    returncode = 0

    def __init__(self):
        ends = [os.pipe() for _ in range(4)]
        files = [open(ends[0][1], "wb", buffering=0),
                 *(open(ends[i][0], "rb", buffering=0) for i in (1, 2))]
        self.stdin, self.stdout, self.stderr = files
        self.reply_fd = ends[3][0]
        self.others = [ends[0][0], ends[1][1], ends[2][1], ends[3][1]]

    def poll(self):
        """Write the reply and return that the process has ended."""
        os.write(self.others[3], b'ready\n{"ok":true}\n')
        return 0


def test_a_reply_just_before_the_exit_is_heard():
    """What is in the pipe when the child is gone still counts."""
    process = LateProcess()
    other, answer_fd = os.pipe()
    talk = Conversation(process, process.reply_fd, answer_fd, b"{}", QUICK)
    assert talk.listen() == "reply"
    assert talk.finish("reply").reply == b'{"ok":true}'
    talk.close()
    for fd in [*process.others, other]:
        os.close(fd)


@pytest.mark.parametrize("status, kind, message", [
    (0, "exit", "ended with exit status 0"),
    (-9, "crash", "ended by SIGKILL"), (-11, "crash", "ended by SIGSEGV"),
    (-24, "timeout", ""), (-99, "crash", "ended by signal 99")])
def test_the_end_of_a_process_has_a_meaning(status, kind, message):
    """No exit status is a success; a signal is a crash, or time is up."""
    transcript = Transcript(b"", b"a\0b", b"", "exit", status, 1.0)
    outcome = conclude(transcript, (), ())
    assert (outcome.kind, outcome.message) == (kind, message)
    assert outcome.output == "ab"


@pytest.mark.parametrize("machine", ["x86_64", "aarch64"])
def test_the_filter_has_no_number_twice(machine):
    """Each call is allowed once, and the program is no longer than BPF's
    4096 instructions."""
    column, _ = system_calls.MACHINES[machine]
    numbers = [pair[column] for pair in system_calls.ALLOWED.values()
               if pair[column] is not None]
    assert len(set(numbers)) == len(numbers)
    assert all(number < system_calls.FIRST_UNKNOWN or number == 452
               for number in numbers)
    assert all(len(step) == 8 for step in confine.build_filter(machine))
    assert len(confine.build_filter(machine)) < 4096


def test_an_unknown_machine_has_no_filter():
    """Numbers of calls differ: a guess would allow everything."""
    with pytest.raises(OSError, match="riscv"):
        confine.build_filter("riscv64")
