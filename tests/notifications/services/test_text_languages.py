"""Texts in two languages: whose words a person is told in, and that the history of one says nothing of the other."""

from itertools import product

import pytest
from django.db import IntegrityError, transaction
from django.utils import translation

from notifications.levels import Level
from notifications.models import Message, MessageText
from notifications.selectors.texts import texts_of_level, versions_of
from notifications.services.reminders import queue_due_reminders
from notifications.services.texts import restore_text, withdraw_text, write_text
from notifications.texts import default_text
from scheduling.engine.intervals import Interval
from scheduling.services.actors import Actor
from scheduling.services.booking import Attendee, Details, place_appointment
from tests.factories import (
    MONDAY,
    NOW,
    TUESDAY,
    make_agent,
    make_calendar,
    make_citizen,
    make_location,
    make_motif,
    paris,
)

pytestmark = pytest.mark.django_db

FRENCH, ENGLISH = "fr", "en"


@pytest.fixture
def motif():
    return make_motif()


@pytest.fixture
def levels(motif):
    """By name, the narrowest first."""
    organization = motif.organization
    territory = organization.territory
    return {
        "motif": Level(territory, organization, motif),
        "organization": Level(territory, organization),
        "territory": Level(territory),
    }


def write(level, body, language=FRENCH, *, kind="booked", channel="sms", subject="", seen=None):
    return write_text(
        level=level, kind=kind, channel=channel, language=language, subject=subject, body=body, seen=seen, agent=None,
        now=NOW,
    )  # fmt: skip


def told(level, language, kind="booked", channel="sms"):
    found = texts_of_level(level).of_level(level, kind=kind, channel=channel, language=language)
    with translation.override(found.language):
        return found.source, found.language, str(found.text.body)


def booked_by(motif, language, day=MONDAY):
    organization = motif.organization
    citizen = make_citizen(organization=organization, phone="+33612345678", email="camille@example.org")
    return place_appointment(
        motif=motif,
        period=Interval(paris(day, 9), paris(day, 9) + motif.duration),
        calendar_ids=[make_calendar(organization=organization).pk],
        attendees=[Attendee(citizen, language=language)],
        actor=Actor.of(make_agent(organization=organization)),
        location_id=make_location(organization=organization).pk,
        details=Details(),
        now=NOW,
    )


def sms_of(appointment):
    return Message.objects.get(appointment=appointment, channel="sms").body


WRITTEN = list(product(["motif", "organization", "territory"], [FRENCH, ENGLISH]))


@pytest.mark.parametrize("written", list(product([False, True], repeat=len(WRITTEN))))
def test_the_persons_language_first_then_french_the_narrowest_of_either(levels, written):
    """All 64 ways in which three levels may have a text in either language."""
    there = {key for key, is_there in zip(WRITTEN, written, strict=True) if is_there}
    for name, language in there:
        write(levels[name], f"{name} {language}", language)

    for language in (FRENCH, ENGLISH):
        order = [(name, tongue) for tongue in dict.fromkeys((language, FRENCH)) for name in levels]
        speaking = next((key for key in order if key in there), None)
        source, tongue, body = told(levels["motif"], language)
        if speaking:
            assert (source, tongue, body) == (*speaking, f"{speaking[0]} {speaking[1]}")
        else:
            with translation.override(language):
                default = str(default_text("booked", audience="citizen", channel="sms").body)
            assert (source, tongue, body) == ("default", language, default)


def test_the_ladder_shows_in_which_order_they_are_asked(levels):
    write(levels["motif"], "Du motif")
    write(levels["territory"], "Of the territory", ENGLISH)
    texts = texts_of_level(levels["motif"])

    steps = texts.ladder(levels["motif"], kind="booked", channel="sms", language=ENGLISH)

    assert [(step.label, step.language, step.has_text, step.is_in_force) for step in steps] == [
        ("Motif", "en anglais", False, False),
        ("Organisation", "en anglais", False, False),
        ("Territoire", "en anglais", True, True),
        ("Motif", "en français", True, False),
        ("Organisation", "en français", False, False),
        ("Territoire", "en français", False, False),
        ("Texte par défaut", "en anglais", True, False),
    ]


def test_a_citizen_who_reads_english_is_told_in_english_with_english_dates(levels, motif):
    write(levels["motif"], "Rendez-vous {date}")
    write(levels["territory"], "Appointment {date}", ENGLISH)

    assert sms_of(booked_by(motif, ENGLISH)) == "Appointment Monday 2 March at 9 am"
    assert sms_of(booked_by(motif, FRENCH)) == "Rendez-vous lundi 2 mars à 9 h"


def test_without_an_english_text_they_get_the_french_one_with_french_dates(levels, motif):
    write(levels["motif"], "Rendez-vous {date}")

    assert sms_of(booked_by(motif, ENGLISH)) == "Rendez-vous lundi 2 mars à 9 h"


def test_a_reminder_speaks_english_too(levels, motif):
    write(levels["organization"], "Do come {date}", ENGLISH, kind="reminder")
    appointment = booked_by(motif, ENGLISH, TUESDAY)

    queue_due_reminders(now=paris(TUESDAY, 8))

    reminder = Message.objects.get(appointment=appointment, kind="reminder", channel="sms")
    assert reminder.body.startswith("Do come Tuesday 3 March")


def test_each_language_has_its_own_version_in_force_and_its_own_history(levels):
    level = levels["organization"]
    french, english = write(level, "Bonjour"), write(level, "Hello", ENGLISH)
    write(level, "Hello again", ENGLISH, seen=english.pk)

    french.refresh_from_db()
    assert french.is_in_force
    which = {"kind": "booked", "channel": "sms"}
    assert [version.body for version in versions_of(level, **which)] == ["Bonjour"]
    assert [version.body for version in versions_of(level, **which, language=ENGLISH)] == ["Hello again", "Hello"]


def test_taking_back_or_restoring_one_leaves_the_other(levels):
    level = levels["organization"]
    write(level, "Bonjour")
    english = write(level, "Hello", ENGLISH)
    change = {"level": level, "agent": None, "now": NOW}

    withdraw_text(kind="booked", channel="sms", language=ENGLISH, seen=english.pk, **change)
    assert told(level, ENGLISH) == ("organization", FRENCH, "Bonjour")

    restore_text(version=english, seen=None, **change)
    assert told(level, ENGLISH) == ("organization", ENGLISH, "Hello")
    assert told(level, FRENCH) == ("organization", FRENCH, "Bonjour")


def test_the_table_holds_one_text_in_force_for_each_language(levels):
    level = levels["organization"]
    write(level, "Hello", ENGLISH)
    second = {"kind": "booked", "channel": "sms", "body": "Twice", "written_at": NOW}

    with pytest.raises(IntegrityError), transaction.atomic():
        MessageText.objects.create(**level.columns, **second, language=ENGLISH)
    MessageText.objects.create(**level.columns, **second, language=FRENCH)
