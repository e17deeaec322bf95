"""Requests carried out: forget, race, sequence, relearn test, and what they share (queue, caches, progress)."""
