"""Everything beside the published scores that is measured of one model of a request: see ``types.audit.Audit``."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import cached_property

import numpy as np

from dlfd_core.data.splits import Splits, TaskData
from dlfd_core.errors import Diverged, InvalidRequest
from dlfd_core.metrics.attacks import make_attack, person_leaks, population_attacks
from dlfd_core.metrics.classes import class_accuracies
from dlfd_core.metrics.impact import measure_impact
from dlfd_core.metrics.reference import Consultation, consult
from dlfd_core.metrics.separability import measure_separability
from dlfd_core.metrics.similarity import cka_by_layer, rf_jsd
from dlfd_core.metrics.uncertainty import score_intervals
from dlfd_core.models.bank import Bank
from dlfd_core.models.outputs import Outputs
from dlfd_core.seeding import make_rng
from dlfd_core.types import RMIA, Attack, Audit, Impact, PersonLeak, Separability

#: Photos of each side, forget and unseen, whose activations are compared layer by layer.
LAYER_PHOTOS = 128

#: Per layer group (n, channels), as ``similarity.layer_activations`` gives it.
Layers = dict[str, np.ndarray]


def layer_sample(splits: Splits) -> np.ndarray:
    """Sorted indices of the photos whose activations are compared, the same for every model of a request."""
    rng = make_rng(0, "layer photos")
    sides = [rng.permutation(index)[:LAYER_PHOTOS] for index in (splits.forget, splits.unseen_non_members)]
    return np.unique(np.concatenate(sides))


@dataclass(frozen=True)
class Auditor:
    """Audits the models of one request.

    Attributes:
        bank: the reference bank; None without one.
        layers: of models audited before, which later ones are compared with; grows as models are audited.
    """

    task: TaskData
    splits: Splits
    original: Outputs
    bank: Bank | None = None
    layers: dict[str, Layers] = field(default_factory=dict)

    @cached_property
    def original_losses(self) -> np.ndarray:
        return self.original.losses(self.task.labels)

    def audit(self, name: str, outputs: Outputs) -> Audit:
        """One model.

        Args:
            name: as in ``MODELS``; its ``layers`` and those it is compared with are looked up by it.

        Raises:
            InvalidRequest: nobody is retained, or all unseen photos show one person: no attack can be trained.
        """
        labels, person, splits = self.task.labels, self.task.data.person, self.splits
        losses = outputs.losses(labels)
        attacks = population_attacks(outputs, labels, person, splits)
        people = person_leaks(losses, person, splits, [who.id for who in self.task.data.people])
        intervals = score_intervals(outputs, labels, person, splits)
        reference = None
        if (asked := self._consult(losses)) is not None:
            reference = asked.reference
            attacks = attacks | {RMIA: self._rmia(asked)}
            people = self._with_readings(people, asked)
        classes, gap = class_accuracies(outputs, self.task, splits)
        return Audit(
            attacks=attacks,
            utility_interval=intervals.utility,
            forgetting_score_interval=intervals.forgetting_score,
            nomus_interval=intervals.nomus,
            people=people,
            separability=self._separability(outputs),
            rf_jsd=None if name == "original" else rf_jsd(outputs, self.original, labels, splits),
            cka=self._cka(name),
            reference=reference,
            classes=classes,
            class_gap=gap,
        )

    def _separability(self, outputs: Outputs) -> Separability | None:
        """None where these photos cannot tell: one class, nobody with two photos, features that are no numbers."""
        try:
            return measure_separability(outputs, self.task.labels, self.task.data.person, self.splits)
        except (InvalidRequest, Diverged):
            return None

    def impact(self, after: Outputs) -> Impact | None:
        """Who else paid; None where fewer than two people are kept."""
        try:
            return measure_impact(self.task, self.splits, self.original, after)
        except InvalidRequest:
            return None

    def _consult(self, losses: np.ndarray) -> Consultation | None:
        if self.bank is None:
            return None
        person = self.task.data.person
        return consult(self.bank.losses, self.bank.members, losses, self.original_losses, person, self.splits)

    def _rmia(self, asked: Consultation) -> Attack:
        """RMIA's scores as an attack beside the others."""
        person, splits = self.task.data.person, self.splits
        groups = person[splits.forget], person[splits.unseen]
        return make_attack(np.array(asked.reference.rmia), asked.rmia_non_members, groups)

    def _with_readings(self, people: tuple[PersonLeak, ...], asked: Consultation) -> tuple[PersonLeak, ...]:
        readings = {self.task.data.people[who].id: reading for who, reading in asked.people.items()}
        found = []
        for leak in people:
            of = readings[leak.person]
            found.append(replace(leak, rmia=of.rmia, completeness=of.completeness, expected=of.expected))
        return tuple(found)

    def _cka(self, name: str) -> dict[str, dict[str, float]] | None:
        """To the original and to the retrained model, where their activations are known."""
        own = self.layers.get(name)
        if own is None:
            return None
        others = [other for other in ("original", "retrained") if other != name and other in self.layers]
        return {other: cka_by_layer(own, self.layers[other]) for other in others}
