"""DistributedKMeans: the engine's loop over partitions on Dask workers.

May import: estimators, engine, data.
Begin reading with `estimator.py`, then `executor.py`, which asks each
partition, in this process or on a worker.
"""
