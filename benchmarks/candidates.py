"""What the sweep tries: settings by hand, about as many for each method; the sweep alone decides between them."""

from __future__ import annotations

from typing import Any

#: One epoch by SGD at a constant rate, no guard, no share, best state kept: the text of the paper to the letter.
PAPER: dict[str, Any] = {
    "epochs": 1, "optimizer": "sgd", "forget_share": 1.0, "guard": 0.0, "keep": "best", "check_every": 5,
}  # fmt: skip


def _paper(lr: float, **changes: Any) -> dict[str, Any]:
    return PAPER | {"lr": lr, "lr_end": lr} | changes


def _quality(lr: float, epochs: int, share: float, **changes: Any) -> dict[str, Any]:
    return {"lr": lr, "epochs": epochs, "forget_share": share} | changes


#: name -> method and its candidates
CANDIDATES: dict[str, tuple[str, list[dict[str, Any]]]] = {
    "dlfd quality": (
        "dlfd",
        [
            _quality(0.006, 4, 0.35, alpha=1.0),
            _quality(0.006, 4, 0.35, alpha=4.0),
            _quality(0.006, 5, 0.3, alpha=4.0, steps=2),
            _quality(0.008, 5, 0.3, alpha=4.0, steps=2),
            _quality(0.008, 5, 0.3, alpha=4.0, steps=2, mix=0.5),
            _quality(0.008, 5, 0.3, alpha=8.0, steps=1),
            _quality(0.008, 6, 0.25, alpha=1.0),
            _quality(0.008, 6, 0.25, alpha=4.0),
            _quality(0.010, 5, 0.3, alpha=4.0, steps=2),
        ],
    ),
    "dlfd paper": (
        "dlfd",
        [
            _paper(0.005),
            _paper(0.01),
            _paper(0.02),
            _paper(0.03),
            _paper(0.02, alpha=4.0),
            _paper(0.01, alpha=4.0),
            _paper(0.02, steps=8),
            _paper(0.02, tau=0.08),
            _paper(0.02, lambda_f=10.0),
        ],
    ),
    "fine-tune": (
        "fine_tune",
        [
            {"epochs": epochs, "lr": lr, "lr_end": 0.0}
            for epochs, lr in [
                (2, 0.01), (2, 0.05), (2, 0.2), (5, 0.01), (5, 0.05), (5, 0.1), (5, 0.2), (8, 0.05), (8, 0.1),
            ]
        ],
    ),
    "NegGrad": (
        "neg_grad",
        [
            {"epochs": epochs, "lr": lr}
            for epochs, lr in [
                (1, 0.0003), (1, 0.001), (1, 0.002), (1, 0.003), (1, 0.005), (1, 0.01), (2, 0.001), (2, 0.003),
            ]
        ],
    ),
}  # fmt: skip
