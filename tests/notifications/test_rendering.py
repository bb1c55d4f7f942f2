import re
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from django.utils import translation

from notifications.fields import format_moment
from notifications.models import Message
from notifications.models.messages import TOLD_TO_AGENTS_ALONE
from notifications.rendering import render, render_message
from notifications.sms import septets, to_gsm7
from notifications.texts import Text, default_text
from tests.factories import PARIS

NBSP = "\u00a0"


def test_fields_are_replaced_by_digit_and_by_name():
    assert render("{0}, {date}", {"0": "Camille", "date": "lundi"}) == "Camille, lundi"


def test_what_is_no_field_stays_as_typed():
    assert render("{9} {inconnu} {} {{0}} {%debug%}", {"0": "x"}) == "{9} {inconnu} {} {x} {%debug%}"


def test_a_value_is_never_read_as_a_text():
    fields = {"0": "{1}", "1": "secret"}

    assert render("{0}", fields) == "{1}"
    assert render_message(Text(subject="{0}", body="{0}"), fields, channel="email") == Text(subject="{1}", body="{1}")
    assert render_message(Text("{0}"), fields, channel="sms").body == "{1}"


def test_a_line_whose_fields_are_all_empty_leaves_no_hole():
    text = "Bonjour,\n\n{lieu}\n{adresse}\n\n{instructions}\n\nAu revoir"

    assert render(text, {"lieu": "Mairie", "adresse": "", "instructions": ""}) == "Bonjour,\n\nMairie\n\nAu revoir"


@pytest.mark.parametrize("line_break", ["\r\n", "\n", "\r", "\x0b", "\x0c", "\x85", "\u2028", "\x00"])
def test_no_value_brings_a_line_of_its_own_into_the_subject(line_break):
    text = Text(subject="Rendez-vous de {0}", body="x")

    subject = render_message(text, {"0": f"Camille{line_break}Bcc: all@example.org"}, channel="email").subject

    assert subject == "Rendez-vous de Camille Bcc: all@example.org"
    assert subject.splitlines() == [subject]


def test_french_punctuation_does_not_leave_its_word():
    assert render_message(Text("Où ? « Ici » : {0}"), {"0": "a : b"}, channel="email").body == (
        f"Où{NBSP}? «{NBSP}Ici{NBSP}»{NBSP}: a : b"
    )


@pytest.mark.parametrize(
    ("language", "instant", "zone", "shown"),
    [
        ("fr", datetime(2026, 3, 2, 8, 30, tzinfo=UTC), PARIS, f"lundi 2{NBSP}mars 2026 à{NBSP}9{NBSP}h{NBSP}30"),
        ("fr", datetime(2026, 8, 1, 8, 0, tzinfo=UTC), PARIS, f"samedi 1er{NBSP}août 2026 à{NBSP}10{NBSP}h"),
        (
            "fr",
            datetime(2026, 3, 2, 8, 30, tzinfo=UTC),
            ZoneInfo("Indian/Reunion"),
            f"lundi 2{NBSP}mars 2026 à{NBSP}12{NBSP}h{NBSP}30",
        ),
        ("en", datetime(2026, 3, 2, 8, 30, tzinfo=UTC), PARIS, f"Monday 2 March 2026 at 9:30{NBSP}am"),
        ("en", datetime(2026, 3, 2, 23, 5, tzinfo=UTC), PARIS, f"Tuesday 3 March 2026 at 12:05{NBSP}am"),
    ],
)
def test_moments_are_written_by_the_clocks_of_the_place(language, instant, zone, shown):
    with translation.override(language):
        assert format_moment(instant, zone) == shown


def test_an_sms_loses_the_accents_that_would_make_it_longer_and_no_other():
    assert to_gsm7(f"Août, l’hôtel{NBSP}: ça coûte 3 €, déjà « payé »… œuvre") == (
        'Aout, l\'hotel : ca coute 3 €, déjà " payé "... oeuvre'
    )


@pytest.mark.parametrize(("text", "length"), [("", 0), ("é", 1), ("€", 2), ("[ok]", 6), ("a" * 160, 160), ("ж", 161)])
def test_septets_are_counted_with_the_extension_table(text, length):
    assert septets(text) == length


LONG = {
    "date": f"mercredi 30{NBSP}septembre à{NBSP}10{NBSP}h{NBSP}30",
    "limite": f"10{NBSP}h{NBSP}30",
    "lieu": "Maison départementale des solidarités et de l'autonomie du Grand Arrageois",
    "organisation": "Direction des services à la population et de l'état civil",
    "lien": "https://rendez-vous.departement-exemple.fr/mon-rdv/4fzyo7-1-0123456789abcdef01234567",
    "telephone": "03 21 21 62 62",
    "motif": "Violences conjugales",
    "code": "123456",
}


@pytest.mark.parametrize(
    "kind", [kind for kind in Message.Kind if default_text(kind, audience="citizen", channel="sms")]
)
def test_every_default_sms_is_one_segment_and_never_names_the_motif(kind):
    text = default_text(kind, audience="citizen", channel="sms")

    sms = render_message(text, LONG, channel="sms").body

    assert septets(sms) <= 160
    assert "{motif}" not in str(text.body)
    assert not re.search(r"[{}]", sms)
    assert LONG["lien"] in sms or "{lien}" not in str(text.body)
    assert to_gsm7(LONG["date"]) in sms or kind == Message.Kind.CODE


def test_an_sms_without_a_place_reads_well():
    text = default_text(Message.Kind.BOOKED, audience="citizen", channel="sms")

    assert render_message(text, LONG | {"lieu": "", "date": "lundi"}, channel="sms").body == (
        f"RDV confirmé le lundi. {LONG['lien']}"
    )


@pytest.mark.parametrize("kind", sorted(set(Message.Kind) - {*TOLD_TO_AGENTS_ALONE, Message.Kind.CONTACT_CHANGED}))
def test_every_event_that_concerns_citizens_has_a_mail_and_an_sms(kind):
    mail = default_text(kind, audience="citizen", channel="email")

    assert "{date}" in str(mail.subject) or kind == Message.Kind.CODE
    assert default_text(kind, audience="citizen", channel="sms")
    assert default_text(kind, audience="agent", channel="sms") is None
