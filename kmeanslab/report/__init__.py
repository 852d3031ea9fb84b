"""Figures of data and of study results, and the page that shows them.

May import: studies, data.
Begin reading with `figures.py`; each study has its own `STUDY_figures.py`.
"""
