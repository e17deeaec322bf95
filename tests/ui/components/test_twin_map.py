"""Two maps side by side share one frame."""

from __future__ import annotations

import base64
import json
from dataclasses import replace

import numpy as np

from dlfd_core.types import (
    ForgetReport,
    ForgetRequest,
)
from dlfd_core.ui.components.twin_map import TwinMap, twin_value
from tests.fakes import make_report


def reports() -> tuple[ForgetReport, ForgetReport]:
    people = ("p00", "p08", "p09")
    return tuple(make_report(ForgetRequest(people, method=name)) for name in ("dlfd", "control"))  # type: ignore[return-value]


def unpack(text: str) -> np.ndarray:
    return np.frombuffer(base64.b64decode(text), dtype="<u2")


def test_twins_share_one_frame() -> None:
    a, b = reports()
    assert a.points is not None and b.points is not None
    value = twin_value(a, b, ("DLFD", "Control"))
    every = np.concatenate([unpack(value["before"]), *(unpack(side["after"]) for side in value["sides"])]).reshape(
        -1, 2
    )
    assert every.min(0).tolist() == [0, 0] and every.max(0).tolist() == [65535, 65535]
    assert [unpack(side["predicted"]).tolist() for side in value["sides"]] == [
        report.points.predicted_after.tolist() for report in (a, b) if report.points is not None
    ]
    differ = int(np.sum(a.points.predicted_after != b.points.predicted_after))
    assert differ > 0 and sum(row["differ"] for row in value["table"]) == differ
    assert f"answer differently on {differ} of them" in value["summary"] and value["titles"] == ["DLFD", "Control"]
    json.dumps(value, allow_nan=False)


def test_without_a_map_there_are_no_twins() -> None:
    a, b = reports()
    assert twin_value(replace(a, points=None), b, ("A", "B")) == {} and TwinMap().postprocess(None) == {}
