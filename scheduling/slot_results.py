"""What « Trouver un RDV » has found, as its page shows it: the next slots of each place, then those of a week."""

from dataclasses import dataclass
from datetime import UTC, date, datetime
from urllib.parse import urlencode

from django.urls import reverse

from organizations.models import Location

from .engine.typography import enumerate_words
from .engine.wall_clock import MIDNIGHT, local_day, to_instant
from .selectors.slot_search import WEEK, days_of, next_by_place, slots_of_week
from .selectors.slots import Slot
from .selectors.widening import option_like


@dataclass(frozen=True)
class Choice:
    """A slot with the way to book it; `who` receives. `what` says for which motif, where the search was widened."""

    slot: Slot
    url: str
    who: str
    what: str
    where: str
    location: Location | None


@dataclass(frozen=True)
class Row:
    """The slots of one day with the same `who`, `what` and place."""

    choices: list[Choice]

    @property
    def who(self):
        return self.choices[0].who

    @property
    def what(self):
        return self.choices[0].what

    @property
    def location(self):
        return self.choices[0].location

    @property
    def where(self):
        return self.choices[0].where


@dataclass(frozen=True)
class SlotResults:
    """`first_later` is the day of the next slot when the week asked for has none."""

    today: date
    first_day: date
    previous_day: date | None
    next_day: date | None
    first_later: date | None
    next_choices: list[Choice]
    days: list[tuple[date, list[Row]]]

    @classmethod
    def of(cls, form, *, organization, now: datetime) -> "SlotResults":
        """Of a valid SlotSearchForm, of a member of `organization`. The queries of its searches, and no other."""
        found, first_day = _Found(form, now), form.cleaned_data["du"]
        days, upcoming = found.days(first_day), found.upcoming()
        later = upcoming
        if not days and upcoming:
            later = found.upcoming(after=to_instant(first_day + WEEK, MIDNIGHT, form.zone))
        later_day = local_day(later[0].starts_at, form.zone) if not days and later else None
        shown = _Shown(form, organization)
        return cls(
            today=form.today,
            first_day=first_day,
            previous_day=max(first_day - WEEK, form.today) if first_day > form.today else None,
            next_day=first_day + WEEK if first_day + WEEK <= form.farthest else None,
            first_later=later_day if later_day and later_day <= form.farthest else None,
            next_choices=[shown.choice(slot) for slot in upcoming],
            days=[(day, shown.rows(rows)) for day, rows in sorted(days.items())],
        )


class _Found:
    """The slots of the search and of what it was widened to."""

    def __init__(self, form, now):
        self.form, self.now = form, now
        self.own, self.beyond = form.query, form.widened_queries

    def days(self, first_day) -> dict[date, list[list[Slot]]]:
        """By local day, the slots of each row: those of one's own calendars, then those beyond."""
        days = {}
        own = slots_of_week(self.own, first_day=first_day, now=self.now)
        for day, rows in days_of(own, self.form.zone, is_together=self.form.is_together).items():
            days[day] = list(rows.values())
        for query in self.beyond:
            starts = {}
            for slot in slots_of_week(query, first_day=first_day, now=self.now):
                # Whoever is free then: it is one slot, as to a citizen.
                starts.setdefault((slot.starts_at, slot.motif_id, slot.location_id), slot)
            rows = {}
            for slot in starts.values():
                day = local_day(slot.starts_at, self.form.zone)
                rows.setdefault((day, slot.motif_id, slot.location_id), []).append(slot)
            for (day, *_), slots in rows.items():
                days.setdefault(day, []).append(slots)
        return days

    def upcoming(self, *, after=None) -> list[Slot]:
        """The first one of each place of each organization, earliest first; one's own where both are as early."""
        first = {}
        for query in [self.own, *self.beyond]:
            for slot in next_by_place(query, now=self.now, after=after):
                known = first.setdefault((slot.organization_id, slot.location_id), slot)
                if slot.starts_at < known.starts_at:
                    first[slot.organization_id, slot.location_id] = slot
        return sorted(first.values())


class _Shown:
    """Slots in the words of the page, each with the address of its booking."""

    def __init__(self, form, organization):
        self.form, self.organization = form, organization
        self.book_url = reverse("scheduling:appointment_add", args=[organization.slug])
        self.together = enumerate_words([str(calendar) for calendar in form.together]) if form.is_together else ""
        self.beyond = {motif.pk: motif for motif in form.widening.motifs}

    def rows(self, found) -> list[Row]:
        rows = [Row([self.choice(slot) for slot in slots]) for slots in found]
        # One's own before those of others, each by name.
        return sorted(rows, key=lambda row: (bool(row.what), row.who, row.what, row.choices[0].slot.starts_at))

    def choice(self, slot: Slot) -> Choice:
        location = self.form.locations.get(slot.location_id)
        if self.together or (slot.motif_id == self.form.motif.pk and slot.calendar_id in self.form.calendars):
            where = str(location) if location else self.form.motif.get_location_kind_display()
            who = self.together or str(self.form.calendars[slot.calendar_id])
            return Choice(slot, self._own_url(slot), who, "", where, location)
        motif = self.beyond[slot.motif_id]
        where = str(location) if location else motif.get_location_kind_display()
        return Choice(
            slot,
            self._url_beyond(slot, motif),
            receiver_of(motif, seen_from=self.organization),
            str(motif),
            where,
            location,
        )

    def _own_url(self, slot):
        """With several calendars, all of them."""
        together = [calendar.pk for calendar in self.form.together]
        return self._url(slot, agenda=together or slot.calendar_id)

    def _url_beyond(self, slot, motif):
        """No calendar: the fairest of those who are free takes it."""
        option = option_like(motif, self.form.demand.option)
        return self._url(slot, motif=motif.pk, option=option.pk if option else "")

    def _url(self, slot, **own):
        """What the search was for, then the slot."""
        asked = self.form.asked_of_the_booking | {"debut": as_address(slot.starts_at)} | own
        asked["lieu"] = slot.location_id or ""
        return f"{self.book_url}?{urlencode({name: value for name, value in asked.items() if value != ''}, doseq=True)}"


def receiver_of(motif, *, seen_from) -> str:
    """The service and the organization of a motif beyond one's own; of whom nothing more is said."""
    units = enumerate_words(sorted(unit.name for unit in motif.units.all())) if motif.units.all() else ""
    if motif.organization_id == seen_from.pk:
        return units or "Autres services"
    return f"{motif.organization} – {units}" if units else str(motif.organization)


def as_address(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
