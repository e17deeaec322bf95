"""Slim ResNets of other widths, for the studies only; page and command line offer the one of ``dlfd_core``.

Importing this module registers them. Every process of a campaign imports it, because it is in ``studies.MODULES``.
"""

from __future__ import annotations

from functools import partial

from dlfd_core.backbones import BACKBONES
from dlfd_core.backbones.slim_resnet import SlimResNet

WIDTHS = (8, 24, 32)
for _width in WIDTHS:
    BACKBONES.register(f"slim_resnet_{_width}")(partial(SlimResNet, width=_width))
