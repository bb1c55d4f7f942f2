"""The filters and the weeks of « Trouver un RDV » with the keyboard alone, wide and on a phone."""

import re
from datetime import time, timedelta

import pytest
from django.urls import reverse
from django.utils import timezone
from playwright.sync_api import expect

from organizations.models import Membership
from tests.browsers import DESKTOP, PHONE, seen_by_axe, tab_to
from tests.factories import (
    PASSWORD,
    make_agent,
    make_location,
    make_motif,
    make_opening,
    make_organization,
    make_territory,
)


@pytest.fixture
def organization(transactional_db):
    # No public holiday closes anything there, whatever today is.
    return make_organization(territory=make_territory(country="ZZ"), open_weekdays=list(range(7)))


@pytest.fixture
def motif(organization):
    return make_motif(organization=organization, name="Accès aux droits", duration=timedelta(hours=1))


@pytest.fixture
def place(organization):
    return make_location(organization=organization)


@pytest.fixture
def open_hours(organization, motif, place):
    def open_hours(name, first_day, **fields):
        agent = make_agent(organization=organization, first_name=name, last_name="Agent")
        defaults = {"motifs": [motif], "location": place, "first_day": first_day, "now": timezone.now()}
        return make_opening(calendar=agent.calendar, **defaults | fields).calendar

    return open_hours


@pytest.fixture(params=[pytest.param(DESKTOP, marks=pytest.mark.nightly), PHONE], ids=["wide", "360 px"])
def page(request, open_page, organization, motif, live_server, client):
    page = open_page(request.param)
    agent = make_agent(organization=organization, role=Membership.Role.ADMIN)
    assert client.login(email=agent.email, password=PASSWORD)
    cookie = {"name": "sessionid", "value": client.cookies["sessionid"].value, "url": live_server.url}
    page.context.add_cookies([cookie])
    return page


def go(page, organization, motif, **asked):
    query = "".join(f"&{name}={value}" for name, value in asked.items())
    page.goto(f"{reverse('scheduling:slot_search', args=[organization.slug])}?motif={motif.pk}{query}")


def fits_and_is_accessible(page):
    violations = seen_by_axe(page).response["violations"]
    assert [item["id"] for item in violations if item["impact"] in {"serious", "critical"}] == []
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")


def test_several_agents_are_chosen_and_stay_so_from_week_to_week(page, organization, motif, open_hours):
    tomorrow = timezone.localdate() + timedelta(days=1)
    aline, boris, _ = (open_hours(name, tomorrow, rrule="FREQ=DAILY") for name in ("Aline", "Boris", "Chloé"))
    go(page, organization, motif)
    summary = page.locator(".filter-box summary")
    if page.viewport_size == PHONE:
        tab_to(page, summary)
        page.keyboard.press("Enter")

    for name, calendar in (("Aline", aline), ("Boris", boris)):
        tab_to(page, page.get_by_role("checkbox", name=re.compile(name)))
        page.keyboard.press("Space")
        expect(page).to_have_url(re.compile(f"agenda={calendar.pk}"))
    who = page.locator(".find-who")
    expect(who.filter(has_text="Aline").first).to_be_visible()
    expect(who.filter(has_text="Chloé")).to_have_count(0)
    tab_to(page, page.get_by_role("link", name="Semaine suivante"))
    page.keyboard.press("Enter")

    expect(page).to_have_url(re.compile(f"du={timezone.localdate() + timedelta(days=7)}"))
    expect(page.get_by_role("link", name="Semaine suivante")).to_be_focused()
    expect(who.filter(has_text="Boris").first).to_be_visible()
    expect(who.filter(has_text="Chloé")).to_have_count(0)
    assert page.url.count("agenda=") == 2
    fits_and_is_accessible(page)


def test_an_empty_week_leads_past_the_windows_to_the_next_slots(page, organization, motif, open_hours):
    far = timezone.localdate() + timedelta(days=500)
    open_hours("Aline", far, end_time=time(10))
    go(page, organization, motif)

    expect(page.locator(".next-slot-time")).to_contain_text(str(far.year))
    tab_to(page, page.get_by_role("link", name="Voir cette semaine-là"))
    page.keyboard.press("Enter")

    expect(page.locator(".find-day .slot")).to_have_count(1)
    expect(page).to_have_url(re.compile(f"du={far}"))
    fits_and_is_accessible(page)


def test_weeks_stop_where_the_search_does(page, organization, motif, open_hours):
    open_hours("Aline", timezone.localdate() + timedelta(days=1), rrule="FREQ=DAILY")
    last = timezone.localdate() + timedelta(days=730)
    go(page, organization, motif, du=last - timedelta(days=7))

    tab_to(page, page.get_by_role("link", name="Semaine suivante"))
    page.keyboard.press("Enter")
    expect(page.get_by_label("À partir du")).to_have_value(str(last))
    expect(page.get_by_role("link", name="Semaine suivante")).to_have_count(0)
    expect(page.locator("#slot-search-results")).to_be_focused()

    go(page, organization, motif, du=last + timedelta(days=1))
    expect(page.get_by_role("alert")).to_contain_text("dans les deux ans qui viennent")
    fits_and_is_accessible(page)
