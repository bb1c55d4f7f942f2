"""Putting a reference week on a calendar: the preview tells the truth, the confirmation does what it told."""

import html
from datetime import time, timedelta
from urllib.parse import urlencode

import pytest
import time_machine
from django.urls import reverse

from organizations.models import Membership
from scheduling.models import Opening
from tests.factories import (
    MONDAY,
    NOW,
    make_agent,
    make_appointment,
    make_calendar,
    make_desk,
    make_location,
    make_motif,
    make_opening,
    make_organization,
    make_reference_week,
    paris,
)

pytestmark = pytest.mark.django_db

LAST_DAY = MONDAY + timedelta(days=27)
MORNING_AT_TEN = time(10)


@pytest.fixture(autouse=True)
def _the_clock_of_the_tests():
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def organization(client):
    organization = make_organization()
    client.force_login(make_agent(organization=organization, role=Membership.Role.ADMIN))
    return organization


@pytest.fixture
def motif(organization):
    return make_motif(organization=organization, name="Passeport")


@pytest.fixture
def desk(organization, motif):
    return make_desk(organization=organization, motifs=[motif], name="Guichet 1")


@pytest.fixture
def week(organization):
    return make_reference_week(organization=organization, name="Hiver", monday="9h-12h\n14h-17h", thursday="9h-12h")


def path(week, **asked):
    address = reverse("scheduling:reference_week_apply", args=[week.organization.slug, week.pk])
    return f"{address}?{urlencode(asked, doseq=True)}" if asked else address


def for_desk(desk, **changes):
    return {"agenda": desk.calendar.pk, "du": MONDAY.isoformat(), "au": LAST_DAY.isoformat()} | changes


def text_of(response):
    """Every kind of space is one space."""
    return " ".join(html.unescape(response.content.decode()).split())


def confirm(client, address):
    """What pressing « Appliquer » under the preview sends."""
    preview = client.get(address).context["preview"]
    return client.post(address, {"expected": preview.fingerprint})


def test_the_empty_page_proposes_next_monday_and_the_calendar_of_the_address(client, week, desk):
    response = client.get(path(week, agenda=desk.calendar.pk))

    form = response.context["form"]
    assert response.status_code == 200
    assert form["du"].value() == MONDAY + timedelta(days=7)
    assert form["agenda"].value() == str(desk.calendar.pk)
    assert not form.is_bound


def test_the_preview_shows_and_changes_nothing(client, week, desk, motif):
    make_opening(calendar=desk.calendar, motifs=[motif], location=desk.location, rrule="FREQ=WEEKLY;BYDAY=MO,TU")
    make_appointment(motif=motif, calendar=desk.calendar, starts_at=paris(MONDAY + timedelta(days=1), 9))

    response = client.get(path(week, **for_desk(desk)))

    text = text_of(response)
    assert response.status_code == 200
    assert "8 plages ajoutées" in text
    assert "4 plages retirées" in text
    assert "4 plages inchangées" in text
    assert "1 rendez-vous à venir hors de ces heures" in text
    assert "mardi 3 mars 2026, 9 h" in text
    assert Opening.objects.count() == 1


def test_confirming_applies_what_was_shown_and_once_more_changes_nothing(client, week, desk):
    address = path(week, **for_desk(desk))

    response = confirm(client, address)

    assert (response.status_code, response["Location"]) == (302, address)
    openings = set(Opening.objects.values_list("pk", flat=True))
    assert len(openings) == 2
    again = client.get(address)
    assert "La semaine est appliquée : 12 plages ajoutées, 0 retirée, 0 inchangée." in text_of(again)
    assert f"/plages/?agenda={desk.calendar.pk}" in text_of(again)
    assert "Rien ne changerait" in text_of(again)
    assert "Appliquer</button>" not in text_of(again)

    client.post(address, {"expected": again.context["preview"].fingerprint})
    assert set(Opening.objects.values_list("pk", flat=True)) == openings


def test_two_weeks_alternate_from_the_week_of_the_first_day(client, organization, week, desk):
    other = make_reference_week(organization=organization, name="Été", tuesday="9h-12h")
    address = path(week, **for_desk(desk, semaine_b=other.pk))

    assert "« Hiver » la semaine du lundi 2 mars (semaine 10)" in text_of(client.get(address))
    confirm(client, address)

    assert "FREQ=WEEKLY;INTERVAL=2;BYDAY=TU;UNTIL=20260329" in set(Opening.objects.values_list("rrule", flat=True))


def test_what_changed_since_the_preview_is_shown_again_instead_of_applied(client, week, desk, motif):
    address = path(week, **for_desk(desk))
    fingerprint = client.get(address).context["preview"].fingerprint
    make_opening(calendar=desk.calendar, motifs=[motif], location=desk.location, start_time=MORNING_AT_TEN)

    for expected in (fingerprint, "", "x"):
        response = client.post(address, {"expected": expected})

        assert response.status_code == 422
        assert "La situation a changé depuis l'aperçu" in text_of(response)
        assert len(response.context["preview"].plan.removed) == 1
    assert Opening.objects.count() == 1


def test_the_quota_refuses_and_offers_no_button(client, week, desk):
    desk.calendar.weekly_allowance = timedelta(hours=8)
    desk.calendar.save()
    address = path(week, **for_desk(desk))

    response = client.get(address)

    text = text_of(response)
    assert "9 h ouvertes sur 8 h, 1 h de trop" in text
    assert "La semaine 10 de 2026 (du 2 au 8 mars) aurait 9 h ouvertes pour 8 h autorisées" in text
    assert "Appliquer</button>" not in text
    refused = client.post(address, {"expected": response.context["preview"].fingerprint})
    assert refused.status_code == 422
    assert "1 h de trop" in text_of(refused)
    assert not Opening.objects.exists()


@pytest.mark.parametrize(
    ("changes", "field", "message"),
    [
        ({"agenda": ""}, "agenda", "Choisissez un guichet ou un agenda."),
        ({"agenda": "0"}, "agenda", "Sélectionnez un choix valide. Ce choix ne fait pas partie de ceux disponibles."),
        ({"du": "31/02/2026"}, "du", "Cette date n'existe pas. Écrivez par exemple 23/11/2026."),
        ({"au": ""}, "au", "Donnez le dernier jour."),
        ({"au": "2026-03-01"}, "au", "La période se termine avant son premier jour."),
        ({"au": "2035-03-01"}, "__all__", "La période va à plus de cinq ans."),
        ({"du": "2024-03-01"}, "__all__", "Le premier jour est passé depuis plus d'un an."),
    ],
)
@pytest.mark.parametrize("method", ["get", "post"])
def test_what_is_wrong_is_said_beside_its_field_and_stays(method, changes, field, message, client, week, desk):
    asked = for_desk(desk, **changes)

    response = getattr(client, method)(path(week, **asked))

    assert response.status_code == 422
    assert response.context["form"].errors[field] == [message]
    for name, value in asked.items():
        assert response.context["form"][name].value() in (value, str(value))
    assert not Opening.objects.exists()


def test_a_calendar_without_motifs_or_place_of_its_own_asks_for_them(client, organization, week, motif):
    calendar = make_calendar(organization=organization)
    location = make_location(organization=organization)
    asked = {"agenda": calendar.pk, "du": MONDAY.isoformat(), "au": LAST_DAY.isoformat()}

    without = client.get(path(week, **asked))
    without_place = client.get(path(week, **asked, motifs=[motif.pk]))

    assert without.context["form"].errors == {"motifs": ["Choisissez au moins un motif."]}
    assert without_place.context["form"].errors == {
        "lieu": ["Choisissez un lieu\u00a0: «\u00a0Passeport\u00a0» se tient sur place."]
    }
    confirm(client, path(week, **asked, motifs=[motif.pk], lieu=location.pk))
    assert set(Opening.objects.values_list("calendar", "location", "motifs")) == {(calendar.pk, location.pk, motif.pk)}


def test_rows_of_other_organizations_are_no_choice(client, week, desk):
    other = make_reference_week()
    strangers = {
        "agenda": make_calendar(organization=make_organization()).pk,
        "semaine_b": other.pk,
        "motifs": [make_motif().pk],
        "lieu": make_location().pk,
    }

    response = client.get(path(week, **for_desk(desk, **strangers)))

    assert response.status_code == 422
    assert set(response.context["form"].errors) == set(strangers)


@pytest.mark.parametrize("number", [1, 6])
def test_the_preview_costs_the_same_whatever_there_is(number, client, week, desk, motif, assert_query_count):
    for hour in range(number):
        make_opening(
            calendar=desk.calendar,
            motifs=[motif],
            location=desk.location,
            rrule="FREQ=DAILY",
            start_time=MORNING_AT_TEN.replace(hour=hour),
            end_time=MORNING_AT_TEN.replace(hour=hour + 1),
        )
        make_appointment(motif=motif, calendar=desk.calendar, starts_at=paris(MONDAY + timedelta(days=hour + 1), 8))

    with assert_query_count("reference_week_apply"):
        response = client.get(path(week, **for_desk(desk)))

    assert len(response.context["preview"].outside) == number
