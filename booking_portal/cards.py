"""What a citizen chooses from before the lieu: services, motifs, options."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta

from .selectors.motifs import Offer
from .steps import Kind

OTHER = "autres"  # The service of the motifs that no service keeps for itself.


@dataclass(frozen=True)
class Service:
    key: str
    name: str
    motifs: int


@dataclass(frozen=True)
class MotifCard:
    """The same motif in all the organizations that list it. `duration` is None where they differ."""

    slug: str
    location_kind: str
    name: str
    category: str
    description: str
    duration: timedelta | None
    is_collective: bool = False

    @property
    def mode(self):
        return Kind.of(self).mode

    @property
    def minutes(self):
        return self.duration and self.duration // timedelta(minutes=1)


@dataclass(frozen=True)
class Option:
    key: str
    name: str


def motif_card(offers: list[Offer]) -> MotifCard:
    first = offers[0]
    durations = {offer.duration for offer in offers}
    return MotifCard(
        slug=first.slug,
        location_kind=first.location_kind,
        name=first.name,
        category=first.category,
        description=next((offer.description for offer in offers if offer.description), ""),
        duration=first.duration if len(durations) == 1 else None,
        is_collective=first.is_collective,
    )


def cards_by_category(cards: Iterable[MotifCard]) -> dict[str, list[MotifCard]]:
    """In the order of the cards; those without a category first."""
    categories = {"": []}
    for card in cards:
        categories.setdefault(card.category, []).append(card)
    return {category: cards for category, cards in categories.items() if cards}
