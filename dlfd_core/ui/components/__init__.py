"""Custom components of the page: ``gr.HTML`` with template, style and script from ``assets/components``."""
