"""Methods from a folder: the template works unchanged, and a faulty plugin gives one sentence."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from dlfd_core.cli import main
from dlfd_core.errors import InvalidRequest
from dlfd_core.service import UnlearningService
from dlfd_core.unlearning import METHODS
from dlfd_core.unlearning.plugins import VARIABLE, load_named_plugins, load_plugins

pytestmark = pytest.mark.usefixtures("few_steps")

ROOT = Path(__file__).resolve().parents[2]
TEMPLATE = ROOT / "assets" / "plugin_template"
HEAD = "from dlfd_core.unlearning import METHODS\nfrom dlfd_core.unlearning.fine_tune import FineTune\n\n"
MODULES = "dlfd_plugin "
GOOD = HEAD + '@METHODS.register("{0}")\nclass Own(FineTune):\n    name = "{0}"\n'


@pytest.fixture(autouse=True)
def _no_plugins(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Start without plugins, and remove those of the test."""
    own = {name: method for name, method in METHODS._items.items() if not method.__module__.startswith(MODULES)}
    monkeypatch.setattr(METHODS, "_items", own)
    monkeypatch.delenv(VARIABLE, raising=False)
    before = {name: sys.modules.pop(name) for name in list(sys.modules) if name.startswith(MODULES)}
    yield
    for name in [name for name in sys.modules if name.startswith(MODULES)]:
        del sys.modules[name]
    sys.modules.update(before)


def test_the_template_is_loaded_and_shown_after_the_other_methods() -> None:
    known = METHODS.names()
    assert load_plugins(TEMPLATE) == ["my_method"]
    assert METHODS.names() == [*known, "my_method"]
    card = UnlearningService().catalog().methods[-1]
    assert card.name == "my_method" and card.title == "My method"
    assert "noise" in [knob.name for knob in card.knobs] and [preset.name for preset in card.presets] == ["quality"]


def test_a_folder_is_loaded_once(tmp_path: Path) -> None:
    (tmp_path / "own.py").write_text(GOOD.format("own"))
    assert load_plugins(tmp_path) == ["own"]
    assert load_plugins(tmp_path) == []
    (tmp_path / "second.py").write_text(GOOD.format("second"))
    assert load_plugins(tmp_path) == ["second"]


def test_the_environment_may_name_the_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert load_named_plugins() == []
    (tmp_path / "own.py").write_text(GOOD.format("own"))
    monkeypatch.setenv(VARIABLE, str(tmp_path))
    assert load_named_plugins() == ["own"]


def test_the_template_passes_the_contract_as_the_docs_say() -> None:
    said = "DLFD_PLUGINS=DIR python -m pytest tests/unlearning/test_contract.py"
    assert said in (ROOT / "docs/extending.md").read_text(encoding="utf-8")
    run = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "tests/unlearning/test_contract.py", "-k", "my_method"],
        cwd=ROOT, env=os.environ | {VARIABLE: str(TEMPLATE)}, capture_output=True, text=True, timeout=200,
    )  # fmt: skip
    assert run.returncode == 0, run.stdout + run.stderr
    assert (found := re.search(r"(\d+) passed", run.stdout)) and int(found[1]) >= 10


@pytest.mark.parametrize(
    ("source", "says"),
    [
        ("def steps(:\n", r"SyntaxError: invalid syntax \(broken.py, line 1\)"),
        ("import no_such_module_at_all\n", "ModuleNotFoundError: No module named 'no_such_module_at_all'"),
        ("raise SystemExit('enough')\n", "SystemExit: enough"),
        (GOOD.format("dlfd"), "ValueError: method 'dlfd' is registered twice"),
        (
            HEAD + '@METHODS.register("own")\nclass Own(FineTune):\n    pass\n',
            "it is registered as 'own', and its name",
        ),
        (HEAD + 'METHODS.register("own")(print)\n', "what is registered as 'own' is not a subclass"),
        (
            HEAD + "from dlfd_core.unlearning import UnlearningMethod\n"
            '@METHODS.register("own")\nclass Own(UnlearningMethod):\n    name = "own"\n',
            "TypeError: Own has no steps",
        ),
        (
            HEAD + "from dlfd_core.unlearning import UnlearningMethod\n"
            '@METHODS.register("own")\nclass Own(UnlearningMethod):\n    name = "own"\n    def steps(self, c): ...\n',
            "AttributeError: .*title",
        ),
    ],
    ids=["syntax", "import", "exit", "taken name", "two names", "no class", "no steps", "no title"],
)
def test_a_broken_plugin_is_answered_with_its_file_and_the_cause(source: str, says: str, tmp_path: Path) -> None:
    (tmp_path / "broken.py").write_text(source)
    with pytest.raises(InvalidRequest, match=rf"The plugin .*broken\.py cannot be used: .*{says}") as caught:
        load_plugins(tmp_path)
    assert len(str(caught.value).splitlines()) == 1


def test_a_folder_without_a_method_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InvalidRequest, match="There is no folder"):
        load_plugins(tmp_path / "nowhere")
    with pytest.raises(InvalidRequest, match=r"has no \.py file"):
        load_plugins(tmp_path)
    (tmp_path / "helper.py").write_text("ANSWER = 42\n")
    with pytest.raises(InvalidRequest, match="registers a method"):
        load_plugins(tmp_path)


def test_the_command_line_takes_a_folder(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The method is found, so the error is about the person."""
    shutil.copy(TEMPLATE / "my_method.py", tmp_path / "my_method.py")
    arguments = ["forget", "--people", "nobody", "--method", "my_method"]
    assert main([*arguments, "--plugins", str(tmp_path)]) == 2
    assert "Unknown person 'nobody'" in capsys.readouterr().err
    assert "my_method" in METHODS.names()
    (tmp_path / "broken.py").write_text("1 / 0\n")
    assert main([*arguments, "--plugins", str(tmp_path)]) == 2
    assert capsys.readouterr().err.endswith("broken.py cannot be used: ZeroDivisionError: division by zero.\n")


def test_the_app_says_what_is_wrong_and_does_not_start(tmp_path: Path) -> None:
    (tmp_path / "broken.py").write_text("1 / 0\n")
    run = subprocess.run(
        [sys.executable, "app.py"], cwd=ROOT, env=os.environ | {VARIABLE: str(tmp_path)}, capture_output=True,
        text=True, timeout=120,
    )  # fmt: skip
    assert run.returncode == 1 and "ZeroDivisionError: division by zero." in run.stderr
    assert "Traceback" not in run.stderr
