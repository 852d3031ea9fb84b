"""A page that all tests of the report look at."""
import pytest

from kmeanslab.__main__ import main
from kmeanslab.cli import study_commands


@pytest.fixture(scope="package")
def folder(tmp_path_factory):
    """What `kmeanslab report --quick` writes for few images."""
    folder = tmp_path_factory.mktemp("report")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(study_commands, "QUICK_IMAGES", 200)
        assert main(["report", "--quick", "--out", str(folder)]) == 0
    return folder


@pytest.fixture(scope="package")
def html(folder):
    """The page."""
    return (folder / "report.html").read_text(encoding="utf-8")
