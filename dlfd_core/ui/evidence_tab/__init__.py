"""Tab Evidence: everything that was measured on the run that the page shows. Its panels are in ``evidence``."""
