"""Named defaults of the page: today's, and an earlier one that speed is compared with."""

from __future__ import annotations

from dataclasses import dataclass, field

from dlfd_core.benchmark.settings import Setting, preset_knobs
from dlfd_core.types import DEFAULT_BACKBONE, KnobValue


@dataclass(frozen=True)
class PageDefault:
    """The network and the settings of DLFD with which the page starts a run.

    Attributes:
        knobs: settings of DLFD; empty takes the preset ``quality``.
    """

    name: str
    backbone: str
    knobs: dict[str, KnobValue] = field(default_factory=dict)

    @property
    def setting(self) -> Setting:
        """Portraits, emotions, and this network."""
        return Setting(backbone=self.backbone)

    def settings(self) -> dict[str, KnobValue]:
        """The settings of DLFD, all or those that differ from the defaults."""
        return self.knobs or preset_knobs("dlfd", self.setting)


#: The default until 2026-11-28: the wider network, and the preset that was chosen by NoMUS.
EARLIER = PageDefault(
    "earlier default",
    "slim_resnet",
    {
        "epochs": 4, "optimizer": "adamw", "lr": 0.006, "lr_end": 0.0, "steps": 2, "alpha": 4.0, "mix": 0.5,
        "forget_share": 1.0, "guard": 0.5, "keep": "last", "least_steps": 0,
    },
)  # fmt: skip
TODAY = PageDefault("today's default", DEFAULT_BACKBONE)
DEFAULTS = {default.name: default for default in (TODAY, EARLIER)}
