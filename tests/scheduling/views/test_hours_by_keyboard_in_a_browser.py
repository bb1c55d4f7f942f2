"""Hours opened and closed without a mouse, wide and at 360 px: refused, mended, changed in part, brought back."""

import re
from datetime import time, timedelta

import pytest
from django.urls import reverse
from django.utils import timezone
from playwright.sync_api import expect

from organizations.models import Desk, Location, Membership
from scheduling.models import Opening, ReferenceWeek, Unavailability
from tests.browsers import DESKTOP, PHONE, tab_to
from tests.factories import (
    make_agent,
    make_desk,
    make_location,
    make_motif,
    make_opening,
    make_organization,
    make_reference_week,
    make_territory,
)

MODELS = {"opening": Opening, "unavailability": Unavailability}
ADD = {"opening": "Ajouter la plage", "unavailability": "Ajouter l'indisponibilité"}


@pytest.fixture
def organization(transactional_db):
    # No public holiday closes anything there, whatever today is.
    return make_organization(territory=make_territory(country="ZZ"), open_weekdays=list(range(7)))


@pytest.fixture
def admin(organization):
    return make_agent(organization=organization, role=Membership.Role.ADMIN, last_name="Martin")


@pytest.fixture
def location(organization):
    return make_location(organization=organization, name="Centre social")


@pytest.fixture
def motif(organization):
    return make_motif(organization=organization, name="Accueil social")


@pytest.fixture(params=[pytest.param(DESKTOP, marks=pytest.mark.nightly), PHONE], ids=["wide", "360 px"])
def page(request, open_page, admin, live_server, client):
    page = open_page(request.param)
    client.force_login(admin)
    cookie = {"name": "sessionid", "value": client.cookies["sessionid"].value, "url": live_server.url}
    page.context.add_cookies([cookie])
    return page


def go(page, organization, name):
    page.goto(reverse(name, args=[organization.slug]))


def fits(page):
    """No scrolling sideways, once the styles are there."""
    page.wait_for_load_state()
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"), page.url


def press(page, role, name, **options):
    """Tab to that link or button and press Enter."""
    tab_to(page, page.get_by_role(role, name=name, **options).first)
    page.keyboard.press("Enter")


def write(page, name, text):
    """Tab to that field and type over what it holds."""
    tab_to(page, page.locator(f"#id_{name}"))
    page.keyboard.press("ControlOrMeta+a")
    page.keyboard.type(text)


def arrived(page, title):
    expect(page.get_by_role("heading", level=1)).to_have_text(title)
    fits(page)


def said(page, sentence):
    expect(page.locator(".bo-main .notice-success").first).to_contain_text(sentence)
    fits(page)


def follow_the_first_error(page, sentence):
    """A refusal takes the focus to its summary, which leads into the field."""
    summary = page.locator("[data-error-summary]")
    expect(summary).to_be_focused()
    expect(summary).to_contain_text(sentence)
    fits(page)
    tab_to(page, summary.get_by_role("link").first, most=1)
    page.keyboard.press("Enter")


def choose_scope(page, downs, *, of_the_second_date=False):
    """« Cette occurrence » is chosen at first; « Continuer » is what Enter presses."""
    tab_to(page, page.get_by_role("radio", name="Cette occurrence"))
    for _ in range(downs):
        page.keyboard.press("ArrowDown")
    if of_the_second_date:
        page.keyboard.press("Tab")
        page.keyboard.press("ArrowDown")
        page.keyboard.press("Shift+Tab")
    page.keyboard.press("Enter")


@pytest.mark.parametrize("kind", MODELS)
def test_a_series_is_refused_mended_split_and_its_day_brought_back(page, organization, motif, location, kind):
    rows = MODELS[kind].objects
    go(page, organization, f"scheduling:{kind}_list")
    press(page, "link", "Ajouter une")
    expect(page.get_by_role("button", name=ADD[kind])).to_be_visible()
    if kind == "opening":
        tab_to(page, page.get_by_label("Accueil social"))
        page.keyboard.press("Space")
        tab_to(page, page.get_by_label("Lieu"))
        page.keyboard.type("Centre")
    write(page, "start_time", "22h")
    write(page, "end_time", "21h")
    tab_to(page, page.get_by_role("radio", name="Une seule fois"))
    page.keyboard.press("ArrowDown")  # By days.
    press(page, "button", ADD[kind])
    follow_the_first_error(page, "doit se terminer après son début")
    expect(page.locator("#id_end_time")).to_be_focused()
    page.keyboard.press("ControlOrMeta+a")
    page.keyboard.type("23h")
    page.keyboard.press("Enter")
    said(page, "ajoutée")
    assert rows.get().rrule == "FREQ=DAILY"

    press(page, "link", "Modifier")
    choose_scope(page, 1, of_the_second_date=True)
    expect(page.locator(".planning-intro")).to_contain_text("Vous modifiez")
    write(page, "end_time", "24h")
    page.keyboard.press("Enter")
    said(page, "modifié")
    first, following = rows.order_by("first_day")
    assert (first.end_time, first.last_day) == (time(23), following.first_day - timedelta(days=1))
    assert following.end_time == time(0)

    tab_to(page, page.locator(".series-row", has_text="sans fin").get_by_role("link", name="Supprimer"))
    page.keyboard.press("Enter")
    choose_scope(page, 0)
    press(page, "button", "Supprimer l'occurrence")
    said(page, "supprimée")
    press(page, "button", "Rétablir")
    said(page, "rétabli")
    expect(page.get_by_role("button", name="Rétablir")).to_have_count(0)

    tab_to(page, page.locator(".series-row", has_text="sans fin").get_by_role("link", name="Supprimer"))
    page.keyboard.press("Enter")
    choose_scope(page, 2)
    press(page, "link", "Ne rien changer")
    tab_to(page, page.get_by_label("Afficher aussi celles qui sont terminées"))
    page.keyboard.press("Space")
    expect(page).to_have_url(re.compile("passees="))
    expect(page.get_by_label("Afficher aussi celles qui sont terminées")).to_be_focused()
    assert rows.count() == 2


def in_both_orders():
    """Digits of a day that reads the same with its month first: Chromium's own language says which part comes first."""
    day = timezone.localdate() + timedelta(days=21)  # Two whole weeks after next Monday, at least.
    while day.day != day.month:
        day += timedelta(days=1)
    return day, f"{day:%d%m%Y}"


def test_a_reference_week_is_mended_applied_and_deleted(page, organization, admin, motif, location):
    make_reference_week(organization=organization, name="Ordinaire", monday="9h-12h")
    make_reference_week(organization=organization, name="Réduite", tuesday="14h-16h")
    go(page, organization, "scheduling:reference_week_list")
    press(page, "link", "Modifier Ordinaire")
    arrived(page, "Ordinaire")
    write(page, "day_0", "9h-8h")
    press(page, "button", "Enregistrer")
    follow_the_first_error(page, "se termine avant de commencer")
    expect(page.get_by_label("Lundi")).to_be_focused()
    page.keyboard.press("ControlOrMeta+a")
    page.keyboard.type("9h-17h")
    press(page, "button", "Enregistrer")
    said(page, "est enregistrée")

    press(page, "link", "Appliquer Ordinaire")
    arrived(page, "Appliquer « Ordinaire »")
    press(page, "button", "Voir ce qui changerait")
    follow_the_first_error(page, "Guichet ou agenda")
    expect(page.get_by_label("Guichet ou agenda")).to_be_focused()
    page.keyboard.type(str(admin.calendar))
    last, digits = in_both_orders()
    tab_to(page, page.get_by_label("Au (compris)"))
    page.keyboard.type(digits)
    tab_to(page, page.get_by_label("En alternance avec"))
    page.keyboard.type("Réduite")
    tab_to(page, page.locator("summary", has_text="Motifs et lieu"))
    page.keyboard.press("Enter")
    tab_to(page, page.get_by_label("Accueil social"))
    page.keyboard.press("Space")
    tab_to(page, page.get_by_label("Lieu", exact=False).last)
    page.keyboard.type("Centre")
    press(page, "button", "Voir ce qui changerait")
    expect(page.get_by_role("heading", name="Ce qui changerait")).to_be_visible()
    press(page, "button", "Appliquer", exact=True)
    said(page, "La semaine est appliquée")
    expect(page.get_by_role("heading", name="Rien ne changerait")).to_be_visible()
    assert set(Opening.objects.values_list("start_time__hour", flat=True)) == {9, 14}
    assert Opening.objects.filter(first_day__lte=last).count() == Opening.objects.count()

    press(page, "link", "Retour")
    press(page, "link", "Supprimer Réduite")
    arrived(page, "Supprimer « Réduite »")
    press(page, "button", "Supprimer la semaine")
    said(page, "est supprimée")
    assert ReferenceWeek.objects.get().name == "Ordinaire"


def test_a_place_and_a_desk_are_closed_and_opened_again(page, organization, motif, location):
    make_desk(location=location, motifs=[motif], name="Guichet A")
    go(page, organization, "organizations:location_list")
    press(page, "link", "Fermer Centre social")
    arrived(page, "Fermer Centre social")
    press(page, "button", "Fermer le lieu")
    said(page, "est fermé")
    assert not Location.objects.get(pk=location.pk).is_open
    press(page, "button", "Rouvrir Centre social")
    said(page, "est de nouveau ouvert")

    go(page, organization, "scheduling:desk_list")
    press(page, "link", "Archiver Guichet A")
    arrived(page, "Archiver Guichet A")
    press(page, "button", "Archiver")
    said(page, "archivé")
    assert Desk.objects.get().archived_at
    press(page, "link", "Archivés")
    press(page, "button", "Remettre en service Guichet A")
    said(page, "est de nouveau en service")


def test_the_reason_is_asked_for_from_an_empty_form(page, organization, admin, motif, location):
    tomorrow = timezone.localdate() + timedelta(days=1)
    make_opening(
        calendar=admin.calendar,
        motifs=[motif],
        location=location,
        first_day=tomorrow,
        rrule="FREQ=DAILY",
        now=timezone.now(),
    )
    go(page, organization, "scheduling:slot_explanation")
    tab_to(page, page.get_by_label("Motif"))
    page.keyboard.type("Accueil")
    tab_to(page, page.get_by_label("Agenda"))
    page.keyboard.type(str(admin.calendar))
    tab_to(page, page.get_by_label("Vu par"))
    page.keyboard.press("ArrowDown")
    press(page, "button", "Expliquer")
    expect(page.locator(".day-bar-title")).to_be_visible()
    press(page, "link", "Lendemain")
    expect(page.get_by_role("img", name="Frise de la journée")).to_be_visible()
    expect(page.get_by_label("Vu par")).to_have_value(re.compile("usager"))
    fits(page)


def test_pages_of_a_list_keep_the_focus(page, organization, location):
    for number in range(41):
        make_desk(location=location, name=f"Guichet {number:02}")
    go(page, organization, "scheduling:allowance_list")
    following = page.get_by_role("link", name="Suivante")
    press(page, "link", "Suivante")
    expect(page.locator(".pager")).to_contain_text("21 à 40 sur 42")
    expect(following).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator(".pager")).to_contain_text("41 à 42 sur 42")
    expect(following).to_have_count(0)
    expect(page.locator("#allowance-results")).to_be_focused()
    tab_to(page, page.get_by_role("link", name="Précédente"))
