"""All figures of a study, by its name."""

from collections.abc import Iterator

from kmeanslab.data.datasets import Data
from kmeanslab.report import (
    confusion_figures, patches_figures, restarts_figures, sweep_figures)
from kmeanslab.report.style import Picture

MODULES = {"sweep": sweep_figures, "restarts": restarts_figures,
           "confusion": confusion_figures, "patches": patches_figures}


def draw(study: str, records: list, data: Data) -> Iterator[Picture]:
    """Yield the pictures of a study.

    study: a key of MODULES
    records: what its `run` yielded
    data: the training data
    """
    return MODULES[study].figures(records, data)
