"""What happens to an RDV at the counter, each with the fewest clicks and by keyboard: cancelled, concluded, joined."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone
from playwright.sync_api import expect

from organizations.models import Membership
from scheduling.models import AppointmentStatus
from tests.browsers import Clicks, tab_to
from tests.factories import (
    PASSWORD,
    make_agent,
    make_appointment,
    make_citizen,
    make_motif,
    make_organization,
    make_territory,
)

Status = AppointmentStatus


@pytest.fixture
def organization(transactional_db):
    return make_organization(territory=make_territory(country="ZZ"), open_weekdays=list(range(7)))


@pytest.fixture
def agent(organization):
    return make_agent(organization=organization, role=Membership.Role.ADMIN)


@pytest.fixture
def page(desktop, client, agent, live_server):
    assert client.login(email=agent.email, password=PASSWORD)
    cookie = {"name": "sessionid", "value": client.cookies["sessionid"].value, "url": live_server.url}
    desktop.context.add_cookies([cookie])
    return desktop


@pytest.fixture
def place(organization, agent):
    """`place(hours)`: an RDV that begins so many hours from now."""
    motif = make_motif(organization=organization, location_kind="phone")

    def placed(hours):
        now = timezone.now()
        return make_appointment(
            motif=motif,
            calendar=agent.calendar,
            starts_at=(now + timedelta(hours=hours)).replace(minute=0, second=0, microsecond=0),
            now=now - timedelta(days=3),
        )

    return placed


def show(page, appointment):
    page.goto(reverse("scheduling:appointment_detail", args=[appointment.organization.slug, appointment.pk]))


def press(page, locator, key="Enter"):
    tab_to(page, locator)
    page.keyboard.press(key)


def status_of(appointment):
    appointment.refresh_from_db()
    return appointment.status


def test_an_rdv_is_cancelled_with_who_asked_and_why(page, place, capsys):
    by_mouse, by_keyboard, clicks = place(48), place(72), Clicks()

    show(page, by_mouse)
    clicks.on(page.get_by_role("link", name="Annuler"))
    clicks.on(page.get_by_label("Le service annule"))
    page.get_by_label("Raison").fill("Agent absent")
    clicks.on(page.get_by_role("button", name="Annuler le rendez-vous"))
    expect(page.get_by_text("Le rendez-vous est annulé.")).to_be_visible()
    expect(page.get_by_text("Agent absent")).to_be_visible()
    assert status_of(by_mouse) == Status.CANCELLED_BY_AGENT
    clicks.make("cancel an RDV with its reason", 3, capsys)

    show(page, by_keyboard)
    press(page, page.get_by_role("link", name="Annuler"))
    tab_to(page, page.get_by_label("L'usager a demandé l'annulation"))
    page.keyboard.press("Tab")
    page.keyboard.type("Empêché")
    press(page, page.get_by_role("button", name="Annuler le rendez-vous"))
    expect(page.get_by_text("Le rendez-vous est annulé.")).to_be_visible()
    expect(page.get_by_text("Empêché")).to_be_visible()
    assert status_of(by_keyboard) == Status.CANCELLED_BY_CITIZEN


def test_an_outcome_is_given_and_taken_back(page, place, capsys):
    appointment, clicks = place(-2), Clicks()
    came, back = page.get_by_role("button", name="Honoré"), page.get_by_role("button", name="Retirer le résultat")

    show(page, appointment)
    clicks.on(came)
    expect(back).to_be_visible()
    assert status_of(appointment) == Status.FULFILLED
    clicks.on(back)
    expect(came).to_be_visible()
    assert status_of(appointment) == Status.BOOKED
    clicks.make("say that somebody came and take it back", 2, capsys)

    press(page, came)
    expect(back).to_be_visible()
    assert status_of(appointment) == Status.FULFILLED
    press(page, back)
    expect(came).to_be_visible()
    assert status_of(appointment) == Status.BOOKED


def test_somebody_joins(page, place, organization, capsys):
    appointment, clicks = place(48), Clicks()
    for first_name, last_name in [("Chloé", "Vidal"), ("Hugo", "Zidane")]:
        make_citizen(organization=organization, first_name=first_name, last_name=last_name)
    join = page.get_by_role("link", name="Ajouter un participant")
    confirm = page.get_by_role("button", name="Ajouter au rendez-vous")

    show(page, appointment)
    clicks.on(join)
    expect(page.get_by_label("Nom, téléphone ou e-mail")).to_be_focused()
    page.keyboard.type("vidal")
    clicks.on(page.get_by_role("link", name="Chloé VIDAL"))
    clicks.on(confirm)
    expect(page.get_by_text("Chloé VIDAL participe au rendez-vous.")).to_be_visible()
    clicks.make("add a participant", 3, capsys)

    press(page, join)
    expect(page.get_by_label("Nom, téléphone ou e-mail")).to_be_focused()
    page.keyboard.type("zidane")
    found = page.get_by_role("link", name="Hugo ZIDANE")
    expect(found).to_be_visible()
    press(page, found)
    press(page, confirm)
    expect(page.get_by_text("Hugo ZIDANE participe au rendez-vous.")).to_be_visible()
    assert appointment.participations.count() == 3
