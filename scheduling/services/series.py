"""What openings and unavailabilities share when a part of a series changes. Callers hold the calendar's lock."""

from datetime import date

from ..engine.coverage import is_covered
from ..engine.intervals import Interval
from ..engine.series import Cut, Scope, cut
from ..models import Hold, Opening


def stored_series(row):
    """The row as it is under the lock; None when it was deleted meanwhile. One query."""
    return (
        type(row)
        .objects.select_for_update(of=("self",))
        .select_related("organization__territory")
        .filter(pk=row.pk)
        .first()
    )


def cut_series(stored, *, scope: Scope, day: date | None, refusal) -> Cut:
    """What the change leaves of the series and what it takes; all of what does not repeat.

    Raises `refusal` when `day` is no occurrence: removed or changed meanwhile, or never one.
    """
    if not stored.is_recurring:
        return cut(stored.recurrence, Scope.ALL)
    try:
        return cut(stored.recurrence, Scope(scope), day)
    except ValueError as error:
        raise refusal("Cette occurrence n'existe plus dans la série. Choisissez-en une autre.") from error


def part_to_change(row, stored, *, scope: Scope, day: date | None, refusal):
    """(the row to be changed, what its series keeps): `row` itself, as it is stored, when all of it changes, else a
    new one, not saved, for the days that the change is about. Raises `refusal` as `cut_series`.
    """
    parts = cut_series(stored, scope=scope, day=day, refusal=refusal)
    if parts.left is None:
        _as_stored(row, stored)
        return row, None
    part = type(stored)(organization=stored.organization)
    _as_stored(part, stored)
    part.pk = None
    part.recurrence = parts.taken
    part.series, part.series_day = (stored, day) if scope is Scope.OCCURRENCE else (None, None)
    return part, parts.left


def _as_stored(row, stored):
    for field in stored._meta.concrete_fields:
        setattr(row, field.attname, getattr(stored, field.attname))


def shorten(stored, left, *, beside, day: date) -> None:
    """Leave `stored` the days of `left`. When `beside` has those from `day` on, occurrences edited there are its, or
    nobody's should it not repeat.
    """
    keep(stored, left)
    if beside.series_id is None:
        stored.edited_occurrences.filter(series_day__gte=day).update(series=beside if beside.is_recurring else None)


def keep(stored, left) -> None:
    """Leave `stored` only the days of `left`. One query."""
    stored.recurrence = left
    stored.save(update_fields=["first_day", "rrule", "excluded_days", "last_day"])


def stands_alone(row) -> None:
    """What no longer repeats is nobody's series and has no day to leave out; what repeats is nobody's occurrence."""
    if row.is_recurring:
        row.series = row.series_day = None
        return
    row.excluded_days = []
    if row.pk is not None:
        row.edited_occurrences.update(series=None)


def ids_removed_with(stored, removed: Cut, *, scope: Scope, day: date | None) -> list[int]:
    """What a deletion removes whole: the row when nothing of it is left, and the edited occurrences it is about."""
    edited = stored.edited_occurrences.order_by("pk")
    if scope is Scope.FOLLOWING and stored.is_recurring:
        edited = edited.filter(series_day__gte=day)
    elif scope is Scope.OCCURRENCE:
        edited = edited.none()
    return [*([stored.pk] if removed.left is None else []), *edited.values_list("pk", flat=True)]


def move_holds(touched, openings) -> None:
    """A visitor who holds a slot of hours that stay keeps it, whatever opening the hours are now of.

    `touched` are the openings that lost days; `openings` pairs of an opening that has some now and its motifs.
    """
    for hold in Hold.objects.filter(opening__in=touched).order_by("pk"):
        period = Interval(hold.starts_at, hold.ends_at)
        for opening, motifs in openings:
            if _carries(opening, motifs, hold) and is_covered(period, [opening.rule]):
                Hold.objects.filter(pk=hold.pk).update(opening=opening)
                break


def _carries(opening: Opening, motifs, hold: Hold) -> bool:
    return opening.location_id == hold.location_id and any(motif.pk == hold.motif_id for motif in motifs)
