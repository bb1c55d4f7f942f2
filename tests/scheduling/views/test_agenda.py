"""The agenda as a page that is read without a script, and as the data that its grid draws."""

from datetime import date, time, timedelta

import pytest
import time_machine
from django.urls import reverse

from organizations.models import Membership
from scheduling.models import AppointmentStatus
from scheduling.services.actors import CITIZEN
from scheduling.services.appointments import cancel_appointment
from tests.factories import (
    MONDAY,
    NOW,
    TUESDAY,
    WEDNESDAY,
    make_agent,
    make_appointment,
    make_citizen,
    make_closure,
    make_desk,
    make_membership,
    make_motif,
    make_opening,
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
def social(organization):
    return make_unit(territory=organization.territory)


@pytest.fixture
def motif(organization, social):
    return make_motif(organization=organization, units=[social], name="Accès aux droits", color="#a8320a")


@pytest.fixture
def agent(client, organization, social):
    agent = make_agent(organization=organization, units=[social], first_name="Alice", last_name="Delcourt")
    client.force_login(agent)
    return agent


def page(client, organization, **asked):
    return client.get(reverse("scheduling:agenda", args=[organization.slug]), asked)


def feed(client, organization, *, start=MONDAY, end=MONDAY + timedelta(days=7), headers=None, **asked):
    return client.get(
        reverse("scheduling:agenda_feed", args=[organization.slug]),
        {"start": f"{start}T00:00:00", "end": f"{end}T00:00:00"} | asked,
        headers=headers or {},
    )


def events(client, organization, kind, **asked):
    return [event for event in feed(client, organization, **asked).json()["events"] if kind in event["classNames"]]


def hours(event):
    return event["start"], event["end"]


class TestThePage:
    def test_lists_the_week_day_by_day(self, client, organization, motif, agent):
        make_appointment(motif=motif, calendar=agent.calendar, starts_at=paris(TUESDAY, 9))
        make_unavailability(calendar=agent.calendar, organization=organization, first_day=WEDNESDAY, title="Formation")

        days = page(client, organization).context["days"]

        assert list(days) == [MONDAY + timedelta(days=number) for number in range(7)]
        assert [len(entries) for entries in days.values()] == [0, 1, 1, 0, 0, 0, 0]

    def test_shows_one_day_when_asked(self, client, organization, motif, agent):
        make_appointment(motif=motif, calendar=agent.calendar, starts_at=paris(TUESDAY, 9))

        days = page(client, organization, vue="jour", jour=TUESDAY.isoformat()).context["days"]

        assert {day: len(entries) for day, entries in days.items()} == {TUESDAY: 1}

    def test_leads_from_an_unavailability_of_a_day_to_that_occurrence(self, client, organization, social, agent):
        fields = {"first_day": TUESDAY, "rrule": "FREQ=DAILY", "organization": organization}
        away = make_unavailability(calendar=agent.calendar, **fields)
        colleague = make_agent(organization=organization, units=[social])
        theirs = make_unavailability(calendar=colleague.calendar, **fields)

        content = page(client, organization, agenda=[agent.calendar.pk, colleague.calendar.pk]).content.decode()

        address = reverse("scheduling:unavailability_edit", args=[organization.slug, away.pk])
        assert f'{address}?jour={WEDNESDAY}"' in content
        assert reverse("scheduling:unavailability_edit", args=[organization.slug, theirs.pk]) not in content

    def test_keeps_the_choice_in_the_address_of_the_next_week(self, client, organization, social, agent):
        colleague = make_agent(organization=organization, units=[social])
        chosen = [agent.calendar.pk, colleague.calendar.pk]

        content = page(client, organization, agenda=chosen).content.decode()

        query = "&amp;".join([f"agenda={pk}" for pk in chosen])
        assert f"?{query}&amp;jour=2026-03-09" in content

    def test_offers_colleagues_of_the_service_and_its_desks_only(self, client, organization, social, agent):
        pmi = make_unit(territory=organization.territory)
        make_agent(organization=organization, units=[social], last_name="Collegue")
        make_agent(organization=organization, units=[pmi], last_name="Etranger")
        make_desk(organization=organization, units=[social], name="Guichet social")
        make_desk(organization=organization, units=[pmi], name="Guichet PMI")
        make_desk(organization=make_organization(territory=organization.territory), name="Guichet ailleurs")

        names = [str(calendar) for calendar in page(client, organization).context["choice"].offered]

        assert sorted(names) == ["Alice Delcourt", "Alix Collegue", "Guichet social"]

    @pytest.mark.parametrize("spoilt", [{"jour": "demain"}, {"jour": "9999-12-31"}, {"vue": "siècle"}])
    def test_of_a_spoilt_address_is_this_week(self, client, organization, agent, spoilt):
        response = page(client, organization, **spoilt)

        assert response.status_code == 200
        assert next(iter(response.context["days"])) == MONDAY

    def test_hides_cancelled_appointments_until_asked(self, client, organization, motif, agent):
        appointment = make_appointment(motif=motif, calendar=agent.calendar, starts_at=paris(TUESDAY, 9))
        cancel_appointment(
            appointment=appointment, status=AppointmentStatus.CANCELLED_BY_CITIZEN, actor=CITIZEN, now=NOW
        )

        assert page(client, organization).context["days"][TUESDAY] == []
        assert page(client, organization, annules="1").context["days"][TUESDAY] == [appointment]

    @pytest.mark.parametrize("many", [1, 5])
    def test_query_count_does_not_grow_with_rows(
        self, client, organization, social, motif, agent, many, assert_query_count
    ):
        calendars = [agent.calendar]
        for number in range(many):
            colleague = make_agent(organization=organization, units=[social])
            calendars.append(colleague.calendar)
            make_opening(calendar=colleague.calendar, organization=organization)
            make_unavailability(calendar=colleague.calendar, organization=organization)
            make_appointment(motif=motif, calendar=colleague.calendar, starts_at=paris(TUESDAY, 9 + number))

        with assert_query_count("agenda"):
            page(client, organization, agenda=[calendar.pk for calendar in calendars])


class TestTheFeed:
    def test_says_when_who_what_where_and_how_it_stands(self, client, organization, motif, agent):
        citizen = make_citizen(organization=organization, first_name="Fatima", last_name="El Amrani")
        appointment = make_appointment(
            motif=motif, calendar=agent.calendar, citizen=citizen, starts_at=paris(TUESDAY, 9, 30)
        )

        (event,) = events(client, organization, "is-appointment")

        assert hours(event) == ("2026-03-03T09:30:00", "2026-03-03T10:00:00")
        assert event["title"] == "Fatima EL AMRANI"
        assert event["resourceIds"] == [agent.calendar.pk]
        assert event["classNames"] == ["is-appointment", "status-upcoming"]
        assert event["backgroundColor"] == "#a8320a"
        assert event["extendedProps"]["status"] == "à venir"
        assert event["extendedProps"]["url"] == reverse(
            "scheduling:appointment_detail", args=[organization.slug, appointment.pk]
        )
        assert event["extendedProps"]["label"].replace("\u00a0", " ") == (
            "mardi 3 mars, 9 h 30 – 10 h, Fatima EL AMRANI, Accès aux droits, "
            f"{appointment.location}, Alice Delcourt : à venir"
        )

    def test_an_appointment_of_two_agents_stands_in_both_columns(self, client, organization, social, motif, agent):
        colleague = make_agent(organization=organization, units=[social])
        appointment = make_appointment(motif=motif, calendar=agent.calendar, starts_at=paris(TUESDAY, 9))
        appointment.appointment_calendars.create(
            organization=organization,
            calendar=colleague.calendar,
            starts_at=appointment.starts_at,
            ends_at=appointment.ends_at,
        )

        (event,) = events(client, organization, "is-appointment", agenda=[agent.calendar.pk, colleague.calendar.pk])

        assert sorted(event["resourceIds"]) == sorted([agent.calendar.pk, colleague.calendar.pk])

    def test_shades_openings_unavailabilities_and_closed_days(self, client, organization, motif, agent):
        make_opening(calendar=agent.calendar, motifs=[motif], first_day=MONDAY)
        make_unavailability(
            calendar=agent.calendar,
            organization=organization,
            title="Congés",
            first_day=TUESDAY,
            start_time=time(14),
            days_spanned=1,
            end_time=time(0),
        )
        make_closure(organization=organization, first_day=WEDNESDAY, last_day=WEDNESDAY)

        (opening,) = events(client, organization, "is-opening")
        (away,) = events(client, organization, "is-unavailability")
        closed = events(client, organization, "is-closed")

        assert hours(opening) == ("2026-03-02T09:00:00", "2026-03-02T12:00:00")
        assert (away["title"], *hours(away)) == ("Congés", "2026-03-03T14:00:00", "2026-03-04T00:00:00")
        assert [day["start"][:10] for day in closed] == ["2026-03-04", "2026-03-08"]
        assert closed[1]["title"] == "Fermé le dimanche"

    def test_an_opening_on_a_closed_day_is_not_shaded(self, client, organization, motif, agent):
        make_opening(calendar=agent.calendar, motifs=[motif], first_day=MONDAY)
        make_closure(organization=organization)

        assert events(client, organization, "is-opening") == []

    def test_answers_that_nothing_changed(self, client, organization, motif, agent):
        first = feed(client, organization)
        same = feed(client, organization, headers={"If-None-Match": first["ETag"]})
        make_appointment(motif=motif, calendar=agent.calendar, starts_at=paris(TUESDAY, 9))
        changed = feed(client, organization, headers={"If-None-Match": first["ETag"]})

        assert (same.status_code, same.content) == (304, b"")
        assert changed.status_code == 200
        assert "no-store" in first["Cache-Control"]

    @pytest.mark.parametrize("many", [1, 5])
    def test_that_nothing_changed_is_said_without_more_queries_than_it_takes_to_know(
        self, client, organization, motif, agent, many, assert_query_count
    ):
        for number in range(many):
            make_appointment(motif=motif, calendar=agent.calendar, starts_at=paris(TUESDAY, 9 + number))
        etag = feed(client, organization)["ETag"]

        with assert_query_count("agenda_feed unchanged"):
            feed(client, organization, headers={"If-None-Match": etag})

    def test_is_bounded(self, client, organization, agent):
        days = {
            event["start"] for event in events(client, organization, "is-closed", start=MONDAY, end=date(2036, 3, 2))
        }

        assert max(days) < "2026-05"

    @pytest.mark.parametrize("many", [1, 5])
    def test_query_count_does_not_grow_with_rows(self, client, organization, motif, agent, many, assert_query_count):
        for number in range(many):
            make_appointment(motif=motif, calendar=agent.calendar, starts_at=paris(TUESDAY, 9 + number))
            make_unavailability(calendar=agent.calendar, organization=organization)
            make_opening(calendar=agent.calendar, organization=organization)

        with assert_query_count("agenda_feed"):
            feed(client, organization)


class TestWhatOthersMayNotKnow:
    def test_another_organizations_appointment_is_hours_and_nothing_else(self, client, organization, agent):
        elsewhere = make_organization(name="Maison secrète")
        make_membership(agent=agent, organization=elsewhere)
        make_appointment(
            motif=make_motif(organization=elsewhere, name="Motif secret"),
            calendar=agent.calendar,
            citizen=make_citizen(organization=elsewhere, last_name="Secrete"),
            starts_at=paris(TUESDAY, 9),
        )

        response = feed(client, organization)
        (busy,) = [event for event in response.json()["events"] if "is-busy" in event["classNames"]]

        assert busy["title"] == "Occupé"
        assert hours(busy) == ("2026-03-03T09:00:00", "2026-03-03T09:30:00")
        assert "secr" not in response.content.decode().lower()
        assert elsewhere.slug not in response.content.decode()

    def test_another_organizations_unavailability_has_no_title(self, client, organization, agent):
        elsewhere = make_organization()
        make_membership(agent=agent, organization=elsewhere)
        make_unavailability(calendar=agent.calendar, organization=elsewhere, title="Hospitalisation")

        (away,) = events(client, organization, "is-unavailability")

        assert away["title"] == "Indisponible"

    def test_another_services_appointment_of_a_colleague_is_hours_only(self, client, organization, social, agent):
        pmi = make_unit(territory=organization.territory)
        colleague = make_agent(organization=organization, units=[social, pmi])
        make_appointment(
            motif=make_motif(organization=organization, units=[pmi]),
            calendar=colleague.calendar,
            citizen=make_citizen(organization=organization, units=[pmi], last_name="Secrete"),
            starts_at=paris(TUESDAY, 9),
        )

        response = feed(client, organization, agenda=colleague.calendar.pk)

        assert "SECRETE" not in response.content.decode()
        assert "Occupé" in response.content.decode()

    @pytest.mark.parametrize("whose", ["other service", "other organization"])
    def test_a_strangers_calendar_does_not_exist(self, client, organization, agent, whose):
        pmi = make_unit(territory=organization.territory)
        stranger = {
            "other service": lambda: make_agent(organization=organization, units=[pmi]),
            "other organization": lambda: make_agent(organization=make_organization()),
        }[whose]()

        assert feed(client, organization, agenda=stranger.calendar.pk).status_code == 404
        assert page(client, organization, agenda=stranger.calendar.pk).context["choice"].chosen == [agent.calendar]

    def test_the_organization_itself_does_not_exist_for_strangers(self, client, organization):
        client.force_login(make_agent(organization=make_organization(), role=Membership.Role.ADMIN))

        assert feed(client, organization).status_code == 404
        assert page(client, organization).status_code == 404


class TestAcrossClockChanges:
    """29 March and 25 October 2026 in Paris."""

    SPRING, AUTUMN = date(2026, 3, 29), date(2026, 10, 25)

    @pytest.fixture
    def always_open(self):
        return make_organization(open_weekdays=[0, 1, 2, 3, 4, 5, 6])

    @pytest.fixture
    def admin(self, client, always_open):
        admin = make_agent(organization=always_open, role=Membership.Role.ADMIN)
        client.force_login(admin)
        return admin

    def test_nine_o_clock_stays_nine_o_clock(self, client, always_open, admin):
        motif = make_motif(organization=always_open)
        for day in (self.SPRING - timedelta(days=1), self.SPRING, self.AUTUMN - timedelta(days=1), self.AUTUMN):
            make_appointment(motif=motif, calendar=admin.calendar, starts_at=paris(day, 9))
            make_opening(calendar=admin.calendar, motifs=[motif], first_day=day)

        for day in (self.SPRING, self.AUTUMN):
            asked = {"start": day - timedelta(days=1), "end": day + timedelta(days=1)}
            rdvs = events(client, always_open, "is-appointment", **asked)
            openings = events(client, always_open, "is-opening", **asked)

            assert [event["start"][11:] for event in rdvs] == ["09:00:00", "09:00:00"]
            assert sorted(event["start"] for event in openings) == [
                f"{day - timedelta(days=1)}T09:00:00",
                f"{day}T09:00:00",
            ]

    def test_the_day_of_the_change_holds_its_last_hour_and_no_other(self, client, always_open, admin):
        motif = make_motif(organization=always_open)
        for day in (self.SPRING - timedelta(days=1), self.SPRING, self.SPRING + timedelta(days=1)):
            make_appointment(motif=motif, calendar=admin.calendar, starts_at=paris(day, 23, 30))

        found = events(client, always_open, "is-appointment", start=self.SPRING, end=self.SPRING + timedelta(days=1))

        assert [hours(event) for event in found] == [("2026-03-29T23:30:00", "2026-03-30T00:00:00")]

    def test_an_hour_that_comes_twice_never_ends_before_it_starts(self, client, always_open, admin):
        motif = make_motif(organization=always_open)
        # 2 h 40 summer time to 2 h 10 winter time: half an hour.
        make_appointment(motif=motif, calendar=admin.calendar, starts_at=paris(self.AUTUMN, 2, 40))

        (event,) = events(client, always_open, "is-appointment", start=self.AUTUMN, end=self.AUTUMN + timedelta(days=1))

        assert hours(event) == ("2026-10-25T02:40:00", "2026-10-25T03:10:00")

    def test_the_organizations_clock_counts_not_the_servers(self, client):
        far_away = make_organization(time_zone_override="Pacific/Noumea", open_weekdays=[0, 1, 2, 3, 4, 5, 6])
        admin = make_agent(organization=far_away, role=Membership.Role.ADMIN)
        client.force_login(admin)
        # Monday 23 h in Paris is Tuesday 9 h in Nouméa.
        make_appointment(motif=make_motif(organization=far_away), calendar=admin.calendar, starts_at=paris(MONDAY, 23))

        (event,) = events(client, far_away, "is-appointment")

        assert event["start"] == "2026-03-03T09:00:00"


def test_names_travel_as_data(client, organization, motif, agent):
    make_appointment(
        motif=motif,
        calendar=agent.calendar,
        citizen=make_citizen(organization=organization, first_name="<img src=x onerror=alert(1)>"),
        starts_at=paris(TUESDAY, 9),
    )

    assert feed(client, organization)["Content-Type"] == "application/json"
    assert "<img" not in page(client, organization).content.decode()
