"""What can go wrong in the middle of a run ends in one sentence for the visitor, and the next run works.

The machine's refusals by themselves are in ``test_turns``, altered weights files in ``test_artifacts``.
"""

from __future__ import annotations

import errno
import http.client
import logging
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch

from dlfd_core import artifacts
from dlfd_core.data import label_space as labels
from dlfd_core.errors import DlfdError, MissingArtifact, TooMuch
from dlfd_core.models.training import Recipe
from dlfd_core.runs import workbench
from dlfd_core.service import UnlearningService
from dlfd_core.types import ForgetReport, ForgetRequest
from dlfd_core.ui.form import Wishes
from dlfd_core.ui.handlers import UNFORESEEN, Handlers, Slots
from dlfd_core.unlearning.fine_tune import FineTune
from tests.fakes import FakeService
from tests.small import small_data, small_task
from tests.ui.served import serve

PEOPLE = tuple(small_task().training_people()[:3])
REQUEST = ForgetRequest(PEOPLE, data="small", task="place", method="fine_tune")


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty cache, and the small data set as the only one."""
    monkeypatch.setenv("DLFD_CACHE", str(tmp_path))
    monkeypatch.setattr(workbench, "load_data", lambda name: small_data())
    return tmp_path


@pytest.fixture
def service(cache: Path) -> UnlearningService:
    return UnlearningService(Recipe(epochs=1, batch_size=32))


def carried_out(service: UnlearningService, request: ForgetRequest = REQUEST) -> ForgetReport:
    last = list(service.forget(request, lambda: False))[-1]
    assert isinstance(last, ForgetReport) and last.points is not None
    return last


def run(page: Handlers, seed: int) -> list[Slots]:
    """A run of the page, as ``wiring`` starts it."""
    card = next(card for card in page.catalog.methods if card.name == "fine_tune")
    preset = page.preset("fine_tune", "place")
    wishes = Wishes(PEOPLE, "place", "fine_tune", seed, knobs=[preset[knob.name] for knob in card.knobs])
    return list(page.forget(wishes, "a"))


def no_number(self: Any, logits: torch.Tensor, wanted: torch.Tensor) -> torch.Tensor:
    return self.losses(logits, wanted).mean() * float("nan")


def after_two_steps(error: BaseException) -> Callable[..., Iterator[Any]]:
    whole = FineTune.steps

    def steps(self: FineTune, context: Any) -> Iterator[Any]:
        for number, log in enumerate(whole(self, context)):
            if number == 2:
                raise error
            yield log

    return steps


@pytest.mark.parametrize(
    ("fault", "words"),
    [
        ((labels.SingleLabel, "loss", no_number), "Training diverged at step"),
        ((FineTune, "steps", after_two_steps(torch.cuda.OutOfMemoryError("no room"))), "The GPU ran out of memory"),
        ((FineTune, "steps", after_two_steps(OSError(errno.ENOSPC, "full"))), "The disk is full"),
        ((FineTune, "steps", after_two_steps(RuntimeError("/secret/place is broken"))), UNFORESEEN),
    ],
    ids=["nan", "cuda memory", "disk", "unforeseen"],
)
def test_a_fault_in_the_middle_of_a_run(
    service: UnlearningService, fault: tuple[Any, str, Any], words: str, caplog: pytest.LogCaptureFixture
) -> None:
    page = Handlers(service, tick=0.01)
    assert run(page, 0)[-1]["busy"] is False  # the original is trained by now
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(*fault)
        last = run(page, 1)[-1]
    assert last["busy"] is False and last["toast"].startswith(words) and "/secret" not in str(last)
    assert ("/secret/place" in caplog.text) is (words == UNFORESEEN)  # the log has what the visitor has not
    again = run(page, 1)
    assert "toast" not in again[-1] and any("map" in slots for slots in again)
    assert service.known(replace(REQUEST, seed=1)) is not None


def test_a_full_disk_when_the_original_is_kept(
    service: UnlearningService, cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(path: Path, content: bytes) -> None:
        raise OSError(errno.ENOSPC, "No space left on device", str(path))

    with monkeypatch.context() as patch:
        patch.setattr(artifacts, "write_atomically", full)
        with pytest.raises(TooMuch, match="The disk is full; free some space") as said:
            carried_out(service)
    assert str(cache) not in str(said.value) and list(cache.rglob("*.safetensors")) == []
    carried_out(service)
    assert len(list(cache.rglob("*.safetensors"))) == 1


def test_a_cache_that_cannot_be_written_names_no_place_of_the_server(
    service: UnlearningService, cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (cache / "originals").write_text("a file where the folder should be")
    with pytest.raises(DlfdError, match="cannot be written in its folder") as said:
        carried_out(service)
    assert str(cache) not in str(said.value)


@pytest.mark.parametrize("damage", ["a bit", "the end", "everything"])
def test_a_damaged_cache_is_made_again(
    service: UnlearningService, cache: Path, damage: str, caplog: pytest.LogCaptureFixture
) -> None:
    first = carried_out(service)
    (kept,) = cache.rglob("*.safetensors")
    whole = kept.read_bytes()
    broken = {"a bit": whole[:-1] + bytes([whole[-1] ^ 1]), "the end": whole[: len(whole) // 2], "everything": b""}
    kept.write_bytes(broken[damage])
    with caplog.at_level(logging.WARNING):
        second = carried_out(UnlearningService(Recipe(epochs=1, batch_size=32)))
    assert "deleted and trained again" in caplog.text
    assert second.scores == first.scores
    artifacts.load_weights(kept)  # whole again


def test_damaged_shipped_weights_are_a_sentence_and_not_replaced(
    service: UnlearningService, cache: Path, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path_factory.mktemp("weights")
    carried_out(service)
    (made,) = cache.rglob("*.safetensors")
    shipped = folder / "small-place-slim_resnet.safetensors"
    shipped.write_bytes(made.read_bytes())
    artifacts.list_in_manifest(shipped, "made by a test")
    shipped_weights = artifacts.shipped_weights
    monkeypatch.setattr(artifacts, "shipped_weights", lambda name: shipped_weights(name, folder))
    carried_out(UnlearningService(Recipe(epochs=1, batch_size=32)))
    shipped.write_bytes(b"x" + made.read_bytes()[1:])
    damaged = UnlearningService(Recipe(epochs=1, batch_size=32))
    with pytest.raises(MissingArtifact, match="wrong hash") as said:
        carried_out(damaged)
    assert str(folder) not in str(said.value)
    shipped.write_bytes(made.read_bytes())
    carried_out(damaged)


def test_a_connection_that_breaks_stops_the_run_and_the_next_one_works() -> None:
    with serve(FakeService(pause=0.3)) as server:
        event = server.ask("POST", "/gradio_api/call/v2/forget", {"people": ["p00"]}).json()["event_id"]
        line = http.client.HTTPConnection("127.0.0.1", server.port, timeout=20)
        line.request("GET", f"/gradio_api/call/forget/{event}")
        answer = line.getresponse()
        assert answer.readline().startswith(b"event: generating")
        answer.close()
        line.close()
        end = time.monotonic() + 15
        while server.service.cancelled == 0 and time.monotonic() < end:
            time.sleep(0.05)
        assert server.service.cancelled == 1
        server.service.pause = 0.0
        assert server.call("forget", people=["p00"])[-1][0] == "complete"
