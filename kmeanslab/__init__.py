"""The lab: the k-means assignment's four steps for more than 500 images."""

__version__ = "0.1.0"
