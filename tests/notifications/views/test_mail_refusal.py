"""« Ne plus recevoir d'e-mails »: by a person, by a mail program's button, and not by a scanner."""

from concurrent.futures import ThreadPoolExecutor

import pytest
import time_machine
from django.db import connection, transaction
from django.test import Client
from django.urls import reverse

from notifications.models import Message
from notifications.unsubscribing import leave_token
from organizations.models import Citizen
from organizations.services.citizens import edit_record
from organizations.services.merges import fingerprint
from scheduling.services.citizen_merges import merge_citizens
from tests.factories import (
    NOW,
    make_agent,
    make_appointment,
    make_citizen,
    make_organization,
    make_territory,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def citizen():
    return make_citizen(organization=make_organization(territory=make_territory(name="Arrageois")))


def address(citizen):
    return reverse("notifications:mail_refusal", args=[leave_token(citizen)])


def wants_mail(citizen):
    citizen.refresh_from_db()
    return citizen.notify_by_email


def test_reading_says_what_would_stop_and_stops_nothing(client, citizen):
    for method in (client.get, client.head, client.get):
        response = method(address(citizen))
        assert response.status_code == 200

    assert "ni confirmation, ni rappel, ni annulation" in response.content.decode()
    assert "Arrageois" in response.content.decode()
    assert response["X-Robots-Tag"] == "noindex, nofollow"
    assert wants_mail(citizen)


def test_one_button_stops_them_and_one_brings_them_back(client, citizen):
    with time_machine.travel(NOW, tick=False):
        page = client.post(address(citizen), {"acte": "refuser"}, follow=True)
    assert "Vous ne recevez plus d'e-mails" in page.content.decode()
    assert not wants_mail(citizen)
    assert citizen.mail_refused_at == NOW

    page = client.post(address(citizen), {"acte": "reprendre"}, follow=True)
    assert "Ne plus recevoir d'e-mails" in page.content.decode()
    assert wants_mail(citizen)


@pytest.mark.parametrize("refused_before", [False, True])
def test_what_an_agent_decided_since_is_not_taken_back(client, citizen, refused_before):
    """By a link in a mail of last year, which whoever finds it may follow."""
    organization = citizen.accesses.get().organization
    if refused_before:
        client.post(address(citizen))
        _decide(citizen, organization, wants_mail=True)
    _decide(citizen, organization, wants_mail=False)

    page = client.post(address(citizen), {"acte": "reprendre"}, follow=True).content.decode()

    assert not wants_mail(citizen)
    assert "Recevoir à nouveau" not in page
    assert "demandez-le au service" in page


def test_an_agent_who_changes_something_else_decides_nothing(client, citizen):
    client.post(address(citizen))
    _decide(citizen, citizen.accesses.get().organization, wants_mail=False)

    client.post(address(citizen), {"acte": "reprendre"})

    assert wants_mail(citizen)


def test_a_mail_programs_button_needs_no_cookie_and_is_not_sent_elsewhere(citizen):
    client = Client(enforce_csrf_checks=True)

    response = client.post(
        address(citizen), "List-Unsubscribe=One-Click", content_type="application/x-www-form-urlencoded"
    )

    assert response.status_code == 200
    assert not wants_mail(citizen)


def test_a_mail_programs_form_in_parts_is_understood_too(citizen):
    response = Client(enforce_csrf_checks=True).post(address(citizen), {"List-Unsubscribe": "One-Click"})

    assert response.status_code == 200
    assert not wants_mail(citizen)


def test_pressed_again_it_stays_done_and_keeps_the_first_day(client, citizen):
    with time_machine.travel(NOW, tick=False):
        client.post(address(citizen))
    client.post(address(citizen))

    assert not wants_mail(citizen)
    assert citizen.mail_refused_at == NOW


def test_from_then_on_no_mail_is_written_to_them(client, citizen):
    client.post(address(citizen))

    make_appointment(organization=citizen.accesses.get().organization, citizen=citizen)

    assert not Message.objects.filter(audience="citizen").exists()


def test_who_answers_for_others_gets_none_for_them_either(client, citizen):
    organization = citizen.accesses.get().organization
    child = make_citizen(organization=organization, email="", responsible=citizen)
    assert "ceux de vos proches" in client.get(address(citizen)).content.decode()

    client.post(address(citizen))
    make_appointment(organization=organization, citizen=child)

    assert not Message.objects.filter(audience="citizen").exists()
    assert wants_mail(child)


def test_whether_sms_go_on_is_said(client, citizen):
    assert "nous ne pourrons plus vous prévenir" in client.get(address(citizen)).content.decode()
    Citizen.objects.update(phone="+33612345678")

    assert "Les SMS continuent" in client.get(address(citizen)).content.decode()


@pytest.mark.parametrize("method", ["get", "post"])
def test_a_forged_link_or_one_to_an_address_they_left_changes_nothing(client, citizen, method):
    other = make_citizen(organization=citizen.accesses.get().organization)
    mine, theirs = leave_token(citizen), leave_token(other)
    forged = [f"{other.pk}-{mine.partition('-')[2]}", mine[:-1], f"{mine}0", "x", f"{10**17}-{'0' * 24}"]
    left = leave_token(other)
    Citizen.objects.filter(pk=other.pk).update(email="new@example.org")

    for token in [*forged, left, theirs]:
        response = getattr(client, method)(reverse("notifications:mail_refusal", args=[token]))
        assert response.status_code == 404

    assert wants_mail(citizen)
    assert wants_mail(other)


def test_a_link_of_a_record_that_was_merged_speaks_for_the_one_that_stayed(client, citizen):
    organization = citizen.accesses.get().organization
    twin = make_citizen(organization=organization, email=citizen.email)
    link = address(twin)
    _merge(winner=citizen, loser=twin, organization=organization)

    client.post(link)

    assert not wants_mail(citizen)


@pytest.mark.django_db(transaction=True)
def test_who_refuses_while_their_record_is_merged_is_heard(citizen):
    """The refusal waits for the merge, and is said of the record that stays."""
    organization = citizen.accesses.get().organization
    twin = make_citizen(organization=organization, email=citizen.email)

    def refuse():
        try:
            return Client().post(address(twin)).status_code
        finally:
            connection.close()

    with ThreadPoolExecutor(1) as pool:
        with transaction.atomic():
            _merge(winner=citizen, loser=twin, organization=organization)
            refused = pool.submit(refuse)
            _wait_for_a_lock()
        assert refused.result() == 302

    assert not wants_mail(citizen)


def test_it_speaks_english_to_who_reads_english(client, citizen):
    response = client.get(address(citizen), headers={"accept-language": "en"})

    assert "no confirmation, no reminder, no cancellation" in response.content.decode()


def test_its_queries(client, citizen, assert_query_count):
    with assert_query_count("mail_refusal"):
        client.get(address(citizen))


def test_agents_see_on_the_record_that_the_person_refused(client, citizen):
    organization = citizen.accesses.get().organization
    agent = make_agent(organization=organization)
    client.post(address(citizen))

    client.force_login(agent)
    page = client.get(reverse("scheduling:citizen_detail", args=[organization.slug, citizen.pk])).content.decode()

    assert "E-mails refusés par la personne le" in page


def _decide(citizen, organization, *, wants_mail):
    citizen.refresh_from_db()
    edit_record(citizen=citizen, organization=organization, referents=[], notify_by_email=wants_mail, notes="Vu")


def _wait_for_a_lock():
    with connection.cursor() as cursor:
        for _ in range(3000):
            cursor.execute("SELECT pg_sleep(0.01), EXISTS (SELECT FROM pg_locks WHERE NOT granted)")
            if cursor.fetchone()[1]:
                return
    raise AssertionError("nobody waits")


def _merge(*, winner, loser, organization):
    merge_citizens(
        winner_id=winner.pk,
        loser_id=loser.pk,
        choices={},
        seen=fingerprint(winner=winner, loser=loser),
        agent=make_agent(organization=organization),
        organization=organization,
        now=NOW,
    )
