"""DLFD: machine unlearning for face classifiers by distribution-level feature distancing.

Import direction (held by ``tests/test_architecture.py``); a module imports only from its own level or to the right:

app > verify, zero_gpu > ui, service, benchmark > run, race, sequence, relearn, afterwards, own_faces, handout,
remembered > workbench > prepared, progress, turns > catalog > reports, unlearning > bank, embeddings, metrics,
originals, adapt, training > backbones, data, uploads > transport, artifacts, device, faults, generators, labels,
registry, seeding, slot > types, errors

``ui`` imports ``types``, ``errors`` and itself, never torch; gradio is imported only in ``ui`` and ``app.py``.
``service`` and ``benchmark`` do not know each other.
"""

__version__ = "0.1.0"
