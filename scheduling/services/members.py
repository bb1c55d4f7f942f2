"""Changing and ending what an agent is in an organization, as far as openings and appointments hang from it."""

from datetime import datetime

from django.db import transaction

from organizations.models import Membership, ServiceUnit
from organizations.services.kept_entries import keep_entries
from organizations.services.rights import change_role, end_membership

from ..engine.phrases import describe_occasion
from ..engine.typography import NBSP, count, enumerate_words, quote
from ..exceptions import MemberRefused
from ..models import Opening
from ..selectors.members import coming_appointments, openings_of_units
from .locks import lock_calendars, lock_organizations
from .openings import delete_openings
from .recomputation import recompute_locked

MOST_NAMED = 5


@transaction.atomic
def change_member(*, membership: Membership, role: str, is_front_desk: bool, units, now: datetime) -> Membership:
    """Change what an agent is in the organization: their role, the front desk's view, their services.

    Raises MemberRefused, naming them, while openings of theirs that are not over use a motif of a service that they
    would leave; LastAdministrator; NoLongerMember; EntryGone. Nothing is written then.
    """
    lock_organizations([membership.organization_id])
    keep_entries(model=ServiceUnit, pks=[unit.pk for unit in units])
    lock_calendars([membership.agent.calendar.pk])
    membership = change_role(membership=membership, role=role, is_front_desk=is_front_desk)
    left = set(membership.units.all()) - set(units)
    used = openings_of_units(membership, left, now=now) if left else []
    if used:
        names = enumerate_words([quote(name) for name in sorted({unit.name for unit in left})])
        raise MemberRefused(
            f"Un motif de {names} est encore dans {count(len(used), 'plage')} de cet agent{NBSP}:"
            f" {_named(used)}. Changez d'abord ses plages d'ouverture."
        )
    membership.units.set(units)
    return membership


def _named(openings):
    """« Accueil » (tous les lundis de 9 h à 12 h, sans fin); the first few."""
    words = []
    for opening in openings[:MOST_NAMED]:
        occasion = describe_occasion(opening.recurrence, opening.start_time, opening.end_time)
        occasion = occasion[0].lower() + occasion[1:]
        words.append(f"{quote(opening.title)} ({occasion})" if opening.title else occasion)
    if len(openings) > MOST_NAMED:
        words.append(f"{len(openings) - MOST_NAMED} de plus")
    return f"{NBSP}; ".join(words)


@transaction.atomic
def remove_member(*, membership: Membership, now: datetime) -> None:
    """Take an agent out of the organization, with their openings there. Safe to repeat.

    Their absences stay: who is away is away for their other organizations too.

    Raises MemberRefused while RDVs of the organization are still to come on their calendar; LastAdministrator.
    """
    lock_organizations([membership.organization_id])
    calendars = lock_calendars([membership.agent.calendar.pk])
    coming = coming_appointments(membership, now=now).count()
    if coming:
        raise MemberRefused(
            f"Cet agent a encore {count(coming, 'rendez-vous', 'rendez-vous')} à venir dans l'organisation{NBSP}:"
            " déplacez-les ou annulez-les d'abord."
        )
    openings = Opening.objects.for_organization(membership.organization).filter(calendar__in=calendars)
    delete_openings(list(openings.order_by("pk").values_list("pk", flat=True)))
    end_membership(membership=membership)
    recompute_locked(calendars=calendars, now=now)
