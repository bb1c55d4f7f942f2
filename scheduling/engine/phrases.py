"""French sentences (and English times) for days, times, recurrences and quotas."""

from collections.abc import Sequence
from datetime import date, time, timedelta

from .delays import describe_duration
from .earlier_slots import EVERY_DAY, Wishes
from .opening_days import WEEKDAY_NAMES
from .quota import Week, WeekOverrun
from .recurrence import Frequency, Recurrence, Rule
from .typography import NBSP, count, enumerate_words
from .wall_clock import MIDNIGHT

MONTH_NAMES = (
    "janvier", "février", "mars", "avril", "mai", "juin",
    "juillet", "août", "septembre", "octobre", "novembre", "décembre",
)  # fmt: skip


def format_day(day: date) -> str:
    """« lundi 23 novembre 2026 », « dimanche 1er mars 2026 »."""
    number = "1er" if day.day == 1 else day.day
    return f"{WEEKDAY_NAMES[day.weekday()]} {number}{NBSP}{MONTH_NAMES[day.month - 1]} {day.year}"


def format_time(wall: time) -> str:
    """« 9 h », « 9 h 30 », « 0 h »."""
    return f"{wall.hour}{NBSP}h" + (f"{NBSP}{wall.minute:02}" if wall.minute else "")


def format_english_time(wall: time) -> str:
    """ "9 am", "9:30 am", "12 pm" at noon: without dots, so that a sentence may end with it."""
    minutes = f":{wall.minute:02}" if wall.minute else ""
    return f"{wall.hour % 12 or 12}{minutes}{NBSP}{'am' if wall.hour < 12 else 'pm'}"


def format_end_time(wall: time) -> str:
    """As `format_time`, midnight being « 24 h »."""
    return f"24{NBSP}h" if wall == MIDNIGHT else format_time(wall)


def format_span(first: date, last: date) -> str:
    """« du 2 au 8 mars 2026 », « du 28 décembre 2026 au 3 janvier 2027 »: for two different days."""
    start, end = (format_day(day).split(" ", 1)[1] for day in (first, last))
    if first.year == last.year:
        start = start.rsplit(" ", 1)[0]
        if first.month == last.month:
            start = start.split(NBSP)[0]
    return f"du {start} au {end}"


def format_week_of(monday: date) -> str:
    """« la semaine du 30 novembre 2026 »."""
    return f"la semaine du {format_day(monday).split(' ', 1)[1]}"


def format_week_and_days(year: int, week: int) -> str:
    """« semaine 10 de 2026 (du 2 au 8 mars) »: few know weeks by their number."""
    first, last = Week(year, week).monday, Week(year, week).sunday
    span = format_span(first, last)
    return f"{format_week(year, week)} ({span if first.year != last.year else span.rsplit(' ', 1)[0]})"


def format_week(year: int, week: int) -> str:
    return f"semaine {week} de {year}"


def describe_occasion(recurrence: Recurrence, start_time: time, end_time: time, days_spanned: int = 0) -> str:
    """The live sentence of a form: « Tous les mardis et jeudis de 9 h à 12 h, sans fin ».

    `days_spanned` as in `UnavailabilityRule`. No full stop, so that a place can follow: « …, au Centre social ».
    """
    rule = recurrence.rule
    if rule is None and days_spanned:
        return _describe_stretch(recurrence.first_day, start_time, end_time, days_spanned)
    hours = _describe_hours(start_time, end_time, days_spanned)
    if rule is None:
        return f"Le {format_day(recurrence.first_day)} {hours}"
    end = f"jusqu'au {format_day(rule.until)}" if rule.until else "sans fin"
    start = ""
    if rule.interval > 1:  # Every second week, from which one on?
        start = f", à partir du {format_day(recurrence.first_occurrence() or recurrence.first_day)}"
    return f"{_describe_days(rule)} {hours}{start}, {end}{_describe_exclusions(recurrence)}"


def _describe_hours(start_time: time, end_time: time, days_spanned: int) -> str:
    if days_spanned:
        later = "le lendemain" if days_spanned == 1 else f"{count(days_spanned, 'jour')} plus tard"
        return f"de {format_time(start_time)} à {format_time(end_time)} {later}"
    if start_time == end_time == MIDNIGHT:
        return "toute la journée"
    return f"de {format_time(start_time)} à {format_end_time(end_time)}"


def _describe_stretch(first_day: date, start_time: time, end_time: time, days_spanned: int) -> str:
    """« Du lundi 2 mars 2026 à 14 h au vendredi 6 mars 2026 à 24 h »: the midnight that ends a day is its 24 h."""
    ends_at_midnight = end_time == MIDNIGHT
    last_day = first_day + timedelta(days=days_spanned - ends_at_midnight)
    if start_time == MIDNIGHT and ends_at_midnight:
        return f"Du {format_day(first_day)} au {format_day(last_day)} inclus"
    return (
        f"Du {format_day(first_day)} à {format_time(start_time)}"
        f" au {format_day(last_day)} à {format_end_time(end_time)}"
    )


def _describe_days(rule: Rule) -> str:
    if rule.frequency is Frequency.DAILY:
        return "Tous les jours" if rule.interval == 1 else f"Tous les {rule.interval} jours"
    if rule.frequency is Frequency.WEEKLY:
        return _describe_weeks(rule)
    return _describe_months(rule)


def _describe_weeks(rule: Rule) -> str:
    if rule.interval == 1:
        if len(rule.weekdays) == 7:
            return "Tous les jours"
        first, last = min(rule.weekdays), max(rule.weekdays)
        if len(rule.weekdays) == last - first + 1 >= 3:
            return f"Du {WEEKDAY_NAMES[first]} au {WEEKDAY_NAMES[last]}"
        return "Tous les " + enumerate_words([f"{WEEKDAY_NAMES[weekday]}s" for weekday in sorted(rule.weekdays)])
    days = enumerate_words([f"le {WEEKDAY_NAMES[weekday]}" for weekday in sorted(rule.weekdays)])
    days = "tous les jours" if len(rule.weekdays) == 7 else days
    every = "Tous les 15 jours" if rule.interval == 2 else f"Toutes les {rule.interval} semaines"
    return f"{every}, {days},"


def _describe_months(rule: Rule) -> str:
    if rule.nth is not None:
        (weekday,) = rule.weekdays
        rank = {1: "1er", -1: "dernier"}.get(rule.nth, f"{rule.nth}e")
        day = f"Le {rank} {WEEKDAY_NAMES[weekday]}"
    elif rule.month_day == -1:
        day = "Le dernier jour"
    else:
        day = f"Le {'1er' if rule.month_day == 1 else rule.month_day}"
    sentence = f"{day} de chaque mois" if rule.interval == 1 else f"{day}, tous les {rule.interval} mois,"
    if rule.nth == 5 or (rule.month_day or 0) > 28:
        # A month that lacks the day is skipped, and the sentence must not promise it.
        return f"{sentence.removesuffix(',')} quand il existe,"
    return sentence


def _describe_exclusions(recurrence: Recurrence) -> str:
    days = recurrence.removed_days()
    if not days:
        return ""
    if len(days) > 3:
        return f", sauf {count(len(days), 'date')}"
    return ", sauf " + enumerate_words([f"le {format_day(day)}" for day in days])


def describe_wishes(wishes: Wishes) -> str:
    """« lundis et mercredis, le matin, pas avant le 4 mars 2026 »."""
    days = [f"{WEEKDAY_NAMES[day]}s" for day in sorted(wishes.weekdays)]
    words = ["tous les jours" if wishes.weekdays == EVERY_DAY else enumerate_words(days)]
    if not (wishes.mornings and wishes.afternoons):
        words.append("le matin" if wishes.mornings else "l'après-midi")
    if wishes.not_before:
        words.append(f"pas avant le {format_day(wishes.not_before).split(' ', 1)[1]}")
    return ", ".join(words)


def describe_quota(opened: timedelta, allowance: timedelta) -> str:
    """The gauge of a week: « 10 h ouvertes sur 16 h, il reste 6 h »."""
    hours = f"{describe_duration(opened)} ouvertes" if opened else "Rien d'ouvert"
    sentence = f"{hours} sur {describe_duration(allowance)}"
    if opened > allowance:
        return f"{sentence}, {describe_duration(opened - allowance)} de trop"
    return f"{sentence}, il reste {describe_duration(allowance - opened)}"


def describe_overruns(overruns: Sequence[WeekOverrun], allowance: timedelta) -> str:
    """The refusal, for at least one overrun: the first week, by how much, and how many more there are."""
    first, others = overruns[0], len(overruns) - 1
    more = ""
    if others:
        more = f" (et {count(others, 'autre semaine', 'autres semaines')})"
    return (
        f"La {format_week_and_days(first.year, first.week)} aurait {describe_duration(first.opened)} ouvertes"
        f" pour {describe_duration(allowance)} autorisées{NBSP}: {describe_duration(first.overrun)} de trop{more}."
    )
