"""What a page offers beside the drawn portraits: data sets and networks of the host, whose originals are made ready."""

from __future__ import annotations

from collections.abc import Callable, Generator, Mapping, Sequence
from dataclasses import dataclass, replace

from dlfd_core.backbones import BACKBONES
from dlfd_core.data.schema import FaceData
from dlfd_core.data.splits import TaskData, prepare_task, split_for
from dlfd_core.runs.catalog import data_card, shipped_tasks
from dlfd_core.runs.expected_time import expected_seconds, time_first_steps, usual_people
from dlfd_core.runs.finished_runs import EMBEDDED
from dlfd_core.runs.prepared_original import PreparedOriginal
from dlfd_core.runs.workbench import Workbench
from dlfd_core.types import DEFAULT_BACKBONE, IDENTITY, ForgetProgress, ForgetRequest, Offer


@dataclass(frozen=True)
class Wanted:
    """What the host wants the page to offer; every data set with every network.

    Attributes:
        data: name in requests -> name that ``load_data`` takes. They differ where visitors must not see a path.
        tasks: of each data set; empty takes all of the portraits with the default network, else the first one.
        weights: a file of the original, for a single data set, task and network.
        public: whether others than the host can open the page, which then says so beside the photos.
    """

    data: Mapping[str, str]
    tasks: tuple[str, ...] = ()
    backbones: tuple[str, ...] = (DEFAULT_BACKBONE,)
    weights: str | None = None
    device: str = "auto"
    public: bool = False


def prepare_offers(
    bench: Workbench, wanted: Wanted, raise_if_cancelled: Callable[[], None]
) -> Generator[ForgetProgress, None, tuple[Offer, ...]]:
    """Load the data sets, and load or train the originals; yields progress of the training. Each request is checked
    before anything is trained.

    Raises:
        DlfdError: an unknown name, data that cannot be read or are too small, or weights that do not fit.
    """
    bench.aliases.update(wanted.data)
    plans: list[tuple[str, str, tuple[str, ...]]] = []
    for backbone in wanted.backbones:
        BACKBONES.get(backbone)
        for name in wanted.data:
            plans += [(name, backbone, tasks) for tasks in _task_groups(bench.data(name), name, backbone, wanted.tasks)]
    bench.reserve(len(wanted.data), sum(len(tasks) for _, _, tasks in plans))
    for name, _, tasks in plans:
        for task in tasks:
            _check(prepare_task(bench.data(name), task))
    offers = []
    for name, backbone, tasks in plans:
        requests = [
            ForgetRequest((), name, task, backbone, weights=wanted.weights, device=wanted.device) for task in tasks
        ]
        prepared = []
        for request in requests:
            prepared.append((yield from bench.prepare(request, raise_if_cancelled)))
        offers.append(_offer(bench, requests[0], tasks, prepared[0], public=wanted.public))
    return tuple(offers)


def _task_groups(data: FaceData, name: str, backbone: str, tasks: tuple[str, ...]) -> list[tuple[str, ...]]:
    """Tasks that share their people: all labels together, and the identity, in which everybody can be forgotten. The
    shipped originals of the portraits are all offered for the same people."""
    if not tasks and name == EMBEDDED and backbone == DEFAULT_BACKBONE:
        return [shipped_tasks(data)]
    chosen = tasks or (next(iter(data.tasks), IDENTITY),)
    labels = tuple(task for task in dict.fromkeys(chosen) if task != IDENTITY)
    return [group for group in (labels, (IDENTITY,) if IDENTITY in chosen else ()) if group]


def _check(task: TaskData) -> None:
    """Raises ``InvalidRequest`` where the data are too small to forget anybody and measure it."""
    split_for(task, usual_people(task))


def _offer(
    bench: Workbench, request: ForgetRequest, tasks: tuple[str, ...], prepared: PreparedOriginal, *, public: bool
) -> Offer:
    """The offer with what the original reaches and how long a result takes, from the first steps of a run."""
    task = prepared.spec.task
    correct = prepared.outputs.correctness(task.labels)[task.unseen]
    time_first_steps(bench, prepared, request)
    seconds = expected_seconds(bench, replace(request, people=usual_people(task)), task)
    card = data_card(task.data, request.data, tasks, public=public)
    return Offer(card, request.backbone, request.weights, request.device, float(correct.mean()), seconds)


def first_request(offers: Sequence[Offer]) -> ForgetRequest:
    """A request without people for the original that visitors meet first; without offers, the default one."""
    if not offers:
        return ForgetRequest(())
    offer = offers[0]
    task = offer.data.tasks[0].name
    return ForgetRequest((), offer.data.name, task, offer.backbone, weights=offer.weights, device=offer.device)
