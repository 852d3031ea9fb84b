"""The sandbox: each check runs in a fresh child under a fresh user.

1. lay out    the files for one check, in a folder of its own
2. start      an unprivileged child, which confines itself (confine.py)
3. talk       one request for one reply, within limits
4. end        all processes of that user, then all its files
5. conclude   what the reply and the end mean; nothing is believed

The parent is root. It never imports, parses, unpickles or lints a
submitted byte, and what it expects never leaves it. If the sandbox cannot
be set up, it raises SandboxError, and nothing is graded.

files      the submission          {"kmeans.py": b"import math ..."}
helpers    the teacher's files     {"utils.py": b"...", "data/2d.csv": b".."}
request    what the child shall do {"do": "import", "module": "kmeans"}
uid        the user of a check     60001; None in local mode
"""
import contextlib
import json
import os
import pathlib
import sys
import tempfile

from ..child import codec
from . import cleanup, launch, reaper
from .conversation import Conversation
from .layout import lay_out, list_files
from .outcome import Limits, Outcome, SandboxError, conclude

__all__ = ["Limits", "Outcome", "Sandbox", "SandboxError", "call"]

USERS = 2000   # users of checks; as many killers follow them
EXPECTED = {   # what probe.py finds in a sandbox that works
    "groups": [], "capabilities": "0" * 16, "no_new_privs": "1",
    "filter": "2", "socket": "EACCES", "secret": "EACCES",
    "environment": "EACCES", "signal": "EPERM"}


def call(module, function, args, replace=None):
    """Return the request to call a function.

    Arguments:
        module, function: their names
        args: a list of plain values
        replace: name of a function -> source code of a trusted substitute,
            put in the place of submitted functions before the call
    Raises:
        codec.CodecError: the arguments are not plain
    """
    return {"do": "call", "module": module, "function": function,
            "args": codec.encode(args), "replace": replace or {}}


class Sandbox:
    """Runs requests on submissions, each in a child of its own.

    As a context manager it tests itself first and tidies up afterwards.
    """

    def __init__(self, helpers=None, python=None, mode="sandboxed",
                 first_uid=60000):
        """Prepare to start children.

        Arguments:
            helpers: relative path -> bytes; .py files can be imported by
                the submission, all others lie in its work folder
            python: the interpreter of the children; without it this one,
                or else /usr/bin/python3
            mode: "sandboxed" (as root on Linux), or "local": no other
                user, for teachers who trust what they run
            first_uid: the first of 4000 user ids that nobody else has
        Raises:
            SandboxError: this is not possible here
        """
        if mode not in ("sandboxed", "local"):
            raise ValueError(f"mode '{mode}': use 'sandboxed' or 'local'")
        self.is_local = mode == "local"
        self.first_uid = first_uid
        self.next_user = 0
        self.helpers = dict(helpers or {})
        self.cache = {}
        if self.is_local:
            print("NOT SANDBOXED: submitted code runs with all your rights",
                  file=sys.stderr)
        elif sys.platform != "linux" or os.geteuid() != 0:
            raise SandboxError("the sandbox needs Linux and root: run this "
                               "on Gradescope or in its container")
        else:
            reaper.adopt_orphans()
        self.python = launch.find_python(
            python, None if self.is_local else first_uid)
        self.code = launch.copy_code()

    def __enter__(self):
        try:
            self.self_test()
        except BaseException:
            self.close()
            raise
        return self

    def __exit__(self, *error):
        self.close()

    def close(self):
        """Remove the children's copy of their program."""
        cleanup.remove_tree(self.code)

    def run(self, files, request, limits=Limits()):
        """Have a fresh child perform a request on a submission.

        Arguments:
            files: relative path -> bytes
            request: a dictionary; "do" is one of
                "import"    "module"
                "call"      see the function `call`
                "run"       "script", and a list "argv" of strings
                "inspect"   "module"
                "style"     "modules", a list
            limits: what the child may use
        Returns:
            an Outcome, whatever the child does
        Raises:
            SandboxError: the sandbox itself failed
        """
        args = tuple(codec.decode(request.get("args", [])))
        heard, left = self._perform(
            files, request, limits, lambda folder: list_files(folder / "work"))
        return conclude(heard, args, left)

    def self_test(self):
        """Verify that a child has no rights; in local mode it has all.

        Raises:
            SandboxError: it has some; says which
        """
        if self.is_local:
            return
        limits = Limits(seconds=30)
        files = {"kmeans.py": (launch.CHILD / "probe.py").read_bytes()}
        with tempfile.NamedTemporaryFile() as secret:
            request = call("kmeans", "probe",
                           [secret.name, list(limits.resources())])
            outcome = self.run(files, request, limits)
        if outcome.kind != "value":
            raise SandboxError(f"the self-test failed: {outcome.kind} "
                               f"{outcome.message} {outcome.errors}")
        self._compare(outcome.value, limits)

    def _compare(self, found, limits):
        """Raise SandboxError unless a child is what it ought to be."""
        users = found["users"]
        if len(users) != 1 or users[0] not in range(
                self.first_uid, self.first_uid + USERS):
            raise SandboxError(f"a child runs as user {users}, not as its own")
        for name, expected in EXPECTED.items():
            if found[name] != expected:
                raise SandboxError(f"a child is not confined: {name} is "
                                   f"{found[name]} instead of {expected}")
        if found["limits"] != limits.resources():
            raise SandboxError(f"a child has the limits {found['limits']} "
                               f"instead of {limits.resources()}")

    def warm_matplotlib(self):
        """Build matplotlib's list of fonts once for all later children.

        Without it each check that draws would build its own, which takes
        seconds. Does nothing if matplotlib is not installed.
        """
        files = {"kmeans.py": b"import matplotlib.font_manager\n"}
        limits = Limits(seconds=120, file_bytes=16 * 1024 * 1024)
        _, self.cache = self._perform(
            files, {"do": "import", "module": "kmeans"}, limits, _read_fonts)

    # --- one check -----------------------------------------------------

    def _perform(self, files, request, limits, collect):
        """Return what was heard, and what `collect` finds in the folder."""
        try:
            uid, folder = self._take_user()
            try:
                lay_out(folder, uid, files, self.helpers, self.cache)
                heard = self._converse(uid, folder, request, limits)
                return heard, collect(folder)
            finally:
                self._tidy_up(uid, folder)
        except OSError as error:
            raise SandboxError(f"the sandbox failed: {error}") from error

    def _take_user(self):
        """Return a user whom nobody has, and the user's new folder.

        The folder's name is the lock: while it exists, no other grader on
        this machine takes the same user.
        """
        if self.is_local:
            folder = tempfile.mkdtemp(prefix="kmeans-check-")
            return None, pathlib.Path(folder).resolve()
        for _ in range(USERS):
            uid = self.first_uid + self.next_user
            self.next_user = (self.next_user + 1) % USERS
            folder = pathlib.Path(tempfile.gettempdir(), f"kmeans-check-{uid}")
            with contextlib.suppress(FileExistsError):
                folder.mkdir(mode=0o700)
                if not reaper.processes_of(uid):
                    return uid, folder
                folder.rmdir()
        raise SandboxError(f"no user id is free of {USERS} from "
                           f"{self.first_uid}: remove old kmeans-check-* "
                           f"folders in {tempfile.gettempdir()}")

    def _converse(self, uid, folder, request, limits):
        message = self._message(folder, request, limits)
        process, reply_fd = launch.start(self.python, self.code, folder, uid)
        talk = Conversation(process, reply_fd, message, limits)
        with contextlib.closing(talk):
            try:
                end = talk.listen()
            finally:
                reaper.end_session(process)
                if uid is not None:
                    reaper.end_all(uid, uid + USERS)
            transcript = talk.finish(end)
        if transcript.end == "no start":
            reason = transcript.errors.decode("utf-8", "replace")[-500:]
            raise SandboxError(f"a child did not start: {reason}")
        return transcript

    def _message(self, folder, request, limits):
        """Return the request as the child reads it."""
        resources = limits.resources()
        if self.is_local:  # it would count all processes of this user
            del resources["RLIMIT_NPROC"]
        if sys.platform == "darwin":  # which does not know it
            del resources["RLIMIT_AS"]
        return json.dumps({
            **request, "limits": resources, "filter": sys.platform == "linux",
            "reply_bytes": limits.reply_bytes,
            "submission": str(folder / "submission"),
            "helpers": str(folder / "helpers")}).encode("ascii")

    def _tidy_up(self, uid, folder):
        if uid is not None:
            cleanup.remove_shared_files(uid)
            cleanup.remove_ipc(uid)
        cleanup.remove_tree(folder)


def _read_fonts(folder):
    return {path.name: path.read_bytes()
            for path in (folder / "cache").glob("fontlist-*.json")}
