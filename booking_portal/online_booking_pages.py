"""« Réservation en ligne » as the page shows it: what is missing in words, with the way to mend it, and what is given
out: links, QR codes, posters, frames.
"""

from dataclasses import dataclass, replace
from enum import Enum

from django.urls import reverse

from organizations.models import Location, Motif, Organization, PublicAddress
from scheduling.engine.delays import Delay, describe_delay, describe_duration
from scheduling.engine.phrases import format_day
from scheduling.engine.typography import NBSP, enumerate_words, quote
from scheduling.models import Calendar

from .addresses import (
    calendar_address,
    for_prescribers,
    location_address,
    motif_address,
    organization_address,
    snippet,
)
from .selectors.demands import soonest_demand
from .selectors.online_booking import Missing, OnlineMotif, Waiting


class State(Enum):
    """The value stands in the address of the filter."""

    BOOKABLE = "oui"
    FULL = "complet"
    CLOSED = "non"


@dataclass(frozen=True)
class Line:
    words: str
    url: str = ""
    link: str = ""


@dataclass(frozen=True)
class Shared:
    """What is given out of an organization, a place, a motif, an agent or a desk. `key` is its own on the page."""

    key: str
    name: str
    address: str
    qr_url: str
    poster_url: str

    @property
    def snippet(self) -> str:
        return snippet(self.address, f"Prendre rendez-vous{NBSP}: {self.name}")


@dataclass(frozen=True)
class Row:
    online: OnlineMotif
    state: State
    lines: list[Line]
    shared: Shared | None
    # For who books for somebody else; empty where none of them may.
    prescribers_address: str

    @property
    def motif(self) -> Motif:
        return self.online.motif

    @property
    def is_by_link(self) -> bool:
        return self.motif.booking_audience == Motif.BookingAudience.LINK

    @property
    def is_for_prescribers(self) -> bool:
        """And for agents, but for no citizen."""
        return self.motif.booking_audience == Motif.BookingAudience.PRESCRIBERS

    @property
    def partners(self) -> str:
        """The types that its prescribers are of; empty where all may book. No query on a row of `online_motifs`."""
        names = [kind.name for kind in self.motif.partner_types.all()]
        return enumerate_words(names) if names else ""


def state_of(online: OnlineMotif) -> State:
    if online.missing:
        return State.CLOSED
    return State.BOOKABLE if online.next_start else State.FULL


def shared_organization(organization: Organization) -> Shared:
    return _shared("organization", organization, organization.name, organization_address(organization))


def shared_location(location: Location, organization: Organization) -> Shared:
    return _shared("location", organization, location.name, location_address(location), location.pk)


def shared_motif(motif: Motif) -> Shared:
    return _shared("motif", motif.organization, motif.name, motif_address(motif), motif.pk)


def shared_calendar(address: PublicAddress, calendar: Calendar) -> Shared:
    return _shared("calendar", address.organization, address.name, calendar_address(address), calendar.pk)


def _shared(kind, organization, name, address, *pk):
    args = [organization.slug, *pk]
    return Shared(
        key="-".join(map(str, [kind, *pk])),
        name=name,
        address=address,
        qr_url=reverse(f"booking_portal:{kind}_qr", args=args),
        poster_url=reverse(f"booking_portal:{kind}_poster", args=args),
    )


def row_of(online: OnlineMotif, organization: Organization) -> Row:
    """No query. What nobody but an agent could open has no address to give out; nor one for citizens, what is for
    prescribers.
    """
    lines = [line for missing in online.missing for line in _lines(missing, online, organization)]
    if online.waiting:
        lines.append(_waiting(online, organization))
    never = {Missing.AUDIENCE, Missing.FOLLOW_UP} & set(online.missing)
    row = Row(online, state_of(online), lines, shared=None, prescribers_address="")
    if never:
        return row
    return replace(
        row,
        shared=None if row.is_for_prescribers else shared_motif(online.motif),
        prescribers_address=for_prescribers(motif_address(online.motif)),
    )


def _lines(missing, online, organization):
    if missing is Missing.OPEN_PLACE:
        return [_place(place, organization) for place in online.places]
    motif = online.motif
    edit = _url("scheduling:motif_edit", organization, motif.pk)
    add = f"{_url('scheduling:opening_add', organization)}?motif={motif.pk}"
    openings = _url("scheduling:opening_list", organization)
    length = describe_duration(soonest_demand(motif).length)
    return [
        {
            Missing.AUDIENCE: Line(
                "Réservé aux agents.",
                f"{edit}#id_booking_audience",
                "Changer qui peut réserver",
            ),
            Missing.FOLLOW_UP: Line(
                "Motif de suivi : seuls les agents le réservent, avec le référent de l'usager.",
                f"{edit}#id_is_follow_up",
                "Modifier le motif",
            ),
            Missing.WORKSHOP: Line(
                "Motif collectif : aucun atelier à venir n'est ouvert aux inscriptions.",
                f"{_url('scheduling:workshop_add', organization)}?motif={motif.pk}",
                "Ajouter un atelier",
            ),
            Missing.OPENING: Line("Aucune plage d'ouverture.", add, "Ajouter une plage"),
            Missing.CURRENT_OPENING: Line("Toutes ses plages d'ouverture sont terminées.", add, "Ajouter une plage"),
            Missing.DESK: Line(
                "Ses plages sont celles de guichets archivés.",
                f"{_url('scheduling:desk_list', organization)}?archives=1",
                "Voir les guichets archivés",
            ),
            Missing.AGENT: Line("Ses plages sont celles d'agents qui sont partis.", add, "Ajouter une plage"),
            Missing.PLACE: Line(
                "Sur place, mais aucune de ses plages ne dit dans quel lieu.", openings, "Voir les plages"
            ),
            Missing.OPEN_DAY: Line(
                "Tous les jours de ses plages sont fermés.",
                _url("scheduling:opening_days", organization),
                "Jours d'ouverture",
            ),
            Missing.LENGTH: Line(f"Aucune de ses plages ne dure {length}.", openings, "Voir les plages"),
            Missing.OCCURRENCE: Line("Ses plages n'ont plus aucune date à venir.", add, "Ajouter une plage"),
        }[missing]
    ]


def _place(place, organization):
    words = f"Le lieu {quote(place)} est {'caché du portail' if place.is_open else 'fermé'}"
    if place.organization_id != organization.pk:
        return Line(f"{words}{NBSP}; une autre organisation le gère.")
    link = "Voir le lieu" if place.is_open else "Rouvrir le lieu"
    return Line(f"{words}.", _url("organizations:location_edit", organization, place.pk), link)


def _waiting(online, organization):
    motif = online.motif
    months = motif.maximum_delay_months
    delay = describe_delay(Delay(months=months) if months else Delay(motif.maximum_delay))
    if online.waiting is Waiting.FULL:
        return Line(
            f"Toutes les places sont prises{NBSP}: on s'inscrit en liste d'attente.",
            _url("scheduling:workshop_list", organization),
            "Voir les ateliers",
        )
    if online.waiting is Waiting.LATER:
        first = "Son premier atelier" if motif.is_collective else "Sa première plage"
        return Line(
            f"{first} est le {format_day(online.day)}, au-delà du délai maximum ({delay}).",
            f"{_url('scheduling:motif_edit', organization, motif.pk)}#id_maximum",
            "Changer le délai",
        )
    return Line(
        f"Aucun créneau libre dans les délais ({delay}){NBSP}: tout est pris ou indisponible.",
        f"{_url('scheduling:slot_explanation', organization)}?motif={motif.pk}&jour={online.day}&pour=usager",
        f"Pourquoi aucun créneau{NBSP}?",
    )


def _url(name, organization, *ids):
    return reverse(name, args=[organization.slug, *ids])
