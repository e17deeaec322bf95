"""A service without a model, on which the page and its tests run in milliseconds."""

from __future__ import annotations

import io
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from functools import cached_property
from typing import TYPE_CHECKING, TypeVar

import numpy as np
from PIL import Image, ImageDraw

from dlfd_core.errors import Diverged, InvalidRequest, MissingArtifact, RunCancelled, UnknownName
from dlfd_core.types import (
    DEFAULT_PRESET,
    NO_FOLLOW_UPS,
    OWN_DATA_PREFIX,
    Catalog,
    ControlReady,
    CurvePoint,
    DataCard,
    DataCounts,
    FacePrediction,
    Film,
    FollowUpReport,
    FollowUps,
    ForgetEvent,
    ForgetProgress,
    ForgetReport,
    ForgetRequest,
    Knob,
    KnobValue,
    MapFrame,
    MappedModel,
    MapPoints,
    MapReady,
    MapStart,
    MapView,
    MethodCard,
    PersonCard,
    PresetCard,
    Pulls,
    RaceEvent,
    RaceRequest,
    RelearnEvent,
    RelearnReport,
    Scores,
    ScoresReady,
    Seconds,
    SequenceEvent,
    SequenceReport,
    SequenceRequest,
    Sprite,
    SynthesisLook,
    TaskCard,
    Verdict,
    VerdictLabel,
)
from tests.fake_audits import make_audits, make_impact, make_matrices
from tests.fake_race import fake_race, make_scores, track_scores
from tests.fake_relearn import fake_relearn
from tests.fake_sequence import fake_sequence

if TYPE_CHECKING:
    from tests.fake_own import FakeOwn

V = TypeVar("V")

#: Names that are run, lost or break the layout where a template takes them for code.
HOSTILE = ("<img src=x onerror=alert(1)>", "${alert(1)}", "{{7*7}}", 'O\'Brien "Bo" & <b>Sons</b>')
NAMES = ("Ada", "Ben", "Cleo", "Dora", "Emil", "Finn", "Gül", "Hana", *HOSTILE)
PHOTOS_EACH = 12
CLASSES = ("calm", "happy", "sad")
#: Classes of a task that joins two yes/no questions: long names, which must fit.
JOINED = tuple(f"smiling: {smiling}, glasses: {glasses}" for glasses in ("no", "yes") for smiling in ("no", "yes"))
#: Picking this person fails with a sentence; this seed fails with an unforeseen error.
ERROR_PERSON, CRASH_SEED = "p07", 666

KNOBS = (
    Knob("epochs", "Epochs", "int", 1, "Passes over the photos.", low=1, high=10, step=1, advanced=False),
    Knob("lr", "Learning rate", "float", 0.05, "At the start.", "η", low=1e-4, high=0.5, step=0.005, advanced=False),
    Knob("mode", "Mode", "choice", "paper", "Which text.", choices=("paper", "released"), advanced=False),
    Knob("alpha", "Step size", "float", 1.0, "Per step.", "α", low=0.0, high=8.0, step=0.5, unit="/255"),
    Knob("augment", "Mirror photos", "bool", True, "Mirrors half of the photos."),
)
BETA = Knob("beta", "Weight of kept photos", "float", 0.95, "The rest pushes.", "β", low=0.5, high=1.0, step=0.01)
QUALITY = PresetCard(DEFAULT_PRESET, "Quality", "tuned, the best result found on validation people")
PAPER = PresetCard("paper", "Paper", "one epoch, as published")
METHODS = (
    MethodCard("dlfd", "DLFD", "Moves features away.", "Choi & Na, AAAI 2025", KNOBS, (QUALITY, PAPER)),
    MethodCard("neg_grad", "NegGrad", "Climbs the loss of the forgotten photos.", "folklore", KNOBS[:2], (QUALITY,)),
    MethodCard("diverging", "Diverging", "Always fails.", "a test", (), (QUALITY,)),
    MethodCard("control", "Control", "DLFD's schedule, nothing synthesised.", "a test", KNOBS[:2], (QUALITY,)),
    MethodCard("retrain", "Retrain", "From scratch, without these people.", "the definition", (), (QUALITY,)),
    MethodCard("fine_tune", "Fine-tune", "Goes on with everybody else.", "folklore", KNOBS[:2], (QUALITY,)),
    MethodCard("neg_grad_plus", "NegGrad+", "Climbs and descends.", "a paper", (*KNOBS[:2], BETA), (QUALITY,)),
    *(
        MethodCard(title.lower().replace(" ", "_"), title, f"{title} as published.", "a paper", KNOBS[:2], (QUALITY,))
        for title in ("Random labels", "CF-k", "EU-k", "UNSIR", "Bad Teacher", "SCRUB")
    ),
)
#: (method, preset, task) -> values that differ from the knobs' defaults.
PRESETS: dict[tuple[str, str, str], dict[str, KnobValue]] = {
    ("dlfd", "paper", "emotion"): {"epochs": 2, "lr": 0.02},
    ("dlfd", "paper", "smiling"): {"epochs": 2, "lr": 0.02},
    ("dlfd", "quality", "smiling"): {"alpha": 4.0},
}


def make_sprite(count: int, tile: int = 32, columns: int = 6) -> Sprite:
    """A sprite sheet of small faces in different colours."""
    rows = -(-count // columns)
    sheet = Image.new("RGB", (columns * tile, rows * tile), "white")
    draw = ImageDraw.Draw(sheet)
    for i in range(count):
        x, y = i % columns * tile, i // columns * tile
        draw.rectangle((x, y, x + tile, y + tile), fill=f"hsl({i * 47 % 360}, 35%, 82%)")
        draw.ellipse((x + 6, y + 4, x + tile - 6, y + tile - 2), fill=f"hsl({i * 47 % 360}, 45%, 55%)")
    buffer = io.BytesIO()
    sheet.save(buffer, "WEBP", quality=60)
    return Sprite(buffer.getvalue(), columns, tile, count)


def make_catalog() -> Catalog:
    people = tuple(
        PersonCard(f"p{i:02}", name, PHOTOS_EACH, i, {"glasses": "yes" if i % 3 == 0 else "no"})
        for i, name in enumerate(NAMES)
    )
    tasks = (
        TaskCard("emotion", "Emotion", CLASSES),
        TaskCard("smiling", "Smiling", ("no", "yes")),
        TaskCard("smiling+glasses", "Smiling and glasses", JOINED),
    )
    data = DataCard("portraits", "Drawn portraits", tasks, people, make_sprite(len(people), tile=64))
    return Catalog((data,), ("slim_resnet",), METHODS, "cpu, 1 thread")


def make_curve(count: int = 10) -> tuple[CurvePoint, ...]:
    return tuple(
        CurvePoint(
            step=i * 4, forget_accuracy=0.99 - 0.01 * i, retain_accuracy=0.99, validation_accuracy=0.88,
            forgetting_score=max(0.02, 0.25 - 0.03 * i), auc=0.7 - 0.02 * i,
            phase="forgetting" if i < count // 2 else "retaining",
            ot_cost=0.3 + 0.02 * i if 0 < i < count // 2 else None, lambda_r=i / count if i else None,
        )
        for i in range(count)
    )  # fmt: skip


def classes_of(task: str) -> tuple[str, ...]:
    return next((card.classes for card in make_catalog().data[0].tasks if card.name == task), CLASSES)


def make_view(places: np.ndarray, predicted: np.ndarray, label: np.ndarray, classes: int) -> MapView:
    """The map and the answers of a model that gives its prediction a probability of 0.8."""
    n = len(places)
    probabilities = np.full((n, classes), 0.2 / max(1, classes - 1), dtype=np.float32)
    probabilities[np.arange(n), predicted] = 0.8 if classes > 1 else 1.0
    losses = -np.log(probabilities[np.arange(n), label]).astype(np.float32)
    near = np.argsort(np.linalg.norm(places[:, None] - places[None], axis=2), axis=1)[:, 1:6]
    return MapView(places.astype(np.float32), predicted, probabilities, losses, near, 0.93, 0.95)


def make_points(
    people: Sequence[str], n: int = 120, method: str = "dlfd", classes: int = len(CLASSES), retrain: bool = False
) -> MapPoints:
    """Map points of ``n`` photos, the same for the same people; each method moves and answers them differently.

    The film has five frames.
    """
    rng, own = np.random.default_rng(len(people)), len(method)
    label = np.arange(n) % classes
    before = (rng.normal(size=(n, 2)) + 4 * np.stack([np.cos(label * 2.1), np.sin(label * 2.1)], 1)).astype(np.float32)
    group = np.where(np.arange(n) < 12 * len(people), 0, 1 + np.arange(n) % 3)
    said = np.where((group == 0) & (np.arange(n) % own != 1), label + 1, label) % classes
    after = before + np.random.default_rng((len(people), own)).normal(0, 0.4, (n, 2)).astype(np.float32)
    views: dict[MappedModel, MapView] = {
        "original": make_view(before, label, label, classes),
        "unlearned": make_view(after, said, label, classes),
    }
    if retrain:
        views["retrained"] = make_view(before[:, ::-1], said, label, classes)
    watched, steps = np.arange(0, n, 2), (0, 10, 20, 30, 40)
    film = Film(
        steps,
        ("original", "forgetting", "forgetting", "retaining", "retaining"),
        watched,
        np.stack([before[watched] + (after - before)[watched] * step / 40 for step in steps]),
        np.stack([(label if step < 30 else said)[watched] for step in steps]),
    )
    return MapPoints(
        views, group, label, np.arange(n) % len(NAMES), tuple((f"p{i:02}", name) for i, name in enumerate(NAMES)),
        make_sprite(n, 24, 12), film,
    )  # fmt: skip


def make_live(request: ForgetRequest, steps: int) -> tuple[MapStart, dict[int, MapFrame]]:
    """The map of a run that begins, and its frames by the step of ``steps`` at which they come."""
    points = make_points(request.people, method=request.method, classes=len(classes_of(request.task)))
    film = points.film
    assert film is not None
    begun = replace(points, views={"original": points.views["original"]}, faces=None, film=None)
    last = len(film.steps) - 1
    frames = {
        max(1, k * steps // last): MapFrame(k * steps // last, film.phases[k], film.places[k], film.predicted[k])
        for k in range(1, last + 1)
    }
    return MapStart(begun, film.photos), frames


def make_look(step: int = 0, total: int = 40, n: int = 6, m: int = 8) -> SynthesisLook:
    """A look into the synthesis whose transport plan prefers the diagonal."""
    rng = np.random.default_rng(step)
    plan = 0.4 + 2 * np.exp(-(np.subtract.outer(np.arange(n), np.arange(m)) ** 2)) + rng.random((n, m)) / 5
    sheet = make_sprite(n, 24, n)
    return SynthesisLook(
        step, total, step / total, sheet, sheet, sheet, sheet, sheet, make_sprite(m, 24, m),
        np.arange(n) % len(CLASSES), np.arange(m) % len(CLASSES), plan, 0.3 + rng.random((n, m)) / 2,
        0.32, 0.61, 0.31,
        Pulls(rng.random(n), rng.random(n) / 5, 0.91, 0.56), Pulls(np.zeros(n), rng.random(n), 0.5, 1.0),
    )  # fmt: skip


def make_report(request: ForgetRequest, *, points: bool = True) -> ForgetReport:
    """A report whose every number follows from the request."""
    rng, n = np.random.default_rng(request.seed), len(request.people)
    photos = n * PHOTOS_EACH
    classes, own = classes_of(request.task), len(request.method)
    ours = make_scores(0.86, 0.52, 0.51) if request.method == "dlfd" else track_scores(request.method, request.seed)
    if request.method == "dlfd" and request.seed:
        ours = track_scores("dlfd", request.seed)
    scores = {"original": make_scores(0.88, 0.71, 0.74, 0.99), "unlearned": ours}
    if request.control:
        scores["control"] = make_scores(0.84, 0.57, 0.58)
    if request.retrain:
        scores["retrained"] = make_scores(0.87, 0.51, 0.5)
    losses = {
        name: {
            "forget": rng.exponential(0.15 if name == "original" else 0.45, photos),
            "unseen": rng.exponential(0.5, 80),
            "retain": rng.exponential(0.1, 90),
        }
        for name in scores
    }
    predictions = tuple(
        FacePrediction(
            i,
            request.people[i % n],
            i % len(classes),
            i % len(classes),
            (i + (i % own == 0)) % len(classes),
            0.97,
            0.61,
            0.03,
            float(losses["unlearned"]["forget"][i]),
        )
        for i in range(min(24, photos))
    )
    names = {f"p{i:02}": name for i, name in enumerate(NAMES)} | {f"me{i}": f"Own {i}" for i in (1, 2, 3)}
    counts = {"forget": n, "retain": 12 - n, "validation": 4, "unseen": 6}
    text = f"An attacker cannot tell these {n} people ({photos} photos) from unseen people: attack accuracy 0.52."
    return ForgetReport(
        key=f"{n:02}{request.seed:010}",
        request=request,
        names=tuple(names.get(person, person) for person in request.people),
        classes=classes,
        data=DataCounts(counts, {name: count * PHOTOS_EACH for name, count in counts.items()}),
        scores=scores,
        verdict=Verdict("not_distinguishable" if photos >= 30 else "cannot_tell", text),
        losses=losses,
        predictions=predictions,
        photos=make_sprite(len(predictions)),
        curve=make_curve(),
        points=make_points(request.people, method=request.method, classes=len(classes), retrain=request.retrain)
        if points
        else None,
        seconds=Seconds(0.1, 4.2, 40.0 if request.retrain else 0.0, 0.4, 0.5, 5.2, 2.6 if request.control else 0.0),
        caveats=("One run with one seed: another seed moves every score a little.",),
        versions={"dlfd": "0.1.0", "python": "3.11.7"},
        audits=make_audits(scores, request.people, photos, unseen=240, classes=classes),
        matrices=make_matrices(scores, photos, len(classes)),
        impact=make_impact([name for person, name in names.items() if person not in request.people], classes),
        looks=tuple(make_look(step) for step in (0, 7, 14)) if request.method == "dlfd" else (),
        labels=make_labels(scores, photos),
    )


def make_labels(scores: dict[str, Scores], photos: int) -> dict[str, VerdictLabel]:
    """A verdict on each model: by its attack accuracy, at most 0.55 passes."""

    def label(each: Scores) -> VerdictLabel:
        if photos < 30:
            return "cannot_tell"
        return "not_distinguishable" if each.mia_accuracy <= 0.55 else "still_recognisable"

    return {name: label(each) for name, each in scores.items() if name != "original"}


def without_control(report: ForgetReport) -> ForgetReport:
    """The report before the control has been run."""

    def others(by_model: dict[str, V]) -> dict[str, V]:
        return {model: value for model, value in by_model.items() if model != "control"}

    return replace(
        report,
        scores=others(report.scores),
        losses=others(report.losses),
        audits=others(report.audits),
        matrices=others(report.matrices),
        labels=others(report.labels),
        seconds=replace(report.seconds, control=0.0),
    )


class FakeService:
    """Implements ``ServicePort``.

    Args:
        pause: seconds between two events.
        steps: progress events of a run.
        with_example: False behaves as an installation without the finished example.
    """

    def __init__(self, pause: float = 0.0, steps: int = 10, *, with_example: bool = True):
        self.pause, self.steps, self.with_example = pause, steps, with_example
        self.requests: list[ForgetRequest] = []
        self.cancelled = 0
        self.memory: dict[ForgetRequest, ForgetReport] = {}
        self.done_after: list[FollowUpReport] = []
        self._catalog = make_catalog()
        self._held: str | None = None
        self._passes = 0
        self._pauses = 0

    @cached_property
    def own(self) -> FakeOwn:
        from tests.fake_own import FakeOwn  # imports torch, which few tests need

        return FakeOwn(self._catalog.data[0], self.pause)

    @property
    def ready(self) -> bool:
        return True

    def queue_length(self) -> int:
        return 0

    def catalog(self) -> Catalog:
        return self._catalog

    def preset(
        self, method: str, data: str, task: str, backbone: str, name: str = DEFAULT_PRESET
    ) -> dict[str, KnobValue]:
        for card in METHODS:
            if card.name == method:
                if name not in (names := [preset.name for preset in card.presets]):
                    raise UnknownName(f"preset of {method}", name, names)
                return {knob.name: knob.default for knob in card.knobs} | PRESETS.get((method, name, task), {})
        raise UnknownName("method", method, [card.name for card in METHODS])

    def example(self) -> ForgetReport:
        if not self.with_example:
            raise MissingArtifact("The finished example is missing.")
        return make_report(ForgetRequest(("p00", "p01", "p02"), retrain=True, control=True))

    def expected_seconds(self, request: ForgetRequest) -> float | None:
        self._check(request)
        return 0.0 if request in self.memory else 9.0

    def look_alikes(
        self, data: str, task: str, backbone: str, person: str, count: int, weights: str | None = None
    ) -> Sequence[str]:
        return [card.id for card in self._catalog.data[0].people if card.id != person][:count]

    def forget(self, request: ForgetRequest, should_stop: Callable[[], bool]) -> Iterator[ForgetEvent]:
        self._check(request)
        self.requests.append(request)
        yield ForgetProgress("load", 0, 1, "Loading the model")
        yield ForgetProgress("load", 1, 1, "The original is ready", chance=0.05)
        begun, frames = make_live(request, self.steps)
        for step, point in enumerate(make_curve(self.steps), 1):
            self._wait(should_stop, f"unlearn {step}")
            if request.method == "diverging":
                raise Diverged("The loss stopped being a number; lower the learning rate.")
            if request.seed == CRASH_SEED:
                raise RuntimeError("the path /secret/place is broken")
            left = (self.steps - step) * self.pause
            look = make_look(step, self.steps) if request.method == "dlfd" and step % 3 == 1 else None
            event = ForgetProgress("unlearn", step, self.steps, "Forgetting with DLFD", left, point, look)
            yield replace(event, map_start=begun if step == 1 else None, map_frame=frames.get(step))
        report = make_report(request)
        yield ScoresReady(replace(without_control(report), points=None))
        self._wait(should_stop, "map")
        yield MapReady(without_control(report))
        if request.control:
            for step in range(1, 6):
                self._wait(should_stop, f"control {step}")
                yield ForgetProgress("control", step, 5, "The same schedule without synthesised photos")
            yield ControlReady(report)
        self.memory[request] = report

    def cached_report(self, request: ForgetRequest) -> ForgetReport | None:
        self._check_settings(request)
        return self.memory.get(request)

    def find_report(self, key: str) -> ForgetReport | None:
        return next((report for report in self.memory.values() if report.key == key), None)

    def race(self, request: RaceRequest, should_stop: Callable[[], bool]) -> Iterator[RaceEvent]:
        return fake_race(self, request, should_stop)

    def sequence(self, request: SequenceRequest, should_stop: Callable[[], bool]) -> Iterator[SequenceEvent]:
        for event in fake_sequence(self, request, should_stop):
            if isinstance(event, SequenceReport) and event.complete:
                self.done_after.append(event)
            yield event

    def follow_ups(self, report: ForgetReport) -> Sequence[FollowUpReport]:
        return [one for one in self.done_after if one.follows(report)]

    def receipt(self, report: ForgetReport, kind: str, after: FollowUps = NO_FOLLOW_UPS) -> bytes:
        more = "" if after.relearn is None else f", relearned with {after.relearn.photos}"
        more += "" if after.sequence is None else f", then {len(after.sequence.request.then)} more"
        return f"{kind} receipt of {report.key}{more}".encode()

    def map_figure(self, report: ForgetReport, kind: str) -> bytes:
        return f"{kind} map of {report.key}".encode()

    def relearn(self, request: ForgetRequest, photos: int, should_stop: Callable[[], bool]) -> Iterator[RelearnEvent]:
        for event in fake_relearn(self, request, photos, should_stop):
            if isinstance(event, RelearnReport):
                self.done_after.append(event)
            yield event

    def weights(self, report: ForgetReport) -> bytes:
        if report.request not in self.memory:
            raise InvalidRequest("The unlearned model is not in memory any more; run it again.")
        return f"weights of {report.key}".encode()

    def loss_figure(self, report: ForgetReport, kind: str = "svg") -> bytes:
        if kind == "png":
            return b"\x89PNG of " + report.key.encode()
        return (
            b'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 300 100">'
            b'<rect x="1" y="1" width="298" height="98" fill="none" stroke="black"/></svg>'
        )

    def _check_settings(self, request: ForgetRequest) -> None:
        self.preset(request.method, request.data, request.task, request.backbone, request.preset)
        bounds = {knob.name: knob for knob in (*KNOBS, BETA)}
        for name, value in request.knobs:
            item = bounds[name]
            if item.kind in ("float", "int") and not (
                isinstance(value, (int, float)) and item.low <= value <= item.high
            ):
                raise InvalidRequest(f"{name}: {value!r} is not a number between {item.low:g} and {item.high:g}.")

    def _check(self, request: ForgetRequest) -> None:
        known = [person.id for person in self._catalog.data[0].people]
        self._check_settings(request)
        tasks = [card.name for card in self._catalog.data[0].tasks]
        if request.task not in tasks:
            raise UnknownName("task", request.task, tasks)
        if not request.people:
            raise InvalidRequest("Nobody is picked; pick at least one person to forget.")
        if request.data.startswith(OWN_DATA_PREFIX):
            known += ["me1", "me2", "me3"]
        for person in request.people:
            if person not in known:
                raise UnknownName("person", person, known)
        if len(request.people) == len(known):
            raise InvalidRequest("Everybody is picked; leave at least one person for the model to keep.")
        if ERROR_PERSON in request.people:
            raise InvalidRequest("Hana <cannot> be forgotten; pick somebody else.")

    @contextmanager
    def holding(self, stage: str) -> Iterator[None]:
        """Inside, every run stops before a stage, such as ``unlearn 3``, ``map`` or ``control 2``: what the page shows
        of a run then stays until it is looked at. Runs go on at the end, after ``hold`` and after ``let_pass``."""
        self.hold(stage)
        try:
            yield
        finally:
            self._held = None

    def hold(self, stage: str) -> None:
        """Let the held runs go on, and stop every run before another stage."""
        self._held, self._passes = stage, 0

    def begin(self, stream: Iterator[object]) -> None:
        """Read a stream of the page until the run behind it has come to its first pause."""
        while not self._pauses:
            next(stream)

    def let_pass(self) -> None:
        """Let one run go on."""
        self._passes += 1

    def _may_pass(self, stage: str) -> bool:
        if stage != self._held:
            return True
        if self._passes == 0:
            return False
        self._passes -= 1
        return True

    def _wait(self, should_stop: Callable[[], bool], stage: str = "") -> None:
        """Pause in small steps, as a real run asks at every optimiser step; and before a stage that is held."""
        self._pauses += 1
        end = time.monotonic() + self.pause
        while True:
            if should_stop():
                self.cancelled += 1
                raise RunCancelled("Cancelled.")
            if time.monotonic() >= end and self._may_pass(stage):
                return
            time.sleep(min(0.05, self.pause) or 0.005)
