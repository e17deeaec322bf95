"""Section Compare: several methods on the same people (a race)."""
