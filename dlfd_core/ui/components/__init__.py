"""The page's own components: gr.HTML with templates, style and script from ``assets/components``."""
