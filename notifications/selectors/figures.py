"""How many messages were written each month, what became of them, and what they cost."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from zoneinfo import ZoneInfo

from dateutil.relativedelta import relativedelta
from django.db.models import Count, QuerySet, Sum
from django.db.models.functions import TruncMonth

from scheduling.engine.wall_clock import MIDNIGHT, ONE_DAY, to_instant

from ..models import Message
from ..models.messages import IN_STATE, TAKEN
from .journal import STATES

# A year, and the month that one compares this one with.
MONTHS = 13


@dataclass
class Figures:
    """Of some messages. `cost` is None where no price was known of any."""

    by_state: dict[str, int] = field(default_factory=lambda: dict.fromkeys(STATES, 0))
    segments: int = 0
    cost: Decimal | None = None

    @property
    def written(self):
        return sum(self.by_state.values())

    def add(self, row: dict):
        for state in STATES:
            self.by_state[state] += row[state]
        self.segments += row["taken"] or 0
        if row["paid"] is not None:
            self.cost = (self.cost or 0) + row["paid"]


@dataclass(frozen=True)
class Month:
    """`first_day` and `last_day` as the clocks of the place have them, both included."""

    first_day: date

    @property
    def last_day(self):
        return self.first_day + relativedelta(months=1) - ONE_DAY

    @property
    def name(self):
        """As it stands in an address: `2026-03`."""
        return f"{self.first_day:%Y-%m}"


class MonthlyFigures:
    """Of every month, event, channel and organization; summed up as a page shows it. No query."""

    def __init__(self, rows: Iterable[dict], months: list[Month]):
        self.months = months
        self._rows = list(rows)

    def by_month(self, organization: int | None = None) -> dict[Month, Figures]:
        """Each of the months, the latest first, those without messages too."""
        found = self._summed("month", organization=organization)
        return {month: found.get(month.first_day, Figures()) for month in self.months}

    def by_kind(self, month: Month, organization: int | None = None) -> dict[tuple[str, str], Figures]:
        """By (kind, channel), in the order of the events."""
        found = self._summed("kind", "channel", month=month.first_day, organization=organization)
        order = list(Message.Kind.values)
        return dict(sorted(found.items(), key=lambda item: (order.index(item[0][0]), item[0][1])))

    def by_organization(self, month: Month) -> dict[int, Figures]:
        """By id; NO_ORGANIZATION for what belongs to none."""
        return self._summed("organization", month=month.first_day)

    def _summed(self, *keys, **wanted):
        wanted = {name: value for name, value in wanted.items() if value is not None}
        found = defaultdict(Figures)
        for row in self._rows:
            if all(row[name] == value for name, value in wanted.items()):
                found[row[keys[0]] if len(keys) == 1 else tuple(row[key] for key in keys)].add(row)
        return dict(found)


def months_until(today: date) -> list[Month]:
    """The month of `today` and those before it, the latest first."""
    this = today.replace(day=1)
    return [Month(this - relativedelta(months=back)) for back in range(MONTHS)]


def monthly_figures(messages: QuerySet, *, today: date, zone: ZoneInfo) -> MonthlyFigures:
    """Of those of `messages` written in the last MONTHS, by the clocks of `zone`. One query, which reads an index."""
    months = months_until(today)
    rows = (
        messages.filter(created_at__gte=to_instant(months[-1].first_day, MIDNIGHT, zone))
        .order_by()
        .annotate(month=TruncMonth("created_at", tzinfo=zone))
        .values("month", "kind", "channel", "organization")
        .annotate(
            **{state: Count("pk", filter=condition) for state, condition in IN_STATE.items()},
            taken=Sum("segments", filter=TAKEN),
            paid=Sum("cost", filter=TAKEN),
        )
    )
    return MonthlyFigures((_read(row) for row in rows), months)


def _read(row):
    return row | {"month": row["month"].date(), "organization": row["organization"] or 0}
