import pytest
from django.urls import reverse

from notifications.models import Message
from tests.factories import make_agent

pytestmark = pytest.mark.django_db


def test_a_password_reset_of_the_demo_lands_on_the_outbox_page(client, settings):
    settings.EMAIL_BACKEND = "notifications.mail.OutboxBackend"
    settings.LOCAL_OUTBOX = True
    agent = make_agent(email="lea@example.org")

    client.post(reverse("account_reset_password"), {"email": agent.email})

    assert Message.objects.get().recipient == "lea@example.org"
    page = client.get(reverse("notifications:outbox")).content.decode()
    assert "lea@example.org" in page
    assert reverse("account_reset_password") in page


def test_a_reset_for_an_unknown_address_leaves_nothing_and_answers_the_same(client, settings):
    settings.EMAIL_BACKEND = "notifications.mail.OutboxBackend"

    response = client.post(reverse("account_reset_password"), {"email": "nobody@example.org"})

    assert response.status_code == 302
    assert not Message.objects.exists()
