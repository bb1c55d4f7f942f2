"""Moving and stretching an RDV by hand: to whatever time and calendar the agent wants, free or not."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import F

from ..engine.intervals import Interval
from ..engine.phrases import format_end_time
from ..exceptions import AppointmentChangedMeanwhile, AppointmentNotChangeable, PlacementRefused
from ..models import Appointment, AppointmentCalendar, AppointmentEvent
from .actors import Actor
from .appointment_status import busy_period, check_not_being_received, forget_arrival_of_another_day
from .appointments import together_if_near
from .conflicts import accept_as_placed
from .events import calendars_change, record_event
from .locks import calendars_of, lock_appointment
from .overlaps import overlap_refused, overlapped_calendars
from .windows import refresh_windows

LONGEST = timedelta(days=1)


@dataclass(frozen=True)
class Consent:
    """What the agent saw and confirmed before they let go of the RDV.

    `sequence`: the `ics_sequence` of the RDV as their screen had it; None where no screen showed it.
    `overlaps_seen`: the RDVs that they were told are in the way; None: whichever.
    """

    sequence: int | None = None
    is_overlap_confirmed: bool = False
    overlaps_seen: Collection[int] | None = None


@dataclass(frozen=True)
class Destination:
    """Where an RDV is to stand; its calendars, all of them, and its place, as they are where None and KEPT."""

    period: Interval
    calendar_ids: frozenset[int]
    location_id: int | None
    address: str = ""

    @classmethod
    def of(cls, appointment: Appointment, **changes) -> "Destination":
        """Where it stands now, but for `changes`. One query unless they name the calendars."""
        now_at = {
            "period": Interval(appointment.starts_at, appointment.ends_at),
            "location_id": appointment.location_id,
            "address": appointment.address,
        }
        if "calendar_ids" not in changes:
            now_at["calendar_ids"] = calendars_of(appointment)
        fields = now_at | changes
        return cls(**fields | {"calendar_ids": frozenset(fields["calendar_ids"])})


@transaction.atomic
def move_by_hand(
    *, appointment: Appointment, to: Destination, actor: Actor, now: datetime, consent: Consent = Consent()
) -> Appointment:
    """Move it there, free or not; an RDV of several calendars keeps as many. To where it already is changes nothing.

    Raises AppointmentNotChangeable when it is cancelled, has an outcome or has begun, or somebody is being received;
    AppointmentChangedMeanwhile when somebody changed it since it was seen; OverlapNotConfirmed for another RDV in the
    way that nobody confirmed; PlacementRefused for a calendar too many or too few, or more than a day.
    """
    appointment, calendars = lock_appointment(appointment, and_calendars=to.calendar_ids)
    if Destination.of(appointment) == to:
        return appointment
    if not appointment.is_upcoming(now):
        raise AppointmentNotChangeable
    check_not_being_received(appointment)
    _check_seen(appointment, consent)
    occupied = calendars_of(appointment)
    if len(occupied) != len(to.calendar_ids) or to.period.duration > LONGEST:
        raise PlacementRefused
    previous_starts_at, reason = appointment.starts_at, _change_of_length(appointment, to.period)
    before = busy_period(appointment)
    appointment.location_id, appointment.address = to.location_id, to.address
    appointment.placed_at = now
    _stand(appointment, to, consent, fields=["location", "address", "placed_at"])
    if to.period.start > now:
        # The link of the message that follows replaces the ones sent before. Of what is past nobody is told.
        appointment.participations.taking_part().update(link_version=F("link_version") + 1)
    _settle(appointment, calendars, before, actor=actor, now=now)
    record_event(
        appointment,
        AppointmentEvent.Kind.MOVED,
        actor=actor,
        now=now,
        previous_starts_at=previous_starts_at,
        reason=reason,
        changes=calendars_change(before=occupied, after=to.calendar_ids),
    )
    return appointment


@transaction.atomic
def stretch_appointment(
    *, appointment: Appointment, ends_at: datetime, actor: Actor, now: datetime, consent: Consent = Consent()
) -> Appointment:
    """Let it end later or earlier, also while it takes place. Nobody is told: its start, which people come for, stays.

    Raises as `move_by_hand`, but what has begun may be stretched until it is over.
    """
    appointment, calendars = lock_appointment(appointment)
    if appointment.ends_at == ends_at:
        return appointment
    if appointment.status != Appointment.Status.BOOKED or appointment.ends_at <= now:
        raise AppointmentNotChangeable
    _check_seen(appointment, consent)
    if not timedelta(0) < ends_at - appointment.starts_at <= LONGEST:
        raise PlacementRefused("Un rendez-vous se termine après son début, et dure une journée au plus.")
    before = busy_period(appointment)
    to = Destination.of(appointment, period=Interval(appointment.starts_at, ends_at))
    reason = _change_of_length(appointment, to.period)
    _stand(appointment, to, consent, fields=[])
    _settle(appointment, calendars, before, actor=actor, now=now)
    record_event(appointment, AppointmentEvent.Kind.EDITED, actor=actor, now=now, reason=reason)
    return appointment


def _check_seen(appointment, consent):
    if consent.sequence is not None and consent.sequence != appointment.ics_sequence:
        raise AppointmentChangedMeanwhile


def _change_of_length(appointment, period):
    """« Fin à 10 h 30 au lieu de 10 h »; nothing where it lasts as long as before."""
    if period.duration == appointment.ends_at - appointment.starts_at:
        return ""
    zone = appointment.organization.zone
    was, becomes = (format_end_time(moment.astimezone(zone).time()) for moment in (appointment.ends_at, period.end))
    return f"Fin à {becomes} au lieu de {was}"


def _stand(appointment, to: Destination, consent, *, fields):
    """Write the period and the calendars, each marked where another RDV is in the way. Raises OverlapNotConfirmed."""
    overlapped = overlapped_calendars(
        calendars=to.calendar_ids,
        period=to.period,
        is_confirmed=consent.is_overlap_confirmed,
        seen=consent.overlaps_seen,
        besides=appointment.pk,
    )
    previous_starts_at = appointment.starts_at
    appointment.starts_at, appointment.ends_at = to.period.start, to.period.end
    appointment.ics_sequence = F("ics_sequence") + 1
    forget_arrival_of_another_day(appointment, previous_starts_at=previous_starts_at)
    with overlap_refused():
        appointment.appointment_calendars.all().delete()
        appointment.save(update_fields=["starts_at", "ends_at", "ics_sequence", "arrived_at", *fields])
        AppointmentCalendar.objects.bulk_create(
            AppointmentCalendar(
                organization_id=appointment.organization_id,
                appointment=appointment,
                calendar_id=calendar_id,
                starts_at=to.period.start,
                ends_at=to.period.end,
                is_overlap_confirmed=calendar_id in overlapped,
            )
            for calendar_id in sorted(to.calendar_ids)
        )
    appointment.refresh_from_db(fields=["ics_sequence"])


def _settle(appointment, calendars, before, *, actor, now):
    """Free the time it leaves and take the one it has; what stands against it was told, and is kept from the start."""
    for period in together_if_near([before, busy_period(appointment)]):
        refresh_windows(calendars=calendars, period=period, now=now)
    accept_as_placed(appointment=appointment, actor=actor, now=now)
