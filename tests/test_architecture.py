"""Rules of the code base that can be read from the source: import direction, circles, file length, printing."""

from __future__ import annotations

import ast
import graphlib
import subprocess
import sys
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
PACKAGE = ROOT / "dlfd_core"
#: ``python -m dlfd_core``: the start of the command line, in the import line as ``cli``.
ENTRANCE = "__main__"
MAY_PRINT = (ENTRANCE, "cli")
MAX_LINES = 300
#: Modules beside the rooms, ``__init__`` and ``__main__`` not counted.
MAX_TOP_MODULES = 8


def read_levels(docstring: str) -> dict[str, int]:
    """The paragraph ``app > cli > ...`` as name -> place, 0 at the left; it may run over several lines."""
    line = " ".join(docstring[docstring.index("\napp > ") :].strip().split("\n\n")[0].split())
    groups = [group.split(",") for group in line.split(">")]
    levels = {name.strip(): place for place, names in enumerate(groups) for name in names}
    return levels | {ENTRANCE: levels["cli"], "ui": levels["app"]}


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
            yield from (str(argument.value) for argument in node.args[:1] if isinstance(argument, ast.Constant))


def place(module: str) -> str:
    """``dlfd_core.data.folder`` -> ``data``; ``app`` -> ``app``."""
    return module.split(".")[1] if module.startswith("dlfd_core.") else module


def broken_rules(module: str, source: str, levels: Mapping[str, int]) -> list[str]:
    """What is wrong with the imports of one module, in words."""
    own = place(module)
    if own not in levels:
        return [f"{module}: {own} is missing in the import line of dlfd_core/__init__.py"]
    sentences = []
    for name in imported(module, source):
        if name.startswith("dlfd_core.") and place(name) in levels:
            reason = broken_direction(own, name, levels)
        else:
            reason = broken_dependency(own, name.split(".")[0])
        if reason:
            sentences.append(f"{module} imports {name}: {reason}")
    return sentences


def broken_direction(own: str, name: str, levels: Mapping[str, int]) -> str:
    """What is wrong with an import of ``name`` in the room ``own``; empty where nothing is."""
    other = place(name)
    if own == other:
        return ""
    if own == "ui" and other not in ("types", "errors"):
        return "the page may import only types, errors and ui"
    if other == "ui" and own != "app":
        return "only app.py knows the page"
    if other == ENTRANCE:
        return "nobody imports the entrance"
    if levels[other] <= levels[own] and {own, other} not in ({ENTRANCE, "cli"}, {"app", "ui"}):
        return "not to the right in the import line"
    if any(name == inside or name.startswith(f"{inside}.") for inside in TYPE_MODULES):
        return "values are imported from dlfd_core.types itself"
    return ""


def broken_dependency(own: str, package: str) -> str:
    """What is wrong with an import of another package in the room ``own``; empty where nothing is."""
    if package == "app":
        return "nobody imports the app"
    if package == "gradio" and own not in ("ui", "app"):
        return "gradio belongs to ui and app.py"
    if package in ("torch", "torchvision") and own in ("ui", "types", "errors"):
        return f"no torch in {own}"
    return ""


def import_graph(sources: Mapping[str, str]) -> dict[str, set[str]]:
    """Module -> modules of ``sources`` that it imports, late imports included; ``x.__init__`` is called ``x``."""
    names = {module.removesuffix(".__init__") for module in sources}
    graph: dict[str, set[str]] = {}
    for module, source in sources.items():
        own = module.removesuffix(".__init__")
        targets = {name if name in names else name.rpartition(".")[0] for name in imported(module, source)}
        graph[own] = (targets & names) - {own}
    return graph


def file_circle(graph: Mapping[str, Iterable[str]]) -> list[str]:
    """Modules that import each other in a circle; empty where there is none."""
    try:
        list(graphlib.TopologicalSorter(graph).static_order())
    except graphlib.CycleError as error:
        circle: list[str] = error.args[1]
        return circle
    return []


def mutual_rooms(graph: Mapping[str, Iterable[str]], rooms: set[str]) -> set[tuple[str, str]]:
    """Pairs of packages each of which imports the other, ``rooms`` being the names of packages.

    A package and one inside it count as two rooms, but for the package ``dlfd_core`` itself.
    """

    def room(module: str) -> str:
        return module if module in rooms else module.rpartition(".")[0]

    pairs = {(room(module), room(other)) for module, others in graph.items() for other in others}
    return {(a, b) for a, b in pairs if a < b and (b, a) in pairs and "dlfd_core" not in (a, b)}


def dotted(path: Path) -> str:
    return ".".join(path.relative_to(ROOT).with_suffix("").parts)


SOURCES = [path for path in sorted(PACKAGE.rglob("*.py")) if path != PACKAGE / "__init__.py"]
SOURCES += [path for path in [ROOT / "app.py"] if path.exists()]
ROOMS = {dotted(path.parent) for path in SOURCES if path.name == "__init__.py"} | {"dlfd_core"}
TYPE_MODULES = [dotted(path) for path in SOURCES if path.parent.name == "types" and path.name != "__init__.py"]
LEVELS = read_levels(ast.get_docstring(ast.parse((PACKAGE / "__init__.py").read_text(encoding="utf-8"))) or "")


def test_the_line_is_read() -> None:
    assert LEVELS["app"] == LEVELS["ui"] == 0 < LEVELS["service"] < LEVELS["runs"] < LEVELS["unlearning"]
    assert LEVELS["unlearning"] < LEVELS["metrics"] < LEVELS["data"] < LEVELS["types"] < LEVELS["errors"]


@pytest.mark.parametrize("path", SOURCES, ids=dotted)
def test_import_direction(path: Path) -> None:
    assert broken_rules(dotted(path), path.read_text(encoding="utf-8"), LEVELS) == []


@pytest.mark.parametrize(
    ("module", "source"),
    [
        ("dlfd_core.data.splits", "from dlfd_core.metrics.evaluate import evaluate"),
        ("dlfd_core.data.splits", "from dlfd_core import metrics"),
        ("dlfd_core.data.splits", "import dlfd_core.metrics.evaluate"),
        ("dlfd_core.data.splits", "from ..metrics import evaluate"),
        ("dlfd_core.data.splits", "from .. import metrics"),
        ("dlfd_core.data.__init__", "from ..metrics import evaluate"),
        ("dlfd_core.data.splits", "def late():\n    from dlfd_core.metrics import evaluate"),
        ("dlfd_core.data.splits", "import importlib\nimportlib.import_module('dlfd_core.metrics')"),
        ("dlfd_core.service", "from dlfd_core.ui import page"),
        ("dlfd_core.service", "import gradio as gr"),
        ("dlfd_core.service", "import app"),
        ("dlfd_core.service", "from dlfd_core import cli"),
        ("dlfd_core.cli.forget", "from dlfd_core import __main__"),
        ("dlfd_core.own_photos.desk", "from dlfd_core.benchmark import cells"),
        ("dlfd_core.verify.comparing", "from dlfd_core import zero_gpu"),
        ("dlfd_core.benchmark.cells", "from dlfd_core.service import UnlearningService"),
        ("dlfd_core.benchmark.cells", "from dlfd_core.ui import page"),
        ("dlfd_core.runs.forget", "from dlfd_core.benchmark.cells import Cell"),
        ("dlfd_core.runs.forget", "from dlfd_core.types.run import ForgetReport"),
        ("dlfd_core.models.bank", "from dlfd_core.metrics.audit import Auditor"),
        ("dlfd_core.unlearning.dlfd", "from dlfd_core.reports import figures"),
        ("dlfd_core.ui.page", "from dlfd_core.registry import Registry"),
        ("dlfd_core.ui.page", "from dlfd_core.service import UnlearningService"),
        ("dlfd_core.ui.page", "from torch import nn"),
        ("dlfd_core.types.run", "import torch"),
        ("dlfd_core.errors", "from dlfd_core.device import select_compute"),
        ("dlfd_core.device", "from dlfd_core.seeding import generator"),
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
        ("dlfd_core.types.run", "from dlfd_core.types.audit import Audit\nfrom dlfd_core.errors import InvalidRequest"),
        (
            "dlfd_core.metrics.evaluate",
            "import torch\nfrom dlfd_core.models.training import fit\nfrom .roc import signed_auc",
        ),
        ("dlfd_core.service", "from dlfd_core import __version__, reports"),
        ("dlfd_core.benchmark.cells", "from dlfd_core.runs.workbench import Workbench\nfrom .numbers import Row"),
    ],
)
def test_what_is_allowed_passes(module: str, source: str) -> None:
    assert broken_rules(module, source, LEVELS) == []


GRAPH = import_graph({dotted(path): path.read_text(encoding="utf-8") for path in SOURCES})


def test_no_files_import_each_other_in_a_circle() -> None:
    assert file_circle(GRAPH) == []


def test_no_two_rooms_import_each_other() -> None:
    known = {("dlfd_core.data", "dlfd_core.data.portraits")}  # the portraits use the schema of their room
    assert mutual_rooms(GRAPH, ROOMS) <= known


@pytest.mark.parametrize("room", [PACKAGE, PACKAGE / "ui"], ids=dotted)
def test_few_modules_stand_at_the_top(room: Path) -> None:
    top = {path.stem for path in room.glob("*.py")} - {"__init__", ENTRANCE}
    assert len(top) <= MAX_TOP_MODULES, sorted(top)


def test_the_rooms_of_the_page_form_no_circle() -> None:
    """The page's rooms have no line of their own in the package's docstring, but they build on each other one way."""
    rooms: dict[str, set[str]] = {}
    for module, others in GRAPH.items():
        if module.startswith("dlfd_core.ui"):
            own = page_room(module)
            rooms.setdefault(own, set()).update({page_room(o) for o in others if o.startswith("dlfd_core.ui")} - {own})
    assert file_circle(rooms) == []


def page_room(module: str) -> str:
    """``dlfd_core.ui.forget.form`` -> ``dlfd_core.ui.forget``; ``dlfd_core.ui.page`` -> ``dlfd_core.ui``."""
    return ".".join(module.split(".")[:3]) if ".".join(module.split(".")[:3]) in ROOMS else "dlfd_core.ui"


@pytest.mark.parametrize(
    "sources",
    [
        {"dlfd_core.a": "from dlfd_core.b import f", "dlfd_core.b": "from dlfd_core.a import g"},
        {"dlfd_core.a": "import dlfd_core.b", "dlfd_core.b": "def late():\n    from dlfd_core import a"},
        {
            "dlfd_core.r.a": "from . import b",
            "dlfd_core.r.b": "from .c import f",
            "dlfd_core.r.c": "from dlfd_core.r.a import g",
        },
        {"dlfd_core.r.__init__": "from dlfd_core.r.a import f", "dlfd_core.r.a": "from dlfd_core.r import f"},
    ],
)
def test_a_circle_of_files_is_found(sources: dict[str, str]) -> None:
    assert file_circle(import_graph(sources)) != []


def test_two_rooms_that_import_each_other_are_found_without_a_circle_of_files() -> None:
    sources = {
        "dlfd_core.r.a": "from dlfd_core.s.a import f",
        "dlfd_core.r.b": "",
        "dlfd_core.s.a": "",
        "dlfd_core.s.b": "from dlfd_core.r.b import g",
    }
    graph = import_graph(sources)
    assert file_circle(graph) == []
    assert mutual_rooms(graph, {"dlfd_core", "dlfd_core.r", "dlfd_core.s"}) == {("dlfd_core.r", "dlfd_core.s")}


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
