"""What stands in an address or a form without having been checked by a field: ids and words."""

# What PostgreSQL's bigint holds; Python refuses to read much longer numbers at all.
MOST_DIGITS = 18


def id_in(text: str) -> int | None:
    """The id that is written, or None for what is none."""
    return int(text) if text.isdecimal() and len(text) <= MOST_DIGITS else None


def words_in(parameters, name: str = "q") -> str:
    """What was typed to search with, without the null bytes that PostgreSQL refuses."""
    return parameters.get(name, "").replace("\x00", "").strip()
