"""Days and weeks as they stand in an address."""

from dataclasses import dataclass
from datetime import date, timedelta

from ..engine.phrases import format_span, format_week_of

ONE_WEEK = timedelta(days=7)


def day_in(text, default: date) -> date:
    """The day of « 2026-03-02 », or `default` for anything else; far-off years are not worth a page."""
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return default
    return day if 2000 <= day.year <= 2100 else default


@dataclass(frozen=True)
class WeekShown:
    """The ISO week that a page speaks of."""

    monday: date
    is_current: bool

    @property
    def previous(self) -> date:
        return self.monday - ONE_WEEK

    @property
    def following(self) -> date:
        return self.monday + ONE_WEEK

    @property
    def title(self) -> str:
        """« Semaine 10, du 2 au 8 mars 2026 »."""
        span = format_span(self.monday, self.following - timedelta(days=1))
        return f"Semaine {self.monday.isocalendar().week}, {span}"

    @property
    def label(self) -> str:
        """« cette semaine », « la semaine du 2 mars »: the year stands in the title."""
        return "cette semaine" if self.is_current else format_week_of(self.monday).rsplit(" ", 1)[0]


def week_shown(text, today: date) -> WeekShown:
    """The week of the day that stands in the address, else that of `today`."""
    day, this_monday = day_in(text, today), today - timedelta(days=today.weekday())
    monday = day - timedelta(days=day.weekday())
    return WeekShown(monday, is_current=monday == this_monday)
