"""What the page says about each study and table, in HTML."""

INTRODUCTIONS = {
    "sweep": """K-means is run with several numbers of clusters K. Each cluster
is named by the most frequent label of its images. The <dfn>accuracy</dfn> is
the share of images whose cluster has their label; on the training images it is
also called <dfn>purity</dfn>. It rises with K for any partition: the
<dfn>random baseline</dfn> is what a partition drawn at random has. The
<dfn>inertia</dfn> is what k-means minimises, the sum of the squared distances
of all images to their centres, with values from 0 to 1.
<dfn>Homogeneity</dfn> is 1 if each cluster has a single label,
<dfn>completeness</dfn> is 1 if each label is in a single cluster, and the
<dfn>V-measure</dfn> is their harmonic mean; <dfn>NMI</dfn> is the mutual
information of labels and clusters, normalised. The <dfn>adjusted Rand
index</dfn> (ARI) compares pairs of images and is 0 for random clusters. The
<dfn>silhouette</dfn>, from -1 to 1, needs no labels: it says how much nearer
images are to their own cluster than to the next one.""",
    "restarts": """K-means finds a local optimum, which depends on the initial
centres. Here it runs from many random starts until no image changes its
cluster. A run is judged by <dfn>J</dfn>, the sum of the distances (not
squared) of all images to the centres of their clusters, which are called
<dfn>representatives</dfn>, with pixels from 0 to 255. Lower is better.""",
    "confusion": """The clusters of the best of several starts are compared
with the true labels. Two labels that look alike share a cluster. The
<dfn>purity</dfn> is the share of images with their cluster's most frequent
label, the <dfn>mean purity</dfn> is the average over clusters, and the
<dfn>matched accuracy</dfn> is the share of correct images if each label is
given to one cluster only.""",
    "patches": """K-means on small patches of images finds a vocabulary of
strokes and edges, its <dfn>words</dfn>. An image is then described by a
<dfn>bag of patches</dfn>: how often each word is the nearest to one of its
patches (<dfn>hard</dfn>), or how much nearer it is than the average word
(<dfn>soft</dfn>); one bag for the image, or one for each of its quarters. A
linear classifier on the bags shows what they are worth. <dfn>Whitened</dfn>
patches have uncorrelated pixels."""}

TABLES = {
    "sweep": "Medians over seeds, one row per K and method.",
    "inferred": "The labels of the first training images, and those that "
                "their clusters give them.",
    "fits": "Every single fit.",
    "restarts": "One row per K and kind of start. Agreement is the mean "
                "adjusted Rand index of two runs; the last columns say how "
                "many of the ten images nearest to each representative have "
                "the same label.",
    "runs": "Every single run, the lowest J first.",
    "traces": "J after each iteration of every run.",
    "confusion": "One row per K. Low and high are a 95 % bootstrap interval "
                 "of the purity of the start that was kept; the next columns "
                 "are the range over all starts.",
    "merges": "Labels that share a cluster, with their shares of it.",
    "patches": "Test accuracy of each encoding; pixels is the accuracy of "
               "the same classifier on pixels.",
    "vocabularies": "Where the words come from, and the seconds of k-means."}
