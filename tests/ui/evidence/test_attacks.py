"""The panel of the other attacks."""

from __future__ import annotations

from dlfd_core.types import (
    ATTACK_TITLES,
    heading,
)
from dlfd_core.ui.evidence.attacks import attacks_panel
from tests.fake_audits import over_forgotten, without_bank
from tests.ui.evidence.reading import cells, report


def test_the_attacks_are_all_there() -> None:
    made = report()
    html = attacks_panel(made)
    for name, attack in made.audits["unlearned"].attacks.items():
        row = cells(html, "Unlearned", heading(ATTACK_TITLES[name]))
        assert row[0] == f"{attack.auc:.2f}{attack.auc_interval[0]:.2f} to {attack.auc_interval[1]:.2f}"
        assert attack.tpr_at_1 is not None and row[1].startswith(f"{100 * attack.tpr_at_1:.1f} %") and row[2] == "–"
        assert row[3] == ("–" if attack.called_unseen is None else f"{100 * attack.called_unseen:.1f} %")
    assert "this needs 1,000 photos of unseen people" in html and "All 9 numbers of the attacks" in html
    assert html.count('class="lane"') == 7 * 4


def test_with_many_photos_the_rare_finds_are_counted_too() -> None:
    made = without_bank(report())
    attack = made.audits["original"].attacks["loss"]
    assert attack.tpr_at_01 is not None
    row = cells(attacks_panel(made), "Original", "Loss")
    assert row[2].startswith(f"{100 * attack.tpr_at_01:.1f} %") and "1,000 photos" not in attacks_panel(made)
    assert "RMIA" not in attacks_panel(made)


def test_what_the_attacks_found_is_one_sentence() -> None:
    html = attacks_panel(over_forgotten(report()))
    assert "5 of 9 numbers of the attacks on the unlearned model are outside the range of models" in html
    html = attacks_panel(without_bank(over_forgotten(report())))
    assert "6 of 6 attacks on the unlearned model can tell forgotten from unseen people" in html
    assert "over-forgotten." in html
