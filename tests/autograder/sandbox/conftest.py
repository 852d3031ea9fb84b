"""A sandbox that has tested itself, and how attacks are run in it."""
import time

import pytest

from autograder.sandbox.sandbox import call
from tests.autograder import hostile


@pytest.fixture(scope="module", params=[(), hostile.CONTAINER],
                ids=["machine", "container"])
def sandbox(request):
    """A sandbox that has tested itself, for all attacks.

    With all that the system has, and with what a container has.
    """
    with hostile.make_sandbox(request.param) as sandbox:
        yield sandbox


@pytest.fixture
def secret(tmp_path):
    """A file that only root may read; its folders are open to everybody."""
    for folder in [tmp_path, *tmp_path.parents][:3]:
        folder.chmod(0o755)
    path = tmp_path / "secret.txt"
    path.write_text("SECRET in a file")
    path.chmod(0o600)
    yield path
    assert path.read_text() == "SECRET in a file"


@pytest.fixture
def attack(sandbox, secret, monkeypatch):
    """Run an attack; assert that it took no secret and left no trace."""
    def run(name, *args, function="attack", limits=hostile.PATIENT, files=()):
        submission = {**hostile.sample(name), **dict(files)}
        request = call("kmeans", function, list(args))
        begin = time.monotonic()
        outcome = sandbox.run(submission, request, limits)
        assert time.monotonic() - begin < limits.seconds + 8
        assert "SECRET" not in repr(outcome)
        assert hostile.traces(sandbox) == []
        return outcome

    monkeypatch.setenv("GRADER_TOKEN", "SECRET in the environment")
    return run
