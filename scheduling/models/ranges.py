"""Expressions of the exclusion constraints, in terms that core GiST understands: no extension needed."""

from django.contrib.postgres.fields import BigIntegerRangeField, DateTimeRangeField
from django.db.models import F, Func, Value


class TsTzRange(Func):
    function = "TSTZRANGE"
    output_field = DateTimeRangeField()


def IdRange(name):  # noqa: N802  Reads like the class it stands beside.
    """`int8range(id, id, '[]')`: `&&` between two of these is equality of the ids."""
    return Func(F(name), F(name), Value("[]"), function="int8range", output_field=BigIntegerRangeField())
