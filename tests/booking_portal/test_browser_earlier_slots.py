"""A citizen with a phone asks for an earlier slot, is told of one, and takes it in one tap from the message."""

import re
from datetime import time, timedelta
from urllib.parse import urlsplit

import pytest
from django.urls import reverse
from django.utils import timezone
from playwright.sync_api import expect

from notifications.models import Message
from scheduling.engine.phrases import format_day
from scheduling.models import Appointment
from scheduling.participation_links import link_token
from scheduling.services.actors import CITIZEN
from scheduling.services.appointments import cancel_appointment
from scheduling.services.slot_offers import keep_waiting_list
from tests.browsers import Clicks, seen_by_axe, tab_to
from tests.factories import (
    make_appointment,
    make_citizen,
    make_location,
    make_motif,
    make_opening,
    make_organization,
    make_territory,
    paris,
)


@pytest.fixture
def motif(transactional_db):
    # No public holiday closes anything there, whatever today is.
    territory = make_territory(country="ZZ")
    organization = make_organization(
        territory=territory,
        name="Maison départementale des solidarités de Saint-Pol-sur-Ternoise",
        open_weekdays=list(range(7)),
    )
    return make_motif(organization=organization, name="Accompagnement des personnes âgées et de leurs proches aidants")


@pytest.fixture
def days(motif):
    """The day of the slot that will be freed, and that of the citizen's own."""
    today = timezone.localdate()
    return today + timedelta(days=3), today + timedelta(days=14)


@pytest.fixture
def taken(motif, days):
    """Somebody else's, in the only slot of an opening."""
    location = make_location(organization=motif.organization, name="Hôtel de ville et annexe des services sociaux")
    opening = make_opening(
        motifs=[motif], location=location, first_day=days[0], end_time=time(9, 30), now=timezone.now()
    )
    return make_appointment(
        motif=motif, calendar=opening.calendar, location=location, starts_at=paris(days[0], 9), now=timezone.now()
    )


@pytest.fixture
def participation(motif, days, taken):
    citizen = make_citizen(organization=motif.organization, email="camille@example.org")
    appointment = make_appointment(
        motif=motif, location=taken.location, citizen=citizen, starts_at=paris(days[1], 14), now=timezone.now()
    )
    return appointment.participations.get()


def fits_and_is_accessible(page):
    results = seen_by_axe(page)
    assert results.violations_count == 0, results.generate_report()
    assert page.evaluate("document.documentElement.scrollWidth") <= 360, page.url


def link_of_the_mail():
    """Where the one button of the offer's mail leads."""
    return urlsplit(Message.objects.get(kind="earlier_slot", channel="email").link).path


def free(appointment):
    """As it happens in the service, and with what a worker does within the minute."""
    now = timezone.now()
    cancel_appointment(appointment=appointment, status="cancelled_by_agent", actor=CITIZEN, now=now)
    assert keep_waiting_list(now=now) == 1


def heading(page, text):
    expect(page.get_by_role("heading", level=1)).to_have_text(text)


def test_an_earlier_slot_is_asked_for_and_taken_in_one_tap(phone, participation, taken, days, capsys):
    page, asking, taking = phone, Clicks(), Clicks()
    page.goto(reverse("booking_portal:my_appointment", args=[link_token(participation)]))
    asking.on(page.get_by_role("link", name="Être prévenu si un créneau plus tôt se libère"))
    heading(page, "Être prévenu si un créneau plus tôt se libère")
    fits_and_is_accessible(page)
    asking.on(page.get_by_role("button", name="Me mettre sur la liste"))
    expect(page.get_by_role("status")).to_contain_text("Vous êtes sur la liste")
    expect(page.get_by_text("Aucune proposition pour le moment")).to_be_visible()
    fits_and_is_accessible(page)
    asking.make("wait for an earlier slot", 2, capsys)

    free(taken)
    page.goto(reverse("booking_portal:my_appointment", args=[link_token(participation)]))
    expect(page.get_by_role("heading", name="Un créneau plus tôt s'est libéré pour vous")).to_be_visible()
    fits_and_is_accessible(page)
    page.goto(link_of_the_mail())
    heading(page, "Un créneau plus tôt s'est libéré")
    for day in days:
        expect(page.get_by_text(format_day(day))).to_be_visible()
    fits_and_is_accessible(page)
    taking.on(page.get_by_role("button", name="Prendre ce créneau"))

    expect(page.get_by_role("status")).to_contain_text("Votre rendez-vous est avancé")
    expect(page.locator("#appointment")).to_contain_text(re.compile(re.sub(r"\s", r"\\s", format_day(days[0]))))
    taking.make("take an earlier slot", 1, capsys)
    assert Appointment.objects.get(pk=participation.appointment_id).starts_at == paris(days[0], 9)


def test_by_keyboard_and_without_javascript_it_is_declined(phone_without_javascript, participation, taken, days):
    page = phone_without_javascript
    page.goto(reverse("booking_portal:my_appointment_earlier", args=[link_token(participation)]))
    tab_to(page, page.get_by_role("button", name="Me mettre sur la liste"))
    page.keyboard.press("Enter")
    expect(page.get_by_role("status")).to_contain_text("Vous êtes sur la liste")

    free(taken)
    page.goto(link_of_the_mail())
    tab_to(page, page.get_by_role("button", name="Garder mon rendez-vous"))
    page.keyboard.press("Enter")

    expect(page.get_by_role("status")).to_contain_text("votre rendez-vous ne change pas")
    assert Appointment.objects.get(pk=participation.appointment_id).starts_at == paris(days[1], 14)
