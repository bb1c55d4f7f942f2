"""Whoever has the link corrects where messages go: proven first, told to the old contact, seen by agents."""

import re
from datetime import timedelta

import pytest
import time_machine
from django.conf import settings
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from notifications.models import Message, OneTimeCode
from organizations.exceptions import ContactNotProven
from organizations.models import Citizen, Membership, SmsStop
from scheduling.models import AppointmentEvent, AppointmentStatus, Participation
from scheduling.participation_links import link_token
from scheduling.services.actors import CITIZEN
from scheduling.services.appointments import cancel_appointment
from scheduling.services.contact_corrections import correct_contact_of
from tests.booking_portal.conftest import address_of, template_of, text_of
from tests.factories import MONDAY, NOW, TUESDAY, make_agent, make_appointment, make_citizen, paris

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("now")]

OLD, NEW = "camille@example.org", "nouvelle@example.org"


@pytest.fixture
def citizen(organization):
    return make_citizen(organization=organization, first_name="Camille", email=OLD, phone="+33612345678")


@pytest.fixture
def participation(motif, citizen):
    return make_appointment(motif=motif, citizen=citizen, starts_at=paris(TUESDAY, 9)).participations.get()


def page(participation, name="my_appointment_contact"):
    participation.refresh_from_db()
    return reverse(f"booking_portal:{name}", args=[link_token(participation)])


def ask(client, participation, contact=NEW, **fields):
    return client.post(page(participation), {"contact": contact} | fields, follow=True)


def digits():
    return re.search(r"\b\d{6}\b", Message.objects.filter(kind=Message.Kind.CODE).latest("pk").body)[0]


def prove(client, participation, contact=OLD):
    """By the way that the page itself leads: the code of « Mes rendez-vous », and back."""
    asked = client.post(page(participation), follow=True)
    code = client.post(address_of(asked), {"contact": contact}, follow=True)
    return client.post(address_of(code), {"code": digits()}, follow=True)


def change(client, participation, contact=NEW, proven=OLD):
    if proven:
        prove(client, participation, proven)
    code = ask(client, participation, contact)
    return client.post(address_of(code), {"code": digits()}, follow=True)


def told(kind):
    return {message.recipient: message for message in Message.objects.filter(kind=kind)}


class TestAnotherEmail:
    def test_counts_once_it_is_proven(self, client, citizen, participation):
        assert page(participation) in text_of(client.get(page(participation, "my_appointment")))
        assert template_of(prove(client, participation)) == "my_appointment_contact"
        code = ask(client, participation)
        assert template_of(code) == "my_appointment_contact_code"
        citizen.refresh_from_db()
        assert citizen.email == OLD

        changed = client.post(address_of(code), {"code": digits()}, follow=True)

        assert template_of(changed) == "my_appointment"
        assert "Les messages arrivent désormais à votre nouveau contact." in text_of(changed)
        citizen.refresh_from_db()
        assert (citizen.email, str(citizen.phone)) == (NEW, "+33612345678")
        assert "nouvelle" in citizen.search_text

    def test_the_old_one_is_told_without_the_new_one_and_its_links_die(self, client, citizen, participation, motif):
        later = make_appointment(motif=motif, citizen=citizen, starts_at=paris(TUESDAY, 11)).participations.get()
        links = [page(each, "my_appointment") for each in (participation, later)]
        Message.objects.all().delete()

        change(client, participation)

        (message,) = told(Message.Kind.CONTACT_CHANGED).values()
        assert (message.recipient, message.channel) == (OLD, "email")
        assert "Votre e-mail a été remplacé pour vos rendez-vous." in message.body
        assert NEW not in message.body
        assert [client.get(link).status_code for link in links] == [404, 404]
        assert client.get(page(later, "my_appointment")).status_code == 200

    def test_links_are_replaced_in_the_order_of_the_participations(self, client, citizen, participation, motif):
        for hour in (11, 14):
            make_appointment(motif=motif, citizen=citizen, starts_at=paris(TUESDAY, hour))
        prove(client, participation)
        code = address_of(ask(client, participation))
        with CaptureQueriesContext(connection) as queries:
            client.post(code, {"code": digits()})

        about_links = [each["sql"] for each in queries if '"scheduling_participation"' in each["sql"]]
        update = next(n for n, sql in enumerate(about_links) if sql.startswith("UPDATE"))
        lock = about_links[update - 1]
        assert 'ORDER BY "scheduling_participation"."id" ASC FOR NO KEY UPDATE' in lock

    def test_the_new_one_gets_what_stands_with_a_link_that_works(self, client, participation):
        Message.objects.all().delete()

        change(client, participation)

        (message,) = told(Message.Kind.BOOKED).values()
        assert (message.recipient, message.channel) == (NEW, "email")
        assert client.get(message.link.removeprefix("http://testserver")).status_code == 200

    def test_agents_see_it_in_the_history(self, client, organization, participation):
        change(client, participation)

        event = participation.appointment.events.latest("pk")
        assert (event.kind, event.actor_kind) == (AppointmentEvent.Kind.EDITED, "citizen")
        assert event.changes == [{"field": "email", "label": "E-mail", "before": OLD, "after": NEW}]
        client.force_login(make_agent(organization=organization, role=Membership.Role.ADMIN))
        detail = reverse("scheduling:appointment_detail", args=[organization.slug, participation.appointment_id])
        assert NEW in text_of(client.get(detail))

    def test_the_same_again_changes_nothing_and_tells_nobody(self, client, participation):
        link = page(participation, "my_appointment")
        Message.objects.all().delete()

        change(client, participation, OLD)

        assert not Message.objects.exclude(kind=Message.Kind.CODE).exists()
        assert client.get(link).status_code == 200

    def test_a_code_that_does_not_come_is_sent_again(self, client, citizen, participation):
        prove(client, participation)
        code = ask(client, participation)
        before, again = digits(), page(participation, "my_appointment_contact_code_send")
        assert again in text_of(code)

        sent = client.post(again, follow=True)

        assert template_of(sent) == "my_appointment_contact_code"
        assert "Un nouveau code est parti" in text_of(sent)
        assert Message.objects.filter(kind=Message.Kind.CODE, recipient=NEW).count() == 2
        assert before == digits() or client.post(address_of(code), {"code": before}).status_code == 422
        client.post(address_of(code), {"code": digits()})
        citizen.refresh_from_db()
        assert citizen.email == NEW

    def test_no_code_is_sent_again_that_nobody_may_ask_for(self, client, participation):
        response = client.post(page(participation, "my_appointment_contact_code_send"), follow=True)

        assert template_of(response) == "my_appointment_contact"
        assert not OneTimeCode.objects.exists()

    def test_a_double_click_changes_it_once(self, client, participation):
        prove(client, participation)
        code = address_of(ask(client, participation))
        typed = digits()

        client.post(code, {"code": typed})
        again = client.post(code, {"code": typed}, follow=True)

        assert again.status_code == 404  # Under the address of before, which is dead.
        assert AppointmentEvent.objects.filter(kind=AppointmentEvent.Kind.EDITED).count() == 1


class TestAnotherPhone:
    def test_is_proven_by_sms_and_the_old_one_told_by_sms(self, client, citizen, participation):
        change(client, participation, "06 99 99 99 99")

        citizen.refresh_from_db()
        assert (citizen.email, str(citizen.phone)) == (OLD, "+33699999999")
        (message,) = told(Message.Kind.CONTACT_CHANGED).values()
        assert (message.recipient, message.channel) == ("+33612345678", "sms")

    def test_that_said_stop_is_not_named_as_one(self, client, organization, participation):
        SmsStop.objects.create(territory=organization.territory, phone="+33699999999", at=NOW)
        prove(client, participation)

        code = ask(client, participation, "06 99 99 99 99")

        assert template_of(code) == "my_appointment_contact_code"
        assert "Si vous avez répondu STOP à nos SMS" in text_of(code)

    def test_where_there_was_none_the_e_mail_is_told_and_links_stay(self, client, citizen, participation):
        Citizen.objects.filter(pk=citizen.pk).update(phone="")
        link = page(participation, "my_appointment")

        change(client, participation, "06 99 99 99 99")

        (message,) = told(Message.Kind.CONTACT_CHANGED).values()
        assert (message.recipient, message.channel) == (OLD, "email")
        assert "Un téléphone a été ajouté" in message.body
        assert client.get(link).status_code == 200


def test_of_a_relative_it_is_where_their_messages_go(client, motif, citizen, organization):
    child = make_citizen(organization=organization, first_name="Noé", email="noe@example.org", responsible=citizen)
    participation = make_appointment(motif=motif, citizen=child, starts_at=paris(TUESDAY, 9)).participations.get()

    change(client, participation)

    citizen.refresh_from_db(), child.refresh_from_db()
    assert (citizen.email, child.email) == (NEW, "noe@example.org")
    assert participation.appointment.events.latest("pk").changes[0]["label"] == "E-mail du responsable"


class TestTheLinkAlone:
    """Others may have it: a message that was passed on, a printed page, a relative's RDV."""

    def test_changes_nothing_where_a_contact_is_known(self, client, citizen, participation):
        shown = client.get(page(participation))
        assert shown.status_code == 200
        text = text_of(shown)
        assert "prouvez que vous les lisez" in text
        assert "c•••@example.org" in text
        assert OLD not in text
        assert 'name="contact"' not in text

        refused = ask(client, participation)

        assert template_of(refused) == "my_appointments_contact"
        assert template_of(client.get(page(participation, "my_appointment_contact_code"), follow=True)) == (
            "my_appointment_contact"
        )
        assert not OneTimeCode.objects.exists()

    def test_nor_does_the_proof_of_a_contact_of_ones_own(self, client, citizen, participation):
        back = prove(client, participation, "moi@example.org")

        assert template_of(back) == "my_appointment_contact"
        assert "nos messages n'y arrivent pas" in text_of(back)
        ask(client, participation, "moi@example.org")
        client.post(page(participation, "my_appointment_contact_code"), {"code": digits()})
        citizen.refresh_from_db()
        assert citizen.email == OLD

    def test_says_who_corrects_it_for_whoever_reads_neither_any_more(self, client, organization, participation):
        organization.phone, organization.email = "+33321212121", "mairie@example.org"
        organization.save()

        text = text_of(client.get(page(participation)))

        assert "un agent corrige vos coordonnées" in text
        assert "03 21 21 21 21" in text
        assert "mairie@example.org" in text

    def test_is_enough_where_no_contact_is_known(self, client, citizen, participation):
        Citizen.objects.update(email="", phone="+33321212121")  # To which no code can be sent.

        change(client, participation, proven="")

        citizen.refresh_from_db()
        assert citizen.email == NEW

    def test_the_mobile_proves_it_as_well(self, client, citizen, participation):
        change(client, participation, proven="06 12 34 56 78")

        citizen.refresh_from_db()
        assert citizen.email == NEW

    def test_a_proof_is_over_after_half_an_hour_also_at_the_last_step(self, client, citizen, participation):
        prove(client, participation)
        with time_machine.travel(NOW + timedelta(minutes=25), tick=False):
            code = address_of(ask(client, participation))
        with time_machine.travel(NOW + timedelta(minutes=30), tick=False):
            late = client.post(code, {"code": digits()}, follow=True)

        assert template_of(late) == "my_appointment_contact"
        citizen.refresh_from_db()
        assert citizen.email == OLD

    def test_a_proof_counts_for_the_record_as_it_is_when_it_changes(self, citizen, participation):
        with pytest.raises(ContactNotProven):
            correct_contact_of(
                participation=participation,
                field="email",
                value=NEW,
                proven="avant@example.org",
                actor=CITIZEN,
                now=NOW,
            )

        citizen.refresh_from_db()
        assert citizen.email == OLD

    @pytest.mark.parametrize("proven", ["noe@example.org", ""])
    def test_of_a_relative_changes_nothing_of_the_person_responsible(
        self, client, motif, citizen, organization, proven
    ):
        child = make_citizen(organization=organization, email="noe@example.org", responsible=citizen)
        participation = make_appointment(motif=motif, citizen=child, starts_at=paris(TUESDAY, 9)).participations.get()
        if proven:
            prove(client, participation, proven)

        assert template_of(ask(client, participation)) == "my_appointments_contact"
        citizen.refresh_from_db()
        assert citizen.email == OLD


@pytest.mark.parametrize("why", ["citizen", "participation", "stop"])
def test_no_message_is_promised_to_a_contact_that_gets_none(client, citizen, participation, why):
    if why == "stop":
        prove(client, participation)
        code = address_of(ask(client, participation, "06 99 99 99 99"))
        typed = digits()
        SmsStop.objects.create(territory=citizen.territory, phone="+33699999999", at=NOW)
        told_then = client.post(code, {"code": typed}, follow=True)
    else:
        (Citizen if why == "citizen" else Participation).objects.update(notify_by_email=False)
        told_then = change(client, participation)

    assert template_of(told_then) == "my_appointment"
    assert "Les messages arrivent désormais" not in text_of(told_then)
    assert "C'est noté. Prévenez le service si vous souhaitez recevoir des messages" in text_of(told_then)


def test_who_reads_english_is_refused_in_english(client, citizen, participation, organization):
    client.cookies[settings.LANGUAGE_COOKIE_NAME] = "en"
    prove(client, participation)
    code = address_of(ask(client, participation))
    kept = make_citizen(organization=organization)
    Citizen.objects.filter(pk=citizen.pk).update(merged_into=kept)

    refused = client.post(code, {"code": digits()}, follow=True)

    assert "This appointment has just changed." in text_of(refused)
    assert "fusionnée" not in text_of(refused)


@pytest.mark.parametrize("who", ["citizen", "participation"])
def test_the_old_contact_is_warned_even_where_no_messages_are_wanted(client, citizen, participation, who):
    (Citizen if who == "citizen" else Participation).objects.update(notify_by_email=False, notify_by_sms=False)
    Message.objects.all().delete()

    change(client, participation)

    assert list(told(Message.Kind.CONTACT_CHANGED)) == [OLD]


def test_the_page_shows_no_more_of_a_contact_than_its_owner_recognises(client, participation):
    text = text_of(client.get(page(participation)))

    assert "c•••@example.org" in text
    assert "78" in text
    assert OLD not in text
    assert "12 34 56" not in text


class TestRefused:
    @pytest.mark.parametrize("typed", ["", "camille", "03 21 21 21 21", "\x00", "x" * 300])
    def test_what_receives_nothing(self, client, participation, typed):
        prove(client, participation)
        OneTimeCode.objects.all().delete()
        response = ask(client, participation, typed)

        assert response.status_code == 422
        assert not OneTimeCode.objects.exists()

    def test_a_program_that_fills_in_everything(self, client, participation):
        prove(client, participation)

        assert ask(client, participation, website="http://spam.example").status_code == 422

    def test_a_wrong_code_and_nothing_changes(self, client, citizen, participation):
        prove(client, participation)
        code = ask(client, participation)

        refused = client.post(address_of(code), {"code": f"{(int(digits()) + 1) % 10**6:06}"})

        assert refused.status_code == 422
        citizen.refresh_from_db()
        assert citizen.email == OLD

    def test_a_code_that_was_for_another_appointment(self, client, motif, participation):
        other = make_appointment(motif=motif, starts_at=paris(TUESDAY, 14)).participations.get()
        prove(client, participation)
        ask(client, participation)

        response = client.post(page(other, "my_appointment_contact_code"), {"code": digits()}, follow=True)

        assert template_of(response) == "my_appointment_contact"
        assert not Citizen.objects.filter(email=NEW).exists()

    def test_a_code_without_a_contact(self, client, participation):
        prove(client, participation)
        response = client.get(page(participation, "my_appointment_contact_code"), follow=True)

        assert template_of(response) == "my_appointment_contact"

    @pytest.mark.parametrize("when", ["over", "cancelled"])
    def test_what_no_message_comes_about_any_more(self, client, participation, when):
        at = NOW
        if when == "over":
            at = paris(TUESDAY, 9, 10)
        else:
            status = AppointmentStatus.CANCELLED_BY_AGENT
            cancel_appointment(appointment=participation.appointment, status=status, actor=CITIZEN, now=NOW)
        with time_machine.travel(at, tick=False):
            shown = text_of(client.get(page(participation, "my_appointment")))
            response = ask(client, participation)

        assert page(participation) not in shown
        assert template_of(response) == "my_appointment"
        assert not OneTimeCode.objects.exists()

    def test_by_a_dead_link(self, client, participation):
        address = page(participation)
        with time_machine.travel(paris(MONDAY + timedelta(days=5), 9), tick=False):
            assert client.post(address, {"contact": NEW}).status_code == 404


def test_the_pages_cost_the_same_whatever_else_somebody_has(client, motif, citizen, participation, assert_query_count):
    for hour in (10, 11):
        make_appointment(motif=motif, citizen=citizen, starts_at=paris(TUESDAY, hour))

    prove(client, participation)
    with assert_query_count("my_appointment_contact"):
        client.get(page(participation))
    code = address_of(ask(client, participation))
    with assert_query_count("my_appointment_contact_code"):
        client.get(code)
