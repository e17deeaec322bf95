"""The result in one or two plain sentences, from calibrated numbers.

With a reference bank the verdict looks at the *excess*: the signed AUC less what models that never saw exactly these
people reach, against the band of such models. Without one it looks at the forgetting score and its null band, which
compares with other people and is therefore fooled by a pick that is easier or harder than they are. How often each is
wrong is measured by ``python -m benchmarks.calibration``.
"""

from __future__ import annotations

from dlfd_core.types import MINIMUM_PHOTOS, Audit, DataCounts, Reference, Scores, Verdict, VerdictLabel

#: Two-sided level of the verdict: so often is a model that never saw the people called anything else than that.
LEVEL = 0.05


def _beside_models(reference: Reference) -> VerdictLabel:
    if reference.p_value >= LEVEL:
        return "not_distinguishable"
    return "still_recognisable" if reference.excess > 0 else "over_forgotten"


def _beside_strangers(scores: Scores) -> VerdictLabel:
    if scores.forgetting_score <= scores.null_band[1]:
        return "not_distinguishable"
    return "still_recognisable" if scores.mia_auc > 0.5 else "over_forgotten"


def _label_of(scores: Scores, audit: Audit | None) -> VerdictLabel:
    reference = None if audit is None else audit.reference
    return _beside_strangers(scores) if reference is None else _beside_models(reference)


def _kept(original: Scores, unlearned: Scores) -> str:
    share = unlearned.utility / original.utility if original.utility else 0.0
    return (
        f"On people it never saw the model is right in {unlearned.utility:.0%} of photos, {original.utility:.0%} before"
        f": it kept {min(share, 9.99):.0%} of its accuracy."
    )


def _found(scores: Scores, audit: Audit | None) -> str:
    """The number the verdict rests on, with its uncertainty and what it is compared with."""
    if audit is None or audit.reference is None:
        return (
            f"attack accuracy {scores.mia_accuracy:.2f}, where guessing strangers apart gives up to "
            f"{0.5 + scores.null_band[1]:.2f} by chance"
        )
    low, high = audit.attacks["loss"].auc_interval  # over other people; the band is of these very photos, so narrower
    least, most = audit.reference.oracle_band
    return (
        f"signed AUC {scores.mia_auc:.2f} (95 % interval {low:.2f} to {high:.2f}), where models that never saw exactly "
        f"these people reach {least:.2f} to {most:.2f}"
    )


def decide(scores: dict[str, Scores], counts: DataCounts, audits: dict[str, Audit] | None = None) -> Verdict:
    """Put the unlearned model's scores into words.

    ``cannot_tell`` with few photos, or where the same attack could not even recognise them in the original model.

    Args:
        scores, audits: by model; an audit without a reference counts as none.
    """
    audits = audits or {}
    original, unlearned = scores["original"], scores["unlearned"]
    people, photos = counts.people["forget"], counts.photos["forget"]
    who = f"{people} {'people' if people != 1 else 'person'} ({photos} photos)"
    found = _found(unlearned, audits.get("unlearned"))
    label: VerdictLabel = "cannot_tell"
    if photos < MINIMUM_PHOTOS:
        text = f"Too few photos for a verdict: {photos} of the {MINIMUM_PHOTOS} it takes; pick more people."
    elif _label_of(original, audits.get("original")) != "still_recognisable":
        text = (
            f"Cannot tell with {photos} photos: even in the original model an attacker does not recognise these {who} "
            f"({_found(original, audits.get('original'))}), so there is nothing to see disappear."
        )
    else:
        label = _label_of(unlearned, audits.get("unlearned"))
        text = {
            "not_distinguishable": f"An attacker cannot tell these {who} from people the model never saw: {found}.",
            "still_recognisable": f"The model still recognises these {who}: {found}; "
            f"it was {_before(original, audits.get('original'))} before.",
            "over_forgotten": f"Over-forgotten: these {who} stand out as stranger than strangers, which gives them "
            f"away too: {found}.",
        }[label]
    if "retrained" in scores:
        text += f" A model retrained without them scores {_before(scores['retrained'], audits.get('retrained'))}."
    return Verdict(label, f"{text} {_kept(original, unlearned)}")


def _before(scores: Scores, audit: Audit | None) -> str:
    """The same number of another model."""
    return f"{scores.mia_accuracy if audit is None or audit.reference is None else scores.mia_auc:.2f}"
