"""The screen of opening days: boxes, closures, and the RDVs that now fall on a closed day."""

import html
from datetime import date, timedelta

import pytest
import time_machine
from django.urls import reverse

from organizations.models import Membership
from scheduling.models import Closure, FreeWindow, HolidaySwitch
from scheduling.services.opening_days import set_holidays_on_dates, set_open_weekdays
from scheduling.services.recomputation import MOST_CALENDARS_AT_ONCE, refresh_stale_calendars
from tests.factories import (
    MONDAY,
    NOW,
    TUESDAY,
    WEDNESDAY,
    make_agent,
    make_appointment,
    make_calendar,
    make_closure,
    make_motif,
    make_opening,
    make_organization,
    make_territory,
    make_territory_admin,
    paris,
)

pytestmark = pytest.mark.django_db

EASTER_MONDAY = date(2026, 4, 6)


@pytest.fixture(autouse=True)
def _the_clock_of_the_tests():
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def organization(client):
    organization = make_organization(territory=make_territory(name="Le Pays"), name="La Mairie")
    client.force_login(make_agent(organization=organization, role=Membership.Role.ADMIN))
    return organization


@pytest.fixture
def motif(organization):
    return make_motif(organization=organization, name="Passeport")


@pytest.fixture
def calendar(organization, motif):
    calendar = make_calendar(organization=organization)
    make_opening(calendar=calendar, motifs=[motif], rrule="FREQ=DAILY")
    return calendar


def page(name, organization, *args):
    return reverse(f"scheduling:{name}", args=[organization.slug, *args])


def text_of(response):
    """Every kind of space is one space."""
    return " ".join(html.unescape(response.content.decode()).split())


def ticked(response, form):
    return response.context[form]["boxes"].value()


def test_the_boxes_show_what_is_in_force(client, organization):
    set_open_weekdays(organization=organization, weekdays=[0, 2], now=NOW)
    set_holidays_on_dates(organization=organization, closed={EASTER_MONDAY: False}, now=NOW)

    response = client.get(page("opening_days", organization))

    assert response.context["weekdays"]["weekdays"].value() == [0, 2]
    assert "lundi-de-paques" in ticked(response, "holidays")
    assert "2026-04-06" not in ticked(response, "dates")
    assert "2027-03-29" in ticked(response, "dates")
    assert "Lundi de Pâques, lundi 6 avril (fermé les autres années)" in text_of(response)
    assert "Jour de l'an, vendredi 1er janvier" in text_of(response)
    assert "2026-01-01" not in text_of(response)


def test_weekdays_are_saved_and_take_their_slots_away(client, organization, calendar):
    response = client.post(page("open_weekdays_edit", organization), {"weekdays": ["0", "2", "6"]}, follow=True)

    organization.refresh_from_db()
    assert organization.open_weekdays == [0, 2, 6]
    assert "Les jours ouverts sont enregistrés." in text_of(response)
    assert not FreeWindow.objects.filter(local_day=TUESDAY).exists()
    assert FreeWindow.objects.filter(local_day=WEDNESDAY).exists()


@pytest.mark.parametrize(
    ("sent", "message"),
    [
        ([], "Gardez au moins un jour ouvert. Pour tout fermer pendant un temps, ajoutez une fermeture."),
        (["0", "9"], "Ce jour n'existe pas."),
    ],
)
def test_weekdays_that_cannot_be_are_refused_on_the_same_page(sent, message, client, organization):
    response = client.post(page("open_weekdays_edit", organization), {"weekdays": sent})

    assert response.status_code == 422
    assert response.context["weekdays"].errors == {"weekdays": [message]}
    assert response.context["weekdays"]["weekdays"].value() == sent
    assert "Fermetures exceptionnelles" in text_of(response)
    organization.refresh_from_db()
    assert organization.open_weekdays == [0, 1, 2, 3, 4, 5]


def test_a_holiday_is_opened_for_every_year(client, organization, calendar):
    boxes = ticked(client.get(page("opening_days", organization)), "holidays")
    boxes.remove("lundi-de-paques")

    client.post(page("holidays_edit", organization), {"holidays-boxes": boxes})

    assert FreeWindow.objects.filter(local_day=EASTER_MONDAY).exists()
    response = client.get(page("opening_days", organization))
    assert ticked(response, "holidays") == boxes
    assert not {"2026-04-06", "2027-03-29"} & set(ticked(response, "dates"))


def test_a_holiday_is_opened_on_one_date_and_closed_again(client, organization, calendar):
    every = ticked(client.get(page("opening_days", organization)), "dates")
    boxes = [day for day in every if day != "2026-04-06"]

    client.post(page("holiday_dates_edit", organization), {"dates-boxes": boxes})

    assert FreeWindow.objects.filter(local_day=EASTER_MONDAY).exists()
    response = client.get(page("opening_days", organization))
    assert ticked(response, "dates") == boxes
    assert "lundi-de-paques" in ticked(response, "holidays")

    client.post(page("holiday_dates_edit", organization), {"dates-boxes": every})
    assert not FreeWindow.objects.filter(local_day=EASTER_MONDAY).exists()
    assert not HolidaySwitch.objects.exists()


@pytest.mark.parametrize(("name", "field"), [("holidays_edit", "holidays"), ("holiday_dates_edit", "dates")])
def test_a_box_that_does_not_exist_is_refused(name, field, client, organization):
    response = client.post(page(name, organization), {f"{field}-boxes": ["2026-04-07"]})

    assert response.status_code == 422
    assert response.context[field].errors == {"boxes": ["Cette case n'existe plus. Rechargez la page."]}
    assert not HolidaySwitch.objects.exists()


def to_settle(client, organization):
    """The RDVs of closed days that the screen of conflicts lists."""
    response = client.get(page("conflict_list", organization), {"raison": "closed"})
    return [row.appointment for row in response.context["sheet"].rows]


def test_a_closure_is_added_and_leads_to_the_appointments_it_covers(client, organization, calendar, motif):
    inside = make_appointment(motif=motif, calendar=calendar, starts_at=paris(TUESDAY, 9))
    make_appointment(motif=motif, calendar=calendar, starts_at=paris(WEDNESDAY, 9))
    make_appointment(motif=make_motif(), starts_at=paris(TUESDAY, 9))

    response = client.post(
        page("closure_add", organization), {"label": "Inventaire", "first_day": TUESDAY.isoformat()}, follow=True
    )

    closure = Closure.objects.get()
    assert (closure.organization, closure.first_day, closure.last_day) == (organization, TUESDAY, TUESDAY)
    assert not FreeWindow.objects.filter(local_day=TUESDAY).exists()
    text = text_of(response)
    assert (
        "La fermeture « Inventaire » est ajoutée. 1 rendez-vous tombe maintenant un jour fermé : réglez-le ici." in text
    )
    assert response.redirect_chain == [(f"{page('conflict_list', organization)}?raison=closed", 302)]
    assert to_settle(client, organization) == [inside]
    assert "1 rendez-vous à régler, un jour fermé" in text_of(client.get(page("opening_days", organization)))


@pytest.mark.parametrize(
    ("typed", "field", "message"),
    [
        ({"label": " "}, "label", "Donnez le motif de la fermeture."),
        ({"first_day": ""}, "first_day", "Donnez le premier jour fermé."),
        ({"first_day": "bientôt"}, "first_day", "Cette date n'existe pas. Écrivez par exemple 23/11/2026."),
        ({"last_day": "2026-03-02"}, "last_day", "La fermeture se termine avant son premier jour."),
        ({"first_day": "2026-02-02", "last_day": "2026-02-03"}, "last_day", "Cette fermeture est déjà passée."),
        ({"first_day": "2026-02-02"}, "first_day", "Cette fermeture est déjà passée."),
        ({"last_day": "2039-01-01"}, "last_day", "C'est dans plus de cinq ans."),
    ],
)
def test_a_closure_that_cannot_be_is_refused_beside_its_field(typed, field, message, client, organization):
    sent = {"label": "Travaux", "first_day": "2026-03-03", "last_day": ""} | typed

    response = client.post(page("closure_add", organization), sent)

    assert response.status_code == 422
    assert response.context["form"].errors == {field: [message]}
    assert all(response.context["form"][name].value() == value for name, value in sent.items())
    assert not Closure.objects.exists()


def test_an_administrator_of_an_organization_does_not_close_the_territory(client, organization):
    typed = {"label": "Cyclone", "first_day": "2026-03-03", "scope": "territory"}

    client.post(page("closure_add", organization), typed)

    assert Closure.objects.get().organization == organization


def test_a_territory_administrator_closes_every_organization_and_is_told_of_each(client, organization, calendar, motif):
    sister = make_organization(territory=organization.territory, name="La Piscine")
    make_appointment(motif=make_motif(organization=sister), starts_at=paris(TUESDAY, 9))
    make_appointment(motif=motif, calendar=calendar, starts_at=paris(TUESDAY, 9))
    client.force_login(make_territory_admin(territory=organization.territory))
    assert "Tout le territoire (Le Pays)" in text_of(client.get(page("closure_add", organization)))

    typed = {"label": "Cyclone", "first_day": "2026-03-03", "scope": "territory"}
    response = client.post(page("closure_add", organization), typed, follow=True)

    assert Closure.objects.get().organization is None
    text = text_of(response)
    assert "1 rendez-vous tombe maintenant un jour fermé : réglez-le ici." in text
    assert "La Piscine : 1 rendez-vous tombe maintenant un jour fermé." in text
    assert f"{page('conflict_list', sister)}?raison=closed" in text


def test_a_closure_of_the_territory_is_removed_by_its_administrator_only(client, organization, calendar):
    closure = make_closure(organization=organization, first_day=TUESDAY, last_day=TUESDAY)
    Closure.objects.update(organization=None)
    address = page("closure_delete", organization, closure.pk)

    shown = text_of(client.get(page("opening_days", organization)))
    assert "Tout le territoire" in shown
    assert address not in shown
    assert [client.get(address).status_code, client.post(address).status_code] == [403, 403]

    client.force_login(make_territory_admin(territory=organization.territory))
    assert "dans toutes les organisations du territoire" in text_of(client.get(address))
    assert client.post(address).status_code == 302
    assert not Closure.objects.exists()
    assert FreeWindow.objects.filter(local_day=TUESDAY).exists()


def test_a_closure_removed_gives_the_slots_back(client, organization, calendar):
    closure = make_closure(organization=organization, first_day=TUESDAY, last_day=TUESDAY)

    client.post(page("closure_delete", organization, closure.pk))

    assert FreeWindow.objects.filter(local_day=TUESDAY).exists()
    assert client.post(page("closure_delete", organization, closure.pk)).status_code == 404


def test_past_closures_are_shown_when_asked(client, organization):
    last_week = {"first_day": MONDAY - timedelta(days=7), "last_day": MONDAY - timedelta(days=6)}
    make_closure(organization=organization, label="Passée", **last_week)
    make_closure(organization=organization, label="En cours", last_day=TUESDAY)
    make_closure(organization=make_organization(), label="Ailleurs")

    now = text_of(client.get(page("opening_days", organization)))
    with_past = text_of(client.get(page("opening_days", organization), {"passees": "1"}))

    assert ["Passée" in now, "En cours" in now, "Ailleurs" in now] == [False, True, False]
    assert ["Passée" in with_past, "Ailleurs" in with_past] == [True, False]


def test_a_weekday_or_a_holiday_that_closes_leads_to_its_appointments(client, organization, calendar, motif):
    on_tuesday = make_appointment(motif=motif, calendar=calendar, starts_at=paris(TUESDAY, 9))

    response = client.post(page("open_weekdays_edit", organization), {"weekdays": [0, 2, 3, 4]}, follow=True)

    assert "1 rendez-vous tombe maintenant un jour fermé : réglez-le ici." in text_of(response)
    assert to_settle(client, organization) == [on_tuesday]


def test_many_calendars_are_said_to_be_computed_with_their_appointments_counted_now(client, organization, motif):
    calendars = [make_calendar(organization=organization) for _ in range(MOST_CALENDARS_AT_ONCE + 1)]
    for calendar in calendars:
        make_opening(calendar=calendar, motifs=[motif], rrule="FREQ=DAILY")
    inside = make_appointment(motif=motif, calendar=calendars[0], starts_at=paris(TUESDAY, 9))
    typed = {"label": "Inventaire", "first_day": TUESDAY.isoformat()}

    response = client.post(page("closure_add", organization), typed, follow=True)

    assert response.redirect_chain == [(page("opening_days", organization), 302)]
    text = text_of(response)
    assert "La Mairie : 1 rendez-vous tombe maintenant un jour fermé. Beaucoup d'agendas sont recalculés" in text
    assert to_settle(client, organization) == []
    refresh_stale_calendars(now=NOW)
    assert to_settle(client, organization) == [inside]


def test_appointments_of_closed_days_are_listed_by_the_clock_of_the_organization(client):
    """In Nouméa it is Tuesday while it is still Monday in Paris."""
    noumea = make_organization(time_zone_override="Pacific/Noumea")
    client.force_login(make_agent(organization=noumea, role=Membership.Role.ADMIN))
    motif = make_motif(organization=noumea)
    on_tuesday = make_appointment(motif=motif, starts_at=paris(MONDAY, 23))
    until_midnight = make_appointment(motif=motif, starts_at=paris(TUESDAY, 13), duration=timedelta(hours=1))
    make_appointment(motif=motif, starts_at=paris(TUESDAY, 23))
    make_appointment(motif=motif, starts_at=paris(MONDAY, 13), duration=timedelta(hours=1))  # To Monday's midnight.
    make_closure(organization=noumea, first_day=TUESDAY, last_day=TUESDAY)

    assert to_settle(client, noumea) == [on_tuesday, until_midnight]


@pytest.mark.parametrize("number", [1, 4])
def test_the_screen_costs_the_same_whatever_it_lists(number, client, organization, calendar, motif, assert_query_count):
    for n in range(number):
        day = TUESDAY + timedelta(days=n)
        make_appointment(motif=motif, calendar=calendar, starts_at=paris(day, 9))
        make_closure(organization=organization, first_day=day, last_day=day)

    with assert_query_count("opening_days"):
        response = client.get(page("opening_days", organization))

    assert response.context["closed_count"] == number


class TestWhereNoHolidayIsKnown:
    """Two letters of a territory mistyped: the screen says it, and nobody's agenda stops."""

    @pytest.fixture(params=[("FR", "99"), ("ZZ", "")])
    def organization(self, client, request):
        country, subdivision = request.param
        territory = make_territory(country=country, subdivision=subdivision)
        organization = make_organization(territory=territory)
        client.force_login(make_agent(organization=organization, role=Membership.Role.ADMIN))
        return organization

    def test_the_screen_names_the_zone_and_keeps_the_rest(self, client, organization):
        response = client.get(page("opening_days", organization))

        assert response.status_code == 200
        territory = organization.territory
        zone = "-".join(filter(None, [territory.country, territory.subdivision]))
        assert f"Les jours fériés de la zone « {zone} » ne sont pas connus." in text_of(response)
        assert "Enregistrer les jours ouverts" in text_of(response)
        assert "Ajouter une fermeture" in text_of(response)
        assert "Enregistrer pour chaque année" not in text_of(response)

    def test_boxes_sent_all_the_same_are_refused_with_the_same_page(self, client, organization):
        for name in ("holidays_edit", "holiday_dates_edit"):
            response = client.post(page(name, organization), {"holidays-boxes": "noel", "dates-boxes": "2026-12-25"})

            assert response.status_code == 422
            assert "ne sont pas connus" in text_of(response)
        assert not HolidaySwitch.objects.exists()

    def test_hours_are_opened_weekdays_and_closures_close_them(self, client, organization, motif):
        opening = make_opening(motifs=[motif], rrule="FREQ=DAILY")
        on_tuesday = make_appointment(motif=motif, calendar=opening.calendar, starts_at=paris(TUESDAY, 9))
        make_closure(organization=organization, first_day=TUESDAY, last_day=TUESDAY)
        client.post(page("open_weekdays_edit", organization), {"weekdays": [0, 1]})

        days = set(FreeWindow.objects.filter(calendar=opening.calendar).values_list("local_day", flat=True))

        assert {MONDAY, EASTER_MONDAY} <= days
        assert TUESDAY not in days
        assert WEDNESDAY not in days
        response = client.get(page("opening_days", organization))
        assert response.context["closed_count"] == 1
        assert to_settle(client, organization) == [on_tuesday]
