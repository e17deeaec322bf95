"""Studies of quality and speed: ``python -m benchmarks``. They assert nothing, and speed depends on the machine."""
