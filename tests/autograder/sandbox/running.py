"""What the sandbox's tests share: a run of some source, and users."""
import os

from autograder.sandbox.outcome import Limits

QUICK = Limits(seconds=5)
# Twenty users of this run only: others may test on this machine, too.
MINE = 50000 + os.getpid() * 20 % 4000
THEIRS, WARDEN = MINE + 4000, MINE + 8000


def run(sandbox, source, request, limits=QUICK, **files):
    """Run a request on a kmeans.py, and other files given by name."""
    submission = {"kmeans.py": source.encode(), **{
        f"{name}.py": text.encode() for name, text in files.items()}}
    return sandbox.run(submission, request, limits)
