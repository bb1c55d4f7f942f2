from datetime import timedelta

import pytest

from scheduling.models import AppointmentStatus, FreeWindow
from scheduling.services.actors import Actor
from scheduling.services.appointments import cancel_appointment
from tests.factories import NOW, make_agent, make_appointment, make_calendar, make_motif, make_opening, paris

pytestmark = pytest.mark.django_db


def test_an_appointment_of_last_week_is_placed_and_cancelled_without_touching_the_windows():
    motif = make_motif()
    calendar = make_calendar(organization=motif.organization)
    make_opening(calendar=calendar, motifs=[motif])
    windows = set(FreeWindow.objects.values_list("starts_at", "ends_at"))
    last_week = paris(NOW.date() - timedelta(days=7), 10)

    appointment = make_appointment(motif=motif, calendar=calendar, starts_at=last_week)
    appointment = cancel_appointment(
        appointment=appointment,
        status=AppointmentStatus.CANCELLED_BY_AGENT,
        actor=Actor.of(make_agent(organization=motif.organization)),
        now=NOW,
    )

    assert appointment.is_cancelled
    assert set(FreeWindow.objects.values_list("starts_at", "ends_at")) == windows
