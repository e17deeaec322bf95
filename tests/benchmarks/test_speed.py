"""The measurements of speed: the public code made again, the parts of a run, the large run in small."""

from __future__ import annotations

import json
import math
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from benchmarks import mufac_sized, released, speed
from benchmarks.__main__ import commands
from benchmarks.parts import PARTS, RunParts, Stopwatch, run_in_parts
from benchmarks.released import BatchTimes, ReleasedRun, Settings, paired_batches, perturb, run_released, transport_term
from dlfd_core.data.splits import Splits
from dlfd_core.models.originals import ModelSpec, Original
from dlfd_core.models.training import Recipe
from dlfd_core.runs.prepared_original import PreparedOriginal, prepare_original
from dlfd_core.unlearning import METHODS, dlfd
from dlfd_core.unlearning.transport import cosine_cost, solve_entropic, transport_cost
from tests.small import CPU, picked, small_context, small_task

SMALL = Settings(batch_size=16, steps=3, iterations=3)


@pytest.fixture(scope="module")
def made() -> tuple[PreparedOriginal, Splits]:
    task = small_task()
    spec = ModelSpec(task, "slim_resnet", CPU)
    original = Original(spec.build(0, "original").eval(), Recipe(), "untrained")
    return prepare_original(spec, original, lambda: None), picked(task)


@pytest.mark.parametrize("monitored", [0, 10])
def test_the_public_code_runs_in_part_and_whole(made: tuple[PreparedOriginal, Splits], monitored: int) -> None:
    settings = Settings(batch_size=18, steps=2, iterations=3, monitored=monitored)
    part, whole = (run_released(*made, settings, limit=limit) for limit in (2, None))
    assert len(part.batches) == 2 < part.total and not part.finished
    low, high = part.foretold()
    assert part.seconds < low <= high
    assert whole.finished and whole.foretold() == pytest.approx((whole.seconds, whole.seconds))
    for batch in whole.batches:
        assert all(math.isfinite(seconds) for seconds in (batch.perturb, batch.train, batch.look))
        assert 0 <= batch.score <= 0.5
    assert whole.batches[0].perturb > 0
    assert not any(module.training for module in whole.model.modules())


def test_it_starts_from_the_same_original_and_leaves_it_alone(made: tuple[PreparedOriginal, Splits]) -> None:
    before = {name: tensor.clone() for name, tensor in made[0].original.model.state_dict().items()}
    unlearned = run_released(*made, SMALL, limit=1).model.state_dict()
    after = made[0].original.model.state_dict()
    assert all(torch.equal(tensor, after[name]) for name, tensor in before.items())
    assert not torch.equal(unlearned["head.weight"], after["head.weight"])


def test_its_transport_gives_the_noise_no_gradient_but_the_weights_one(made: tuple[PreparedOriginal, Splits]) -> None:
    model = made[0].original.model
    clean, forget = torch.rand(8, 3, 16, 16), torch.rand(8, 3, 16, 16)
    labels = torch.arange(8) % 3
    assert torch.equal(perturb(model, clean, labels, forget, 0.0, SMALL), clean)  # transport alone moves nothing
    assert all(parameter.grad is not None for parameter in model.parameters())  # yet all of them are computed
    model.zero_grad()
    moved = perturb(model, clean, labels, forget, 1.0, SMALL)
    assert float((moved - clean).abs().max()) > 0.3 and 0 <= float(moved.min()) <= float(moved.max()) <= 1
    with torch.no_grad():
        loss = [torch.nn.functional.cross_entropy(released.logits_of(model, x), labels) for x in (clean, moved)]
    assert loss[1] < loss[0]


def test_its_transport_is_ours_where_it_does_not_stop_early() -> None:
    generator = torch.Generator().manual_seed(0)
    near, far = torch.randn(12, 3, generator=generator), torch.randn(12, 3, generator=generator) + 0.5
    cost = cosine_cost(near, far)
    exact = transport_cost(solve_entropic(cost, epsilon=0.1, tolerance=1e-6), cost)
    patient = Settings(epsilon=0.1, tolerance=0.0, iterations=300)
    assert float(transport_term(near, far, patient)) == pytest.approx(float(exact), abs=1e-4)


def test_a_batch_is_skipped_where_the_forget_batch_is_shorter() -> None:
    # 20 forget photos: 8, 8, 4; the third batch meets the 4, the last retain batch has 4 and meets an 8
    assert [number for number, _, _ in paired_batches(36, 20, 8)] == [0, 1, 3]
    assert [number for number, _, _ in paired_batches(32, 16, 8)] == [0, 1, 2, 3]


def test_a_forget_set_smaller_than_a_batch_is_refused(made: tuple[PreparedOriginal, Splits]) -> None:
    with pytest.raises(ValueError, match="forget photos"):
        run_released(*made, Settings(batch_size=32))


def test_parts_add_up_to_the_run(made: tuple[PreparedOriginal, Splits]) -> None:
    original = dlfd.synthesise
    context = small_context(made[0].spec.task, made[1])
    started = time.perf_counter()
    knobs = {"epochs": 2, "batch_size": 16, "check_every": 2, "forget_share": 0.5, "tau": -0.5, "guard": 0.0}
    found = run_in_parts(context, knobs)
    wall = time.perf_counter() - started
    assert set(found.seconds) == set(PARTS)
    assert found.total == pytest.approx(wall, abs=0.05)
    assert all(seconds > 0 for seconds in found.seconds.values())
    assert found.steps == 6 and found.perturbed == 3 and found.looks == 4
    assert dlfd.synthesise is original


def test_clocking_changes_no_number(made: tuple[PreparedOriginal, Splits]) -> None:
    knobs = {"epochs": 1, "batch_size": 16}
    plain, clocked = (small_context(made[0].spec.task, made[1]) for _ in range(2))
    list(METHODS.get("dlfd")(dict(knobs)).run(plain))
    run_in_parts(clocked, dict(knobs))
    found = clocked.model.state_dict()
    assert all(torch.equal(tensor, found[name]) for name, tensor in plain.model.state_dict().items())


def test_time_belongs_to_the_innermost_part() -> None:
    watch = Stopwatch()
    with watch.part("perturbation"):
        time.sleep(0.02)
        with watch.part("transport"):
            time.sleep(0.05)
    seconds = watch.stop()
    assert 0.02 <= seconds["perturbation"] < 0.05 <= seconds["transport"]


def test_the_large_run_works_in_small() -> None:
    found = mufac_sized.measure(40, side=32, batch_size=16, device="cpu")
    assert found.steps == found.perturbed == 2  # 34 retain photos
    assert found.seconds > 0 and found.retrain_epoch > 0 and found.peak_mb > 0
    assert any("extrapolated" in said for _, said in found.lines())


def test_made_photos_tell_their_class_and_follow_the_seed() -> None:
    first, again, other = (mufac_sized.made_photos(16, 32, CPU.device, seed, "t").images for seed in (0, 0, 1))
    assert torch.equal(first, again) and not torch.equal(first, other)
    assert first.is_contiguous(memory_format=torch.channels_last)
    blurred = np.stack([torch.nn.functional.avg_pool2d(x.float(), 8).flatten(1).numpy() for x in (first, other)])
    distance = np.linalg.norm(blurred[0][:, None] - blurred[1][None], axis=2)  # (16, 16)
    assert (distance.argmin(1) % mufac_sized.CLASSES == np.arange(16) % mufac_sized.CLASSES).all()


def test_the_command_prints_and_keeps_its_numbers(
    made: tuple[PreparedOriginal, Splits],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr(speed, "prepared_for", lambda setting: made[0])
    monkeypatch.setattr(speed, "preset_knobs", lambda method, setting, name: {"batch_size": 40, "epochs": 1})
    monkeypatch.setattr(
        speed, "Settings", lambda monitored=0: Settings(batch_size=18, steps=2, iterations=3, monitored=monitored)
    )
    out = tmp_path / "speed.json"
    speed.main(["--only", "parts", "--only", "released", "--people", "3", "--batches", "1", "--json", str(out)])
    said = capsys.readouterr().out
    assert "EXTRAPOLATED from 1 of" in said and "monitoring" in said
    kept = json.loads(out.read_text())
    assert kept["parts"]["quality"]["total"] == pytest.approx(sum(kept["parts"]["quality"]["seconds"].values()))


def test_a_whole_run_is_not_called_extrapolated(made: tuple[PreparedOriginal, Splits]) -> None:
    whole = ReleasedRun(made[0].original.model, [BatchTimes(20.0, 1.0, 4.0, 0.1)] * 2, 2)
    ours = {"quality": RunParts({"rest": 2.0}, 1, 1, 1, whole.model)}
    (_, public), (_, here) = speed.released_lines(whole, ours, {"released": 0.6, "quality": 0.7})
    assert public == "50 s, all 2 batches, NoMUS 0.600"
    assert here == "2.0 s, NoMUS 0.700: 25.0 times faster (20 reached)"
    half = replace(whole, batches=whole.batches[:1])
    said = speed.released_lines(half, ours, {"quality": 0.7})
    assert said[0][1].startswith("30 to 50 s, EXTRAPOLATED from 1 of 2") and "15.0 to 25.0" in said[1][1]
    assert "20 open" in said[1][1]


def test_every_benchmark_is_listed() -> None:
    listed = {command.rpartition(".")[2] for command, _ in commands()}
    assert {"speed", "quality", "ablation", "sweep", "regimes"} <= listed
    assert all(said and not said.startswith(":") for _, said in commands())
