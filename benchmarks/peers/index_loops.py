"""The assignment as many students first write it: loops over indices.

Run it in a folder with data/. Like kmeans.py it prints the number of steps,
draws the centroids and writes the final ones. It makes a figure per picture.
"""
import math
import os

import matplotlib.pyplot as plt


def read_rows(fname):
    rows = []
    with open(fname) as file:
        for line in file:
            rows.append(line.strip().split(","))
    return rows


def to_numbers(row, start):
    numbers = []
    for i in range(start, len(row)):
        numbers.append(float(row[i]))
    return numbers


def euclidean_distance(point1, point2):
    total = 0
    for i in range(len(point1)):
        total += (point1[i] - point2[i]) ** 2
    return math.sqrt(total)


def get_closest_centroid(point, centroids):
    closest = None
    smallest = float("inf")
    for name in centroids:
        distance = euclidean_distance(point, centroids[name])
        if distance < smallest:
            smallest = distance
            closest = name
    return closest


def assign_points_to_centroids(points, centroids):
    assignment = {}
    for i in range(len(points)):
        name = get_closest_centroid(points[i], centroids)
        if name not in assignment:
            assignment[name] = []
        assignment[name].append(points[i])
    return assignment


def mean_of_points(points):
    mean = []
    for i in range(len(points[0])):
        total = 0
        for j in range(len(points)):
            total += points[j][i]
        mean.append(total / len(points))
    return mean


def update_centroids(assignment):
    centroids = {}
    for name in assignment:
        centroids[name] = mean_of_points(assignment[name])
    return centroids


def converged(new, old):
    if old is None or set(new) != set(old):
        return False
    for name in new:
        for i in range(len(new[name])):
            change = abs(new[name][i] - old[name][i])
            if change > 1e-8 + 1e-5 * abs(old[name][i]):
                return False
    return True


def run(points, centroids):
    old = None
    steps = 0
    while not converged(centroids, old):
        old = centroids
        centroids = update_centroids(
            assign_points_to_centroids(points, centroids))
        steps += 1
    return centroids, steps


def draw(centroids, folder):
    os.makedirs(folder, exist_ok=True)
    for name in centroids:
        image = []
        for i in range(28):
            image.append(centroids[name][28 * i:28 * i + 28])
        plt.figure()
        plt.imshow(image, cmap="gray")
        plt.title(name)
        plt.axis("off")
        plt.savefig(folder + "/" + name + ".png")
        plt.close()


def main():
    points = []
    for row in read_rows("data/mnist.csv"):
        points.append(to_numbers(row, 1))
    start = {}
    for i, row in enumerate(read_rows("data/mnist_init_centroids.csv")):
        start["centroid" + str(i)] = to_numbers(row, 0)
    final, steps = run(points, start)
    draw(start, "results/MNIST/init")
    draw(final, "results/MNIST/final")
    print("K-means converged after " + str(steps) + " steps.")
    with open("mnist_final_centroids.csv", "w") as file:
        for name in final:
            file.write(name + "," + ",".join(map(str, final[name])) + "\n")


if __name__ == "__main__":
    main()
