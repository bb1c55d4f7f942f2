"""What agents look through all day: the list of 100,000 RDVs of one organization, and its export.

Rows that no test of a service needs are written in bulk: nothing here measures writing.
"""

import os
import subprocess
import sys
from datetime import datetime, time, timedelta
from functools import partial

from django.db import connection

from organizations.models import Agent, Citizen, Location, Membership, Motif, Organization, ServiceUnit, Territory
from scheduling.models import (
    Appointment,
    AppointmentCalendar,
    AppointmentStatus,
    Calendar,
    CreatedBy,
    Export,
    Participation,
)
from scheduling.selectors.appointment_list import (
    PER_PAGE,
    AppointmentFilter,
    asked_appointments,
    count_by_status,
    ids_in_order,
    page_of,
    with_statuses,
)
from scheduling.services.exports import request_export

from . import data, libreoffice
from .measure import median_seconds, milliseconds_in_database, plan_of, query_of
from .server import connect, settle

APPOINTMENTS = 100_000
CALENDARS = 40
CITIZENS = 20_000
UNITS = MOTIFS = 10
BATCH = 5000
ROUNDS = 20

# Of all the RDVs: past ones with their outcome, some that nobody has told, and those to come.
PAST_DAYS, COMING_DAYS = 700, 60
OUTCOMES = (
    [AppointmentStatus.FULFILLED] * 7 + [AppointmentStatus.NO_SHOW] * 2 + [AppointmentStatus.CANCELLED_BY_CITIZEN]
)

SORTED_OUT = (
    "Nothing in the row says it: all 100 000 are looked at to find the first 50. A period or any other filter leaves "
    "few of them"
)


def measure(report):
    report.say(f"Building {APPOINTMENTS} RDVs of one organization …")
    admin, agent = build_organization()
    settle()
    _list(report, admin, agent)
    _export(report, admin)


def build_organization():
    """An administrator of an organization with that many RDVs, and a plain agent who sees a tenth and their own."""
    territory = Territory.objects.create(name="Territoire des listes", slug="listes")
    organization = Organization.objects.create(territory=territory, name="Maison des listes", slug="listes")
    units = ServiceUnit.objects.bulk_create(ServiceUnit(territory=territory, name=f"Service {n}") for n in range(UNITS))
    motifs = Motif.objects.bulk_create(
        Motif(organization=organization, name=f"Motif {n}", slug=f"motif-{n}") for n in range(MOTIFS)
    )
    for motif, unit in zip(motifs, units, strict=True):
        motif.units.add(unit)
    place = Location.objects.create(
        organization=organization, name="Maison", street="1 rue de la Paix", postal_code="62000", city="Arras"
    )
    agents = Agent.objects.bulk_create(
        Agent(email=f"liste-{n}@example.org", password="!", first_name="Alix", last_name=f"Agent {n:02}")
        for n in range(CALENDARS)
    )
    calendars = Calendar.objects.bulk_create(Calendar(agent=agent) for agent in agents)
    Membership.objects.create(organization=organization, agent=agents[0], role=Membership.Role.ADMIN)
    for agent in agents[1:]:
        Membership.objects.create(organization=organization, agent=agent).units.add(units[agent.pk % UNITS])
    citizens = Citizen.objects.bulk_create(_citizen(territory, n) for n in range(CITIZENS))
    for first in range(0, APPOINTMENTS, BATCH):
        _book(organization, motifs, place, calendars, citizens, range(first, first + BATCH))
    return [Membership.objects.of(agent, organization.slug) for agent in agents[:2]]


def _citizen(territory, n):
    citizen = Citizen(
        territory=territory,
        first_name=f"Camille {n % 97}",
        last_name=f"Usager {n}",
        email=f"camille-{n}@example.org",
        phone=f"+336{n:08}",
    )
    citizen.search_text = f"camille {n % 97} usager {n} 336{n:08} 06{n:08}"
    return citizen


def _book(organization, motifs, place, calendars, citizens, numbers):
    appointments = Appointment.objects.bulk_create(_appointment(organization, motifs, place, n) for n in numbers)
    AppointmentCalendar.objects.bulk_create(
        AppointmentCalendar(
            organization=organization,
            appointment=appointment,
            calendar=calendars[n % CALENDARS],
            starts_at=appointment.starts_at,
            ends_at=appointment.ends_at,
            is_occupying=appointment.status != AppointmentStatus.CANCELLED_BY_CITIZEN,
        )
        for n, appointment in zip(numbers, appointments, strict=True)
    )
    Participation.objects.bulk_create(
        Participation(
            organization=organization,
            territory_id=organization.territory_id,
            appointment=appointment,
            citizen=citizens[n * 7 % CITIZENS],
            status=appointment.status,
            created_at=data.NOW,
        )
        for n, appointment in zip(numbers, appointments, strict=True)
    )


def _appointment(organization, motifs, place, n):
    """One after another on each calendar, spread over the days."""
    turn, days = n // CALENDARS, PAST_DAYS + COMING_DAYS
    day = data.FIRST_DAY + timedelta(days=turn % days - PAST_DAYS)
    start = datetime.combine(day, time(9), data.NOW.tzinfo) + timedelta(minutes=30 * (turn // days))
    is_told = start < data.NOW and n % 50
    return Appointment(
        organization=organization,
        motif=motifs[n % 11 % MOTIFS],
        location=place,
        starts_at=start,
        ends_at=start + timedelta(minutes=30),
        status=OUTCOMES[n % len(OUTCOMES)] if is_told else AppointmentStatus.BOOKED,
        context_note="=Vu avec la famille, à revoir au printemps" if n % 5 == 0 else "",
        created_by_kind=CreatedBy.CITIZEN,
        created_at=data.NOW,
        placed_at=data.NOW,
    )


def _list(report, admin, agent):
    section = report.section(
        "The list of RDVs",
        f"{APPOINTMENTS:,} RDVs of one organization on {CALENDARS} calendars; ".replace(",", " ")
        + f"pages of {PER_PAGE}. In the database: planning, execution and rows made ready to be sent; medians. "
        "The administrator sees all of them, the agent those of one service in ten and their own.",
    )
    today, ever = AppointmentFilter(first_day=data.FIRST_DAY), AppointmentFilter(order="-date")
    by_motif, by_status = AppointmentFilter(order="motif"), AppointmentFilter(order="statut")
    queries = [
        ("page from today on", "list-page", 5, partial(_page, admin, today), ""),
        ("page of all, latest first", "list-page-ever", 5, partial(_page, admin, ever), ""),
        ("the last page of all", "list-page-last", 50, partial(_page, admin, ever, page=APPOINTMENTS // PER_PAGE), ""),
        ("page of all, as an agent", "list-page-agent", 50, partial(_page, agent, ever), ""),
        ("counters of all", "list-counters", 150, partial(_counters, admin, ever), ""),
        ("counters of all, as an agent", "list-counters-agent", 150, partial(_counters, agent, ever), ""),
        ("counters from today on", "list-counters-today", 20, partial(_counters, admin, today), ""),
        ("page of a name", "list-page-name", 20, partial(_page, admin, AppointmentFilter(words="usager 123")), ""),
        (
            "page of all, by motif",
            "list-page-motif",
            200,
            partial(_page, admin, by_motif),
            SORTED_OUT,
        ),
        (
            "page of all, by status",
            "list-page-status",
            200,
            partial(_page, admin, by_status),
            SORTED_OUT,
        ),
    ]
    with connect() as session:
        for name, plan, mark, query_maker, why in queries:
            query = query_of(query_maker)
            (milliseconds,) = milliseconds_in_database(query, [session], rounds=ROUNDS)
            report.plans[plan] = plan_of(query, session)
            section.add(name, milliseconds, "ms", mark=mark, why=why)
    by_agent = AppointmentFilter(order="agent")
    section.add("page of all, by agent, whole call", _whole(admin, by_agent), "ms")
    section.add("counters and page from today on, whole calls", _whole(admin, today), "ms")
    section.add("counters and page of all, whole calls", _whole(admin, ever), "ms")


def _ids(membership, asked):
    appointments = with_statuses(asked_appointments(membership, asked), asked.statuses, now=data.NOW)
    return ids_in_order(appointments, asked, membership=membership, now=data.NOW)


def _page(membership, asked, *, page=1):
    return list(_ids(membership, asked)[(page - 1) * PER_PAGE : page * PER_PAGE])


def _counters(membership, asked):
    return count_by_status(asked_appointments(membership, asked), now=data.NOW)


def _whole(membership, asked):
    def call():
        number = sum(_counters(membership, asked).values())
        return page_of(_ids(membership, asked), 1, count=number)

    return median_seconds(call, rounds=5) * 1000


def _export(report, admin):
    """Each kind in a process of its own, as in a worker: what it needs at its highest above what it needs idle."""
    section = report.section(
        "The export of the list",
        f"{APPOINTMENTS:,}".replace(",", " ") + " RDVs, each in a process of its own, as a worker would.",
    )
    for kind in Export.Kind:
        export = request_export(
            membership=admin, kind=kind, asked=AppointmentFilter(), description="tout", now=data.NOW
        )
        seconds, above_idle = _write_elsewhere(export.pk)
        export.refresh_from_db()
        section.add(f"{kind.label}: rows", export.rows, mark=APPOINTMENTS, at_least=True)
        section.add(f"{kind.label}: memory above idle", above_idle, "MiB", mark=150)
        section.add(f"{kind.label}: time", seconds, "s")
        section.add(f"{kind.label}: file", export.size / 2**20, "MiB")
        if seen := libreoffice.opened(b"".join(export.chunks.order_by("number").values_list("data", flat=True))):
            section.add(f"{kind.label}: opened in LibreOffice", seen.seconds, "s")
            section.add(f"{kind.label}: rows that it shows", seen.rows, mark=APPOINTMENTS, at_least=True)
            # When it begins, and when it was booked or registered.
            section.add(f"{kind.label}: cells that it knows as dates", seen.dates, mark=2 * APPOINTMENTS, at_least=True)


def _write_elsewhere(export_id):
    connection.close()
    answer = subprocess.run(
        [sys.executable, "-m", "benchmarks.export_memory", str(export_id)],
        env=os.environ,
        check=True,
        capture_output=True,
        text=True,
    )
    seconds, above_idle = answer.stdout.split()
    return float(seconds), float(above_idle)
