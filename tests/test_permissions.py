"""Every URL states who gets in, and lets in exactly those: URLs × roles.

Settings (administrators' pages, and all below `parametres/` and `territoire/`) have their own table:
`test_settings_rights.py`.
"""

from dataclasses import dataclass

import pytest
from django.db import transaction
from django.test import Client
from django.urls import URLPattern, get_resolver, reverse
from django.utils import timezone

from notifications.models import Message
from organizations.models import Membership
from tests.factories import (
    TUESDAY,
    make_agenda_view,
    make_agent,
    make_appointment,
    make_appointment_elsewhere,
    make_citizen,
    make_closure,
    make_desk,
    make_export,
    make_import,
    make_invitation,
    make_location,
    make_motif,
    make_motif_bulk_edit,
    make_opening,
    make_organization,
    make_partner_type,
    make_public_address,
    make_reference_week,
    make_team,
    make_territory_admin,
    make_territory_agent,
    make_unavailability,
    make_unit,
    make_workshop,
    paris,
)

KNOWN_ACCESS = {"public", "signed_link", "signed_request", "signed_in", "account", "agent", "admin", "territory"}

# A page that answers: shown, redirected after the act, nothing new, or a form sent back for what it lacks.
LET_IN = {200, 302, 303, 204, 422}


pytestmark = pytest.mark.django_db


def views_of(resolver=None, namespace="", route=""):
    for pattern in (resolver or get_resolver()).url_patterns:
        if isinstance(pattern, URLPattern):
            yield f"{namespace}{pattern.name}", pattern, f"{route}{pattern.pattern}"
        else:
            inner = f"{namespace}{pattern.namespace}:" if pattern.namespace else namespace
            yield from views_of(pattern, inner, f"{route}{pattern.pattern}")


PATTERNS = {name: pattern for name, pattern, _ in views_of()}
ROUTES = {name: route for name, _, route in views_of()}
BACK_OFFICE = sorted(name for name, p in PATTERNS.items() if getattr(p.callback, "access", "") in {"agent", "admin"})
TERRITORY = sorted(name for name, p in PATTERNS.items() if getattr(p.callback, "access", "") == "territory")
ADMINS_ONLY = {name for name in BACK_OFFICE if PATTERNS[name].callback.access == "admin"}
SETTINGS = sorted(ADMINS_ONLY | {name for name in BACK_OFFICE if "/parametres/" in ROUTES[name]} | set(TERRITORY))
DAILY_WORK = sorted(set(BACK_OFFICE) - set(SETTINGS))


def test_every_url_states_its_access():
    silent = [name for name, p in PATTERNS.items() if getattr(p.callback, "access", None) not in KNOWN_ACCESS]
    assert silent == []


def test_every_page_of_members_is_below_its_organization_and_nothing_else_is():
    assert {name for name, route in ROUTES.items() if route.startswith("o/<slug:org_slug>/")} == set(BACK_OFFICE)


def test_every_page_of_a_territory_is_below_it_and_nothing_else_is():
    assert {name for name, route in ROUTES.items() if route.startswith("territoire/<slug:")} == set(TERRITORY)


@dataclass
class World:
    """One organization with two service units; what the URLs speak of belongs to the first."""

    organization: object
    objects: dict
    people: dict

    def path(self, name):
        if name in TERRITORY:
            kwargs = {"territory_slug": self.organization.territory.slug}
        else:
            kwargs = {"org_slug": self.organization.slug}
        if "pk" in PATTERNS[name].pattern.converters:
            kwargs["pk"] = self.object_of(name).pk
        return reverse(name, kwargs=kwargs)

    def object_of(self, name):
        return self.objects[name.split(":")[1].rsplit("_", 1)[0]]


def make_world(territory=None):
    """Several may stand side by side in one territory: nothing in it has a name of its own choosing."""
    organization = make_organization(territory=territory)
    pmi = make_unit(territory=organization.territory)
    social = make_unit(territory=organization.territory)
    motif = make_motif(organization=organization, units=[pmi])
    colleague = make_agent(organization=organization, units=[pmi])
    owner = make_agent(organization=organization, units=[pmi])
    location = make_location(organization=organization)
    opening = make_opening(calendar=owner.calendar, motifs=[motif], location=location)
    citizen = make_citizen(organization=organization, units=[pmi])
    appointment = make_appointment(motif=motif, calendar=owner.calendar, citizen=citizen, location=location)
    sister = make_organization(territory=organization.territory)
    return World(
        organization=organization,
        objects={
            "appointment": appointment,
            "participant": appointment.participations.get(),
            "message": Message.objects.get(appointment=appointment, participation__isnull=False),
            "appointment_elsewhere": make_appointment_elsewhere(booked_from=organization, agent=owner, citizen=citizen),
            "workshop": make_workshop(
                motif=make_motif(organization=organization, units=[pmi], is_collective=True),
                calendar=owner.calendar,
                location=location,
                starts_at=paris(TUESDAY, 9),
            ),
            "opening": opening,
            "unavailability": make_unavailability(calendar=owner.calendar, organization=organization),
            "closure": make_closure(organization=organization),
            "reference_week": make_reference_week(organization=organization),
            "motif": motif,
            "motif_text": motif,
            "motif_notification": motif,
            "territory_motif_bulk": make_motif_bulk_edit(motif=motif),
            "location": location,
            "allowance": owner.calendar,
            "calendar_address": owner.calendar,
            "calendar": make_public_address(organization=organization, agent=owner).membership.agent.calendar,
            "member": owner.memberships.get(),
            "invitation": make_invitation(organization=organization),
            "desk": make_desk(organization=organization, location=location, motifs=[motif], units=[pmi]),
            "citizen": citizen,
            "organization": organization,
            "territory_import": make_import(territory=organization.territory),
            "unit": pmi,
            "partner_type": make_partner_type(territory=organization.territory),
            "team": make_team(territory=organization.territory, agents=[owner]),
            "rights": owner,
            "agenda_view": make_agenda_view(agent=owner, organization=organization),
            "export": make_export(agent=owner, organization=organization, now=timezone.now()),
        },
        people={
            "nobody": None,
            "same service": colleague,
            "the owner": owner,
            "other service": make_agent(organization=organization, units=[social]),
            "front desk": make_agent(organization=organization, is_front_desk=True),
            "admin": make_agent(organization=organization, role=Membership.Role.ADMIN),
            "territory admin": make_territory_admin(territory=organization.territory),
            "admin of a sister organization": make_agent(organization=sister, role=Membership.Role.ADMIN),
            "admin of another territory": make_agent(organization=make_organization(), role=Membership.Role.ADMIN),
            "admin of the territory next door": make_territory_admin(territory=make_organization().territory),
            "agent without organization": make_agent(),
            "manages teams": make_territory_agent(organization=sister, manages_teams=True),
            "manages access": make_territory_agent(organization=sister, manages_access=True),
            "invites agents": make_territory_agent(organization=sister, invites_agents=True),
        },
    )


@pytest.fixture(scope="module")
def world(rows_of_the_module):
    return make_world()


ADMINS = {"admin", "territory admin"}
MEMBERS = ADMINS | {"same service", "the owner", "other service", "front desk"}

# Rows of one service unit: its agents, the front desk and administrators see them; for others they do not exist.
SEEN_BY_THE_SERVICE = ADMINS | {"same service", "the owner", "front desk"}
# The hours of an agent are theirs and the administrators' to change.
CHANGED_BY_THE_OWNER = ADMINS | {"the owner"}
# Who sees and who changes each kind of row; other members get 404 (not visible) or 403 (visible, not theirs to change).
OBJECT_PAGES = {
    "appointment": (SEEN_BY_THE_SERVICE, SEEN_BY_THE_SERVICE),
    "participant": (SEEN_BY_THE_SERVICE, SEEN_BY_THE_SERVICE),
    "message": (SEEN_BY_THE_SERVICE, SEEN_BY_THE_SERVICE),
    # Booked elsewhere by the owner: the service that receives keeps it to itself.
    "appointment_elsewhere": (CHANGED_BY_THE_OWNER | {"front desk"}, CHANGED_BY_THE_OWNER | {"front desk"}),
    "workshop": (SEEN_BY_THE_SERVICE, SEEN_BY_THE_SERVICE),
    "citizen": (SEEN_BY_THE_SERVICE, SEEN_BY_THE_SERVICE),
    # Whether two records are of one person is for those who see every service's part of them.
    "citizen_merge": (SEEN_BY_THE_SERVICE, ADMINS | {"front desk"}),
    "citizen_distinguish": (SEEN_BY_THE_SERVICE, ADMINS | {"front desk"}),
    "opening": (SEEN_BY_THE_SERVICE, CHANGED_BY_THE_OWNER),
    "unavailability": (SEEN_BY_THE_SERVICE, CHANGED_BY_THE_OWNER),
    # Whatever their role: a file holds what its owner may see.
    "export": ({"the owner"}, {"the owner"}),
    # Whatever their role: how others look at the agenda is their own affair.
    "agenda_view": ({"the owner"}, {"the owner"}),
}


def expected(name, person):
    if person == "nobody":
        return {302}
    if person not in MEMBERS:
        return {404}
    if "pk" not in PATTERNS[name].pattern.converters:
        return LET_IN
    page = name.split(":")[1]
    seen_by, changed_by = OBJECT_PAGES.get(page) or OBJECT_PAGES[page.rsplit("_", 1)[0]]
    if person in changed_by:
        return LET_IN
    return {403, 404} if person in seen_by else {404}


def asked_and_undone(client, method, path):
    """The answer; what the request wrote is taken back, so that the next person finds the same world."""
    with transaction.atomic():
        response = getattr(client, method)(path)
        transaction.set_rollback(True)
    return response


@pytest.fixture(scope="module")
def clients(world):
    return {person: signed_in(agent) for person, agent in world.people.items()}


def signed_in(agent):
    client = Client()
    if agent:
        client.force_login(agent)
    return client


@pytest.mark.parametrize("name", DAILY_WORK)
def test_a_page_lets_in_whom_it_says(name, world, clients):
    wrong = {}
    for person, client in clients.items():
        for method in ("get", "post"):
            response = asked_and_undone(client, method, world.path(name))
            if response.status_code == 405:
                continue
            if response.status_code not in expected(name, person):
                wrong[f"{method} as {person}"] = response.status_code
            elif person == "nobody":
                assert response["Location"].startswith(reverse("account_login"))
    assert wrong == {}


@pytest.mark.parametrize("name", [name for name in DAILY_WORK if "pk" in PATTERNS[name].pattern.converters])
def test_a_row_of_another_organization_does_not_exist_here(name, world):
    """The administrator of one organization asks for another's row through the own address."""
    elsewhere = make_organization(territory=world.organization.territory)
    client = signed_in(make_agent(organization=elsewhere, role=Membership.Role.ADMIN))
    path = world.path(name).replace(f"/o/{world.organization.slug}/", f"/o/{elsewhere.slug}/")

    statuses = {getattr(client, method)(path).status_code for method in ("get", "post")}

    assert statuses <= {404, 405}
    assert 404 in statuses


@pytest.mark.parametrize("name", BACK_OFFICE + TERRITORY)
def test_no_page_of_members_is_kept_by_a_browser_or_a_proxy(name, world, clients):
    """Names and phone numbers: after signing out, « back » on a shared computer must not show them."""
    reader = "the owner" if name.startswith(("scheduling:export_", "scheduling:agenda_view_")) else "territory admin"
    response = clients[reader].get(world.path(name))

    assert response.status_code == 405 or {"no-store", "private"} <= set(response["Cache-Control"].split(", "))


def test_a_deactivated_agent_gets_nowhere(world):
    agent = make_agent(organization=world.organization, role=Membership.Role.ADMIN)
    client = signed_in(agent)
    agent.is_active = False
    agent.save(update_fields=["is_active"])

    assert client.get(reverse("scheduling:today", args=[world.organization.slug])).status_code == 302
