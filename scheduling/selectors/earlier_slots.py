"""The waiting list for an earlier slot: who may be on it, who is next, and what there is for them."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.db.models import Exists, OuterRef

from organizations.models import Motif, Organization

from ..engine.earlier_slots import SHORTEST_ANSWER, WORTH_MOVING_FOR, Night, Wishes, answer_until
from ..engine.wall_clock import local_day
from ..models import (
    MOST_OFFERS,
    Appointment,
    AppointmentEvent,
    AppointmentStatus,
    EarlierSlotRequest,
    FreedTime,
    OpeningMotif,
    SlotOffer,
)
from .moves import bindings_of, demand_of
from .offered_holds import MOST_OFFERS_OF_A_SLOT
from .slots import Demand, Slot, offered_slots

# Who joins the list while time is being freed may not see it.
JOINED_MEANWHILE = timedelta(minutes=1)


def may_wait(appointment: Appointment, *, now: datetime) -> bool:
    """Whether a citizen can be told of earlier slots for it: it has one calendar, they may move it by themselves, and
    something could still come in time, to a place that the portal shows. No query once `calendars` and the location
    are loaded.
    """
    motif = appointment.motif
    if not (motif.offers_earlier_slots and motif.citizen_may_move) or appointment.is_collective or motif.is_collective:
        return False
    if not appointment.is_movable(now) or len(appointment.calendars.all()) != 1:
        return False
    return _is_in_a_public_place(appointment) and can_come(appointment, Wishes(), now=now)


def _is_in_a_public_place(appointment):
    """Or nowhere of the organization's: a place of one time, and one that the portal hides, are never offered."""
    location = appointment.location
    if appointment.motif.location_kind != Motif.LocationKind.ON_SITE:
        return True
    return location is not None and location.is_visible_on_portal


def night_of(organization: Organization) -> Night:
    """The hours in which no SMS that can wait leaves. No query if the territory is loaded."""
    return Night(organization.territory.quiet_from, organization.territory.quiet_until)


def can_come(appointment: Appointment, wishes: Wishes, *, now: datetime) -> bool:
    """Whether a slot that is freed from now on could still be offered."""
    organization = appointment.organization
    first_answer = night_of(organization).end_after(now, organization.zone) + SHORTEST_ANSWER
    return first_answer <= appointment.starts_at - appointment.motif.change_deadline and wishes.can_be_met(
        first_answer + appointment.motif.minimum_delay,
        appointment.starts_at - WORTH_MOVING_FOR,
        organization.zone,
    )


def answer_time(appointment: Appointment, starts_at: datetime, *, now: datetime) -> datetime | None:
    """Until when an offer made now of a slot at `starts_at` may be taken; None where it is not to be made: too soon to
    answer before the motif's minimum delay, too late to change the appointment, or not worth moving for.
    """
    if starts_at > appointment.starts_at - WORTH_MOVING_FOR:
        return None
    motif, organization = appointment.motif, appointment.organization
    latest = min(starts_at - motif.minimum_delay, appointment.starts_at - motif.change_deadline)
    return answer_until(now, latest=latest, zone=organization.zone, night=night_of(organization))


def may_be_asked(wait: EarlierSlotRequest, *, now: datetime) -> bool:
    """One offer at a time, one a day, three in all. No query once `offers` are loaded."""
    offers, today = wait.offers.all(), local_day(now, wait.appointment.organization.zone)
    return len(offers) < MOST_OFFERS and not any(offer.is_open_at(now) or offer.local_day == today for offer in offers)


@dataclass
class FreedSlots:
    """What can be booked in freed time, looked up once for each demand until it is told that something was taken."""

    freed: FreedTime
    now: datetime
    _found: dict = field(default_factory=dict)

    def suiting(self, wait: EarlierSlotRequest) -> Iterator[Slot]:
        """Those that somebody wishes and has not been offered before, the earliest first. One query, or none."""
        appointment, zone = wait.appointment, wait.appointment.organization.zone
        known = {offer.starts_at for offer in wait.offers.all()} | set(wait.left_starts)
        for slot in self._of(demand_of(appointment)):
            is_there = wait.any_place or slot.location_id == appointment.location_id
            if is_there and slot.starts_at not in known and wait.wishes.suit(slot.starts_at, zone):
                yield slot

    def look_again(self):
        self._found.clear()

    def _of(self, demand: Demand):
        key = (demand.motif.pk, demand.option and demand.option.pk, demand.persons)
        if key not in self._found:
            found = offered_slots(
                [demand],
                start=self.freed.starts_at - demand.length,
                end=self.freed.ends_at,
                now=self.now,
                calendar_ids=[self.freed.calendar_id],
            )
            offered = self._offered_since() if found else []
            self._found[key] = [
                slot
                for slot in found
                if slot.ends_at > self.freed.starts_at
                and sum(start < slot.ends_at and slot.starts_at < end for start, end in offered) < MOST_OFFERS_OF_A_SLOT
            ]
        return self._found[key]

    def _offered_since(self):
        """What was offered of it while it was kept for a morning. One query; none when it has just been freed."""
        if self.now <= self.freed.noted_at + JOINED_MEANWHILE:
            return []
        offers = SlotOffer.objects.filter(
            calendar=self.freed.calendar_id,
            offered_at__gte=self.freed.noted_at,
            starts_at__lt=self.freed.ends_at,
            ends_at__gt=self.freed.starts_at,
        )
        return list(offers.order_by("pk").values_list("starts_at", "ends_at"))


@dataclass
class Waiting:
    """Who waits for time on one calendar, in order: those who may be asked now, and those only tomorrow."""

    now: list[EarlierSlotRequest] = field(default_factory=list)
    tomorrow: list[EarlierSlotRequest] = field(default_factory=list)


def waiting_for(freed: FreedTime, *, now: datetime) -> Waiting:
    """First come, first served, of those who waited when it was freed: who came later saw it free. Four queries, five
    with follow-ups among them, whatever their number.

    Nobody is asked to take what they have just left: `left_starts` are where their appointment has been.
    """
    carried = OpeningMotif.objects.filter(opening__calendar=freed.calendar_id, motif=OuterRef("appointment__motif"))
    requests = list(
        EarlierSlotRequest.objects.active()
        .filter(
            Exists(carried),
            organization=freed.organization_id,
            waiting_since__lte=freed.noted_at + JOINED_MEANWHILE,
            appointment__status=AppointmentStatus.BOOKED,
            appointment__starts_at__gte=freed.starts_at + WORTH_MOVING_FOR,
            appointment__motif__citizen_may_move=True,
            appointment__motif__offers_earlier_slots=True,
        )
        .select_related(
            "appointment__motif__organization__territory",
            "appointment__option",
            "appointment__organization__territory",
        )
        .prefetch_related("appointment__calendars", "offers")
        .in_order()
    )
    bindings = bindings_of([wait.appointment for wait in requests])
    left = _left_starts(requests)
    waiting = Waiting()
    for wait in requests:
        bound = bindings[wait.appointment_id]
        wait.left_starts = left.get(wait.appointment_id, [])
        # Of several agents: none is free for all of them because one is.
        if len(wait.appointment.calendars.all()) != 1 or (bound is not None and freed.calendar_id not in bound):
            continue
        if may_be_asked(wait, now=now):
            waiting.now.append(wait)
        elif len(wait.offers.all()) < MOST_OFFERS:
            waiting.tomorrow.append(wait)
    return waiting


def _left_starts(requests):
    moves = AppointmentEvent.objects.filter(
        appointment__in=[wait.appointment_id for wait in requests],
        kind=AppointmentEvent.Kind.MOVED,
        previous_starts_at__isnull=False,
    )
    left = {}
    for appointment_id, starts_at in moves.order_by("pk").values_list("appointment", "previous_starts_at"):
        left.setdefault(appointment_id, []).append(starts_at)
    return left


def request_of(appointment: Appointment) -> EarlierSlotRequest | None:
    """The one of the appointment, whether it is active or not, with its offers. Three queries, one if there is none."""
    return (
        EarlierSlotRequest.objects.filter(appointment=appointment.pk)
        .select_related("participation__citizen")
        .prefetch_related("offers__location")
        .first()
    )


def offers_of(appointment: Appointment) -> list[SlotOffer]:
    """In order: an open one is the last. One query."""
    offers = SlotOffer.objects.filter(request__appointment=appointment.pk)
    return list(offers.select_related("request__appointment", "location").order_by("number"))


def open_offer_of(wait: EarlierSlotRequest | None, *, now: datetime) -> SlotOffer | None:
    """No query once `offers` are loaded."""
    if wait is None or not wait.is_active:
        return None
    return next((offer for offer in wait.offers.all() if offer.is_open_at(now)), None)


def offer_taken_by(participation_id: int, link_version: int, *, since: datetime) -> SlotOffer | None:
    """What was taken through this version of the link, which that replaced. One query."""
    return (
        SlotOffer.objects.filter(
            request__participation=participation_id,
            link_version=link_version,
            state=SlotOffer.State.TAKEN,
            answered_at__gte=since,
        )
        .select_related("request__participation", "request__appointment__organization__territory")
        .order_by("-answered_at")
        .first()
    )
