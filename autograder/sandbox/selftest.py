"""The self-test: before any submission, trusted code tries to break out.

It runs child/probe.py as a submission would run. If that could do or read
anything that it should not, nothing is graded.
"""
import contextlib
import os
import tempfile

from . import claims, launch
from .outcome import Limits, SandboxError
from .requests import call

EXPECTED = {   # what probe.py finds in a sandbox that works
    "groups": [], "capabilities": "0" * 16, "no_new_privs": "1",
    "filter": "2", "socket": "EACCES", "readable": [],
    "environment": "EACCES", "signal": "EPERM"}
# Without Landlock a child may also read what each system has.
PUBLIC_FOLDERS = (
    "/etc", "/dev", "/proc", "/sys", "/boot", "/var/lib", "/var/cache",
    "/var/log", "/var/backups", "/run/systemd", "/run/utmp")


def self_test(sandbox):
    """Verify that a child has no rights.

    Raises:
        SandboxError: it has some; says which
    """
    limits = Limits(seconds=60)
    outcome = _run_probe(sandbox, limits)
    if outcome.kind != "value":
        raise SandboxError(f"the self-test failed: {outcome.kind} "
                           f"{outcome.message} {outcome.errors}")
    _compare(outcome.value, limits, sandbox.users)


def _run_probe(sandbox, limits):
    """Return the Outcome of the probe in a child."""
    files = {"kmeans.py": (launch.CHILD / "probe.py").read_bytes()}
    roots = [os.path.join("/", name) for name in os.listdir("/")]
    with _world_readable_file() as own, \
            tempfile.NamedTemporaryFile() as closed:
        secrets = [*sandbox.secrets, closed.name]
        secrets += [own] if sandbox.has_landlock else []
        # the first process of a namespace is a copy of the grader, too
        grader = 1 if sandbox.has_namespaces else os.getpid()
        request = call("kmeans", "probe", [
            secrets, grader, list(limits.resources()), roots,
            _allowed(sandbox)])
        return sandbox.run(files, request, limits)


def _allowed(sandbox):
    """Return what a child may read, with everything below it."""
    place = claims.open_place()
    allowed = [*launch.readable(sandbox.python, sandbox.code, place),
               str(place)]
    if not sandbox.has_landlock:
        allowed += PUBLIC_FOLDERS
    return allowed


def _compare(found, limits, expected_users):
    """Raise SandboxError unless a child has exactly the right rights."""
    users = found["users"]
    if len(users) != 1 or users[0] not in expected_users:
        raise SandboxError(f"a child runs as user {users}, not as its own")
    for name, expected in EXPECTED.items():
        if found[name] != expected:
            raise SandboxError(f"a child is not confined: {name} is "
                               f"{found[name]} instead of {expected}")
    if found["found"]:
        raise SandboxError(
            "a submission could read files of this machine, such as "
            f"{', '.join(found['found'][:3])}: close them to all users "
            "(chmod o=), or use Linux 5.13 or newer, with Landlock")
    if found["limits"] != limits.resources():
        raise SandboxError(f"a child has the limits {found['limits']} "
                           f"instead of {limits.resources()}")


@contextlib.contextmanager
def _world_readable_file():
    """Yield the path of a file that only an allow list can protect."""
    with tempfile.TemporaryDirectory() as folder:
        os.chmod(folder, 0o755)
        path = os.path.join(folder, "open")
        with open(path, "w", encoding="ascii") as file:
            file.write("open to everybody")
        os.chmod(path, 0o644)
        yield path
