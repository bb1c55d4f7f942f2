import re
from datetime import timedelta
from decimal import Decimal

import pytest
from django.urls import reverse
from django.utils import timezone
from playwright.sync_api import expect

from notifications.levels import Level
from notifications.services.texts import write_text
from organizations.models import Membership
from tests.browsers import Clicks, tab_to
from tests.factories import (
    NOW,
    make_agent,
    make_appointment,
    make_citizen,
    make_motif,
    make_organization,
    make_territory,
)

# As `seeds/appointment-administration.txt` has them.
SEVEN_EVENTS = [
    "Création du RDV",
    "Rappel",
    "Changement de date",
    "Absence",
    "Rendez-vous déprogrammé",
    "Annulation par l'usager",
    "Annulation par un agent",
]
EIGHT_FIELDS = {
    "{0}": "Bénéficiaire",
    "{1}": "Date du rendez-vous",
    "{2}": "Nom du guichet",
    "{3}": "Nom du lieu de rendez-vous",
    "{4}": "Lieu de rendez-vous",
    "{5}": "Nom du type de guichet",
    "{6}": "Durée du rendez-vous",
    "{7}": "Précédente date du rendez-vous",
}


@pytest.fixture
def motif(transactional_db):
    territory = make_territory(sms_price=Decimal("0.0725"))
    motif = make_motif(organization=make_organization(territory=territory), name="Passeport")
    citizen = make_citizen(organization=motif.organization, phone="+33612345678")
    now = timezone.now()
    make_appointment(motif=motif, citizen=citizen, starts_at=now + timedelta(days=9), now=now)
    return motif


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
    expect(preview).to_contain_text(
        re.compile(r"Environ 1.envoi dans les 30.jours à venir.*soit 1.SMS et 0,07.€", re.S)
    )
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

    page.get_by_role("navigation", name="Langue", exact=True).get_by_role("link", name="Anglais").click()
    expect(in_force).to_contain_text("en français")
    body.fill("Come on {date} {lien}")
    expect(preview).to_contain_text(re.compile(r"Come on \w+day \d+ \w+ at \d+:\d\d"))
    page.get_by_role("button", name="Enregistrer").click()
    expect(page.get_by_text("en anglais est enregistré")).to_be_visible()

    for event in SEVEN_EVENTS:
        expect(page.get_by_role("rowheader", name=re.compile(f"^{event}"))).to_be_visible()
    page.get_by_role("link", name="Modifier le texte Changement de date, e-mail").click()
    page.get_by_text("Champs de fusion").click()
    for digit, label in EIGHT_FIELDS.items():
        field = page.locator(".text-fields dl > div", has_text=digit)
        expect(field).to_contain_text(label)


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
