"""Booking: the one way an appointment comes into being on a slot, and how one is placed by hand."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime
from uuid import UUID

from django.db import IntegrityError, transaction
from psycopg.errors import ExclusionViolation, UniqueViolation

from organizations.models import Citizen, Organization, Prescriber
from organizations.services.citizens import make_known

from ..engine.intervals import Interval
from ..exceptions import SlotTaken
from ..models import Appointment, AppointmentCalendar, AppointmentEvent, Participation
from ..selectors.holds import choices_for, hold_of
from ..selectors.slots import Demand, Slot, nearest_slots
from .actors import Actor
from .conflicts import accept_as_placed
from .events import record_event
from .holds import claim_slot
from .locks import lock_calendars, lock_citizens
from .overlaps import overlap_refused, overlapped_calendars
from .windows import refresh_windows


@dataclass(frozen=True)
class Attendee:
    """A citizen to register, with what they answered and how they want to be told."""

    citizen: Citizen
    answers: list[dict] = field(default_factory=list)
    notify_by_email: bool = True
    notify_by_sms: bool = True
    language: str = "fr"


@dataclass(frozen=True)
class Details:
    """What an appointment carries beside its slot. `address`, `phone`, `video_url` as its kind of place asks.

    `title` and `seats` are a workshop's.
    """

    context_note: str = ""
    address: str = ""
    phone: str = ""
    video_url: str = ""
    title: str = ""
    seats: int | None = None


def book_appointment(
    *,
    demand: Demand,
    starts_at: datetime,
    location_id: int | None,
    attendees: Iterable[Attendee],
    actor: Actor,
    now: datetime,
    details: Details = Details(),
    for_agent: bool = False,
    calendar_ids: Iterable[int] | None = None,
    visitor_key: UUID | None = None,
    idempotency_key: UUID | None = None,
    booked_from: Organization | None = None,
    prescriber: Prescriber | None = None,
) -> Appointment:
    """Book `demand` at `starts_at`, on the fairest free calendar (of `calendar_ids`, when given).

    A hold of `visitor_key` on that slot becomes the appointment, also where the grid has moved meanwhile.
    The same `idempotency_key` gives the same appointment, however often it is asked. `booked_from` is the organization
    of an agent who found the slot by widening their search; `prescriber`, of the same territory, is who books for
    somebody else, with `actors.PRESCRIBER` as `actor`.

    Raises SlotTaken, with the nearest free slots, when the slot is no longer offered, whatever the reason:
    booked meanwhile, opening removed, agent unavailable, delay elapsed.
    """
    restrictions = {
        "for_agent": for_agent,
        "calendar_ids": None if calendar_ids is None else list(calendar_ids),
        "location_ids": None if location_id is None else [location_id],
        "visitor_key": visitor_key,
    }
    booking = {
        "demand": demand,
        "attendees": list(attendees),
        "actor": actor,
        "now": now,
        "details": details,
        "visitor_key": visitor_key,
        "idempotency_key": idempotency_key,
        "booked_from": booked_from,
        "prescriber": prescriber,
    }
    already = already_booked(organization_id=demand.motif.organization_id, idempotency_key=idempotency_key)
    if already is not None:
        return already
    own = hold_of(visitor_key)
    for slot in choices_for(own, demand, starts_at=starts_at, now=now, **restrictions):
        try:
            return _book(slot, for_agent=for_agent, held_calendar_id=own and own.calendar_id, **booking)
        except SlotTaken:
            continue  # Taken since we looked: the next calendar that is free then.
        except IntegrityError as error:
            if isinstance(error.__cause__, UniqueViolation):
                already = already_booked(organization_id=demand.motif.organization_id, idempotency_key=idempotency_key)
                if already is not None:
                    return already
            # Somebody wrote without taking the lock: the constraint has the last word.
            if not isinstance(error.__cause__, ExclusionViolation):
                raise
    # Outside the transactions: the search must not lengthen the queue at a calendar's lock.
    raise SlotTaken(nearest=nearest_slots(demand, to=starts_at, now=now, **restrictions))


@transaction.atomic
def _book(slot: Slot, *, demand, attendees, actor, now, details, for_agent, visitor_key, held_calendar_id, **fields):
    attendees = as_they_stand(attendees)
    # Bookings of one calendar queue here.
    calendars = lock_calendars({slot.calendar_id, held_calendar_id or slot.calendar_id})
    (calendar,) = (calendar for calendar in calendars if calendar.pk == slot.calendar_id)
    already = already_booked(organization_id=slot.organization_id, idempotency_key=fields["idempotency_key"])
    if already is not None:
        return already
    claim_slot(slot=slot, demand=demand, calendars=calendars, visitor_key=visitor_key, now=now, for_agent=for_agent)
    appointment = create_appointment(
        period=slot.period,
        motif=demand.motif,
        option=demand.option,
        persons=demand.persons,
        location_id=slot.location_id,
        calendars=[calendar],
        attendees=attendees,
        actor=actor,
        now=now,
        details=details,
        **fields,
    )
    refresh_windows(calendars=[calendar], period=Interval(slot.starts_at, slot.ends_at + demand.motif.pause), now=now)
    return appointment


@transaction.atomic
def place_appointment(
    *,
    motif,
    period: Interval,
    calendar_ids: Iterable[int],
    attendees: Iterable[Attendee],
    actor: Actor,
    now: datetime,
    option=None,
    persons: int = 1,
    location_id: int | None = None,
    details: Details = Details(),
    is_overlap_confirmed: bool = False,
    overlaps_seen: Collection[int] | None = None,
    idempotency_key: UUID | None = None,
) -> Appointment:
    """Place an appointment by hand on one or more calendars, free or not, today or in the past.

    `overlaps_seen` are the RDVs that the agent was shown before they confirmed an overlap (None: whichever).
    The same `idempotency_key` gives the same appointment, however often it is asked.
    Raises OverlapNotConfirmed when another appointment of a calendar overlaps and nobody confirmed it;
    holds of visitors do not stop an agent.
    """
    attendees = as_they_stand(attendees)
    calendars = lock_calendars(calendar_ids)
    already = already_booked(organization_id=motif.organization_id, idempotency_key=idempotency_key)
    if already is not None:
        return already
    overlapped = overlapped_calendars(
        calendars=calendars, period=period, is_confirmed=is_overlap_confirmed, seen=overlaps_seen
    )
    try:
        with overlap_refused():
            appointment = create_appointment(
                period=period,
                motif=motif,
                option=option,
                persons=persons,
                location_id=location_id,
                calendars=calendars,
                attendees=attendees,
                actor=actor,
                now=now,
                details=details,
                overlapped=overlapped,
                idempotency_key=idempotency_key,
            )
    except IntegrityError as error:
        # The same request on other calendars, at the same moment.
        already = already_booked(organization_id=motif.organization_id, idempotency_key=idempotency_key)
        if already is None or not isinstance(error.__cause__, UniqueViolation):
            raise
        return already
    refresh_windows(calendars=calendars, period=Interval(period.start, period.end + motif.pause), now=now)
    accept_as_placed(appointment=appointment, actor=actor, now=now)
    return appointment


def create_appointment(
    *,
    period,
    motif,
    calendars,
    attendees,
    actor,
    now,
    details,
    overlapped=frozenset(),
    prescriber=None,
    **fields,
) -> Appointment:
    """Write it, with all that belongs to it. Its calendars are locked, and its attendees stand (`as_they_stand`)."""
    organization = motif.organization
    appointment = Appointment.objects.create(
        organization=organization,
        motif=motif,
        starts_at=period.start,
        ends_at=period.end,
        context_note=details.context_note,
        address=details.address,
        phone=details.phone,
        video_url=details.video_url,
        title=details.title,
        seats=details.seats,
        created_by_kind=actor.kind,
        created_by=actor.agent,
        created_at=now,
        placed_at=now,
        **fields,
    )
    AppointmentCalendar.objects.bulk_create(
        AppointmentCalendar(
            organization=organization,
            appointment=appointment,
            calendar=calendar,
            starts_at=period.start,
            ends_at=period.end,
            is_overlap_confirmed=calendar.pk in overlapped,
        )
        for calendar in calendars
    )
    units = list(motif.units.all())
    for number, attendee in enumerate(attendees, 1):
        Participation.objects.create(
            organization=organization,
            territory_id=organization.territory_id,
            appointment=appointment,
            citizen=attendee.citizen,
            prescriber=prescriber,
            answers=attendee.answers,
            notify_by_email=attendee.notify_by_email,
            notify_by_sms=attendee.notify_by_sms,
            language=attendee.language,
            created_at=now,
            seat=number if details.seats else None,
        )
    # By id: two bookings of the same two people would else wait for each other.
    for attendee in sorted(attendees, key=lambda attendee: attendee.citizen.pk):
        make_known(citizen=attendee.citizen, organization=organization, units=units)
    record_event(appointment, AppointmentEvent.Kind.BOOKED, actor=actor, now=now)
    return appointment


def as_they_stand(attendees) -> list[Attendee]:
    """Each with the record that the citizen has now, which stays so; one person with two records comes once."""
    attendees = list(attendees)
    merged = lock_citizens(attendee.citizen.pk for attendee in attendees)
    standing = [attendee for attendee in attendees if attendee.citizen.pk not in merged]
    for attendee in attendees:
        citizen = merged.get(attendee.citizen.pk)
        if citizen is not None and all(citizen != other.citizen for other in standing):
            standing.append(replace(attendee, citizen=citizen))
    return standing


def already_booked(*, organization_id, idempotency_key) -> Appointment | None:
    """What a request with this key has booked before."""
    if idempotency_key is None:
        return None
    return Appointment.objects.filter(organization=organization_id, idempotency_key=idempotency_key).first()
