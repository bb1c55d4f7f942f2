"""The data: territories of 1,000 calendars, with hours, absences and RDVs. Written in bulk, without windows.

A territory has 50 organizations at one place each, an organization 10 agents and 10 desks. Every calendar is open
from Monday to Friday, 9 h to 12 h and 13 h 30 to 17 h, for the three motifs of its organization, is away on one
afternoon a week and has four RDVs in its first weeks.
"""

from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from organizations.models import Agent, Citizen, Desk, Location, Membership, Motif, Organization, Territory
from scheduling.models import (
    Appointment,
    AppointmentCalendar,
    Calendar,
    CreatedBy,
    Opening,
    OpeningMotif,
    Unavailability,
)

FIRST_DAY = date(2026, 3, 2)  # A Monday; the clocks change on the last Sunday of the month.
NOW = datetime.combine(FIRST_DAY, time(7), ZoneInfo("Europe/Paris"))
HORIZON = timedelta(days=90)

ORGANIZATIONS = 50
TERRITORIES = 10
AGENTS = DESKS = 10
CALENDARS = ORGANIZATIONS * (AGENTS + DESKS)

HOURS = [(time(9), time(12)), (time(13, 30), time(17))]
EVERY_WEEKDAY = "FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR"
WEEKDAYS = ("MO", "TU", "WE", "TH", "FR")
DURATIONS = [timedelta(minutes=30), timedelta(minutes=45), timedelta(hours=1)]

# Windows are kept for the longest maximum delay and a week more.
MAXIMUM_DELAY = HORIZON - timedelta(days=7)


def build_territory(number: int) -> Territory:
    """1,000 more calendars. No window is there before the night."""
    territory = Territory.objects.create(name=f"Territoire {number}", slug=f"territoire-{number}")
    for n in range(ORGANIZATIONS):
        organization = Organization.objects.create(
            territory=territory, name=f"Organisation {n}", slug=f"organisation-{number}-{n}"
        )
        _open(organization, _motifs(organization), _place(organization))
    return territory


def motif_of(organization: Organization) -> Motif:
    """The one whose slots are asked for: half an hour."""
    return Motif.objects.select_related("organization__territory").get(organization=organization, slug="motif-0")


def motifs_of(territory: Territory) -> list[Motif]:
    motifs = Motif.objects.select_related("organization__territory")
    return list(motifs.filter(organization__territory=territory, slug="motif-0").order_by("pk"))


def _motifs(organization):
    return Motif.objects.bulk_create(
        Motif(
            organization=organization,
            name=f"Motif {n}",
            slug=f"motif-{n}",
            duration=duration,
            booking_audience=Motif.BookingAudience.EVERYONE,
            minimum_delay=timedelta(minutes=30),
            maximum_delay=MAXIMUM_DELAY,
            maximum_delay_months=None,
        )
        for n, duration in enumerate(DURATIONS)
    )


def _place(organization):
    return Location.objects.create(
        organization=organization, name="Maison", street="1 rue de la Paix", postal_code="62000", city="Arras"
    )


def _open(organization, motifs, place):
    calendars = _calendars(organization, place)
    openings = Opening.objects.bulk_create(
        Opening(
            organization=organization,
            calendar=calendar,
            location=place,
            first_day=FIRST_DAY,
            start_time=start,
            end_time=end,
            rrule=EVERY_WEEKDAY,
        )
        for calendar in calendars
        for start, end in HOURS
    )
    OpeningMotif.objects.bulk_create(
        OpeningMotif(organization=organization, opening=opening, motif=motif)
        for opening in openings
        for motif in motifs
    )
    Unavailability.objects.bulk_create(
        Unavailability(
            organization=organization,
            calendar=calendar,
            title="Réunion",
            first_day=FIRST_DAY,
            start_time=time(15),
            end_time=time(17),
            rrule=f"FREQ=WEEKLY;BYDAY={WEEKDAYS[calendar.pk % 5]}",
        )
        for calendar in calendars
    )
    _book(organization, motifs[0], place, calendars)


def _calendars(organization, place):
    agents = Agent.objects.bulk_create(
        Agent(email=f"agent-{organization.pk}-{n}@example.org", password="!", first_name="Alix", last_name=f"Agent {n}")
        for n in range(AGENTS)
    )
    Membership.objects.bulk_create(Membership(organization=organization, agent=agent) for agent in agents)
    desks = Desk.objects.bulk_create(
        Desk(organization=organization, location=place, name=f"Guichet {n}") for n in range(DESKS)
    )
    # What the signals of single saves would do.
    return Calendar.objects.bulk_create(
        [*(Calendar(agent=agent) for agent in agents), *(Calendar(desk=desk) for desk in desks)]
    )


def _book(organization, motif, place, calendars):
    citizen = Citizen.objects.create(territory=organization.territory, first_name="Camille", last_name="Usager")
    starts = [(calendar, _start(calendar, week)) for calendar in calendars for week in range(4)]
    appointments = Appointment.objects.bulk_create(
        Appointment(
            organization=organization,
            motif=motif,
            location=place,
            starts_at=start,
            ends_at=start + motif.duration,
            created_by_kind=CreatedBy.CITIZEN,
            created_at=NOW,
            placed_at=NOW,
        )
        for _, start in starts
    )
    AppointmentCalendar.objects.bulk_create(
        AppointmentCalendar(
            organization=organization,
            appointment=appointment,
            calendar=calendar,
            starts_at=appointment.starts_at,
            ends_at=appointment.ends_at,
        )
        for appointment, (calendar, _) in zip(appointments, starts, strict=True)
    )
    return citizen


def _start(calendar, week):
    day = FIRST_DAY + timedelta(days=7 * week + calendar.pk % 5)
    return datetime.combine(day, time(10), NOW.tzinfo)
