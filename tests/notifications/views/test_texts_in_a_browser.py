import re

import pytest
from django.urls import reverse
from playwright.sync_api import expect

from notifications.levels import Level
from notifications.services.texts import write_text
from organizations.models import Membership
from tests.browsers import Clicks, tab_to
from tests.factories import NOW, make_agent, make_motif


@pytest.fixture
def motif(transactional_db):
    return make_motif(name="Passeport")


@pytest.fixture
def admins_desktop(desktop, motif, client, live_server):
    client.force_login(make_agent(organization=motif.organization, role=Membership.Role.ADMIN))
    desktop.context.add_cookies(
        [{"name": "sessionid", "value": client.cookies["sessionid"].value, "url": live_server.url}]
    )
    return desktop


def test_a_text_of_a_motif_is_previewed_refused_saved_and_given_back(admins_desktop, motif):
    page, organization = admins_desktop, motif.organization
    write_text(
        level=Level(organization.territory), kind="booked", channel="sms", subject="", body="Du territoire : {date}",
        seen=None, agent=None, now=NOW,
    )  # fmt: skip
    page.goto(reverse("scheduling:motif_edit", args=[organization.slug, motif.pk]))
    page.get_by_role("link", name="Notifications").and_(page.locator(".btn")).click()

    expect(page.get_by_role("row", name=re.compile("Création du RDV"))).to_contain_text("Territoire")
    page.get_by_role("link", name="Modifier le texte Création du RDV, SMS").click()
    in_force, body, preview = page.locator(".is-in-force"), page.get_by_label("Texte"), page.locator("#text-preview")
    expect(in_force).to_contain_text("Territoire")
    expect(body).to_have_value("Du territoire : {date}")

    body.fill("Bonjour {beneficiaire},\nà {heure}")
    expect(preview.locator("mark")).to_have_text("{heure}")
    expect(preview).to_contain_text("Bonjour Camille DUPONT")
    page.get_by_role("button", name="Enregistrer").click()
    expect(page.locator(".error-summary")).to_contain_text("Ligne 2, caractère 3")
    expect(body).to_have_value("Bonjour {beneficiaire},\nà {heure}")

    body.fill("Bonjour {0} 😀")
    expect(preview).to_contain_text("impose UCS-2")
    body.fill("Bonjour {0}, à {lieu}")
    expect(preview).to_contain_text("1 SMS")
    expect(preview).to_contain_text("Bonjour Camille DUPONT, à Centre social")
    page.get_by_role("button", name="Enregistrer").click()
    row = page.get_by_role("row", name=re.compile("Création du RDV"))
    expect(row.locator(".tag", has_text="Motif")).to_be_visible()

    page.get_by_role("link", name="Modifier le texte Création du RDV, SMS").click()
    expect(in_force).to_contain_text("Passeport")
    page.get_by_role("button", name="Revenir au texte hérité").click()
    expect(in_force).to_contain_text("Territoire")
    expect(body).to_have_value("Du territoire : {date}")

    page.get_by_role("button", name="Restaurer").click()
    expect(in_force).to_contain_text("Passeport")
    expect(body).to_have_value("Bonjour {0}, à {lieu}")


def test_a_reminder_is_off_for_the_organization_and_on_again_for_a_motif(admins_desktop, motif, capsys):
    page, organization, clicks = admins_desktop, motif.organization, Clicks()
    row = page.get_by_role("row", name=re.compile("^Rappel"))
    sms = row.get_by_role("cell").nth(1)
    choice, save = page.get_by_label("Rappel, SMS"), page.get_by_role("button", name="Enregistrer")
    page.goto(reverse("scheduling:today", args=[organization.slug]))

    clicks.on(page.get_by_role("link", name="Notifications"))
    expect(sms).to_contain_text("Envoyé")
    expect(sms).to_contain_text("Par défaut")
    choice.select_option(label="Non")
    clicks.count += 2  # The list opened, and chosen from.
    clicks.on(save)
    expect(sms).to_contain_text("Pas envoyé")
    expect(sms.locator(".tag", has_text="Organisation")).to_be_visible()
    clicks.make("turn a reminder by SMS off", 4, capsys)

    # By keyboard alone, for the motif.
    page.goto(reverse("notifications:motif_notification_settings", args=[organization.slug, motif.pk]))
    expect(sms).to_contain_text("Pas envoyé")
    expect(sms.locator(".tag", has_text="Organisation")).to_be_visible()
    expect(choice.locator("option:checked")).to_have_text("Comme l'organisation (non)")
    tab_to(page, choice)
    page.keyboard.type("Oui")
    expect(choice).to_have_value("oui")
    tab_to(page, save)
    page.keyboard.press("Enter")
    expect(page.locator(".notice-success")).to_contain_text("enregistrés")
    expect(sms.locator(".tag", has_text="Motif")).to_be_visible()
    expect(sms).not_to_contain_text("Pas envoyé")

    page.goto(reverse("notifications:notification_settings", args=[organization.slug]))
    expect(sms).to_contain_text("Pas envoyé")
    expect(page.locator(".switch-below")).to_contain_text("Passeport")
