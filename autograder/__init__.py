"""Grades submissions on Gradescope, without trusting the code it grades.

The modules in this folder decide what is checked and what it is worth. May
import `sandbox`, `child.codec` and, through reference.py, the solution.
Begin reading in grade.py; the table of points is in checks.py.
"""
