"""Changing a part of a series: one occurrence, one and those that follow, or all of them."""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from .recurrence import Recurrence


class Scope(StrEnum):
    """How far a change of a series reaches. The values stand in addresses."""

    OCCURRENCE = "occurrence"
    FOLLOWING = "suivantes"
    ALL = "toutes"


@dataclass(frozen=True, slots=True)
class Cut:
    """A series in two: the days that stay as they are (None when there are none), and those that a change is about."""

    left: Recurrence | None
    taken: Recurrence


def cut(recurrence: Recurrence, scope: Scope, day: date | None = None) -> Cut:
    """What a change of `scope`, made on the occurrence of `day`, leaves of a series and what it takes.

    Together they have the days of the series, and no day twice. ALL needs no day.
    Raises ValueError when `day` is not an occurrence.
    """
    if scope is Scope.ALL:
        return Cut(None, recurrence)
    if scope is Scope.FOLLOWING:
        return Cut(*recurrence.split(day))
    if not recurrence.is_occurrence(day):
        raise ValueError(f"{day} is not an occurrence")
    rest = recurrence.excluding(day)
    if rest.first_occurrence() is None:
        return Cut(None, recurrence)
    return Cut(rest, Recurrence(day))
