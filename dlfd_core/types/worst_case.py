"""The worst case of an audit: every statistic of the verdict, and the range that models that never saw the people keep.

See ``dlfd_core.metrics.worst_case`` for the threshold.
"""

from __future__ import annotations

from dataclasses import dataclass

#: What each statistic is, as it stands inside a sentence.
STATISTIC_TITLES: dict[str, str] = {
    "loss": "signed AUC of the loss",
    "correctness": "signed AUC of right or wrong",
    "entropy": "signed AUC of the entropy",
    "modified_entropy": "signed AUC of the modified entropy",
    "rmia": "signed AUC of RMIA",
    "rmia_found": "share that RMIA finds at 1 % false alarms",
    "person_known": "loss AUC of the most recognisable person",
    "person_lost": "loss AUC of the most over-forgotten person",
    "people_differ": "differences between single people",
}


@dataclass(frozen=True)
class Statistic:
    """One statistic of the verdict on one model.

    Attributes:
        name: of ``STATISTIC_TITLES``.
        value: an AUC or a share in [0, 1]; of ``people_differ`` the standard deviation over the people of a person's
            loss AUC less the expected one.
        expected: mean of the value over models that never saw these people.
        low, high: range in which models that never saw these people stay in 95 % of cases, for all statistics at once.
        score: distance from ``expected`` in units of the distance that 1 % of these models exceed on this side, with
            its sign; 0 on a side that reveals nobody.
        person: id of the one person it is about; empty for all people together.
    """

    name: str
    value: float
    expected: float
    low: float
    high: float
    score: float = 0.0
    person: str = ""


@dataclass(frozen=True)
class WorstCase:
    """All statistics of one model, and the limit of the largest.

    Attributes:
        threshold: 95 % of models that never saw these people have no score beyond it.
        p_value: share of such models whose largest score is as large as this model's, in (0, 1].
        models: number of models in the reference bank; 0 without a bank: then the range is that of unseen people in
            this same model, who may be easier or harder to recognise than the forgotten people.
    """

    statistics: tuple[Statistic, ...]
    threshold: float
    p_value: float
    models: int

    @property
    def decisive(self) -> Statistic:
        """The statistic with the largest score."""
        return max(self.statistics, key=lambda statistic: abs(statistic.score))

    @property
    def outside(self) -> bool:
        """Whether the decisive statistic is outside its range."""
        return abs(self.decisive.score) > self.threshold

    @property
    def known(self) -> bool:
        """Whether the decisive statistic shows people who are still known; False where they are over-forgotten.

        Where people differ too much, the more extreme of the two single people shows the direction; without a bank the
        loss AUC of all. A low entropy does not show it, because wrong answers can be confident too: there the loss
        does, where it is outside its own range.
        """
        name, scores = self.decisive.name, {statistic.name: statistic.score for statistic in self.statistics}
        if name == "people_differ" and "person_known" in scores:
            return scores["person_known"] >= -scores["person_lost"]
        if name == "people_differ" or (name == "entropy" and abs(scores["loss"]) > self.threshold):
            return scores["loss"] >= 0
        return self.decisive.score > 0
