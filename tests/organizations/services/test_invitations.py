"""Inviting agents by e-mail, and what becomes of an invitation."""

import re
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier

import pytest
from django.core import mail
from django.db import IntegrityError, connection, transaction

from organizations.exceptions import InvitationRefused
from organizations.invitation_links import invitation_of, link_token
from organizations.models import Agent, Invitation, Membership
from organizations.services.invitations import (
    accept_invitation,
    accept_with_new_account,
    invite_agents,
    mail_invitations,
    revoke_invitation,
    send_again,
)
from tests.factories import NOW, PASSWORD, make_agent, make_organization, make_unit

pytestmark = pytest.mark.django_db

WEEK = timedelta(days=7)
ADMIN = Membership.Role.ADMIN


@pytest.fixture
def admin():
    return make_agent(organization=make_organization(), role=ADMIN, first_name="Inès", last_name="Roux")


@pytest.fixture
def organization(admin):
    return admin.memberships.get().organization


def invite(admin, *emails, **fields):
    organization = admin.memberships.get().organization
    return invite_agents(organization=organization, emails=emails, invited_by=admin, now=NOW, **fields)


@pytest.fixture
def invitation(admin):
    (invitation,) = invite(admin, "nora@example.org").sent
    return invitation


class TestInviting:
    def test_several_at_once_says_what_became_of_each(self, admin, organization, invitation):
        make_agent(organization=organization, email="membre@example.org")
        invited = invite(admin, "Nouveau@Example.org ", "nouveau@example.org", "nora@example.org", "membre@example.org")

        assert [sent.email for sent in invited.sent] == ["nouveau@example.org"]
        assert (invited.waiting, invited.members) == (["nora@example.org"], ["membre@example.org"])

    def test_somebody_whose_invitation_was_taken_back_is_possible(self, admin, invitation):
        revoke_invitation(invitation=invitation, now=NOW)

        assert invite(admin, "nora@example.org").sent

    def test_mails_each_once(self, admin, invitation):
        assert mail_invitations(now=NOW) == 1
        assert mail_invitations(now=NOW) == 0

        (message,) = mail.outbox
        assert message.to == ["nora@example.org"]
        assert "Inès Roux vous invite à rejoindre" in message.subject
        # Signed at a second of its own: read, not compared.
        token = re.search(r"/invitation/([^/\s]+)/", message.body)[1]
        assert invitation_of(token) == invitation

    def test_mails_the_others_too_where_a_name_would_break_a_header(self, admin, invitation):
        Agent.objects.filter(pk=admin.pk).update(first_name="Inès\nBcc: x@example.org")

        assert mail_invitations(now=NOW) == 1
        assert mail.outbox[0].recipients() == ["nora@example.org"]

    def test_mails_nothing_for_what_was_taken_back(self, invitation):
        revoke_invitation(invitation=invitation, now=NOW)

        assert mail_invitations(now=NOW) == 0


class TestTheLink:
    def test_opens_its_invitation(self, invitation):
        assert invitation_of(link_token(invitation)) == invitation

    @pytest.mark.parametrize("token", ["", "x", "WzEsMV0:forged", "\x00"])
    def test_forged_opens_nothing(self, invitation, token):
        assert invitation_of(token) is None

    def test_sent_before_the_last_time_opens_nothing(self, invitation):
        before = link_token(invitation)
        again = send_again(invitation=invitation, now=NOW + WEEK)

        assert invitation_of(before) is None
        assert invitation_of(link_token(again)) == invitation
        assert again.is_open(NOW + WEEK)
        assert mail_invitations(now=NOW) == 1


class TestAccepting:
    def test_gives_what_it_says_to_an_account_that_exists(self, admin, organization):
        unit = make_unit(territory=organization.territory)
        (invitation,) = invite(admin, "a@example.org", role=ADMIN, is_front_desk=True, units=[unit]).sent
        agent = make_agent(organization=make_organization())
        membership = accept_invitation(invitation=invitation, agent=agent, now=NOW)

        assert (membership.organization, membership.role, membership.is_front_desk) == (organization, ADMIN, True)
        assert list(membership.units.all()) == [unit]
        assert agent.memberships.count() == 2

    def test_takes_nothing_from_a_member(self, organization, invitation):
        member = make_agent(organization=organization, role=ADMIN)

        assert accept_invitation(invitation=invitation, agent=member, now=NOW).role == ADMIN

    def test_twice_changes_nothing(self, invitation):
        agent = make_agent()
        first = accept_invitation(invitation=invitation, agent=agent, now=NOW)

        assert accept_invitation(invitation=invitation, agent=agent, now=NOW + WEEK) == first

    def test_again_by_somebody_taken_out_since_does_not_let_them_back_in(self, invitation):
        agent = make_agent()
        accept_invitation(invitation=invitation, agent=agent, now=NOW).delete()

        with pytest.raises(InvitationRefused):
            accept_invitation(invitation=invitation, agent=agent, now=NOW)

    def test_makes_an_account_for_the_address_that_was_invited(self, organization, invitation):
        accept_with_new_account(invitation=invitation, first_name="Nora", last_name="Petit", password=PASSWORD, now=NOW)

        agent = Agent.objects.get(email="nora@example.org")
        assert agent.check_password(PASSWORD)
        assert agent.memberships.get().organization == organization
        assert agent.calendar

    def test_with_a_new_account_is_refused_where_there_is_one(self, invitation):
        make_agent(email="nora@example.org")

        with pytest.raises(InvitationRefused, match="Connectez-vous"):
            accept_with_new_account(
                invitation=invitation, first_name="Nora", last_name="Petit", password=PASSWORD, now=NOW
            )

    def test_after_seven_days_is_refused(self, invitation):
        with pytest.raises(InvitationRefused):
            accept_invitation(invitation=invitation, agent=make_agent(), now=NOW + WEEK)

    def test_once_taken_back_is_refused(self, invitation):
        revoke_invitation(invitation=invitation, now=NOW)

        with pytest.raises(InvitationRefused):
            accept_invitation(invitation=invitation, agent=make_agent(), now=NOW)

    def test_by_a_second_person_is_refused(self, invitation):
        accept_invitation(invitation=invitation, agent=make_agent(), now=NOW)

        with pytest.raises(InvitationRefused):
            accept_invitation(invitation=invitation, agent=make_agent(), now=NOW)

    def test_ends_the_possibility_to_take_it_back_or_send_it_again(self, invitation):
        accept_invitation(invitation=invitation, agent=make_agent(), now=NOW)

        with pytest.raises(InvitationRefused):
            revoke_invitation(invitation=invitation, now=NOW)
        with pytest.raises(InvitationRefused):
            send_again(invitation=invitation, now=NOW)


def test_the_database_refuses_a_second_open_invitation_of_an_address(admin, organization, invitation):
    with pytest.raises(IntegrityError, match="invitation_open_once"), transaction.atomic():
        Invitation.objects.create(
            organization=organization, email="NORA@example.org", invited_by=admin, created_at=NOW, sent_at=NOW
        )


@pytest.mark.django_db(transaction=True)
def test_two_administrators_who_paste_one_list_invite_each_person_once(admin, organization):
    barrier = Barrier(2)
    emails = [f"nouveau{number}@example.org" for number in range(20)]

    def paste(_):
        try:
            barrier.wait()
            return len(invite(admin, *emails).sent)
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as pool:
        sent = list(pool.map(paste, range(2)))

    assert sum(sent) == 20
    assert Invitation.objects.count() == 20
