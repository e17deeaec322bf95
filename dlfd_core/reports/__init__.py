"""Reports of finished runs: their parts, JSON, archive, figures and the receipt."""
