"""What one page of the demo is about: a data set, a network and its original; and the links to the other pages."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from dlfd_core.types import IDENTITY, Catalog, DataCard, ForgetRequest, Offer
from dlfd_core.ui.text.markup import counted, esc, percent


@dataclass(frozen=True)
class Place:
    """Data set and network of a page.

    Attributes:
        weights, device: as in a request.
        standard: whether lessons, the finished example and own people fit: they are made for the portraits and the
            default task.
        accuracy, seconds: as in ``Offer``.
    """

    data: DataCard
    backbone: str
    weights: str | None
    device: str
    standard: bool
    accuracy: float | None = None
    seconds: float | None = None

    @classmethod
    def of(cls, catalog: Catalog, offer: Offer | None) -> Place:
        """The place of an offer; None is the first data set with the default network."""
        plain = ForgetRequest(())
        if offer is None:
            return cls(catalog.data[0], plain.backbone, None, plain.device, standard=True)
        standard = (offer.data.name, offer.backbone, offer.weights) == (plain.data, plain.backbone, None)
        standard = standard and plain.task in {task.name for task in offer.data.tasks}
        return cls(offer.data, offer.backbone, offer.weights, offer.device, standard, offer.accuracy, offer.seconds)


def address_of(number: int) -> str:
    """The last part of the address of the page of an offer; the first offer is the start page."""
    return f"people-{number + 1}" if number else ""


def choice(offers: Sequence[Offer], number: int) -> str:
    """The links to the pages of all offers, with this one marked; empty where there is one only."""
    if len(offers) < 2:
        return ""
    entries = "".join(
        f'<li><a href="./{address_of(i)}"{" aria-current=page" if i == number else ""}>{esc(title(offer))}</a> '
        f'<span class="quiet">{esc(about(offer))}</span></li>'
        for i, offer in enumerate(offers)
    )
    return f'<nav class="offers" aria-label="People and network"><h3>People and network</h3><ul>{entries}</ul></nav>'


def title(offer: Offer) -> str:
    """``Portraits, identity · resnet18``; the identity is named because other people can be picked there."""
    identity = ", identity" if offer.data.tasks[0].name == IDENTITY else ""
    return f"{offer.data.title}{identity} · {offer.backbone}"


def about(offer: Offer) -> str:
    """How many people can be picked, what the original reaches and how long a result takes."""
    parts = [counted(len(offer.data.people), "person", "people")]
    if offer.accuracy is not None:
        parts.append(f"accuracy on unseen photos {percent(offer.accuracy)}")
    if offer.seconds is not None:
        parts.append(f"a result takes about {max(1, round(offer.seconds))} s")
        if offer.is_slow:
            parts.append("slow on this machine")
    return ", ".join(parts)
