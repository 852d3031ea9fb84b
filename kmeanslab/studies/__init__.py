"""Studies of k-means on images: each a pure function from data to a record.

    sweep      how inertia and accuracy change with K
    restarts   how much depends on where the centres start
    confusion  which classes share a cluster
    patches    a vocabulary of small patches, and what it is good for
    steps      one run, iteration by iteration
"""
