"""K-means on arrays: the loop, the update step, seeding, mini-batches.

May import: engine.assign.
Begin reading with `lloyd.py`, the loop; everything else serves it.
"""
