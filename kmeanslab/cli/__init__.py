"""The commands: `kmeanslab sweep`, `restarts`, `report`, `data` and others.

May import: all other wings.
Begin reading with `study_commands.py`; `kmeanslab/__main__.py` calls it.
"""
