"""Part "Use photos of your own people"."""
