"""Unlearning methods by name. Every module of this package is imported, so that a new file registers itself."""

from importlib import import_module
from pkgutil import iter_modules

from dlfd_core.unlearning.base import METHODS, UnlearningContext, UnlearningMethod

for _module in iter_modules(__path__):
    import_module(f"{__name__}.{_module.name}")

__all__ = ["METHODS", "UnlearningContext", "UnlearningMethod"]
