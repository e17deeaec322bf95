"""Loader of the user's own methods: it runs each Python file of a folder, which registers its methods.

A plugin is code with all rights of the user. So only the user can name the folder, on the command line or in the
environment of the app; a request never can.
"""

from __future__ import annotations

import os
import sys
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path

from dlfd_core.errors import InvalidRequest
from dlfd_core.unlearning.base import METHODS, UnlearningMethod

#: Environment variable that names the folder for the app and for the tests.
VARIABLE = "DLFD_PLUGINS"


def load_plugins(folder: Path) -> list[str]:
    """Run every ``*.py`` of a folder in the order of their names; a file is never run twice.

    Returns:
        The names of the new methods.

    Raises:
        InvalidRequest: there is no such folder or no method in it, or one of its files cannot be run or registers
            something unusable; the sentence names the file and the cause.
    """
    if not folder.is_dir():
        raise InvalidRequest(f"There is no folder {folder} to load methods from.")
    files = [(f"dlfd_plugin {path.resolve()}", path) for path in sorted(folder.glob("*.py")) if path.is_file()]
    if not files:
        raise InvalidRequest(f"The folder {folder} has no .py file to load a method from.")
    names_before = set(METHODS.names())
    new_files = [(module, path) for module, path in files if module not in sys.modules]
    for module, path in new_files:
        _run(module, path)
    new_names = [name for name in METHODS.names() if name not in names_before]
    if new_files and not new_names:
        raise InvalidRequest(f"No file of the folder {folder} registers a method with @METHODS.register(...).")
    return new_names


def load_named_plugins() -> list[str]:
    """Load the plugins of the folder that the environment variable names, if it is set."""
    folder = os.environ.get(VARIABLE)
    return load_plugins(Path(folder)) if folder else []


def _run(module: str, path: Path) -> None:
    """Run one file as a module, and check the methods that it registers."""
    names_before = set(METHODS.names())
    spec = spec_from_file_location(module, path)
    assert spec is not None and spec.loader is not None  # because it ends in .py
    plugin = module_from_spec(spec)
    sys.modules[module] = plugin  # dataclasses look up their module there
    try:
        spec.loader.exec_module(plugin)
        for name in METHODS.names():
            if name not in names_before:
                _check(name, METHODS.get(name))
    except (Exception, SystemExit) as error:
        del sys.modules[module]
        raise InvalidRequest(f"The plugin {path} cannot be used: {_cause(error)}.") from error


def _check(name: str, method: object) -> None:
    """Check a registered method. Raises ``TypeError``, or the error of making its card."""
    if not (isinstance(method, type) and issubclass(method, UnlearningMethod)):
        raise TypeError(f"what is registered as {name!r} is not a subclass of UnlearningMethod")
    if getattr(method, "__abstractmethods__", None):
        raise TypeError(f"{method.__name__} has no {' and no '.join(sorted(method.__abstractmethods__))}")
    card = method.card()
    if card.name != name:
        raise TypeError(f"it is registered as {name!r}, and its name is {card.name!r}")


def _cause(error: BaseException) -> str:
    """Type and first line of an error, e.g. ``SyntaxError: invalid syntax (my_method.py, line 3)``."""
    lines = str(error).strip().splitlines()
    return ": ".join([type(error).__name__, *lines[:1]]).rstrip(".")
