"""Which moments somebody wants to be shown: what an address says of them, and how it says it."""

from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import parse_qsl, urlsplit

from django.http import QueryDict

from scheduling.engine.earlier_slots import EVERY_DAY, Wishes

from .forms.earlier_slots import AFTERNOON, MOMENT_NAMES, MORNING, weekday_name
from .forms.slot_filter import FORM_ID, SlotFilterForm
from .journey import Journey

MOMENTS, DAYS = "moments", "jours"


@dataclass(frozen=True)
class SlotFilter:
    """Half a day (`MORNING`, `AFTERNOON`, or "" for all of it) and local weekdays (Monday is 0; none is every day)."""

    moment: str = ""
    weekdays: frozenset[int] = frozenset()

    @classmethod
    def of(cls, parameters: QueryDict) -> "SlotFilter":
        """Of an address; what it cannot mean is as if it were not there, and what leaves everything is no filter."""
        moments = {name for name in (MORNING, AFTERNOON) if name in parameters.getlist(MOMENTS)}
        asked = set(parameters.getlist(DAYS))
        weekdays = frozenset(day for day in EVERY_DAY if str(day) in asked)
        return cls(
            moment=moments.pop() if len(moments) == 1 else "",
            weekdays=frozenset() if weekdays == EVERY_DAY else weekdays,
        )

    def __bool__(self):
        return bool(self.moment or self.weekdays)

    @property
    def parameters(self) -> dict:
        """As they stand in an address."""
        return {MOMENTS: [self.moment] if self.moment else [], DAYS: sorted(self.weekdays)}

    @property
    def wishes(self) -> Wishes | None:
        """None where everything suits."""
        if not self:
            return None
        return Wishes(
            weekdays=self.weekdays or EVERY_DAY,
            mornings=self.moment != AFTERNOON,
            afternoons=self.moment != MORNING,
        )

    @property
    def half_day(self) -> str:
        """As counts of days take it (see `free_slots_per_day`)."""
        return {MORNING: "morning", AFTERNOON: "afternoon"}.get(self.moment, "")

    def parts(self) -> list[tuple[str, "SlotFilter"]]:
        """Each choice by its name, with the filter that is left without it."""
        parts = [(MOMENT_NAMES[self.moment], SlotFilter("", self.weekdays))] if self.moment else []
        for day in sorted(self.weekdays):
            parts.append((weekday_name(day), SlotFilter(self.moment, self.weekdays - {day})))
        return parts


def filter_context(journey: Journey, shown: SlotFilter, address: Callable[[SlotFilter], str]) -> dict:
    """What `_slot_filter.html` shows. `address` is that of the same page with another filter."""
    open_days = {day for demand in journey.demands for day in demand.motif.organization.open_weekdays}
    page = urlsplit(address(SlotFilter()))
    return {
        "form_id": FORM_ID,
        "form": SlotFilterForm(initial=shown.parameters, weekdays=open_days | shown.weekdays),
        "parts": [(name, address(rest)) for name, rest in shown.parts()],
        "clear_url": address(SlotFilter()) if shown else None,
        "path": page.path,
        "parameters": parse_qsl(page.query),
    }
