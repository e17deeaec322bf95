"""Reports of finished runs: texts and tables, JSON, figures and the receipt."""
