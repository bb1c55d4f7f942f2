"""What « Trouver un RDV » has found, as its page shows it: the next slots of each place, then those of a week."""

from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from urllib.parse import urlencode

from django.urls import reverse

from organizations.models import Location

from .engine.typography import enumerate_words
from .engine.wall_clock import MIDNIGHT, local_day, to_instant
from .selectors.slot_search import WEEK, days_of, next_by_place, slots_of_week
from .selectors.slots import Slot


@dataclass(frozen=True)
class Choice:
    """A slot with the way to book it; `who` receives."""

    slot: Slot
    url: str
    who: str
    location: Location | None


@dataclass(frozen=True)
class Row:
    who: str
    location: Location | None
    choices: list[Choice]


@dataclass(frozen=True)
class SlotResults:
    """`first_later` is the day of the next slot when the week asked for has none."""

    today: date
    first_day: date
    previous_day: date | None
    next_day: date | None
    first_later: date | None
    next_choices: list[Choice]
    days: list[tuple[date, list[Row]]] = field(default_factory=list)

    @classmethod
    def of(cls, form, *, organization, now: datetime) -> "SlotResults":
        """Of a valid SlotSearchForm, of a member of `organization`. The queries of both searches, and no other."""
        query, first_day = form.query, form.cleaned_data["du"]
        week, upcoming = slots_of_week(query, first_day=first_day, now=now), next_by_place(query, now=now)
        later = upcoming
        if not week and upcoming:
            later = next_by_place(query, now=now, after=to_instant(first_day + WEEK, MIDNIGHT, form.zone))
        later_day = local_day(later[0].starts_at, form.zone) if not week and later else None
        shown = _Shown(form, organization)
        return cls(
            today=form.today,
            first_day=first_day,
            previous_day=max(first_day - WEEK, form.today) if first_day > form.today else None,
            next_day=first_day + WEEK if first_day + WEEK <= form.farthest else None,
            first_later=later_day if later_day and later_day <= form.farthest else None,
            next_choices=[shown.choice(slot) for slot in upcoming],
            days=[
                (day, sorted((shown.row(slots) for slots in rows.values()), key=_by_name))
                for day, rows in days_of(week, form.zone, is_together=form.is_together).items()
            ],
        )


def _by_name(row):
    return row.who, row.choices[0].slot.starts_at


class _Shown:
    """Slots in the words of the page, each with the address of its booking."""

    def __init__(self, form, organization):
        self.form = form
        self.book_url = reverse("scheduling:appointment_add", args=[organization.slug])
        self.together = enumerate_words([str(calendar) for calendar in form.together]) if form.is_together else ""

    def row(self, slots):
        choices = [self.choice(slot) for slot in slots]
        return Row(choices[0].who, choices[0].location, choices)

    def choice(self, slot: Slot) -> Choice:
        who = self.together or str(self.form.calendars[slot.calendar_id])
        return Choice(slot, self._url(slot), who, self.form.locations.get(slot.location_id))

    def _url(self, slot):
        """What the search was for, then the slot: with several calendars, all of them."""
        together = [calendar.pk for calendar in self.form.together]
        asked = self.form.asked_of_the_booking | {
            "debut": as_address(slot.starts_at),
            "agenda": together or slot.calendar_id,
            "lieu": slot.location_id or "",
        }
        return f"{self.book_url}?{urlencode(asked, doseq=True)}"


def as_address(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
