"""What stands in an address or a form without having been checked by a field: ids, days and words."""

from datetime import date

# What PostgreSQL's bigint holds; Python refuses to read much longer numbers at all.
MOST_DIGITS = 18


def id_in(text: str) -> int | None:
    """The id that is written, or None for what is none."""
    return int(text) if text.isdecimal() and len(text) <= MOST_DIGITS else None


def day_in(text: str) -> date | None:
    """The day that is written as 2026-03-02, of this century, or None for what is none."""
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return None
    return day if 2000 <= day.year <= 2100 else None


def words_in(parameters, name: str = "q") -> str:
    """What was typed to search with, without the null bytes that PostgreSQL refuses."""
    return parameters.get(name, "").replace("\x00", "").strip()
