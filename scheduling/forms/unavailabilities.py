"""What an agent types to take time back."""

from datetime import timedelta

from ..engine.openings import UnavailabilityRule, catches_up_with_itself
from ..engine.wall_clock import MIDNIGHT
from ..models import Unavailability
from ..services.unavailabilities import LONGEST
from .openings import CalendarChoiceField
from .series import SeriesForm
from .times import WHOLE_DAY, PlanningDayField, WallTimeField, wall_time, write_time

ONE_DAY = timedelta(days=1)


class UnavailabilityForm(SeriesForm):
    """From a day and time to a day and time; hours left out mean whole days."""

    calendar = CalendarChoiceField(label="Agenda", error_messages={"required": "Choisissez un agenda."})
    start_time = WallTimeField(label="À partir de", required=False)
    last_day = PlanningDayField(label="Dernier jour", required=False)
    end_time = WallTimeField(label="Jusqu'à", is_end=True, required=False)

    field_order = ["calendar", "title", "first_day", "start_time", "last_day", "end_time"]

    def __init__(self, *args, membership, part=None, **kwargs):
        super().__init__(*args, part=part, **kwargs)
        self.membership = membership
        self.fields["calendar"].offer(membership, of=self.series)
        for name, placeholder in {"title": "Congés, formation…", "start_time": "0h", "end_time": "24h"}.items():
            self.fields[name].widget.attrs["placeholder"] = placeholder

    @staticmethod
    def initial_of(unavailability, days):
        ends_at_midnight = unavailability.end_time == MIDNIGHT
        spanned = unavailability.days_spanned - (ends_at_midnight and unavailability.days_spanned > 0)
        return SeriesForm.initial_of(unavailability, days) | {
            "start_time": write_time(unavailability.start_time),
            "last_day": days.first_day + timedelta(days=spanned),
            "end_time": write_time(unavailability.end_time, is_end=True),
        }

    def clean(self):
        cleaned = super().clean()
        first_day, last_day = cleaned.get("first_day"), cleaned.get("last_day")
        if first_day is None or self.errors.keys() & {"last_day", "start_time", "end_time"}:
            return cleaned
        last_day = last_day or first_day
        start, end = cleaned["start_time"] or 0, cleaned["end_time"]
        end = WHOLE_DAY if end is None or (end == 0 and last_day == first_day) else end
        if last_day < first_day:
            self.add_error("last_day", "Le dernier jour vient avant le premier.")
        elif last_day - first_day >= LONGEST:
            self.add_error("last_day", "Une indisponibilité dure un an au plus.")
        elif last_day == first_day and start >= end:
            self.add_error("end_time", "L'indisponibilité doit se terminer après son début.")
        else:
            self._span(cleaned, (last_day - first_day).days, start, end)
        return cleaned

    def _span(self, cleaned, days, start, end):
        # Several days and 24 h: until the midnight that begins the day after the last.
        cleaned["days_spanned"] = days + 1 if days and end == WHOLE_DAY else days
        cleaned["start_time"], cleaned["end_time"] = wall_time(start), wall_time(end)
        if "recurrence" not in cleaned:
            return
        rule = UnavailabilityRule(
            cleaned["recurrence"],
            cleaned["start_time"],
            cleaned["end_time"],
            cleaned["days_spanned"],
            self.membership.organization.zone,
        )
        if catches_up_with_itself(rule):
            self.add_error("repeat", "Elle dure plus longtemps que l'intervalle entre deux répétitions.")

    @property
    def has_occasion(self) -> bool:
        """Whether days and hours are known and right, whatever else is still to be typed."""
        return "recurrence" in self.cleaned_data and "days_spanned" in self.cleaned_data

    @property
    def is_untouched(self) -> bool:
        """Whether neither hours nor an end were typed: sent by mistake, it would block the whole of a day."""
        return not any(self.data.get(name, "").strip() for name in ("start_time", "last_day", "end_time"))

    @property
    def service_fields(self) -> dict:
        """What `add_unavailability` and `change_unavailability` write."""
        names = ("title", "first_day", "start_time", "end_time", "days_spanned", "rrule")
        return {name: self.cleaned_data[name] for name in names if name in self.cleaned_data}

    def draft(self) -> Unavailability:
        """As typed, not saved; only where `has_occasion`."""
        return Unavailability(
            organization=self.membership.organization,
            excluded_days=sorted(self.cleaned_data["recurrence"].excluded_days),
            **self.service_fields,
        )
