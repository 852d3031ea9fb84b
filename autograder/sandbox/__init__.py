"""The trusted side of one check: it starts a child, talks, and cleans up.

Runs as root. May import `child.codec` for the values that cross, and reads
the other files of `child/` as bytes only; imports nothing of the grading.
Begin reading in sandbox.py.
"""
