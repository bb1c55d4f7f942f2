"""The seats of workshops: who takes one, who waits for one, and how many there are.

Everything here is done under the lock of the appointment, so that the queue is in the order in which people came to
it; whoever forgets the lock meets the constraints of `Participation`.
"""

from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Max

from ..engine.typography import NBSP, count
from ..exceptions import AppointmentFull, AppointmentNotChangeable, WorkshopRefused
from ..models import Appointment, AppointmentEvent, Participation
from .actors import Actor
from .events import record_event
from .locks import lock_appointment, participation_of

MOST_SEATS = 500

Kind = AppointmentEvent.Kind


def take_seat(participation: Participation, *, appointment: Appointment, now: datetime, may_wait: bool = False) -> None:
    """Give the first free seat of the locked appointment, or a place in its queue; the caller saves it.

    Nothing for an appointment without seats. Who waits already comes before who comes now.
    Raises AppointmentFull when the person is not to wait. Two queries.
    """
    if not appointment.is_collective:
        return
    others = appointment.participations.exclude(pk=participation.pk)
    free = _free_seats(appointment, others)
    participation.seat = participation.waiting_since = None
    if free and not (appointment.is_upcoming(now) and others.waiting().exists()):
        participation.seat = free[0]
    elif may_wait:
        participation.waiting_since = _end_of_the_queue(others, now)
    else:
        raise AppointmentFull


def move_up(appointment: Appointment, *, actor: Actor, now: datetime) -> list[Participation]:
    """Whoever waits for a seat of the locked appointment takes those that are free, in order, and is told.

    Not once it has begun: who has not been told is not there. Two queries, and five for each of them.
    """
    if not (appointment.is_collective and appointment.is_upcoming(now)):
        return []
    free = _free_seats(appointment, appointment.participations.all())
    moved = list(appointment.participations.waiting()[: len(free)]) if free else []
    for participation, seat in zip(moved, free, strict=False):
        _seat(participation, seat, appointment=appointment, actor=actor, now=now)
    return moved


@transaction.atomic
def give_seat(*, participation: Participation, actor: Actor, now: datetime) -> Participation:
    """Let somebody who waits in, out of their turn: who stands there when a workshop begins. Twice changes nothing.

    Raises AppointmentFull; AppointmentNotChangeable when it is cancelled or the person does not wait any longer.
    """
    appointment, _ = lock_appointment(participation.appointment)
    participation = participation_of(appointment, participation)
    if participation.is_registered:
        return participation
    if appointment.is_cancelled or not participation.is_waiting:
        raise AppointmentNotChangeable("Cette personne n'est plus en liste d'attente.")
    free = _free_seats(appointment, appointment.participations.all())
    if not free:
        raise AppointmentFull
    _seat(participation, free[0], appointment=appointment, actor=actor, now=now)
    return participation


def set_seats(appointment: Appointment, *, seats: int, actor: Actor, now: datetime) -> None:
    """Change how many seats the locked appointment has; with more of them, the queue moves up. The same is no change.

    Raises WorkshopRefused below those that are taken, in numbers, and outside 1 to MOST_SEATS.
    """
    check_seats(seats)
    if seats == appointment.seats:
        return
    taken = appointment.participations.filter(seat__isnull=False).order_by("seat")
    if seats < len(taken):
        people = count(len(taken), "personne est inscrite", "personnes sont inscrites")
        raise WorkshopRefused(f"{people}{NBSP}: il ne peut pas y avoir moins de {count(len(taken), 'place')}.")
    _close_ranks(taken, seats)
    changes = [{"field": "seats", "label": "Places", "before": str(appointment.seats), "after": str(seats)}]
    appointment.seats = seats
    appointment.save(update_fields=["seats"])
    record_event(appointment, Kind.EDITED, actor=actor, now=now, changes=changes)
    move_up(appointment, actor=actor, now=now)


def check_seats(seats: int | None) -> None:
    """Raises WorkshopRefused."""
    if seats is None or not 1 <= seats <= MOST_SEATS:
        raise WorkshopRefused(f"Un atelier a de 1 à {MOST_SEATS} places.")


def _seat(participation, seat, *, appointment, actor, now):
    participation.seat, participation.waiting_since, participation.created_at = seat, None, now
    participation.save(update_fields=["seat", "waiting_since", "created_at"])
    record_event(appointment, Kind.PARTICIPANT_SEATED, participation=participation, actor=actor, now=now)


def _close_ranks(taken, seats):
    """Who has a seat above `seats` takes one that is free below."""
    numbers = {participation.seat for participation in taken}
    free = iter(number for number in range(1, seats + 1) if number not in numbers)
    for participation in taken:
        if participation.seat > seats:
            participation.seat = next(free)
            participation.save(update_fields=["seat"])


def _free_seats(appointment, participations) -> list[int]:
    taken = set(participations.filter(seat__isnull=False).values_list("seat", flat=True))
    return [number for number in range(1, appointment.seats + 1) if number not in taken]


def _end_of_the_queue(participations, now):
    """After everybody, also where their clock was ahead of ours."""
    last = participations.waiting().order_by().aggregate(last=Max("waiting_since"))["last"]
    return now if last is None or last < now else last + timedelta.resolution
