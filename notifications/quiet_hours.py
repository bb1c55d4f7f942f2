"""The hours in which no SMS leaves that can wait: those of the territory, by the clocks of the organization.

Whoever has a number from abroad is told by these clocks too: where they are at that hour nobody knows.
"""

from datetime import datetime, time, timedelta

from scheduling.engine.wall_clock import ONE_DAY, to_instant

from .models import Message

Kind = Message.Kind

# What an SMS of each kind does in quiet hours: leave at once, or wait for their end. A mail never waits.
WAITS = {
    Kind.BOOKED: False,  # The person has just asked for it, and it holds the link to change it.
    Kind.MOVED: False,  # Who does not know comes at the wrong time.
    Kind.UNSCHEDULED: False,  # Who does not know comes for nothing.
    Kind.CANCELLED_BY_CITIZEN: False,
    Kind.CANCELLED_BY_AGENT: False,
    Kind.WAITING: False,
    Kind.SEATED: False,  # They have an appointment now, perhaps early in the morning.
    Kind.LEFT_QUEUE: False,
    Kind.EARLIER_SLOT: True,  # Made at night, its time to answer begins in the morning, too.
    Kind.CONTACT_CHANGED: False,  # Whoever did not do it has to know before somebody else acts in their name.
    Kind.CODE: False,  # Somebody is waiting for it before a form.
    Kind.REMINDER: True,
    Kind.NO_SHOW: True,
    # These are mails of agents: there is no SMS of them.
    Kind.LEFT_CALENDAR: False,
    Kind.EDITED: False,
    Kind.PERSON_JOINED: False,
    Kind.PERSON_LEFT: False,
    Kind.SUMMARY: False,
    Kind.ACCOUNT: False,
}

# A reminder comes this early at the latest, night or not.
_NOTICE = timedelta(hours=1)


def due_at(organization, *, kind: str, channel: str, now: datetime, before: datetime | None = None) -> datetime:
    """When what is ready `now` may leave: now, or after the territory's quiet hours. No query if it is loaded."""
    if channel != Message.Channel.SMS or not WAITS[kind]:
        return now
    territory = organization.territory
    return after_quiet_hours(
        now,
        zone=organization.zone,
        quiet_from=territory.quiet_from,
        quiet_until=territory.quiet_until,
        before=before if kind == Kind.REMINDER else None,
    )


def after_quiet_hours(
    now: datetime, *, zone, quiet_from: time, quiet_until: time, before: datetime | None = None
) -> datetime:
    """`now`, or the end of the quiet hours that it falls in, by the clocks of `zone`. Equal bounds: there are none.

    With `before`, the start of an appointment, no later than an hour before it, or `now` when that hour has begun. A
    person expected at half past seven is better woken at half past six than not told.
    """
    local = now.astimezone(zone)
    wall, spans_midnight = local.time(), quiet_from > quiet_until
    has_begun, is_over = wall >= quiet_from, wall >= quiet_until
    is_quiet = (has_begun or not is_over) if spans_midnight else (has_begun and not is_over)
    if not is_quiet:
        return now
    last_day = local.date() + ONE_DAY if spans_midnight and has_begun else local.date()
    # Where clocks go back over the end, it may just have been.
    end = max(now, to_instant(last_day, quiet_until, zone))
    return end if before is None else min(end, max(now, before - _NOTICE))
