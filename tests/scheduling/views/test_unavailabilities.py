"""Pages of the unavailabilities: from a day and time to a day and time, once or repeated."""

from datetime import date, time, timedelta

import pytest
import time_machine
from django.urls import reverse

from organizations.models import Membership
from scheduling.models import Unavailability
from tests.factories import (
    MONDAY,
    NOW,
    make_agent,
    make_appointment,
    make_desk,
    make_membership,
    make_motif,
    make_organization,
    make_unavailability,
    make_unit,
    paris,
)

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _early():
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def organization():
    return make_organization()


@pytest.fixture
def unit(organization):
    return make_unit(territory=organization.territory)


@pytest.fixture
def agent(client, organization, unit):
    agent = make_agent(organization=organization, units=[unit])
    client.force_login(agent)
    return agent


def url(name, organization, pk=None):
    return reverse(f"scheduling:unavailability_{name}", args=[organization.slug, *([pk] if pk else [])])


def typed(calendar, **fields):
    return {"calendar": calendar.pk, "first_day": "2026-03-03", "repeat": "once", "interval": "1"} | fields


def confirmed(client, address, data):
    """Sent, and sent again with its warnings accepted if there are any; the page that follows."""
    response = client.post(address, data, follow=True)
    form = response.context.get("form")
    if response.status_code == 422 and form.warnings and not form.errors:
        response = client.post(address, data | {"confirmed": form.fingerprint}, follow=True)
    return response


def text(response):
    page = response.content.decode()
    return page.replace("\N{NO-BREAK SPACE}", " ").replace("&nbsp;", " ").replace("&#x27;", "'")


def as_shown(response):
    form = response.context["form"]
    return {name: value for name in form.fields if (value := form[name].value()) not in (None, False)}


@pytest.mark.parametrize(
    ("fields", "stored", "sentence"),
    [
        ({}, (time(0), time(0), 0), "Le mardi 3 mars 2026 toute la journée"),
        ({"start_time": "14h"}, (time(14), time(0), 0), "Le mardi 3 mars 2026 de 14 h à 24 h"),
        ({"end_time": "24h"}, (time(0), time(0), 0), "Le mardi 3 mars 2026 toute la journée"),
        ({"start_time": "9h", "end_time": "0h"}, (time(9), time(0), 0), "Le mardi 3 mars 2026 de 9 h à 24 h"),
        ({"last_day": "2026-03-06"}, (time(0), time(0), 4), "Du mardi 3 mars 2026 au vendredi 6 mars 2026 inclus"),
        (
            {"start_time": "14h", "last_day": "2026-03-05", "end_time": "9h"},
            (time(14), time(9), 2),
            "Du mardi 3 mars 2026 à 14 h au jeudi 5 mars 2026 à 9 h",
        ),
        (
            {"start_time": "14h", "last_day": "2026-03-05", "end_time": "24h"},
            (time(14), time(0), 3),
            "Du mardi 3 mars 2026 à 14 h au jeudi 5 mars 2026 à 24 h",
        ),
        (
            {"start_time": "14h", "last_day": "2026-03-05", "end_time": "0h"},
            (time(14), time(0), 2),
            "Du mardi 3 mars 2026 à 14 h au mercredi 4 mars 2026 à 24 h",
        ),
        (
            {"start_time": "22h", "last_day": "2026-03-04", "end_time": "6h", "repeat": "WEEKLY", "weekdays": ["1"]},
            (time(22), time(6), 1),
            "Tous les mardis de 22 h à 6 h le lendemain, sans fin",
        ),
    ],
)
def test_what_is_typed_is_stored_told_and_comes_back_the_same(client, organization, agent, fields, stored, sentence):
    response = confirmed(client, url("add", organization), typed(agent.calendar, **fields))

    absence = Unavailability.objects.get()
    assert (absence.start_time, absence.end_time, absence.days_spanned) == stored
    assert sentence in text(response)
    before = Unavailability.objects.values().get()
    address = f"{url('edit', organization, absence.pk)}?portee=toutes"
    page = client.get(address)
    assert client.post(address, as_shown(page)).status_code == 302
    assert Unavailability.objects.values().get() == before


@pytest.mark.parametrize(
    ("fields", "field", "sentence"),
    [
        ({"first_day": ""}, "first_day", "Donnez le premier jour."),
        ({"last_day": "2026-03-02"}, "last_day", "Le dernier jour vient avant le premier."),
        ({"last_day": "2027-06-01"}, "last_day", "Une indisponibilité dure un an au plus."),
        ({"start_time": "12h", "end_time": "9h"}, "end_time", "L'indisponibilité doit se terminer après son début."),
        ({"end_time": "midi"}, "end_time", "n'est pas une heure"),
        (
            {"last_day": "2026-03-05", "repeat": "DAILY"},
            "repeat",
            "Elle dure plus longtemps que l'intervalle entre deux répétitions.",
        ),
        ({"repeat": "WEEKLY"}, "weekdays", "Choisissez au moins un jour de la semaine."),
        (
            {"repeat": "DAILY", "ends": "until", "until": "2026-03-02"},
            "until",
            "La fin de la répétition vient avant le premier jour.",
        ),
        (
            {"first_day": "2031-04-01", "start_time": "9h"},
            "__all__",
            "Le premier jour est dans plus de cinq ans.",
        ),
    ],
)
def test_a_wrong_entry_is_told_beside_its_field_and_stays(client, organization, agent, fields, field, sentence):
    response = client.post(url("add", organization), typed(agent.calendar, title="Congés", **fields))

    assert response.status_code == 422
    assert sentence in response.context["form"].errors[field][0]
    assert 'value="Congés"' in text(response)
    assert not Unavailability.objects.exists()


@pytest.mark.parametrize(
    ("fields", "warning"),
    [
        ({}, "Toute la journée du mardi 3 mars 2026 sera bloquée : aucune heure n'est donnée."),
        (
            {"repeat": "DAILY"},
            "Aucune heure n'est donnée : chaque fois, toute la journée sera bloquée.",
        ),
        (
            {"first_day": "2026-02-27", "start_time": "9h", "end_time": "12h"},
            "Le premier jour, vendredi 27 février 2026, est passé.",
        ),
    ],
)
def test_what_may_be_a_slip_is_told_at_once_and_confirmed_before_it_counts(
    client, organization, agent, fields, warning
):
    data = typed(agent.calendar, **fields)
    assert warning in text(client.get(url("preview", organization), data))

    response = client.post(url("add", organization), data)

    assert response.status_code == 422
    assert warning in text(response)
    assert not Unavailability.objects.exists()
    client.post(url("add", organization), data | {"confirmed": response.context["form"].fingerprint})
    assert Unavailability.objects.exists()


@pytest.mark.parametrize(
    "fields", [{"start_time": "14h"}, {"end_time": "12h"}, {"last_day": "2026-03-06"}, {"last_day": "2026-03-03"}]
)
def test_hours_or_a_last_day_are_enough_to_be_believed(client, organization, agent, fields):
    client.post(url("add", organization), typed(agent.calendar, **fields))

    assert Unavailability.objects.exists()


def test_after_saving_it_says_how_many_appointments_lie_in_it(client, organization, agent):
    motif = make_motif(organization=organization)
    for hour in (9, 10, 14):
        make_appointment(motif=motif, calendar=agent.calendar, starts_at=paris(date(2026, 3, 3), hour))

    response = client.post(
        url("add", organization), typed(agent.calendar, start_time="9h15", end_time="12h"), follow=True
    )

    assert "2 rendez-vous s'y trouvent : réglez-les ici." in text(response)
    assert "Rien n'est changé tant que vous n'avez pas choisi" in text(response)


@pytest.mark.parametrize("other", ["colleague", "sister", "territory"])
def test_the_calendar_of_somebody_else_is_no_choice(client, organization, agent, unit, other):
    forged = {
        "colleague": lambda: make_agent(organization=organization, units=[unit]),
        "sister": lambda: make_agent(organization=make_organization(territory=organization.territory)),
        "territory": lambda: make_agent(organization=make_organization()),
    }[other]()

    response = client.post(url("add", organization), typed(forged.calendar))

    assert response.status_code == 422
    assert "calendar" in response.context["form"].errors


def test_an_administrator_takes_time_back_from_anybody_in_the_organization(client, organization, agent):
    client.force_login(make_agent(organization=organization, role=Membership.Role.ADMIN))

    client.post(url("add", organization), typed(agent.calendar, start_time="9h"))

    assert Unavailability.objects.get().calendar == agent.calendar


def test_a_desk_that_they_see_is_theirs_to_close(client, organization, agent):
    desk = make_desk(organization=organization)

    client.post(url("add", organization), typed(desk.calendar, start_time="9h"))

    assert Unavailability.objects.get().calendar == desk.calendar


class TestWhoMayChangeIt:
    @pytest.mark.parametrize("page", ["edit", "delete"])
    def test_a_colleague_of_the_service_may_not(self, client, organization, agent, unit, page):
        absence = make_unavailability(calendar=agent.calendar, organization=organization)
        client.force_login(make_agent(organization=organization, units=[unit]))

        assert client.get(url(page, organization, absence.pk)).status_code == 403
        assert client.post(url(page, organization, absence.pk)).status_code == 403

    @pytest.mark.parametrize("page", ["edit", "delete"])
    def test_for_a_stranger_it_does_not_exist(self, client, organization, agent, page):
        elsewhere = make_organization(territory=organization.territory)
        make_membership(agent=agent, organization=elsewhere)
        absence = make_unavailability(calendar=agent.calendar, organization=elsewhere)

        assert client.get(url(page, organization, absence.pk)).status_code == 404
        assert client.post(url(page, organization, absence.pk)).status_code == 404
        assert Unavailability.objects.exists()


def test_deleting_gives_the_time_back(client, organization, agent):
    absence = make_unavailability(calendar=agent.calendar, organization=organization, rrule="FREQ=DAILY")
    address = f"{url('delete', organization, absence.pk)}?portee=toutes"

    assert "Toute la série" in text(client.get(address))
    client.post(address)

    assert not Unavailability.objects.exists()


def test_the_preview_reads_back_what_is_typed(client, organization, agent):
    data = typed(agent.calendar, start_time="18h", end_time="19h", repeat="MONTHLY", monthly_by="day", month_day="31")

    page = text(client.get(url("preview", organization), data))

    assert "Le 31 de chaque mois quand il existe, de 18 h à 19 h, sans fin." in page
    assert "La première fois sera le mardi 31 mars 2026." in page
    assert page.count("<li") == 5


def test_the_list_leaves_out_what_is_over_unless_it_is_asked_for(client, organization, agent):
    make_unavailability(
        calendar=agent.calendar, organization=organization, first_day=MONDAY - timedelta(days=7), title="Passée"
    )

    assert "Passée" not in text(client.get(url("list", organization)))
    assert "Passée" in text(client.get(url("list", organization), {"passees": "on"}))


@pytest.mark.parametrize("rows", [1, 8])
def test_the_list_costs_the_same_for_one_row_and_for_many(client, organization, agent, assert_query_count, rows):
    for _ in range(rows):
        make_unavailability(calendar=make_desk(organization=organization).calendar, organization=organization)

    with assert_query_count("unavailability_list"):
        client.get(url("list", organization))
