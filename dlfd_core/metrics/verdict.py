"""The verdict: the result of a run in one or two plain sentences, from calibrated numbers.

Questions are asked in this order, and the first that decides gives the label:

1. Does the model still do its task? ``task_lost`` where it kept less than ``KEPT`` of the original's utility above
   chance, and also does worse than models that never saw the people: the retrained model, or else the models of the
   reference bank, which were trained on half of the people (``floor``). With neither, it is less than ``KEPT_ALONE``.
2. Can anything be said? ``cannot_tell`` with fewer than ``MINIMUM_PHOTOS`` photos on one side, where the original
   itself does not recognise the people, or where chance alone reaches what the original shows.
3. The worst case over all attacks and over people (``worst_case``): ``still_recognisable`` or ``over_forgotten`` where
   it is outside the range of models that never saw the people, else ``not_distinguishable``.

With a bank the verdict is strict: the range is that of models that never saw exactly these people. Without one it is
lenient: the range is that of unseen people in this same model. How often each is wrong is measured by
``python -m benchmarks.calibration``.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from dlfd_core.types import (
    MINIMUM_PHOTOS,
    STATISTIC_TITLES,
    Audit,
    DataCounts,
    Scores,
    Statistic,
    Verdict,
    VerdictLabel,
    WorstCase,
)

#: Share of the original's utility above chance below which the task is lost: in a model that also does worse than
#: models that never saw the people; where there are no such models; and whatever the models of the bank do. Models
#: trained on half of the people kept 63 % (emotion, slim_resnet), so alone a model that kept half is not called broken.
KEPT, KEPT_ALONE, KEPT_LEAST = 0.75, 0.5, 0.25
#: Utility above chance below which an original has no task that could be lost.
SMALLEST_TASK = 0.05


@dataclass(frozen=True)
class Evidence:
    """What the verdict reads of one model.

    Attributes:
        utility: in [0, 1]. chance: utility of always giving the most frequent answer; None where unknown.
        lowest: lower end of the range of the utility of the bank's models; None without a bank.
        unseen_photos: number of non-members of the attacks.
    """

    utility: float
    worst: WorstCase | None
    chance: float | None = None
    lowest: float | None = None
    unseen_photos: int = 0

    @classmethod
    def of(cls, scores: Scores, audit: Audit | None) -> Evidence:
        """From the scores and the audit of a report."""
        if audit is None or audit.worst is None:
            return cls(scores.utility, None)
        lowest = audit.reference.utility[0] if audit.reference is not None and audit.reference.utility else None
        return cls(scores.utility, audit.worst, audit.chance, lowest, audit.attacks["loss"].n_unseen)


def task_lost(original: Evidence, model: Evidence, retrained: float | None = None) -> bool:
    """Whether a model does not do its task any more. retrained: utility of the retrained model."""
    if original.chance is None or original.utility - original.chance < SMALLEST_TASK:
        return False
    return _kept(original, model) < KEPT and model.utility < _floor(original, retrained)


def _floor(original: Evidence, retrained: float | None) -> float:
    """Utility below which a model does worse than models that never saw the people."""
    if retrained is not None:
        return retrained
    chance = original.chance or 0.0
    if original.lowest is None:
        return chance + KEPT_ALONE * (original.utility - chance)
    return max(original.lowest, chance + KEPT_LEAST * (original.utility - chance))


def _kept(original: Evidence, model: Evidence) -> float:
    """Share of the original's utility above chance that the model kept."""
    chance = original.chance or 0.0
    return (model.utility - chance) / (original.utility - chance)


def label_of(
    original: Evidence,
    model: Evidence,
    photos: int,
    retrained: float | None = None,
    utility_photos: int | None = None,
) -> tuple[VerdictLabel, str]:
    """The label of a model, and why nothing can be said where nothing can.

    Args:
        photos: number of forget photos. retrained: utility of the retrained model; None without one.
        utility_photos: number of photos that the utility is measured on; None: the non-members of the attacks. Where
            people are the classes, these are only the held-out photos of the forgotten people.
    """
    scored = model.unseen_photos if utility_photos is None else utility_photos
    if scored >= MINIMUM_PHOTOS and task_lost(original, model, retrained):
        return "task_lost", ""
    before, worst = original.worst, model.worst
    if photos < MINIMUM_PHOTOS:
        return "cannot_tell", (
            f"Too few photos for a verdict: {photos} of the {MINIMUM_PHOTOS} it takes; pick more people."
        )
    if before is None or worst is None:
        return "cannot_tell", "Cannot tell: the attacks could not be measured on these sets of photos."
    if model.unseen_photos < MINIMUM_PHOTOS:
        return "cannot_tell", (
            f"Too few photos for a verdict: {model.unseen_photos} that the model was not trained on, of the "
            f"{MINIMUM_PHOTOS} it takes; the attacks need more to compare with."
        )
    if not (before.outside and before.known):
        return "cannot_tell", (
            f"Cannot tell with {photos} photos: even in the original model an attacker does not recognise these "
            f"people, so there is nothing to see disappear: {_phrase(before.decisive, before, {})}."
        )
    if worst.outside:
        return ("still_recognisable" if worst.known else "over_forgotten"), ""
    if not _has_room(before, worst):
        return "cannot_tell", (
            f"Cannot tell with {photos} photos and {model.unseen_photos} to compare with: chance alone reaches what "
            f"the original model shows: {_phrase(before.decisive, worst, {}, before)}."
        )
    return "not_distinguishable", ""


def _has_room(before: WorstCase, worst: WorstCase) -> bool:
    """Whether a statistic that reveals the people in the original is outside the range it has after unlearning."""
    ranges = {statistic.name: statistic for statistic in worst.statistics}
    telling = [statistic for statistic in before.statistics if statistic.score > before.threshold]
    return any(not ranges[each.name].low <= each.value <= ranges[each.name].high for each in telling)


def _number(statistic: Statistic, value: float, more: int = 0) -> str:
    """A value of the statistic: a share in percent with one decimal, else two decimals; ``more`` decimals besides."""
    return f"{value:.{1 + more}%}" if statistic.name == "rmia_found" else f"{value:.{2 + more}f}"


def _phrase(statistic: Statistic, ranges: WorstCase, names: Mapping[str, str], shown: WorstCase | None = None) -> str:
    """A statistic with its number and the range it is compared with.

    Args:
        ranges: whose range of this statistic is named. names: of people, by id.
        shown: the worst case that the number is from, where it is another.
    """
    own = next(each for each in ranges.statistics if each.name == statistic.name)
    value = statistic.value if shown is not None else own.value
    # one decimal more where the value and an end of the range would look the same
    alike = _number(own, value) in (_number(own, own.low), _number(own, own.high))
    number = _number(own, value, alike)
    title = STATISTIC_TITLES[statistic.name] + (f" ({names.get(own.person, own.person)})" if own.person else "")
    low, high = _number(own, own.low, alike), _number(own, own.high, alike)
    reach = f"stay within {low} to {high}"
    if statistic.name in ("rmia_found", "person_known", "people_differ"):
        reach = f"stay below {high}"
    elif statistic.name == "person_lost":
        reach = f"stay above {low}"
    who = "where models that never saw these people" if ranges.models else "where unseen photos in this model"
    return f"{title} {number}, {who} {reach}"


@dataclass(frozen=True)
class Words:
    """What the sentences depend on besides the numbers.

    Attributes:
        by_person: False where each person is a class, so that the non-members are other photos of the same people.
        bank_command: the command that trains a reference bank; empty where there can be none.
        names: of people, by id.
    """

    by_person: bool = True
    bank_command: str = ""
    names: Mapping[str, str] | None = None

    def utility(self, original: Scores, unlearned: Scores) -> str:
        """The sentence on the utility before and after."""
        on = "On people it never saw" if self.by_person else "On photos of kept people that it was not trained on"
        if not original.utility:
            return f"{on} the model is right in {unlearned.utility:.0%} of photos; before, it was right in none."
        return (
            f"{on} the model is right in {unlearned.utility:.0%} of photos, {original.utility:.0%} before: it kept "
            f"{min(unlearned.utility / original.utility, 9.99):.0%} of its accuracy."
        )

    @property
    def same_as_others(self) -> str:
        """What an attacker cannot tell the forgotten photos from."""
        return "from people the model never saw." if self.by_person else "from other photos of the same people."

    @property
    def less_known(self) -> str:
        """How the photos of over-forgotten people look."""
        if self.by_person:
            return "look less known to the model than people the model never saw, and an attacker can see this too"
        return "look less known to the model than other photos of the same people, and an attacker can see this too"

    @property
    def lenient(self) -> str:
        """The sentence on a verdict without a bank."""
        if not self.bank_command:
            return "This is the lenient verdict: there are no reference models for photos that were sent to the page."
        return (
            "This is the lenient verdict: these people may be easier or harder to recognise than unseen people. For "
            f"the strict one, train reference models and run this again: {self.bank_command}"
        )


def labels_of(scores: Mapping[str, Scores], counts: DataCounts, audits: Mapping[str, Audit]) -> dict[str, VerdictLabel]:
    """The label of each model but the original, by model, as ``decide`` gives it to the unlearned one."""
    evidence = {name: Evidence.of(each, audits.get(name)) for name, each in scores.items()}
    retrained = scores["retrained"].utility if "retrained" in scores else None
    return {
        name: label_of(evidence["original"], model, counts.photos["forget"], retrained, counts.photos.get("unseen"))[0]
        for name, model in evidence.items()
        if name != "original"
    }


def decide(
    scores: Mapping[str, Scores], counts: DataCounts, audits: Mapping[str, Audit], words: Words | None = None
) -> Verdict:
    """Decide the verdict on the unlearned model and write its sentences.

    Args:
        scores, audits: by model.
    """
    words = words or Words()
    evidence = {name: Evidence.of(each, audits.get(name)) for name, each in scores.items()}
    original, unlearned = evidence["original"], evidence["unlearned"]
    retrained = scores["retrained"].utility if "retrained" in scores else None
    photos = counts.photos
    label, reason = label_of(original, unlearned, photos["forget"], retrained, photos.get("unseen"))
    worst = unlearned.worst
    strict = worst is not None and worst.models > 0
    parts = [reason or _sentence(label, original, unlearned, counts, words)]
    decided = label in ("not_distinguishable", "still_recognisable", "over_forgotten")
    if decided and "retrained" in evidence:
        parts += _retrained(unlearned.worst, evidence["retrained"].worst)
    parts.append(words.utility(scores["original"], scores["unlearned"]))
    if decided and not strict:
        parts.append(words.lenient)
    return Verdict(label, " ".join(parts), strict, worst.decisive.name if decided and worst is not None else "")


def _sentence(label: VerdictLabel, original: Evidence, model: Evidence, counts: DataCounts, words: Words) -> str:
    """The sentence of a label that is not ``cannot_tell``."""
    if label == "task_lost":
        return (
            f"The task is lost: always giving the most frequent answer is right in {original.chance:.0%} of photos, "
            f"and of what the original model could do beyond that this one kept "
            f"{max(_kept(original, model), 0.0):.0%}. So its forgetting is not judged."
        )
    assert model.worst is not None and original.worst is not None  # else nothing can be told
    people, photos = counts.people["forget"], counts.photos["forget"]
    who = f"{people} {'people' if people != 1 else 'person'} ({photos} photos)"
    statistic = model.worst.decisive
    phrase = _phrase(statistic, model.worst, words.names or {})
    if label == "not_distinguishable":
        return f"An attacker cannot tell these {who} {words.same_as_others} Nearest to its limit: {phrase}."
    if label == "over_forgotten":
        return f"Over-forgotten: these {who} {words.less_known}: {phrase}."
    before = next(each for each in original.worst.statistics if each.name == statistic.name)
    was = "" if statistic.person else f"; it was {_number(before, before.value)} before"
    return f"The model still recognises these {who}: {phrase}{was}."


def _retrained(worst: WorstCase | None, retrained: WorstCase | None) -> list[str]:
    """The sentence on the retrained model's number of the statistic that decided."""
    if worst is None or retrained is None or worst.decisive.person:
        return []
    same = next(each for each in retrained.statistics if each.name == worst.decisive.name)
    return [f"A model retrained without them scores {_number(same, same.value)}."]
