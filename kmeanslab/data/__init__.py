"""Data sets: readers of CSV, IDX, npy and npz files, and downloads.

May import: handwriting.
Begin reading with `datasets.py`.
"""
