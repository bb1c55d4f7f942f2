"""Of two administrators who go at the same moment, one stays: every way to go, against every other.

Each request has passed the check of who may ask, and waits at the lock, before either goes on.
"""

import time
from concurrent.futures import ThreadPoolExecutor
from itertools import combinations_with_replacement

import pytest
from django.core.management import CommandError, call_command
from django.db import connection, transaction
from django.test import Client
from django.urls import reverse

from organizations.exceptions import LastAdministrator
from organizations.models import Agent, Membership, Organization, Territory, TerritoryRole
from organizations.services.accounts import close_account
from tests.factories import make_agent, make_membership, make_organization, make_territory_admin

ADMIN, BASIC = Membership.Role.ADMIN, Membership.Role.BASIC

DONE, REFUSED = "done", "refused"


def answer(agent, address, **typed):
    """What a request of `agent` came to."""
    client = Client()
    client.force_login(agent)
    return lambda: {302: DONE, 422: REFUSED}[client.post(address, typed).status_code]


def closing(agent):
    def close():
        try:
            close_account(agent=agent)
        except LastAdministrator:
            return REFUSED
        return DONE

    return close


def waiting_for_locks():
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_stat_clear_snapshot()")  # Or the whole transaction sees what it saw first.
        cursor.execute(
            "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
        )
        return cursor.fetchone()[0]


def at_once(lock, acts):
    """The outcomes of the acts, which meet at the row of `lock`."""

    def run(act):
        try:
            return act()
        finally:
            connection.close()

    with ThreadPoolExecutor(len(acts)) as pool:
        with transaction.atomic():
            type(lock).objects.select_for_update(of=("self",), no_key=True).get(pk=lock.pk)
            running = [pool.submit(run, act) for act in acts]
            until = time.monotonic() + 10
            while waiting_for_locks() < len(acts):
                assert time.monotonic() < until, "the acts did not meet"
                time.sleep(0.005)
        return sorted(each.result() for each in running)


# How an administrator of an organization goes, the other one being there to do it.
FROM_ORGANIZATION = {
    "removed": lambda one, other, organization: answer(
        other.agent, reverse("scheduling:member_remove", args=[organization.slug, one.pk])
    ),
    "demoted": lambda one, other, organization: answer(
        other.agent, reverse("scheduling:member_edit", args=[organization.slug, one.pk]), role=BASIC
    ),
    "leaving": lambda one, other, organization: answer(
        one.agent, reverse("scheduling:member_leave", args=[organization.slug])
    ),
    "account closed": lambda one, other, organization: closing(one.agent),
}


@pytest.mark.django_db(transaction=True)
def test_an_organization_keeps_one_of_two_who_go_at_once():
    outcomes = {}
    for ways in combinations_with_replacement(FROM_ORGANIZATION, 2):
        organization = make_organization()
        one, other = (make_agent(organization=organization, role=ADMIN).memberships.get() for _ in range(2))
        acts = [
            FROM_ORGANIZATION[ways[0]](one, other, organization),
            FROM_ORGANIZATION[ways[1]](other, one, organization),
        ]
        went = at_once(organization, acts)
        left = Membership.objects.for_organization(organization).active().filter(role=ADMIN).count()
        outcomes[ways] = (went, left)

    assert outcomes == dict.fromkeys(outcomes, ([DONE, REFUSED], 1))
    assert len(outcomes) == 10


def changing(one, by, territory, **boxes):
    return answer(by, reverse("organizations:rights_edit", args=[territory.slug, one.pk]), **boxes)


# Likewise of a territory: with a right left or without any, by the other's hand or the own.
FROM_TERRITORY = {
    "removed": lambda one, other, territory: changing(one, other, territory),
    "demoted": lambda one, other, territory: changing(one, other, territory, manages_teams="on"),
    "leaving": lambda one, other, territory: changing(one, one, territory),
    "account closed": lambda one, other, territory: closing(one),
}


@pytest.mark.django_db(transaction=True)
def test_a_territory_keeps_one_of_two_who_go_at_once():
    outcomes = {}
    for ways in combinations_with_replacement(FROM_TERRITORY, 2):
        territory = make_organization().territory
        one, other = (make_territory_admin(territory=territory) for _ in range(2))
        acts = [FROM_TERRITORY[ways[0]](one, other, territory), FROM_TERRITORY[ways[1]](other, one, territory)]
        went = at_once(territory, acts)
        left = TerritoryRole.objects.for_territory(territory).filter(is_admin=True, agent__is_active=True).count()
        outcomes[ways] = (went, left)

    assert outcomes == dict.fromkeys(outcomes, ([DONE, REFUSED], 1))
    assert len(outcomes) == 10


@pytest.mark.django_db
class TestClosingAnAccount:
    def test_keeps_the_person_from_signing_in_and_leaves_the_rest(self, client):
        agent = make_agent(organization=make_organization())
        client.force_login(agent)
        call_command("close_account", agent.email.upper())

        assert not Agent.objects.get(pk=agent.pk).is_active
        assert agent.memberships.exists()
        assert client.get(reverse("start")).status_code == 302

    def test_is_refused_to_the_last_administrator_and_says_of_what(self):
        organization = make_organization(name="Mairie de Lens")
        admin = make_agent(organization=organization, role=ADMIN)

        with pytest.raises(CommandError, match="Mairie de Lens n'aurait plus d'administrateur"):
            call_command("close_account", admin.email)
        assert Agent.objects.get(pk=admin.pk).is_active

    def test_is_refused_to_the_last_administrator_of_a_territory(self):
        admin = make_territory_admin(territory=make_organization().territory)

        with pytest.raises(LastAdministrator, match="Territoire"):
            close_account(agent=admin)

    def test_of_nobody_is_said(self):
        with pytest.raises(CommandError, match="Nobody"):
            call_command("close_account", "nobody@example.org")


@pytest.mark.django_db(transaction=True)
def test_an_account_is_closed_while_the_clocks_of_its_territory_change_and_neither_waits_for_ever():
    organization = make_organization()
    territory = organization.territory
    leaving, staying = (make_territory_admin(territory=territory) for _ in range(2))
    for agent in (leaving, staying):
        make_membership(organization=organization, agent=agent, role=ADMIN)
    close = closing(leaving)

    def run():
        try:
            return close()
        finally:
            connection.close()

    with ThreadPoolExecutor(1) as pool:
        with transaction.atomic():
            Territory.objects.select_for_update(no_key=True).get(pk=territory.pk)  # As `change_territory` begins.
            closed = pool.submit(run)
            until = time.monotonic() + 10
            while not waiting_for_locks():
                assert time.monotonic() < until, "they did not meet"
                time.sleep(0.005)
            organizations = Organization.objects.select_for_update(no_key=True, nowait=True)
            assert organizations.get(pk=organization.pk)
        assert closed.result() == DONE
