"""The page: gradio on one side, plain values (``dlfd_core.types``) on the other. Never imports torch."""
