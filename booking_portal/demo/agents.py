"""Who works there, and the sign-ins that the command prints."""

from dataclasses import dataclass
from datetime import timedelta

from django.contrib.auth.hashers import make_password

from organizations.models import Agent, Membership, PublicAddress, TerritoryRole

from .places import ORGANIZATIONS
from .world import add

# Of every account of the demonstration, and of nothing else.
PASSWORD = "permanence-demo"


@dataclass(frozen=True)
class Person:
    """`memberships` are (organization, role in it, service units). `role` is what the list of sign-ins says."""

    first_name: str
    last_name: str
    email: str
    role: str
    memberships: tuple = ()
    allowance: timedelta | None = None


BASIC, ADMIN, FRONT_DESK = "basic", "admin", "accueil"

# Who gets a summary each morning.
WITH_SUMMARY = {"nadege", "samuel"}

# Advisers whose card on a map leads to their own slots.
WITH_ADDRESS = {"mehdi": "mehdi-carlier", "fanny": "fanny-obled"}

AGENTS = {
    "helene": Person(
        "Hélène",
        "Marquant",
        "helene.marquant@arrageois.example",
        "administratrice du territoire (toutes les organisations)",
    ),
    "bruno": Person(
        "Bruno", "Delattre", "bruno.delattre@arrageois.example", "administrateur", (("solidarites", ADMIN, []),)
    ),
    "maryse": Person(
        "Maryse", "Dubrulle", "maryse.dubrulle@arrageois.example", "accueil", (("solidarites", FRONT_DESK, []),)
    ),
    "nadege": Person(
        "Nadège", "Wiart", "nadege.wiart@arrageois.example", "agente, PMI", (("solidarites", BASIC, ["pmi"]),)
    ),
    "coralie": Person(
        "Coralie", "Thuillier", "coralie.thuillier@arrageois.example", "agente, PMI", (("solidarites", BASIC, ["pmi"]),)
    ),
    "samuel": Person(
        "Samuel",
        "Hocquet",
        "samuel.hocquet@arrageois.example",
        "agent, Service social",
        (("solidarites", BASIC, ["social"]),),
    ),
    "odile": Person(
        "Odile",
        "Crépin",
        "odile.crepin@arrageois.example",
        "agente à temps partiel (16 h par semaine), Service social",
        (("solidarites", BASIC, ["social"]),),
        timedelta(hours=16),
    ),
    "justine": Person(
        "Justine",
        "Lesaffre",
        "justine.lesaffre@arrageois.example",
        "agente, Insertion",
        (("solidarites", BASIC, ["insertion"]),),
    ),
    "karim": Person(
        "Karim",
        "Benyahia",
        "karim.benyahia@arrageois.example",
        "agent, Insertion et Inclusion numérique",
        (("solidarites", BASIC, ["insertion"]), ("numerique", BASIC, ["numerique"])),
    ),
    "thierry": Person(
        "Thierry", "Quenehen", "thierry.quenehen@valmont.example", "administrateur", (("mairie", ADMIN, ["civil"]),)
    ),
    "lucie": Person(
        "Lucie", "Platel", "lucie.platel@valmont.example", "agente, État civil", (("mairie", BASIC, ["civil"]),)
    ),
    "amandine": Person(
        "Amandine", "Ficheux", "amandine.ficheux@valmont.example", "agente, État civil", (("mairie", BASIC, ["civil"]),)
    ),
    "aurore": Person(
        "Aurore",
        "Démaret",
        "aurore.demaret@arrageois.example",
        "administratrice",
        (("numerique", ADMIN, ["numerique"]),),
    ),
    "mehdi": Person(
        "Mehdi",
        "Carlier",
        "mehdi.carlier@arrageois.example",
        "conseiller, Inclusion numérique",
        (("numerique", BASIC, ["numerique"]),),
    ),
    "fanny": Person(
        "Fanny",
        "Obled",
        "fanny.obled@arrageois.example",
        "conseillère, Inclusion numérique",
        (("numerique", BASIC, ["numerique"]),),
    ),
}


def make_agents(world) -> None:
    password = make_password(PASSWORD)  # Once: it is slow on purpose.
    for key, person in AGENTS.items():
        agent = add(
            Agent(
                email=person.email,
                first_name=person.first_name,
                last_name=person.last_name,
                password=password,
                wants_summary=key in WITH_SUMMARY,
            )
        )
        world.agents[key] = agent
        for organization, role, units in person.memberships:
            membership = add(
                Membership(
                    organization=world.organizations[organization],
                    agent=agent,
                    role=Membership.Role.ADMIN if role == ADMIN else Membership.Role.BASIC,
                    is_front_desk=role == FRONT_DESK,
                )
            )
            membership.units.set(world.units[unit] for unit in units)
            if slug := WITH_ADDRESS.get(key):
                add(PublicAddress(organization=membership.organization, membership=membership, slug=slug))
        if person.allowance:
            agent.calendar.weekly_allowance = person.allowance
            add(agent.calendar)
    add(
        TerritoryRole(
            territory=world.territory,
            agent=world.agents["helene"],
            is_admin=True,
            manages_teams=True,
            manages_access=True,
            invites_agents=True,
        )
    )


def organizations_of(person: Person) -> str:
    return ", ".join(ORGANIZATIONS[organization]["name"] for organization, _, _ in person.memberships)
