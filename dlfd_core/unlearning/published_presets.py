"""Presets ``paper`` of the baselines: the settings with which the authors of DLFD ran them for their own table.

They stand in the public notebooks of DLFD's repository (RAF-DB emotions; MUFAC ages where they differ), for ResNet18
and batches of 64. Adam is AdamW here. Some methods follow their own paper here, where the public code does something
else; then the note says so: only the settings are the authors'.
"""

from __future__ import annotations

from dlfd_core.types import KnobValue

#: SGD as the authors use it for most baselines; the rate falls along a cosine.
_SGD: dict[str, KnobValue] = {"epochs": 2, "optimizer": "sgd", "lr": 0.001, "lr_end": 0.0, "momentum": 0.9}
#: Adam as the authors use it, at a constant rate.
_ADAM: dict[str, KnobValue] = {"optimizer": "adamw", "lr": 0.001, "lr_end": 0.001}
_BAD_TEACHER: dict[str, KnobValue] = _ADAM | {
    "epochs": 1, "weight_decay": 5e-4, "temperature": 4.0, "forget_batch": 12, "forget_share": 1.0,
}  # fmt: skip

#: Method, task (``*`` for any), settings, and a sentence on them.
PUBLISHED: tuple[tuple[str, str, dict[str, KnobValue], str], ...] = (
    ("fine_tune", "*", _SGD | {"weight_decay": 5e-4}, "As in the notebooks: two epochs by SGD at .001."),
    ("cf_k", "*", _SGD | {"k": 1, "weight_decay": 0.0}, "As in the notebooks: two epochs, only the head is trained."),
    (
        "eu_k", "*", _SGD | {"k": 1, "weight_decay": 0.0},
        "The rate and two epochs of the notebooks, which train the head on; here it starts from random weights, as "
        "in the method's own paper.",
    ),
    ("neg_grad", "*", {"epochs": 1, "lr": 0.001, "batch_size": 64}, "As in the notebooks: one epoch by SGD at .001."),
    (
        "unsir", "*",
        _ADAM | {
            "epochs": 3, "weight_decay": 0.0, "forget_batch": 12, "forget_share": 0.33, "noise": 64, "noise_steps": 8,
            "noise_lr": 0.1,
        },
        "The rates, one epoch that impairs and two that repair, and eight noise steps, as in the notebooks; there kept "
        "photos take no part in impairing.",
    ),
    (
        "bad_teacher", "*", _BAD_TEACHER,
        "One epoch by Adam at .001 and the temperature of the notebooks, which push the kept photos away from the bad "
        "teacher; here forgotten photos are pulled towards it, as in the method's own paper.",
    ),
    ("bad_teacher", "age_group", _BAD_TEACHER | {"epochs": 2}, "As on emotions, with the two epochs of the notebook."),
    (
        "scrub", "*",
        {
            "epochs": 2, "optimizer": "sgd", "lr": 0.0005, "lr_end": 0.0005, "momentum": 0.9, "weight_decay": 5e-4,
            "msteps": 2, "temperature": 4.0, "alpha": 1.0, "gamma": 1.0, "forget_batch": 64,
        },
        "The rate, epochs and temperature of the notebooks.",
    ),
)  # fmt: skip
