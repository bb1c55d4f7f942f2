"""Every write on invitations: sent, sent again, taken back, accepted."""

import logging
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime

from django.conf import settings
from django.core.mail import EmailMessage
from django.db import IntegrityError, transaction
from django.template.loader import render_to_string
from django.urls import reverse

from config.shortcuts import run_after_commit

from ..exceptions import InvitationRefused
from ..invitation_links import link_token
from ..models import Agent, Invitation, Membership, Organization, ServiceUnit
from .kept_entries import keep_entries

logger = logging.getLogger(__name__)

MAIL_TASK = "organizations.tasks.mail_invitations"


@dataclass
class Invited:
    """What became of each address: invited now, invited before (and not again), or a member already."""

    sent: list[Invitation] = field(default_factory=list)
    waiting: list[str] = field(default_factory=list)
    members: list[str] = field(default_factory=list)


@transaction.atomic
def invite_agents(
    *,
    organization: Organization,
    emails: Iterable[str],
    invited_by: Agent,
    now: datetime,
    role: str = Membership.Role.BASIC,
    is_front_desk: bool = False,
    units=(),
) -> Invited:
    """Invite each address once; the mails leave after the commit. Five queries, and three for each invitation.

    `units` are of the organization's territory. Raises EntryGone when one has just been deleted.
    """
    # Two administrators who paste the same list invite each person once.
    Organization.objects.select_for_update(no_key=True).get(pk=organization.pk)
    keep_entries(model=ServiceUnit, pks=[unit.pk for unit in units])
    emails = list(dict.fromkeys(email.strip().lower() for email in emails))
    members = _known(Membership.objects.for_organization(organization), "agent__email", emails)
    waiting = _known(Invitation.objects.for_organization(organization).open(), "email", emails)
    invited = Invited(
        members=[email for email in emails if email in members],
        waiting=[email for email in emails if email in waiting - members],
    )
    for email in emails:
        if email in members | waiting:
            continue
        invitation = Invitation.objects.create(
            organization=organization,
            email=email,
            role=role,
            is_front_desk=is_front_desk,
            invited_by=invited_by,
            created_at=now,
            sent_at=now,
        )
        invitation.units.set(units)
        invited.sent.append(invitation)
    if invited.sent:
        run_after_commit(MAIL_TASK)
    return invited


def _known(rows, name, emails):
    return {email.lower() for email in rows.filter(**{f"{name}__in": emails}).order_by().values_list(name, flat=True)}


@transaction.atomic
def send_again(*, invitation: Invitation, now: datetime) -> Invitation:
    """A new mail with a new link, good for seven days; the links sent before are void. Raises InvitationRefused."""
    invitation = _locked(invitation)
    if invitation.accepted_at or invitation.revoked_at:
        raise InvitationRefused("Cette invitation est déjà acceptée ou retirée.")
    invitation.sent_at, invitation.mailed_at = now, None
    invitation.link_version += 1
    invitation.save(update_fields=["sent_at", "mailed_at", "link_version"])
    run_after_commit(MAIL_TASK)
    return invitation


@transaction.atomic
def revoke_invitation(*, invitation: Invitation, now: datetime) -> Invitation:
    """Its link opens nothing any more. Safe to repeat. Raises InvitationRefused when it was accepted meanwhile."""
    invitation = _locked(invitation)
    if invitation.accepted_at:
        raise InvitationRefused("Cette invitation vient d'être acceptée.")
    if invitation.revoked_at is None:
        invitation.revoked_at = now
        invitation.save(update_fields=["revoked_at"])
    return invitation


@transaction.atomic
def accept_invitation(*, invitation: Invitation, agent: Agent, now: datetime) -> Membership:
    """Make `agent`, who holds the link, a member as the invitation says. Accepting twice changes nothing.

    Somebody who is a member already keeps what they may do and gains what the invitation gives.
    Raises InvitationRefused when it expired, was revoked, or somebody else accepted it.
    """
    invitation = _locked(invitation)
    if invitation.accepted_by_id == agent.pk:
        return _still_member(invitation.organization, agent)
    if not invitation.is_open(now):
        raise InvitationRefused
    membership, is_new = Membership.objects.get_or_create(
        organization=invitation.organization,
        agent=agent,
        defaults={"role": invitation.role, "is_front_desk": invitation.is_front_desk},
    )
    if not is_new:
        membership.role = Membership.Role.ADMIN if invitation.role == Membership.Role.ADMIN else membership.role
        membership.is_front_desk = membership.is_front_desk or invitation.is_front_desk
        membership.save(update_fields=["role", "is_front_desk"])
    membership.units.add(*invitation.units.all())
    invitation.accepted_at, invitation.accepted_by = now, agent
    invitation.save(update_fields=["accepted_at", "accepted_by"])
    return membership


def _still_member(organization, agent):
    """Who accepted may have been taken out since: the old link does not let them back in."""
    membership = Membership.objects.for_organization(organization).filter(agent=agent).first()
    if membership is None:
        raise InvitationRefused
    return membership


@transaction.atomic
def accept_with_new_account(
    *, invitation: Invitation, first_name: str, last_name: str, password: str, now: datetime
) -> Membership:
    """Likewise for somebody without an account: it is made for the address that was invited.

    Raises InvitationRefused, also when an account with that address exists: its owner has to sign in.
    """
    invitation = _locked(invitation)
    if not invitation.is_open(now):
        raise InvitationRefused
    try:
        with transaction.atomic():
            agent = Agent.objects.create_user(invitation.email, password, first_name=first_name, last_name=last_name)
    except IntegrityError as error:
        # Made before, or at this moment through the invitation of another organization.
        refusal = "Un compte existe déjà avec cette adresse. Connectez-vous pour accepter l'invitation."
        raise InvitationRefused(refusal) from error
    return accept_invitation(invitation=invitation, agent=agent, now=now)


def _locked(invitation):
    return (
        Invitation.objects.select_for_update(of=("self",))
        .select_related("organization__territory")
        .get(pk=invitation.pk)
    )


def mail_invitations(*, now: datetime) -> int:
    """Send the mails that wait, each in a transaction of its own. Returns how many left. Safe to run beside itself.

    One that cannot leave does not keep the others back; it is tried again by the next sweep.
    """
    sent = 0
    for pk in Invitation.objects.to_mail().order_by("pk").values_list("pk", flat=True):
        try:
            sent += _mail(pk, now)
        except OSError as error:  # What smtplib raises, too.
            logger.warning("invitation %s could not be mailed: %s", pk, error)
    return sent


@transaction.atomic
def _mail(pk, now):
    waiting = Invitation.objects.to_mail().select_for_update(of=("self",), skip_locked=True)
    invitation = waiting.select_related("organization__territory", "invited_by").filter(pk=pk).first()
    if invitation is None:
        return 0
    context = {
        "invitation": invitation,
        "url": settings.SITE_URL + reverse("invitation_accept", args=[link_token(invitation)]),
    }
    subject = f"{invitation.invited_by} vous invite à rejoindre {invitation.organization}"
    body = render_to_string("organizations/email/invitation.txt", context)
    # On one line: names are what people typed, and a header that breaks would stop the mails behind it.
    EmailMessage(subject=" ".join(subject.split()), body=body, to=[invitation.email]).send()
    invitation.mailed_at = now
    invitation.save(update_fields=["mailed_at"])
    return 1
