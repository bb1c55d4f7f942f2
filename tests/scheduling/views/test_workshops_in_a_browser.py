"""A workshop from its motif to who came, by mouse and by keyboard."""

from datetime import UTC, datetime, time
from zoneinfo import ZoneInfo

import pytest
from django.urls import reverse
from playwright.sync_api import expect

from organizations.models import Membership
from scheduling.engine.wall_clock import local_day
from scheduling.models import Appointment
from tests.browsers import Clicks, tab_to
from tests.factories import (
    PASSWORD,
    make_agent,
    make_citizen,
    make_location,
    make_motif,
    make_opening,
    make_organization,
)
from tests.scheduling.workshops import seats_of, statuses_of

pytestmark = pytest.mark.django_db(transaction=True)


def zone_where_it_is_morning(now):
    """There the workshop of two o'clock is to come today, whenever the test runs.

    A day ahead in the evening: no zone is thirteen hours behind.
    """
    offset = 9 - now.hour
    if offset < -12:
        offset += 24
    return f"Etc/GMT{-offset:+d}" if offset else "Etc/GMT"


@pytest.fixture
def world(live_server, client):
    # The browser's clock is the machine's own.
    now = datetime.now(UTC)
    zone = zone_where_it_is_morning(now)
    organization = make_organization(time_zone_override=zone, open_weekdays=list(range(7)))
    agent = make_agent(organization=organization, role=Membership.Role.ADMIN)
    motif = make_motif(organization=organization, name="Atelier CV", is_collective=True)
    location = make_location(organization=organization, name="Centre social")
    today = local_day(now, ZoneInfo(zone))
    make_opening(
        calendar=agent.calendar,
        organization=organization,
        motifs=[motif],
        location=location,
        first_day=today,
        start_time=time(8),
        end_time=time(20),
        now=now,
    )
    for name in ("Abel", "Bellec", "Caron", "Dumas"):
        make_citizen(organization=organization, first_name="Zoé", last_name=name, phone="+33612345678")
    assert client.login(email=agent.email, password=PASSWORD)
    cookie = {"name": "sessionid", "value": client.cookies["sessionid"].value, "url": live_server.url}
    return organization, today, cookie


def register(page, clicks, name):
    clicks.on(page.get_by_role("link", name="Inscrire", exact=True))
    expect(page.get_by_role("heading", name="Ajouter un participant")).to_be_visible()
    page.get_by_label("Nom, téléphone ou e-mail").press_sequentially(name.lower())
    clicks.on(page.get_by_role("link", name=f"Zoé {name.upper()}"))
    clicks.on(page.get_by_role("button", name="Inscrire à l'atelier"))
    expect(page.locator("#workshop-people")).to_contain_text(f"Zoé {name.upper()}")


def register_by_keyboard(page, name, *, button):
    """The search has the focus from the start."""
    tab_to(page, page.get_by_role("link", name="Inscrire", exact=True))
    page.keyboard.press("Enter")
    expect(page.get_by_label("Nom, téléphone ou e-mail")).to_be_focused()
    page.keyboard.type(name.lower())
    expect(page.get_by_role("link", name=f"Zoé {name.upper()}")).to_be_visible()
    tab_to(page, page.get_by_role("link", name=f"Zoé {name.upper()}"))
    page.keyboard.press("Enter")
    expect(page.get_by_role("button", name=button)).to_be_visible()
    tab_to(page, page.get_by_role("button", name=button))
    page.keyboard.press("Enter")
    expect(page.locator("#workshop-people")).to_contain_text(f"Zoé {name.upper()}")


def test_a_workshop_from_its_motif_to_who_came(world, desktop, capsys):
    organization, today, cookie = world
    page, clicks = desktop, Clicks()
    page.context.add_cookies([cookie])
    page.goto(reverse("scheduling:workshop_list", args=[organization.slug]))

    page.get_by_role("link", name="Ajouter un atelier").first.click()
    expect(page.get_by_label("Motif")).to_contain_text("Atelier CV")
    page.get_by_label("Date").fill(today.isoformat())
    page.get_by_label("De", exact=True).fill("14h")
    page.get_by_label("Places").fill("3")
    page.get_by_label("Lieu (facultatif)", exact=True).select_option(label="Centre social")
    page.get_by_role("button", name="Ajouter l'atelier").click()
    people = page.locator("#workshop-people")
    expect(people).to_contain_text("0/3 inscrits")

    register(page, clicks, "Abel")
    register(page, Clicks(), "Bellec")
    register(page, Clicks(), "Caron")
    expect(people).to_contain_text("Complet")
    register_by_keyboard(page, "Dumas", button="Mettre en liste d'attente")
    expect(people).to_contain_text("3/3 inscrits, 1 en attente")
    clicks.make("register somebody known for a workshop", 3, capsys)

    page.get_by_text("Autres actions : Zoé BELLEC").locator("..").click()
    page.get_by_role("link", name="Ne participe plus…").click()
    page.get_by_role("button", name="Confirmer").click()
    expect(page.get_by_text("La place va à Zoé DUMAS, qui attendait.")).to_be_visible()
    expect(people).to_contain_text("3/3 inscrits")
    expect(people).not_to_contain_text("en attente")

    clicks = Clicks()
    clicks.on(page.get_by_role("button", name="Absent : Zoé CARON"))
    expect(people).to_contain_text("1 absent")
    clicks.make("say of one person whether they came", 1, capsys)
    clicks = Clicks()
    clicks.on(page.get_by_role("button", name="Tous présents"))
    expect(people).to_contain_text("2 présents")
    clicks.make("say that all the others came", 1, capsys)
    workshop = Appointment.objects.collective().get()
    assert sorted(statuses_of(workshop)) == ["cancelled_by_citizen", "fulfilled", "fulfilled", "no_show"]
    assert sorted(seats_of(workshop)) == [1, 2, 3]

    # By keyboard: taken back, and said again where the focus has stayed.
    tab_to(page, page.get_by_role("button", name="Annuler ce choix : Zoé ABEL"))
    page.keyboard.press("Enter")
    expect(people).to_contain_text("1 à renseigner")
    expect(page.get_by_role("button", name="Présent : Zoé ABEL")).to_be_focused()
    page.keyboard.press("Enter")
    expect(people).not_to_contain_text("à renseigner")
    assert statuses_of(workshop).count("fulfilled") == 2
