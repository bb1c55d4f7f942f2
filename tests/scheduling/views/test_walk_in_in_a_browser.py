"""Somebody at the counter without an appointment, in a real browser: queued and received, by mouse and by keyboard."""

import re
from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone
from playwright.sync_api import expect

from scheduling.models import Appointment
from scheduling.services.actors import Actor
from scheduling.services.visits import receive
from tests.browsers import Clicks, tab_to
from tests.factories import (
    make_agent,
    make_appointment,
    make_citizen,
    make_desk,
    make_location,
    make_motif,
    make_organization,
)


@pytest.fixture
def organization(transactional_db):
    return make_organization(name="Mairie d'Arras")


@pytest.fixture
def desk(organization):
    place = make_location(organization=organization, name="Hôtel de ville")
    motif = make_motif(organization=organization, name="État civil")
    return make_desk(location=place, name="Guichet 1", motifs=[motif])


@pytest.fixture
def room(open_page, client, live_server, desk):
    agent = make_agent(organization=desk.organization, is_front_desk=True, first_name="Alix", last_name="Durand")
    client.force_login(agent)
    page = open_page()
    cookie = {"name": "sessionid", "value": client.cookies["sessionid"].value, "url": live_server.url}
    page.context.add_cookies([cookie])
    page.goto(reverse("scheduling:waiting_room", args=[desk.organization.slug], query={"lieu": desk.location_id}))
    return page


def row(page, name):
    return page.locator(".visit-row", has_text=name)


def test_a_walk_in_is_queued_and_received(room, organization, desk, capsys):
    """Nothing is chosen that the page knows: the desk of the place, and the only motif that it serves."""
    make_citizen(organization=organization, first_name="Anne-Sophie", last_name="Lefèvre")
    now = timezone.now()
    expected = make_appointment(
        motif=desk.motifs.get(),
        calendar=desk.calendar,
        location=desk.location,
        citizen=make_citizen(organization=organization, last_name="Attendu"),
        starts_at=timezone.localtime(now).replace(hour=12, minute=0, second=0, microsecond=0),
        now=now - timedelta(days=1),
    )
    room.reload()
    expect(row(room, "ATTENDU")).to_be_visible()
    clicks = Clicks()

    clicks.on(room.get_by_role("link", name="Sans RDV"))
    search = room.get_by_label("Nom, téléphone ou e-mail")
    expect(search).to_be_focused()
    search.press_sequentially("lefev")
    clicks.on(room.get_by_role("link", name="Anne-Sophie LEFÈVRE"))
    expect(room.get_by_label("Usager", exact=True)).to_contain_text("LEFÈVRE")
    clicks.on(room.get_by_role("button", name="Mettre en file"))
    expect(row(room, "LEFÈVRE")).to_contain_text("Attend depuis")
    clicks.on(row(room, "LEFÈVRE").get_by_role("button", name="Recevoir"))
    expect(row(room, "LEFÈVRE")).to_contain_text("Avec Alix Durand")
    clicks.make("queue a walk-in and call them in", 4, capsys)

    tab_to(room, room.get_by_role("link", name="Sans RDV"))
    room.keyboard.press("Enter")
    expect(search).to_be_focused()
    room.keyboard.type("Benali")
    expect(room.get_by_text("Aucun usager trouvé")).to_be_visible()
    tab_to(room, room.get_by_label("Nom", exact=True))
    room.keyboard.type("Benali")
    room.keyboard.press("Tab")
    room.keyboard.type("Nadia")
    room.keyboard.press("Enter")
    expect(row(room, "BENALI")).to_contain_text("Attend depuis")
    tab_to(room, row(room, "BENALI").get_by_role("button", name="Recevoir"))
    room.keyboard.press("Enter")
    expect(row(room, "BENALI")).to_contain_text("Avec Alix Durand")
    finish = row(room, "BENALI").get_by_role("button", name="Terminé")
    expect(finish).to_be_focused()

    # Somebody else calls the next one in: this page shows it by itself, and takes the focus from nobody.
    receive(appointment=expected, actor=Actor.of(make_agent(last_name="Collègue")), now=timezone.now())
    expect(row(room, "ATTENDU")).to_contain_text(re.compile("Avec .*Collègue"), timeout=20_000)
    expect(finish).to_be_focused()
    room.keyboard.press("Enter")
    expect(room.locator("section", has=room.locator("#room-done"))).to_contain_text("BENALI")
    expect(room.locator("#waiting-room")).to_be_focused()  # Not the beginning of the page.
    assert Appointment.objects.get(citizens__last_name="Benali").stage == "done"
