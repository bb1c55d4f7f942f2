"""A part of a series changed and deleted in a real browser: wide, on a phone, without script, with the keyboard."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone
from playwright.sync_api import expect

from organizations.models import Membership
from scheduling.engine.recurrence import WEEKDAYS
from scheduling.engine.series import Scope
from scheduling.models import Opening, Unavailability
from scheduling.selectors.opening_days import closed_day_reasons_of
from scheduling.services.openings import change_opening, close_opening
from tests.browsers import DESKTOP, PHONE, seen_by_axe
from tests.factories import make_agent, make_location, make_motif, make_opening, make_organization, make_unavailability

WAYS = {"wide": (DESKTOP, True), "360 px": (PHONE, True), "360 px without script": (PHONE, False)}
CHOICES = {
    Scope.OCCURRENCE: "Cette occurrence",
    Scope.FOLLOWING: "Celle-ci et les suivantes",
    Scope.ALL: "Toutes",
}
# Of four weeks from the first day on, those whose hours change when the second is asked for.
CHANGED = {Scope.OCCURRENCE: {1}, Scope.FOLLOWING: {1, 2, 3}, Scope.ALL: {0, 1, 2, 3}}


@pytest.fixture
def organization(transactional_db):
    return make_organization(name="Maison des solidarités")


@pytest.fixture
def admin(organization):
    return make_agent(organization=organization, role=Membership.Role.ADMIN, last_name="Martin")


@pytest.fixture
def first_day(organization):
    """One that is open in each of its first four weeks, so that no warning asks to be confirmed."""
    tomorrow = timezone.localdate() + timedelta(days=1)
    last_day = tomorrow + timedelta(days=90)
    closed = closed_day_reasons_of([organization], first_day=tomorrow, last_day=last_day)[organization.pk]
    days = (tomorrow + timedelta(days=number) for number in range(60))
    return next(day for day in days if not any(day + timedelta(days=7 * week) in closed for week in range(4)))


@pytest.fixture(params=["opening", pytest.param("unavailability", marks=pytest.mark.nightly)])
def kind(request):
    return request.param


@pytest.fixture
def series(kind, organization, admin, first_day):
    fields = {
        "calendar": admin.calendar,
        "organization": organization,
        "title": "Permanence",
        "first_day": first_day,
        "rrule": f"FREQ=WEEKLY;BYDAY={WEEKDAYS[first_day.weekday()]}",
        "now": timezone.now(),
    }
    if kind == "unavailability":
        return make_unavailability(**fields)
    motif = make_motif(organization=organization, name="Accueil social")
    return make_opening(motifs=[motif], location=make_location(organization=organization), **fields)


@pytest.fixture
def sign_in(admin, live_server, client):
    client.force_login(admin)
    cookie = {"name": "sessionid", "value": client.cookies["sessionid"].value, "url": live_server.url}
    return lambda page: page.context.add_cookies([cookie])


@pytest.fixture(
    params=[
        WAYS["wide"],
        # With the keyboard alone: test_hours_by_keyboard_in_a_browser.
        pytest.param(WAYS["360 px"], marks=pytest.mark.nightly),
        pytest.param(WAYS["360 px without script"], marks=pytest.mark.nightly),
    ],
    ids=WAYS,
)
def page(request, open_page, sign_in):
    viewport, javascript = request.param
    page = open_page(viewport, javascript=javascript)
    sign_in(page)
    return page


def path(organization, name, *arguments):
    return reverse(f"scheduling:{name}", args=[organization.slug, *arguments])


def ends(series, first_day):
    """The hour at which each of four weeks ends, None where there is nothing."""
    found = {}
    for row in type(series).objects.order_by("pk"):
        for day in row.recurrence.days(first_day, first_day + timedelta(days=21)):
            found[(day - first_day).days // 7] = row.end_time.hour
    return [found.get(week) for week in range(4)]


def choose(page, scope, day):
    page.get_by_label(CHOICES[scope], exact=False).first.check()
    if scope is not Scope.ALL:
        page.locator("#id_jour").select_option(value=day.isoformat())
    page.get_by_role("button", name="Continuer").click()


def saved(page):
    expect(page.locator(".bo-main .notice-success").first).to_be_visible()


@pytest.mark.parametrize("scope", Scope)
def test_each_part_is_changed(page, organization, kind, series, first_day, scope):
    page.goto(path(organization, f"{kind}_list"))
    page.get_by_role("link", name="Modifier").click()
    choose(page, scope, first_day + timedelta(days=7))
    expect(page.locator(".planning-intro")).to_contain_text("Vous modifiez")
    page.locator("#id_end_time").fill("11h")
    page.get_by_role("button", name="Enregistrer").click()

    saved(page)
    assert ends(series, first_day) == [11 if week in CHANGED[scope] else 12 for week in range(4)]


@pytest.mark.parametrize("scope", Scope)
def test_each_part_is_deleted(page, organization, kind, series, first_day, scope):
    page.goto(path(organization, f"{kind}_list"))
    page.get_by_role("link", name="Supprimer").click()
    choose(page, scope, first_day + timedelta(days=7))
    page.locator(".confirm .btn-danger").click()

    saved(page)
    assert ends(series, first_day) == [None if week in CHANGED[scope] else 12 for week in range(4)]


def test_a_removed_day_is_brought_back(page, organization, kind, series, first_day):
    page.goto(path(organization, f"{kind}_delete", series.pk) + f"?portee=occurrence&jour={first_day}")
    page.locator(".confirm .btn-danger").click()
    saved(page)
    assert ends(series, first_day) == [None, 12, 12, 12]
    page.get_by_role("button", name="Rétablir").click()

    saved(page)
    assert ends(series, first_day) == [12, 12, 12, 12]


@pytest.mark.parametrize("kind", ["opening"])
def test_with_the_keyboard_alone_each_part_is_changed_and_deleted(desktop, organization, series, first_day, sign_in):
    sign_in(desktop)
    press = desktop.keyboard.press

    def answer(act, scope, *, later=False, of="sans fin"):
        """On « Modifier » or « Supprimer » of the series, to the page of that part, of its second date if `later`."""
        desktop.goto(path(organization, "opening_list"))
        desktop.locator(".series-row", has_text=of).get_by_role("link", name=act).focus()
        press("Enter")
        expect(desktop.get_by_label("Cette occurrence")).to_be_visible()
        desktop.get_by_label("Cette occurrence").focus()
        for _ in range(list(CHOICES).index(scope)):
            press("ArrowDown")
        if later:
            press("Tab")
            press("ArrowDown")
            press("Shift+Tab")
        press("Enter")

    def end_at(hour):
        expect(desktop.locator(".planning-intro")).to_be_visible()
        desktop.locator("#id_end_time").focus()
        press("Control+a")
        desktop.keyboard.type(hour)
        press("Enter")
        saved(desktop)
        return ends(series, first_day)

    def agree():
        expect(desktop.locator(".confirm .btn-danger")).to_be_visible()
        desktop.locator(".confirm .btn-danger").focus()
        press("Enter")
        saved(desktop)
        return ends(series, first_day)

    answer("Modifier", Scope.ALL)
    assert end_at("11h") == [11, 11, 11, 11]
    answer("Modifier", Scope.FOLLOWING, later=True)
    assert end_at("10h") == [11, 10, 10, 10]
    answer("Modifier", Scope.OCCURRENCE, later=True)
    assert end_at("16h") == [11, 10, 16, 10]
    answer("Supprimer", Scope.OCCURRENCE, later=True)
    assert agree() == [11, 10, 16, None]
    answer("Supprimer", Scope.FOLLOWING)
    assert agree() == [11, None, None, None]
    answer("Supprimer", Scope.ALL, of="jusqu'au")
    assert agree() == [None, None, None, None]


@pytest.mark.parametrize("viewport", [DESKTOP, pytest.param(PHONE, marks=pytest.mark.nightly)], ids=["wide", "360 px"])
@pytest.mark.parametrize("kind", ["opening"])
def test_every_page_fits_and_is_accessible(open_page, viewport, organization, series, first_day, sign_in):
    page, now = open_page(viewport), timezone.now()
    second, third = first_day + timedelta(days=7), first_day + timedelta(days=14)
    change_opening(
        opening=Opening.objects.get(), motifs=series.motifs.all(), now=now, scope=Scope.OCCURRENCE, day=second, rrule=""
    )
    close_opening(opening=Opening.objects.get(pk=series.pk), now=now, scope=Scope.OCCURRENCE, day=third)
    sign_in(page)
    edited = Opening.objects.get(series=series)
    for address in [
        path(organization, "opening_list"),
        path(organization, "opening_scope", series.pk) + "?action=supprimer",
        path(organization, "opening_scope", series.pk) + f"?action=modifier&portee=occurrence&jour={second}",
        path(organization, "opening_edit", series.pk) + f"?portee=occurrence&jour={first_day}",
        path(organization, "opening_edit", series.pk) + f"?portee=suivantes&jour={first_day}",
        path(organization, "opening_edit", series.pk) + "?portee=toutes",
        path(organization, "opening_edit", edited.pk),
        path(organization, "opening_delete", series.pk) + f"?portee=suivantes&jour={first_day}",
        path(organization, "opening_delete", series.pk) + "?portee=toutes",
    ]:
        page.goto(address)
        assert page.evaluate("document.documentElement.scrollWidth") <= viewport["width"], address
        results = seen_by_axe(page)
        assert results.violations_count == 0, f"{address}\n{results.generate_report()}"


@pytest.mark.parametrize("kind", ["unavailability"])
def test_an_absence_sent_untouched_is_confirmed_first(page, organization, series):
    page.goto(path(organization, "unavailability_add"))
    page.get_by_role("button", name="Ajouter l'indisponibilité").click()

    expect(page.locator(".to-confirm")).to_contain_text("Toute la journée du")
    assert Unavailability.objects.count() == 1
    page.get_by_label("Enregistrer quand même").check()
    page.get_by_role("button", name="Ajouter l'indisponibilité").click()

    saved(page)
    assert Unavailability.objects.count() == 2
