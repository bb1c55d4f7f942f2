"""Days as they stand in an address."""

from datetime import date


def day_in(text, default: date) -> date:
    """The day of « 2026-03-02 », or `default` for anything else; far-off years are not worth a page."""
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return default
    return day if 2000 <= day.year <= 2100 else default
