"""Expressions of the exclusion constraints, in terms that core GiST understands: no extension needed."""

from django.contrib.postgres.fields import BigIntegerRangeField, DateTimeRangeField, IntegerRangeField
from django.db.models import F, Func, IntegerField, Value
from django.db.models.functions import Coalesce, NullIf

DAY_SECONDS = 24 * 3600


class TsTzRange(Func):
    function = "TSTZRANGE"
    output_field = DateTimeRangeField()


def IdRange(name):  # noqa: N802  Reads like the class it stands beside.
    """`int8range(id, id, '[]')`: `&&` between two of these is equality of the ids."""
    return Func(F(name), F(name), Value("[]"), function="int8range", output_field=BigIntegerRangeField())


def WallTimeRange(start, end):  # noqa: N802
    """[start, end) of two wall-clock times of one day, in seconds; an end of midnight is 24 h."""
    end_of_day = Value(DAY_SECONDS, output_field=IntegerField())
    return Func(
        _seconds(start),
        Coalesce(NullIf(_seconds(end), Value(0)), end_of_day),
        function="int4range",
        output_field=IntegerRangeField(),
    )


def _seconds(name):
    return Func(F(name), template="EXTRACT(EPOCH FROM %(expressions)s)::int", output_field=IntegerField())
