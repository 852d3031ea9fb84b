"""The assignment as a short script over scikit-learn.

Run in a folder with data/; draws the same pictures and writes the final
centroids. The handout drops a centroid without points, scikit-learn would
move it elsewhere: so those that get no points are dropped first.
"""
import os

import matplotlib.pyplot as plt
import numpy as np
from sklearn.cluster import KMeans
from sklearn.metrics import pairwise_distances_argmin


def draw(centroids, names, folder):
    os.makedirs(folder, exist_ok=True)
    for name, centroid in zip(names, centroids):
        fig, axes = plt.subplots()
        axes.imshow(centroid.reshape(28, 28), cmap="gray")
        axes.set_title(name)
        axes.axis("off")
        fig.savefig(f"{folder}/{name}.png")
        plt.close(fig)


def main():
    X = np.loadtxt("data/mnist.csv", delimiter=",", usecols=range(1, 785))
    start = np.loadtxt("data/mnist_init_centroids.csv", delimiter=",")
    names = np.array([f"centroid{i}" for i in range(len(start))])
    kept = np.unique(pairwise_distances_argmin(X, start))
    model = KMeans(len(kept), init=start[kept], n_init=1, tol=0).fit(X)
    draw(start, names, "results/MNIST/init")
    draw(model.cluster_centers_, names[kept], "results/MNIST/final")
    print(f"K-means converged after {model.n_iter_} steps.")
    with open("mnist_final_centroids.csv", "w") as file:
        for name, centroid in zip(names[kept], model.cluster_centers_):
            file.write(f"{name},{','.join(map(repr, centroid.tolist()))}\n")


if __name__ == "__main__":
    main()
