"""Moved by its link, a RDV of several agents goes where all are free, and a follow-up stays with those who follow."""

from datetime import time, timedelta

import pytest
from django.urls import reverse

from scheduling.engine.intervals import Interval
from scheduling.models import Appointment
from scheduling.participation_links import link_token
from scheduling.services.actors import CITIZEN
from scheduling.services.booking import Attendee, place_appointment
from tests.booking_portal.conftest import text_of
from tests.factories import (
    MONDAY,
    NOW,
    make_calendar,
    make_citizen,
    make_opening,
    make_unavailability,
    paris,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def second(motif):
    return make_calendar(organization=motif.organization)


@pytest.fixture
def place(motif, opening):
    def place(*calendars):
        """At 11 h 30 on Monday; the motif is open every Monday from 9 h to 12 h."""
        return place_appointment(
            motif=motif,
            period=Interval(paris(MONDAY, 11, 30), paris(MONDAY, 12)),
            calendar_ids=[calendar.pk for calendar in calendars],
            attendees=[Attendee(make_citizen(organization=motif.organization))],
            actor=CITIZEN,
            location_id=opening.location_id,
            now=NOW,
        )

    return place


def url(appointment):
    participation = appointment.participations.get()
    return reverse("booking_portal:my_appointment_move", args=[link_token(participation)])


def starts(response):
    return [start for day in response.context["week"].days for start in day.morning + day.afternoon]


class TestOfSeveralAgents:
    def test_only_what_all_have_free_is_offered(self, client, motif, opening, second, place):
        appointment = place(opening.calendar, second)
        make_unavailability(calendar=second, organization=motif.organization, start_time=time(9), end_time=time(10, 10))
        make_opening(motifs=[motif], location=opening.location, start_time=time(14), end_time=time(15))

        response = client.get(url(appointment))

        assert starts(response) == [paris(MONDAY, 10, 30), paris(MONDAY, 11)]
        assert response.context["week"].next_slot.starts_at == paris(MONDAY, 10, 30)

    def test_an_empty_week_leads_to_the_first_one_that_all_have(self, client, motif, opening, second, place):
        appointment = place(opening.calendar, second)
        make_unavailability(calendar=second, organization=motif.organization, days_spanned=15, first_day=MONDAY)

        response = client.get(f"{url(appointment)}?jour=2026-03-02")

        assert starts(response) == []
        assert response.context["week"].later.starts_at == paris(MONDAY + timedelta(days=21), 9)

    def test_it_moves_with_all_of_them_and_a_refusal_offers_what_all_have(self, client, motif, opening, second, place):
        appointment = place(opening.calendar, second)
        make_unavailability(calendar=second, organization=motif.organization, start_time=time(9, 30), end_time=time(10))

        refused = client.post(url(appointment), {"debut": paris(MONDAY, 9, 30).isoformat()})
        assert refused.status_code == 422
        assert paris(MONDAY, 9, 30) not in [slot.starts_at for slot in refused.context["nearest"]]
        client.post(url(appointment), {"debut": paris(MONDAY, 9).isoformat()})

        moved = Appointment.objects.get()
        assert moved.starts_at == paris(MONDAY, 9)
        assert set(moved.calendars.all()) == {opening.calendar, second}

    def test_without_any_the_page_says_that_it_stays(self, client, motif, opening, second, place):
        appointment = place(opening.calendar, second)
        make_unavailability(calendar=second, organization=motif.organization, days_spanned=200, first_day=MONDAY)

        assert "Votre rendez-vous reste comme il est" in text_of(client.get(url(appointment)))


class TestOfAFollowUp:
    def test_goes_to_its_own_agent_or_a_referent_and_to_nobody_else(self, client, motif, opening, second, place):
        appointment = place(opening.calendar)
        motif.is_follow_up = True
        motif.save()
        for calendar, hour in [(second, 14), (make_calendar(organization=motif.organization), 16)]:
            make_opening(
                motifs=[motif],
                location=opening.location,
                calendar=calendar,
                start_time=time(hour),
                end_time=time(hour, 30),
            )
        own = [paris(MONDAY, hour, minute) for hour in (9, 10) for minute in (0, 30)] + [paris(MONDAY, 11)]

        assert starts(client.get(f"{url(appointment)}?jour=2026-03-02")) == own
        appointment.participations.get().citizen.referents.add(second.agent)
        assert starts(client.get(f"{url(appointment)}?jour=2026-03-02")) == [*own, paris(MONDAY, 14)]
        client.post(url(appointment), {"debut": paris(MONDAY, 16).isoformat()})
        assert Appointment.objects.get().starts_at == paris(MONDAY, 11, 30)
        client.post(url(appointment), {"debut": paris(MONDAY, 14).isoformat()})
        assert Appointment.objects.get().calendars.get() == second
