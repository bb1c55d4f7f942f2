from datetime import timedelta

import pytest
from django.urls import reverse

from notifications.models import Message
from notifications.services.delivery import deliver
from tests.factories import NOW, make_agent, make_appointment, make_citizen, make_organization

pytestmark = pytest.mark.django_db

URL = "/boite-d-envoi/"
Status = Message.Status


def shown(response):
    return [message.recipient for message in response.context["page"]]


def test_it_has_the_address_that_the_demo_links_to():
    assert reverse("notifications:outbox") == URL


def test_the_latest_messages_come_first_with_text_state_and_link(client):
    organization = make_organization(name="Mairie d'Arras")
    make_appointment(organization=organization, citizen=make_citizen(organization=organization, phone="+33612345678"))
    message = Message.objects.get(audience="citizen", channel="email")
    deliver(message_id=message.pk, now=NOW)

    response = client.get(URL)

    page = response.content.decode()
    assert shown(response) == list(Message.objects.order_by("-pk").values_list("recipient", flat=True))
    assert message.subject in page
    assert f'<a href="{message.link}"' in page
    assert "envoyé dans la boîte" in page
    assert "à envoyer" in page
    assert "rendez-vous.ics" in page


def test_it_finds_a_recipient_and_a_channel(client, make_message):
    make_message(recipient="camille@example.org")
    make_message(recipient="dominique@example.org")
    make_message(recipient="+33612345678", channel="sms")

    assert shown(client.get(URL, {"destinataire": "Camille@"})) == ["camille@example.org"]
    assert shown(client.get(URL, {"canal": "sms"})) == ["+33612345678"]
    assert shown(client.get(URL, {"canal": "pigeon"})) != []
    assert "Aucun message ne correspond" in client.get(URL, {"destinataire": "nobody"}).content.decode()


@pytest.mark.parametrize("typed", ["\x00", "%", "é" * 5000, "<script>"])
def test_whatever_is_typed_the_page_answers(client, make_message, typed):
    make_message()

    assert client.get(URL, {"destinataire": typed, "page": typed}).status_code == 200


def test_what_people_typed_is_shown_and_runs_nothing(client, make_message):
    make_message(subject="<b>Objet</b>", body='<img src=x onerror="alert(1)"> javascript:alert(1)')

    page = client.get(URL).content.decode()

    assert "&lt;b&gt;Objet&lt;/b&gt;" in page
    assert "<img src=x" not in page
    assert 'href="javascript' not in page


def test_a_code_that_is_over_is_no_longer_shown(client, make_message):
    make_message(kind=Message.Kind.CODE, body="")

    assert "il n'est plus montré" in client.get(URL).content.decode().replace("&#x27;", "'")


def test_a_failure_says_why(client, make_message):
    make_message(status=Status.FAILED, error="SMS refusé : ce numéro n'existe pas.")

    assert "ce numéro n&#x27;existe pas" in client.get(URL).content.decode()


def test_where_messages_leave_for_real_it_exists_for_the_operator_only(client, settings):
    settings.LOCAL_OUTBOX = False
    assert client.get(URL).status_code == 404

    client.force_login(make_agent(organization=make_organization()))
    assert client.get(URL).status_code == 404

    client.force_login(make_agent(is_superuser=True))
    assert client.get(URL).status_code == 200


def test_it_is_read_only_and_never_kept(client):
    assert client.post(URL).status_code == 405
    assert "no-store" in client.get(URL)["Cache-Control"]


def test_a_page_costs_the_same_whatever_it_shows(client, make_message, assert_query_count):
    for n in range(30):
        make_message(created_at=NOW + timedelta(minutes=n), recipient=f"person{n}@example.org")

    with assert_query_count("outbox"):
        response = client.get(URL)

    assert shown(response)[0] == "person29@example.org"
    assert len(shown(response)) == 25
    assert len(shown(client.get(URL, {"page": 2}))) == 5


def test_what_leaves_for_real_is_not_read_here_by_everybody(client, make_message, settings):
    """A demonstration that was given a real mail server: codes and links of real people."""
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    make_message(recipient="camille@example.org", kind=Message.Kind.CODE)
    make_message(recipient="+33612345678", channel="sms")

    assert shown(client.get(URL)) == ["+33612345678"]

    client.force_login(make_agent(is_superuser=True))
    assert len(shown(client.get(URL))) == 2
