"""An RDV of two agents moved with the keyboard alone: only what both have free is there to choose."""

from datetime import datetime, time, timedelta

import pytest
from django.urls import reverse
from django.utils import timezone
from playwright.sync_api import expect

from organizations.models import Membership
from scheduling.engine.intervals import Interval
from scheduling.models import Appointment
from scheduling.services.actors import Actor
from scheduling.services.booking import Attendee, place_appointment
from tests.browsers import DESKTOP, PHONE, seen_by_axe, tab_to
from tests.factories import (
    PASSWORD,
    make_agent,
    make_citizen,
    make_location,
    make_motif,
    make_opening,
    make_organization,
    make_territory,
    make_unavailability,
)


@pytest.fixture
def organization(transactional_db):
    # No public holiday closes anything there, whatever today is.
    return make_organization(territory=make_territory(country="ZZ"), open_weekdays=list(range(7)))


@pytest.fixture
def agents(organization):
    names = [("Alice", "Delcourt"), ("Karim", "Benhaddou")]
    return [
        make_agent(organization=organization, role=Membership.Role.ADMIN, first_name=first, last_name=last)
        for first, last in names
    ]


@pytest.fixture
def day():
    """A Monday ahead, whatever today is."""
    today = timezone.localdate()
    return today + timedelta(days=14 - today.weekday())


@pytest.fixture
def appointment(organization, agents, day):
    """At 9 h with both; Alice is open from 9 h to 12 h, Karim is away at 10 h."""
    now = timezone.now()
    alice, karim = agents
    motif = make_motif(organization=organization, duration=timedelta(hours=1))
    location = make_location(organization=organization)
    make_opening(calendar=alice.calendar, motifs=[motif], location=location, first_day=day, now=now)
    make_unavailability(
        calendar=karim.calendar,
        organization=organization,
        first_day=day,
        start_time=time(10),
        end_time=time(10, 30),
        now=now,
    )
    start = datetime.combine(day, time(9), organization.zone)
    return place_appointment(
        motif=motif,
        period=Interval(start, start + timedelta(hours=1)),
        calendar_ids=[alice.calendar.pk, karim.calendar.pk],
        attendees=[Attendee(make_citizen(organization=organization))],
        actor=Actor.of(alice),
        location_id=location.pk,
        now=now,
    )


def fits_and_is_accessible(page):
    results = seen_by_axe(page)
    assert results.violations_count == 0, results.generate_report()
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")


@pytest.mark.parametrize("viewport", [pytest.param(DESKTOP, marks=pytest.mark.nightly), PHONE], ids=["wide", "360 px"])
def test_goes_where_both_are_free(open_page, viewport, organization, agents, appointment, live_server, client):
    page = open_page(viewport)
    assert client.login(email=agents[0].email, password=PASSWORD)
    cookie = {"name": "sessionid", "value": client.cookies["sessionid"].value, "url": live_server.url}
    page.context.add_cookies([cookie])
    page.goto(reverse("scheduling:appointment_move", args=[organization.slug, appointment.pk]))

    expect(page.get_by_role("link", name="11\u00a0h")).to_have_count(1)
    expect(page.get_by_role("link", name="10\u00a0h")).to_have_count(0)
    fits_and_is_accessible(page)
    tab_to(page, page.get_by_role("link", name="11\u00a0h"))
    page.keyboard.press("Enter")
    expect(page.get_by_text("Avec Karim Benhaddou et Alice Delcourt")).to_be_visible()
    fits_and_is_accessible(page)
    tab_to(page, page.get_by_role("button", name="Déplacer le rendez-vous"))
    page.keyboard.press("Enter")
    expect(page.get_by_text("Le rendez-vous est déplacé.")).to_be_visible()

    moved = Appointment.objects.get()
    assert moved.starts_at == appointment.starts_at + timedelta(hours=2)
    assert {calendar.agent for calendar in moved.calendars.all()} == set(agents)
