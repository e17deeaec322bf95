"""Backbones (networks) by name. Importing this package imports every module in it, and each registers itself."""

from importlib import import_module
from pkgutil import iter_modules

from dlfd_core.backbones.base import BACKBONES, NOT_AN_ORIGINAL, Backbone

for _module in iter_modules(__path__):
    import_module(f"{__name__}.{_module.name}")

__all__ = ["BACKBONES", "NOT_AN_ORIGINAL", "Backbone"]
