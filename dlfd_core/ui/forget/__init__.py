"""Form of a run, and the run from the click to its result."""
