"""What is typed about a repetition becomes an RRULE, and is read back for the next edit."""

from datetime import date, timedelta

import pytest
from django import forms
from hypothesis import given
from hypothesis import strategies as st

from scheduling.engine.recurrence import Frequency, Rule, parse_rrule
from scheduling.forms.series import SeriesForm, initial_of_rrule
from scheduling.forms.times import WallTimeField
from tests.scheduling.engine.strategies import rules

MONDAY = date(2026, 3, 2)


def typed(**fields):
    return {"first_day": "2026-03-02", "repeat": "once"} | fields


def as_posted(initial):
    """What a browser sends for a form shown with these values."""
    return {
        name: [str(item) for item in value] if isinstance(value, list) else str(value)
        for name, value in initial.items()
        if value is not None
    }


def errors_of(**fields):
    form = SeriesForm(typed(**fields))
    assert not form.is_valid()
    return {name: messages[0] for name, messages in form.errors.items()}


def rrule_of(**fields):
    form = SeriesForm(typed(**fields))
    assert form.is_valid(), form.errors
    return form.cleaned_data["rrule"]


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({}, ""),
        ({"repeat": "DAILY"}, "FREQ=DAILY"),
        ({"repeat": "DAILY", "interval": "3"}, "FREQ=DAILY;INTERVAL=3"),
        ({"repeat": "WEEKLY", "weekdays": ["3", "1"]}, "FREQ=WEEKLY;BYDAY=TU,TH"),
        ({"repeat": "WEEKLY", "interval": "2", "weekdays": ["6"]}, "FREQ=WEEKLY;INTERVAL=2;BYDAY=SU"),
        ({"repeat": "MONTHLY", "monthly_by": "day", "month_day": "31"}, "FREQ=MONTHLY;BYMONTHDAY=31"),
        ({"repeat": "MONTHLY", "monthly_by": "day", "month_day": "-1"}, "FREQ=MONTHLY;BYMONTHDAY=-1"),
        ({"repeat": "MONTHLY", "monthly_by": "rank", "rank": "2", "rank_weekday": "0"}, "FREQ=MONTHLY;BYDAY=2MO"),
        ({"repeat": "MONTHLY", "monthly_by": "rank", "rank": "-1", "rank_weekday": "4"}, "FREQ=MONTHLY;BYDAY=-1FR"),
        ({"repeat": "DAILY", "ends": "until", "until": "31/12/2026"}, "FREQ=DAILY;UNTIL=20261231"),
        ({"repeat": "DAILY", "ends": "never", "until": "31/12/2026"}, "FREQ=DAILY"),
    ],
)
def test_what_is_typed_becomes_a_rule_of_rfc_5545(fields, expected):
    assert rrule_of(**fields) == expected


def test_what_the_repetition_does_not_ask_for_counts_for_nothing_right_or_wrong():
    nonsense = {"interval": "abc", "weekdays": ["9"], "rank": "12", "until": "hier", "ends": "until"}

    assert rrule_of(repeat="once", **nonsense) == ""
    assert rrule_of(repeat="DAILY", weekdays=["9"], rank="12") == "FREQ=DAILY"


@pytest.mark.parametrize(
    ("fields", "field", "sentence"),
    [
        ({"first_day": ""}, "first_day", "Donnez le premier jour."),
        ({"first_day": "31/02/2026"}, "first_day", "Cette date n'existe pas. Écrivez par exemple 23/11/2026."),
        ({"first_day": "0026-03-02"}, "first_day", "Cette date est trop ancienne."),
        ({"first_day": "9999-12-31"}, "first_day", "Cette date est trop lointaine."),
        ({"repeat": "DAILY", "interval": "0"}, "interval", "Le pas est d'au moins 1."),
        ({"repeat": "DAILY", "interval": "1000"}, "interval", "Le pas est d'au plus 999."),
        ({"repeat": "DAILY", "interval": "deux"}, "interval", "Écrivez un nombre entier."),
        ({"repeat": "WEEKLY"}, "weekdays", "Choisissez au moins un jour de la semaine."),
        (
            {"repeat": "DAILY", "ends": "until", "until": "2026-03-01"},
            "until",
            "La fin de la répétition vient avant le premier jour.",
        ),
        (
            {"repeat": "DAILY", "ends": "until"},
            "until",
            "Donnez la date de fin, ou choisissez «\N{NO-BREAK SPACE}Sans fin\N{NO-BREAK SPACE}».",
        ),
        (
            {"repeat": "WEEKLY", "weekdays": ["6"], "ends": "until", "until": "2026-03-03"},
            "repeat",
            "Cette répétition ne tombe sur aucun jour.",
        ),
    ],
)
def test_a_wrong_entry_is_told_beside_its_field(fields, field, sentence):
    assert errors_of(**fields) == {field: sentence}


@given(rules(MONDAY))
def test_a_rule_read_back_into_the_form_is_the_same_rule(rule):
    if rule.until is not None and rule.until < MONDAY:
        return  # The form refuses it, whatever stored it.
    form = SeriesForm(typed(**as_posted(initial_of_rrule(rule.to_rrule()))))

    form.is_valid()

    assert form.cleaned_data["rrule"] == rule.to_rrule()


@given(st.integers(1, 999))
def test_every_interval_comes_back(interval):
    rrule = Rule(Frequency.DAILY, interval=interval, until=MONDAY + timedelta(days=interval)).to_rrule()
    posted = as_posted(initial_of_rrule(rrule))

    assert parse_rrule(rrule_of(**posted)) == parse_rrule(rrule)


class TestAWallTime:
    @pytest.mark.parametrize(
        ("text", "minutes"),
        [
            ("9", 540),
            ("9h", 540),
            ("9H", 540),
            ("9h30", 570),
            ("09:30", 570),
            (" 9 h 30 ", 570),
            ("9\N{NO-BREAK SPACE}h\N{NO-BREAK SPACE}30", 570),
            ("0h", 0),
            ("23:59", 1439),
        ],
    )
    def test_is_read_as_people_write_it(self, text, minutes):
        assert WallTimeField().clean(text) == minutes

    @pytest.mark.parametrize("text", ["24h", "24:00", "24"])
    def test_may_be_24_h_where_it_ends_something(self, text):
        assert WallTimeField(is_end=True).clean(text) == 1440
        with pytest.raises(forms.ValidationError, match="commence à 0h"):
            WallTimeField().clean(text)

    @pytest.mark.parametrize(
        ("text", "sentence"),
        [
            ("25h", "n'existe pas"),
            ("24h01", "n'existe pas"),
            ("9h60", "n'existe pas"),
            ("9h5", "n'est pas une heure"),
            ("midi", "n'est pas une heure"),
            ("-1h", "n'est pas une heure"),
            ("9.30", "n'est pas une heure"),
            ("٩h", "n'est pas une heure"),
        ],
    )
    def test_that_does_not_exist_is_refused(self, text, sentence):
        with pytest.raises(forms.ValidationError, match=sentence):
            WallTimeField(is_end=True).clean(text)
