"""Test data: `make_x(*, …)` creates an X and whatever it needs that was not given.

The clock of the tests is `NOW`, an ordinary Monday morning; `paris(day, hour)` is a wall-clock time as an instant.
"""

from datetime import date, datetime, time, timedelta
from itertools import count
from zoneinfo import ZoneInfo

from organizations.models import (
    Agent,
    Citizen,
    CitizenAccess,
    Desk,
    Invitation,
    Location,
    Membership,
    Motif,
    MotifOption,
    Organization,
    PartnerType,
    Prescriber,
    PublicAddress,
    ServiceUnit,
    Team,
    Territory,
    TerritoryRole,
)
from organizations.services.invitations import invite_agents
from organizations.services.prescribers import remember_prescriber
from scheduling.engine.intervals import Interval
from scheduling.engine.notation import parse_hours
from scheduling.models import (
    AgendaView,
    Appointment,
    Closure,
    DirectoryImport,
    DirectoryImportRow,
    Export,
    ExportChunk,
    MotifBulkEdit,
    Participation,
    Unavailability,
)
from scheduling.motif_fields import BULK_FIELDS
from scheduling.selectors.motif_bulk_edits import plan_bulk_edit
from scheduling.services.actors import Actor
from scheduling.services.agenda_views import save_agenda_view
from scheduling.services.booking import Attendee, Details, place_appointment
from scheduling.services.exports import KEPT_FOR
from scheduling.services.motif_bulk_edits import apply_bulk_edit
from scheduling.services.opening_days import add_closure
from scheduling.services.openings import open_hours
from scheduling.services.participants import add_participant
from scheduling.services.reference_weeks import create_reference_week
from scheduling.services.unavailabilities import add_unavailability
from scheduling.services.workshops import create_workshops

PARIS = ZoneInfo("Europe/Paris")
MONDAY = date(2026, 3, 2)  # An ordinary week: no public holiday, no clock change.
TUESDAY, WEDNESDAY, THURSDAY, FRIDAY = (MONDAY + timedelta(days=n) for n in range(1, 5))

PASSWORD = "correct horse battery"

_number = count(1)


def paris(day, hour, minute=0):
    return datetime.combine(day, time(hour, minute), PARIS)


NOW = paris(MONDAY, 7)


def make_territory(**fields):
    n = next(_number)
    return Territory.objects.create(**{"name": f"Territoire {n}", "slug": f"territoire-{n}"} | fields)


def make_organization(*, territory=None, **fields):
    n = next(_number)
    territory = territory or make_territory()
    return Organization.objects.create(
        territory=territory, **{"name": f"Organisation {n}", "slug": f"organisation-{n}"} | fields
    )


def make_unit(*, territory=None, **fields):
    n = next(_number)
    return ServiceUnit.objects.create(territory=territory or make_territory(), **{"name": f"Service {n}"} | fields)


def make_partner_type(*, territory=None, **fields):
    n = next(_number)
    return PartnerType.objects.create(territory=territory or make_territory(), **{"name": f"Partenaire {n}"} | fields)


def make_team(*, territory=None, agents=(), **fields):
    n = next(_number)
    team = Team.objects.create(territory=territory or make_territory(), **{"name": f"Équipe {n}"} | fields)
    team.agents.set(agents)
    return team


def make_agent(*, organization=None, role=Membership.Role.BASIC, units=(), is_front_desk=False, **fields):
    """An agent who can sign in with PASSWORD; a member of `organization`, or of none."""
    n = next(_number)
    agent = Agent.objects.create_user(
        **{"email": f"agent{n}@example.org", "password": PASSWORD, "first_name": "Alix", "last_name": f"Agent{n}"}
        | fields
    )
    if organization:
        make_membership(agent=agent, organization=organization, role=role, units=units, is_front_desk=is_front_desk)
    return agent


def make_membership(*, agent=None, organization=None, role=Membership.Role.BASIC, units=(), **fields):
    membership = Membership.objects.create(
        agent=agent or make_agent(), organization=organization or make_organization(), role=role, **fields
    )
    membership.units.set(units)
    return membership


def make_invitation(*, organization=None, now=NOW, email=None, **fields) -> Invitation:
    """Sent through the service, by an administrator of the organization."""
    organization = organization or make_organization()
    invited = invite_agents(
        organization=organization,
        emails=[email or f"invite{next(_number)}@example.org"],
        invited_by=make_agent(organization=organization, role=Membership.Role.ADMIN),
        now=now,
        **fields,
    )
    return invited.sent[0]


def make_territory_admin(*, territory):
    agent = make_agent()
    TerritoryRole.objects.create(territory=territory, agent=agent, is_admin=True)
    return agent


def make_territory_agent(*, organization, **rights):
    """A plain agent of the organization who has these rights on its territory."""
    agent = make_agent(organization=organization)
    TerritoryRole.objects.create(territory=organization.territory, agent=agent, **rights)
    return agent


def make_motif(*, organization=None, units=(), **fields):
    n = next(_number)
    motif = Motif.objects.create(
        organization=organization or make_organization(),
        **{
            "name": f"Motif {n}",
            "slug": f"motif-{n}",
            "booking_audience": Motif.BookingAudience.EVERYONE,
        }
        | fields,
    )
    motif.units.set(units)
    return motif


def make_motif_bulk_edit(*, motif=None, made_by=None, now=NOW) -> MotifBulkEdit:
    """Through the service: the motif lasts 50 minutes from then on."""
    motif = motif or make_motif()
    edited = {
        "motifs": Motif.objects.filter(pk=motif.pk),
        "field": BULK_FIELDS["duration"],
        "value": timedelta(minutes=50).total_seconds(),
    }
    return apply_bulk_edit(
        territory=motif.organization.territory,
        expected=plan_bulk_edit(**edited).fingerprint,
        made_by=made_by or make_agent(),
        now=now,
        **edited,
    )


def make_option(*, motif=None, **fields):
    motif = motif or make_motif()
    return MotifOption.objects.create(
        organization=motif.organization, motif=motif, **{"name": f"Option {next(_number)}"} | fields
    )


def make_location(*, organization=None, **fields):
    n = next(_number)
    return Location.objects.create(
        organization=organization or make_organization(),
        **{"name": f"Lieu {n}", "street": f"{n} rue de la Paix", "postal_code": "62000", "city": "Arras"} | fields,
    )


def make_desk(*, organization=None, location=None, motifs=(), units=(), **fields):
    organization = organization or (location.organization if location else make_organization())
    desk = Desk.objects.create(
        organization=organization,
        location=location or make_location(organization=organization),
        **{"name": f"Guichet {next(_number)}", "kind": "Identité"} | fields,
    )
    desk.motifs.set(motifs)
    desk.units.set(units)
    return desk


def make_public_address(*, organization=None, desk=None, agent=None, slug=None, shown_name="") -> PublicAddress:
    """Of a desk, or of an agent, a new one unless given, in the organization."""
    organization = organization or (desk.organization if desk else make_organization())
    membership = None
    if desk is None:
        agent = agent or make_agent(organization=organization)
        membership = Membership.objects.for_organization(organization).get(agent=agent)
    return PublicAddress.objects.create(
        organization=organization,
        membership=membership,
        desk=desk,
        slug=slug or f"adresse-{next(_number)}",
        shown_name=shown_name,
    )


def make_calendar(*, organization=None, **fields):
    """The calendar of a new agent of the organization; `weekly_allowance` and the like as keywords."""
    calendar = make_agent(organization=organization or make_organization()).calendar
    for name, value in fields.items():
        setattr(calendar, name, value)
    calendar.save()
    return calendar


def make_opening(*, calendar=None, organization=None, motifs=(), now=NOW, **fields):
    """Monday 9 h to 12 h, through the service: windows are there. The agent is of the organization from then on."""
    motifs = list(motifs)
    organization = organization or (motifs[0].organization if motifs else make_organization())
    motifs = motifs or [make_motif(organization=organization)]
    if calendar and calendar.agent_id:
        Membership.objects.get_or_create(organization=organization, agent=calendar.agent)
    defaults = {"first_day": MONDAY, "start_time": time(9), "end_time": time(12)}
    if "location" not in fields:
        defaults["location"] = make_location(organization=organization)
    return open_hours(
        organization=organization,
        calendar=calendar or make_calendar(organization=organization),
        motifs=motifs,
        now=now,
        **defaults | fields,
    )


def make_unavailability(*, calendar=None, organization=None, now=NOW, **fields) -> Unavailability:
    organization = organization or make_organization()
    return add_unavailability(
        organization=organization,
        calendar=calendar or make_calendar(organization=organization),
        now=now,
        **{"first_day": MONDAY, "start_time": time(9), "end_time": time(12)} | fields,
    )


def make_closure(*, organization, now=NOW, **fields) -> Closure:
    return add_closure(
        territory=organization.territory,
        organization=organization,
        now=now,
        **{"first_day": MONDAY, "last_day": MONDAY, "label": "Inventaire"} | fields,
    )


def make_reference_week(*, organization=None, name=None, **by_day):
    """`make_reference_week(monday="9h-12h")`: the notation of each day; a week without days is closed."""
    days = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
    return create_reference_week(
        organization=organization or make_organization(),
        name=name or f"Semaine {next(_number)}",
        hours=[parse_hours(by_day.get(day, "")) for day in days],
    )


def make_import(*, territory, now=NOW, **fields) -> DirectoryImport:
    """A table of one place, examined and not imported yet."""
    job = DirectoryImport.objects.create(
        territory=territory,
        **{
            "actor": make_territory_admin(territory=territory),
            "kind": "locations",
            "file_name": "lieux.csv",
            "content": b"nom\nAnnexe\n",
            "row_count": 1,
            "done_count": 1,
            "status": "checked",
            "counts": {"created": 1},
            "created_at": now,
            "touched_at": now,
        }
        | fields,
    )
    DirectoryImportRow.objects.create(
        territory=territory,
        directory_import=job,
        step="check",
        number=0,
        line=2,
        result="created",
        label="Annexe",
        changes=[["Nom", "", "Annexe"]],
    )
    return job


def make_citizen(*, organization=None, territory=None, units=(), **fields):
    n = next(_number)
    territory = territory or (organization.territory if organization else make_territory())
    citizen = Citizen.objects.create(
        territory=territory,
        **{"first_name": "Camille", "last_name": f"Usager{n}", "email": f"usager{n}@example.org"} | fields,
    )
    if organization:
        for unit in list(units) or [None]:
            CitizenAccess.objects.create(citizen=citizen, organization=organization, unit=unit)
    return citizen


def make_appointment(
    *, motif=None, organization=None, calendar=None, citizen=None, starts_at=None, location=None, now=NOW, **fields
) -> Appointment:
    """Placed by hand (Monday 9 h), on a slot or not, through the service."""
    organization = organization or (motif.organization if motif else make_organization())
    motif = motif or make_motif(organization=organization)
    calendar = calendar or make_calendar(organization=organization)
    starts_at = starts_at or paris(MONDAY, 9)
    on_site = motif.location_kind == Motif.LocationKind.ON_SITE
    return place_appointment(
        motif=motif,
        period=Interval(starts_at, starts_at + fields.pop("duration", motif.duration)),
        calendar_ids=[calendar.pk],
        attendees=[Attendee(citizen or make_citizen(organization=organization))],
        actor=fields.pop("actor", None) or Actor.of(make_agent(organization=organization)),
        location_id=(location or make_location(organization=organization)).pk if on_site else None,
        details=fields.pop("details", Details()),
        now=now,
        **fields,
    )


def make_appointment_elsewhere(*, booked_from, agent, citizen, **fields) -> Appointment:
    """Of a sister organization, for a citizen of `booked_from`, as if `agent` had found it by widening a search."""
    opening = make_opening(organization=make_organization(territory=booked_from.territory))
    appointment = make_appointment(
        motif=opening.motifs.get(),
        calendar=opening.calendar,
        location=opening.location,
        citizen=citizen,
        actor=Actor.of(agent),
        **fields,
    )
    appointment.booked_from = booked_from
    appointment.save(update_fields=["booked_from"])
    return appointment


def make_prescriber(*, territory=None, **fields) -> Prescriber:
    n = next(_number)
    return remember_prescriber(
        territory=territory or make_territory(),
        **{"email": f"prescripteur{n}@example.org", "first_name": "Jo", "last_name": f"Prescripteur{n}"} | fields,
    )


def make_agenda_view(*, agent, organization, calendars=(), **fields) -> AgendaView:
    return save_agenda_view(
        organization=organization,
        agent=agent,
        calendar_ids=[calendar.pk for calendar in calendars],
        **{"name": f"Vue {next(_number)}"} | fields,
    )


def make_workshop(
    *, organization=None, motif=None, calendar=None, seats=3, starts_at=None, location=None, now=NOW, **details
) -> Appointment:
    """Monday 9 h, for an hour, through the service; fields of `Details` as keywords."""
    organization = organization or (motif.organization if motif else make_organization())
    motif = motif or make_motif(organization=organization, is_collective=True, duration=timedelta(hours=1))
    starts_at = starts_at or paris(MONDAY, 9)
    return create_workshops(
        motif=motif,
        periods=[Interval(starts_at, starts_at + motif.duration)],
        calendar_ids=[(calendar or make_calendar(organization=organization)).pk],
        location_id=(location or make_location(organization=organization)).pk,
        details=Details(seats=seats, **details),
        actor=Actor.of(make_agent(organization=organization)),
        now=now,
    )[0]


def make_participation(*, workshop, citizen=None, now=NOW, may_wait=True, **attendance) -> Participation:
    """Registered through the service, or in the queue."""
    return add_participant(
        appointment=workshop,
        attendee=Attendee(citizen or make_citizen(organization=workshop.organization), **attendance),
        actor=Actor.of(workshop.created_by),
        now=now,
        may_wait=may_wait,
    )


def make_export(*, agent, organization, now=NOW) -> Export:
    """Ready, with a file that nobody wrote: `services.exports` writes whole ones."""
    export = Export.objects.create(
        organization=organization,
        agent=agent,
        kind=Export.Kind.APPOINTMENTS,
        description="tous les rendez-vous",
        fingerprint=f"{next(_number):064}",
        status=Export.Status.READY,
        asked_at=now,
        finished_at=now,
        expires_at=now + KEPT_FOR,
        size=4,
    )
    ExportChunk.objects.create(organization=organization, export=export, number=0, data=b"PK..")
    return export
