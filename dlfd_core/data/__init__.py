"""Data sets: schema, loaders, label spaces, splits by people, and the drawn portraits."""
