"""Shared parts of the studies: options, and the folders of runs and results."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable
from pathlib import Path

from dlfd_core.benchmark.campaign import Campaign
from dlfd_core.benchmark.settings import Setting
from dlfd_core.engines.options import add_engine_options, check_engine
from dlfd_core.errors import DlfdError
from dlfd_core.types import DEFAULT_BACKBONE

#: Folder of tables and figures, kept with the project.
RESULTS = Path(__file__).parent / "results"
#: Folder of single runs, from which a stopped study continues; those on the portraits are kept with the project.
RUNS = RESULTS / "runs"
#: Modules that every process of a campaign imports.
MODULES = ("benchmarks.widths",)


def add_options(parser: argparse.ArgumentParser, *, picks: int = 0, seeds: int = 0, engine: bool = True) -> None:
    """Add the shared options; ``picks`` and ``seeds`` of 0 omit those options, as ``engine`` does for a study without a
    campaign."""
    parser.add_argument("--data", default="portraits", help="portraits, or folder:PATH")
    parser.add_argument("--task", default="emotion")
    parser.add_argument("--backbone", default=DEFAULT_BACKBONE)
    if engine:
        add_engine_options(parser)
    if picks:
        parser.add_argument("--picks", type=int, default=picks, help=f"picks of 20 people (default {picks})")
    if seeds:
        parser.add_argument("--seeds", type=int, default=seeds, help=f"seeds per pick (default {seeds})")


def setting_of(options: argparse.Namespace) -> Setting:
    """The setting of parsed options."""
    return Setting(options.data, options.task, options.backbone)


def campaign_of(setting: Setting, options: argparse.Namespace) -> Campaign:
    """The campaign of a setting, shared by all studies on it; it prints each finished run to stderr.

    Args:
        options: parsed options, for the engine.
    """
    check_engine(options.engine, options.jobs, options.gpu_share)
    return Campaign(
        RUNS / f"{stem(setting)}.jsonl", options.jobs, modules=MODULES, engine=options.engine,
        gpu_share=options.gpu_share, log=lambda line: print(line, file=sys.stderr),
    )  # fmt: skip


def stem(setting: Setting) -> str:
    """Stem of file names, e.g. ``portraits-emotion-compact_resnet``; without ``slim_resnet``, the earlier default."""
    name = Path(setting.data.removeprefix("folder:")).name
    return f"{name}-{setting.task}" + ("" if setting.backbone == Setting().backbone else f"-{setting.backbone}")


def exit_code(work: Callable[[], None]) -> int:
    """Carry out a study; returns its exit code: 2 after bad input, with one sentence on stderr."""
    try:
        work()
    except DlfdError as error:
        print(error, file=sys.stderr)
        return 2
    return 0
