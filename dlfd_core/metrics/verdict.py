"""The result in one or two plain sentences, from the numbers and their null band."""

from __future__ import annotations

from dlfd_core.types import MINIMUM_PHOTOS, DataCounts, Scores, Verdict, VerdictLabel


def _label(original: Scores, unlearned: Scores, forget_photos: int) -> VerdictLabel:
    if forget_photos < MINIMUM_PHOTOS or original.forgetting_score <= original.null_band[1]:
        return "cannot_tell"
    if unlearned.forgetting_score <= unlearned.null_band[1]:
        return "not_distinguishable"
    return "still_recognisable" if unlearned.mia_auc > 0.5 else "over_forgotten"


def _kept(original: Scores, unlearned: Scores) -> str:
    share = unlearned.utility / original.utility if original.utility else 0.0
    return (
        f"On people it never saw the model is right in {unlearned.utility:.0%} of photos, {original.utility:.0%} before"
        f": it kept {min(share, 9.99):.0%} of its accuracy."
    )


def decide(scores: dict[str, Scores], counts: DataCounts) -> Verdict:
    """Put the unlearned model's scores into words.

    ``not_distinguishable`` when the forgetting score lies inside its null band; otherwise the signed AUC says whether
    the photos still look known or look stranger than strangers'. ``cannot_tell`` with few photos, or where the same
    attack could not even recognise them in the original model.
    """
    original, unlearned = scores["original"], scores["unlearned"]
    people, photos = counts.people["forget"], counts.photos["forget"]
    who = f"{people} {'people' if people != 1 else 'person'} ({photos} photos)"
    found = (
        f"attack accuracy {unlearned.mia_accuracy:.2f}, where guessing strangers apart gives up to "
        f"{0.5 + unlearned.null_band[1]:.2f} by chance"
    )
    label = _label(original, unlearned, photos)
    if label == "cannot_tell" and photos < MINIMUM_PHOTOS:
        text = f"Too few photos for a verdict: {photos} of the {MINIMUM_PHOTOS} it takes; pick more people."
    elif label == "cannot_tell":
        text = (
            f"Cannot tell: even in the original model an attacker does not recognise these {who} "
            f"(attack accuracy {original.mia_accuracy:.2f}), so there is nothing to see disappear."
        )
    elif label == "not_distinguishable":
        text = f"An attacker cannot tell these {who} from strangers: {found}."
    elif label == "still_recognisable":
        text = f"The model still recognises these {who}: {found}; it was {original.mia_accuracy:.2f} before."
    else:
        text = f"Over-forgotten: these {who} stand out as stranger than strangers, which gives them away too: {found}."
    if "retrained" in scores:
        text += f" A model retrained without them scores {scores['retrained'].mia_accuracy:.2f}."
    return Verdict(label, f"{text} {_kept(original, unlearned)}")
