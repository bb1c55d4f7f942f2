"""The fields of a motif that one act changes for many: how each is read, compared, told in words and written.

A value is kept as JSON knows it (`MotifBulkEdit.changes`), so that an undo gives back exactly what was there.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Any

from organizations.models import Motif

from .engine.delays import Delay, describe_delay, describe_duration
from .engine.typography import enumerate_words

# After archiving, the instant of the act: it is not known while one only looks.
AT_THE_ACT = "now"


class Mode(StrEnum):
    """What a typed list does to the list that a motif has."""

    REPLACE = "replace"
    ADD = "add"
    REMOVE = "remove"


class Recomputation(StrEnum):
    """Whose windows follow a change of the field."""

    NONE = "none"
    OPENED = "opened"  # Calendars whose openings carry the motif.
    BOOKED = "booked"  # Calendars on which the motif may be booked or held.


@dataclass(frozen=True)
class MotifField:
    """A plain column: text, number or flag."""

    name: str
    recomputation: Recomputation = Recomputation.NONE

    is_list = False

    @property
    def columns(self) -> tuple[str, ...]:
        return (self.name,)

    def of(self, motif: Motif) -> Any:
        return self.kept(getattr(motif, self.name))

    def kept(self, value) -> Any:
        """What a form cleaned, or a column holds, as it is kept."""
        return value

    def after(self, before, value, mode: Mode) -> Any:
        """What a motif that has `before` gets when `value` is asked for."""
        return value

    def settled(self, value, now: datetime) -> Any:
        return value

    def written(self, value) -> dict[str, Any]:
        """Columns and their values."""
        return {self.name: value}

    def words(self, value, names: Mapping[int, str]) -> str:
        if isinstance(value, bool):
            return "oui" if value else "non"
        return str(value) if value != "" else "vide"


class LimitMotifField(MotifField):
    """A number, or nothing."""

    def words(self, value, names):
        return "sans limite" if value is None else str(value)


class ChoiceMotifField(MotifField):
    def words(self, value, names):
        return dict(Motif._meta.get_field(self.name).flatchoices)[value]


class DurationMotifField(MotifField):
    """Seconds."""

    describe = staticmethod(describe_duration)

    def kept(self, value):
        return (value or timedelta(0)).total_seconds()

    def written(self, value):
        return {self.name: timedelta(seconds=value)}

    def words(self, value, names):
        return self.describe(timedelta(seconds=value))


class DelayMotifField(DurationMotifField):
    @staticmethod
    def describe(value):
        return describe_delay(Delay(value))


class HorizonMotifField(MotifField):
    """The maximum delay: seconds and months, one of them nothing."""

    columns = ("maximum_delay", "maximum_delay_months")

    def of(self, motif):
        return self.kept(Delay(motif.maximum_delay or timedelta(0), motif.maximum_delay_months or 0))

    def kept(self, value):
        return [value.elapsed.total_seconds(), value.months]

    def written(self, value):
        seconds, months = value
        return {
            "maximum_delay": timedelta(seconds=seconds) if seconds else None,
            "maximum_delay_months": months or None,
        }

    def words(self, value, names):
        return describe_delay(delay_of(value))


class LeadTimesMotifField(MotifField):
    """Seconds each, or None where the territory's hold."""

    def kept(self, value):
        return None if value is None else [delay.total_seconds() for delay in value]

    def written(self, value):
        return {self.name: None if value is None else [timedelta(seconds=seconds) for seconds in value]}

    def words(self, value, names):
        if not value:
            return "ceux du territoire" if value is None else "aucun"
        return enumerate_words([describe_delay(Delay(timedelta(seconds=seconds))) for seconds in value])


class TagsMotifField(MotifField):
    """Services or partner types: ids in order. None of them means all."""

    is_list = True

    def of(self, motif):
        return self.kept(getattr(motif, self.name).all())

    def kept(self, value):
        return sorted(row.pk for row in value)

    def after(self, before, value, mode):
        if mode == Mode.ADD:
            return sorted({*before, *value})
        if mode == Mode.REMOVE:
            return sorted({*before} - {*value})
        return value

    @property
    def through(self):
        return getattr(Motif, self.name).through

    @property
    def target(self) -> str:
        """The column of `through` that holds the ids."""
        return f"{getattr(Motif, self.name).field.m2m_reverse_field_name()}_id"

    def names_of(self, ids) -> dict[int, str]:
        """Of those that still exist. One query."""
        return dict(self.model._base_manager.filter(pk__in=ids).order_by().values_list("pk", "name"))

    @property
    def model(self):
        return Motif._meta.get_field(self.name).related_model

    def words(self, value, names):
        return ", ".join(sorted(names[pk] for pk in value if pk in names)) or "tous"


class ArchivedMotifField(MotifField):
    """The instant, or None for a motif in use. What is asked for is whether it shall be archived."""

    columns = ("archived_at",)

    def of(self, motif):
        return motif.archived_at and motif.archived_at.astimezone(UTC).isoformat()

    def after(self, before, value, mode):
        return (before or AT_THE_ACT) if value else None

    def settled(self, value, now):
        return now.astimezone(UTC).isoformat() if value == AT_THE_ACT else value

    def written(self, value):
        return {"archived_at": value and datetime.fromisoformat(value)}

    def words(self, value, names):
        return "archivé" if value else "en service"


# In the order of the motif's form.
BULK_FIELDS = {
    field.name: field
    for field in [
        MotifField("name"),
        MotifField("category"),
        MotifField("description"),
        MotifField("color"),
        TagsMotifField("units"),
        DurationMotifField("duration"),
        DurationMotifField("pause", Recomputation.BOOKED),
        MotifField("max_persons"),
        ChoiceMotifField("location_kind"),
        MotifField("is_collective"),
        ChoiceMotifField("booking_audience"),
        ChoiceMotifField("sharing"),
        DelayMotifField("minimum_delay"),
        HorizonMotifField("maximum", Recomputation.OPENED),
        MotifField("minimum_delay_binds_agents"),
        LimitMotifField("max_upcoming"),
        TagsMotifField("partner_types"),
        MotifField("is_follow_up"),
        MotifField("instructions_before"),
        MotifField("instructions_after"),
        MotifField("citizen_may_cancel"),
        MotifField("citizen_may_move"),
        MotifField("offers_earlier_slots"),
        DelayMotifField("change_deadline"),
        MotifField("cancellation_warning"),
        LeadTimesMotifField("reminder_lead_times"),
        ArchivedMotifField("archived", Recomputation.OPENED),
    ]
}


def delay_of(kept) -> Delay:
    """The maximum delay that `HorizonMotifField` keeps."""
    seconds, months = kept
    return Delay(timedelta(seconds=seconds), months)
