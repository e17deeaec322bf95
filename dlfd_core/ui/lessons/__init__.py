"""Lessons: predict, do, look, reveal."""
