"""Part "Does it come back?": the relearn test."""
