"""Part "Does the memory come back?": the relearn test."""
