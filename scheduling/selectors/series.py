"""A part of a series on screen: the days that it takes, those that stay, and what goes with it."""

from collections import defaultdict, deque
from copy import copy
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import islice
from urllib.parse import urlencode

from ..engine.phrases import format_day
from ..engine.recurrence import Recurrence
from ..engine.series import Cut, Scope, cut
from ..engine.typography import NBSP, enumerate_words
from ..models import Opening
from .outside_hours import count_inside_opening, count_inside_unavailability

COMING_OFFERED = 30
REMOVED_SHOWN = 5

UNASKED = (
    "L'adresse ne dit pas quelle partie de la série est en cause. Enregistrer changerait maintenant toute la série"
    f"{NBSP}: vérifiez, ou choisissez-en une partie."
)
# How far around a day its neighbours are looked for, in days, a longer way only when the shorter one has none.
_NEIGHBOURHOODS = (40, 400, 4000, 12 * 4000)


@dataclass(frozen=True)
class Part:
    """How much of `row` is about to change. `problem` says, in French, why it cannot be told or is no longer there."""

    row: object
    scope: Scope
    day: date | None
    cut: Cut
    is_series: bool
    problem: str = ""

    @property
    def days(self) -> Recurrence:
        """Those that the change is about, as it starts from them."""
        return Recurrence(self.day) if self.is_one_day else self.cut.taken

    @property
    def is_one_day(self) -> bool:
        return self.scope is Scope.OCCURRENCE

    @property
    def draft_pk(self) -> int | None:
        """Of the row that the change would write; None when it would be a new one."""
        return self.row.pk if self.cut.left is None else None

    @property
    def as_row(self):
        """The part as a row of its own, not saved."""
        row = copy(self.row)
        row.pk, row.recurrence = self.draft_pk, self.days
        return row

    @property
    def beside(self):
        """The series as it stays beside the part, not saved; None when nothing stays."""
        if self.cut.left is None:
            return None
        row = copy(self.row)
        row.recurrence = self.cut.left
        return row

    @property
    def how(self) -> dict:
        """What the services ask for."""
        return {"scope": self.scope, "day": self.day}

    @property
    def query(self) -> str:
        """As it stands in an address; empty for what does not repeat."""
        if not self.is_series:
            return ""
        return urlencode({"portee": self.scope} | ({"jour": self.day} if self.day else {}))

    @property
    def edited(self):
        """The edited occurrences among its days: a QuerySet."""
        edited = self.row.edited_occurrences.select_related("organization__territory").order_by("series_day", "pk")
        if self.scope is Scope.ALL:
            return edited
        return edited.none() if self.is_one_day else edited.filter(series_day__gte=self.day)


def part_of(row, *, scope: Scope | None = None, day: date | None = None) -> Part:
    """What an address asks for: the whole of what does not repeat, and of a series the part that it names.

    No query where the part exists, one to say why it does not.
    """
    whole = Cut(None, row.recurrence)
    if not row.is_recurring:
        return Part(row, Scope.ALL, None, whole, is_series=False)
    if scope is None or (scope is not Scope.ALL and day is None):
        return Part(row, Scope.ALL, None, whole, is_series=True, problem=UNASKED)
    if scope is Scope.ALL:
        return Part(row, scope, None, whole, is_series=True)
    if row.recurrence.is_occurrence(day):
        return Part(row, scope, day, cut(row.recurrence, scope, day), is_series=True)
    asked = Recurrence(day, "" if scope is Scope.OCCURRENCE else row.rrule)
    return Part(row, scope, day, Cut(row.recurrence, asked), is_series=True, problem=why_no_occurrence(row, day))


def why_no_occurrence(row, day: date) -> str:
    """One query."""
    if row.edited_occurrences.filter(series_day=day).exists():
        return f"L'occurrence du {format_day(day)} a déjà ses propres heures{NBSP}: changez-la depuis la liste."
    nearest = enumerate_words([f"le {format_day(near)}" for near in nearest_days(row.recurrence, day)])
    more = f" Les plus proches{NBSP}: {nearest}." if nearest else ""
    return f"Le {format_day(day)} n'est pas une date de la série.{more}"


def nearest_days(recurrence: Recurrence, day: date) -> list[date]:
    """The occurrence before `day` and the one after it, as far as there are."""
    return [*_last_days(recurrence, day - timedelta(days=1), 1), *islice(_following(recurrence, day), 1)]


def days_to_choose(recurrence: Recurrence, *, today: date) -> list[date]:
    """The coming occurrences that a choice offers; of a series that is over, its last ones."""
    coming = list(islice(_following(recurrence, today), COMING_OFFERED))
    return coming or _last_days(recurrence, today, COMING_OFFERED)


def _following(recurrence, day):
    return recurrence.days(day, date.max)


def _last_days(recurrence, last, number):
    found = []
    for length in _NEIGHBOURHOODS:
        first = date.fromordinal(max(last.toordinal() - length, 1))
        found = list(deque(recurrence.days(first, last), maxlen=number))
        if len(found) == number or first <= recurrence.first_day:
            break
    return found


@dataclass(frozen=True)
class Removal:
    """What deleting a part takes: `coming` dates (None: without end), `edited` occurrences, coming RDVs `inside`."""

    coming: int | None
    edited: int
    inside: int


def removal_of(part: Part, *, today: date, now: datetime) -> Removal:
    """Two queries."""
    rule = part.days.rule
    is_endless = rule is not None and rule.until is None
    edited = list(part.edited)
    count_inside = count_inside_opening if isinstance(part.row, Opening) else count_inside_unavailability
    return Removal(
        coming=None if is_endless else sum(1 for _ in _following(part.days, today)),
        edited=len(edited),
        inside=count_inside(part.as_row, *edited, now=now),
    )


def mark_removed_days(rows, *, today: date) -> None:
    """Give each row `removed_days`, coming and not replaced by an edited occurrence, the first few of them, and
    `more_removed`, the number of those left out. One query, none when no row has a removed day.
    """
    with_removed = {row.pk: row for row in rows if row.is_recurring and row.excluded_days}
    replaced = defaultdict(set)
    if with_removed:
        edited = type(rows[0]).objects.filter(series__in=with_removed).order_by("pk")
        for series_id, day in edited.values_list("series_id", "series_day"):
            replaced[series_id].add(day)
    for row in rows:
        removed = []
        if row.pk in with_removed:
            removed = [day for day in row.recurrence.removed_days() if day >= today and day not in replaced[row.pk]]
        row.removed_days, row.more_removed = removed[:REMOVED_SHOWN], len(removed[REMOVED_SHOWN:])
