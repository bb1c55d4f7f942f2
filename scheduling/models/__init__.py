from .agenda_views import AgendaView
from .appointment_calendars import AppointmentCalendar
from .appointment_events import AppointmentEvent
from .appointment_statuses import COME, OCCUPYING, AppointmentStatus, CreatedBy
from .appointments import Appointment
from .calendars import Calendar
from .conflicts import Conflict
from .earlier_slots import MOST_OFFERS, EarlierSlotRequest, FreedTime, SlotOffer
from .exports import Export, ExportChunk
from .imports import DirectoryImport, DirectoryImportRow, ImportKind, ImportStatus, ImportStep, RowResult
from .merges import FormerParticipation
from .motif_bulk_edits import MotifBulkEdit
from .opening_days import Closure, HolidaySwitch
from .openings import Opening, OpeningMotif, Unavailability
from .participations import Participation
from .reference_weeks import ReferenceRange, ReferenceWeek
from .visits import VisitStage
from .windows import HOLD_LASTS, FreeWindow, Hold, NightlyBatch, NightlyRun

__all__ = [
    "COME",
    "HOLD_LASTS",
    "MOST_OFFERS",
    "OCCUPYING",
    "AgendaView",
    "Appointment",
    "AppointmentCalendar",
    "AppointmentEvent",
    "AppointmentStatus",
    "Calendar",
    "Closure",
    "Conflict",
    "CreatedBy",
    "DirectoryImport",
    "DirectoryImportRow",
    "EarlierSlotRequest",
    "Export",
    "ExportChunk",
    "FormerParticipation",
    "FreeWindow",
    "FreedTime",
    "Hold",
    "HolidaySwitch",
    "ImportKind",
    "ImportStatus",
    "ImportStep",
    "MotifBulkEdit",
    "NightlyBatch",
    "NightlyRun",
    "Opening",
    "OpeningMotif",
    "Participation",
    "ReferenceRange",
    "ReferenceWeek",
    "RowResult",
    "SlotOffer",
    "Unavailability",
    "VisitStage",
]
