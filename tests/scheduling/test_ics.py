from datetime import timedelta

import pytest
from icalendar import Calendar

from scheduling.ics import CANCEL, PUBLISH, REQUEST, appointment_ics
from scheduling.models import AppointmentStatus
from scheduling.services.actors import CITIZEN
from scheduling.services.appointments import cancel_appointment, move_appointment
from tests.factories import MONDAY, NOW, make_appointment, make_calendar, make_location, make_motif, make_opening, paris

pytestmark = pytest.mark.django_db


def event_of(text):
    (event,) = Calendar.from_ical(text).walk("VEVENT")
    return event


def test_created_moved_and_cancelled_are_one_event_with_rising_sequence():
    motif = make_motif()
    calendar = make_calendar(organization=motif.organization)
    opening = make_opening(calendar=calendar, motifs=[motif])
    appointment = make_appointment(motif=motif, calendar=calendar, location=opening.location)
    created = event_of(appointment_ics(appointment, method=REQUEST, at=NOW))
    appointment = move_appointment(
        appointment=appointment,
        starts_at=paris(MONDAY, 10),
        location_id=opening.location_id,
        actor=CITIZEN,
        now=NOW,
    )
    moved = event_of(appointment_ics(appointment, method=REQUEST, at=NOW))
    appointment = cancel_appointment(
        appointment=appointment, status=AppointmentStatus.CANCELLED_BY_CITIZEN, actor=CITIZEN, now=NOW
    )
    cancelled = event_of(appointment_ics(appointment, method=CANCEL, at=NOW))

    assert {str(event["uid"]) for event in (created, moved, cancelled)} == {f"{appointment.ics_uid}@permanence"}
    assert created["sequence"] < moved["sequence"] < cancelled["sequence"]
    assert [event.start for event in (created, moved)] == [paris(MONDAY, 9), paris(MONDAY, 10)]
    assert [event["status"] for event in (created, moved, cancelled)] == ["CONFIRMED", "CONFIRMED", "CANCELLED"]


def test_the_file_says_when_where_and_what_for():
    motif = make_motif(name="Carte d'identité", instructions_after="Apportez une photo ; couleur,\nrécente.")
    location = make_location(
        organization=motif.organization, name="Mairie", street="1, place d'Armes", postal_code="62000", city="Arras"
    )
    text = appointment_ics(
        make_appointment(motif=motif, location=location), method=PUBLISH, at=NOW, url="https://x.example/a"
    )

    event = event_of(text)
    assert event["summary"] == f"Carte d'identité – {motif.organization.name}"
    assert event["location"] == "Mairie, 1, place d'Armes, 62000 Arras"
    assert event["description"] == "Apportez une photo ; couleur,\nrécente.\n\nhttps://x.example/a"
    assert event.end - event.start == timedelta(minutes=30)
    assert "METHOD:PUBLISH\r\n" in text
    assert "DTSTART:20260302T080000Z\r\n" in text


def test_a_name_cannot_add_a_line_of_its_own():
    motif = make_motif(name="Aide\r\nATTENDEE:mailto:evil@example.org")

    event = event_of(appointment_ics(make_appointment(motif=motif), method=PUBLISH, at=NOW))

    assert "attendee" not in event


def test_an_invitation_names_who_invites_and_who_is_invited_and_asks_for_no_answer():
    appointment = make_appointment()

    event = event_of(appointment_ics(appointment, method=REQUEST, at=NOW, attendee="camille@example.org"))

    assert event["organizer"] == "mailto:ne-pas-repondre@permanence.example"
    assert event["organizer"].params["CN"] == appointment.organization.name
    assert event["attendee"] == "mailto:camille@example.org"
    assert event["attendee"].params["RSVP"] == "FALSE"


def test_each_line_is_as_short_as_calendars_want_it_also_in_octets():
    motif = make_motif(name="Élévation é" * 10, instructions_after="À côté de l'hôtel ; " * 20)
    text = appointment_ics(make_appointment(motif=motif), method=PUBLISH, at=NOW)

    assert max(len(line) for line in text.encode().split(b"\r\n")) <= 75
    assert "\n" not in text.replace("\r\n", "")
    assert event_of(text)["description"] == "À côté de l'hôtel ; " * 20


def test_the_same_state_gives_the_same_file():
    appointment = make_appointment()

    assert appointment_ics(appointment, method=PUBLISH, at=NOW) == appointment_ics(appointment, method=PUBLISH, at=NOW)
