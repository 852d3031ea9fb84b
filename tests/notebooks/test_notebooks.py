"""The notebooks run from top to bottom, offline, and are stored clean."""
import base64
import io
import re

from PIL import Image
import nbformat
import numpy as np
import pytest

from tests.conftest import ROOT

NOTEBOOKS = sorted((ROOT / "notebooks").glob("*.ipynb"))
TIMEOUT_SECONDS = 600        # per cell; a hang is an error, slowness is not


def read(path):
    """Return a notebook."""
    return nbformat.read(path, as_version=4)


def pictures(notebook):
    """Return all pictures in the output of a notebook."""
    return [Image.open(io.BytesIO(base64.b64decode(
        output["data"]["image/png"]))) for cell in notebook.cells
        for output in cell.get("outputs", [])
        if "image/png" in output.get("data", {})]


def test_there_are_five():
    """One per work that is repeated, and one for everyday use."""
    assert len(NOTEBOOKS) == 5


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_notebook_is_stored_without_output(path):
    """No output, no counts: a change of text is a change of few lines."""
    notebook = read(path)
    nbformat.validate(notebook)
    code = [cell for cell in notebook.cells if cell.cell_type == "code"]
    assert len(code) > 5
    assert not any(cell.outputs or cell.execution_count for cell in code)
    assert max(len(cell.source.splitlines()) for cell in code) <= 20


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_notebook_runs_on_generated_data(path, monkeypatch, tmp_path):
    """Every cell succeeds, and each picture of the page is drawn again."""
    client = pytest.importorskip("nbclient", reason="needs nbclient")
    pytest.importorskip("ipykernel", reason="needs ipykernel")
    monkeypatch.delenv("KMEANSLAB_DATA", raising=False)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    monkeypatch.setenv("IPYTHONDIR", str(tmp_path / "ipython"))
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    notebook = read(path)
    client.NotebookClient(
        notebook, timeout=TIMEOUT_SECONDS, kernel_name="python3",
        resources={"metadata": {"path": str(tmp_path)}}).execute()
    found = pictures(notebook)
    stored = sorted((ROOT / "notebooks/images").glob(f"{path.stem}-*.png"))
    assert len(found) == len(stored) > 0
    for picture, file in zip(found, stored):
        assert np.asarray(picture.convert("L")).std() > 5
        with Image.open(file) as other:
            shape = picture.width / picture.height
            assert other.width / other.height == pytest.approx(shape, rel=.1)


def test_the_page_shows_every_notebook_and_picture():
    """notebooks/README.md links all of them, and nothing else."""
    page = (ROOT / "notebooks/README.md").read_text(encoding="utf-8")
    links = re.findall(r"\]\(([^)#:]+)\)", page)
    files = [*NOTEBOOKS, *(ROOT / "notebooks/images").glob("*.png")]
    names = {path.relative_to(ROOT / "notebooks").as_posix() for path in files}
    assert names <= set(links)
    assert all((ROOT / "notebooks" / link).exists() for link in links)
