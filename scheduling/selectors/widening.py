"""« Élargir la recherche »: what a search for a motif finds beyond the calendars and motifs that the member sees.

A motif allows it by its category and by whom it is shared with (`MotifQuerySet.found_by_widening`). What is found has a
place, a time, a motif, a service and an organization: no calendar, and nobody who is known there.
"""

from collections.abc import Collection
from dataclasses import dataclass
from enum import StrEnum

from organizations.models import Location, Motif, MotifOption

from ..models import Calendar
from .slot_search import SlotQuery
from .slots import Demand


class Scope(StrEnum):
    """How far a search is widened, as its address says it; each includes the one before it."""

    SERVICES = "services"
    TERRITORY = "territoire"


def reachable_motifs(membership):
    """Those that the member may book for without seeing their calendars."""
    found = Motif.objects.found_by_widening(membership)
    return found.select_related("organization__territory").prefetch_related("units", "options")


def options_of(motifs):
    """In use, of these motifs (a queryset of their ids)."""
    return MotifOption.objects.filter(motif__in=motifs, archived_at=None)


def reachable_places(motifs):
    """Where these motifs are received: places of their organizations, or lent to them. By name."""
    return Location.objects.filter(openings__motifs__in=motifs, closed_at=None).distinct().order_by("name", "pk")


@dataclass(frozen=True)
class Widening:
    """The motifs beyond a search for `motif`: its own, where others of the organization receive for it, and others."""

    motif: Motif
    motifs: list[Motif]

    @classmethod
    def of(cls, motif: Motif, *, membership) -> "Widening":
        """As far as it can go. Three queries at most."""
        if not motif.category or motif.is_follow_up:
            return cls(motif, [])
        same = reachable_motifs(membership).filter(category__iexact=motif.category)
        visible = Motif.objects.visible_to(membership)
        beyond = same.exclude(pk__in=visible.exclude(pk=motif.pk).values("pk")).order_by("organization__name", "name")
        if membership.sees_every_unit:
            beyond = beyond.exclude(pk=motif.pk)
        return cls(motif, list(beyond))

    def within(self, scope: str) -> list[Motif]:
        """Those of a scope; none for what is none."""
        if scope == Scope.SERVICES:
            return [motif for motif in self.motifs if motif.organization_id == self.motif.organization_id]
        return self.motifs if scope == Scope.TERRITORY else []

    @property
    def scopes(self) -> list[Scope]:
        """Those that find more than the one before."""
        sizes = [0, *(len(self.within(scope)) for scope in Scope)]
        return [scope for scope, before, size in zip(Scope, sizes[:-1], sizes[1:], strict=True) if size > before]


def widened_queries(
    query: SlotQuery, motifs: Collection[Motif], *, seen: Collection[int], chosen: Collection[int] | None
) -> list[SlotQuery]:
    """The searches that `query` becomes for these motifs, on calendars that it does not search.

    `seen` are the calendars of its own motif that the member sees. `chosen`, when given, are the only ones to search:
    nobody, when it is empty. Every other filter holds as it does in `query`. One query for each search.
    """
    own = [motif for motif in motifs if motif.pk == query.demand.motif.pk]
    others = [demand for motif in motifs if motif not in own and (demand := _demand_for(motif, query.demand))]
    searches = []
    for demands, without in ((([query.demand] if own else []), seen), (others, ())):
        if demands:
            ids = _receiving(demands, without=without, chosen=chosen)
            searches.append(
                SlotQuery(
                    demands[0],
                    query.zone,
                    calendar_ids=ids,
                    location_ids=query.location_ids,
                    weekdays=query.weekdays,
                    half_day=query.half_day,
                    more_demands=tuple(demands[1:]),
                )
            )
    return searches


def _receiving(demands, *, without, chosen):
    receiving = Calendar.objects.filter(openings__motifs__in=[demand.motif for demand in demands])
    if chosen is not None:
        receiving = receiving.filter(pk__in=chosen)
    return list(receiving.exclude(pk__in=without).order_by("pk").values_list("pk", flat=True).distinct())


def _demand_for(motif: Motif, asked: Demand) -> Demand | None:
    """The same for another motif; None where it does not receive so many persons."""
    if asked.persons > motif.max_persons:
        return None
    return Demand(motif, option_like(motif, asked.option), asked.persons)


def option_like(motif: Motif, asked: MotifOption | None) -> MotifOption | None:
    """The motif's option of that name, else its first one; None where it has none."""
    options = [option for option in motif.options.all() if option.archived_at is None]
    named = (option for option in options if asked is not None and option.name.casefold() == asked.name.casefold())
    return next(named, options[0] if options else None)
