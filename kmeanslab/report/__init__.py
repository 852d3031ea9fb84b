"""Figures of data and of study results, and the page that shows them.

    draw(data, rows, columns)            the first images, or points
    mosaic(X, shape, titles, columns)    images under titles
    study_figures(name, records, data)   all pictures of a study
    sweep_figures, restarts_figures, confusion_figures, patches_figures,
    choose_k_figures                     single figures of each study

All return matplotlib Figures and save nothing.

May import: studies, data.
Begin reading with `figures.py`; each study has its own `STUDY_figures.py`.
"""

from kmeanslab.report.figures import draw as study_figures
from kmeanslab.report.image_grids import draw, montage, mosaic

__all__ = ["draw", "montage", "mosaic", "study_figures"]
