"""How sure the numbers of a run are, and what else can be measured on its models.

Intervals are (low, high) and hold 95 %. Everything is measured on forget photos against unseen people's; validation
people take no part.
"""

from __future__ import annotations

from dataclasses import dataclass

Interval = tuple[float, float]

#: The attacks that need one model and its outputs alone, in the order in which they are shown.
POPULATION_ATTACKS = ("loss", "correctness", "confidence", "entropy", "modified_entropy", "probabilities")
#: The attack that needs the reference bank.
RMIA = "rmia"
#: People of whom the change of accuracy is listed.
LISTED_PEOPLE = 20
#: Share of the scatter and points of the probe's accuracy that a collapse has lost at least; see ``collapsed``.
SCATTER_LOST, PROBE_LOST = 0.25, 0.05


@dataclass(frozen=True)
class Attack:
    """One membership attack on one model.

    Attributes:
        auc: signed: P(a forget photo looks more like a training photo than an unseen person's), ties half. Above 0.5
            the model still knows them, below it they stand out as stranger than strangers.
        auc_interval: DeLong's, with whole people as units (Obuchowski, Biometrics 1997).
        ks: Kolmogorov-Smirnov distance of the two sides' scores, in [0, 1].
        tpr_at_1, tpr_at_01: share of forget photos found where 1 % (0.1 %) of strangers are taken for members, with
            Clopper-Pearson intervals; None with fewer than 100 (1,000) photos of unseen people.
        called_unseen: share of forget photos that an attacker trained on retain and unseen photos calls unseen
            (SalUn's "MIA-efficacy"; what a retrained model gets is the aim, not 1); None for attacks that rank only.
    """

    auc: float
    auc_interval: Interval
    n_forget: int
    n_unseen: int
    ks: float
    tpr_at_1: float | None = None
    tpr_at_1_interval: Interval | None = None
    tpr_at_01: float | None = None
    tpr_at_01_interval: Interval | None = None
    called_unseen: float | None = None


@dataclass(frozen=True)
class Separability:
    """Whether the features still hold the task, and still hold who somebody is: correlation collapse loses the first.

    Attributes:
        task_probe: accuracy of a linear probe on unseen people it was not fitted on, in [0, 1].
        task_scatter: trace of the between-class over the within-class scatter, >= 0, higher is better separated.
        task_silhouette: mean silhouette of the classes under the cosine distance, in [-1, 1].
        identity_forget, identity_unseen: verification AUC of pairs of photos (same person against others) by cosine
            similarity, among the forgotten and among the unseen people, in [0, 1]; 0.5 tells nobody apart.
        identity_forget_interval: by resampling whole people.
    """

    task_probe: float
    task_scatter: float
    task_silhouette: float
    identity_forget: float
    identity_forget_interval: Interval
    identity_unseen: float


def scatter_fell(before: Separability, after: Separability) -> bool:
    """Whether the class scatter has lost more than ``SCATTER_LOST`` of what it was."""
    return before.task_scatter - after.task_scatter > SCATTER_LOST * before.task_scatter


def probe_fell(before: Separability, after: Separability) -> bool:
    """Whether a probe fitted anew reads more than ``PROBE_LOST`` fewer right."""
    return before.task_probe - after.task_probe > PROBE_LOST


def collapsed(before: Separability, after: Separability) -> bool:
    """Whether forgetting took the task out of the features.

    Both measures must fall, because each alone can move without harm: the scatter with the scale of a few features, the
    probe with its photos, or with training on fewer people. For age groups NegGrad's preset takes 61 % of the scatter,
    yet a new probe reads as much as before (.522, original .499): its last layer is damaged, the task is still there.
    The silhouette takes no part: it is near zero in sound models too, and a share of nearly nothing says little.

    Measured on the portraits' emotions, 20 people forgotten, scatter and probe: the original .777 and .667, DLFD's
    preset .891 and .693, NegGrad's preset .741 and .647, SalUn .650 and .65. NegGrad at too high a rate .506 and .558
    (0.0065: 15 points of accuracy lost on unseen people), .389 and .494 (0.0075), .004 and .169 (0.03, a guess).
    """
    return scatter_fell(before, after) and probe_fell(before, after)


@dataclass(frozen=True)
class PersonLeak:
    """How much of one forgotten person an attacker finds.

    Attributes:
        loss_auc: P(a stranger's loss > the loss of this person's photo), in [0, 1].
        rmia: mean RMIA score of the photos, in [0, 1]; completeness: mean IAM score, in [0, 1], 1 is wholly
            forgotten; both None without a reference bank.
        expected: ``loss_auc`` under models that never saw the person; None without a bank.
    """

    person: str
    photos: int
    loss_auc: float
    rmia: float | None = None
    completeness: float | None = None
    expected: float | None = None


@dataclass(frozen=True)
class Reference:
    """What the reference bank says: models that are known never to have seen the people.

    Attributes:
        models: size of the bank.
        oracle_auc: signed AUC of the loss that models which never saw these people reach on them, on average: a pick
            can be easier or harder than the unseen people without anything being remembered.
        oracle_band: holds 95 % of single never-saw-it models.
        excess: the model's signed AUC less ``oracle_auc``; above 0 known, below 0 over-forgotten.
        excess_band: of ``excess`` under never-saw-it models; the verdict looks at it.
        p_value: two-sided share of never-saw-it models whose excess is as far from zero, in (0, 1].
        completeness: mean IAM score over the forget photos, in [0, 1].
        rmia: score per forget photo, in [0, 1].
    """

    models: int
    oracle_auc: float
    oracle_band: Interval
    excess: float
    excess_band: Interval
    p_value: float
    completeness: float
    rmia: tuple[float, ...]


@dataclass(frozen=True)
class ClassAccuracy:
    """One answer of the task.

    Attributes:
        people, photos: unseen people's photos of this true class.
        accuracy: their share of right answers, in [0, 1]; interval: by resampling people, None with too few of them.
    """

    name: str
    people: int
    photos: int
    accuracy: float
    interval: Interval | None


@dataclass(frozen=True)
class ClassGap:
    """How much worse the worst answer is served than the best.

    Attributes:
        best, worst: names of the classes. gap: their accuracies' difference, in [0, 1].
        by_chance: the luck of which people are there makes gaps up to this in 95 % of draws where there is none; the
            true gap is within this of ``gap``.
    """

    best: str
    worst: str
    gap: float
    by_chance: float


@dataclass(frozen=True)
class Audit:
    """Of one model of a report.

    Attributes:
        attacks: by name, ``POPULATION_ATTACKS`` and with a bank also ``RMIA``.
        nomus_interval, utility_interval, forgetting_score_interval: by resampling whole people.
        people: the forgotten people, the most recognisable first.
        rf_jsd: Jensen-Shannon divergence in bits between this model's mean answers on forget photos and the original's
            on unseen ones, class by class (LoTUS), in [0, 1]; None for the original.
        cka: linear CKA per layer group to other models: ``cka["original"]["stage 1"]``, in [0, 1].
        reference: None without a bank for this data and task.
        classes: accuracy on unseen people, by true class in label order; empty where there are too many classes.
        class_gap: between the best and the worst of them; None with fewer than two.
    """

    attacks: dict[str, Attack]
    utility_interval: Interval
    forgetting_score_interval: Interval
    nomus_interval: Interval
    people: tuple[PersonLeak, ...]
    separability: Separability | None = None
    rf_jsd: float | None = None
    cka: dict[str, dict[str, float]] | None = None
    reference: Reference | None = None
    classes: tuple[ClassAccuracy, ...] = ()
    class_gap: ClassGap | None = None

    @property
    def auc_interval(self) -> Interval | None:
        """95 % interval of the signed AUC of the loss, ``Scores.mia_auc``; None where that attack is missing."""
        return self.attacks["loss"].auc_interval if "loss" in self.attacks else None


@dataclass(frozen=True)
class AccuracyChange:
    """Accuracy of a group of photos before and after.

    Attributes:
        change: after less before, in [-1, 1]; interval: by resampling people (photos, where it is one person), None
            where there are too few.
    """

    name: str
    people: int
    photos: int
    before: float
    after: float
    change: float
    interval: Interval | None


@dataclass(frozen=True)
class Impact:
    """Who else paid: accuracy on people who were to be kept or were never seen, original against unlearned.

    Attributes:
        classes: unseen people's photos, by true class. attributes: by what the data set knows of a person
            (``glasses: yes``), unseen people. people: retained people, hardest hit first, ``LISTED_PEOPLE`` at most.
        look_alikes: retained people nearest to the forgotten ones in the original's features, nearest first.
        look_alike_change, others_change: look-alikes together, and everybody else who is kept.
    """

    classes: tuple[AccuracyChange, ...]
    attributes: tuple[AccuracyChange, ...]
    people: tuple[AccuracyChange, ...]
    look_alikes: tuple[AccuracyChange, ...]
    look_alike_change: AccuracyChange
    others_change: AccuracyChange
