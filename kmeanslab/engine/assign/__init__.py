"""The assign step, in exchangeable versions that give the same labels.

May import: NumPy, SciPy and Numba only.
Begin reading with `distances.py`, which defines "nearest", then `blocks.py`.
"""
