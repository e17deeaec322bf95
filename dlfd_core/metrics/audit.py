"""The audit of one model: all measurements beyond the published scores (attacks, intervals, features, classes).

The result is a ``types.Audit``.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import cached_property

import numpy as np

from dlfd_core.data.splits import Splits, TaskData
from dlfd_core.errors import Diverged, InvalidRequest
from dlfd_core.metrics.attacks import make_attack, person_leaks, population_attacks
from dlfd_core.metrics.classes import class_accuracies
from dlfd_core.metrics.depth import depth_sample, memory_by_depth
from dlfd_core.metrics.evaluate import accuracy, constant_utility
from dlfd_core.metrics.impact import measure_impact
from dlfd_core.metrics.never_saw import against_bank
from dlfd_core.metrics.reference import Consultation, consult, refuse_small_bank, utility_range
from dlfd_core.metrics.same_people import against_held_out_photos
from dlfd_core.metrics.separability import measure_separability
from dlfd_core.metrics.similarity import cka_by_layer, rf_jsd
from dlfd_core.metrics.uncertainty import score_intervals
from dlfd_core.metrics.unseen_people import against_unseen_people
from dlfd_core.metrics.verdict import Evidence
from dlfd_core.models.bank import Bank
from dlfd_core.models.outputs import Outputs
from dlfd_core.models.signals import signals_of
from dlfd_core.seeding import make_rng
from dlfd_core.types import RMIA, Attack, Audit, DepthPoint, Impact, PersonLeak, Separability, WorstCase

#: Number of forget photos and of unseen photos whose activations CKA compares layer by layer.
LAYER_PHOTOS = 128

#: Activations (n, channels) by layer group, from ``similarity.layer_activations``.
Layers = dict[str, np.ndarray]


def compared_sample(splits: Splits) -> np.ndarray:
    """Sorted indices of the photos whose activations CKA compares, the same for every model of a request."""
    rng = make_rng(0, "layer photos")
    sides = [rng.permutation(index)[:LAYER_PHOTOS] for index in (splits.forget, splits.unseen_non_members)]
    return np.unique(np.concatenate(sides))


@dataclass(frozen=True)
class Auditor:
    """Audits the models of one forget request.

    Attributes:
        bank: the reference bank; None without one.
        layers: activations of the photos at ``layer_sample`` by model; the caller adds a model before its audit.
    """

    task: TaskData
    splits: Splits
    original: Outputs
    bank: Bank | None = None
    layers: dict[str, Layers] = field(default_factory=dict)

    @cached_property
    def original_losses(self) -> np.ndarray:
        """Loss of the original model on each photo, (N,)."""
        return self.original.losses(self.task.labels)

    @cached_property
    def layer_sample(self) -> np.ndarray:
        """Sorted indices of the photos whose activations are read."""
        return np.union1d(compared_sample(self.splits), depth_sample(self.task.data.person, self.splits))

    @cached_property
    def _compared(self) -> np.ndarray:
        """Which photos of ``layer_sample`` CKA compares, (n,) bool."""
        return np.isin(self.layer_sample, compared_sample(self.splits))

    def audit(self, name: str, outputs: Outputs) -> Audit:
        """Audit one model.

        Args:
            name: a name of ``MODELS``, under which its activations are in ``layers``.

        Raises:
            InvalidRequest: there is no retain photo, or all unseen photos show one person; then no attacker can be
                trained.
        """
        labels, person, splits = self.task.labels, self.task.data.person, self.splits
        losses = outputs.losses(labels)
        attacks = population_attacks(outputs, labels, person, splits)
        people = person_leaks(losses, person, splits, self._ids)
        intervals = score_intervals(outputs, labels, person, splits)
        worst = self.worst_case(outputs)
        reference = None
        if self.bank is not None:
            consultation = consult(self.bank, losses, self.original_losses, splits, worst)
            reference = consultation.reference
            attacks = attacks | {RMIA: self._rmia(consultation)}
            people = self._add_person_results(people, consultation)
        classes, gap = class_accuracies(outputs, self.task, splits)
        return Audit(
            attacks=attacks,
            utility_interval=intervals.utility,
            forgetting_score_interval=intervals.forgetting_score,
            nomus_interval=intervals.nomus,
            people=people,
            separability=self._separability(outputs),
            rf_jsd=None if name == "original" else rf_jsd(outputs, self.original, labels, splits),
            cka=self.cka(name),
            depth=self._depth(name),
            reference=reference,
            classes=classes,
            class_gap=gap,
            worst=worst,
            chance=self.chance,
        )

    @property
    def _ids(self) -> list[str]:
        return [entry.id for entry in self.task.data.people]

    @cached_property
    def chance(self) -> float:
        """Utility of always giving the most frequent answer, in [0, 1]."""
        return constant_utility(self.task, self.splits)

    def worst_case(self, outputs: Outputs) -> WorstCase:
        """The worst case of a model over all statistics, which the verdict uses.

        Raises:
            InvalidRequest: as ``worst_of``.
        """
        return self.worst_of(signals_of(outputs, self.task.labels, self.splits.compared))

    def worst_of(self, signals: np.ndarray) -> WorstCase:
        """The worst case of the model that has these signals, (4, n), on ``splits.compared``.

        Raises:
            InvalidRequest: there is only one unseen person, or the bank has too few models that never saw somebody.
        """
        task, splits, person = self.task, self.splits, self.task.data.person
        if self.bank is not None:
            refuse_small_bank(self.bank, person, splits)
        if not splits.by_person:
            return against_held_out_photos(signals, task, splits, self.bank)
        if self.bank is not None:
            return against_bank(self.bank, signals, splits)
        return against_unseen_people(signals, person, splits, self._ids)

    def evidence(self, outputs: Outputs) -> Evidence:
        """What the verdict reads of a model, without the rest of the audit: a few hundredths of a second.

        Raises:
            InvalidRequest: as ``worst_case``.
        """
        utility = accuracy(outputs, self.task.labels, self.splits.unseen)
        return self.evidence_of(utility, signals_of(outputs, self.task.labels, self.splits.compared))

    def evidence_of(self, utility: float, signals: np.ndarray) -> Evidence:
        """``evidence`` of a model with this utility and these signals, (4, n), on ``splits.compared``."""
        lowest = None if self.bank is None else utility_range(self.bank, self.splits)[0]
        return Evidence(utility, self.worst_of(signals), self.chance, lowest, len(self.splits.unseen_non_members))

    def _separability(self, outputs: Outputs) -> Separability | None:
        """Separability of the features; None with one class, without a person with two photos, or with NaN features."""
        try:
            return measure_separability(outputs, self.task.labels, self.task.data.person, self.splits)
        except (InvalidRequest, Diverged):
            return None

    def impact(self, after: Outputs) -> Impact | None:
        """Effect on people who were not to be forgotten; None where fewer than two people are kept."""
        try:
            return measure_impact(self.task, self.splits, self.original, after)
        except InvalidRequest:
            return None

    def _rmia(self, consultation: Consultation) -> Attack:
        """RMIA as an ``Attack``, like the other attacks."""
        person, splits = self.task.data.person, self.splits
        groups = person if splits.by_person else np.arange(len(person))
        return make_attack(*consultation.gains, (groups[splits.forget], groups[splits.unseen_non_members]))

    def _add_person_results(self, people: tuple[PersonLeak, ...], consultation: Consultation) -> tuple[PersonLeak, ...]:
        """Add the results of the reference bank to each forgotten person."""
        results = {self.task.data.people[number].id: result for number, result in consultation.people.items()}
        leaks = []
        for leak in people:
            result = results[leak.person]
            leaks.append(replace(leak, rmia=result.rmia, completeness=result.completeness, expected=result.expected))
        return tuple(leaks)

    def cka(self, name: str) -> dict[str, dict[str, float]] | None:
        """CKA with the original and with the retrained model, as far as their activations are in ``layers``."""
        layers = self.layers.get(name)
        if layers is None:
            return None
        ours = _rows_of(layers, self._compared)
        others = [other for other in ("original", "retrained") if other != name and other in self.layers]
        return {other: cka_by_layer(ours, _rows_of(self.layers[other], self._compared)) for other in others}

    def _depth(self, name: str) -> dict[str, DepthPoint] | None:
        layers = self.layers.get(name)
        if layers is None:
            return None
        return memory_by_depth(layers, self.layer_sample, self.task.labels, self.task.data.person, self.splits)


def _rows_of(layers: Layers, rows: np.ndarray) -> Layers:
    return {name: activations[rows] for name, activations in layers.items()}
