"""All that runs in the same process as submitted code, and nothing else.

Copied for the children and run without any rights. Imports the standard
library and its own neighbours only; what it sends is never believed.
Begin reading in runner.py.
"""
