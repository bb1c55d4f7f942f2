"""Whether each motif of an organization can be booked online now, and if not, which conditions are missing.

The conditions are those of the portal and of the search for slots, said one by one.
"""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from enum import Enum, auto

from django.db.models import Case, Count, Exists, OuterRef, Q, Value, When

from organizations.models import Desk, Location, Membership, Motif, Organization
from scheduling.engine.openings import OpeningRule, occurrences
from scheduling.engine.wall_clock import ONE_DAY, local_day
from scheduling.models import Opening, OpeningMotif
from scheduling.selectors.opening_days import closed_days_of
from scheduling.selectors.slots import citizen_bounds, next_slots_by_motif

from .demands import options_in_use, soonest_demand
from .planned_workshops import planned_workshops

# How far the first occurrence is looked for.
LOOKED_AHEAD = timedelta(days=3 * 366)


class Missing(Enum):
    """What a motif lacks to be booked online; somebody has to mend it."""

    AUDIENCE = auto()
    FOLLOW_UP = auto()
    WORKSHOP = auto()  # Collective, and none is to come that could still be registered for.
    OPENING = auto()
    CURRENT_OPENING = auto()  # All of them are over.
    DESK = auto()  # Nobody receives: openings of desks that are archived…
    AGENT = auto()  # … or of agents who have left.
    PLACE = auto()  # On site, and no opening of it says where.
    OPEN_PLACE = auto()  # On site, and every place of its openings is closed or hidden.
    OPEN_DAY = auto()  # Every occurrence within the delays is on a closed day.
    LENGTH = auto()  # No opening is long enough.
    OCCURRENCE = auto()  # No occurrence within the delays, nor later.


class Waiting(Enum):
    """Why nothing is free right now although nothing is missing."""

    LATER = auto()  # The first occurrence, or workshop, is beyond the maximum delay: it comes by itself.
    TAKEN = auto()  # Booked, held, absent, or too soon.
    FULL = auto()  # All seats of all workshops: one may queue for them.


@dataclass(frozen=True)
class OnlineMotif:
    """`ranges` counts the openings that carry it and are not over, or the workshops to come; `next_start` is that of
    the slot or seat that a citizen would get, whoever may book. `places` are those of its openings or workshops where
    OPEN_PLACE is missing; `day` is the first occurrence that LATER or TAKEN is about.
    """

    motif: Motif
    ranges: int
    next_start: datetime | None
    missing: list[Missing]
    waiting: Waiting | None = None
    places: list[Location] = field(default_factory=list)
    day: date | None = None


@dataclass
class _Carried:
    """The openings of one motif that are not over, and how many of them nothing stands in the way of."""

    ranges: int = 0
    received: int = 0
    placed: int = 0
    usable: int = 0
    place_ids: set[int] = field(default_factory=set)
    absent: set[Missing] = field(default_factory=set)


def online_motifs(organization: Organization, *, now: datetime) -> list[OnlineMotif]:
    """The motifs in use, by name. `organization` comes with its territory.

    Five queries, whatever the number of motifs: motifs, options, types of partners, openings, and the next slots of all
    of them; two more for workshops, one where places are closed or hidden, three where some motif has nothing free, and
    those of the core where a calendar is stale.
    """
    motifs = _motifs(organization)
    planned = planned_workshops(motifs, now=now)
    workshops = [_online_workshops(motif, planned[motif.pk], organization) for motif in motifs if motif.is_collective]
    found = [*_online_slots(organization, [motif for motif in motifs if not motif.is_collective], now=now), *workshops]
    place_of = {motif.pk: place for place, motif in enumerate(motifs)}
    return sorted(found, key=lambda online: place_of[online.motif.pk])


def _online_workshops(motif, planned, organization):
    waiting = day = None
    missing = list(_missing_of_all(motif))
    if planned.open:
        waiting = None if planned.next_start else Waiting.FULL
    elif planned.later:
        waiting, day = Waiting.LATER, local_day(planned.later, organization.zone)
    else:
        missing.append(Missing.OPEN_PLACE if planned.places else Missing.WORKSHOP)
    return OnlineMotif(motif, planned.number, planned.next_start, missing, waiting, planned.places, day)


def _online_slots(organization, motifs, *, now):
    carried = _carried(organization, today=local_day(now, organization.zone))
    missing = {motif.pk: list(_missing(motif, carried[motif.pk])) for motif in motifs}
    first = defaultdict(list)
    for slot in next_slots_by_motif(map(soonest_demand, motifs), now=now).values():
        first[slot.motif_id].append(slot)
    nothing_free = [motif for motif in motifs if not missing[motif.pk] and not first[motif.pk]]
    reasons = _why_nothing(organization, nothing_free, now=now) if nothing_free else {}
    places = _places(
        {pk for motif in motifs if Missing.OPEN_PLACE in missing[motif.pk] for pk in carried[motif.pk].place_ids}
    )
    found = []
    for motif in motifs:
        of_motif, (why, day) = carried[motif.pk], reasons.get(motif.pk, (None, None))
        found.append(
            OnlineMotif(
                motif=motif,
                ranges=of_motif.ranges,
                next_start=min((slot.starts_at for slot in first[motif.pk]), default=None),
                missing=[*missing[motif.pk], *([why] if isinstance(why, Missing) else [])],
                waiting=why if isinstance(why, Waiting) else None,
                places=[place for pk, place in places.items() if pk in of_motif.place_ids],
                day=day,
            )
        )
    return found


def _motifs(organization):
    motifs = list(
        Motif.objects.for_organization(organization)
        .active()
        .annotate(was_opened=Exists(OpeningMotif.objects.filter(motif=OuterRef("pk"))))
        .prefetch_related(options_in_use(), "partner_types")
        .order_by("name", "pk")
    )
    for motif in motifs:
        motif.organization = organization
    return motifs


def _received() -> Q:
    """Of an `Opening`: somebody is there to receive. Whoever left keeps openings for a while."""
    agent = Membership.objects.active().filter(agent=OuterRef("calendar__agent"), organization=OuterRef("organization"))
    desk = Desk.objects.active().filter(pk=OuterRef("calendar__desk"))
    return Q(Exists(agent)) | Q(Exists(desk))


def _carried(organization, *, today):
    """By motif. The database counts openings by place and by who receives: few rows, however many there are."""
    rows = (
        Opening.objects.for_organization(organization)
        .filter(Q(last_day=None) | Q(last_day__gte=today))
        .annotate(
            is_received=Case(When(_received(), then=Value(True)), default=Value(False)),
            is_desk=Q(calendar__desk__isnull=False),
        )
        .order_by()
        .values_list(
            "motifs", "location", "location__is_visible_on_portal", "location__closed_at", "is_received", "is_desk"
        )
        .annotate(ranges=Count("pk"))
    )
    carried = defaultdict(_Carried)
    for motif_id, location_id, is_visible, closed_at, is_received, is_desk, ranges in rows:
        of_motif = carried[motif_id]
        of_motif.ranges += ranges
        if not is_received:
            of_motif.absent.add(Missing.DESK if is_desk else Missing.AGENT)
            continue
        of_motif.received += ranges
        if location_id is not None:
            of_motif.placed += ranges
            of_motif.usable += ranges if is_visible and closed_at is None else 0
            of_motif.place_ids.add(location_id)
    return carried


def _missing(motif, carried):
    on_site = motif.location_kind == Motif.LocationKind.ON_SITE
    yield from _missing_of_all(motif)
    if not carried.ranges:
        yield Missing.CURRENT_OPENING if motif.was_opened else Missing.OPENING
    elif not carried.received:
        yield from sorted(carried.absent, key=lambda missing: missing.value)
    elif on_site and not carried.placed:
        yield Missing.PLACE
    elif on_site and not carried.usable:
        yield Missing.OPEN_PLACE


def _missing_of_all(motif):
    """Of slots and of workshops."""
    if motif.booking_audience == Motif.BookingAudience.AGENTS:
        yield Missing.AUDIENCE
    if motif.is_follow_up:
        yield Missing.FOLLOW_UP


def _places(location_ids):
    """No query when there is nothing to look up."""
    places = Location.objects.filter(pk__in=location_ids).order_by("name", "pk") if location_ids else []
    return {location.pk: location for location in places}


def _why_nothing(organization, motifs, *, now):
    """For motifs that lack nothing of `_missing` and have no slot: (Missing or Waiting, its day) by motif.

    Three queries: their openings, and the closed days.
    """
    bounds = {motif.pk: citizen_bounds(motif, now=now) for motif in motifs}
    first_day = local_day(min(first for first, _ in bounds.values()), organization.zone)
    last_day = local_day(max(last for _, last in bounds.values()), organization.zone)
    rules = _rules(motifs, organization, first_day)
    closed = closed_days_of([organization], first_day=first_day, last_day=last_day + ONE_DAY)[organization.pk]
    return {
        motif.pk: _why(rules[motif.pk], *bounds[motif.pk], closed, soonest_demand(motif).length) for motif in motifs
    }


def _rules(motifs, organization, first_day):
    """The openings that could give a slot, by motif: as `_carried` counts them."""
    is_usable = Q(location__is_visible_on_portal=True, location__closed_at=None)
    on_site = [motif.pk for motif in motifs if motif.location_kind == Motif.LocationKind.ON_SITE]
    received = Opening.objects.filter(_received(), pk=OuterRef("opening"))
    carried = (
        OpeningMotif.objects.filter(Exists(received), motif__in=motifs)
        .filter(~Q(motif__in=on_site) | Exists(Opening.objects.filter(is_usable, pk=OuterRef("opening"))))
        .filter(Q(opening__last_day=None) | Q(opening__last_day__gte=first_day))
        .select_related("opening")
        .order_by("opening")
    )
    rules = defaultdict(list)
    for row in carried:
        row.opening.organization = organization
        rules[row.motif_id].append(row.opening.rule)
    return rules


def _why(rules: Iterable[OpeningRule], earliest: datetime, latest: datetime, closed, length: timedelta):
    """What stands in the way, the least of it first: a slot that is taken needs nobody to mend anything."""
    first = {}
    for rule in rules:
        for kind, day in _in_the_way(rule, earliest, latest, closed, length):
            first[kind] = min(day, first.get(kind, day))
    for kind in (Waiting.TAKEN, Missing.LENGTH, Missing.OPEN_DAY, Waiting.LATER):
        if kind in first:
            return kind, first[kind]
    return Missing.OCCURRENCE, None


def _in_the_way(rule, earliest, latest, closed, length):
    """Of each occurrence, until one is only taken or begins too late; most often that is the very first."""
    first_day = local_day(earliest, rule.zone)
    for occurrence in occurrences(rule, first_day, first_day + LOOKED_AHEAD):
        if occurrence.interval.start > latest:
            yield Waiting.LATER, occurrence.day
            return
        if occurrence.day in closed:
            yield Missing.OPEN_DAY, occurrence.day
        elif occurrence.interval.duration < length:
            yield Missing.LENGTH, occurrence.day
        elif occurrence.interval.end - length >= earliest:
            yield Waiting.TAKEN, occurrence.day
            return
