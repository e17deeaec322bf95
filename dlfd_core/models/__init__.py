"""Trained models and their outputs: training loop, originals, reference bank, adaptation to new people."""
