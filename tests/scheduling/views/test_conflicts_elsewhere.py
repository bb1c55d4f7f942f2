"""RDVs to settle on the other screens: Aujourd'hui, the agenda, their own page, and after the change that made them."""

from datetime import time, timedelta

import pytest
import time_machine
from django.urls import reverse

from organizations.models import Membership
from scheduling.models import Conflict
from scheduling.services.actors import Actor
from scheduling.services.conflicts import keep_appointment
from tests.factories import (
    MONDAY,
    NOW,
    TUESDAY,
    make_agent,
    make_appointment,
    make_citizen,
    make_desk,
    make_location,
    make_motif,
    make_opening,
    make_organization,
    make_reference_week,
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
def motif(organization, unit):
    return make_motif(organization=organization, units=[unit])


@pytest.fixture
def location(organization):
    return make_location(organization=organization)


@pytest.fixture
def agent(client, organization, unit):
    agent = make_agent(organization=organization, units=[unit], first_name="Alice", last_name="Delcourt")
    client.force_login(agent)
    return agent


@pytest.fixture
def colleague(organization, unit):
    return make_agent(organization=organization, units=[unit], first_name="Karim", last_name="Benhaddou")


@pytest.fixture
def in_conflict(organization, motif, location):
    """An RDV of that agent, within their hours, on which they are then away."""

    def in_conflict(agent, day=TUESDAY, hour=9, name="Durand"):
        make_opening(calendar=agent.calendar, motifs=[motif], location=location, first_day=day, start_time=time(hour))
        appointment = make_appointment(
            motif=motif,
            calendar=agent.calendar,
            location=location,
            citizen=make_citizen(organization=organization, last_name=name),
            starts_at=paris(day, hour),
        )
        make_unavailability(calendar=agent.calendar, organization=organization, first_day=day)
        return appointment

    return in_conflict


def address(name, organization, *args):
    return reverse(f"scheduling:{name}", args=[organization.slug, *args])


def text(response):
    return " ".join(
        response.content.decode().replace("\xa0", " ").replace("&nbsp;", " ").replace("&#x27;", "'").split()
    )


class TestToday:
    def test_names_the_first_those_of_the_own_calendar_before_others(
        self, client, organization, agent, colleague, in_conflict
    ):
        theirs = in_conflict(colleague, name="Autre")
        ours = [in_conflict(agent, day=TUESDAY + timedelta(days=number)) for number in range(3)]

        response = client.get(address("today", organization))

        shown = response.context["today"]
        assert [row.appointment for row in shown.unsettled] == ours
        assert shown.unsettled_count == 4
        assert theirs not in [row.appointment for row in shown.unsettled]
        assert "Mardi 3 mars, 9 h" in text(response).replace("mardi", "Mardi")
        assert "Sur une indisponibilité" in text(response)
        assert "Régler les 4 rendez-vous" in text(response)

    def test_says_it_until_all_is_settled(self, client, organization, agent, in_conflict):
        appointment = in_conflict(agent)
        assert "À régler" in text(client.get(address("today", organization)))

        keep_appointment(appointment=appointment, actor=Actor.of(agent), now=NOW)

        assert "À régler" not in text(client.get(address("today", organization)))

    def test_says_it_to_who_has_no_calendar_there(self, client, organization, colleague, in_conflict):
        in_conflict(colleague)
        client.force_login(make_agent(organization=organization, role=Membership.Role.ADMIN))

        assert "Régler ce rendez-vous" in text(client.get(address("today", organization)))

    def test_tells_nobody_of_what_they_may_not_see(self, client, organization, colleague, in_conflict):
        in_conflict(colleague)
        client.force_login(make_agent(organization=organization))

        assert "À régler" not in text(client.get(address("today", organization)))


class TestTheAgenda:
    def test_says_so_in_the_list(self, client, organization, agent, in_conflict):
        in_conflict(agent)

        shown = text(client.get(address("agenda", organization)))

        assert "À régler : sur une indisponibilité" in shown

    def test_says_so_on_the_event(self, client, organization, agent, in_conflict):
        in_conflict(agent)
        asked = {"start": MONDAY, "end": MONDAY + timedelta(days=7)}

        (event,) = (
            event
            for event in client.get(address("agenda_feed", organization), asked).json()["events"]
            if "is-appointment" in event["classNames"]
        )

        assert "is-unsettled" in event["classNames"]
        assert event["extendedProps"]["status"] == "à régler (sur une indisponibilité)"
        assert event["extendedProps"]["label"].endswith("à régler (sur une indisponibilité)")

    def test_says_nothing_of_what_is_kept(self, client, organization, agent, in_conflict):
        keep_appointment(appointment=in_conflict(agent), actor=Actor.of(agent), now=NOW)

        assert "À régler" not in text(client.get(address("agenda", organization)))


class TestTheAppointment:
    def test_says_what_stands_against_it_with_the_ways_to_settle_it(self, client, organization, agent, in_conflict):
        appointment = in_conflict(agent)

        response = client.get(address("appointment_detail", organization, appointment.pk))

        assert "Il tombe sur une indisponibilité." in text(response)
        for name in ("appointment_move", "appointment_cancel", "appointment_keep"):
            assert address(name, organization, appointment.pk) in text(response)

    def test_is_cancelled_from_there_because_the_hours_changed(self, client, organization, agent, in_conflict):
        cancel = address("appointment_cancel", organization, in_conflict(agent).pk)

        assert client.get(cancel, {"statut": "unscheduled"}).context["form"]["status"].value() == "unscheduled"
        assert client.get(cancel, {"statut": "fulfilled"}).context["form"]["status"].value() == "cancelled_by_citizen"

    def test_says_who_kept_it_and_when(self, client, organization, agent, in_conflict):
        appointment = in_conflict(agent)
        keep_appointment(appointment=appointment, actor=Actor.of(agent), now=NOW)

        response = client.get(address("appointment_detail", organization, appointment.pk))

        kept = "Sur une indisponibilité : gardé par Alice Delcourt le lundi 2 mars 2026 à 7 h."
        assert kept in text(response)
        assert "Ce rendez-vous est à régler" not in text(response)

    def test_says_nothing_once_it_has_begun(self, client, organization, agent, in_conflict):
        appointment = in_conflict(agent)
        with time_machine.travel(paris(TUESDAY, 9), tick=False):
            response = client.get(address("appointment_detail", organization, appointment.pk))

        assert "à régler" not in text(response)


class TestAfterAChange:
    """The redirect to what it left, in numbers; the pages of hours have their own tests of it too."""

    def test_that_leaves_nothing_it_goes_back_to_the_list(self, client, organization, agent):
        response = client.post(
            address("unavailability_add", organization),
            {"calendar": agent.calendar.pk, "first_day": "2026-03-03", "repeat": "once", "interval": "1"}
            | {"start_time": "9h", "end_time": "12h"},
        )

        assert response["Location"] == address("unavailability_list", organization)

    def test_only_what_it_left_is_counted_not_what_was_open_before(
        self, client, organization, agent, motif, location, in_conflict
    ):
        in_conflict(agent)
        with time_machine.travel(NOW + timedelta(minutes=5), tick=False):
            make_appointment(motif=motif, calendar=agent.calendar, location=location, starts_at=paris(TUESDAY, 15))
            response = client.post(
                address("unavailability_add", organization),
                {"calendar": agent.calendar.pk, "first_day": "2026-03-03", "repeat": "once", "interval": "1"}
                | {"start_time": "14h", "end_time": "17h", "confirmed": "on"},
                follow=True,
            )

        assert "L'indisponibilité est ajoutée. 1 rendez-vous s'y trouve : réglez-le ici." in text(response)
        assert Conflict.objects.open(NOW).count() == 2

    def test_rdvs_of_another_organization_are_counted_and_not_shown(self, client, organization, agent):
        elsewhere = make_organization()
        make_appointment(motif=make_motif(organization=elsewhere), calendar=agent.calendar, starts_at=paris(TUESDAY, 9))

        response = client.post(
            address("unavailability_add", organization),
            {"calendar": agent.calendar.pk, "first_day": "2026-03-03", "repeat": "once", "interval": "1"}
            | {"start_time": "9h", "end_time": "12h", "confirmed": "on"},
            follow=True,
        )

        assert (
            "1 rendez-vous de cet agenda ne se voit pas ici : il est à régler dans son service ou organisation."
            in text(response)
        )
        assert response.redirect_chain == [(address("unavailability_list", organization), 302)]

    @pytest.mark.parametrize("change", ["moved", "archived"])
    def test_of_a_desk(self, client, organization, unit, motif, location, change):
        desk = make_desk(organization=organization, location=location, motifs=[motif], units=[unit])
        make_opening(calendar=desk.calendar, motifs=[motif], location=location, first_day=TUESDAY)
        make_appointment(motif=motif, calendar=desk.calendar, location=location, starts_at=paris(TUESDAY, 9))
        client.force_login(make_agent(organization=organization, role=Membership.Role.ADMIN))
        elsewhere = make_location(organization=organization)
        typed = {"name": desk.name, "kind": desk.kind, "location": elsewhere.pk, "motifs": motif.pk, "units": unit.pk}

        page = "desk_edit" if change == "moved" else "desk_archive"
        response = client.post(address(page, organization, desk.pk), typed, follow=True)

        assert "1 rendez-vous est maintenant hors des plages d'ouverture : réglez-le ici." in text(response)
        assert len(response.context["sheet"].rows) == 1

    def test_of_a_reference_week(self, client, organization, agent, motif, location):
        make_opening(calendar=agent.calendar, motifs=[motif], location=location, first_day=TUESDAY)
        make_appointment(motif=motif, calendar=agent.calendar, location=location, starts_at=paris(TUESDAY, 9))
        client.force_login(make_agent(organization=organization, role=Membership.Role.ADMIN))
        week = make_reference_week(organization=organization, tuesday="14h-16h")
        asked = f"?agenda={agent.calendar.pk}&du=2026-03-02&au=2026-03-08&motifs={motif.pk}&lieu={location.pk}"
        apply = address("reference_week_apply", organization, week.pk) + asked

        shown = client.get(apply)
        response = client.post(apply, {"expected": shown.context["preview"].fingerprint}, follow=True)

        assert "hors des plages d'ouverture : réglez-le ici." in text(response)

    def test_an_occurrence_of_an_absence_that_is_brought_back(self, client, organization, agent, motif, location):
        absence = make_unavailability(
            calendar=agent.calendar, organization=organization, first_day=TUESDAY, rrule="FREQ=WEEKLY;BYDAY=TU"
        )
        client.post(f"{address('unavailability_delete', organization, absence.pk)}?portee=occurrence&jour={TUESDAY}")
        make_opening(calendar=agent.calendar, motifs=[motif], location=location, first_day=TUESDAY)
        make_appointment(motif=motif, calendar=agent.calendar, location=location, starts_at=paris(TUESDAY, 9))

        response = client.post(
            address("unavailability_restore", organization, absence.pk), {"jour": TUESDAY.isoformat()}, follow=True
        )

        assert "est rétablie. 1 rendez-vous s'y trouve : réglez-le ici." in text(response)
