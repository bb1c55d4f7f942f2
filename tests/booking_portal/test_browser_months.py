"""The month on the portal: days with slots reached with the keyboard alone, wide, on a phone and without script."""

import re
from datetime import timedelta

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from tests.booking_portal.conftest import slot_url_of
from tests.browsers import DESKTOP, PHONE, seen_by_axe, tab_to
from tests.factories import make_location, make_motif, make_opening, make_organization, make_territory


@pytest.fixture
def motif(transactional_db):
    # No public holiday closes anything there, whatever today is.
    territory = make_territory(country="ZZ")
    organization = make_organization(territory=territory, open_weekdays=list(range(7)))
    return make_motif(organization=organization, name="Passeport")


@pytest.fixture
def first_day(motif):
    """Three hours every five weeks: a month without slots is never followed by another."""
    day = timezone.localdate() + timedelta(days=2)
    location = make_location(organization=motif.organization)
    make_opening(motifs=[motif], location=location, first_day=day, rrule="FREQ=DAILY;INTERVAL=35", now=timezone.now())
    return day


def fits_and_is_accessible(page):
    results = seen_by_axe(page)
    assert results.violations_count == 0, results.generate_report()
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")


def month_of(slots):
    path, _, query = slots.partition("?")
    return f"{path}mois/?{query}"


@pytest.mark.parametrize("viewport", [pytest.param(DESKTOP, marks=pytest.mark.nightly), PHONE], ids=["wide", "360 px"])
def test_a_day_of_the_next_opening_is_reached_with_the_keyboard(open_page, motif, first_day, viewport):
    page = open_page(viewport)
    page.goto(f"{month_of(slot_url_of(motif))}&mois={first_day:%Y-%m}")
    fits_and_is_accessible(page)
    wanted = first_day + timedelta(days=35)
    month = first_day.replace(day=1)
    while month < wanted.replace(day=1):
        month = (month + timedelta(days=31)).replace(day=1)
        tab_to(page, page.get_by_role("link", name="Mois suivant"))
        page.keyboard.press("Enter")
        expect(page).to_have_url(re.compile(f"mois={month:%Y-%m}$"))

    day = page.locator(f'a.slot-month-day[href$="jour={wanted}"]')
    tab_to(page, day)
    assert day.bounding_box()["height"] >= 44
    page.keyboard.press("Enter")

    expect(page.get_by_role("button", name=re.compile(r", 9\sh$"))).to_be_visible()
    # Why a day has none is for agents.
    page.go_back()
    expect(page.locator(".slot-month-why")).to_have_count(0)


def test_the_month_is_walked_without_script_and_ends_where_booking_does(open_page, motif, first_day):
    page = open_page(PHONE, javascript=False)
    page.goto(month_of(slot_url_of(motif)))
    following = page.get_by_role("link", name="Mois suivant")

    expect(page.get_by_role("link", name="Mois précédent")).to_have_count(0)
    for _ in range(4):
        if not following.count():
            break
        following.click()
    expect(following).to_have_count(0)
    page.goto(f"{month_of(slot_url_of(motif))}&mois=2020-01")
    expect(page.get_by_role("link", name="Mois précédent")).to_have_count(0)
