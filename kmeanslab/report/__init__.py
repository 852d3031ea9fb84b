"""Figures of data and of study results, and the page that shows them.

May import: studies, data.
Begin reading with `plots.py`, one section per study.
"""
