"""All figures of a study, by its name."""

from collections.abc import Iterator

from kmeanslab.data.datasets import Data
from kmeanslab.report import (
    confusion_figures, patches_figures, restarts_figures, sweep_figures)
from kmeanslab.report.style import Named

MODULES = {"sweep": sweep_figures, "restarts": restarts_figures,
           "confusion": confusion_figures, "patches": patches_figures}


def draw(study: str, records: list, data: Data) -> Iterator[Named]:
    """Yield the name, caption and matplotlib Figure of each picture.

    study: a key of MODULES
    records: what its `run` yielded
    data: the training data
    """
    return MODULES[study].figures(records, data)
