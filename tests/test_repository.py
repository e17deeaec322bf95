"""The files around the code: what a Space, an installer and a reader rely on."""

from __future__ import annotations

import ast
import os
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
PINNED = re.compile(r"[A-Za-z0-9._-]+==[0-9][0-9A-Za-z.]*")
MAX_BYTES = 5_000_000
#: Places of one machine, put together here so that this file does not name them itself.
FORBIDDEN = [
    re.compile(rf"(?<![\w.]){'/' + folder}\b".encode())
    for folder in ("work/main", "work/shared", "work/.lib" + "rary", "opt/py" + "pi", "opt/wh" + "eels", "root/")
]
#: Import name -> name on the package index, where they differ.
DISTRIBUTIONS = {
    "PIL": "pillow",
    "sklearn": "scikit-learn",
    "umap": "umap-learn",
    "ot": "POT",
    "facenet_pytorch": "facenet-pytorch",
    "imagehash": "ImageHash",
}
COLOURS = {"red", "yellow", "green", "blue", "indigo", "purple", "pink", "gray"}


def tracked() -> list[Path]:
    """Files under version control that exist; all but ignored folders where there is no git."""
    try:
        run = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=True)
    except (OSError, subprocess.CalledProcessError):
        pytest.skip("not a git checkout")
    paths = [ROOT / name for name in os.fsdecode(run.stdout).split("\0") if name]
    return [path for path in paths if path.is_file()]


def front_matter() -> dict[str, str]:
    """The simple ``key: value`` lines between the first two ``---`` of the README."""
    _, head, _ = (ROOT / "README.md").read_text(encoding="utf-8").split("---\n", 2)
    pairs = (line.split(":", 1) for line in head.splitlines() if re.match(r"\w+: ", line))
    return {key: value.strip().strip('"') for key, value in pairs}


def requirements(name: str) -> list[str]:
    """Requirement lines without comments."""
    lines = (line.split("#")[0].strip() for line in (ROOT / name).read_text(encoding="utf-8").splitlines())
    return [line for line in lines if line]


def test_the_space_can_be_built() -> None:
    head = front_matter()
    assert (ROOT / "README.md").read_text(encoding="utf-8").startswith("---\n")
    assert head["sdk"] == "gradio" and f"gradio=={head['sdk_version']}" in requirements("requirements.txt")
    assert head["title"] and head["emoji"] and head["license"] == "mit" and head["suggested_hardware"] == "cpu-basic"
    assert {head["colorFrom"], head["colorTo"]} <= COLOURS
    assert 0 < len(head["short_description"]) <= 60
    assert head["app_file"] == "app.py"


def test_python_is_the_same_everywhere() -> None:
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]
    version = front_matter()["python_version"]
    assert settings["mypy"]["python_version"] == version
    assert settings["ruff"]["target-version"] == f"py{version.replace('.', '')}"


def test_requirements_are_pinned_and_say_why() -> None:
    assert all(PINNED.fullmatch(line) for line in requirements("requirements.txt"))
    runtime, *rest = requirements("requirements-dev.txt")
    assert runtime == "-r requirements.txt" and all(PINNED.fullmatch(line) for line in rest)
    runtime, *rest = requirements("requirements-ray.txt")
    assert runtime == "-r requirements.txt" and all(PINNED.fullmatch(line) for line in rest)
    for name in ("requirements.txt", "requirements-dev.txt", "requirements-ray.txt"):
        lines = (ROOT / name).read_text(encoding="utf-8").splitlines()
        assert [line for line in lines if "==" in line and "#" not in line] == []


def test_every_import_is_a_requirement() -> None:
    """What the code imports is installed because we ask for it, not because something else happens to bring it."""
    sources = [ROOT / "app.py", *(ROOT / "dlfd_core").rglob("*.py")]
    found = {name.split(".")[0] for path in sources if path.exists() for name in absolute_imports(path)}
    outside = found - sys.stdlib_module_names - {"dlfd_core", "app"}
    pinned = {
        line.split("==")[0] for name in ("requirements.txt", "requirements-ray.txt") for line in requirements(name)
    }
    assert {DISTRIBUTIONS.get(name, name) for name in outside} - pinned == set()


def absolute_imports(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            yield node.module


def test_no_tracked_file_is_large() -> None:
    assert [str(path.relative_to(ROOT)) for path in tracked() if path.stat().st_size > MAX_BYTES] == []


def test_no_file_names_a_place_of_one_machine() -> None:
    named = []
    for path in tracked():
        content = path.read_bytes()
        named += [f"{path.relative_to(ROOT)}: {hit[0]!r}" for rule in FORBIDDEN if (hit := rule.search(content))]
    assert named == []


def test_the_entrances_are_there() -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    for target in ("demo", "test", "lint", "weights", "benchmark"):
        assert re.search(rf"^{target}:", makefile, re.MULTILINE), target
    assert os.access(ROOT / ".ci/run", os.X_OK)
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    assert (
        "make demo" in readme and "make test" in readme and "pip install -r requirements.txt && python app.py" in readme
    )
