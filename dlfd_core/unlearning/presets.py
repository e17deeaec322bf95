"""Presets: one table of the settings of each method for a data set and task.

The defaults of a method are its preset ``quality``. ``TABLE`` holds the differences from them, for other presets or for
certain tasks. It is the only place for measured values.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from dlfd_core.errors import UnknownName
from dlfd_core.types import DEFAULT_PRESET, OWN_DATA_PREFIX, KnobValue, PresetCard
from dlfd_core.unlearning.published_presets import PUBLISHED

ANY = "*"

#: All presets, in the order in which they are offered.
PRESETS = (
    PresetCard(DEFAULT_PRESET, "Quality", "tuned, the best result found on validation people"),
    PresetCard("paper", "Paper", "one to three epochs, as published by the authors of DLFD"),
)


@dataclass(frozen=True)
class Entry:
    """One row of the table.

    Attributes:
        data, task: a name, or ``ANY``; a data set never stands without its task.
        knobs: settings that differ from the method's defaults, or that have to stay when the defaults change.
        note: how the settings were chosen, in one sentence.
    """

    method: str
    preset: str
    data: str
    task: str
    knobs: dict[str, KnobValue]
    note: str


#: The published settings: one epoch by SGD at a constant rate with the published weights, without any addition.
PAPER: dict[str, KnobValue] = {
    "epochs": 1, "optimizer": "sgd", "lr": 0.005, "lr_end": 0.005, "momentum": 0.9, "weight_decay": 5e-4,
    "steps": 3, "alpha": 1.0, "mix": 1.0, "lambda_f": 3.0, "lambda_r_start": 0.0, "lambda_r_end": 1.0,
    "tau": 0.04, "forget_share": 1.0, "guard": 0.0, "keep": "best", "check_every": 5, "least_steps": 0, "full_rate": 0,
}  # fmt: skip

#: Schedule for few photos, in the preset ``quality`` of every method with epochs over the retain photos: more epochs at
#: a lower rate, else there are too few steps to rebuild the task.
FEW: dict[str, KnobValue] = {"least_steps": 180, "full_rate": 2400}

#: DLFD's preset ``quality``: a single large perturbation step, a high rate, and enough steps to rebuild the task also
#: where there are few photos.
QUALITY: dict[str, KnobValue] = {
    "epochs": 4, "optimizer": "adamw", "lr": 0.008, "lr_end": 0.0, "steps": 1, "alpha": 8.0, "mix": 0.5,
    "forget_share": 1.0, "guard": 0.5, "keep": "last", **FEW,
}  # fmt: skip

#: Rows whose note gives a share of passes or a utility were chosen by the strict verdict, rows whose note gives NoMUS
#: by it (``python -m benchmarks.sweep``). SSD, LFSSD and JiT never pass; their notes name what was chosen by. All on
#: validation people; all candidates of the sweep: ``benchmarks/results/sweep-*.json``.
TABLE = (
    Entry(
        "dlfd", "quality", ANY, ANY, QUALITY,
        "Emotions, validation people: passes the strict verdict on 7 of 8 picks, utility .628, retrained models .624; "
        "with 5 or 6 epochs on 4 of 5, at utility .642 and .649, and slower.",
    ),
    Entry(
        "dlfd", "paper", ANY, ANY, PAPER,
        "The published schedule and weights; of nine rates and step sizes the best that keeps K at 3: eight steps gain "
        "less than the noise and take three times as long.",
    ),
    Entry(
        "dlfd", "quality", "portraits", "age_group",
        QUALITY | {"lr": 0.006, "alpha": 2.0},
        "The quickest of ten that keeps the utility and passes the strict verdict in 4 of 4 runs: .471 on five groups "
        "of validation people, retrained models .465; with steps of 8 in batches of 128 and 6 epochs .455.",
    ),
    Entry(
        "dlfd", "paper", "portraits", "age_group", PAPER | {"steps": 1, "alpha": 3.0, "check_every": 9},
        "The published schedule and weights; the best of nine rates and step sizes, and the quickest: validation NoMUS "
        ".674, with three steps at a step size of 4 .651, at the emotions' of 1 .559.",
    ),
    Entry(
        "neg_grad_plus", "quality", "portraits", "age_group", FEW | {"beta": 0.995, "lr": 0.006},
        "Validation people, the best of eight: passes the strict verdict in 4 of 4 runs, utility .514, retrained "
        "models .497; with the emotions' settings in none.",
    ),
    Entry(
        "cf_k", "quality", "portraits", "age_group", FEW | {"k": 5, "lr": 0.008, "epochs": 6},
        "Validation people, the best of eight: passes the strict verdict in 4 of 4 runs, utility .500, retrained "
        "models .497; with the emotions' rate the utility is lost.",
    ),
    Entry(
        "random_labels", "quality", "portraits", "age_group",
        FEW | {"forget_batch": 16, "forget_share": 0.25, "lr": 0.006},
        "Validation people, the quickest of two out of eight that pass the strict verdict in 4 of 4 runs: utility "
        ".495, retrained models .497; with the emotions' settings in 2 of 4, at .478.",
    ),
    Entry(
        "salun", "quality", "portraits", "age_group",
        FEW | {"forget_batch": 8, "forget_share": 0.25, "lr": 0.006, "saliency": 0.5},
        "Validation people, the best of eight: passes the strict verdict in 4 of 4 runs, utility .489, retrained "
        "models .497; with the emotions' settings in none.",
    ),
    Entry(
        "neg_grad", "quality", "portraits", "age_group", {"lr": 0.001},
        "Validation people, the best of eight, of which none keeps enough utility and passes: the strict verdict in 1 "
        "of 4 runs, utility .468, retrained models .497.",
    ),
    Entry(
        "dlfd", "quality", ANY, "male", QUALITY | {"alpha": 4.0, "weight_decay": 0.5},
        "140 people of CelebA: the best of three, passes the strict verdict in 4 of 4 runs, utility .902, retrained "
        "models .901; with the usual weight decay too, at .888.",
    ),
    Entry(
        "dlfd", "quality", ANY, "identity",
        QUALITY | {"alpha": 4.0, "lr": 0.016, "weight_decay": 0.5, "least_steps": 360},
        "140 people of CelebA as classes: the best of 29, passes the strict verdict in 4 of 4 runs, utility .458, "
        "retrained models .436; with the usual weight decay in 3 of 4, at .413; the preset before it in none.",
    ),
    Entry(
        "dlfd", "paper", ANY, "identity", PAPER | {"lr": 0.01, "lr_end": 0.01},
        "The published schedule and weights; the best of nine rates and step sizes for 140 people of CelebA as "
        "classes: validation NoMUS .472, at half the rate .431.",
    ),
    Entry(
        "neg_grad", "quality", ANY, "male", {"epochs": 1, "lr": 0.0003},
        "The best of eight for CelebA's attribute on 140 of its people: validation NoMUS .798, as before forgetting.",
    ),
    Entry(
        "neg_grad", "quality", ANY, "identity", {"epochs": 2, "lr": 0.001},
        "The best of eight for 140 people of CelebA as classes: validation NoMUS .483.",
    ),
    Entry(
        "fine_tune", "quality", ANY, ANY, FEW | {"epochs": 4, "optimizer": "adamw", "lr": 0.006, "lr_end": 0.0},
        "Emotions, validation people, the quickest of two out of eight that pass the strict verdict in 4 of 4 runs: "
        "utility .649, retrained models .649; with 6 epochs at .008 .666.",
    ),
    Entry(
        "fine_tune", "quality", ANY, "identity",
        FEW
        | {"epochs": 4, "optimizer": "adamw", "lr": 0.012, "lr_end": 0.0, "weight_decay": 0.5, "least_steps": 360},
        "140 people of CelebA as classes: of four settings one of two that pass the strict verdict in 4 of 4 runs, "
        "utility .479, retrained models .436; with the usual weight decay in none.",
    ),
    Entry(
        "neg_grad", "quality", ANY, ANY, {"lr": 0.0003},
        "Emotions, validation people: none of eight settings ever passes the strict verdict; this one keeps "
        "the utility, .657, retrained models .649.",
    ),
    Entry(
        "neg_grad_plus", "quality", ANY, ANY, FEW | {"beta": 0.98, "lr": 0.006},
        "Emotions, validation people, the quickest of eight, which all pass the strict verdict in every run: utility "
        ".660, retrained models .649.",
    ),
    Entry(
        "random_labels", "quality", ANY, ANY, FEW | {"forget_batch": 8, "forget_share": 0.5, "lr": 0.006},
        "Emotions, validation people, the best of eight: passes the strict verdict in 4 of 4 runs, utility .654, "
        "retrained models .649.",
    ),
    Entry(
        "cf_k", "quality", ANY, ANY, FEW | {"k": 5, "lr": 0.012, "epochs": 6},
        "Emotions, validation people, the best of eight: passes the strict verdict in 4 of 4 runs, utility .664, "
        "retrained models .649.",
    ),
    Entry(
        "eu_k", "quality", ANY, ANY, FEW | {"k": 5, "lr": 0.005, "epochs": 8},
        "Emotions, validation people, the best of eight: passes the strict verdict in 3 of 4 runs, utility .645, "
        "retrained models .649; with 16 epochs as often.",
    ),
    Entry(
        "unsir", "quality", ANY, ANY, FEW | {"forget_batch": 8, "forget_share": 0.1, "lr": 0.006},
        "Emotions, validation people, the best of eight: passes the strict verdict in 3 of 4 runs, utility .661, "
        "retrained models .649.",
    ),
    Entry(
        "bad_teacher", "quality", ANY, ANY, FEW | {"forget_batch": 8, "forget_share": 0.1, "lr": 0.006},
        "Emotions, validation people, the best of eight: passes the strict verdict in 4 of 4 runs, utility .661, "
        "retrained models .649; with forgotten photos until the end in 1 of 4 at most, over-forgotten.",
    ),
    Entry(
        "scrub", "quality", ANY, ANY, FEW | {"lr": 0.001, "msteps": 2},
        "Emotions, validation people: none of eight settings keeps enough utility and ever passes the strict verdict; "
        "this one keeps it best, .662, retrained models .649.",
    ),
    Entry(
        "salun", "quality", ANY, ANY,
        FEW | {"forget_batch": 8, "forget_share": 0.25, "lr": 0.006, "saliency": 0.8},
        "Emotions, validation people, the quickest of three out of eight that pass the strict verdict in 4 of 4 runs: "
        "utility .654, retrained models .649.",
    ),
    Entry(
        "ssd", "quality", ANY, ANY, {"alpha": 3.0, "lam": 0.5},
        "None of eight settings passes the strict verdict on emotions. Of those that keep the utility, this one has "
        "the lowest forgetting score on validation people: .175.",
    ),
    Entry(
        "lfssd", "quality", ANY, ANY, {"alpha": 1.2, "lam": 1.0},
        "None of eight settings passes the strict verdict on emotions. Of those that keep the utility, this one has "
        "the lowest forgetting score on validation people: .147.",
    ),
    Entry(
        "jit", "quality", ANY, ANY, {"epochs": 1, "lr": 0.003, "sigma": 0.5},
        "None of eight settings passes the strict verdict on emotions. Of those that keep the utility, this one has "
        "the lowest forgetting score on validation people: .174.",
    ),
    *(Entry(method, "paper", ANY, task, knobs, note) for method, task, knobs, note in PUBLISHED),
)  # fmt: skip


def preset_names(method: str, table: Sequence[Entry] = TABLE) -> tuple[str, ...]:
    """Names of a method's presets: ``quality`` always, and those of its rows in the table."""
    in_table = {entry.preset for entry in table if entry.method == method}
    return tuple(card.name for card in PRESETS if card.name == DEFAULT_PRESET or card.name in in_table)


def preset_knobs(
    method: str, preset: str, data: str, task: str, table: Sequence[Entry] = TABLE
) -> dict[str, KnobValue]:
    """Settings of a preset that differ from the method's defaults.

    They come from the row for this data set and task, else for this task in any data set, else for the method. They
    are empty where the table has no such row.

    Args:
        data: name of a data set, or the text of a request: ``mufac:PATH?unique`` is ``mufac``. A visitor's own photos
            have the presets of the portraits, because their original was trained on the portraits.

    Raises:
        UnknownName: a preset the method does not have.
    """
    names = preset_names(method, table)
    if preset not in names:
        raise UnknownName(f"preset of {method}", preset, names)
    data = "portraits" if data.startswith(OWN_DATA_PREFIX) else data.partition(":")[0].partition("?")[0]
    rows = {(entry.data, entry.task): entry for entry in table if (entry.method, entry.preset) == (method, preset)}
    for place in ((data, task), (ANY, task), (ANY, ANY)):
        if place in rows:
            return dict(rows[place].knobs)
    return {}
