"""Candidates of the sweep: settings chosen by hand, about as many per method. Only the sweep chooses among them."""

from __future__ import annotations

from typing import Any

#: Exactly the paper's text: one epoch by SGD at a constant rate, no guard, no share, best state kept.
PAPER: dict[str, Any] = {
    "epochs": 1, "optimizer": "sgd", "forget_share": 1.0, "guard": 0.0, "keep": "best", "check_every": 5,
    "steps": 3, "alpha": 1.0, "mix": 1.0,
}  # fmt: skip


def _paper(lr: float, **changes: Any) -> dict[str, Any]:
    return PAPER | {"lr": lr, "lr_end": lr} | changes


def _quality(lr: float, **changes: Any) -> dict[str, Any]:
    return {"lr": lr, "epochs": 4, "steps": 1, "alpha": 8.0, "mix": 0.5, "forget_share": 1.0} | changes


def _large_batch(**changes: Any) -> dict[str, Any]:
    return _quality(0.005, batch_size=128, epochs=6, least_steps=90) | changes


def _people(**changes: Any) -> dict[str, Any]:
    return _quality(0.008, alpha=4.0, least_steps=180, full_rate=2400) | changes


#: Rate and weight decay of the rivals where people are the classes.
_RIVAL_RATES = ((0.006, 5e-4), (0.012, 0.5), (0.016, 0.5), (0.02, 0.5))


def _people_rival(weight_decay: float) -> dict[str, Any]:
    return {"weight_decay": weight_decay, "least_steps": 360, "full_rate": 2400}


def _fine_tune(optimizer: str, lr: float, epochs: int) -> dict[str, Any]:
    return {"optimizer": optimizer, "lr": lr, "lr_end": 0.0, "epochs": epochs}


def _neg_grad_plus(beta: float, lr: float, **changes: Any) -> dict[str, Any]:
    return {"beta": beta, "lr": lr} | changes


def _paired(forget_batch: int, forget_share: float = 1.0, **changes: Any) -> dict[str, Any]:
    return {"forget_batch": forget_batch, "forget_share": forget_share} | changes


#: alpha and lambda of SSD and LFSSD. With a seventh of the photos to forget, no importance on them is above seven times
#: that on all, so that the published alpha of 10 would select nothing.
_DAMPENING = ((1.5, 1.0), (2.0, 1.0), (2.0, 0.5), (3.0, 1.0), (3.0, 0.5), (4.0, 1.0), (5.0, 1.0), (1.2, 1.0))

#: Name in the sweep -> method and its candidates.
CANDIDATES: dict[str, tuple[str, list[dict[str, Any]]]] = {
    "dlfd quality": (
        "dlfd",
        [
            _quality(0.008),
            _quality(0.007),
            _quality(0.006),
            _quality(0.007, epochs=6),
            _quality(0.007, forget_share=0.5),
            _quality(0.007, alpha=4.0),
            _quality(0.007, mix=0.25),
            _quality(0.007, batch_size=128, epochs=6),
        ],
    ),
    "dlfd ages": (  # gentler synthesis: smaller steps, smaller shares of a batch or of the run
        "dlfd",
        [
            _large_batch(),
            _large_batch(mix=0.25),
            _large_batch(forget_share=0.35),
            _large_batch(mix=0.25, forget_share=0.35),
            _large_batch(alpha=2.0),
            _large_batch(lr=0.004, epochs=8),
            _quality(0.006, mix=0.25),
            _quality(0.006, forget_share=0.35),
            _quality(0.006, alpha=2.0),
            _quality(0.004),
        ],
    ),
    "dlfd people": (  # people as classes: more steps, because each class has few photos
        "dlfd",
        [
            _people(),
            _people(least_steps=360),
            _people(least_steps=540),
            _people(least_steps=360, full_rate=0),
            _people(least_steps=360, lr=0.012),
            _people(least_steps=360, alpha=2.0),
            _people(least_steps=360, tau=0.0),
            _people(least_steps=360, tau=-0.1),
            _people(least_steps=360, lr=0.016),
            _people(least_steps=360, lr=0.024),
            _people(least_steps=540, lr=0.016),
            _people(least_steps=540, lr=0.024),
            _people(least_steps=360, lr=0.012, weight_decay=0.1),
            _people(least_steps=360, lr=0.016, weight_decay=0.1),
            _people(least_steps=180, lr=0.016, weight_decay=0.1),
            _people(least_steps=270, lr=0.016, weight_decay=0.1),
            _people(least_steps=540, lr=0.012, weight_decay=0.1),
            _people(least_steps=360, lr=0.012, weight_decay=0.3),
            _people(least_steps=360, lr=0.008, weight_decay=0.3),
            _people(least_steps=360, lr=0.012, weight_decay=0.5),
            _people(least_steps=180, lr=0.012, weight_decay=0.5),
            _people(least_steps=360, lr=0.016, weight_decay=0.5),
            _people(least_steps=360, lr=0.02, weight_decay=0.5),
            _people(least_steps=270, lr=0.016, weight_decay=0.5),
            _people(least_steps=180, lr=0.016, weight_decay=0.3),
            _people(least_steps=270, lr=0.012, weight_decay=0.3),
            _people(least_steps=360, lr=0.012, batch_size=32),
            _people(least_steps=360, lr=0.012, alpha=8.0),
            _people(least_steps=360, lr=0.012, mix=1.0),
        ],
    ),
    "dlfd male": (  # an attribute of real people
        "dlfd",
        [
            _people(),
            _people(weight_decay=0.5),
            _people(lr=0.012, weight_decay=0.5),
        ],
    ),
    "dlfd paper": (
        "dlfd",
        [
            _paper(0.002),
            _paper(0.005),
            _paper(0.01),
            _paper(0.02),
            _paper(0.005, alpha=4.0),
            _paper(0.005, steps=8),
            _paper(0.005, steps=1, alpha=2.0, check_every=9),
            _paper(0.005, steps=1, alpha=3.0, check_every=9),
            _paper(0.005, tau=0.08),
        ],
    ),
    "fine-tune": (
        "fine_tune",
        [_fine_tune("sgd", lr, epochs) for lr, epochs in [(0.01, 4), (0.05, 4), (0.1, 4), (0.2, 6)]]
        + [_fine_tune("adamw", lr, epochs) for lr, epochs in [(0.003, 4), (0.006, 4), (0.008, 6), (0.012, 6)]],
    ),
    "fine-tune people": (
        "fine_tune",
        [_fine_tune("adamw", lr, 4) | _people_rival(decay) for lr, decay in _RIVAL_RATES],
    ),
    "NegGrad+ people": (
        "neg_grad_plus",
        [_neg_grad_plus(0.98, lr) | _people_rival(decay) for lr, decay in _RIVAL_RATES],
    ),
    "NegGrad": (
        "neg_grad",
        [
            {"epochs": epochs, "lr": lr}
            for epochs, lr in [
                (1, 0.0003), (1, 0.001), (1, 0.0015), (1, 0.002), (1, 0.003), (1, 0.005), (2, 0.0005), (2, 0.001),
            ]
        ],
    ),
    "NegGrad+": (
        "neg_grad_plus",
        [
            _neg_grad_plus(0.95, 0.006),
            _neg_grad_plus(0.98, 0.006),
            _neg_grad_plus(0.99, 0.006),
            _neg_grad_plus(0.995, 0.006),
            _neg_grad_plus(0.98, 0.008, epochs=6),
            _neg_grad_plus(0.95, 0.006, forget_share=0.5),
            _neg_grad_plus(0.95, 0.006, forget_share=0.25),
            _neg_grad_plus(0.95, 0.006, forget_share=0.1),
        ],
    ),
    "random labels": (
        "random_labels",
        [
            _paired(4, lr=0.006),
            _paired(8, lr=0.006),
            _paired(8, lr=0.003),
            _paired(8, 0.5, lr=0.006),
            _paired(8, 0.25, lr=0.006),
            _paired(16, 0.25, lr=0.006),
            _paired(4, lr=0.003),
            _paired(8, 0.5, lr=0.008, epochs=6),
        ],
    ),
    "CF-k": (
        "cf_k",
        [
            {"k": k, "lr": lr, **more}
            for k, lr, more in [
                (2, 0.02, {}), (3, 0.01, {}), (3, 0.03, {}), (4, 0.01, {}), (4, 0.02, {}), (5, 0.006, {}),
                (5, 0.008, {"epochs": 6}), (5, 0.012, {"epochs": 6}),
            ]
        ],
    ),
    "EU-k": (
        "eu_k",
        [
            {"k": k, "lr": lr, "epochs": epochs}
            for k, lr, epochs in [
                (2, 0.01, 4), (3, 0.005, 8), (3, 0.02, 8), (4, 0.005, 8), (4, 0.01, 8), (5, 0.005, 8), (5, 0.01, 8),
                (5, 0.005, 16),
            ]
        ],
    ),
    "UNSIR": (
        "unsir",
        [
            _paired(8, 0.25, lr=0.003),
            _paired(16, 0.25, lr=0.003),
            _paired(16, 0.25, lr=0.001),
            _paired(16, 0.5, lr=0.003, epochs=2),
            _paired(8, 0.1, lr=0.006),
            _paired(16, 0.1, lr=0.006, epochs=6),
            _paired(8, 0.25, lr=0.006, noise_steps=3),
            _paired(32, 0.1, lr=0.003),
        ],
    ),
    "Bad Teacher": (
        "bad_teacher",
        [
            _paired(4, lr=0.006),
            _paired(8, lr=0.006),
            _paired(8, lr=0.003),
            _paired(8, 0.1, lr=0.006),
            _paired(8, 0.25, lr=0.006),
            _paired(8, 0.5, lr=0.006),
            _paired(8, lr=0.006, temperature=4.0),
            _paired(8, lr=0.008, epochs=6),
        ],
    ),
    "SCRUB": (
        "scrub",
        [
            {"lr": lr, "msteps": msteps, **more}
            for lr, msteps, more in [
                (0.001, 2, {}), (0.002, 2, {}), (0.003, 2, {}), (0.002, 1, {}), (0.004, 1, {}), (0.001, 4, {}),
                (0.006, 2, {"temperature": 1.0}), (0.004, 1, {"alpha": 0.0, "epochs": 6}),
            ]
        ],
    ),
    "SalUn": (
        "salun",
        [
            _paired(8, lr=0.006, saliency=0.5),
            _paired(8, 0.5, lr=0.006, saliency=0.5),
            _paired(8, 0.25, lr=0.006, saliency=0.5),
            _paired(8, 0.1, lr=0.006, saliency=0.5),
            _paired(8, 0.25, lr=0.006, saliency=0.8),
            _paired(8, 0.5, lr=0.008, saliency=0.8, epochs=6),
            _paired(8, 0.1, lr=0.008, saliency=0.8, epochs=6),
            _paired(16, 0.25, lr=0.006, saliency=0.5),
        ],
    ),
    "SSD": ("ssd", [{"alpha": alpha, "lam": lam} for alpha, lam in _DAMPENING]),
    "LFSSD": ("lfssd", [{"alpha": alpha, "lam": lam} for alpha, lam in _DAMPENING]),
    "JiT": (
        "jit",
        [
            {"lr": lr, "sigma": sigma, "epochs": epochs}
            for lr, sigma, epochs in [
                (0.001, 0.2, 1), (0.003, 0.2, 1), (0.01, 0.2, 1), (0.03, 0.2, 1), (0.01, 0.1, 1), (0.003, 0.5, 1),
                (0.01, 0.5, 1), (0.003, 0.2, 3),
            ]
        ],
    ),
}  # fmt: skip
