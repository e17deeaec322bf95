"""The two-dimensional map of features: UMAP projection and the points of a run."""
