"""An explanation as a page shows it: in words, as a picture, and with the way to what can be mended."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.urls import reverse

from .day_picture import Axis
from .engine.delays import Delay, describe_delay, describe_duration
from .engine.explanation import Piece, Reason, Rule
from .engine.intervals import Interval
from .engine.phrases import format_day, format_end_time, format_time
from .engine.typography import NBSP, count, enumerate_words
from .models import Opening
from .permissions import can_manage_calendar
from .selectors.explanation import CalendarDay, Explanation

# What the picture distinguishes, with the words of its key.
FREE = "free"
KINDS = {
    FREE: "Créneaux proposés",
    "appointment": "Rendez-vous",
    "unavailability": "Indisponibilité",
    "hold": "Retenu par un visiteur",
    "pause": "Pause",
    "closed": "Jour fermé",
    "unusable": "Ne sert pas à ce motif",
    "delay": "Hors des délais",
    "short": "Reste trop court",
}
# How a rule is drawn, and named in a sum of hours.
_RULES = {
    Rule.COLLECTIVE: ("unusable", "motif collectif"),
    Rule.ARCHIVED_MOTIF: ("unusable", "motif archivé"),
    Rule.NO_REFERENT: ("unusable", "pas d'agent référent"),
    Rule.ARCHIVED_DESK: ("unusable", "guichet archivé"),
    Rule.OTHER_MOTIF: ("unusable", "autres motifs"),
    Rule.NO_PLACE: ("unusable", "plage sans lieu"),
    Rule.CLOSED_PLACE: ("unusable", "lieu fermé"),
    Rule.HIDDEN_PLACE: ("unusable", "lieu caché du portail"),
    Rule.CLOSED_DAY: ("closed", "jour fermé"),
    Rule.UNAVAILABILITY: ("unavailability", "indisponibilité"),
    Rule.APPOINTMENT: ("appointment", "rendez-vous"),
    Rule.HOLD: ("hold", "créneau retenu"),
    Rule.PAUSE: ("pause", "pause"),
    Rule.TOO_SHORT: ("short", "reste trop court"),
    Rule.PAST: ("delay", "déjà passé"),
    Rule.TOO_SOON: ("delay", "délai minimum"),
    Rule.TOO_LATE: ("delay", "délai maximum"),
}
_ABSENT = {
    Rule.EXCLUDED_DAY: "cette date est retirée de la série",
    Rule.CLOCK_CHANGE: "le changement d'heure la supprime cette nuit-là",
}
MOST_STARTS = 12


@dataclass(frozen=True)
class Line:
    """One rule of a piece in words; `url` leads to what may be mended, for those who may."""

    words: str
    url: str = ""
    link: str = ""


@dataclass(frozen=True)
class DrawnPiece:
    """`x` and `width` in percent of the picture; `starts` are the ticks of what is on offer."""

    interval: Interval
    kind: str
    lines: list[Line]
    x: str
    width: str
    starts: list[str]

    @property
    def words(self) -> str:
        return f"{NBSP}; ".join(line.words for line in self.lines)


@dataclass(frozen=True)
class Lane:
    """One occurrence of an opening; `y` is where it lies in the picture, beside others it does not overlap."""

    opening: Opening
    interval: Interval
    carries_motif: bool
    y: int
    pieces: list[DrawnPiece]


@dataclass(frozen=True)
class CalendarPage:
    found: CalendarDay
    slots: int
    verdict: str
    absences: list[Line]
    lanes: list[Lane]
    kinds: dict[str, str]
    add_url: str

    @property
    def height(self) -> int:
        return max((lane.y for lane in self.lanes), default=0) + LANE


TOP, LANE = 24, 36


class ExplanationPages:
    """What `explanation` says to one member. No query, if the calendars came from `for_display`."""

    def __init__(self, explanation: Explanation, *, membership, citizen=None):
        self.explanation, self.membership, self.citizen = explanation, membership, citizen
        self.zone = explanation.zone
        intervals = [shown.timeline.interval for found in explanation.calendars for shown in found.timelines]
        self.axis = Axis.around(intervals, self.zone) if intervals else None

    @property
    def calendars(self) -> list[CalendarPage]:
        return [self._calendar(found) for found in self.explanation.calendars]

    def _calendar(self, found):
        manages = can_manage_calendar(self.membership, found.calendar)
        rows = _rows_of([shown.timeline.interval for shown in found.timelines])
        lanes = [self._lane(row, shown, manages) for row, shown in zip(rows, found.timelines, strict=True)]
        drawn = {piece.kind for lane in lanes for piece in lane.pieces}
        return CalendarPage(
            found=found,
            slots=len(found.slots),
            verdict=self._verdict(found),
            absences=[self._absence(absence, manages) for absence in found.absences],
            lanes=lanes,
            kinds={kind: label for kind, label in KINDS.items() if kind in drawn},
            add_url=f"{self._url('opening_add')}?agenda={found.calendar.pk}" if manages else "",
        )

    def _verdict(self, found):
        if found.slots:
            return _starts(found.slots, self.zone)
        if found.reasons:
            return f"{'. '.join(reason.label for reason in found.reasons)}."
        if not found.has_opening_of_motif:
            return self._without_opening(found)
        opened, lost, overlap = timedelta(0), defaultdict(timedelta), False
        for shown in found.timelines:
            if shown.carries_motif:
                opened += shown.timeline.interval.duration
                for piece in shown.timeline.pieces:
                    overlap |= len(piece.reasons) > 1
                    for rule in {reason.rule: None for reason in piece.reasons}:
                        lost[rule] += piece.interval.duration
        parts = enumerate_words([f"{_RULES[rule][1]} {describe_duration(lost[rule])}" for rule in Rule if rule in lost])
        several = " (certaines heures ont plusieurs raisons)" if overlap else ""
        return f"Sur {describe_duration(opened)} de plage pour ce motif{NBSP}: {parts}{several}."

    def _without_opening(self, found):
        what = "Seulement des plages pour d'autres motifs" if found.timelines else "Aucune plage d'ouverture"
        following = "Aucune plage ne porte ce motif dans l'année qui suit."
        if found.next_day:
            following = f"La prochaine plage de ce motif est le {format_day(found.next_day)}."
        return f"{what} ce jour-là. {following}"

    def _absence(self, absence, manages):
        """An occurrence that was moved to another day is said where it went: on its own day it is drawn."""
        opening, instead, why = absence.opening, absence.instead, _ABSENT[absence.rule]
        if instead is not None:
            hours = f"de {format_time(instead.start_time)} à {format_end_time(instead.end_time)}"
            moved = f"le {format_day(instead.first_day)}, " if instead.first_day != self.explanation.day else ""
            why = f"cette date a été modifiée à part, {moved}{hours}"
        url = self._url("opening_edit", (instead or opening).pk) if manages else ""
        return Line(f"La plage de {format_time(opening.start_time)} n'a pas lieu{NBSP}: {why}.", url, "Voir la plage")

    def _lane(self, row, shown, manages):
        return Lane(
            opening=shown.opening,
            interval=shown.timeline.interval,
            carries_motif=shown.carries_motif,
            y=TOP + row * LANE,
            pieces=[self._piece(piece, shown.opening, manages) for piece in shown.timeline.pieces],
        )

    def _piece(self, piece: Piece, opening, manages):
        return DrawnPiece(
            interval=piece.interval,
            kind=_RULES[piece.reasons[0].rule][0] if piece.reasons else FREE,
            lines=[self._line(reason, piece, opening, manages) for reason in piece.reasons]
            or [Line(_starts(piece.starts, self.zone))],
            x=self.axis.x(piece.interval.start),
            width=self.axis.width(piece.interval),
            starts=[self.axis.x(start) for start in piece.starts] if piece.is_free else [],
        )

    def _line(self, reason: Reason, piece, opening, manages):
        words = reason.label or self._words_of_the_grid(reason.rule, piece)
        url, link = self._mend(reason, opening, manages)
        return Line(words, url, link if url else "")

    def _words_of_the_grid(self, rule, piece):
        motif = self.explanation.demand.motif
        if rule is Rule.TOO_SHORT:
            left, asked = piece.interval.duration, self.explanation.demand.length
            return f"Reste trop court{NBSP}: {describe_duration(left)}, il faut {describe_duration(asked)}"
        lost = _times(piece.starts, self.zone)
        if rule is Rule.PAST:
            return f"Déjà passé{NBSP}: {lost}"
        if rule is Rule.TOO_SOON:
            earliest = self._moment(self.explanation.grid.not_before)
            return (
                f"Délai minimum de {describe_delay(Delay(motif.minimum_delay))}, pas avant le {earliest}{NBSP}: {lost}"
            )
        months = motif.maximum_delay_months
        delay = describe_delay(Delay(months=months) if months else Delay(motif.maximum_delay))
        return f"Délai maximum de {delay}, pas après le {self._moment(self.explanation.grid.not_after)}{NBSP}: {lost}"

    def _mend(self, reason, opening, manages):
        """Where to change what is in the way, if the member may."""
        is_admin, motif = self.membership.is_admin, self.explanation.demand.motif
        if reason.rule is Rule.APPOINTMENT and reason.about:
            return self._url("appointment_detail", reason.about.pk), "Voir le rendez-vous"
        if reason.rule is Rule.UNAVAILABILITY and reason.about and manages:
            return self._url("unavailability_edit", reason.about.pk), "Voir l'indisponibilité"
        if reason.rule in (Rule.OTHER_MOTIF, Rule.NO_PLACE) and manages:
            return self._url("opening_edit", opening.pk), "Modifier la plage"
        if reason.rule is Rule.NO_REFERENT and self.citizen:
            return self._url("citizen_edit", self.citizen.pk, app="organizations"), "Choisir les référents"
        if not is_admin:
            return "", ""
        return {
            Rule.CLOSED_DAY: lambda: (self._url("opening_days"), "Jours d'ouverture"),
            Rule.CLOSED_PLACE: lambda: (self._location(opening), "Voir le lieu"),
            Rule.HIDDEN_PLACE: lambda: (self._location(opening), "Voir le lieu"),
            Rule.TOO_SOON: lambda: (self._url("motif_edit", motif.pk), "Modifier le motif"),
            Rule.TOO_LATE: lambda: (self._url("motif_edit", motif.pk), "Modifier le motif"),
            Rule.ARCHIVED_MOTIF: lambda: (self._url("motif_edit", motif.pk), "Voir le motif"),
            Rule.ARCHIVED_DESK: lambda: (self._url("desk_list"), "Voir les guichets"),
        }.get(reason.rule, lambda: ("", ""))()

    def _location(self, opening):
        """A place lent by a sister organization is not the member's to change."""
        own = opening.location.organization_id == self.membership.organization.pk
        return self._url("location_edit", opening.location_id, app="organizations") if own else ""

    def _url(self, name, *ids, app="scheduling"):
        return reverse(f"{app}:{name}", args=[self.membership.organization.slug, *ids])

    def _moment(self, instant: datetime):
        local = instant.astimezone(self.zone)
        return f"{format_day(local.date())} à{NBSP}{format_time(local.time())}"


def _rows_of(intervals: Iterable[Interval]) -> list[int]:
    """The row of each interval, in order of their starts: the first one that is free by then."""
    ends, rows = [], []
    for interval in intervals:
        row = next((number for number, end in enumerate(ends) if end <= interval.start), len(ends))
        ends[row : row + 1] = [interval.end]
        rows.append(row)
    return rows


def _starts(starts, zone):
    return f"{count(len(starts), 'créneau', 'créneaux')}{NBSP}: {_times(starts, zone)}"


def _times(starts: Iterable[datetime], zone):
    """« 9 h, 9 h 30 et 10 h »; « 9 h, 9 h 30… 17 h » when there are many."""
    times = [format_time(start.astimezone(zone).time()) for start in starts]
    if len(times) > MOST_STARTS:
        return f"{', '.join(times[: MOST_STARTS - 1])}… {times[-1]}"
    return enumerate_words(times)
