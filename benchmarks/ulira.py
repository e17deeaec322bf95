"""``python -m benchmarks.ulira``: U-LiRA and KLoM, the strongest attacks here, with shadow models.

Shadow models are originals with other seeds, the models of each method after forgetting one pick of people from each of
these originals, and models retrained without the pick. The attacker has to tell unlearned models from retrained ones by
the forgotten photos. The originals themselves (nothing forgotten) and one half of the retrained models against the
other half show what is found at most and at least. Finished models stay in a folder, and are not made again.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from pathlib import Path

from benchmarks.studies import MODULES, RESULTS, add_options, exit_code, setting_of, stem
from benchmarks.ulira_report import (
    Row,
    as_json,
    attack_table,
    columns_of,
    figure_of,
    klom_table,
    null_row,
    row_of,
    shipped,
)
from benchmarks.ulira_shadows import (
    ORIGINAL,
    RETRAIN,
    Made,
    Shadow,
    make_shadow,
    metadata_of,
    read_made,
    shadows_of,
    splits_of,
    write_made,
)  # fmt: skip
from dlfd_core.artifacts import cache_folder, check_writable
from dlfd_core.benchmark import figures
from dlfd_core.benchmark.campaign import set_up_worker
from dlfd_core.benchmark.render import as_markdown
from dlfd_core.benchmark.settings import cached_files, prepare_setting, task_of
from dlfd_core.benchmark.tables import save
from dlfd_core.engines.one_run import only_run
from dlfd_core.engines.opening import engine_named
from dlfd_core.engines.options import check_engine
from dlfd_core.engines.port import Engine
from dlfd_core.errors import InvalidRequest
from dlfd_core.metrics.ulira import LEAST_MODELS
from dlfd_core.types import DEFAULT_PRESET, IDENTITY
from dlfd_core.ui.evidence.shadow_study import FOLDER, read_study
from dlfd_core.unlearning import METHODS

#: Titles of the two kinds without a method.
RETRAINED, NOTHING = "retrained", "original, nothing forgotten"
#: Method and preset of each row, separated by a colon.
DEFAULT_METHODS = "dlfd:quality,dlfd:paper,control:quality,control:paper,fine_tune:quality"
#: Least and largest number of shadow models of each kind: half of the retrained ones are attacked by themselves.
LEAST, MOST = 2 * LEAST_MODELS, 1000
#: Originals that are trained between two lines of progress.
TOGETHER = 8
#: Kinds of shadow models by title.
Kinds = dict[str, list[Shadow]]


def kinds_of(options: argparse.Namespace) -> Kinds:
    """All shadow models by title: retrained, originals, and each method.

    Raises:
        DlfdError: a value of the options that cannot be used, in one sentence.
    """
    if not LEAST <= options.shadows <= MOST:
        raise InvalidRequest(f"--shadows {options.shadows} is not between {LEAST} and {MOST}.")
    if options.task == IDENTITY:
        raise InvalidRequest("Where each person is a class, unseen people have no class; choose another --task.")
    setting = setting_of(options)
    task = task_of(setting)
    largest = len(task.training_people()) - 1
    if not 1 <= options.people <= largest:
        raise InvalidRequest(f"--people {options.people} is not between 1 and {largest}, so that somebody is kept.")
    setting = replace(setting, epochs=options.epochs, digest=task.data.digest)
    chosen = {RETRAINED: (RETRAIN, DEFAULT_PRESET), NOTHING: (ORIGINAL, DEFAULT_PRESET)}
    for text in filter(None, options.methods.split(",")):
        name, _, preset = text.partition(":")
        chosen[f"{METHODS.get(name).title}, {preset or DEFAULT_PRESET}"] = (name, preset or DEFAULT_PRESET)
    return {
        title: shadows_of(setting, method, preset, options.pick, options.people, options.shadows)
        for title, (method, preset) in chosen.items()
    }


def make_missing(kinds: Kinds, folder: Path, engine: Engine) -> None:
    """Make the shadow models whose file is missing or damaged: first their originals, then all of them."""
    shadows = [shadow for kind in kinds.values() for shadow in kind]
    missing = [shadow for shadow in shadows if read_made(shadow.file(folder)) is None]
    if not missing:
        return
    check_writable(missing[0].file(folder))
    settings, started = list(dict.fromkeys(shadow.setting for shadow in missing)), time.monotonic()
    for first in range(0, len(settings), TOGETHER):
        engine.prepare(prepare_setting, settings[first : first + TOGETHER], cached_files)
        _tell("originals", min(first + TOGETHER, len(settings)), len(settings), started)
    started = time.monotonic()
    for done, (shadow, made) in enumerate(engine.map(make_shadow, missing), start=1):
        write_made(shadow.file(folder), made)
        _tell(f"{shadow.method} {shadow.preset}, seed {shadow.seed}", done, len(missing), started)


def _tell(what: str, done: int, total: int, started: float) -> None:
    """Print a line of progress with the time left."""
    left = (time.monotonic() - started) / done * (total - done)
    print(f"[{done}/{total}, {left / 60:.0f} min left] {what}", file=sys.stderr, flush=True)


def rows_of(kinds: Kinds, folder: Path) -> Iterator[Row]:
    """The rows of the study: originals, methods, and retrained models against each other."""
    made = {title: [_read(shadow.file(folder)) for shadow in shadows] for title, shadows in kinds.items()}
    first = kinds[RETRAINED][0]
    task = task_of(first.setting)
    columns = columns_of(task, splits_of(task, first))
    for title, shadows in kinds.items():
        if title == RETRAINED:
            continue
        if sum(not each.diverged for each in made[title]) < LEAST_MODELS:
            print(f"{title}: fewer than {LEAST_MODELS} runs gave a model; no row", file=sys.stderr)
            continue
        yield row_of(title, shadows[0].method, shadows[0].preset, made[title], made[RETRAINED], columns)
    yield null_row(made[RETRAINED], columns)


def _read(path: Path) -> Made:
    made = read_made(path)
    assert made is not None, "the file was written, or read, a moment ago"
    return made


def study(options: argparse.Namespace) -> None:
    """Make all models, print the tables, and write them and the figure to the folder of results.

    Raises:
        DlfdError: one sentence on what cannot be done.
    """
    check_engine(options.engine, options.jobs, options.gpu_share)
    kinds, folder = kinds_of(options), options.shadows_folder or cache_folder() / "ulira"
    opened = engine_named(
        options.engine, options.jobs, setup=partial(set_up_worker, MODULES), device="auto", gpu_share=options.gpu_share
    )  # fmt: skip
    with only_run(folder), opened as engine:
        make_missing(kinds, folder, engine)
    rows = []
    for row in rows_of(kinds, folder):
        print(f"measured: {row.name}", file=sys.stderr, flush=True)
        rows.append(row)
    shadow = kinds[RETRAINED][0]
    about = metadata_of(task_of(shadow.setting), shadow) | {"shadows": options.shadows}
    what = f"{options.task}, {options.people} people, {options.shadows} models of each kind"
    print(as_markdown(attack_table(rows, f"U-LiRA: {what}")), "\n")
    print(as_markdown(klom_table(rows, f"KLoM: {what}")), "\n")
    per_minute = 60.0 / rows[-1].seconds.mean
    print(f"Trainings per minute of a core, measured over {options.shadows} retrainings: {per_minute:.2f}")
    path = options.out / f"{stem(shadow.setting)}.json"
    save(path, about | {"trainings_per_minute_and_core": per_minute, "rows": as_json(rows)})
    figures.write(figure_of(rows, f"Unlearned against retrained models: {what}"), path.with_suffix(".svg"))
    if options.ship:
        knobs = {title: each[0].cell().config() for title, each in kinds.items() if title != NOTHING}
        document = shipped(rows, about, knobs)
        read_study(json.dumps(document).encode())  # what the page would refuse is not written
        save(FOLDER / path.name, document)


def main() -> int:
    """Carry out the study; 2 where the options cannot be used."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.ulira", description=__doc__)
    add_options(parser)
    parser.add_argument("--shadows", type=int, default=32, help="models of each kind (default %(default)s)")
    parser.add_argument("--methods", default=DEFAULT_METHODS, help="METHOD:PRESET, separated by commas (%(default)s)")
    parser.add_argument("--pick", type=int, default=0, help="seed of the draw of people (default 0, as on the page)")
    parser.add_argument("--people", type=int, default=20, help="people to forget (default %(default)s)")
    parser.add_argument("--epochs", type=int, default=0, help="of originals and retraining (default: the recipe's)")
    parser.add_argument("--shadows-folder", type=Path, metavar="DIR", help="folder of finished models (default: cache)")
    parser.add_argument("--out", type=Path, default=RESULTS / "ulira", metavar="DIR", help="folder of the results")
    parser.add_argument(
        "--ship", action="store_true", help=f"also write the summary for the page to assets/{FOLDER.name}/"
    )
    options = parser.parse_args()
    return exit_code(lambda: study(options))


if __name__ == "__main__":
    sys.exit(main())
