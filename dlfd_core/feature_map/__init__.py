"""The two-dimensional map of features: UMAP projection, points of a run, and frames of the film."""
