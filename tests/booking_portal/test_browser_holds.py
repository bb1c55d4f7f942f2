"""The time of a hold on a phone: said calmly, prolonged from amid the form, and over while the page is open."""

import re

import pytest
from playwright.sync_api import expect

from scheduling.models import Hold
from tests.booking_portal.test_browser_slot_filters import fits, slots_of_every_day
from tests.browsers import PHONE


@pytest.fixture
def slots(transactional_db):
    return slots_of_every_day()


@pytest.fixture
def page(open_page):
    """With a clock of its own."""
    page = open_page(PHONE)
    page.clock.install()
    return page


def take_the_next(page, slots):
    page.goto(slots)
    page.locator(".next-slot-button").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Qui êtes-vous ?")


def test_it_is_said_by_the_minute_then_aloud_then_that_it_is_over(page, slots):
    take_the_next(page, slots)
    claim, told = page.locator("#claim"), page.locator("#claim [role=status]")
    expect(claim).to_contain_text("(encore 10 minutes)")
    expect(told).to_be_empty()
    fits(page)

    page.clock.fast_forward("02:01")
    expect(claim).to_contain_text("(encore 8 minutes)")
    expect(told).to_be_empty()
    page.clock.fast_forward("06:01")
    expect(told).to_have_text("Il reste deux minutes pour ce créneau.")
    page.clock.fast_forward("01:30")
    expect(claim).to_contain_text("(encore une minute)")

    page.clock.fast_forward("00:40")
    expect(told).to_contain_text("Ce créneau ne vous est plus réservé. Continuez")
    expect(page.get_by_role("button", name="Garder ce créneau dix minutes de plus")).not_to_be_visible()
    fits(page)


@pytest.mark.parametrize("javascript", [True, False], ids=["with script", "without"])
def test_it_is_prolonged_from_the_middle_of_the_form_once(open_page, slots, javascript):
    page = open_page(PHONE, javascript=javascript)
    take_the_next(page, slots)
    before = Hold.objects.get().expires_at
    page.get_by_label("Prénom", exact=True).fill("Camille")
    page.get_by_label("E-mail").fill("camille@")
    more = page.get_by_role("button", name="Garder ce créneau dix minutes de plus")
    assert more.bounding_box()["height"] >= 44
    more.click()

    expect(page.get_by_text("Ce créneau vous est gardé dix minutes de plus.")).to_be_visible()
    expect(page.get_by_label("Prénom", exact=True)).to_have_value("Camille")
    expect(page.get_by_label("E-mail")).to_have_value("camille@")
    expect(more).to_have_count(0)
    assert Hold.objects.get().expires_at > before
    if javascript:
        expect(page.locator("#claim")).to_contain_text(re.compile(r"\(encore (19|20) minutes\)"))
    fits(page)


def test_enter_goes_on(open_page, slots):
    page = open_page(PHONE)
    take_the_next(page, slots)
    page.get_by_label("Prénom", exact=True).fill("Camille")
    page.get_by_label("Prénom", exact=True).press("Enter")

    expect(page.get_by_role("alert")).to_be_visible()
    assert Hold.objects.get().prolonged_at is None
