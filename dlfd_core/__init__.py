"""Machine unlearning for face classifiers by distribution-level feature distancing (DLFD).

Import direction, held by ``tests/test_architecture.py``: a module imports from its own room or from rooms to the right,
never to the left. Rooms that share a place in the line do not import each other.

app > cli > verify, zero_gpu > service > own_photos, benchmark > runs > reports > feature_map > unlearning > metrics >
models > backbones > data > engines > types, registry, seeding, device, artifacts > memory, errors

``ui`` imports ``types``, ``errors`` and itself, never torch; gradio is imported only in ``ui`` and ``app.py``.
"""

from dlfd_core.memory import set_up_heap

set_up_heap()  # before the imports that start threads

__version__ = "0.1.0"
