"""The receipt of a run: one document as JSON, HTML and PDF."""
