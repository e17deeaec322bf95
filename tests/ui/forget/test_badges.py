"""The two badges of a run: the trace by the verdict and by how much of it is gone, the usefulness by the accuracy."""

from __future__ import annotations

from dataclasses import replace

import pytest

from dlfd_core.types import IDENTITY, Attack, ForgetReport, ForgetRequest, Statistic, Verdict, VerdictLabel, WorstCase
from dlfd_core.ui.forget.badges import trace_of, use_of
from dlfd_core.ui.forget.result import result, sentence
from tests.fakes import HOSTILE, make_catalog, make_report

PEOPLE = ("p00", "p01", "p02")


def report_with(
    label: VerdictLabel, before: float = 0.8, after: float = 0.55, utility: tuple[float, float] = (0.8, 0.79)
) -> ForgetReport:
    """A report with these signed AUCs and accuracies, without a reference bank."""
    report = make_report(ForgetRequest(PEOPLE))
    scores = dict(report.scores)
    for name, auc, share in zip(("original", "unlearned"), (before, after), utility, strict=True):
        scores[name] = replace(scores[name], mia_auc=auc, utility=share)
    return replace(report, scores=scores, verdict=Verdict(label, "Text."), audits={}, matrices={})


@pytest.mark.parametrize(
    ("label", "after", "level"),
    [
        ("not_distinguishable", 0.52, "gone"),
        ("over_forgotten", 0.3, "overdone"),
        ("cannot_tell", 0.7, "cannot_tell"),
        ("still_recognisable", 0.6, "partly_gone"),
        ("still_recognisable", 0.725, "partly_gone"),  # a quarter of .8 to .5 is gone
        ("still_recognisable", 0.73, "untouched"),
        ("still_recognisable", 0.85, "untouched"),  # recognised better than before
    ],
)
def test_the_trace_follows_the_verdict(label: VerdictLabel, after: float, level: str) -> None:
    trace = trace_of(report_with(label, after=after))
    assert (trace.level, trace.before, trace.after, trace.reference) == (level, 0.8, after, 0.5)


@pytest.mark.parametrize(
    ("utility", "level"),
    [
        ((0.8, 0.79), "kept"),
        ((0.8, 0.761), "kept"),
        ((0.8, 0.75), "hurt"),
        ((0.8, 0.4), "hurt"),  # only the verdict says that the task is lost
    ],
)
def test_the_usefulness_follows_the_accuracy(utility: tuple[float, float], level: str) -> None:
    use = use_of(report_with("not_distinguishable", utility=utility))
    assert (use.level, use.before, use.after) == (level, *utility)


def test_without_an_answer_the_reason_is_the_verdicts() -> None:
    report = replace(make_report(ForgetRequest(PEOPLE)), verdict=Verdict("cannot_tell", "Text."))
    original, unlearned = report.audits["original"], report.audits["unlearned"]
    known, hidden = worst(0.9), worst(0.5)
    loss = unlearned.attacks["loss"]
    few = {"loss": replace(loss, n_unseen=28)}
    enough = {"loss": replace(loss, n_unseen=30)}

    def says(before: WorstCase | None, after: WorstCase | None, attacks: dict[str, Attack]) -> str:
        audits = {"original": replace(original, worst=before), "unlearned": replace(unlearned, worst=after)}
        changed = replace(report, audits=audits | {"unlearned": replace(audits["unlearned"], attacks=attacks)})
        return sentence(changed, trace_of(changed), use_of(changed))

    assert "28 photos to compare with that the model never saw: too few" in says(known, hidden, few)
    assert "could not recognise these people before forgetting either" in says(hidden, hidden, enough)
    assert "Even in the original model an attacker finds no more than chance can give" in says(known, hidden, enough)
    assert "could not be measured" in says(None, hidden, enough)


def worst(auc: float) -> WorstCase:
    """The worst case where the loss alone is looked at, with .4 to .6 in its range."""
    return WorstCase((Statistic("loss", auc, 0.5, 0.4, 0.6, (auc - 0.5) / 0.05),), 2.0, 0.01, 0)


def test_with_the_identity_the_comparison_is_with_other_photos_of_the_same_people() -> None:
    report = report_with("not_distinguishable")
    report = replace(report, request=replace(report.request, task=IDENTITY))
    assert "from photos of them that the model never saw." in sentence(report, trace_of(report), use_of(report))
    page = result(report, make_catalog())
    assert "Right answers on photos it never saw." in page and "people the model never saw" not in page


def test_a_lost_task_is_lost_by_the_verdict() -> None:
    report = report_with("task_lost", utility=(0.8, 0.4))
    trace, use = trace_of(report), use_of(report)
    assert (trace.level, use.level) == ("cannot_tell", "lost")
    assert "has lost its task" in sentence(report, trace, use)


def test_an_interval_that_meets_the_band_makes_the_answer_lean() -> None:
    report = replace(make_report(ForgetRequest(PEOPLE)), verdict=Verdict("still_recognisable", "Text."))
    audit = report.audits["unlearned"]
    assert audit.reference is not None
    low, high = audit.reference.oracle_band
    for interval, leans in (((low - 0.1, low), True), ((high + 0.01, high + 0.2), False)):
        attack = replace(audit.attacks["loss"], auc_interval=interval)
        leaning = replace(report, audits={"unlearned": replace(audit, attacks=audit.attacks | {"loss": attack})})
        trace, use = trace_of(leaning), use_of(leaning)
        assert trace.leaning == leans
        assert ("3 people are too few to be sure" in sentence(leaning, trace, use)) == leans


def test_red_is_only_for_an_untouched_trace_and_a_lost_task() -> None:
    catalog = make_catalog()
    for label, after, utility, tones in [
        ("not_distinguishable", 0.5, (0.8, 0.8), ("good", "good")),
        ("still_recognisable", 0.6, (0.8, 0.7), ("warn", "warn")),
        ("still_recognisable", 0.8, (0.8, 0.4), ("bad", "warn")),
        ("task_lost", 0.6, (0.8, 0.4), ("none", "bad")),
        ("over_forgotten", 0.3, (0.8, 0.8), ("warn", "good")),
        ("cannot_tell", 0.6, (0.8, 0.8), ("none", "good")),
    ]:
        html = result(report_with(label, after=after, utility=utility), catalog)  # type: ignore[arg-type]
        assert html.count("data-tone=") == 2
        for tone in tones:
            assert html.count(f'data-tone="{tone}"') == tones.count(tone), label


def test_the_column_counts_links_and_is_inert() -> None:
    report = replace(make_report(ForgetRequest(("p08",))), verdict=Verdict("cannot_tell", HOSTILE[0]))
    html = result(report, make_catalog())
    assert 'data-from="0.7400" data-to="0.5100"' in html and "12 photos are too few for an answer" in html
    assert 'data-address="?run=' in html and 'data-link="?run=' in html and HOSTILE[0] not in html
    assert "data-address" not in result(report, make_catalog(), example=True)
