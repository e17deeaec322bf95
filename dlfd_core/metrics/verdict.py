"""The verdict: the result of a run in one or two plain sentences, from calibrated numbers.

With a reference bank, the verdict uses the *excess*: the signed AUC less that of models that never saw exactly these
people, against the band of such models. Without a bank, it uses the forgetting score and its null band. The null band
comes from other people, so it is wrong where the forgotten people are easier or harder to recognise than those. How
often each kind of verdict is wrong is measured by ``python -m benchmarks.calibration``.
"""

from __future__ import annotations

from dlfd_core.types import MINIMUM_PHOTOS, Audit, DataCounts, Reference, Scores, Verdict, VerdictLabel

#: Two-sided significance level: how often a model that never saw the people gets another verdict.
LEVEL = 0.05


def _label_by_bank(reference: Reference) -> VerdictLabel:
    """Verdict from the excess over the models of the reference bank."""
    if reference.p_value >= LEVEL:
        return "not_distinguishable"
    return "still_recognisable" if reference.excess > 0 else "over_forgotten"


def _label_by_null_band(scores: Scores) -> VerdictLabel:
    """Verdict from the forgetting score and its null band."""
    if scores.forgetting_score <= scores.null_band[1]:
        return "not_distinguishable"
    return "still_recognisable" if scores.mia_auc > 0.5 else "over_forgotten"


def _label_of(scores: Scores, audit: Audit | None) -> VerdictLabel:
    reference = None if audit is None else audit.reference
    return _label_by_null_band(scores) if reference is None else _label_by_bank(reference)


def _utility_sentence(original: Scores, unlearned: Scores) -> str:
    """The sentence on the utility before and after."""
    share = unlearned.utility / original.utility if original.utility else 0.0
    return (
        f"On people it never saw the model is right in {unlearned.utility:.0%} of photos, {original.utility:.0%} before"
        f": it kept {min(share, 9.99):.0%} of its accuracy."
    )


def _attack_phrase(scores: Scores, audit: Audit | None) -> str:
    """The number that the verdict is based on, with its uncertainty and the number it is compared with."""
    if audit is None or audit.reference is None:
        return (
            f"attack accuracy {scores.mia_accuracy:.2f}, where chance alone gives up to "
            f"{0.5 + scores.null_band[1]:.2f} on unseen people"
        )
    # this interval covers other people too; the band covers exactly these photos, so it is narrower
    low, high = audit.attacks["loss"].auc_interval
    band_low, band_high = audit.reference.oracle_band
    return (
        f"signed AUC {scores.mia_auc:.2f} (95 % interval {low:.2f} to {high:.2f}), where models that never saw exactly "
        f"these people reach {band_low:.2f} to {band_high:.2f}"
    )


def decide(scores: dict[str, Scores], counts: DataCounts, audits: dict[str, Audit] | None = None) -> Verdict:
    """Decide the verdict on the unlearned model and write its sentences.

    The label is ``cannot_tell`` with few photos, or where the same attack does not recognise the people in the original
    model either.

    Args:
        scores, audits: by model; an audit without a comparison with the bank is not used.
    """
    audits = audits or {}
    original, unlearned = scores["original"], scores["unlearned"]
    people, photos = counts.people["forget"], counts.photos["forget"]
    who = f"{people} {'people' if people != 1 else 'person'} ({photos} photos)"
    attack = _attack_phrase(unlearned, audits.get("unlearned"))
    label: VerdictLabel = "cannot_tell"
    if photos < MINIMUM_PHOTOS:
        text = f"Too few photos for a verdict: {photos} of the {MINIMUM_PHOTOS} it takes; pick more people."
    elif _label_of(original, audits.get("original")) != "still_recognisable":
        text = (
            f"Cannot tell with {photos} photos: even in the original model an attacker does not recognise these {who} "
            f"({_attack_phrase(original, audits.get('original'))}), so there is nothing to see disappear."
        )
    else:
        label = _label_of(unlearned, audits.get("unlearned"))
        text = {
            "not_distinguishable": f"An attacker cannot tell these {who} from people the model never saw: {attack}.",
            "still_recognisable": f"The model still recognises these {who}: {attack}; "
            f"it was {_attack_number(original, audits.get('original'))} before.",
            "over_forgotten": f"Over-forgotten: the model is more wrong about these {who} than about unseen people, "
            f"and an attacker can see this too: {attack}.",
        }[label]
    if "retrained" in scores:
        retrained = _attack_number(scores["retrained"], audits.get("retrained"))
        text += f" A model retrained without them scores {retrained}."
    return Verdict(label, f"{text} {_utility_sentence(original, unlearned)}")


def _attack_number(scores: Scores, audit: Audit | None) -> str:
    """The number of ``_attack_phrase`` without the words: MIA accuracy, or signed AUC with a bank."""
    return f"{scores.mia_accuracy if audit is None or audit.reference is None else scores.mia_auc:.2f}"
