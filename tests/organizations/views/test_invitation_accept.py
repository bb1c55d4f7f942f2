from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from organizations.invitation_links import link_token
from organizations.models import Agent, Membership
from organizations.services.invitations import accept_invitation, invite_agents, revoke_invitation
from tests.factories import PASSWORD, make_agent, make_organization

pytestmark = pytest.mark.django_db


@pytest.fixture
def invitation(now):
    admin = make_agent(organization=make_organization(name="Mairie de Valmont"), role=Membership.Role.ADMIN)
    organization = admin.memberships.get().organization
    return invite_agents(organization=organization, emails=["nora@example.org"], invited_by=admin, now=now).sent[0]


@pytest.fixture
def now():
    return timezone.now()


def address(invitation):
    return reverse("invitation_accept", args=[link_token(invitation)])


NEW = {"first_name": "Nora", "last_name": "Petit", "password": PASSWORD}


def test_somebody_without_an_account_makes_one_and_is_in(client, invitation):
    page = client.get(address(invitation))
    assert "Mairie de Valmont" in page.content.decode()

    response = client.post(address(invitation), NEW)

    assert response["Location"] == reverse("scheduling:today", args=[invitation.organization.slug])
    assert client.get(response["Location"]).status_code == 200
    assert Agent.objects.get(email="nora@example.org").memberships.get().role == Membership.Role.BASIC


@pytest.mark.parametrize("wrong", [{"password": "court"}, {"password": "1234567890"}, {"first_name": ""}])
def test_a_form_that_lacks_something_comes_back_with_what_was_typed(client, invitation, wrong):
    response = client.post(address(invitation), NEW | wrong)

    assert response.status_code == 422
    assert "Petit" in response.content.decode()
    assert not Agent.objects.filter(email="nora@example.org").exists()


def test_somebody_signed_in_joins_with_one_click(client, invitation):
    agent = make_agent(organization=make_organization())
    client.force_login(agent)
    assert "nora@example.org" in client.get(address(invitation)).content.decode()

    response = client.post(address(invitation))

    assert client.get(response["Location"]).status_code == 200
    assert agent.memberships.count() == 2


def test_somebody_who_has_an_account_signs_in_first(client, invitation):
    make_agent(email="nora@example.org")

    response = client.get(address(invitation))

    assert response["Location"] == reverse("account_login", query={"next": address(invitation)})


def test_who_joined_already_is_led_on(client, invitation, now):
    agent = make_agent()
    accept_invitation(invitation=invitation, agent=agent, now=now)
    client.force_login(agent)

    assert client.get(address(invitation)).status_code == 302


def test_who_joined_and_was_taken_out_since_meets_no_fault(client, invitation, now):
    agent = make_agent()
    accept_invitation(invitation=invitation, agent=agent, now=now).delete()
    client.force_login(agent)

    for answer in (client.get(address(invitation), follow=True), client.post(address(invitation), follow=True)):
        assert answer.status_code == 200
    assert not agent.memberships.exists()


@pytest.mark.parametrize("end", ["revoked", "expired", "forged", "taken by another"])
def test_a_link_that_opens_nothing_any_more_says_so(client, invitation, now, end):
    token = link_token(invitation)
    if end == "revoked":
        revoke_invitation(invitation=invitation, now=now)
    elif end == "expired":
        type(invitation).objects.update(sent_at=now - timedelta(days=7))
    elif end == "forged":
        token = token[:-1] + "x"
    else:
        accept_invitation(invitation=invitation, agent=make_agent(), now=now)

    for response in (
        client.get(reverse("invitation_accept", args=[token])),
        client.post(reverse("invitation_accept", args=[token]), NEW),
    ):
        assert response.status_code == 404
        assert "plus valable" in response.content.decode()
    assert not Agent.objects.filter(email="nora@example.org").exists()
