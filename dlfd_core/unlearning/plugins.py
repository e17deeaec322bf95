"""Methods from a folder of the user's own: each of its Python files is run and registers what it registers.

A plugin is code and may do what the user may do, so a folder is only ever named by them, on their command line or in
the environment they start the app with; never by a request.
"""

from __future__ import annotations

import os
import sys
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path

from dlfd_core.errors import InvalidRequest
from dlfd_core.unlearning.base import METHODS, UnlearningMethod

#: The environment variable that names a folder for the app and for the tests.
VARIABLE = "DLFD_PLUGINS"


def load_plugins(folder: Path) -> list[str]:
    """Run every ``*.py`` of a folder in the order of their names; a file that was run before is left out.

    Returns:
        The names of the methods that are new.

    Raises:
        InvalidRequest: there is no such folder or no method in it, or a file of it cannot be run or registers what
            cannot be used; the sentence names the file and the cause.
    """
    if not folder.is_dir():
        raise InvalidRequest(f"There is no folder {folder} to load methods from.")
    files = [(f"dlfd_plugin {path.resolve()}", path) for path in sorted(folder.glob("*.py"))]
    if not files:
        raise InvalidRequest(f"The folder {folder} has no .py file to load a method from.")
    known = set(METHODS.names())
    fresh = [(module, path) for module, path in files if module not in sys.modules]
    for module, path in fresh:
        _run(module, path)
    new = [name for name in METHODS.names() if name not in known]
    if fresh and not new:
        raise InvalidRequest(f"No file of the folder {folder} registers a method with @METHODS.register(...).")
    return new


def load_named_plugins() -> list[str]:
    """``load_plugins`` of the folder that the environment variable names, if it names one."""
    folder = os.environ.get(VARIABLE)
    return load_plugins(Path(folder)) if folder else []


def _run(module: str, path: Path) -> None:
    """Run one file as a module, and see that what it registered can be shown."""
    known = set(METHODS.names())
    spec = spec_from_file_location(module, path)
    assert spec is not None and spec.loader is not None  # it ends in .py
    plugin = module_from_spec(spec)
    sys.modules[module] = plugin  # dataclasses look for their module there
    try:
        spec.loader.exec_module(plugin)
        for name in METHODS.names():
            if name not in known:
                _check(name, METHODS.get(name))
    except (Exception, SystemExit) as error:
        del sys.modules[module]
        raise InvalidRequest(f"The plugin {path} cannot be used: {_cause(error)}.") from error


def _check(name: str, method: object) -> None:
    """Raises ``TypeError`` or what making the card raises."""
    if not (isinstance(method, type) and issubclass(method, UnlearningMethod)):
        raise TypeError(f"what is registered as {name!r} is not a subclass of UnlearningMethod")
    if getattr(method, "__abstractmethods__", None):
        raise TypeError(f"{method.__name__} has no {' and no '.join(sorted(method.__abstractmethods__))}")
    card = method.card()
    if card.name != name:
        raise TypeError(f"it is registered as {name!r}, and its name is {card.name!r}")


def _cause(error: BaseException) -> str:
    """The kind of an error and its first line: ``SyntaxError: invalid syntax (my_method.py, line 3)``."""
    said = str(error).strip().splitlines()
    return ": ".join([type(error).__name__, *said[:1]]).rstrip(".")
