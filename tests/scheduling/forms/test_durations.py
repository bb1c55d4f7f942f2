from datetime import timedelta

import pytest
from django import forms

from scheduling.engine.delays import Delay
from scheduling.forms.durations import ElapsedField, ElapsedListField, HorizonField, MinutesField, understood


def plain(text):
    return text.replace("\N{NO-BREAK SPACE}", " ")


@pytest.mark.parametrize(
    ("field", "text", "value", "words"),
    [
        (MinutesField(), "45", timedelta(minutes=45), "45 min"),
        (MinutesField(), "60m", timedelta(hours=1), "1 h"),
        (MinutesField(), "1h30", timedelta(minutes=90), "1 h 30"),
        (ElapsedField(), "60m", timedelta(hours=1), "1 h"),
        (ElapsedField(), "10j", timedelta(days=10), "10 jours"),
        (HorizonField(), "2m", Delay(months=2), "2 mois"),
        (HorizonField(), "90", Delay(timedelta(days=90)), "90 jours"),
        (ElapsedListField(), "6h, 48h;6h", [timedelta(hours=48), timedelta(hours=6)], "2 jours, 6 h"),
    ],
)
def test_each_field_reads_a_duration_in_its_own_sense_and_shows_what_it_understood(field, text, value, words):
    assert field.clean(text) == value
    assert plain(field.prepare_value(value)) == words
    assert field.clean(field.prepare_value(value)) == value


def test_what_was_typed_wrong_stays_as_it_was_typed():
    assert MinutesField().prepare_value("deux heures") == "deux heures"


def test_a_field_left_empty_has_no_value():
    assert MinutesField(required=False).clean("") is None
    assert ElapsedListField(required=False).clean(" , ") is None


@pytest.mark.parametrize(
    ("field", "text", "sentence"),
    [
        (MinutesField(), "bientôt", "n'est pas une durée"),
        (MinutesField(minimum=timedelta(minutes=5)), "3", "trop court"),
        (MinutesField(maximum=timedelta(hours=12)), "13h", "trop long"),
        (ElapsedField(), "2 mois", "en minutes, en heures, en jours"),
        (HorizonField(maximum=Delay(months=12)), "13m", "trop long"),
        (ElapsedListField(), "6h, demain", "n'est pas une durée"),
    ],
)
def test_what_cannot_be_is_refused_with_a_sentence(field, text, sentence):
    with pytest.raises(forms.ValidationError, match=sentence):
        field.clean(text)
    words, refusal = understood(field, text)
    assert words == ""
    assert sentence in refusal


def test_what_is_understood_is_told_in_words():
    assert plain(understood(ElapsedListField(), "48h, 6h")[0]) == "2 jours et 6 h"
    assert plain(understood(HorizonField(), "2m")[0]) == "2 mois"
    assert understood(MinutesField(required=False), "") == ("", "")
