"""Studies of k-means on images: each is a function from data to records.

    sweep      how inertia and accuracy change with K
    restarts   how much the result depends on the initial centres
    confusion  which classes share a cluster
    patches    a vocabulary of small patches, and what it is good for
    steps      one run, iteration by iteration
    choose_k   inertia, silhouette and gap of data without labels
    scores     purity, J and other measures

Each study has a `run` that yields one record per K, and `tables` of records.

May import: distributed, data, estimators, engine.
Begin reading with `sweep.py`; README.md has the results on MNIST.
"""
