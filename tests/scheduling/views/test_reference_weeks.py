"""Reference weeks on screen: the notation, what is understood of it, and nothing typed lost."""

import html

import pytest
from django.urls import reverse

from organizations.models import Membership
from scheduling.models import Opening, ReferenceWeek
from tests.factories import make_agent, make_opening, make_organization, make_reference_week

pytestmark = pytest.mark.django_db


@pytest.fixture
def organization(client):
    organization = make_organization()
    client.force_login(make_agent(organization=organization, role=Membership.Role.ADMIN))
    return organization


def page(name, organization, *args):
    return reverse(f"scheduling:{name}", args=[organization.slug, *args])


def typed(name="Hiver", **days):
    names = ("lundi", "mardi", "mercredi", "jeudi", "vendredi", "samedi", "dimanche")
    return {"name": name} | {f"day_{number}": days.get(day, "") for number, day in enumerate(names)}


def text_of(response):
    """Every kind of space is one space."""
    return " ".join(html.unescape(response.content.decode()).split())


def test_a_week_is_typed_one_value_per_line_and_day(client, organization):
    response = client.post(
        page("reference_week_add", organization), typed(lundi="9h-12h\r\n\r\n14h00-17h30", samedi="09h00-12h30")
    )

    assert response.status_code == 302
    week = ReferenceWeek.objects.for_list().get()
    assert (week.organization, week.name) == (organization, "Hiver")
    assert week.notation == ["09h00-12h00\n14h00-17h30", "", "", "", "", "09h00-12h30", ""]


def test_a_faulty_line_is_named_with_its_reason_beside_its_day_and_what_was_typed_stays(client, organization):
    response = client.post(
        page("reference_week_add", organization),
        typed(lundi="\r\n9h-8h\r\n9:00-12:00\r\n10h-25h", mardi="9h-12h\r\n11h30-13h", jeudi="14h-16h"),
    )

    assert response.status_code == 422
    form = response.context["form"]
    assert form.errors["day_0"] == [
        "Ligne 2\u00a0: «\u00a09h-8h\u00a0» se termine avant de commencer.",
        "Ligne 3\u00a0: «\u00a09:00-12:00\u00a0» n'est pas au format 08h30-12h00.",
        "Ligne 4\u00a0: «\u00a010h-25h\u00a0» contient une heure qui n'existe pas.",
    ]
    assert form.errors["day_1"] == ["Ligne 2\u00a0: «\u00a011h30-13h\u00a0» chevauche «\u00a009h00-12h00\u00a0»."]
    text = text_of(response)
    assert "9h-8h 9:00-12:00 10h-25h</textarea>" in text
    # What is understood all the same is read back.
    assert "2 h d'ouverture par semaine" in text
    assert "14 h – 16 h" in text
    assert not ReferenceWeek.objects.exists()


def test_a_name_is_needed_and_is_taken_once(client, organization):
    make_reference_week(organization=organization, name="Hiver")

    without = client.post(page("reference_week_add", organization), typed(name=" ", lundi="9h-12h"))
    taken = client.post(page("reference_week_add", organization), typed(name="hiver", lundi="9h-12h"))

    assert (without.status_code, taken.status_code) == (422, 422)
    assert without.context["form"].errors == {"name": ["Donnez un nom à cette semaine."]}
    assert taken.context["form"].errors == {"name": ["Une semaine de référence porte déjà ce nom."]}
    assert "9h-12h</textarea>" in text_of(taken)
    assert ReferenceWeek.objects.count() == 1


def test_monday_is_copied_to_friday_and_nothing_is_saved_yet(client, organization):
    response = client.post(
        page("reference_week_add", organization), typed(name="", lundi="9h-12h", samedi="10h-11h") | {"copy": "1"}
    )

    assert response.status_code == 200
    form = response.context["form"]
    assert [field.value() for field in form.days] == ["9h-12h"] * 5 + ["10h-11h", ""]
    assert not form.errors
    assert not ReferenceWeek.objects.exists()


def test_a_week_is_changed_and_its_openings_stay(client, organization):
    week = make_reference_week(organization=organization, name="Hiver", monday="9h-12h")
    opening = make_opening()
    shown = client.get(page("reference_week_edit", organization, week.pk))
    assert "09h00-12h00</textarea>" in text_of(shown)

    response = client.post(page("reference_week_edit", organization, week.pk), typed(name="Printemps", mardi="9h-12h"))

    assert response.status_code == 302
    week = ReferenceWeek.objects.for_list().get()
    assert (week.name, week.notation[:2]) == ("Printemps", ["", "09h00-12h00"])
    assert Opening.objects.get() == opening


def test_a_refused_change_keeps_the_stored_name_in_the_heading(client, organization):
    week = make_reference_week(organization=organization, name="Hiver")

    response = client.post(page("reference_week_edit", organization, week.pk), typed(name="Été", lundi="midi"))

    assert response.status_code == 422
    assert "<h1>Hiver</h1>" in text_of(response)


def test_a_week_is_deleted_after_a_confirmation(client, organization):
    week = make_reference_week(organization=organization, name="Hiver", monday="20h-24h")

    shown = client.get(page("reference_week_delete", organization, week.pk))
    assert "20 h – 24 h" in text_of(shown)
    assert ReferenceWeek.objects.exists()

    assert client.post(page("reference_week_delete", organization, week.pk)).status_code == 302
    assert not ReferenceWeek.objects.exists()


def test_the_reading_follows_what_is_typed(client, organization):
    response = client.get(page("reference_week_reading", organization), typed(lundi="9h-12h\n13h", mardi="9h-10h30"))

    text = text_of(response)
    assert "<html" not in text
    assert "1 h 30 d'ouverture par semaine" in text
    assert "« 13h » n'est pas au format 08h30-12h00." in text


def test_an_organization_sees_its_own_weeks(client, organization):
    make_reference_week(organization=organization, name="Hiver")
    make_reference_week(name="Ailleurs")

    text = text_of(client.get(page("reference_week_list", organization)))

    assert "Hiver" in text
    assert "Ailleurs" not in text


def test_the_list_says_what_to_do_when_it_is_empty(client, organization):
    assert "Aucune semaine de référence" in text_of(client.get(page("reference_week_list", organization)))


@pytest.mark.parametrize("number", [1, 8])
def test_the_list_costs_the_same_whatever_its_length(number, client, organization, assert_query_count):
    for _ in range(number):
        make_reference_week(organization=organization, monday="9h-12h\n14h-17h", friday="9h-12h")

    with assert_query_count("reference_week_list"):
        response = client.get(page("reference_week_list", organization))

    assert text_of(response).count("9 h par semaine") == number


@pytest.mark.parametrize("name", ["reference_week_add", "reference_week_edit", "reference_week_delete"])
def test_the_other_pages_cost_what_was_recorded(name, client, organization, assert_query_count):
    week = make_reference_week(organization=organization, monday="9h-12h", friday="9h-12h")

    with assert_query_count(name):
        client.get(page(name, organization, *([] if name.endswith("add") else [week.pk])))
