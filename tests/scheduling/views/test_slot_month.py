"""« Trouver un RDV » by the month: the count of each day, the filters kept, and an answer to any address."""

from datetime import date, time, timedelta

import pytest
import time_machine
from django.urls import reverse

from organizations.models import Membership
from tests.factories import (
    MONDAY,
    NOW,
    TUESDAY,
    make_agent,
    make_calendar,
    make_citizen,
    make_location,
    make_motif,
    make_opening,
    make_organization,
    make_territory,
    make_unit,
)

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _the_clock_of_the_tests():
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def organization():
    return make_organization()


@pytest.fixture
def motif(organization):
    return make_motif(organization=organization, name="Accès aux droits")


@pytest.fixture
def admin(client, organization):
    admin = make_agent(organization=organization, role=Membership.Role.ADMIN)
    client.force_login(admin)
    return admin


def month(client, organization, **asked):
    return client.get(reverse("scheduling:slot_month", args=[organization.slug]), asked)


def counts(response):
    return {cell.day: cell.slots for week in response.context["month"].weeks for cell in week if cell and cell.slots}


def test_each_day_says_how_many_and_leads_to_them(client, admin, organization, motif):
    make_opening(motifs=[motif])
    make_opening(motifs=[motif], first_day=TUESDAY, end_time=time(9, 30))

    response = month(client, organization, motif=motif.pk)

    assert counts(response) == {MONDAY: 6, TUESDAY: 1}
    page = response.content.decode().replace("\u00a0", " ")
    search = reverse("scheduling:slot_search", args=[organization.slug])
    assert f'href="{search}?motif={motif.pk}&amp;du=2026-03-02"' in page
    assert "lundi 2 mars, 6 créneaux" in page
    assert "mardi 3 mars, 1 créneau<" in page
    assert client.get(f"{search}?motif={motif.pk}&du=2026-03-03").status_code == 200


def test_filters_of_the_search_hold(client, admin, organization, motif):
    here, there = (make_location(organization=organization) for _ in range(2))
    make_opening(motifs=[motif], location=here, end_time=time(14))
    opening = make_opening(motifs=[motif], location=there, first_day=TUESDAY)

    def asked(**filters):
        return counts(month(client, organization, motif=motif.pk, **filters))

    assert asked(lieu=there.pk) == {TUESDAY: 6}
    assert asked(agenda=opening.calendar_id) == {TUESDAY: 6}
    assert asked(jour="mar") == {TUESDAY: 6}
    assert asked(moment="apres-midi") == {MONDAY: 4}
    response = month(client, organization, motif=motif.pk, jour="mar", lieu=there.pk, mois="2026-03")
    assert f"&amp;jour=mar&amp;lieu={there.pk}&amp;mois=2026-04" in response.content.decode()


def test_a_day_without_slots_leads_to_what_explains_it(client, admin, organization, motif):
    opening = make_opening(motifs=[motif])
    citizen = make_citizen(organization=organization)

    response = month(client, organization, motif=motif.pk, usager=citizen.pk, agenda=opening.calendar_id, jour="lun")

    url = f"{response.context['explain_url']}2026-03-09"
    assert url.endswith(f"?motif={motif.pk}&usager={citizen.pk}&jour=2026-03-09")
    page = response.content.decode()
    assert url.replace("&", "&amp;") in page
    # Neither a day with slots, nor one that the filter leaves out.
    assert "jour=2026-03-02" not in page
    assert "jour=2026-03-03" not in page
    explained = client.get(url)
    assert explained.status_code == 200
    assert explained.context["results"]["slots"] == 0


def test_months_and_their_days_begin_and_end_at_midnight_of_the_organization(client):
    """31 March ends in Nouméa while it is noon in Paris."""
    organization = make_organization(
        territory=make_territory(time_zone="Pacific/Noumea", subdivision="NC"), open_weekdays=list(range(7))
    )
    client.force_login(make_agent(organization=organization, role=Membership.Role.ADMIN))
    motif = make_motif(organization=organization)
    make_opening(motifs=[motif], first_day=date(2026, 3, 31), start_time=time(22), end_time=time(0))
    make_opening(motifs=[motif], first_day=date(2026, 4, 1), start_time=time(0), end_time=time(1, 30))

    assert counts(month(client, organization, motif=motif.pk, mois="2026-03")) == {date(2026, 3, 31): 4}
    assert counts(month(client, organization, motif=motif.pk, mois="2026-04")) == {date(2026, 4, 1): 3}


@pytest.mark.parametrize(("day", "slots"), [(date(2026, 3, 29), 46), (date(2026, 10, 25), 50)])
def test_days_on_which_clocks_change_have_their_own_number_of_hours(client, day, slots):
    organization = make_organization(open_weekdays=list(range(7)))
    client.force_login(make_agent(organization=organization, role=Membership.Role.ADMIN))
    motif = make_motif(organization=organization)
    make_opening(motifs=[motif], first_day=day, rrule="FREQ=DAILY", start_time=time(0), end_time=time(0))

    found = counts(month(client, organization, motif=motif.pk, mois=f"{day:%Y-%m}"))

    assert (found[day], found[day + timedelta(days=1)], found.get(day - timedelta(days=1))) == (slots, 48, None)


def test_months_follow_as_far_as_the_search_goes(client, admin, organization, motif):
    def beside(mois):
        found = month(client, organization, motif=motif.pk, mois=mois).context["month"]
        return found.first_day, found.previous, found.following

    assert beside("2026-03") == (date(2026, 3, 1), None, date(2026, 4, 1))
    assert beside("2026-12") == (date(2026, 12, 1), date(2026, 11, 1), date(2027, 1, 1))
    assert beside("2028-02") == (date(2028, 2, 1), date(2028, 1, 1), date(2028, 3, 1))
    assert beside("2028-03") == (date(2028, 3, 1), date(2028, 2, 1), None)
    assert beside("2031-01") == beside("2028-03")
    assert beside("2020-01") == beside("2026-03")


@pytest.mark.parametrize("nonsense", ["9999-12", "0001-01", "2026-13", "mars", "2026-03-02", ""])
def test_a_month_that_is_none_has_a_page(client, admin, organization, motif, nonsense):
    assert month(client, organization, motif=motif.pk, mois=nonsense).status_code == 200


def test_what_is_missing_is_asked_by_the_search(client, admin, organization, motif):
    search = reverse("scheduling:slot_search", args=[organization.slug])
    unseen = make_opening().calendar_id

    assert month(client, organization).url == search
    assert (
        month(client, organization, motif=motif.pk, agenda=unseen).url == f"{search}?motif={motif.pk}&agenda={unseen}"
    )
    assert month(client, organization, motif=make_motif().pk).status_code == 404
    assert month(client, organization, motif="tous").status_code == 404
    assert month(client, organization, motif=motif.pk, usager=make_citizen().pk).status_code == 404


def test_calendars_that_the_member_does_not_see_count_for_nothing(client, organization, motif):
    social, pmi = (make_unit(territory=organization.territory) for _ in range(2))
    client.force_login(make_agent(organization=organization, units=[social]))
    make_opening(motifs=[motif], calendar=make_agent(organization=organization, units=[pmi]).calendar)

    response = month(client, organization, motif=motif.pk)

    assert counts(response) == {}
    assert "Aucun créneau ce mois-ci." in response.content.decode()


def test_a_follow_up_counts_the_slots_of_referents(client, admin, organization):
    motif = make_motif(organization=organization, is_follow_up=True)
    opening = make_opening(motifs=[motif])
    citizen = make_citizen(organization=organization)

    assert counts(month(client, organization, motif=motif.pk)) == {}
    citizen.referents.add(opening.calendar.agent)
    assert counts(month(client, organization, motif=motif.pk, usager=citizen.pk)) == {MONDAY: 6}


@pytest.mark.parametrize("calendars", [1, 6])
def test_queries_do_not_grow(client, admin, organization, motif, assert_query_count, calendars):
    for _ in range(calendars):
        make_opening(motifs=[motif], calendar=make_calendar(organization=organization), rrule="FREQ=DAILY")

    with assert_query_count("slot_month"):
        response = month(client, organization, motif=motif.pk)

    assert counts(response)[MONDAY] == 6
