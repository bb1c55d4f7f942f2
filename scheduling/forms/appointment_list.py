"""What the address of the list of RDVs asks for, and what its filters offer."""

from dataclasses import dataclass
from datetime import date, timedelta

from django.http import QueryDict

from organizations.addresses import day_in, id_in, words_in
from organizations.models import Citizen, Location, Motif, ServiceUnit, Team

from ..engine.phrases import format_day, format_span
from ..engine.typography import NBSP, quote
from ..models import Calendar
from ..selectors.appointment_list import ORDERS, STATES, AppointmentFilter, usual_order

LONGEST_WORDS = 200
MOST_CALENDARS = 200


def filter_in(parameters: QueryDict, *, today: date) -> AppointmentFilter:
    """`?agenda=3&agenda=5&equipe=6&motif=2&service=1&lieu=4&statut=fulfilled&du=2026-03-02&au=&usager=9&q=a&tri=-date`.

    What cannot be read filters nothing. An address that names neither days nor a citizen is about today and what
    follows; `du=` alone is about everything, the latest first.
    """
    calendars = (id_in(text) for text in parameters.getlist("agenda"))
    first_day = day_in(parameters.get("du", ""))
    if not {"du", "au", "usager"} & set(parameters):
        first_day = today
    order = parameters.get("tri", "")
    if order.removeprefix("-") not in ORDERS:
        order = usual_order(first_day)
    return AppointmentFilter(
        calendars=tuple(sorted({pk for pk in calendars if pk is not None})[:MOST_CALENDARS]),
        team=id_in(parameters.get("equipe", "")),
        motif=id_in(parameters.get("motif", "")),
        unit=id_in(parameters.get("service", "")),
        location=id_in(parameters.get("lieu", "")),
        statuses=tuple(state for state in STATES if state in parameters.getlist("statut")),
        first_day=first_day,
        last_day=day_in(parameters.get("au", "")),
        citizen=id_in(parameters.get("usager", "")),
        words=words_in(parameters)[:LONGEST_WORDS],
        order=order,
    )


@dataclass(frozen=True)
class FilterChoices:
    """What the filters offer to a member, archived motifs and desks too: their RDVs are still there."""

    asked: AppointmentFilter
    calendars: list[Calendar]
    teams: list[Team]
    motifs: list[Motif]
    units: list[ServiceUnit]
    locations: list[Location]
    citizen: Citizen | None

    @property
    def chosen(self):
        return [calendar for calendar in self.calendars if calendar.pk in self.asked.calendars]

    @property
    def chosen_ids(self):
        return self.asked.calendars

    @property
    def agents(self):
        return [calendar for calendar in self.calendars if calendar.agent_id]

    @property
    def desks(self):
        return [calendar for calendar in self.calendars if calendar.desk_id]

    @property
    def calendars_label(self):
        if not self.asked.calendars:
            return "Tous"
        if len(self.chosen) == len(self.asked.calendars) == 1:
            return str(self.chosen[0])
        return f"{len(self.asked.calendars)} choisis"

    @property
    def citizen_name(self):
        return str(self.citizen) if self.citizen else "Usager inconnu"

    @property
    def is_narrowed(self):
        """By more than the days, the status and the order."""
        asked = self.asked
        return bool(asked.calendars or asked.words) or any(
            value is not None for value in (asked.team, asked.motif, asked.unit, asked.location, asked.citizen)
        )

    @property
    def period(self) -> str:
        """« du 2 au 8 mars 2026 », « à partir du … », « jusqu'au … », or nothing."""
        first, last = self.asked.first_day, self.asked.last_day
        if first and last:
            return format_day(first) if first == last else format_span(first, last)
        if first:
            return f"à partir du {format_day(first)}"
        return f"jusqu'au {format_day(last)}" if last else ""

    @property
    def sentence(self) -> str:
        """What is asked for, in words, to tell one export from another."""
        asked = self.asked
        named = [
            ("", self.period),
            ("", ", ".join(STATES[state].lower() for state in asked.statuses)),
            ("agenda", self.calendars_label if asked.calendars else ""),
            ("équipe", _name(self.teams, asked.team)),
            ("motif", _name(self.motifs, asked.motif)),
            ("service", _name(self.units, asked.unit)),
            ("lieu", _name(self.locations, asked.location)),
            ("usager", self.citizen_name if asked.citizen is not None else ""),
            ("recherche", quote(asked.words) if asked.words else ""),
        ]
        parts = [f"{label}{NBSP}: {text}" if label else text for label, text in named if text]
        return " · ".join(parts) or "tous les rendez-vous"


def _name(rows, pk):
    if pk is None:
        return ""
    return next((str(row) for row in rows if row.pk == pk), "inconnu")


def choices_of(membership, asked: AppointmentFilter) -> FilterChoices:
    """Five queries, and one for the citizen who is asked for."""
    organization = membership.organization
    motifs = Motif.objects.visible_to(membership)
    citizens = Citizen.objects.visible_to(membership)
    return FilterChoices(
        asked=asked,
        calendars=list(Calendar.objects.visible_to(membership).for_display()),
        teams=list(Team.objects.visible_to(membership)),
        motifs=list(motifs.order_by("name", "pk")),
        units=list(
            ServiceUnit.objects.for_territory(organization.territory_id)
            .filter(motifs__in=motifs.order_by())
            .distinct()
            .order_by("name", "pk")
        ),
        locations=list(Location.objects.for_organization(organization).order_by("name", "pk")),
        citizen=None if asked.citizen is None else citizens.filter(pk=asked.citizen).first(),
    )


def periods_around(today: date) -> list[tuple[str, date | None, date | None]]:
    """Label, first and last day of what people ask for most."""
    monday = today - timedelta(days=today.weekday())
    first_of_month = today.replace(day=1)
    next_month = (first_of_month + timedelta(days=32)).replace(day=1)
    return [
        ("Aujourd'hui", today, today),
        ("Cette semaine", monday, monday + timedelta(days=6)),
        ("Ce mois-ci", first_of_month, next_month - timedelta(days=1)),
        ("À partir d'aujourd'hui", today, None),
        ("Tout", None, None),
    ]
