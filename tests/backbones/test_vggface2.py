"""Pretrained VGGFace2 weights: the places they are loaded from, and the files that are refused."""

from __future__ import annotations

import io
import pickle
from collections import OrderedDict
from pathlib import Path
from typing import Any
from urllib.error import URLError

import pytest
import torch
from torch import Tensor, nn
from typing_extensions import override

from dlfd_core.artifacts import save_weights
from dlfd_core.backbones import BACKBONES, vggface2
from dlfd_core.backbones.inception_resnet import inception_resnet_v1_vggface2
from dlfd_core.backbones.vggface2 import FILE, URL, VARIABLE, load_vggface2
from dlfd_core.errors import MissingArtifact


class Small(nn.Sequential):
    """A small network in place of InceptionResnetV1, where only names and shapes matter."""

    def __init__(self) -> None:
        super().__init__(nn.Linear(2, 3), nn.BatchNorm1d(3))


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty download cache, no file given, and no connection."""

    def no_connection(*args: Any, **options: Any) -> None:
        raise URLError("Name or service not known")

    monkeypatch.delenv(VARIABLE)
    monkeypatch.setenv("TORCH_HOME", str(tmp_path))
    monkeypatch.setattr(vggface2, "urlopen", no_connection)
    return tmp_path


@pytest.fixture
def state() -> dict[str, Tensor]:
    torch.manual_seed(1)
    return dict(Small().state_dict())


def answered(monkeypatch: pytest.MonkeyPatch, content: bytes) -> None:
    monkeypatch.setattr(vggface2, "urlopen", lambda url, timeout: io.BytesIO(content))


def saved(state: object, path: Path, **options: Any) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    torch.save(state, path, **options)
    return path


def refused(net: nn.Module | None = None) -> str:
    """The error message: one line that ends with a full stop and gives the fix."""
    with pytest.raises(MissingArtifact) as caught:
        load_vggface2(net or Small())
    text = str(caught.value)
    assert text.endswith(".") and "\n" not in text and ". " not in text
    return text


def advises(text: str) -> bool:
    return URL in text and VARIABLE in text


def test_without_file_cache_and_connection_one_sentence_says_what_to_do(home: Path) -> None:
    with pytest.raises(MissingArtifact, match="could not be downloaded") as caught:
        BACKBONES.get("inception_resnet_v1_vggface2")(3)
    assert advises(str(caught.value))
    assert list(home.rglob("*")) == []
    assert refused() == str(caught.value)


def test_the_backbone_starts_from_the_file(facenet_weights: Path) -> None:
    given = torch.load(facenet_weights, weights_only=True)
    for seed in (1, 2):
        torch.manual_seed(seed)
        found = inception_resnet_v1_vggface2(3).state_dict()
        assert torch.equal(found["stem.0.conv.weight"], given["conv2d_1a.conv.weight"])
        assert torch.equal(found["stages.2.2.conv2d.bias"], given["block8.conv2d.bias"])
        assert torch.equal(found["embedding.0.weight"], given["last_linear.weight"])
        assert torch.equal(found["embedding.1.running_var"], given["last_bn.running_var"])
    assert found["head.weight"].shape == (3, 512)


@pytest.mark.parametrize("name", ["weights.pt", "old.pt", "weights.safetensors"])
def test_every_form_of_file_is_read(
    name: str, home: Path, state: dict[str, Tensor], monkeypatch: pytest.MonkeyPatch
) -> None:
    path = home / name
    if name.endswith("safetensors"):
        save_weights(path, state, {})
    else:  # the released file is in torch's old form
        saved(OrderedDict(state), path, _use_new_zipfile_serialization=name != "old.pt")
    monkeypatch.setenv(VARIABLE, str(path))
    net = Small()
    load_vggface2(net)
    assert all(torch.equal(tensor, state[key]) for key, tensor in net.state_dict().items())


def test_the_layer_of_celebrities_and_counters_may_be_there_or_not(home: Path, state: dict[str, Tensor]) -> None:
    del state["1.num_batches_tracked"]
    saved(state | {"logits.weight": torch.zeros(8, 2), "logits.bias": torch.zeros(8)}, home / "checkpoints" / FILE)
    net = Small()
    load_vggface2(net)
    assert torch.equal(net.get_parameter("0.weight"), state["0.weight"])


@pytest.mark.parametrize("folder", ["checkpoints", "hub/checkpoints"])
def test_a_cached_download_is_used(folder: str, home: Path, state: dict[str, Tensor]) -> None:
    saved(state, home / folder / FILE)
    net = Small()
    load_vggface2(net)
    assert torch.equal(net.get_parameter("0.weight"), state["0.weight"])


def test_a_download_is_kept(home: Path, state: dict[str, Tensor], monkeypatch: pytest.MonkeyPatch) -> None:
    content = saved(state, home / "elsewhere.pt").read_bytes()
    answered(monkeypatch, content)
    net = Small()
    load_vggface2(net)
    assert torch.equal(net.get_parameter("0.weight"), state["0.weight"])
    assert (home / "checkpoints" / FILE).read_bytes() == content


def test_a_login_page_instead_of_the_download_is_not_kept(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    answered(monkeypatch, b"<html>Please log in</html>")
    text = refused()
    assert advises(text) and "damaged" in text
    assert list(home.rglob("*.pt")) == []


def test_a_path_without_a_file_is_named(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(VARIABLE, str(home / "nowhere.pt"))
    assert "nowhere.pt, where there is no file" in refused()


@pytest.mark.parametrize("old", [False, True])
@pytest.mark.parametrize("share", [0.0, 0.3, 0.9])
def test_a_truncated_file_is_refused(
    old: bool, share: float, home: Path, state: dict[str, Tensor], monkeypatch: pytest.MonkeyPatch
) -> None:
    path = saved(state, home / "cut.pt", _use_new_zipfile_serialization=not old)
    path.write_bytes(path.read_bytes()[: int(share * path.stat().st_size)])
    monkeypatch.setenv(VARIABLE, str(path))
    text = refused()
    assert text.startswith("cut.pt is damaged") and advises(text)


def test_a_truncated_safetensors_file_is_refused(
    home: Path, state: dict[str, Tensor], monkeypatch: pytest.MonkeyPatch
) -> None:
    path = home / "cut.safetensors"
    save_weights(path, state, {})
    path.write_bytes(path.read_bytes()[:-8])
    monkeypatch.setenv(VARIABLE, str(path))
    assert "cut.safetensors is not a readable safetensors file" in refused()


class Trap:
    """An object that makes a file when it is unpickled by code that runs callables of the pickle."""

    def __init__(self, path: Path):
        self.path = path

    @override
    def __reduce__(self) -> tuple[Any, ...]:
        return Path.touch, (self.path,)


@pytest.mark.parametrize("plain", [False, True])
def test_code_in_a_pickle_is_refused_and_not_run(
    plain: bool, home: Path, state: dict[str, Tensor], monkeypatch: pytest.MonkeyPatch
) -> None:
    sprung, path, content = home / "sprung", home / "trap.pt", state | {"0.weight": Trap(home / "sprung")}
    if plain:
        path.write_bytes(pickle.dumps(content, protocol=2))  # the protocol torch saves with
    else:
        saved(content, path)
    monkeypatch.setenv(VARIABLE, str(path))
    assert "holds more than tensors, and was not loaded" in refused()
    assert not sprung.exists()
    torch.load(path, weights_only=False) if not plain else pickle.loads(path.read_bytes())
    assert sprung.exists()  # the trap works


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"0.weight": torch.zeros(3, 4)}, "'0.weight' has shape (3, 4), expected (3, 2)"),
        ({"0.weight": None}, "has no tensor '0.weight'"),
        ({"0.weight": 1.0}, "has no tensor '0.weight'"),
        ({"surplus": torch.zeros(1)}, "unexpected tensor 'surplus'"),
    ],
)
def test_other_names_and_shapes_are_refused(
    change: dict[str, object], expected: str, home: Path, state: dict[str, Tensor], monkeypatch: pytest.MonkeyPatch
) -> None:
    changed = {key: value for key, value in (state | change).items() if value is not None}
    monkeypatch.setenv(VARIABLE, str(saved(changed, home / "other.pt")))
    text = refused()
    assert text.startswith("other.pt") and expected in text and advises(text)


def test_something_else_than_a_dictionary_is_refused(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(VARIABLE, str(saved(torch.zeros(3), home / "tensor.pt")))
    assert "tensor.pt holds no tensors by name" in refused()


def test_a_cache_that_cannot_be_written_is_named(
    home: Path, state: dict[str, Tensor], monkeypatch: pytest.MonkeyPatch
) -> None:
    content = saved(state, home / "elsewhere.pt").read_bytes()
    answered(monkeypatch, content)
    (home / "checkpoints").write_text("a file where the folder belongs")
    assert "cannot be kept at" in refused()
