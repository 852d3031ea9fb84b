"""What `benchmarks.everyday` measures: data, tasks, turns, goals, cores.

Begin with `cells.py`, the list of what is measured; `tasks.py` says how.
"""
