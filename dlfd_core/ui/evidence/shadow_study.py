"""Results of U-LiRA that were computed beforehand with shadow models: files in ``assets/ulira``, one per study.

``python -m benchmarks.ulira --ship`` writes them. A damaged file is left out with a line in the log, so that the page
starts without it.
"""

from __future__ import annotations

import json
import logging
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from pydantic import TypeAdapter, ValidationError

from dlfd_core.types import ForgetReport, KnobValue
from dlfd_core.ui.text.texts import ASSETS

log = logging.getLogger(__name__)

FOLDER = ASSETS / "ulira"
#: Rows of the page: attack and level, as ``benchmarks/ulira_report.py`` names them.
ROWS = (("ulira", "photo"), ("ulira", "person"), ("rmia", "photo"), ("rmia", "person"), ("unseen", "photo"))


@dataclass(frozen=True)
class AttackResult:
    """AUC of an attack between two kinds of models, in [0, 1], 0.5 for nothing found, with its 95 % interval."""

    attack: str
    level: str
    auc: float
    low: float
    high: float


@dataclass(frozen=True)
class MethodResult:
    """Results of one method and preset against retrained models.

    Attributes:
        knobs: all settings of the preset when the study was made.
        attacks: one for each of ``ROWS``.
    """

    method: str
    preset: str
    knobs: dict[str, KnobValue]
    attacks: tuple[AttackResult, ...]


@dataclass(frozen=True)
class ShadowStudy:
    """One study.

    Attributes:
        data_digest: of the data set. people: ids of the forgotten people, sorted.
        shadows: number of models of each kind.
        retrained: one half of the retrained models against the other half. original: models that forgot nobody.
    """

    data: str
    data_digest: str
    task: str
    backbone: str
    people: tuple[str, ...]
    shadows: int
    retrained: tuple[AttackResult, ...]
    original: tuple[AttackResult, ...]
    methods: tuple[MethodResult, ...]


_STUDY = TypeAdapter(ShadowStudy)


def read_study(content: bytes) -> ShadowStudy:
    """Read the content of a file. Raises ValueError where it is damaged."""
    study = _STUDY.validate_python(json.loads(content))
    for results in (study.retrained, study.original, *(method.attacks for method in study.methods)):
        if tuple((each.attack, each.level) for each in results) != ROWS:
            raise ValueError("the attacks are not those that the page shows")
        if not all(0.0 <= each.low <= each.auc <= each.high <= 1.0 for each in results):
            raise ValueError("an AUC is not between the ends of its interval, or they are not in [0, 1]")
    return study


@cache
def studies(folder: Path = FOLDER) -> tuple[ShadowStudy, ...]:
    """All studies of a folder, without the damaged ones."""
    read = []
    for path in sorted(folder.glob("*.json")):
        try:
            read.append(read_study(path.read_bytes()))
        except (OSError, ValueError, RecursionError) as error:
            why = f"{error.error_count()} wrong values" if isinstance(error, ValidationError) else error
            log.error("The study %s/%s is damaged and not shown: %s", path.parent.name, path.name, why)
    return tuple(read)


def study_of(report: ForgetReport) -> tuple[ShadowStudy, MethodResult] | None:
    """The study of exactly the report's data, task, network, people, method and preset; None where there is none.

    The seed of the report does not matter: the study is about all seeds.
    """
    request = report.request
    if request.knobs or request.weights is not None:
        return None
    about = (request.data, report.data.digest, request.task, request.backbone, tuple(sorted(request.people)))
    for study in studies():
        if about == (study.data, study.data_digest, study.task, study.backbone, study.people):
            for method in study.methods:
                if (method.method, method.preset) == (request.method, request.preset):
                    return study, method
    return None
