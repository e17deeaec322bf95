"""Files of the components: no text that gradio compiles, no script that sets markup, short files."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from dlfd_core.ui.components import assets

SOURCES = Path(assets.__file__).parent


@pytest.mark.parametrize("path", [*assets.FOLDER.glob("*.css"), *assets.FOLDER.glob("*.html")], ids=lambda p: p.name)
def test_templates_hold_nothing_that_gradio_compiles(path: Path) -> None:
    """gradio runs templates through Handlebars and then as a JavaScript template literal."""
    assert re.findall(r"\{\{|\$\{|`|\\", path.read_text(encoding="utf-8")) == []


def test_scripts_never_set_markup() -> None:
    for path in assets.FOLDER.glob("*.js"):
        text = path.read_text(encoding="utf-8")
        assert re.findall(r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\b", text) == [], path.name


def test_assets_stay_short() -> None:
    for path in assets.FOLDER.iterdir():
        assert len(path.read_text(encoding="utf-8").splitlines()) <= 250, path.name


def test_no_stub_files_are_written() -> None:
    """gradio writes a .pyi beside each component it knows; mypy would then check the stub instead of the source."""
    assert list(SOURCES.glob("*.pyi")) == []
