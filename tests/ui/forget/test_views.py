"""What is written around the components: right numbers, inert text, a command that repeats the run."""

from __future__ import annotations

import json
import re
import shlex
from dataclasses import replace
from html.parser import HTMLParser

import numpy as np
import pytest
from typing_extensions import override

from dlfd_core.types import (
    MEASURES,
    SCORES,
    VERDICT_TITLES,
    FacePrediction,
    ForgetReport,
    ForgetRequest,
    VerdictLabel,
    command,
    heading,
)
from dlfd_core.ui.evidence import losses, proof
from dlfd_core.ui.evidence.gauge import gauge
from dlfd_core.ui.forget import views
from dlfd_core.ui.receipt import take_away as receipt
from dlfd_core.ui.text import texts
from tests.fakes import HOSTILE, NAMES, make_catalog, make_report

CATALOG = make_catalog()
CARD = CATALOG.data[0]
PEOPLE = {person.id: person.name for person in CARD.people}


def report(people: int = 3, *, retrain: bool = True, seed: int = 0, control: bool = False) -> ForgetReport:
    picked = tuple(f"p{i:02}" for i in range(people))
    return make_report(ForgetRequest(picked, retrain=retrain, seed=seed, control=control))


class Text(HTMLParser):
    """Tags and visible text of a piece of HTML."""

    def __init__(self, html: str):
        super().__init__()
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str | None]] = []
        self.text = ""
        self.feed(html)

    @override
    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += attrs

    @override
    def handle_data(self, data: str) -> None:
        self.text += data


@pytest.mark.parametrize(
    ("people", "level", "says"),
    [
        (0, "none", "There are only 12 people to pick from."),
        (1, "warn", "12 photos: too few"),
        (3, "warn", "3 people: the answer will be uncertain"),
        (8, "fine", "96 photos"),
        (12, "warn", "leave at least one person"),
    ],
)
def test_the_pick_is_commented(people: int, level: str, says: str) -> None:
    html = views.pick_hint(CARD, [person.id for person in CARD.people[:people]])
    assert f'data-level="{level}"' in html and says in html


def test_a_number_is_named_where_there_are_twice_as_many() -> None:
    for count, says in ((39, "There are only 39 people to pick from."), (40, "20 people are a good first try.")):
        people = tuple(replace(CARD.people[0], id=f"p{number}") for number in range(count))
        assert says in views.pick_hint(replace(CARD, people=people), [])
        assert ("p0" in people[0].id) and says in views.pick_hint(replace(CARD, people=people), ["p0", "p1", "p2"])


def test_a_failure_is_an_alert() -> None:
    assert 'role="alert"' in views.status("failed", "No.") and 'role="status"' in views.status("running", "Yes.")


def test_the_caption_says_whose_result_it_is() -> None:
    text = Text(views.caption(report(), CATALOG)).text
    assert "Your run DLFD · 3 people, 36 photos · Emotion · seed 0" in text and "Ada, Ben, Cleo" in text
    assert "example" in views.caption(report(), CATALOG, example=True)
    assert "details" in Text(views.caption(report(8), CATALOG)).tags


def test_the_caption_names_what_is_not_as_usual() -> None:
    made = report()
    unusual = replace(made, request=replace(made.request, preset="paper", knobs=(("lr", 0.1), ("epochs", 3))))
    assert "DLFD, preset Paper, 2 settings changed · 3 people" in Text(views.caption(unusual, CATALOG)).text


def hostile_report() -> ForgetReport:
    """Every string of a report that data can choose is hostile."""
    made = report(12)
    return replace(
        made,
        key='"><script>',
        classes=HOSTILE[:3],
        caveats=HOSTILE,
        verdict=replace(made.verdict, text=HOSTILE[0]),
        request=replace(made.request, people=HOSTILE, task=HOSTILE[1], method=HOSTILE[0]),
    )


@pytest.mark.parametrize(
    "make",
    [
        lambda made: views.caption(made, CATALOG),
        lambda made: views.predictions_section(made, dict.fromkeys(PEOPLE, HOSTILE[0])),
        proof.proof,
        receipt.take_away,
        lambda made: views.status("failed", HOSTILE[0]),
        lambda made: views.missing_example(HOSTILE[0]),
    ],
)
def test_strings_from_data_are_inert(make) -> None:  # type: ignore[no-untyped-def]
    found = Text(make(hostile_report()))
    assert not {"img", "script", "b1"} & set(found.tags)
    assert not [name for name, _ in found.attributes if name.startswith("on")]
    assert HOSTILE[0] in found.text


def test_the_table_has_every_score_of_every_model() -> None:
    html = proof.score_table(report())
    table = Text(html)
    assert (
        table.tags.count("tr") == 11 and ("scope", "col") in table.attributes and ("scope", "row") in table.attributes
    )
    for number in ("88.0 %", "86.0 %", "87.0 %", "71.0 %", "0.210", "0.020", "0.740", "0.910", "4.2 s", "40.0 s"):
        assert number in table.text
    assert "outside the published band: 0.00 to 0.06" in table.text and "inside chance: 0.44 to 0.56" in table.text
    assert "n = 72" in table.text  # unseen photos, under utility


def test_without_a_retrained_model_there_is_no_column_for_it() -> None:
    html = proof.proof(report(retrain=False))
    assert '<th scope="col">Retrained</th>' not in html and "To see the scores of a model that never saw" in html


def test_the_control_stands_between_unlearned_and_retrained() -> None:
    made = report(control=True)
    heads = re.findall(r'scope="col"[^>]*>(?:<details class="term"><summary[^>]*>)?(\w+)', proof.score_table(made))
    assert heads == ["score", "Original", "Unlearned", "Control", "Retrained"]
    assert "2.6 s" in proof.score_table(made) and "Control" in gauge(made)
    assert "Control" in views.loss_table(made) and losses.of_run(made).count("<svg ") == 3


@pytest.mark.parametrize(
    ("nomus", "sentence"),
    [
        (0.850, "synthesis raised NoMUS by 0.060 (0.910, the control 0.850). Chance alone can change NoMUS by"),
        (0.900, "synthesis raised NoMUS by 0.010 (0.910, the control 0.900). In one run, a difference below about"),
        (0.930, "synthesis lowered NoMUS by 0.020 (0.910, the control 0.930). In one run, a difference below about"),
    ],
)
def test_what_synthesis_added_is_one_sentence(nomus: float, sentence: str) -> None:
    made = report(control=True)
    made.scores["control"] = replace(made.scores["control"], nomus=nomus)
    assert f"In this run, {sentence}" in Text(proof.basis(made)).text
    assert "synthesis" not in proof.basis(report())


def test_with_few_photos_more_is_put_down_to_chance() -> None:
    made = report(control=True)
    made.scores["unlearned"] = replace(made.scores["unlearned"], null_band=(0.0, 0.14))
    assert "In one run, a difference below about 0.07 may be chance" in proof.basis(made)  # it is 0.060


def test_how_much_faster_than_retraining() -> None:
    assert "9.5 times as long" in proof.basis(report())


@pytest.mark.parametrize("label", sorted(VERDICT_TITLES))
def test_each_verdict_has_words_and_a_sign(label: VerdictLabel) -> None:
    made = report()
    html = proof.verdict(replace(made, verdict=replace(made.verdict, label=label)))
    icon, headline = proof.ICONS[label], VERDICT_TITLES[label]
    assert f'data-label="{label}"' in html and icon in html and headline in html


def test_every_row_is_explained() -> None:
    rows = {heading(MEASURES[name].title) for name in (*SCORES, "seconds")}
    assert rows | {"Seconds", "Control", "Preset"} <= set(texts.glossary())


@pytest.mark.parametrize(
    "name",
    [
        "intro",
        "forget",
        "findings",
        "source",
        "compare",
        "plane",
        "duel",
        "duel_losses",
        "figure",
        "promises",
        "glossary",
    ],
)
def test_the_texts_are_there(name: str) -> None:
    assert len(texts.copy_text(name)) > 40


def test_predictions_tell_what_changed() -> None:
    html = views.predictions_section(report(), PEOPLE)
    assert "24 of 36 forgotten photos: 100.0 % right before, 75.0 % after; the answer changed on 6 photos." in html
    assert html.count('class="guess changed"') == 6 and "Ada" in html


def test_a_photo_without_a_label_is_unknown() -> None:
    row = FacePrediction(0, "p00", -1, 0, 1, 0.5, 0.5, 0.1, 0.1)
    assert "unknown" in views.predictions_section(replace(report(), predictions=(row,)), PEOPLE)


def test_no_predictions_no_section() -> None:
    assert views.predictions_section(replace(report(), predictions=()), PEOPLE) == ""


def test_the_losses_as_a_table() -> None:
    found = {"original": {"forget": np.array([1.0, 2.0, 3.0]), "unseen": np.array([]), "retain": np.array([0.5])}}
    made = replace(report(), losses=found)
    table, html = views.loss_table(made), views.loss_section(losses.of_run(made))
    assert "2.00 <small>[1.50 to 2.50], n = 3</small>" in table and "<td>none</td>" in table
    assert html.count("<svg ") == 1 and "unseen people: none" in html


# ---- what is taken away ----------------------------------------------------------------------------------------------


def test_the_command_repeats_the_request() -> None:
    request = ForgetRequest(
        ("p01", "p02"),
        method="neg_grad",
        seed=7,
        retrain=True,
        knobs=(("augment", False), ("lr", 0.1), ("mode", "a b")),
    )
    expected = (
        "python -m dlfd_core forget --data portraits --task emotion --backbone compact_resnet --method neg_grad "
        "--people p01,p02 --seed 7 --retrain --set augment=false --set lr=0.1 --set"
    )
    assert shlex.split(command(request)) == [*expected.split(), "mode=a b", "--json", "report.json"]


def test_the_command_repeats_preset_and_control() -> None:
    plain, chosen = ForgetRequest(("p01",), control=True), ForgetRequest(("p01",), preset="paper")
    assert "--no-control" not in command(plain) and "--preset" not in command(plain)
    assert "--seed 0 --no-control --preset paper --json" in command(chosen)


def test_a_name_cannot_leave_the_command() -> None:
    words = shlex.split(command(ForgetRequest(("a; rm -rf ~", "$(id)"))))
    assert words[words.index("--people") + 1] == "a; rm -rf ~,$(id)"


def test_the_report_as_json_is_complete_and_strict() -> None:
    made = report()
    broken = replace(made, curve=(replace(made.curve[0], auc=float("nan")),))
    document = json.loads(receipt.report_json(broken), parse_constant=lambda name: pytest.fail(name))
    assert document["request"]["people"] == ["p00", "p01", "p02"] and document["request"]["knobs"] == {}
    assert document["scores"]["unlearned"]["null_band"] == [0.0, 0.06] and document["curve"][0]["auc"] is None
    assert {"verdict", "seconds", "data", "caveats", "versions", "names", "command"} <= set(document)


def test_the_fake_people_are_hostile() -> None:
    assert set(HOSTILE) < set(NAMES)
