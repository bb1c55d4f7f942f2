"""The workbooks of exports: which columns, and what stands in them for each RDV or participation."""

import contextlib
import tempfile
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from openpyxl import Workbook
from openpyxl.utils import get_column_letter

from ..engine.typography import NBSP
from ..export_cells import Cells
from ..models import AppointmentStatus, Export
from ..selectors.appointment_list import AWAITING, STATES, UPCOMING
from ..templatetags.appointments import contact

# A sheet of Excel ends at 1,048,576 rows: what follows goes on to the next one.
ROWS_PER_SHEET = 1_000_000

# A sheet that is being written changes all the time.
LEFT_AFTER = timedelta(hours=1)

# Heading, width in characters.
_OF_APPOINTMENT = [
    ("N° du rendez-vous", 12),
    ("Date", 12),
    ("Début", 8),
    ("Fin", 8),
    ("Durée (min)", 9),
    ("Statut", 22),
    ("Motif", 32),
    ("Option", 20),
    ("Services", 24),
    ("Agents ou guichets", 28),
    ("Lieu", 28),
    ("Adresse", 32),
    ("Type de lieu", 14),
]
_ONE_APPOINTMENT = [
    *_OF_APPOINTMENT,
    ("Intitulé", 24),
    ("Usagers", 36),
    ("Nombre d'usagers", 10),
    ("Personnes", 10),
    ("Note pour les agents", 40),
    ("Créé par", 20),
    ("Créé le", 17),
    ("Sans rendez-vous", 10),
]
_ONE_PARTICIPATION = [
    *_OF_APPOINTMENT,
    ("Statut de la participation", 22),
    ("Prénom", 18),
    ("Nom", 22),
    ("Nom de naissance", 22),
    ("Date de naissance", 12),
    ("E-mail", 30),
    ("Téléphone", 17),
    ("Adresse de l'usager", 36),
    ("Responsable", 24),
    ("Réponses", 40),
    ("Inscrit le", 17),
    ("Prescripteur", 28),
    ("Sans rendez-vous", 10),
]
COLUMNS = {Export.Kind.APPOINTMENTS: _ONE_APPOINTMENT, Export.Kind.PARTICIPATIONS: _ONE_PARTICIPATION}
TITLES = {Export.Kind.APPOINTMENTS: "Rendez-vous", Export.Kind.PARTICIPATIONS: "Participations"}


@dataclass
class ExportWorkbook:
    """Rows go to a file as they come: what is in memory does not grow with them."""

    kind: str
    zone: ZoneInfo
    now: datetime
    rows: int = 0
    rows_per_sheet: int = ROWS_PER_SHEET
    _book: Workbook = field(default_factory=lambda: Workbook(write_only=True))

    def __post_init__(self):
        self._begin_sheet()

    def add(self, appointment) -> None:
        """Of the rows that `selectors.exports` gives: everything they show is loaded."""
        if self.kind == Export.Kind.APPOINTMENTS:
            self._append(self._appointment(appointment))
            return
        for participation in appointment.participations.all():
            self._append(self._participation(appointment, participation))

    def save(self, file) -> None:
        self._end_sheet()
        self._book.save(file)

    def throw_away(self) -> None:
        """The sheets of what was not saved, which openpyxl leaves among the temporary files until the process ends."""
        for sheet in self._book.worksheets:
            if not sheet.closed:
                sheet.close()
            if Path(sheet._writer.out).exists():
                sheet._writer.cleanup()

    def _append(self, values):
        if self._rows_of_sheet >= self.rows_per_sheet:
            self._end_sheet()
            self._begin_sheet()
        self._sheet.append(values)
        self._rows_of_sheet += 1
        self.rows += 1

    def _begin_sheet(self):
        number = len(self._book.worksheets) + 1
        title = TITLES[self.kind] if number == 1 else f"{TITLES[self.kind]} {number}"
        self._sheet, self._rows_of_sheet = self._book.create_sheet(title), 0
        self._cells = Cells(self._sheet, self.zone)
        self._sheet.freeze_panes = "B2"
        for position, (_, width) in enumerate(COLUMNS[self.kind], 1):
            self._sheet.column_dimensions[get_column_letter(position)].width = width
        self._sheet.append([self._cells.heading(heading) for heading, _ in COLUMNS[self.kind]])

    def _end_sheet(self):
        last = get_column_letter(len(COLUMNS[self.kind]))
        self._sheet.auto_filter.ref = f"A1:{last}{self._rows_of_sheet + 1}"

    def _of_appointment(self, appointment):
        cells = self._cells
        motif, location = appointment.motif, appointment.location
        return [
            appointment.pk,
            cells.day(appointment.starts_at),
            cells.time(appointment.starts_at),
            cells.time(appointment.ends_at),
            int((appointment.ends_at - appointment.starts_at).total_seconds() // 60),
            STATES[appointment.status_at(self.now)],
            cells.text(motif.name),
            cells.text(appointment.option.name if appointment.option else ""),
            cells.text(", ".join(unit.name for unit in motif.units.all())),
            cells.text(", ".join(str(calendar) for calendar in appointment.calendars.all())),
            cells.text(location.name if location else ""),
            cells.text(appointment.address or (location.address if location else "")),
            motif.get_location_kind_display(),
        ]

    def _appointment(self, appointment):
        cells = self._cells
        return [
            *self._of_appointment(appointment),
            cells.text(appointment.title),
            cells.text(appointment.people),
            appointment.occupancy.registered if appointment.is_collective else len(appointment.taking_part),
            appointment.persons,
            cells.text(appointment.context_note),
            cells.text(_made_by(appointment)),
            cells.moment(appointment.created_at),
            _came_without(appointment),
        ]

    def _participation(self, appointment, participation):
        cells, citizen = self._cells, participation.citizen
        return [
            *self._of_appointment(appointment),
            _state_of(participation, appointment, self.now),
            cells.text(citizen.first_name),
            cells.text(citizen.last_name),
            cells.text(citizen.birth_name),
            cells.day(citizen.birth_date),
            cells.text(citizen.email),
            cells.text(contact(str(citizen.phone or ""))),
            cells.text(citizen.address),
            cells.text(str(citizen.responsible) if citizen.responsible else ""),
            cells.text("\n".join(_answers(participation.answers))),
            cells.moment(participation.created_at),
            cells.text(participation.prescriber.introduced if participation.prescriber else ""),
            _came_without(appointment),
        ]


def throw_away_leftovers(*, now: datetime) -> None:
    """What workers that were killed have left here: names and phone numbers that nobody would ever take away."""
    for path in Path(tempfile.gettempdir()).glob("openpyxl.*"):
        with contextlib.suppress(OSError):  # Gone meanwhile, or somebody else's.
            if path.stat().st_mtime < (now - LEFT_AFTER).timestamp():
                path.unlink()


def _state_of(participation, appointment, now):
    """In words: who waits for a seat of a workshop is neither expected nor there."""
    if participation.is_waiting:
        return "En liste d'attente"
    if participation.status != AppointmentStatus.BOOKED:
        return STATES[participation.status]
    return STATES[UPCOMING if appointment.starts_at > now else AWAITING]


def _made_by(appointment):
    """By name where they have one here: an agent, or a prescriber with their structure."""
    prescriber = appointment.prescriber
    who = appointment.created_by or (prescriber and prescriber.introduced)
    return str(who or appointment.get_created_by_kind_display())


def _came_without(appointment):
    return "oui" if appointment.is_walk_in else None


def _answers(answers):
    for answer in answers:
        yield f"{answer.get('question', '')}{NBSP}: {answer.get('answer', '')}"
