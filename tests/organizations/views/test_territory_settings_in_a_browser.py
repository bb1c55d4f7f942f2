"""An administrator of a territory makes a service, a team and a right by keyboard, and searches with the team.

The same pages on a phone, through axe: `tests/test_accessibility.py`.
"""

import re

import pytest
from django.urls import reverse
from django.utils import timezone
from playwright.sync_api import expect

from organizations.models import ServiceUnit, Team, TerritoryRole
from tests.browsers import tab_to
from tests.factories import (
    make_agent,
    make_location,
    make_membership,
    make_motif,
    make_opening,
    make_organization,
    make_territory_admin,
)


@pytest.fixture
def organization(transactional_db):
    return make_organization(name="Maison des solidarités", open_weekdays=list(range(7)))


@pytest.fixture
def people(organization):
    """Three agents who open every day for one motif."""
    now = timezone.now()
    motif, location = make_motif(organization=organization, name="Accueil"), make_location(organization=organization)
    agents = [
        make_agent(organization=organization, first_name=first, last_name=last)
        for first, last in (("Nora", "Petit"), ("Zoé", "Œuvrard"), ("Luc", "Roux"))
    ]
    for agent in agents:
        make_opening(
            calendar=agent.calendar,
            motifs=[motif],
            location=location,
            first_day=timezone.localdate(),
            rrule="FREQ=DAILY",
            now=now,
        )
    return agents


def press(page, role, name):
    tab_to(page, page.get_by_role(role, name=name).first)
    page.keyboard.press("Enter")


def test_a_service_a_team_and_a_right_are_made_by_keyboard_and_the_team_narrows_a_search(
    organization, people, desktop, client, live_server
):
    territory, admin = organization.territory, make_territory_admin(territory=organization.territory)
    make_membership(agent=admin, organization=organization, role="admin")
    client.force_login(admin)
    cookie = {"name": "sessionid", "value": client.cookies["sessionid"].value, "url": live_server.url}
    desktop.context.add_cookies([cookie])

    desktop.goto(reverse("organizations:unit_list", args=[territory.slug]))
    press(desktop, "link", "Ajouter un service")
    tab_to(desktop, desktop.get_by_label("Nom"))
    desktop.keyboard.type("PMI")
    desktop.keyboard.press("Enter")
    expect(desktop.get_by_text(re.compile("Le service .*PMI.* est ajouté"))).to_be_visible()
    assert ServiceUnit.objects.get().name == "PMI"

    press(desktop, "link", "Équipes")
    press(desktop, "link", "Créer une équipe")
    tab_to(desktop, desktop.get_by_label("Nom de l'équipe"))
    desktop.keyboard.type("Secteur nord")
    tab_to(desktop, desktop.get_by_label("Chercher un agent"))
    for typed, agent in (("petit", "Nora Petit"), ("oeuvrard zoe", "Zoé Œuvrard")):
        desktop.get_by_label("Chercher un agent").fill(typed)
        tab_to(desktop, desktop.get_by_label(agent))
        desktop.keyboard.press("Space")
        expect(desktop.get_by_label("Luc Roux")).to_be_hidden()
        tab_to(desktop, desktop.get_by_label("Chercher un agent"), key="Shift+Tab")
    press(desktop, "button", "Créer l'équipe")
    expect(desktop.get_by_role("row", name=re.compile("Secteur nord.*2.agents"))).to_be_visible()
    assert set(Team.objects.get().agents.all()) == set(people[:2])

    press(desktop, "link", "Droits")
    press(desktop, "link", "Droits de Luc Roux")
    tab_to(desktop, desktop.get_by_label("Gère les équipes"))
    desktop.keyboard.press("Space")
    press(desktop, "button", "Enregistrer")
    expect(desktop.get_by_text("Les droits de Luc Roux sont enregistrés")).to_be_visible()
    assert TerritoryRole.objects.get(agent=people[2]).manages_teams

    motif = people[0].calendar.openings.get().motifs.get()
    search = reverse("scheduling:slot_search", args=[organization.slug], query={"motif": motif.pk})
    desktop.goto(search)
    slots = desktop.get_by_label("Créneaux")
    expect(slots.get_by_text("Luc Roux").first).to_be_visible()
    tab_to(desktop, desktop.get_by_label("Équipe"))
    desktop.keyboard.type("Secteur")
    expect(slots.get_by_text("Luc Roux")).to_have_count(0)
    expect(slots.get_by_text("Nora Petit").first).to_be_visible()
    assert "equipe=" in desktop.url
