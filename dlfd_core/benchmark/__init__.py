"""Comparison of methods over picks of people, seeds and networks: the command ``benchmark`` and its parts."""
