"""Changing an appointment on its page: what it says, its agendas, taking it up again, having another one like it."""

from datetime import timedelta

import pytest
import time_machine
from django.urls import reverse

from organizations.models import Membership
from scheduling.models import Appointment, AppointmentStatus
from scheduling.services.actors import CITIZEN
from scheduling.services.appointments import cancel_appointment
from tests.factories import (
    MONDAY,
    NOW,
    make_agent,
    make_appointment,
    make_calendar,
    make_location,
    make_motif,
    make_opening,
    make_option,
    make_organization,
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
def agent(client, organization):
    agent = make_agent(organization=organization, role=Membership.Role.ADMIN, first_name="Alice", last_name="Delcourt")
    client.force_login(agent)
    return agent


@pytest.fixture
def motif(organization):
    return make_motif(organization=organization, name="Accès aux droits", max_persons=3)


@pytest.fixture
def appointment(motif, agent):
    opening = make_opening(calendar=agent.calendar, motifs=[motif])
    return make_appointment(motif=motif, calendar=agent.calendar, location=opening.location)


@pytest.fixture
def cancelled(appointment):
    return cancel_appointment(
        appointment=appointment, status=AppointmentStatus.CANCELLED_BY_CITIZEN, actor=CITIZEN, now=NOW
    )


def page(name, appointment):
    return reverse(f"scheduling:appointment_{name}", args=[appointment.organization.slug, appointment.pk])


def words(response):
    text = response.content.decode().replace("\u00a0", " ").replace("&nbsp;", " ").replace("&#x27;", "'")
    return " ".join(text.split())


def typed(client, appointment, **changed):
    """The form as it stands, with what somebody changes in it."""
    form = client.get(page("edit", appointment)).context["form"]
    standing = {name: field.value() for name, field in ((name, form[name]) for name in form.fields)}
    return {name: value for name, value in (standing | changed).items() if value is not None}


class TestEditing:
    def test_changes_what_it_says_and_the_history_tells_it(self, client, appointment):
        fields = typed(client, appointment, title="Bilan", context_note="Vient avec sa fille.", persons=2)

        response = client.post(page("edit", appointment), fields, follow=True)

        text = words(response)
        for written in ["Le rendez-vous est modifié.", "Bilan", "Vient avec sa fille.", "Durée : <s>30 min</s> → 1 h"]:
            assert written in text

    def test_another_place_or_an_address_of_one_time_but_not_both(self, client, appointment):
        annexe = make_location(organization=appointment.organization, name="Annexe")
        both = typed(client, appointment, location=annexe.pk, address="12 rue des Lilas")
        assert client.post(page("edit", appointment), both).status_code == 422
        neither = typed(client, appointment, location="")
        assert "Choisissez un lieu" in words(client.post(page("edit", appointment), neither))

        client.post(page("edit", appointment), typed(client, appointment, location="", address="12 rue des Lilas"))

        appointment.refresh_from_db()
        assert (appointment.location, appointment.address) == (None, "12 rue des Lilas")

    def test_an_option_that_does_not_fit_points_to_moving(self, client, appointment, agent):
        option = make_option(motif=appointment.motif, duration=timedelta(hours=2), name="Passeport")
        make_appointment(motif=appointment.motif, calendar=agent.calendar, starts_at=paris(MONDAY, 10))

        fields = typed(client, appointment, option=option.pk, title="Gardé")
        response = client.post(page("edit", appointment), fields)

        assert response.status_code == 422
        assert "la suite n'est pas libre" in words(response)
        assert page("move", appointment) in response.content.decode()
        assert 'value="Gardé"' in response.content.decode()

    def test_what_changed_meanwhile_is_said(self, client, appointment):
        fields = typed(client, appointment, title="Bilan")
        client.post(page("edit", appointment), typed(client, appointment, title="Autre"))

        response = client.post(page("edit", appointment), fields)

        assert response.status_code == 422
        assert "a changé pendant que vous le modifiiez" in words(response)

    @pytest.mark.parametrize(
        ("kind", "shown", "fields"),
        [
            ("phone", "Téléphone à appeler", {"phone": "06 12 34 56 78"}),
            ("home", "Adresse", {"address": "1 rue X"}),
            ("video", "Lien de la visio", {"video_url": "https://visio.example/1"}),
        ],
    )
    def test_asks_for_what_its_kind_needs(self, client, organization, agent, kind, shown, fields):
        appointment = make_appointment(
            motif=make_motif(organization=organization, location_kind=kind), calendar=agent.calendar
        )
        assert shown in words(client.get(page("edit", appointment)))
        client.post(page("edit", appointment), typed(client, appointment, **fields))

        appointment.refresh_from_db()
        (name,) = fields
        assert str(getattr(appointment, name)) in (*fields.values(), "+33612345678")

    def test_too_many_persons_are_refused(self, client, appointment):
        assert client.post(page("edit", appointment), typed(client, appointment, persons=4)).status_code == 422

    def test_the_place_of_another_organization_is_none(self, client, appointment):
        fields = typed(client, appointment, location=make_location().pk)

        assert client.post(page("edit", appointment), fields).status_code == 422


class TestAgendas:
    def test_add_and_take(self, client, appointment, agent):
        colleague = make_opening(motifs=[appointment.motif]).calendar

        client.post(page("calendars", appointment), {"calendars": [agent.calendar.pk, colleague.pk]})
        assert set(appointment.calendars.all()) == {agent.calendar, colleague}

        client.post(page("calendars", appointment), {"calendars": [colleague.pk]})
        assert set(appointment.calendars.all()) == {colleague}

    def test_one_who_is_not_free_is_confirmed(self, client, appointment, agent):
        busy = make_agent(organization=appointment.organization, first_name="Bruno", last_name="Roux").calendar
        make_appointment(motif=appointment.motif, calendar=busy)
        chosen = {"calendars": [agent.calendar.pk, busy.pk]}

        response = client.post(page("calendars", appointment), chosen)
        assert response.status_code == 422
        assert "Bruno Roux : ce temps n'est pas libre." in words(response)

        client.post(page("calendars", appointment), chosen | {"confirmed": f"{busy.pk}"})
        assert busy in appointment.calendars.all()

    def test_what_is_confirmed_is_who_was_named(self, client, appointment, agent):
        """Somebody ticked since is asked about, too."""
        named, later = (make_calendar(organization=appointment.organization) for _ in range(2))
        for calendar in (named, later):
            make_appointment(motif=appointment.motif, calendar=calendar)
        chosen = {"calendars": [agent.calendar.pk, named.pk, later.pk], "confirmed": f"{named.pk}"}

        response = client.post(page("calendars", appointment), chosen)

        assert response.status_code == 422
        assert f'name="confirmed" value="{named.pk},{later.pk}"' in response.content.decode()
        assert set(appointment.calendars.all()) == {agent.calendar}

    @pytest.mark.parametrize("confirmed", ["", "1,,x", "é", "99999999999999999999", "1" * 5000])
    def test_nothing_is_confirmed_by_what_means_nothing(self, client, appointment, agent, confirmed):
        busy = make_calendar(organization=appointment.organization)
        make_appointment(motif=appointment.motif, calendar=busy)
        chosen = {"calendars": [agent.calendar.pk, busy.pk], "confirmed": confirmed}

        assert client.post(page("calendars", appointment), chosen).status_code == 422

    def test_whoever_was_added_meanwhile_is_not_taken_away_by_an_older_page(self, client, appointment, agent):
        first, second = (make_opening(motifs=[appointment.motif]).calendar for _ in range(2))
        shown = client.get(page("calendars", appointment)).context["form"]["seen"].value()
        client.post(page("calendars", appointment), {"calendars": [agent.calendar.pk, first.pk], "seen": shown})

        response = client.post(
            page("calendars", appointment), {"calendars": [agent.calendar.pk, second.pk], "seen": shown}
        )

        assert response.status_code == 422
        assert "a changé pendant que vous le modifiiez" in words(response)
        assert set(appointment.calendars.all()) == {agent.calendar, first}

    def test_none_at_all_is_refused(self, client, appointment):
        response = client.post(page("calendars", appointment), {})

        assert response.status_code == 422
        assert "au moins un agenda" in words(response)

    def test_those_one_may_not_see_stay(self, client, organization):
        pmi, social = (make_unit(territory=organization.territory) for _ in range(2))
        hidden = make_agent(organization=organization, units=[pmi]).calendar
        reader = make_agent(organization=organization, units=[social])
        motif = make_motif(organization=organization, units=[social])
        appointment = make_appointment(motif=motif, calendar=hidden)
        client.force_login(reader)

        assert f"Reste aussi sur : {hidden}" in words(client.get(page("calendars", appointment)))
        client.post(page("calendars", appointment), {"calendars": [reader.calendar.pk]})

        assert set(appointment.calendars.all()) == {hidden, reader.calendar}


class TestAgain:
    def test_over_what_stands_on_a_calendar_one_may_not_see_is_not_for_one_to_confirm(self, client, organization):
        pmi, social = (make_unit(territory=organization.territory) for _ in range(2))
        hidden = make_agent(organization=organization, units=[pmi]).calendar
        reader = make_agent(organization=organization, units=[social])
        cancelled = make_appointment(motif=make_motif(organization=organization, units=[social]), calendar=hidden)
        status = AppointmentStatus.CANCELLED_BY_CITIZEN
        cancel_appointment(appointment=cancelled, status=status, actor=CITIZEN, now=NOW)
        make_appointment(organization=organization, calendar=hidden)
        client.force_login(reader)

        response = client.post(page("resume", cancelled), {"confirmed": "1"})

        assert response.status_code == 422
        assert "sur un agenda que vous ne voyez pas" in words(response)
        assert "Reprendre quand même" not in words(response)
        cancelled.refresh_from_db()
        assert cancelled.is_cancelled

    def test_a_cancelled_one_is_resumed(self, client, cancelled):
        assert "Reprendre" in words(client.get(page("detail", cancelled)))

        response = client.post(page("resume", cancelled), follow=True)

        assert "Le rendez-vous est repris." in words(response)
        cancelled.refresh_from_db()
        assert cancelled.status == AppointmentStatus.BOOKED

    def test_on_a_time_that_was_taken_after_confirming_or_elsewhere(self, client, cancelled, agent):
        make_appointment(motif=cancelled.motif, calendar=agent.calendar)

        response = client.post(page("resume", cancelled))
        assert response.status_code == 422
        assert page("duplicate", cancelled) in response.content.decode()

        client.post(page("resume", cancelled), {"confirmed": "1"})
        cancelled.refresh_from_db()
        assert cancelled.status == AppointmentStatus.BOOKED

    def test_what_is_not_cancelled_cannot_be(self, client, appointment):
        assert client.post(page("resume", appointment)).status_code == 302

    @pytest.mark.parametrize("which", ["appointment", "cancelled"])
    def test_another_one_like_it(self, client, request, which):
        original = request.getfixturevalue(which)
        week = client.get(page("duplicate", original))
        slot = week.context["days"][0]["groups"][0]["slots"][-1]
        confirm = client.get(slot["url"])
        assert "Le premier rendez-vous reste ce qu'il est." in words(confirm)
        fields = {
            "starts_at": slot["starts_at"].isoformat(),
            "location": original.location_id,
            "calendar": original.calendars.get().pk,
            "idempotency_key": confirm.context["idempotency_key"],
        }

        for _ in range(2):
            response = client.post(page("duplicate", original), fields, follow=True)

        new = Appointment.objects.order_by("-pk").first()
        assert Appointment.objects.count() == 2
        assert "Un autre rendez-vous est pris" in words(response)
        assert [each.citizen for each in new.participations.all()] == [
            each.citizen for each in original.participations.all()
        ]

    def test_a_slot_that_is_gone_is_said_with_the_nearest(self, client, appointment, agent):
        confirm = client.get(page("duplicate", appointment))
        fields = {
            "starts_at": appointment.starts_at.isoformat(),
            "location": appointment.location_id,
            "calendar": agent.calendar.pk,
            "idempotency_key": confirm.context["idempotency_key"],
        }

        response = client.post(page("duplicate", appointment), fields)

        assert response.status_code == 422
        assert "Les créneaux les plus proches" in words(response)


@pytest.mark.parametrize("name", ["edit", "calendars", "duplicate"])
def test_what_the_pages_cost(client, appointment, assert_query_count, name):
    with assert_query_count(f"appointment_{name}"):
        client.get(page(name, appointment))


def test_what_resuming_costs(client, cancelled, assert_query_count):
    with assert_query_count("appointment_resume"):
        client.get(page("resume", cancelled))
