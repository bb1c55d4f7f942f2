"""From a link to the confirmation by keyboard alone, in English, in a window that is zoomed to 400 %."""

import re
from datetime import timedelta

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from notifications.models import Message
from scheduling.models import Participation
from tests.booking_portal.conftest import slot_url_of
from tests.booking_portal.test_browser_booking import heading
from tests.browsers import tab_to
from tests.factories import make_motif, make_opening, make_organization

ZOOMED = {"width": 320, "height": 256}  # 1280 by 1024 at 400 %


@pytest.fixture
def slot_url(transactional_db):
    motif = make_motif(organization=make_organization(open_weekdays=list(range(7))), name="Carte d'identité")
    first_day = timezone.localdate() + timedelta(days=2)
    make_opening(motifs=[motif], first_day=first_day, rrule="FREQ=DAILY", now=timezone.now())
    return slot_url_of(motif)


def press(page, locator, key="Enter"):
    tab_to(page, locator)
    page.keyboard.press(key)


def write(page, label, text):
    tab_to(page, page.get_by_label(label))
    page.keyboard.type(text)


def test_somebody_books_by_keyboard_in_english(open_page, slot_url):
    page = open_page(ZOOMED)
    page.goto(slot_url)
    press(page, page.get_by_role("button", name="English"))
    heading(page, "When?")

    press(page, page.get_by_role("link", name="Skip to content"))
    expect(page.get_by_role("main")).to_be_focused()
    press(page, page.locator(".next-slot-button"))
    heading(page, "Who are you?")

    write(page, re.compile("^First name"), "Camille")
    press(page, page.get_by_role("button", name="Continue"))
    expect(page).to_have_title(re.compile("^Error – Who are you"))
    expect(page.get_by_role("alert")).to_be_focused()
    press(page, page.get_by_role("alert").get_by_role("link", name="Last name: Enter your last name."))
    expect(page.get_by_label("Last name", exact=True)).to_be_focused()
    page.keyboard.type("Dupont")
    write(page, "E-mail", "camille@example.org")
    page.keyboard.press("Enter")

    heading(page, "Your six-digit code")
    write(page, "Six-digit code", re.search(r"\b\d{6}\b", Message.objects.get(kind=Message.Kind.CODE).body)[0])
    page.keyboard.press("Enter")
    heading(page, "Done, your appointment is confirmed")

    assert Participation.objects.get().language == "en"
    confirmation = Message.objects.get(kind=Message.Kind.BOOKED, audience="citizen")
    assert confirmation.subject.startswith("Your appointment on ")

    press(page, page.get_by_role("link", name="Manage my appointment"))
    heading(page, "Your appointment")
    press(page, page.get_by_role("link", name="Cancel"))
    press(page, page.get_by_role("button", name="Cancel the appointment"))
    expect(page.get_by_role("status")).to_have_text(re.compile("Your appointment is cancelled."))
