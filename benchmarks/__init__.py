"""Measurements: ``python -m benchmarks``. Nothing here is asserted; speed depends on the machine."""
