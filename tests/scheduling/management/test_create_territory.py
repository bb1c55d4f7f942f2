"""The operator's command: from nothing to a territory whose administrator holds the link to begin with."""

import re
from urllib.parse import urlsplit

import pytest
from django.core.management import CommandError, call_command

from organizations.models import Agent, Territory, TerritoryRole
from tests.factories import PASSWORD, make_agent, make_territory

pytestmark = pytest.mark.django_db

CLAIRE = {
    "admin_email": "claire@arras.example",
    "admin_first_name": "Claire",
    "admin_last_name": "Dupont",
}


def test_it_makes_a_territory_and_an_administrator_who_chooses_a_password(client, mailoutbox):
    call_command("create_territory", "Communauté de l'Arrageois", **CLAIRE)

    territory = Territory.objects.get(slug="communaute-de-larrageois")
    assert TerritoryRole.objects.get(territory=territory, is_admin=True).agent.email == CLAIRE["admin_email"]
    (mail,) = mailoutbox
    assert mail.to == [CLAIRE["admin_email"]]
    path = urlsplit(re.search(r"https?://\S+/reset/key/\S+", mail.body)[0]).path
    chosen = client.post(client.get(path)["Location"], {"password1": PASSWORD, "password2": PASSWORD})
    assert chosen.status_code == 302
    assert client.login(email=CLAIRE["admin_email"], password=PASSWORD)
    assert client.get(path).status_code == 200  # The link says that it has served.
    assert "ne vaut plus" in client.get(path).content.decode()


def test_somebody_with_an_account_keeps_it(mailoutbox):
    agent = make_agent(email="claire@arras.example", first_name="Claire", last_name="Dupont-Morel")

    call_command("create_territory", "Arras", **CLAIRE | {"admin_email": "Claire@Arras.example"})

    assert Agent.objects.get() == agent
    assert TerritoryRole.objects.get().agent == agent
    assert "reset" not in mailoutbox[0].body
    agent.refresh_from_db()
    assert agent.check_password(PASSWORD)
    assert agent.last_name == "Dupont-Morel"


@pytest.mark.parametrize(
    ("options", "named"),
    [
        ({"slug": "pris"}, "slug"),
        ({"slug": "pas un slug"}, "slug"),
        ({"admin_email": "pas une adresse"}, "email"),
        ({"time_zone": "Europe/Arras"}, "time_zone"),
        ({"subdivision": "Bretagne"}, "Bretagne"),
        ({"country": "ZZ"}, "ZZ"),
        ({"admin_last_name": ""}, "last_name"),
    ],
)
def test_what_cannot_be_is_said_and_leaves_nothing_behind(options, named, mailoutbox):
    make_territory(slug="pris")

    with pytest.raises(CommandError, match=named):
        call_command("create_territory", "Arras", **CLAIRE | options)

    assert Territory.objects.count() == 1
    assert not Agent.objects.exists()
    assert mailoutbox == []


def test_a_closed_account_administers_nothing_new(mailoutbox):
    make_agent(email=CLAIRE["admin_email"], is_active=False)

    with pytest.raises(CommandError, match="Ce compte est fermé"):
        call_command("create_territory", "Arras", **CLAIRE)

    assert not Territory.objects.filter(name="Arras").exists()
    assert not mailoutbox


def test_a_mail_that_cannot_leave_leaves_nothing_behind(settings):
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 1

    with pytest.raises(CommandError, match="Rien n'a été créé"):
        call_command("create_territory", "Arras", **CLAIRE)

    assert not Territory.objects.exists()
    assert not Agent.objects.exists()
