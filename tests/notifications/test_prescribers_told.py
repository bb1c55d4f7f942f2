"""What prescribers are told, and who answers for a relative: that what was booked is confirmed, each their own part."""

from datetime import timedelta
from html import unescape
from itertools import product

import pytest
from django.db import IntegrityError, connection, transaction

from notifications.models import Message
from notifications.services.delivery import deliver
from notifications.services.reminders import queue_due_reminders
from organizations.models import Motif
from organizations.services.merges import fingerprint
from scheduling.models import Appointment, AppointmentEvent, CreatedBy, Participation
from scheduling.selectors.slots import Demand
from scheduling.services.actors import CITIZEN, PRESCRIBER, Actor
from scheduling.services.appointments import cancel_appointment, move_appointment
from scheduling.services.booking import Attendee, Details, book_appointment
from scheduling.services.citizen_merges import merge_citizens
from scheduling.services.events import record_event
from scheduling.services.participants import add_participant, set_participant_status
from scheduling.services.registrations import register_citizen
from scheduling.views.appointments import address_of
from tests.factories import (
    MONDAY,
    NOW,
    TUESDAY,
    make_agent,
    make_appointment,
    make_citizen,
    make_motif,
    make_opening,
    make_organization,
    make_prescriber,
    make_territory,
    make_workshop,
    paris,
)

pytestmark = pytest.mark.django_db

Event, Kind = AppointmentEvent.Kind, Message.Kind


def prescribe(*, motif=None, citizen=None, prescriber=None, details=None, **fields) -> Appointment:
    motif = motif or make_motif()
    organization = motif.organization
    on_site = motif.location_kind == Motif.LocationKind.ON_SITE
    opening = make_opening(motifs=[motif], **({} if on_site else {"location": None}))
    return book_appointment(
        demand=Demand(motif),
        starts_at=paris(MONDAY, 10),
        location_id=opening.location_id,
        attendees=[Attendee(citizen or make_citizen(organization=organization))],
        actor=PRESCRIBER,
        prescriber=prescriber or make_prescriber(territory=organization.territory, structure="CCAS"),
        details=details or Details(),
        now=NOW,
        **fields,
    )


def to_prescribers():
    return Message.objects.filter(audience="prescriber")


def test_the_appointment_says_who_prescribed_it():
    prescriber = make_prescriber()
    motif = make_motif(organization=make_organization(territory=prescriber.territory))

    appointment = prescribe(motif=motif, prescriber=prescriber)

    assert (appointment.prescriber, appointment.created_by_kind) == (prescriber, CreatedBy.PRESCRIBER)
    assert appointment.events.get().actor_kind == CreatedBy.PRESCRIBER


def test_both_get_the_confirmation_and_only_the_beneficiary_gets_the_link():
    organization = make_organization(name="Maison des solidarités", email="msd@example.org", phone="+33321000000")
    motif = make_motif(organization=organization, name="Accès aux droits", instructions_after="Apportez vos papiers.")
    citizen = make_citizen(organization=organization, first_name="Camille", last_name="Durand")

    prescribe(motif=motif, citizen=citizen)

    mine, theirs = to_prescribers().get(), Message.objects.get(audience="citizen")
    words = mine.body.replace("\u00a0", " ")
    assert mine.recipient == Appointment.objects.get().prescriber.email
    assert mine.subject.replace("\u00a0", " ") == "Rendez-vous confirmé le lundi 2 mars 2026 à 10 h"
    assert "Le rendez-vous que vous avez pris pour Camille DURAND est confirmé." in words
    for shown in ("Accès aux droits", "lundi 2 mars 2026 à 10 h, durée 30 min", "62000 Arras", "Apportez vos papiers."):
        assert shown in words
    assert words.endswith("Maison des solidarités\n03 21 00 00 00, msd@example.org")
    assert "http" not in words
    assert mine.link == mine.calendar_file == ""
    assert (mine.kind, mine.channel) == (Kind.BOOKED, "email")
    assert theirs.recipient == citizen.email
    assert "/mon-rdv/" in theirs.link


@pytest.mark.parametrize(
    ("kind", "details", "hidden"),
    [
        ("home", {"address": "3 rue des Lilas"}, "3 rue des Lilas"),
        ("phone", {"phone": "+33612345678"}, "06 12 34 56 78"),
        ("video", {"video_url": "https://visio.example.org/42"}, "https://visio.example.org/42"),
    ],
)
def test_what_is_between_the_person_and_the_organization_is_not_in_it(kind, details, hidden):
    prescribe(motif=make_motif(location_kind=kind), details=Details(**details))

    assert hidden not in to_prescribers().get().body
    assert hidden in Message.objects.get(audience="citizen").body


# Every event after the first, by whomever: nothing to the prescriber, at any time.
# An offer is of one person, whose appointment it would replace: it has a table of its own.
LATER = [event for event in Event if event not in (Event.BOOKED, Event.EARLIER_SLOT_OFFERED)]


@pytest.mark.parametrize(("event", "actor"), list(product(LATER, ["citizen", "agent"])))
def test_nothing_that_happens_later_is_told(event, actor):
    appointment = make_appointment(starts_at=paris(TUESDAY, 9))
    territory = appointment.organization.territory
    Appointment.objects.update(created_by_kind=CreatedBy.PRESCRIBER)
    Participation.objects.update(prescriber=make_prescriber(territory=territory))

    record_event(
        appointment,
        event,
        actor=CITIZEN if actor == "citizen" else Actor.of(make_agent()),
        now=NOW,
        previous_starts_at=paris(MONDAY, 9) if event == Event.MOVED else None,
        participation=appointment.participations.get() if event.startswith("participant") else None,
    )

    assert not to_prescribers().exists()


@pytest.mark.parametrize("created_by", ["agent", "citizen"])
def test_what_nobody_prescribed_is_told_to_no_prescriber(created_by):
    make_appointment(actor=CITIZEN if created_by == "citizen" else Actor.of(make_agent()))

    assert Message.objects.exists()
    assert not to_prescribers().exists()


def test_a_request_repeated_is_told_once():
    motif, key = make_motif(), "5f1c6f0e-6f5c-4d51-a3a6-2f38a9ce9d11"
    prescriber = make_prescriber(territory=motif.organization.territory)

    first = prescribe(motif=motif, prescriber=prescriber, idempotency_key=key)
    again = prescribe(motif=motif, prescriber=prescriber, idempotency_key=key)

    assert first == again
    assert to_prescribers().count() == 1


def test_of_a_relative_the_person_responsible_and_the_prescriber_are_told():
    organization = make_organization()
    parent = make_citizen(organization=organization, email="parent@example.org", phone="+33612345678")
    child = make_citizen(organization=organization, first_name="Lou", last_name="Petit", email="", responsible=parent)

    prescribe(motif=make_motif(organization=organization), citizen=child)

    recipients = set(Message.objects.exclude(audience="agent").values_list("recipient", flat=True))
    assert recipients == {"parent@example.org", "+33612345678", Appointment.objects.get().prescriber.email}
    assert "pour Lou PETIT est confirmé" in to_prescribers().get().body
    assert "parent" not in to_prescribers().get().body


class TestRelatives:
    """Whatever is told of a relative goes to who answers for them, also when the relative has contacts of their own."""

    @pytest.fixture
    def appointment(self):
        organization = make_organization()
        parent = make_citizen(organization=organization, email="parent@example.org")
        child = make_citizen(
            organization=organization, first_name="Lou", last_name="Petit", email="lou@example.org", responsible=parent
        )
        appointment = make_appointment(organization=organization, citizen=child, starts_at=paris(TUESDAY, 9))
        Message.objects.all().delete()
        return appointment

    @pytest.mark.parametrize(
        "event",
        [
            Event.BOOKED,
            Event.MOVED,
            Event.RESUMED,
            Event.UNSCHEDULED,
            Event.CANCELLED_BY_CITIZEN,
            Event.CANCELLED_BY_AGENT,
        ],
    )
    def test_every_event(self, event, appointment):
        previous = paris(MONDAY, 9) if event == Event.MOVED else None
        record_event(appointment, event, actor=CITIZEN, now=NOW, previous_starts_at=previous)

        message = Message.objects.get(audience="citizen")
        assert message.recipient == "parent@example.org"
        assert "Lou PETIT" in message.body

    def test_the_reminder(self, appointment):
        Appointment.objects.update(placed_at=NOW.replace(month=1))
        Participation.objects.update(created_at=NOW.replace(month=1))

        queue_due_reminders(now=paris(TUESDAY, 8))

        reminder = Message.objects.get(kind=Kind.REMINDER)
        assert reminder.recipient == "parent@example.org"
        assert "Lou PETIT" in reminder.body

    def test_an_absence(self, appointment):
        Participation.objects.update(status="no_show")

        record_event(appointment, Event.NO_SHOW, actor=CITIZEN, now=paris(TUESDAY, 10))

        assert Message.objects.get(audience="citizen").recipient == "parent@example.org"


class TestTenants:
    def test_a_prescriber_of_another_territory_books_nothing(self):
        with pytest.raises(IntegrityError, match="participation_prescriber_of_its_territory"), transaction.atomic():
            prescribe(prescriber=make_prescriber())
            check_keys()

        assert not Appointment.objects.exists()

    def test_nor_is_one_put_into_it_afterwards(self):
        participation = prescribe().participations.get()

        with pytest.raises(IntegrityError, match="participation_prescriber_of_its_territory"), transaction.atomic():
            Participation.objects.filter(pk=participation.pk).update(prescriber=make_prescriber())
            check_keys()

    @pytest.mark.parametrize("created_by", ["agent", "citizen"])
    def test_what_an_agent_or_a_citizen_booked_has_no_prescriber(self, created_by):
        appointment = make_appointment(actor=CITIZEN if created_by == "citizen" else Actor.of(make_agent()))
        prescriber = make_prescriber(territory=appointment.organization.territory)

        with pytest.raises(IntegrityError, match="no prescriber made appointment"), transaction.atomic():
            appointment.participations.update(prescriber=prescriber)


def check_keys():
    """Those that wait for the end of the transaction."""
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")


class TestOnTheScreen:
    def test_agents_see_who_prescribed_it_and_how_to_reach_them(self, client):
        territory = make_territory()
        motif = make_motif(organization=make_organization(territory=territory))
        prescriber = make_prescriber(
            territory=territory, first_name="Jeanne", last_name="Dupont", structure="CCAS", phone="+33321000000"
        )
        appointment = prescribe(motif=motif, prescriber=prescriber)
        agent = make_agent(organization=appointment.organization)
        client.force_login(agent)

        page = client.get(address_of(appointment))

        text = page.content.decode()
        assert "Prescrit par" in text
        assert "Jeanne DUPONT (CCAS)" in text
        assert f"mailto:{prescriber.email}" in text
        assert "(prescripteur)" in text

    def test_forgotten_the_appointment_still_says_that_one_prescribed_it(self, client):
        appointment = prescribe()
        client.force_login(make_agent(organization=appointment.organization))

        appointment.prescriber.delete()

        page = client.get(address_of(appointment))
        assert "un prescripteur" in page.content.decode()

    def test_the_agent_is_told_who_prescribed_it(self):
        prescribe()

        body = Message.objects.get(audience="agent").body
        assert f"pris dans votre agenda par {Appointment.objects.get().prescriber.introduced}." in body


class TestLate:
    """The mail server was down while the appointment changed: theirs is the one message they get, and is true."""

    @pytest.fixture
    def appointment(self):
        motif = make_motif()
        appointment = prescribe(motif=motif)
        make_opening(
            calendar=appointment.calendars.get(), motifs=[motif], first_day=TUESDAY, location=appointment.location
        )
        return appointment

    def sent(self, now):
        mail = to_prescribers().get()
        assert deliver(message_id=mail.pk, now=now)
        mail.refresh_from_db()
        return mail.subject.replace("\u00a0", " "), mail.body.replace("\u00a0", " ")

    @pytest.mark.parametrize("now", [NOW + timedelta(hours=1), paris(MONDAY, 12)], ids=["soon", "after its old time"])
    def test_of_one_that_was_moved_it_says_when_it_is(self, appointment, now):
        move_appointment(
            appointment=appointment,
            starts_at=paris(TUESDAY, 9),
            location_id=appointment.location_id,
            actor=CITIZEN,
            now=NOW,
        )

        subject, body = self.sent(now)

        assert subject == "Rendez-vous confirmé le mardi 3 mars 2026 à 9 h"
        assert "mardi 3 mars 2026 à 9 h" in body
        assert "lundi" not in body

    def test_of_one_that_was_cancelled_that_it_was_and_not_by_whom(self, appointment):
        cancel_appointment(appointment=appointment, status="cancelled_by_citizen", actor=CITIZEN, now=NOW)

        subject, body = self.sent(NOW + timedelta(hours=1))

        assert subject == "Rendez-vous du lundi 2 mars 2026 à 10 h annulé"
        assert "n'a plus lieu" in body
        assert "usager" not in body
        assert "confirmé" not in body

    def test_nothing_once_it_has_begun(self, appointment):
        assert not deliver(message_id=to_prescribers().get().pk, now=paris(MONDAY, 10))


class TestWorkshops:
    """Each person comes by another hand: what is told of one is told of nobody else."""

    @pytest.fixture
    def workshop(self):
        return make_workshop(title="Budget", seats=1)

    def register(self, workshop, **fields):
        territory = workshop.organization.territory
        return register_citizen(
            workshop=workshop,
            attendee=Attendee(make_citizen(organization=workshop.organization, **fields)),
            prescriber=make_prescriber(territory=territory, structure="CCAS"),
            may_wait=True,
            now=NOW,
        )

    def test_both_are_told_and_only_the_person_gets_the_link(self, workshop):
        participation = self.register(workshop, first_name="Camille", last_name="Durand")

        mine, theirs = to_prescribers().get(), Message.objects.get(audience="citizen")
        assert mine.recipient == participation.prescriber.email
        assert "pour Camille DURAND est confirmé" in mine.body
        assert (mine.link, mine.calendar_file) == ("", "")
        assert "/mon-rdv/" in theirs.link
        assert participation.appointment.events.get(participation=participation).actor_kind == CreatedBy.PRESCRIBER

    def test_the_agent_is_told_by_whom(self, workshop):
        participation = self.register(workshop)

        assert (
            participation.prescriber.introduced in Message.objects.filter(audience="agent").order_by("pk").last().body
        )

    def test_of_a_place_in_the_queue_it_says_so(self, workshop):
        self.register(workshop)
        Message.objects.all().delete()
        self.register(workshop, first_name="Lou", last_name="Petit")

        mail = to_prescribers().get()
        assert mail.kind == Kind.WAITING
        assert "la personne est en liste d'attente" in mail.body.replace("\u00a0", " ")
        assert "confirmé" not in mail.body

    def test_who_has_given_up_before_it_leaves_is_not_said_to_come(self, workshop):
        participation = self.register(workshop)
        set_participant_status(
            participation=participation, status="cancelled_by_citizen", actor=CITIZEN, now=NOW + timedelta(minutes=1)
        )

        mail = to_prescribers().get()
        assert deliver(message_id=mail.pk, now=NOW + timedelta(hours=1))
        mail.refresh_from_db()
        assert "n'a plus lieu" in mail.body

    def test_what_others_do_later_is_not_told(self, workshop):
        participation = self.register(workshop)
        Message.objects.all().delete()
        for status in ("cancelled_by_agent", "booked"):
            set_participant_status(participation=participation, status=status, actor=Actor.of(make_agent()), now=NOW)

        assert not to_prescribers().exists()

    def test_the_page_of_the_workshop_says_by_whom_each_comes(self, client, workshop):
        participation = self.register(workshop)
        client.force_login(make_agent(organization=workshop.organization))

        page = client.get(address_of(workshop))

        assert participation.prescriber.introduced in unescape(page.content.decode())


def test_merged_records_keep_their_prescriber():
    """Of an RDV that both had."""
    appointment = prescribe()
    organization = appointment.organization
    kept = make_citizen(organization=organization)
    add_participant(appointment=appointment, attendee=Attendee(kept), actor=Actor.of(make_agent()), now=NOW)
    prescribed = appointment.participations.exclude(citizen=kept).get()

    merge_citizens(
        winner_id=kept.pk,
        loser_id=prescribed.citizen_id,
        choices={},
        seen=fingerprint(winner=kept, loser=prescribed.citizen),
        agent=make_agent(organization=organization),
        organization=organization,
        now=NOW,
    )

    assert appointment.participations.get().prescriber == prescribed.prescriber
