"""Results of the audit of a model: 95 % intervals, membership attacks, separability, and who else lost accuracy.

Intervals are (low, high) and hold 95 %. Everything compares forget photos with photos of unseen people; validation
people are not used.
"""

from __future__ import annotations

from dataclasses import dataclass

from dlfd_core.types.worst_case import WorstCase

Interval = tuple[float, float]

#: Attacks that need only the outputs of one model, in the order in which they are shown.
POPULATION_ATTACKS = ("loss", "correctness", "confidence", "entropy", "modified_entropy", "probabilities")
#: The attack that needs the reference bank (Zarifzadeh et al., 2024).
RMIA = "rmia"
#: Number of people whose change of accuracy is listed.
LISTED_PEOPLE = 20
#: A collapse loses more than this share of the scatter and more than this much accuracy of the probe; see
#: ``collapsed``.
SCATTER_LOST, PROBE_LOST = 0.25, 0.05


@dataclass(frozen=True)
class Attack:
    """One membership attack on one model.

    Attributes:
        auc: signed AUC, P(a forget photo looks more like a training photo than an unseen person's), ties count half.
            Above 0.5 the model still treats the forget photos as known; below 0.5 they look less familiar than
            photos of unseen people.
        auc_interval: DeLong's, with whole people as units (Obuchowski, Biometrics 1997).
        ks: Kolmogorov-Smirnov distance of the two sides' scores, in [0, 1].
        tpr_at_1, tpr_at_01: share of forget photos found at the threshold where 1 % (0.1 %) of the unseen photos are
            taken for members, with Clopper-Pearson intervals; None with fewer than 100 (1,000) photos of unseen people.
        called_unseen: share of forget photos that an attacker trained on retain and unseen photos classifies as
            unseen (SalUn's "MIA-efficacy"; the aim is the value of a retrained model, not 1); None for attacks that
            only rank photos.
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
    """How well the features separate the classes of the task, and how well they separate people.

    Correlation collapse is the loss of the first, see ``collapsed``.

    Attributes:
        task_probe: accuracy of a linear probe on unseen people that it was not fitted on, in [0, 1].
        task_scatter: trace of the between-class over the within-class scatter, >= 0, higher is better separated.
        task_silhouette: mean silhouette of the classes under the cosine distance, in [-1, 1].
        identity_forget, identity_unseen: verification AUC of pairs of photos (same person against others) by cosine
            similarity, among the forgotten and among the unseen people, in [0, 1]; 0.5 is chance.
        identity_forget_interval: by resampling whole people.
    """

    task_probe: float
    task_scatter: float
    task_silhouette: float
    identity_forget: float
    identity_forget_interval: Interval
    identity_unseen: float


@dataclass(frozen=True)
class DepthPoint:
    """Attack on the activations of one layer group, see ``metrics.depth``.

    Attributes:
        auc: P(the probe gives a forgotten photo's label more clearly than an unseen photo's), in [0, 1]; about 0.5
            where nothing is remembered. interval: DeLong's, with whole people as units.
    """

    auc: float
    interval: Interval


def scatter_fell(before: Separability, after: Separability) -> bool:
    """Whether the class scatter lost more than the share ``SCATTER_LOST`` of its value before."""
    return before.task_scatter - after.task_scatter > SCATTER_LOST * before.task_scatter


def probe_fell(before: Separability, after: Separability) -> bool:
    """Whether the accuracy of a newly fitted probe fell by more than ``PROBE_LOST``."""
    return before.task_probe - after.task_probe > PROBE_LOST


def collapsed(before: Separability, after: Separability) -> bool:
    """Whether forgetting removed the task from the features.

    Both measures must fall, because each can change without harm: the scatter with the scale of a few features, the
    probe with its photos or with training on fewer people. For age groups NegGrad's preset loses 61 % of the scatter,
    yet a new probe is as accurate as before (.522, original .499): its last layer is damaged, the task is still in the
    features. The silhouette is not used: it is near zero in sound models too, so a relative loss of it means little.

    Measured on the portraits' emotions, 20 people forgotten, scatter and probe: the original .777 and .667, DLFD's
    preset .891 and .693, NegGrad's preset .741 and .647, SalUn .650 and .65. NegGrad at too high a rate: .506 and .558
    (0.0065: 15 points of accuracy lost on unseen people), .389 and .494 (0.0075), .004 and .169 (0.03, a guess).
    """
    return scatter_fell(before, after) and probe_fell(before, after)


@dataclass(frozen=True)
class PersonLeak:
    """How well an attacker recognises one forgotten person.

    Attributes:
        loss_auc: P(loss of an unseen person's photo > loss of this person's photo), in [0, 1]; where each person is a
            class, the photos of this same person that were held out take the place of the unseen person's.
        rmia: mean RMIA score of the photos, in [0, 1]; completeness: mean IAM score, in [0, 1], 1 is
            completely forgotten; both None without a reference bank.
        expected: ``loss_auc`` of models that never saw the person; None without a bank.
    """

    person: str
    photos: int
    loss_auc: float
    rmia: float | None = None
    completeness: float | None = None
    expected: float | None = None


@dataclass(frozen=True)
class Reference:
    """Comparison with the reference bank: models that never saw the forgotten people in training.

    Attributes:
        models: number of models in the bank.
        oracle_auc: mean signed AUC of the loss of models that never saw these people. It can differ from 0.5, because
            the photos of some people are easier or harder than those of the unseen people without being remembered.
        oracle_band: range of the signed AUC of the loss in which models that never saw them stay; so wide that 95 % of
            them stay within the ranges of all statistics at once, see ``WorstCase``.
        excess: the model's signed AUC less ``oracle_auc``; above 0 still known, below 0 over-forgotten.
        excess_band: ``oracle_band`` less ``oracle_auc``.
        p_value: that of the worst case over all statistics, in (0, 1].
        completeness: mean IAM score over the forget photos, in [0, 1].
        rmia: score per forget photo, in [0, 1].
        utility: mean less and plus three standard deviations of the utility of the bank's models, in [0, 1]; None in a
            report of an earlier version.
    """

    models: int
    oracle_auc: float
    oracle_band: Interval
    excess: float
    excess_band: Interval
    p_value: float
    completeness: float
    rmia: tuple[float, ...]
    utility: Interval | None = None


@dataclass(frozen=True)
class ClassAccuracy:
    """Accuracy on one class of the task.

    Attributes:
        people, photos: numbers of unseen people and of their photos with this true class.
        accuracy: on these photos, in [0, 1]; interval: by resampling people, None with too few of them.
    """

    name: str
    people: int
    photos: int
    accuracy: float
    interval: Interval | None


@dataclass(frozen=True)
class ClassGap:
    """Difference between the classes with the highest and the lowest accuracy.

    Attributes:
        best, worst: names of the classes. gap: difference of their accuracies, in [0, 1].
        by_chance: where there is no true gap, the choice of people alone gives gaps up to this in 95 % of draws; the
            true gap is within this of ``gap``.
    """

    best: str
    worst: str
    gap: float
    by_chance: float


@dataclass(frozen=True)
class Audit:
    """The audit of one model of a report.

    Attributes:
        attacks: by name: ``POPULATION_ATTACKS``, and with a bank also ``RMIA``.
        nomus_interval, utility_interval, forgetting_score_interval: by resampling whole people.
        people: the forgotten people, the most recognisable first.
        rf_jsd: Jensen-Shannon divergence in bits between this model's mean outputs on forget photos and the original's
            on unseen photos, class by class (LoTUS), in [0, 1]; None for the original.
        cka: linear CKA per layer group to other models: ``cka["original"]["stage 1"]``, in [0, 1].
        depth: attack on the activations by layer group, from input to head; None where it cannot be made, and in a
            report of an earlier version.
        reference: None without a bank for this data and task.
        classes: accuracy on unseen people by true class, in label order; empty where there are too many classes.
        class_gap: between the best and the worst class; None with fewer than two.
        worst: the worst case over all statistics, which the verdict uses; None in a report of an earlier version.
        chance: utility of always giving the most frequent answer, in [0, 1]; None in a report of an earlier version.
    """

    attacks: dict[str, Attack]
    utility_interval: Interval
    forgetting_score_interval: Interval
    nomus_interval: Interval
    people: tuple[PersonLeak, ...]
    separability: Separability | None = None
    rf_jsd: float | None = None
    cka: dict[str, dict[str, float]] | None = None
    depth: dict[str, DepthPoint] | None = None
    reference: Reference | None = None
    classes: tuple[ClassAccuracy, ...] = ()
    class_gap: ClassGap | None = None
    worst: WorstCase | None = None
    chance: float | None = None

    @property
    def auc_interval(self) -> Interval | None:
        """95 % interval of the signed AUC of the loss, ``Scores.mia_auc``; None where that attack is missing."""
        return self.attacks["loss"].auc_interval if "loss" in self.attacks else None


@dataclass(frozen=True)
class AccuracyChange:
    """Accuracy on a group of photos by the original and by the unlearned model.

    Attributes:
        change: after less before, in [-1, 1]; interval: by resampling people (photos, where the group is one person),
            None where there are too few.
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
    """Change of accuracy on kept people and unseen people, original against unlearned.

    Attributes:
        classes: unseen people's photos, by true class. attributes: unseen people, by the attributes of a person in the
            data set (``glasses: yes``). people: kept people, largest loss first, ``LISTED_PEOPLE`` at most.
        look_alikes: kept people nearest to the forgotten people in the original's features, nearest first.
        look_alike_change, others_change: look-alikes together, and all other kept people.
    """

    classes: tuple[AccuracyChange, ...]
    attributes: tuple[AccuracyChange, ...]
    people: tuple[AccuracyChange, ...]
    look_alikes: tuple[AccuracyChange, ...]
    look_alike_change: AccuracyChange
    others_change: AccuracyChange
