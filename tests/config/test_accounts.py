import pytest
from allauth.account.models import EmailAddress
from django.core import mail
from django.urls import reverse

from tests.factories import make_agent

pytestmark = pytest.mark.django_db


def test_the_link_of_a_new_password_leads_to_the_site_whatever_host_was_asked(client, settings):
    """A forged Host would send the agent's key to whoever forged it."""
    settings.SITE_URL = "https://rdv.example"
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
    agent = make_agent()

    client.post(reverse("account_reset_password"), {"email": agent.email}, headers={"host": "evil.example"})

    (sent,) = mail.outbox
    assert "https://rdv.example/compte/password/reset/key/" in sent.body
    assert "evil.example" not in sent.body + sent.subject


def test_an_agent_takes_no_other_address_than_the_one_that_was_invited(client):
    """Nobody would have proven it; and what is said of citizens would be sent there."""
    agent = make_agent()
    client.force_login(agent)
    other = {"email": "somebody@else.example"}

    client.post(reverse("account_email"), other | {"action_add": ""})
    client.post(reverse("account_email"), {"email": agent.email, "action_remove": ""})
    client.post(reverse("account_email"), other | {"action_add": ""})
    client.post(reverse("account_email"), other | {"action_primary": ""})

    assert not EmailAddress.objects.filter(**other).exists()
    assert type(agent).objects.get(pk=agent.pk).email == agent.email
