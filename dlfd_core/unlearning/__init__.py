"""Unlearning methods by name. The package imports each of its modules, so that a new file registers its method."""

from importlib import import_module
from pkgutil import iter_modules

from dlfd_core.unlearning.base import METHODS, UnlearningContext, UnlearningMethod, configured_method

#: Modules in the order in which the methods are listed: DLFD, its control, the reference, then the baselines from the
#: simplest on. A module that is not named here comes after them.
_FIRST = (
    "dlfd", "control", "retrain", "fine_tune", "neg_grad", "neg_grad_plus", "random_labels", "last_layers", "unsir",
    "bad_teacher", "scrub", "salun", "dampening", "jit",
)  # fmt: skip

for _name in (*_FIRST, *(module.name for module in iter_modules(__path__))):
    import_module(f"{__name__}.{_name}")

__all__ = ["METHODS", "UnlearningContext", "UnlearningMethod", "configured_method"]
