"""Merge fields as administrators write them: what is refused, where, and that nothing is expanded twice."""

import pytest

from notifications.fields import LABELS, NAMES, fields_of
from notifications.merge_syntax import clean_line, clean_text, find_faults, marked
from notifications.models import Message
from notifications.rendering import render_message
from notifications.sms import measure
from notifications.texts import Text

KNOWN = {"0", "date", "duree", "type_guichet"}


def faults(text):
    return [(fault.written, fault.line, fault.column) for fault in find_faults(text, known=KNOWN, elsewhere={})]


@pytest.mark.parametrize("text", ["", "Bonjour", "{0}, {date}", "{duree}{duree}", "100 % <b> %s $x"])
def test_a_text_of_known_fields_is_right(text):
    assert faults(text) == []


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("{inconnu}", [("{inconnu}", 1, 1)]),
        ("Le {date},\nà {heure} {9}", [("{heure}", 2, 3), ("{9}", 2, 11)]),
        ("{}", [("{}", 1, 1)]),
        ("{ date }", [("{ date }", 1, 1)]),
        ("{Date}", [("{Date}", 1, 1)]),
        ("{00}", [("{00}", 1, 1)]),
        ("{\u0663}", [("{\u0663}", 1, 1)]),
        ("{0.__class__}", [("{0.__class__}", 1, 1)]),
        ("{0!r:>9}", [("{0!r:>9}", 1, 1)]),
        ("{{0}}", [("{", 1, 1), ("}", 1, 5)]),
        ("{% debug %}", [("{% debug %}", 1, 1)]),
        ("{date\n}", [("{", 1, 1), ("}", 2, 1)]),
        ("a { b", [("{", 1, 3)]),
    ],
)
def test_whatever_is_no_field_is_refused_with_its_place(text, found):
    assert faults(text) == found


def test_a_fault_says_why_and_what_was_meant():
    def reason(text):
        (fault,) = find_faults(text, known=KNOWN, elsewhere={"7": "seulement au changement de date"})
        return fault.reason

    assert reason("{Durée}").endswith("vouliez-vous écrire {duree} ?)")
    assert reason("{type guichet}").endswith("vouliez-vous écrire {type_guichet} ?)")
    assert reason("{7}") == "seulement au changement de date"
    assert reason("{zzz}") == "ce champ n'existe pas"
    assert "accolade seule" in reason("}")


def test_the_faults_are_marked_in_their_text():
    text = "Le {date} à {heure}."

    pieces = marked(text, find_faults(text, known=KNOWN, elsewhere={}))

    assert pieces == [("Le {date} à ", False), ("{heure}", True), (".", False)]


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("a\r\nb\rc\x0bd\u2028e", "a\nb\nc\nd\ne"),
        ("a\x00b\x07c\x1bd\x7fe\x9ff", "abcdef"),
        ("a\tb", "a b"),
        ("\u202egnp.exe\u202c", "gnp.exe"),
        ("a\u200bb\ufeff", "ab"),
        ("\U0001f468\u200d\U0001f469", "\U0001f468\u200d\U0001f469"),
        ("  \n\na  \nb\n\n", "a\nb"),
        ("9\u00a0h", "9\u00a0h"),
    ],
)
def test_what_nobody_sees_is_not_kept(typed, kept):
    assert clean_text(typed) == kept
    assert "\n" not in clean_line(typed)


def test_the_eight_fields_have_a_digit_and_a_name():
    assert list(NAMES) == list("01234567")
    assert list(LABELS)[:8] == list(NAMES.values())


@pytest.mark.parametrize("kind", Message.Kind)
def test_a_previous_date_is_only_where_there_is_one(kind):
    assert ("ancienne_date" in fields_of(kind, channel="email")) == (
        kind in (Message.Kind.MOVED, Message.Kind.EARLIER_SLOT)
    )


def test_an_sms_has_no_field_for_the_motif():
    assert "motif" in fields_of(Message.Kind.BOOKED, channel="email")
    assert "motif" not in fields_of(Message.Kind.BOOKED, channel="sms")


def test_a_value_with_braces_is_not_expanded_again():
    fields = {"beneficiaire": "{lien} {{ 7|add:1 }}", "lien": "https://secret"}

    for channel in ("email", "sms"):
        sent = render_message(Text("Pour {beneficiaire}"), fields, channel=channel).body
        assert sent == "Pour {lien} {{ 7|add:1 }}"


def test_a_value_brings_no_character_that_nobody_sees():
    for channel in ("email", "sms"):
        sent = render_message(Text("Pour {0}"), {"0": "Cam\x08ille\u202e"}, channel=channel).body
        assert sent == "Pour Camille"


def test_an_sms_keeps_its_lines():
    assert render_message(Text("RDV\n{date}"), {"date": "lundi"}, channel="sms").body == "RDV\nlundi"


def test_a_long_sms_is_cut_nowhere_where_cutting_makes_it_no_single_one():
    sent = render_message(Text("a" * 170 + " {lieu}"), {"lieu": "Mairie d'Arras"}, channel="sms").body

    assert sent.endswith(" Mairie d'Arras")
    assert measure(sent).segments == 2


@pytest.mark.parametrize("field", ["lieu", "3"])
def test_a_place_is_cut_where_this_makes_one_segment(field):
    place = "Maison " * 10
    sent = render_message(Text("a" * 120 + f" {{{field}}}"), {"lieu": place, "3": place}, channel="sms").body

    assert measure(sent).segments == 1
    assert sent.endswith(".")
