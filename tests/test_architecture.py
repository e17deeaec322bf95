"""The house rules that can be read off the source: who imports whom, how long a file is, who may print."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
PACKAGE = ROOT / "dlfd_core"
#: Modules that use everything and are used by none: they stand beside ``app.py``.
ENTRANCES = ("__main__", "cli")
#: Two ways to use the core, neither of which needs the other.
APART = {"service", "benchmark"}
MAY_PRINT = ("__main__", "cli")
MAX_LINES = 300


def read_levels(docstring: str) -> dict[str, int]:
    """The paragraph ``app > ui, service > ...`` as name -> depth, 0 at the top; it may run over several lines."""
    line = " ".join(docstring[docstring.index("\napp > ") :].strip().split("\n\n")[0].split())
    groups = [group.split(",") for group in line.split(">")]
    levels = {name.strip(): depth for depth, names in enumerate(groups) for name in names}
    return levels | dict.fromkeys(ENTRANCES, 0)


def imported(module: str, source: str) -> Iterator[str]:
    """Dotted names a module imports: anywhere in it, relative ones resolved, ``from x import y`` as ``x.y``.

    Args:
        module: dotted name; a package ends in ``.__init__``.
    """
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = module.split(".")[: -node.level] if node.level else []
            base += node.module.split(".") if node.module else []
            yield from (".".join([*base, alias.name]) for alias in node.names)
        elif isinstance(node, ast.Call) and ast.unparse(node.func).split(".")[-1] in ("import_module", "__import__"):
            yield from (argument.value for argument in node.args[:1] if isinstance(argument, ast.Constant))


def place(module: str) -> str:
    """``dlfd_core.data.folder`` -> ``data``; ``app`` -> ``app``."""
    return module.split(".")[1] if module.startswith("dlfd_core.") else module


def broken_rules(module: str, source: str, levels: dict[str, int]) -> list[str]:
    """What is wrong with the imports of one module, in words."""
    own = place(module)
    if own not in levels:
        return [f"{module}: {own} is missing in the import line of dlfd_core/__init__.py"]
    found = []
    for name in imported(module, source):
        other, outside = place(name), name.split(".")[0]
        if name.startswith("dlfd_core.") and other in levels:
            if levels[other] < levels[own]:
                found.append(f"{module} imports {name}: to the left in the import line")
            elif own == "ui" and other not in ("ui", "types", "errors"):
                found.append(f"{module} imports {name}: the page may import only types, errors and ui")
            elif {own, other} == APART:
                found.append(f"{module} imports {name}: service and benchmark do not know each other")
            elif other == "ui" and own != "ui" and levels[own] > 0:
                found.append(f"{module} imports {name}: only app.py knows the page")
        elif outside == "app":
            found.append(f"{module} imports {name}: nobody imports the app")
        elif outside == "gradio" and own not in ("ui", "app"):
            found.append(f"{module} imports {name}: gradio belongs to ui and app.py")
        elif outside in ("torch", "torchvision") and own in ("ui", "types", "errors"):
            found.append(f"{module} imports {name}: no torch in {own}")
    return found


def dotted(path: Path) -> str:
    return ".".join(path.relative_to(ROOT).with_suffix("").parts)


SOURCES = [path for path in sorted(PACKAGE.rglob("*.py")) if path != PACKAGE / "__init__.py"]
SOURCES += [path for path in [ROOT / "app.py"] if path.exists()]
LEVELS = read_levels(ast.get_docstring(ast.parse((PACKAGE / "__init__.py").read_text(encoding="utf-8"))) or "")


def test_the_line_is_read() -> None:
    assert LEVELS["app"] == 0 < LEVELS["ui"] < LEVELS["unlearning"] < LEVELS["metrics"] < LEVELS["data"]
    assert LEVELS["data"] < LEVELS["transport"] < LEVELS["types"] == LEVELS["errors"]


@pytest.mark.parametrize("path", SOURCES, ids=dotted)
def test_import_direction(path: Path) -> None:
    assert broken_rules(dotted(path), path.read_text(encoding="utf-8"), LEVELS) == []


@pytest.mark.parametrize(
    ("module", "source"),
    [
        ("dlfd_core.data.splits", "from dlfd_core.metrics.outputs import collect"),
        ("dlfd_core.data.splits", "from dlfd_core import metrics"),
        ("dlfd_core.data.splits", "import dlfd_core.metrics.outputs"),
        ("dlfd_core.data.splits", "from ..metrics import outputs"),
        ("dlfd_core.data.splits", "from .. import metrics"),
        ("dlfd_core.data.__init__", "from ..metrics import outputs"),
        ("dlfd_core.data.splits", "def late():\n    from dlfd_core.metrics import outputs"),
        ("dlfd_core.data.splits", "import importlib\nimportlib.import_module('dlfd_core.metrics')"),
        ("dlfd_core.service", "from dlfd_core.ui import page"),
        ("dlfd_core.service", "import gradio as gr"),
        ("dlfd_core.service", "import app"),
        ("dlfd_core.service", "from dlfd_core import cli"),
        ("dlfd_core.service", "from dlfd_core.benchmark import lab"),
        ("dlfd_core.benchmark.lab", "from dlfd_core.service import UnlearningService"),
        ("dlfd_core.benchmark.lab", "from dlfd_core.ui import page"),
        ("dlfd_core.run", "from dlfd_core.benchmark.lab import Cell"),
        ("dlfd_core.ui.page", "from dlfd_core.registry import Registry"),
        ("dlfd_core.ui.page", "from dlfd_core.service import UnlearningService"),
        ("dlfd_core.ui.page", "from torch import nn"),
        ("dlfd_core.types", "import torch"),
        ("dlfd_core.errors", "from dlfd_core.device import pick"),
        ("dlfd_core.attic.old", "import math"),
    ],
)
def test_a_broken_rule_is_found(module: str, source: str) -> None:
    assert len(broken_rules(module, source, LEVELS)) == 1


@pytest.mark.parametrize(
    ("module", "source"),
    [
        ("app", "import gradio\nfrom dlfd_core.ui import page\nfrom dlfd_core.service import UnlearningService"),
        ("dlfd_core.__main__", "from dlfd_core.cli import main"),
        ("dlfd_core.ui.page", "import gradio\nfrom dlfd_core.types import Catalog\nfrom . import handlers"),
        (
            "dlfd_core.metrics.evaluate",
            "import torch\nfrom dlfd_core.training import fit\nfrom .outputs import collect",
        ),
        ("dlfd_core.service", "from dlfd_core import __version__, reports"),
        ("dlfd_core.benchmark.lab", "from dlfd_core.prepared import prepare\nfrom .statistics import estimate"),
    ],
)
def test_what_is_allowed_passes(module: str, source: str) -> None:
    assert broken_rules(module, source, LEVELS) == []


def test_facenet_is_imported_in_two_files_at_most() -> None:
    users = [dotted(path) for path in SOURCES if any_import(path, "facenet_pytorch")]
    assert len(users) <= 2, users


def any_import(path: Path, package: str) -> bool:
    return any(name.split(".")[0] == package for name in imported(dotted(path), path.read_text(encoding="utf-8")))


@pytest.mark.parametrize("path", SOURCES, ids=dotted)
def test_files_stay_short(path: Path) -> None:
    assert len(path.read_text(encoding="utf-8").splitlines()) <= MAX_LINES


@pytest.mark.parametrize(
    "path", [p for p in SOURCES if place(dotted(p)) not in MAY_PRINT and p != ROOT / "app.py"], ids=dotted
)
def test_only_the_command_line_prints(path: Path) -> None:
    calls = (node for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))) if isinstance(node, ast.Call))
    assert [call.lineno for call in calls if isinstance(call.func, ast.Name) and call.func.id == "print"] == []


def test_the_page_is_imported_without_torch() -> None:
    """Every module of ``ui``, in a fresh interpreter where torch and what needs it cannot be imported."""
    program = (
        "import sys, importlib, pkgutil\n"
        "sys.modules.update(dict.fromkeys(['torch', 'torchvision', 'facenet_pytorch', 'umap', 'ot']))\n"
        "import dlfd_core.ui as ui\n"
        "for found in pkgutil.walk_packages(ui.__path__, 'dlfd_core.ui.'):\n"
        "    importlib.import_module(found.name)\n"
    )
    run = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, timeout=120)
    assert run.returncode == 0, run.stderr
