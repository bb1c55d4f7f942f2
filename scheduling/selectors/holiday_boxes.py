"""The boxes of the screen of opening days: what each public holiday is for an organization, and why."""

from dataclasses import dataclass
from datetime import date

from ..engine.opening_days import Holiday, UnknownZone, holidays_of
from ..models import HolidaySwitch


@dataclass(frozen=True)
class YearlyBox:
    """One public holiday, whatever the year. Those of the State's list are closed by default, local days are not."""

    key: str
    label: str
    is_closed_by_default: bool
    is_closed: bool


@dataclass(frozen=True)
class DateBox:
    """One date on which one or more public holidays fall."""

    day: date
    keys: tuple[str, ...]
    label: str
    is_closed_every_year: bool
    is_closed: bool

    @property
    def is_exception(self) -> bool:
        return self.is_closed != self.is_closed_every_year


@dataclass(frozen=True)
class HolidayBoxes:
    """`every_year` in the order of this year, local days among the others; `dates` from today until next year ends.

    Both are empty where no public holiday is known: `unknown_zone` says so in French.
    """

    every_year: list[YearlyBox]
    dates: list[DateBox]
    unknown_zone: str = ""

    @property
    def listed(self):
        return [box for box in self.every_year if box.is_closed_by_default]

    @property
    def local(self):
        return [box for box in self.every_year if not box.is_closed_by_default]

    @property
    def years(self) -> list[tuple[int, list[DateBox]]]:
        found = sorted({box.day.year for box in self.dates})
        return [(year, [box for box in self.dates if box.day.year == year]) for year in found]


def holiday_boxes(organization, *, today: date) -> HolidayBoxes:
    """One query when the organization's territory is loaded."""
    territory = organization.territory
    try:
        holidays = [
            holiday
            for year in (today.year, today.year + 1)
            for holiday in holidays_of(territory.country, territory.subdivision, year)
        ]
    except UnknownZone as error:
        return HolidayBoxes([], [], unknown_zone=error.message)
    every_year, on_date = {}, {}
    switches = HolidaySwitch.objects.filter(organization=organization).order_by("pk")
    for key, day, is_closed in switches.values_list("holiday", "day", "is_closed"):
        if day is None:
            every_year[key] = is_closed
        else:
            on_date[day] = is_closed
    known: dict[str, Holiday] = {}
    for holiday in holidays:
        known.setdefault(holiday.name_key, holiday)
    return HolidayBoxes(
        every_year=[
            YearlyBox(key, holiday.label_fr, holiday.default_on, every_year.get(key, holiday.default_on))
            for key, holiday in known.items()
        ],
        dates=_dates([holiday for holiday in holidays if holiday.day >= today], every_year, on_date),
    )


def _dates(holidays: list[Holiday], every_year, on_date):
    by_day: dict[date, list[Holiday]] = {}
    for holiday in holidays:
        by_day.setdefault(holiday.day, []).append(holiday)
    boxes = []
    for day, of_day in by_day.items():
        closed = any(every_year.get(holiday.name_key, holiday.default_on) for holiday in of_day)
        boxes.append(
            DateBox(
                day=day,
                keys=tuple(holiday.name_key for holiday in of_day),
                label=" et ".join(holiday.label_fr for holiday in of_day),
                is_closed_every_year=closed,
                is_closed=on_date.get(day, closed),
            )
        )
    return boxes
