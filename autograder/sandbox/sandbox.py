"""The sandbox: each check runs in a new child under a user of its own.

1. claim      a user and a folder, see claims.py
2. lay out    the files for one check
3. start      an unprivileged child, which confines itself (child/confine.py)
4. converse   one request for one reply, within limits
5. end        all processes of that user, then all its files
6. conclude   the outcome, from what the child wrote and how it ended

The parent is root. It never imports, parses, unpickles or lints submitted
bytes, and expected values never leave it. If the sandbox cannot be set up,
it raises SandboxError, and nothing is graded.

files      the submission          {"kmeans.py": b"import math ..."}
helpers    the teacher's files     {"utils.py": b"...", "data/2d.csv": b".."}
request    what the child has to do {"do": "import", "module": "kmeans"}
uid        the user of a check     60001; None in local mode
"""
import contextlib
import functools
import json
import os
import pathlib
import subprocess
import sys
import tempfile

from ..child import codec, landlock
from . import (
    cgroups, claims, cleanup, launch, namespaces, reaper, supervisor, usage)
from .conversation import Conversation
from .layout import OWN, lay_out, list_files
from .outcome import Limits, Outcome, SandboxError, conclude
from .requests import call
from .selftest import self_test

__all__ = ["Limits", "Outcome", "Sandbox", "SandboxError", "call"]

USER_COUNT = 2000   # of checks; as many senders of signals follow them


class Sandbox:
    """A context manager that runs requests on submissions.

    It tests itself on entry. Threads must not share it.

    helpers: relative path -> bytes; the submission can import .py files,
        all others are in its work folder
    folders: relative paths of empty folders in its work folder
    python: the path of the children's interpreter; default: this one, or
        else /usr/bin/python3
    mode: "sandboxed" (as root on Linux), or "local": under this user, for
        teachers who trust what they run
    first_uid: the first of 4000 user ids that nobody else has
    secrets: paths that a child must not be able to open
    without: what not to use although the system may have it, any of
        "namespaces", "landlock" and "groups"
    """

    def __init__(self, helpers=None, python=None, mode="sandboxed",
                 first_uid=60000, folders=(), secrets=(), without=()):
        """Prepare to start children.

        Raises:
            SandboxError: this is not possible here
        """
        if mode not in ("sandboxed", "local"):
            raise ValueError(f"mode '{mode}': use 'sandboxed' or 'local'")
        self.is_local = mode == "local"
        self.first_uid = first_uid
        self.next_user = 0
        helpers = dict(helpers or {})
        self.modules = {name: content for name, content in helpers.items()
                        if name.endswith(".py")}
        self.data = {name: content for name, content in helpers.items()
                     if name not in self.modules}
        self.folders = tuple(folders)
        self.secrets = list(map(str, secrets))
        self.cache = {}
        self.claim = None
        if self.is_local:
            print("NOT SANDBOXED: submitted code runs with all your rights",
                  file=sys.stderr)
            self.has_namespaces = self.has_landlock = self.has_groups = False
            self.python = launch.find_python(python, None)
            self.code = pathlib.Path(tempfile.mkdtemp(prefix="kmeans-child-"))
        else:
            self._prepare(python, without)
        launch.copy_code(self.code, self.modules)

    def _prepare(self, python, without):
        """Find out which protections this system has."""
        if sys.platform != "linux" or os.geteuid() != 0:
            raise SandboxError("the sandbox needs Linux and root: run this "
                               "on Gradescope or in its container")
        reaper.adopt_orphans()
        claims.sweep(USER_COUNT)
        self.has_landlock = ("landlock" not in without
                             and landlock.version() > 0)
        self.has_namespaces = ("namespaces" not in without
                               and namespaces.are_available())
        claim = self._claim_user()
        try:
            self.python = launch.find_python(python, claim.uid)
            self.has_groups = ("groups" not in without and cgroups.make(
                claim.uid, 2 ** 30) is not None)
        finally:
            cgroups.remove(claim.uid)
            claim.release()
        self.claim = claims.take_folder()
        self.code = self.claim.folder

    @property
    def users(self):
        """Return the user ids of checks, a range."""
        return range(self.first_uid, self.first_uid + USER_COUNT)

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
        if self.claim:
            self.claim.release()
        else:
            cleanup.remove_tree(self.code)

    def describe(self):
        """Return a sentence about the protections that are in use."""
        found = {"namespaces": self.has_namespaces,
                 "Landlock": self.has_landlock,
                 "control groups": self.has_groups}
        return "Sandbox: " + ", ".join(
            f"{name} {'yes' if there else 'no'}"
            for name, there in found.items()) + "."

    def run(self, files, request, limits=Limits(), stand_ins=None):
        """Have a new child perform a request on a submission.

        Arguments:
            files: relative path -> bytes
            request: a dictionary; "do" is one of
                "import"    "module"
                "call"      see the function `call`
                "run"       "script", and a list "argv" of strings
                "inspect"   "module"
                "style"     "modules", a list
            limits: what the child may use
            stand_ins: name -> trusted function that is called here when
                the submission calls a function of that name
        Returns:
            an Outcome, whatever the child does
        Raises:
            SandboxError: the sandbox itself failed
        """
        args = tuple(codec.decode(request.get("args", [])))
        request = {**request, "stand_ins": list(stand_ins or {})}
        transcript, left = self._perform(
            files, request, limits, stand_ins,
            lambda folder: list_files(folder / "work"))
        return conclude(transcript, args, left)

    def self_test(self):
        """Verify that a child has no rights, unless in local mode.

        Raises:
            SandboxError: it has some; says which
        """
        if not self.is_local:
            self_test(self)

    def warm_matplotlib(self):
        """Build matplotlib's list of fonts once for all later children.

        Without it each check that draws would build its own, which takes
        seconds. Do nothing if matplotlib is not installed.
        """
        files = {"kmeans.py": b"import matplotlib.font_manager\n"}
        limits = Limits(seconds=120, file_bytes=16 * 1024 * 1024)
        _, self.cache = self._perform(
            files, {"do": "import", "module": "kmeans", "stand_ins": []},
            limits, None, _read_fonts)

    # --- one check -----------------------------------------------------

    def _perform(self, files, request, limits, stand_ins, collect):
        """Return the transcript, and what `collect` finds in the folder."""
        try:
            with self._check_folder(limits) as (claim, folder):
                lay_out(folder, claim and claim.uid, files, self.data,
                        self.cache, self.folders)
                transcript = self._converse(claim, folder, request, limits,
                                            stand_ins)
                return transcript, collect(folder)
        except (OSError, subprocess.SubprocessError) as error:
            raise SandboxError(f"the sandbox failed: {error}") from error

    @contextlib.contextmanager
    def _check_folder(self, limits):
        """Yield a Claim and an empty folder, and remove it afterwards.

        In local mode the claim is None.
        """
        if self.is_local:
            folder = pathlib.Path(tempfile.mkdtemp(prefix="kmeans-check-"))
            try:
                yield None, folder.resolve()
            finally:
                cleanup.remove_tree(folder)
            return
        claim = self._claim_user()
        if self.has_namespaces:
            namespaces.mount_memory(claim.folder, limits.total_file_bytes,
                                    limits.total_files)
        try:
            yield claim, claim.folder
        finally:
            supervisor.remove_files(claim, self.has_namespaces)

    def _claim_user(self):
        """Return the Claim of a user whom nobody else has."""
        claim = claims.take_user(self.first_uid, USER_COUNT, self.next_user)
        self.next_user = (claim.uid - self.first_uid + 1) % USER_COUNT
        return claim

    def _converse(self, claim, folder, request, limits, stand_ins):
        """Start a child, send the request, and return the transcript."""
        message = self._message(folder, request, limits)
        group = self.has_groups and cgroups.make(
            claim.uid, limits.total_memory_bytes)
        process, reply_fd, answer_fd = launch.start(
            self.python, self.code, folder, claim and functools.partial(
                supervisor.become_child, claim, self.has_namespaces, group))
        is_limited = self.is_local or group and self.has_namespaces
        talk = Conversation(
            process, reply_fd, answer_fd, message, limits, stand_ins,
            None if is_limited else functools.partial(
                usage.excess, claim.uid, folder, limits))
        with contextlib.closing(talk):
            try:
                end = talk.listen()
                if end == "timeout" and usage.is_growing(claim, limits):
                    end = "memory"   # as on a faster machine
            finally:
                if self.is_local:
                    reaper.end_session(process)
                else:
                    reaper.end_supervisor(process)
                    reaper.end_all(claim.uid, claim.sender)
            transcript = talk.finish(end)
            transcript.has_run_out = bool(group and group.has_run_out())
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
        paths = [launch.readable(self.python, self.code, folder),
                 launch.writable(folder, OWN)] if self.has_landlock else None
        return json.dumps({
            **request, "limits": resources, "filter": sys.platform == "linux",
            "paths": paths, "reply_bytes": limits.reply_bytes,
            "submission": str(folder / "submission"),
            "helpers": str(self.code / launch.HELPERS)}).encode("ascii")


def _read_fonts(folder):
    return {path.name: path.read_bytes()
            for path in (folder / "cache").glob("fontlist-*.json")}
