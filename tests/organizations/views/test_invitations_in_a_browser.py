"""From the pasted address to the first day of a new agent: the administrator by keyboard, the agent on a phone."""

import re
from urllib.parse import urlsplit

import pytest
from django.core import mail
from django.urls import reverse
from django.utils import timezone
from playwright.sync_api import expect

from organizations.models import Agent, Membership
from organizations.services.invitations import mail_invitations
from tests.browsers import seen_by_axe, tab_to
from tests.factories import PASSWORD, make_agent, make_organization, make_unit


@pytest.fixture
def organization(transactional_db):
    return make_organization(name="Maison des solidarités")


@pytest.fixture
def admin(organization):
    return make_agent(organization=organization, role=Membership.Role.ADMIN, first_name="Inès", last_name="Roux")


def link_in_the_mail():
    mail_invitations(now=timezone.now())
    (message,) = mail.outbox
    return urlsplit(re.search(r"https?://\S+/invitation/\S+", message.body)[0]).path


def fits_and_is_accessible(page):
    serious = {"serious", "critical"}
    assert [item["id"] for item in seen_by_axe(page).response["violations"] if item["impact"] in serious] == []
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")


def test_an_address_pasted_becomes_an_agent_who_may_be_taken_out_again(
    organization, admin, desktop, phone, client, live_server
):
    make_unit(territory=organization.territory, name="PMI")
    client.force_login(admin)
    cookie = {"name": "sessionid", "value": client.cookies["sessionid"].value, "url": live_server.url}
    desktop.context.add_cookies([cookie])

    desktop.goto(reverse("scheduling:member_list", args=[organization.slug]))
    tab_to(desktop, desktop.get_by_role("link", name="Inviter des agents"))
    desktop.keyboard.press("Enter")
    tab_to(desktop, desktop.get_by_label("Adresses e-mail"))
    desktop.keyboard.type("Nora Petit <nora@example.org>")
    tab_to(desktop, desktop.get_by_label("PMI"))
    desktop.keyboard.press("Space")
    tab_to(desktop, desktop.get_by_role("button", name="Envoyer les invitations"))
    desktop.keyboard.press("Enter")
    expect(desktop.get_by_text("1 invitation envoyée")).to_be_visible()
    expect(desktop.get_by_role("row", name=re.compile("nora@example.org"))).to_be_visible()
    fits_and_is_accessible(desktop)

    phone.goto(link_in_the_mail())
    fits_and_is_accessible(phone)
    phone.get_by_label("Prénom").fill("Nora")
    phone.get_by_label("Nom", exact=True).fill("Petit")
    phone.get_by_label("Mot de passe").fill(PASSWORD)
    phone.get_by_role("button", name="Créer mon compte et rejoindre").click()
    expect(phone.get_by_text("Bienvenue dans Maison des solidarités")).to_be_visible()

    desktop.goto(reverse("scheduling:member_list", args=[organization.slug]))
    tab_to(desktop, desktop.get_by_role("link", name="Retirer Nora Petit"))
    desktop.keyboard.press("Enter")
    expect(desktop.get_by_role("heading", name="Retirer Nora Petit")).to_be_visible()
    fits_and_is_accessible(desktop)
    tab_to(desktop, desktop.get_by_role("button", name="Retirer de l'organisation"))
    desktop.keyboard.press("Enter")
    expect(desktop.get_by_text("ne fait plus partie de l'organisation")).to_be_visible()
    client.force_login(Agent.objects.get(email="nora@example.org"))
    assert client.get(reverse("scheduling:today", args=[organization.slug])).status_code == 404
