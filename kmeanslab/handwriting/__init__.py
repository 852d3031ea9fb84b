"""Handwritten letters and digits, drawn from pen strokes and a seed.

May import: nothing but `kmeanslab.output`.
Begin reading with `generator.py`; `python -m kmeanslab.handwriting` draws.
"""

from kmeanslab.handwriting.generator import (
    DIGITS, LETTERS, contact_sheet, draw, draw_labelled)

__all__ = ["DIGITS", "LETTERS", "contact_sheet", "draw", "draw_labelled"]
