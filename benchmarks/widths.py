"""Slim ResNets of other widths, for the studies alone: the page and the command line offer the one of ``dlfd_core``.

Importing this module registers them; a campaign's processes import it because it stands in ``studies.MODULES``.
"""

from __future__ import annotations

from dlfd_core.backbones import BACKBONES
from dlfd_core.backbones.slim_resnet import SlimResNet

WIDTHS = (8, 24, 32)
for _width in WIDTHS:
    BACKBONES.register(f"slim_resnet_{_width}")(lambda classes, width=_width: SlimResNet(classes, width))
