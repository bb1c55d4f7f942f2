"""What an export reads, and what becomes of it."""

from array import array
from collections.abc import Iterator
from datetime import datetime

from django.db.models import Prefetch

from organizations.models import Membership

from ..exceptions import ExportGivenUp
from ..models import Appointment, Calendar, Export, ExportChunk, Participation
from .appointment_list import AppointmentFilter, asked_appointments, ids_in_order, with_statuses

BATCH = 1000

NO_LONGER_A_MEMBER = "Vous n'avez plus accès à cette organisation."


def member_of(export: Export) -> Membership:
    """Who asked for it, with the rights of this moment. Raises ExportGivenUp for somebody who has none left."""
    membership = Membership.objects.of(export.agent, export.organization.slug)
    if membership is None:
        raise ExportGivenUp(NO_LONGER_A_MEMBER)
    return membership


def ids_asked(export: Export, membership, *, now: datetime) -> array:
    """The RDVs of the list in its order, as they are now: eight bytes each."""
    asked = AppointmentFilter.from_json(export.filters)
    appointments = with_statuses(asked_appointments(membership, asked), asked.statuses, now=now)
    ids = ids_in_order(appointments, asked, membership=membership, now=now)
    return array("q", ids.iterator(chunk_size=10_000))


def rows_by_batch(export: Export, ids: array) -> Iterator[list[Appointment]]:
    """The RDVs themselves, a thousand at a time, each time by the rights of that moment. Ten queries a batch.

    No cursor and no transaction stay open meanwhile. Raises ExportGivenUp when the last right is gone.
    """
    for first in range(0, len(ids), BATCH):
        wanted = ids[first : first + BATCH].tolist()
        visible = Appointment.objects.visible_to(member_of(export)).filter(pk__in=wanted)
        found = {appointment.pk: appointment for appointment in _with_what_is_shown(visible)}
        yield [found[pk] for pk in wanted if pk in found]


def _with_what_is_shown(appointments):
    people = Participation.objects.listed().for_list().select_related("citizen__responsible")
    return appointments.select_related("motif", "option", "location", "created_by").prefetch_related(
        "motif__units",
        Prefetch("participations", people),
        Prefetch("calendars", Calendar.objects.for_display()),
    )


def pieces_of(export: Export) -> Iterator[bytes]:
    """The file, one piece in memory at a time. A query a piece."""
    number = 0
    while True:
        piece = ExportChunk.objects.filter(export=export, number=number).values_list("data", flat=True).first()
        if piece is None:
            return
        yield bytes(piece)
        number += 1
