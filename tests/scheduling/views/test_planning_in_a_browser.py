"""Opening and closing hours in a real browser: with the keyboard alone, on a phone, and without script."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone
from playwright.sync_api import expect

from organizations.models import Membership, Motif
from scheduling.models import Opening, Unavailability
from tests.browsers import DESKTOP, PHONE, seen_by_axe
from tests.factories import (
    make_agent,
    make_desk,
    make_location,
    make_motif,
    make_opening,
    make_option,
    make_organization,
    make_territory,
    make_unit,
)


@pytest.fixture
def organization(transactional_db):
    return make_organization(territory=make_territory(), name="Maison des solidarités")


@pytest.fixture
def admin(organization):
    unit = make_unit(territory=organization.territory, name="Service social")
    return make_agent(organization=organization, role=Membership.Role.ADMIN, units=[unit], last_name="Martin")


@pytest.fixture
def motif(organization):
    motif = make_motif(organization=organization, name="Accueil social")
    make_option(motif=motif, name="Première visite")
    return motif


@pytest.fixture
def location(organization):
    return make_location(organization=organization, name="Centre social")


@pytest.fixture
def sign_in(admin, live_server, client):
    client.force_login(admin)
    cookie = {"name": "sessionid", "value": client.cookies["sessionid"].value, "url": live_server.url}
    return lambda page: page.context.add_cookies([cookie])


def path(organization, name, *arguments):
    return reverse(name, args=[organization.slug, *arguments])


def saved(page, sentence):
    expect(page.locator(".bo-main .notice-success").first).to_contain_text(sentence)


def test_the_sentence_follows_what_is_typed(desktop, organization, motif, location, sign_in):
    sign_in(desktop)
    desktop.goto(path(organization, "scheduling:opening_add"))
    meaning = desktop.locator("#series-preview")

    desktop.get_by_label("Accueil social").check()
    desktop.get_by_label("Lieu").select_option(label="Centre social")
    desktop.get_by_label("De", exact=True).fill("9h")
    desktop.get_by_label("À", exact=True).fill("12h30")
    expect(meaning).to_contain_text(
        "de 9\N{NO-BREAK SPACE}h à 12\N{NO-BREAK SPACE}h\N{NO-BREAK SPACE}30 – Centre social."
    )
    expect(desktop.get_by_label("mardi")).to_be_hidden()
    desktop.get_by_label("Par semaines").check()
    desktop.get_by_label("mardi").check()
    desktop.get_by_label("jeudi").check()
    expect(meaning).to_contain_text("Tous les mardis et jeudis")
    expect(meaning.locator(".occasion-days li")).to_have_count(5)
    desktop.get_by_role("button", name="Ajouter la plage").click()

    saved(desktop, "La plage d'ouverture est ajoutée.")
    assert Opening.objects.get().rrule == "FREQ=WEEKLY;BYDAY=TU,TH"


def test_with_the_keyboard_alone(desktop, organization, motif, location, sign_in):
    sign_in(desktop)
    desktop.goto(path(organization, "scheduling:opening_add"))
    desktop.get_by_label("Agenda").focus()
    press = desktop.keyboard.press

    press("Tab")
    desktop.keyboard.type("Permanence")
    press("Tab")
    press("Space")  # The only motif.
    press("Tab")
    desktop.keyboard.type("Centre")
    for _ in range(4):
        press("Tab")  # Past the day's three parts and its picker.
    press("Tab")
    desktop.keyboard.type("9h")
    press("Tab")
    desktop.keyboard.type("24h")
    press("Tab")
    press("ArrowDown")  # By days.
    press("Enter")

    saved(desktop, "La plage d'ouverture est ajoutée.")
    opening = Opening.objects.get()
    assert (opening.title, opening.rrule, opening.location) == ("Permanence", "FREQ=DAILY", location)


def test_on_a_phone_without_script_a_warning_is_confirmed(
    phone_without_javascript, organization, admin, motif, location, sign_in
):
    page, tomorrow = phone_without_javascript, timezone.localdate() + timedelta(days=1)
    make_opening(
        calendar=admin.calendar,
        motifs=[motif],
        location=location,
        first_day=tomorrow,
        rrule="FREQ=DAILY",
        title="Déjà là",
        now=timezone.now(),
    )
    sign_in(page)
    page.goto(path(organization, "scheduling:opening_add"))
    page.get_by_label("Accueil social").check()
    page.get_by_label("Lieu").select_option(label="Centre social")
    page.get_by_label("De", exact=True).fill("11h")
    page.get_by_label("À", exact=True).fill("14h")
    page.get_by_label("Par jours").check()
    page.get_by_role("button", name="Ajouter la plage").click()

    expect(page.locator(".to-confirm")).to_contain_text("Elle chevauche la plage")
    expect(page.locator("#series-preview")).to_contain_text("Tous les jours de 11")
    expect(page.get_by_label("De", exact=True)).to_have_value("11h")
    page.get_by_label("Enregistrer quand même").check()
    page.get_by_role("button", name="Ajouter la plage").click()

    saved(page, "La plage d'ouverture est ajoutée.")
    assert Opening.objects.count() == 2


def test_an_absence_of_several_days_is_typed_changed_and_deleted_on_a_phone(phone, organization, sign_in):
    sign_in(phone)
    phone.goto(path(organization, "scheduling:unavailability_add"))
    phone.get_by_label("Intitulé").fill("Congés")
    phone.get_by_label("Dernier jour").fill((timezone.localdate() + timedelta(days=4)).isoformat())
    expect(phone.locator("#series-preview")).to_contain_text("inclus")
    phone.get_by_role("button", name="Ajouter l'indisponibilité").click()
    saved(phone, "L'indisponibilité est ajoutée.")
    assert Unavailability.objects.get().days_spanned == 5

    phone.get_by_role("link", name="Modifier").click()
    phone.locator("#id_end_time").fill("12h")
    phone.get_by_role("button", name="Enregistrer").click()
    saved(phone, "L'indisponibilité est modifiée.")
    phone.get_by_role("link", name="Supprimer").click()
    phone.get_by_role("button", name="Supprimer l'indisponibilité").click()

    saved(phone, "L'indisponibilité est supprimée")
    assert not Unavailability.objects.exists()


def test_a_motif_is_configured_with_what_was_understood_shown(desktop, organization, sign_in):
    sign_in(desktop)
    desktop.goto(path(organization, "scheduling:motif_add"))
    desktop.get_by_label("Nom", exact=True).fill("Pièces d'identité")
    desktop.get_by_label("Délai maximum").fill("2m")
    expect(desktop.locator(".duration-reading", has_text="2\N{NO-BREAK SPACE}mois")).to_be_visible()
    desktop.get_by_label("tout le monde, sur le portail").check()
    desktop.get_by_label("Option", exact=True).first.fill("CNI")
    desktop.get_by_label("Question", exact=True).first.fill("Quartier")
    choices = desktop.get_by_label("Choix, un par ligne").first
    expect(choices).to_be_hidden()
    desktop.get_by_label("Réponse", exact=True).first.select_option(label="choix")
    choices.fill("Nord\nSud")
    desktop.get_by_role("button", name="Ajouter le motif").click()

    saved(desktop, "est ajouté")
    motif = Motif.objects.get()
    assert (motif.maximum_delay_months, motif.questions.get().choices) == (2, ["Nord", "Sud"])
    assert motif.options.get().name == "CNI"


PAGES = [
    "scheduling:opening_list",
    "scheduling:opening_add",
    "scheduling:opening_edit",
    "scheduling:opening_delete",
    "scheduling:unavailability_list",
    "scheduling:unavailability_add",
    "scheduling:motif_list",
    "scheduling:motif_edit",
    "scheduling:motif_archive",
    "scheduling:desk_list",
    "scheduling:desk_edit",
    "organizations:location_list",
    "organizations:location_edit",
    "scheduling:location_close",
]


# On every run: test_accessibility.
@pytest.mark.nightly
@pytest.mark.parametrize("viewport", [DESKTOP, PHONE], ids=["wide", "360 px"])
def test_every_page_fits_and_is_accessible(open_page, viewport, organization, admin, motif, location, sign_in):
    page = open_page(viewport)
    calendar = admin.calendar
    calendar.weekly_allowance = timedelta(hours=16)
    calendar.save()
    objects = {
        "opening": make_opening(
            calendar=calendar,
            motifs=[motif],
            location=location,
            first_day=timezone.localdate(),
            rrule="FREQ=WEEKLY;BYDAY=MO,TU",
            now=timezone.now(),
        ),
        "motif": motif,
        "desk": make_desk(location=location, motifs=[motif]),
        "location": location,
    }
    sign_in(page)
    for name in PAGES:
        kind, act = name.split(":")[1].rsplit("_", 1)
        page.goto(path(organization, name, *([objects[kind].pk] if act not in {"list", "add"} else [])))
        assert page.evaluate("document.documentElement.scrollWidth") <= viewport["width"], name
        results = seen_by_axe(page)
        assert results.violations_count == 0, f"{name}\n{results.generate_report()}"
