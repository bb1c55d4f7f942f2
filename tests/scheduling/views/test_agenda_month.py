"""The agenda of a month as a table from the server, and week-ends shown or not."""

from datetime import date, time, timedelta

import pytest
import time_machine
from django.urls import reverse

from tests.factories import (
    MONDAY,
    NOW,
    TUESDAY,
    make_agent,
    make_appointment,
    make_citizen,
    make_closure,
    make_motif,
    make_opening,
    make_organization,
    make_unavailability,
    make_unit,
    paris,
)

pytestmark = pytest.mark.django_db

SATURDAY = MONDAY + timedelta(days=5)


@pytest.fixture(autouse=True)
def _early():
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def organization():
    return make_organization(open_weekdays=[0, 1, 2, 3, 4])


@pytest.fixture
def social(organization):
    return make_unit(territory=organization.territory)


@pytest.fixture
def motif(organization, social):
    return make_motif(organization=organization, units=[social])


@pytest.fixture
def agent(client, organization, social):
    agent = make_agent(organization=organization, units=[social], first_name="Alice", last_name="Delcourt")
    client.force_login(agent)
    return agent


@pytest.fixture
def book(organization, motif, agent):
    def book(first_name, day, hour, *, calendar=None):
        citizen = make_citizen(organization=organization, first_name=first_name)
        return make_appointment(
            motif=motif, calendar=calendar or agent.calendar, citizen=citizen, starts_at=paris(day, hour)
        )

    return book


@pytest.fixture
def page(client, organization):
    def page(**asked):
        return client.get(reverse("scheduling:agenda", args=[organization.slug]), {"vue": "mois"} | asked)

    return page


def cells(response):
    return {cell.day: cell for week in response.context["weeks"] for cell in week}


def text(response):
    return response.content.decode().replace("\u00a0", " ")


class TestTheMonth:
    def test_is_whole_weeks_around_it(self, page, agent):
        shown = cells(page(jour="2026-03-18"))

        assert (min(shown), max(shown)) == (date(2026, 2, 23), date(2026, 4, 3))
        assert not shown[date(2026, 2, 23)].is_in_month
        assert shown[date(2026, 3, 31)].is_in_month

    def test_says_of_each_calendar_how_many_for_whom_and_how_long_it_is_open(
        self, page, organization, social, motif, agent, book
    ):
        colleague = make_agent(organization=organization, units=[social])
        make_opening(calendar=agent.calendar, motifs=[motif], first_day=TUESDAY)
        make_opening(calendar=agent.calendar, motifs=[motif], first_day=TUESDAY, start_time=time(11), end_time=time(13))
        book("Fatima", TUESDAY, 9)
        book("Zoé", TUESDAY, 10)
        book("Ali", TUESDAY, 9, calendar=colleague.calendar)

        response = page(agenda=[agent.calendar.pk, colleague.calendar.pk])

        of = {row.calendar: row for row in cells(response)[TUESDAY].calendars}
        mine, theirs = of[agent.calendar], of[colleague.calendar]
        assert (mine.number, mine.names, mine.opened) == (2, ["Fatima", "Zoé"], timedelta(hours=4))
        assert (theirs.number, theirs.names, theirs.opened) == (1, ["Ali"], timedelta(0))
        assert "2 RDV" in text(response)
        assert "4 h ouvertes" in text(response)

    def test_counts_what_may_not_be_read_without_a_name(self, page, organization, motif, agent):
        elsewhere = make_organization(territory=organization.territory)
        make_appointment(organization=elsewhere, calendar=agent.calendar, starts_at=paris(TUESDAY, 9))

        (row,) = cells(page())[TUESDAY].calendars

        assert (row.number, row.names) == (1, [])

    def test_says_which_days_are_closed_and_who_is_away(self, page, organization, agent):
        make_closure(organization=organization, first_day=TUESDAY, last_day=TUESDAY)
        make_unavailability(calendar=agent.calendar, organization=organization)

        response = page()

        assert cells(response)[TUESDAY].closed == ["Fermeture\u00a0: Inventaire"]
        assert cells(response)[MONDAY].calendars[0].is_absent
        assert "indisponible" in text(response)

    def test_leads_to_each_day_and_to_the_months_around(self, page, agent):
        content = text(page(jour="2026-03-18", agenda=agent.calendar.pk))

        assert "vue=jour&amp;jour=2026-03-03" in content
        assert "jour=2026-02-01" in content
        assert "jour=2026-04-01" in content

    @pytest.mark.parametrize("day", ["2026-12-31", "2100-12-31", "2000-01-01", "2024-02-29"])
    def test_stands_at_the_ends_of_years_and_of_the_calendar(self, page, agent, day):
        assert page(jour=day).status_code == 200

    @pytest.mark.parametrize("many", [1, 5])
    def test_costs_no_more_with_more_rows(
        self, page, organization, social, agent, motif, book, many, assert_query_count
    ):
        calendars = [agent.calendar]
        for number in range(many):
            calendars.append(make_agent(organization=organization, units=[social]).calendar)
            make_opening(calendar=calendars[-1], motifs=[motif])
            make_unavailability(calendar=calendars[-1], organization=organization)
            book("Ali", TUESDAY, 9 + number)

        with assert_query_count("agenda by month"):
            page(agenda=[calendar.pk for calendar in calendars])


class TestWeekEnds:
    def test_stand_where_they_serve(self, page, book):
        assert SATURDAY not in cells(page())
        book("Zoé", SATURDAY, 10)
        assert SATURDAY in cells(page())

    def test_stand_always_or_never_as_asked(self, page, agent):
        assert SATURDAY in cells(page(weekends="oui"))
        assert SATURDAY not in cells(page(weekends="non"))

    @pytest.mark.parametrize("vue", ["mois", "semaine"])
    def test_that_hide_an_rdv_say_so(self, page, book, vue):
        book("Zoé", SATURDAY, 10)

        content = text(page(vue=vue, weekends="non"))

        assert "1 rendez-vous le week-end, que cette vue ne montre pas" in content
        assert "Zoé" not in content

    def test_of_a_spoilt_address_stand_where_they_serve(self, page, agent):
        assert page(weekends="peut-être").context["weekends"] == ""

    def test_are_left_out_of_the_list_of_a_week(self, page, agent):
        assert len(page(vue="semaine", weekends="non").context["days"]) == 5
        assert len(page(vue="jour", jour=SATURDAY, weekends="non").context["days"]) == 1
