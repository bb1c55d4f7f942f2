import pytest
from django.urls import reverse
from django.utils import timezone

from organizations.models import Invitation, Membership
from organizations.services.invitations import accept_invitation, invite_agents
from tests.factories import make_agent, make_organization, make_territory_agent, make_unit

pytestmark = pytest.mark.django_db


@pytest.fixture
def organization():
    return make_organization()


@pytest.fixture
def admin(organization, client):
    admin = make_agent(organization=organization, role=Membership.Role.ADMIN)
    client.force_login(admin)
    return admin


@pytest.fixture
def invitation(organization, admin):
    invited = invite_agents(
        organization=organization, emails=["nora@example.org"], invited_by=admin, now=timezone.now()
    )
    return invited.sent[0]


def url(organization, name, *arguments):
    return reverse(f"organizations:{name}", args=[organization.slug, *arguments])


def invite(client, organization, **typed):
    return client.post(
        url(organization, "invitation_add"), {"emails": "a@example.org", "role": "basic"} | typed, follow=True
    )


PASTED = """Nora Petit <nora.petit@example.org>, Luc@Example.org
ines@example.org; luc@example.org"""


def test_a_pasted_list_invites_each_person_once(client, organization, admin):
    unit = make_unit(territory=organization.territory)
    invite(client, organization, emails=PASTED, role="admin", is_front_desk="on", units=[unit.pk])

    invitations = Invitation.objects.order_by("pk")
    assert [row.email for row in invitations] == ["nora.petit@example.org", "luc@example.org", "ines@example.org"]
    assert {row.role for row in invitations} == {"admin"}
    assert list(invitations[0].units.all()) == [unit]


def test_says_who_is_a_member_or_invited_already(client, organization, admin, invitation):
    page = invite(client, organization, emails=f"nora@example.org {admin.email} neuve@example.org").content.decode()

    assert "1 invitation envoyée" in page
    assert "Déjà invités" in page
    assert "Déjà membres" in page


@pytest.mark.parametrize(
    "typed", [{"emails": ""}, {"emails": "pas une adresse"}, {"emails": "a@example.org", "role": "king"}]
)
def test_what_cannot_be_is_refused_and_kept(client, organization, admin, typed):
    response = invite(client, organization, **typed)

    assert response.status_code == 422
    assert typed["emails"] in response.content.decode()
    assert not Invitation.objects.exists()


def test_a_service_of_another_territory_is_refused(client, organization, admin):
    assert invite(client, organization, units=[make_unit().pk]).status_code == 422


def test_sending_again_replaces_the_link(client, organization, admin, invitation):
    client.post(url(organization, "invitation_resend", invitation.pk))

    invitation.refresh_from_db()
    assert invitation.link_version == 2


def test_taking_back_ends_it(client, organization, admin, invitation):
    client.post(url(organization, "invitation_revoke", invitation.pk))

    invitation.refresh_from_db()
    assert invitation.revoked_at


def test_taking_back_what_was_accepted_meanwhile_says_so(client, organization, admin, invitation):
    accept_invitation(invitation=invitation, agent=make_agent(), now=timezone.now())
    response = client.post(url(organization, "invitation_revoke", invitation.pk), follow=True)

    assert "acceptée" in response.content.decode()


def test_an_invitation_of_another_organization_is_not_found(client, organization, admin):
    stranger = make_agent(organization=make_organization(), role=Membership.Role.ADMIN)
    elsewhere = stranger.memberships.get().organization
    invited = invite_agents(organization=elsewhere, emails=["x@example.org"], invited_by=stranger, now=timezone.now())

    for name in ("invitation_resend", "invitation_revoke"):
        assert client.post(url(organization, name, invited.sent[0].pk)).status_code == 404


class TestIntoAnyOrganizationOfTheTerritory:
    @pytest.fixture
    def inviter(self, organization, client):
        inviter = make_territory_agent(organization=organization, invites_agents=True)
        client.force_login(inviter)
        return inviter

    def invite(self, client, territory_of, **typed):
        address = reverse("organizations:territory_invitation_add", args=[territory_of.territory.slug])
        return client.post(address, {"emails": "a@example.org", "organization": territory_of.pk} | typed)

    def test_somebody_with_the_right_invites_plain_agents(self, client, organization, inviter):
        sister = make_organization(territory=organization.territory)
        unit = make_unit(territory=organization.territory)
        response = self.invite(
            client, organization, organization=sister.pk, units=[unit.pk], role="admin", is_front_desk="on"
        )

        assert response.status_code == 302
        invitation = Invitation.objects.get()
        assert (invitation.organization, invitation.invited_by) == (sister, inviter)
        assert (invitation.role, invitation.is_front_desk) == ("basic", False)
        assert list(invitation.units.all()) == [unit]

    def test_an_organization_or_a_service_of_another_territory_is_no_choice(self, client, organization, inviter):
        for typed in ({"organization": make_organization().pk}, {"units": [make_unit().pk]}, {"organization": ""}):
            assert self.invite(client, organization, **typed).status_code == 422
        assert not Invitation.objects.exists()

    def test_the_navigation_leads_there(self, client, organization, inviter):
        overview = reverse("scheduling:territory_overview", args=[organization.territory.slug])
        page = client.get(overview).content.decode()

        assert reverse("organizations:territory_invitation_add", args=[organization.territory.slug]) in page
        assert reverse("organizations:rights_list", args=[organization.territory.slug]) not in page
