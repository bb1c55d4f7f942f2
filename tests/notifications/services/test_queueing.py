"""What messages say, and when they leave. Who gets them: test_who_is_told."""

from datetime import timedelta
from email.utils import parseaddr

import pytest
from django.conf import settings
from django.db import transaction
from icalendar import Calendar

from notifications.models import Message
from notifications.services.queueing import queue_messages
from organizations.models import Motif
from scheduling.engine.intervals import Interval
from scheduling.models import Appointment, AppointmentEvent, AppointmentStatus, Participation
from scheduling.participation_links import link_token
from scheduling.services.actors import CITIZEN, Actor
from scheduling.services.appointments import cancel_appointment, move_appointment, record_outcome
from scheduling.services.booking import Attendee, Details, place_appointment
from scheduling.services.events import record_event
from tests.factories import (
    MONDAY,
    NOW,
    TUESDAY,
    make_agent,
    make_appointment,
    make_calendar,
    make_citizen,
    make_desk,
    make_location,
    make_motif,
    make_opening,
    make_option,
    make_organization,
    make_territory,
    paris,
)

pytestmark = pytest.mark.django_db

MOBILE, LANDLINE = "+33612345678", "+33321216262"
Event = AppointmentEvent.Kind
MAIL, SMS = Message.Channel.EMAIL, Message.Channel.SMS


def test_the_mail_says_when_where_what_for_and_where_to_change_it():
    organization = make_organization(name="Mairie d'Arras", phone=LANDLINE, email="contact@arras.example")
    motif = make_motif(organization=organization, name="Pièces d'identité", instructions_after="Apportez une photo.")
    option = make_option(motif=motif, name="Passeport")
    location = make_location(
        organization=organization, name="Hôtel de ville", street="Place des Héros", postal_code="62000", city="Arras"
    )
    desk = make_desk(location=location, name="Guichet 3", kind="Identité")
    citizen = make_citizen(organization=organization, first_name="Camille", last_name="Durand")

    make_appointment(motif=motif, option=option, location=location, calendar=desk.calendar, citizen=citizen)

    message = Message.objects.get()
    link = f"http://testserver/mon-rdv/{link_token(Participation.objects.get())}/"
    assert message.subject.replace("\u00a0", " ") == "Votre rendez-vous du lundi 2 mars 2026 à 9 h"
    assert message.body.replace("\u00a0", " ") == (
        "Bonjour,\n\n"
        "Le rendez-vous de Camille DURAND est confirmé.\n\n"
        "Pièces d'identité – Passeport\n"
        "lundi 2 mars 2026 à 9 h, durée 30 min\n"
        "Hôtel de ville\n"
        "Place des Héros, 62000 Arras\n"
        "Guichet 3\n\n"
        "Apportez une photo.\n\n"
        f"Voir, déplacer ou annuler ce rendez-vous :\n{link}\n\n"
        "Mairie d'Arras\n"
        "03 21 21 62 62, contact@arras.example"
    )
    assert message.link == link
    assert (message.organization, message.territory) == (organization, organization.territory)


def test_the_sms_is_one_segment_and_does_not_name_the_motif():
    motif = make_motif(name="Violences conjugales")
    make_appointment(motif=motif, citizen=make_citizen(organization=motif.organization, email="", phone=MOBILE))

    sms = Message.objects.get(channel=SMS)
    assert sms.body.startswith("RDV confirmé le lundi 2 mars à 9 h. Lieu ")
    assert "/mon-rdv/" in sms.body
    assert len(sms.body) <= 160
    assert "Violences" not in sms.body
    assert sms.subject == sms.calendar_file == sms.link == ""


@pytest.mark.parametrize(
    ("kind", "details", "shown"),
    [
        (Motif.LocationKind.PHONE, Details(phone=LANDLINE), ["Par téléphone", "03 21 21 62 62"]),
        (Motif.LocationKind.HOME, Details(address="2 rue Basse, Lens"), ["À domicile", "2 rue Basse, Lens"]),
        (Motif.LocationKind.VIDEO, Details(video_url="https://v.example/a"), ["En visioconférence", "https://v.ex"]),
    ],
)
def test_without_a_place_the_mail_says_how_it_is_held(kind, details, shown):
    make_appointment(motif=make_motif(location_kind=kind), details=details)

    body = Message.objects.get(audience="citizen").body.replace("\u00a0", " ")
    assert all(words in body for words in shown)


def test_the_person_responsible_is_told_about_the_beneficiary():
    organization = make_organization()
    parent = make_citizen(organization=organization, email="parent@example.org", phone=MOBILE)
    child = make_citizen(organization=organization, first_name="Lou", last_name="Petit", email="", responsible=parent)

    make_appointment(organization=organization, citizen=child)

    to_citizens = Message.objects.filter(audience="citizen")
    assert {message.recipient for message in to_citizens} == {"parent@example.org", MOBILE}
    assert "Lou PETIT" in to_citizens.get(channel=MAIL).body


@pytest.mark.parametrize("refuses", ["parent", "child"])
def test_either_may_refuse_mails(refuses):
    organization = make_organization()
    parent = make_citizen(organization=organization, notify_by_email=refuses != "parent")
    child = make_citizen(organization=organization, responsible=parent, notify_by_email=refuses != "child")

    make_appointment(organization=organization, citizen=child)

    assert not Message.objects.filter(audience="citizen").exists()


def test_every_participant_is_told_of_their_own_part_only():
    motif = make_motif()
    camille, dominique = (
        make_citizen(organization=motif.organization, first_name=name) for name in ("Camille", "Dominique")
    )
    place_appointment(
        motif=motif,
        period=Interval(paris(MONDAY, 9), paris(MONDAY, 10)),
        calendar_ids=[make_calendar(organization=motif.organization).pk],
        attendees=[Attendee(camille), Attendee(dominique)],
        actor=CITIZEN,
        now=NOW,
    )

    to_camille = Message.objects.get(recipient=camille.email)
    assert "Dominique" not in to_camille.body
    assert len(set(Message.objects.filter(audience="citizen").values_list("link"))) == 2
    to_agent = Message.objects.get(audience="agent").body
    assert "Camille" in to_agent
    assert "Dominique" in to_agent


def test_a_participant_who_had_cancelled_is_not_told_of_a_move():
    appointment = make_appointment()
    Participation.objects.update(status=AppointmentStatus.CANCELLED_BY_CITIZEN)
    Message.objects.all().delete()

    record_event(appointment, Event.MOVED, actor=CITIZEN, now=NOW, previous_starts_at=paris(TUESDAY, 9))

    assert not Message.objects.filter(audience="citizen").exists()


def test_the_message_of_a_move_tells_both_dates_and_carries_the_new_link():
    motif = make_motif()
    calendar = make_calendar(organization=motif.organization)
    opening = make_opening(calendar=calendar, motifs=[motif])
    appointment = make_appointment(motif=motif, calendar=calendar, location=opening.location)
    old_link = Message.objects.get(audience="citizen").link

    move_appointment(
        appointment=appointment, starts_at=paris(MONDAY, 11), location_id=opening.location_id, actor=CITIZEN, now=NOW
    )

    message = Message.objects.get(audience="citizen", kind=Message.Kind.MOVED)
    body = message.body.replace("\u00a0", " ")
    assert "prévu le lundi 2 mars 2026 à 9 h, a été déplacé" in body
    assert "lundi 2 mars 2026 à 11 h" in body
    assert "11\u00a0h" in message.subject
    assert message.link == f"http://testserver/mon-rdv/{link_token(Participation.objects.get())}/"
    assert message.link != old_link


def test_mails_carry_one_event_of_calendars_through_its_life():
    appointment = make_appointment()
    cancel_appointment(
        appointment=appointment, status=AppointmentStatus.CANCELLED_BY_AGENT, actor=CITIZEN, now=NOW, reason="grève"
    )

    booked, cancelled = Message.objects.filter(audience="citizen").order_by("pk")
    files = [Calendar.from_ical(message.calendar_file) for message in (booked, cancelled)]
    assert [file["method"] for file in files] == ["REQUEST", "CANCEL"]
    assert len({str(file.walk("VEVENT")[0]["uid"]) for file in files}) == 1
    assert {str(file.walk("VEVENT")[0]["organizer"]) for file in files} == {
        f"mailto:{parseaddr(settings.DEFAULT_FROM_EMAIL)[1]}"
    }
    assert "grève" not in cancelled.body  # A reason is a note among agents.


def test_nobody_is_told_of_what_is_noted_after_the_fact():
    appointment = make_appointment(starts_at=paris(MONDAY, 6))
    cancel_appointment(
        appointment=appointment, status=AppointmentStatus.CANCELLED_BY_AGENT, actor=Actor.of(make_agent()), now=NOW
    )

    assert not Message.objects.exists()


def test_an_absence_noted_at_night_reaches_the_telephone_in_the_morning():
    organization = make_organization()
    citizen = make_citizen(organization=organization, phone=MOBILE)
    appointment = make_appointment(organization=organization, citizen=citizen)
    Message.objects.all().delete()

    record_outcome(
        appointment=appointment,
        status=AppointmentStatus.NO_SHOW,
        actor=Actor.of(make_agent()),
        now=paris(MONDAY, 21),
    )

    assert Message.objects.get(channel=MAIL).due_at == paris(MONDAY, 21)
    assert Message.objects.get(channel=SMS).due_at == paris(TUESDAY, 8)


def test_in_production_without_a_provider_there_is_no_sms(settings):
    settings.LOCAL_OUTBOX = False
    organization = make_organization()
    make_appointment(organization=organization, citizen=make_citizen(organization=organization, phone=MOBILE))

    assert not Message.objects.filter(channel=SMS).exists()


def test_agents_who_left_are_not_told():
    organization = make_organization()
    agent = make_agent(organization=organization)
    agent.is_active = False
    agent.save()

    make_appointment(organization=organization, calendar=agent.calendar)

    assert not Message.objects.filter(audience="agent").exists()


def test_the_agents_mail_leads_to_the_back_office():
    appointment = make_appointment()

    message = Message.objects.get(audience="agent")
    assert message.link == f"http://testserver/o/{appointment.organization.slug}/rendez-vous/{appointment.pk}/"


def test_dates_are_those_of_the_organization():
    territory = make_territory(time_zone="Indian/Reunion")
    make_appointment(organization=make_organization(territory=territory), starts_at=paris(MONDAY, 9))

    assert "12\u00a0h" in Message.objects.filter(audience="citizen").get().subject


def test_an_english_reader_gets_english_dates():
    motif = make_motif()
    appointment = make_appointment(motif=motif)
    Participation.objects.update(language="en")
    Message.objects.all().delete()

    record_event(appointment, Event.BOOKED, actor=CITIZEN, now=NOW)

    assert "Monday 2 March 2026 at 9\u00a0am," in Message.objects.get(audience="citizen").body
    assert "lundi" in Message.objects.get(audience="agent").subject


def test_no_message_without_its_event():
    appointment = make_appointment()
    Message.objects.all().delete()

    with pytest.raises(ZeroDivisionError), transaction.atomic():
        record_event(appointment, Event.MOVED, actor=CITIZEN, now=NOW, previous_starts_at=NOW)
        raise ZeroDivisionError

    assert not Message.objects.exists()


def test_an_event_costs_six_queries_whatever_the_number_of_people(django_assert_num_queries):
    organization = make_organization()
    appointment = make_appointment(organization=organization)
    for _ in range(5):
        parent = make_citizen(organization=organization, phone=MOBILE)
        Participation.objects.create(
            organization=organization,
            territory=organization.territory,
            appointment=appointment,
            citizen=make_citizen(organization=organization, responsible=parent),
            created_at=NOW,
        )
    event = AppointmentEvent.objects.create(
        organization=organization, appointment=appointment, kind=Event.MOVED, at=NOW, actor_kind="citizen",
        previous_starts_at=NOW - timedelta(days=1),
    )  # fmt: skip

    with django_assert_num_queries(6):
        ids = queue_messages(event)

    assert len(ids) == 12
    assert Appointment.objects.count() == 1


def test_a_corrected_phone_of_one_person_is_no_other_number_to_call():
    """`tell_contact_change` tells of it."""
    appointment = make_appointment()
    Message.objects.all().delete()
    changes = [{"field": "phone", "label": "Téléphone", "before": "", "after": "+33612345678"}]

    record_event(
        appointment,
        AppointmentEvent.Kind.EDITED,
        actor=CITIZEN,
        now=NOW,
        participation=appointment.participations.get(),
        changes=changes,
    )

    assert not Message.objects.exists()
