"""Participants on the page of an appointment: added, told, marked, taken out."""

from datetime import timedelta

import pytest
import time_machine
from django.urls import reverse

from notifications.models import Message
from organizations.models import Citizen, MotifQuestion
from scheduling.models import AppointmentEvent, AppointmentStatus, Participation
from scheduling.services.actors import Actor
from scheduling.services.booking import Attendee
from scheduling.services.participants import add_participant
from tests.factories import (
    MONDAY,
    NOW,
    make_agent,
    make_appointment,
    make_citizen,
    make_motif,
    make_organization,
    make_unit,
    paris,
)

pytestmark = pytest.mark.django_db

Status = AppointmentStatus


@pytest.fixture(autouse=True)
def _early():
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def organization():
    return make_organization()


@pytest.fixture
def agent(client, organization):
    agent = make_agent(organization=organization)
    client.force_login(agent)
    return agent


@pytest.fixture
def motif(organization):
    return make_motif(organization=organization, location_kind="phone")


@pytest.fixture
def appointment(motif, agent):
    citizen = make_citizen(organization=motif.organization, first_name="Anna", last_name="Petit")
    return make_appointment(motif=motif, calendar=agent.calendar, citizen=citizen)


@pytest.fixture
def pair(appointment, agent):
    """Two participants: Anna, then Bruno."""
    bruno = make_citizen(organization=appointment.organization, first_name="Bruno", last_name="Roux")
    add_participant(appointment=appointment, attendee=Attendee(bruno), actor=Actor.of(agent), now=NOW)
    Message.objects.all().delete()
    return list(appointment.participations.order_by("pk"))


def page(name, row):
    return reverse(f"scheduling:{name}", args=[row.organization.slug, row.pk])


def words(response):
    text = response.content.decode().replace("\u00a0", " ").replace("&nbsp;", " ").replace("&#x27;", "'")
    return " ".join(text.split())


class TestAdding:
    def test_somebody_known(self, client, appointment):
        citizen = make_citizen(organization=appointment.organization, first_name="Chloé", last_name="Vidal")
        address = page("appointment_join", appointment)
        found = client.get(address, {"q": "vidal"}, headers={"HX-Request": "true"})
        assert f"usager={citizen.pk}" in found.content.decode()
        form = client.get(address, {"usager": citizen.pk}).context["form"]

        response = client.post(
            address,
            {"existing": citizen.pk, "notify_by_email": "on", "idempotency_key": form["idempotency_key"].value()},
            follow=True,
        )

        assert "Chloé VIDAL participe au rendez-vous." in words(response)
        participation = appointment.participations.get(citizen=citizen)
        assert (participation.notify_by_email, participation.notify_by_sms) == (True, True)

    def test_somebody_new_is_written_down_and_added_once(self, client, appointment):
        address = page("appointment_join", appointment)
        key = client.get(address).context["form"]["idempotency_key"].value()
        typed = {"last_name": "Leroy", "first_name": "Zoé", "email": "zoe@example.org", "idempotency_key": key}

        for _ in range(2):
            client.post(address, typed)

        assert Citizen.objects.filter(last_name="Leroy").count() == 1
        participation = appointment.participations.get(citizen__last_name="Leroy")
        assert participation.notify_by_email is False

    def test_a_likely_duplicate_is_shown_and_can_be_taken(self, client, appointment):
        known = make_citizen(organization=appointment.organization, first_name="Zoé", last_name="Leroy")
        address = page("appointment_join", appointment)
        key = client.get(address).context["form"]["idempotency_key"].value()
        typed = {"last_name": "Leroy", "first_name": "Zoé", "idempotency_key": key}

        response = client.post(address, typed)
        assert response.status_code == 422
        assert "Cette personne a peut-être déjà une fiche" in words(response)

        client.post(address, typed | {"existing": known.pk})
        assert appointment.participations.filter(citizen=known).exists()

    def test_refusals_are_said(self, client, appointment):
        anna = appointment.participations.get().citizen
        key = client.get(page("appointment_join", appointment)).context["form"]["idempotency_key"].value()

        response = client.post(
            page("appointment_join", appointment), {"existing": anna.pk, "idempotency_key": key}, follow=True
        )

        assert "Cette personne participe déjà à ce rendez-vous." in words(response)

    def test_what_is_missing_is_asked_for_and_what_was_typed_is_kept(self, client, appointment):
        response = client.post(page("appointment_join", appointment), {"last_name": "Leroy", "phone": "12"})

        assert response.status_code == 422
        assert 'value="Leroy"' in response.content.decode()

    def test_an_invisible_citizen_cannot_be_added(self, client, appointment):
        pmi = make_unit(territory=appointment.organization.territory)
        hidden = make_citizen(organization=appointment.organization, units=[pmi])

        assert client.get(page("appointment_join", appointment), {"usager": hidden.pk}).status_code == 404
        assert client.post(page("appointment_join", appointment), {"existing": hidden.pk}).status_code == 404

    def test_the_questions_of_the_motif_are_asked_and_none_is_required(self, client, appointment):
        MotifQuestion.objects.create(
            organization=appointment.organization, motif=appointment.motif, label="Numéro CAF ?", is_required=True
        )
        citizen = make_citizen(organization=appointment.organization)
        address = page("appointment_join", appointment)
        form = client.get(address, {"usager": citizen.pk}).context["form"]
        (field,) = form.question_fields

        client.post(
            address,
            {"existing": citizen.pk, "idempotency_key": form["idempotency_key"].value(), field.name: "7654321"},
        )

        answers = appointment.participations.get(citizen=citizen).answers
        assert answers == [{"question": "Numéro CAF ?", "answer": "7654321"}]


class TestTheirPart:
    def test_switches_and_answers_are_changed_and_the_history_says_so(self, client, appointment, pair):
        question = MotifQuestion.objects.create(
            organization=appointment.organization, motif=appointment.motif, label="Taille ?"
        )
        anna = pair[0]
        anna.answers = [{"question": "Ancienne ?", "answer": "oui"}]
        anna.save()

        response = client.post(
            page("participant_edit", anna), {"notify_by_email": "on", f"question_{question.pk}": "M"}, follow=True
        )

        anna.refresh_from_db()
        assert (anna.notify_by_email, anna.notify_by_sms) == (True, False)
        assert anna.answers == [{"question": "Ancienne ?", "answer": "oui"}, {"question": "Taille ?", "answer": "M"}]
        text = words(response)
        for written in ["Modifié : Anna PETIT", "Prévenir par SMS : <s>oui</s> → non", "→ M", "Pas de SMS"]:
            assert written in text
        assert Message.objects.count() == 0

    def test_the_same_again_is_no_news(self, client, pair):
        client.post(page("participant_edit", pair[0]), {"notify_by_email": "on", "notify_by_sms": "on"})

        assert not AppointmentEvent.objects.filter(kind="edited").exists()

    def test_each_has_an_outcome_of_their_own(self, client, appointment, pair):
        with time_machine.travel(paris(MONDAY, 12), tick=False):
            client.post(page("participant_outcome", pair[0]), {"status": "no_show"})
            response = client.post(page("participant_outcome", pair[1]), {"status": "fulfilled"}, follow=True)

        text = words(response)
        assert "Absence non excusée : Anna PETIT" in text
        assert "Honoré : Bruno ROUX" in text
        assert [each.status for each in appointment.participations.order_by("pk")] == [Status.NO_SHOW, Status.FULFILLED]
        appointment.refresh_from_db()
        assert appointment.status == Status.FULFILLED

    def test_who_is_left_open_is_said_and_concluded_at_once(self, client, appointment, pair):
        with time_machine.travel(paris(MONDAY, 12), tick=False):
            client.post(page("participant_outcome", pair[0]), {"status": "fulfilled"})
            assert "Honoré pour 1 autre personne" in words(client.get(page("appointment_detail", appointment)))
            client.post(page("appointment_outcome", appointment), {"status": "fulfilled"})
            client.post(page("appointment_outcome", appointment), {"status": "fulfilled"})

        assert {each.status for each in appointment.participations.all()} == {Status.FULFILLED}
        assert appointment.events.filter(kind="fulfilled", participation=None).count() == 1

    def test_an_outcome_before_the_day_is_refused_in_words(self, client, motif, agent):
        appointment = make_appointment(motif=motif, calendar=agent.calendar, starts_at=paris(MONDAY, 9))
        with time_machine.travel(NOW - timedelta(days=2), tick=False):
            response = client.post(
                page("participant_outcome", appointment.participations.get()), {"status": "no_show"}, follow=True
            )

        assert "ne peut plus être modifié" in words(response)

    @pytest.mark.parametrize("status", [Status.CANCELLED_BY_CITIZEN, Status.CANCELLED_BY_AGENT])
    def test_one_cancels_and_the_others_stay(self, client, appointment, pair, status):
        response = client.post(page("participant_cancel", pair[0]), {"status": status, "reason": "Malade"}, follow=True)

        assert "Anna PETIT ne participe plus." in words(response)
        assert "Malade" in words(response)
        assert appointment.participations.get(pk=pair[0].pk).status == status
        appointment.refresh_from_db()
        assert appointment.status == Status.BOOKED
        client.post(page("participant_outcome", pair[0]), {"status": "booked"})
        assert appointment.participations.get(pk=pair[0].pk).left_at is None

    def test_who_was_there_by_mistake_is_taken_away(self, client, appointment, pair):
        response = client.post(page("participant_cancel", pair[1]), {"status": "taken_away"}, follow=True)

        assert "1 participant" in words(response)
        assert "Participant retiré : Bruno ROUX" in words(response)
        assert client.get(page("participant_edit", pair[1])).status_code == 404

    def test_and_is_found_nowhere_any_more(self, client, appointment, pair):
        client.post(page("participant_cancel", pair[1]), {"status": "taken_away"})

        slug, shown = appointment.organization.slug, page("appointment_detail", appointment)
        bruno, anna = pair[1].citizen, pair[0].citizen
        for citizen, is_found in ((anna, True), (bruno, False)):
            sheet = reverse("scheduling:citizen_detail", args=[slug, citizen.pk])
            listed = reverse("scheduling:appointment_list", args=[slug], query={"usager": citizen.pk})
            for address in (sheet, listed):
                assert (shown in client.get(address).content.decode()) is is_found

    def test_the_only_one_is_not_offered_to_be_taken_away(self, client, appointment):
        (anna,) = appointment.participations.all()

        assert "la retirer" not in words(client.get(page("participant_cancel", anna)))
        assert client.post(page("participant_cancel", anna), {"status": "taken_away"}).status_code == 422
        client.post(page("participant_cancel", anna), {"status": Status.CANCELLED_BY_CITIZEN})
        appointment.refresh_from_db()
        assert appointment.status == Status.CANCELLED_BY_CITIZEN

    def test_bad_input_is_refused_in_words(self, client, appointment, pair):
        assert client.post(page("participant_cancel", pair[0]), {"status": "?"}).status_code == 422
        response = client.post(page("participant_outcome", pair[0]), {"status": "?"}, follow=True)
        assert "Ce résultat n'existe pas." in words(response)


def test_the_page_costs_the_same_with_twelve_participants(client, appointment, agent, assert_query_count):
    def add(count):
        for _ in range(count):
            citizen = make_citizen(organization=appointment.organization)
            add_participant(appointment=appointment, attendee=Attendee(citizen), actor=Actor.of(agent), now=NOW)

    for count in (1, 10):
        add(count)
        with assert_query_count("appointment_detail with participants"):
            client.get(page("appointment_detail", appointment))


@pytest.mark.parametrize("name", ["participant_edit", "participant_cancel"])
def test_what_the_pages_of_one_cost(client, pair, assert_query_count, name):
    with assert_query_count(name):
        client.get(page(name, pair[0]))


def test_what_the_page_to_add_costs(client, appointment, assert_query_count):
    with assert_query_count("appointment_join"):
        client.get(page("appointment_join", appointment))
    assert Participation.objects.count() == 1
