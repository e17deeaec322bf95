"""Scores, membership attacks, intervals and the verdict, computed from the outputs of models."""
