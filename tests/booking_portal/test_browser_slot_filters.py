"""Afternoons only, on a phone: with the keyboard, with a thumb, and without script."""

from datetime import time, timedelta

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from tests.booking_portal.conftest import slot_url_of
from tests.browsers import PHONE, seen_by_axe, tab_to
from tests.factories import make_location, make_motif, make_opening, make_organization, make_territory


@pytest.fixture
def slots(transactional_db):
    return slots_of_every_day()


def slots_of_every_day():
    """The address of those of a motif: every day, 9 h to 11 h and 14 h to 16 h."""
    # No public holiday closes anything there, whatever today is.
    organization = make_organization(territory=make_territory(country="ZZ"), open_weekdays=list(range(7)))
    motif = make_motif(organization=organization, name="Passeport")
    first_day = timezone.localdate() + timedelta(days=2)
    location = make_location(organization=organization)
    for hour in (9, 14):
        make_opening(
            motifs=[motif],
            location=location,
            first_day=first_day,
            start_time=time(hour),
            end_time=time(hour + 2),
            rrule="FREQ=DAILY",
            now=timezone.now(),
        )
    return slot_url_of(motif)


def fits(page):
    assert page.evaluate("document.documentElement.scrollWidth") <= 360, page.url
    if page.evaluate("matchMedia('(scripting: enabled)').matches"):
        results = seen_by_axe(page)
        assert results.violations_count == 0, results.generate_report()


@pytest.mark.parametrize("javascript", [True, False], ids=["with script", "without"])
def test_afternoons_of_one_weekday_are_chosen_kept_and_let_go_of(open_page, slots, javascript):
    page = open_page(PHONE, javascript=javascript)
    page.goto(slots)
    fits(page)
    fold = page.locator(".slot-filter-fold > summary")
    expect(page.get_by_label("L'après-midi")).not_to_be_visible()
    assert page.locator(".next-slot-button").bounding_box()["y"] < fold.bounding_box()["y"]
    assert fold.bounding_box()["height"] >= 44

    tab_to(page, fold)
    page.keyboard.press("Enter")
    fits(page)
    for name in ("L'après-midi", "Jeudi"):
        assert page.get_by_text(name, exact=True).bounding_box()["height"] >= 44
        tab_to(page, page.get_by_label(name))
        page.keyboard.press("Space")
    tab_to(page, page.get_by_role("button", name="Montrer ces moments"))
    page.keyboard.press("Enter")

    expect(page.locator(".next-slot-button")).to_contain_text("jeudi", ignore_case=True)
    expect(page.locator(".next-slot-button")).to_contain_text("14 h")
    fits(page)
    page.get_by_role("link", name="Semaine suivante").click()
    expect(page.locator(".slot")).to_have_count(4)
    expect(page.locator(".slot-day")).to_contain_text("jeudi", ignore_case=True)
    chosen = page.get_by_role("link", name="Jeudi (ne plus choisir)")
    assert chosen.bounding_box()["height"] >= 44
    chosen.click()
    expect(page.locator(".slot-day")).to_have_count(7)
    expect(page.get_by_role("link", name="L'après-midi (ne plus choisir)")).to_be_visible()


def test_they_are_chosen_over_the_month_too(open_page, slots):
    page = open_page(PHONE)
    page.goto(slots)
    page.get_by_role("link", name="Voir le mois entier").click()
    page.locator(".slot-filter-fold > summary").click()
    page.get_by_label("Le matin").check()
    page.get_by_role("button", name="Montrer ces moments").click()

    expect(page.get_by_role("heading", name="Quel jour ?")).to_be_visible()
    fits(page)
    page.locator(".slot-month-day").first.click()
    expect(page.get_by_role("link", name="Le matin (ne plus choisir)")).to_be_visible()
    expect(page.locator(".slot-day").first.locator(".slot")).to_have_count(4)
