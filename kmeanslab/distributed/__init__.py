"""DistributedKMeans: the engine's loop over partitions on Dask's workers.

May import: estimators, engine, data.
Begin reading with `estimator.py`, then `executor.py`: who answers for each
partition, in this process or on a worker.
"""
