"""``python -m benchmarks`` lists every benchmark with what it measures."""

from __future__ import annotations

from benchmarks.__main__ import commands


def test_every_benchmark_is_listed() -> None:
    listed = {command.rpartition(".")[2] for command, _ in commands()}
    assert {"speed", "quality", "ablation", "sweep", "regimes"} <= listed
    assert all(said and not said.startswith(":") for _, said in commands())
