"""The receipt of a run: one document, shown as JSON, HTML and PDF."""
