"""What agents are told: event × who did it × what the agent wants × day of the RDV → exactly these mails."""

from itertools import product

import pytest

from notifications.models import Message
from organizations.models import Agent
from scheduling.models import AppointmentEvent, AppointmentStatus
from scheduling.services.actors import CITIZEN, Actor
from scheduling.services.appointment_edits import Edit, change_calendars, edit_appointment
from scheduling.services.appointments import cancel_appointment, move_appointment
from scheduling.services.booking import Attendee
from scheduling.services.events import record_event
from scheduling.services.hand_moves import Destination, move_by_hand
from scheduling.services.participants import remove_participant, set_participant_status
from scheduling.services.registrations import register_citizen
from tests.factories import (
    FRIDAY,
    MONDAY,
    NOW,
    TUESDAY,
    WEDNESDAY,
    make_agent,
    make_appointment,
    make_citizen,
    make_desk,
    make_location,
    make_motif,
    make_opening,
    make_organization,
    make_participation,
    make_territory,
    make_workshop,
    paris,
)

pytestmark = pytest.mark.django_db

Event, Kind, Wants = AppointmentEvent.Kind, Message.Kind, Agent.NotifiedOf

DAYS = {"today": MONDAY, "tomorrow": TUESDAY, "later": FRIDAY}
ACTORS = ("citizen", "colleague", "self")

PLACE = [{"field": "location", "label": "Lieu", "before": "Annexe", "after": "Mairie"}]
NOTE = [{"field": "context_note", "label": "Note pour les agents", "before": "", "after": "Appeler la veille."}]
HANDED_OVER = "handed over"

# What of whom: the event, its changes, and the kind of the mail to the agent whose RDV it is (None: no mail). With
# HANDED_OVER the holder has just got it from the loser.
OF_AN_RDV = {
    "booked": (Event.BOOKED, [], Kind.BOOKED),
    "resumed": (Event.RESUMED, [], Kind.BOOKED),
    "moved": (Event.MOVED, [], Kind.MOVED),
    "moved to another agent": (Event.MOVED, HANDED_OVER, Kind.BOOKED),
    "given to another agent": (Event.EDITED, HANDED_OVER, Kind.BOOKED),
    "another place": (Event.EDITED, PLACE, Kind.EDITED),
    "another note": (Event.EDITED, NOTE, None),
    "unscheduled": (Event.UNSCHEDULED, [], Kind.UNSCHEDULED),
    "cancelled by the citizen": (Event.CANCELLED_BY_CITIZEN, [], Kind.CANCELLED_BY_CITIZEN),
    "cancelled by an agent": (Event.CANCELLED_BY_AGENT, [], Kind.CANCELLED_BY_AGENT),
    "fulfilled": (Event.FULFILLED, [], None),
    "nobody came": (Event.NO_SHOW, [], None),
    "arrived": (Event.ARRIVED, [], None),
}
# Of one person, in an RDV of several; in a workshop, only what people do themselves is told, and nothing of the queue.
OF_A_PERSON = {
    "somebody more": (Event.PARTICIPANT_ADDED, Kind.PERSON_JOINED),
    "somebody taken away": (Event.PARTICIPANT_REMOVED, Kind.PERSON_LEFT),
    "somebody cancels": (Event.CANCELLED_BY_CITIZEN, Kind.PERSON_LEFT),
    "somebody is cancelled": (Event.CANCELLED_BY_AGENT, Kind.PERSON_LEFT),
    "a seat after waiting": (Event.PARTICIPANT_SEATED, None),
    "somebody waits": (Event.PARTICIPANT_WAITING, None),
}


def wanted(preference, *, is_own, day):
    return {
        Wants.ALL: True,
        Wants.OTHERS: not is_own,
        Wants.SOON: not is_own and day != "later",
        Wants.NONE: False,
    }[preference]


# Whether an agent wants a mail does not depend on what it says: of these every combination, of the others a sample.
IN_FULL = {"booked", "moved", "moved to another agent", "cancelled by the citizen"}
SAMPLE = [
    *((by, Wants.OTHERS, "tomorrow") for by in ACTORS),
    ("self", Wants.ALL, "later"),
    ("citizen", Wants.NONE, "today"),
    ("citizen", Wants.SOON, "later"),
]


def rows():
    of_rdvs = [
        (name, *combination)
        for name in OF_AN_RDV
        for combination in (product(ACTORS, Wants, DAYS) if name in IN_FULL else SAMPLE)
    ]
    for name, by, preference, day in of_rdvs:
        event, changes, kind = OF_AN_RDV[name]
        told = {"holder": kind} if kind and wanted(preference, is_own=by == "self", day=day) else {}
        if changes == HANDED_OVER and wanted(preference, is_own=False, day=day):
            told["loser"] = Kind.LEFT_CALENDAR
        yield pytest.param("rdv", event, changes, by, preference, day, told, id=f"{name}, {by}, {preference}, {day}")
    for name, (by, preference, day) in product(OF_A_PERSON, SAMPLE):
        event, kind = OF_A_PERSON[name]
        for of in ("rdv of several", "workshop"):
            is_told = kind and (of != "workshop" or by == "citizen")
            told = {"holder": kind} if is_told and wanted(preference, is_own=by == "self", day=day) else {}
            yield pytest.param(of, event, [], by, preference, day, told, id=f"{of}, {name}, {by}, {preference}, {day}")


class TestEveryRow:
    @pytest.fixture(scope="class")
    @classmethod
    def world(cls, rows_of_the_class):
        organization = make_organization()
        holder, loser, colleague = (make_agent(organization=organization) for _ in range(3))
        world = {"holder": holder, "loser": loser, "colleague": colleague, "rdv": {}, "rdv of several": {}}
        world |= {"workshop": {}}
        for name, day in DAYS.items():
            placed = {"organization": organization, "calendar": holder.calendar}
            world["rdv"][name] = make_appointment(starts_at=paris(day, 9), **placed)
            world["rdv of several"][name] = make_appointment(starts_at=paris(day, 10), **placed)
            world["workshop"][name] = make_workshop(starts_at=paris(day, 14), **placed)
            make_participation(workshop=world["workshop"][name])
        return world

    @pytest.mark.parametrize(("of", "event", "changes", "by", "preference", "day", "told"), list(rows()))
    def test_exactly_these_mails(self, of, event, changes, by, preference, day, told, world):
        appointment, holder, loser = world[of][day], world["holder"], world["loser"]
        Agent.objects.update(notified_of=preference)
        Message.objects.all().delete()
        if changes == HANDED_OVER:
            ids = {"added": [holder.calendar.pk], "removed": [loser.calendar.pk]}
            changes = [{"field": "calendars", "label": "Agendas", "before": str(loser), "after": str(holder), **ids}]
        actors = {"citizen": CITIZEN, "colleague": Actor.of(world["colleague"]), "self": Actor.of(holder)}

        record_event(
            appointment,
            event,
            actor=actors[by],
            now=NOW,
            changes=changes,
            previous_starts_at=appointment.starts_at if event == Event.MOVED else None,
            participation=None if of == "rdv" else appointment.participations.get(),
        )

        mails = list(Message.objects.filter(audience="agent").order_by("pk"))
        assert {message.agent: message.kind for message in mails} == {world[who]: kind for who, kind in told.items()}
        assert len(mails) == len(told)
        for message in mails:
            assert (message.channel, message.recipient) == (Message.Channel.EMAIL, message.agent.email)
            assert "{" not in message.subject + message.body


@pytest.fixture
def organization():
    return make_organization()


@pytest.fixture
def agent(organization):
    return make_agent(organization=organization, first_name="Alix", last_name="Martin")


@pytest.fixture
def colleague(organization):
    return make_agent(organization=organization, first_name="Dominique", last_name="Petit")


@pytest.fixture
def appointment(organization, agent):
    citizen = make_citizen(organization=organization, first_name="Camille", last_name="Durand")
    return make_appointment(
        organization=organization, calendar=agent.calendar, citizen=citizen, starts_at=paris(TUESDAY, 9)
    )


def told_to(agent):
    """The last mail, with ordinary spaces."""
    message = Message.objects.filter(agent=agent).order_by("-pk").first()
    message.body = message.body.replace("\u00a0", " ")
    message.subject = message.subject.replace("\u00a0", " ")
    return message


def forget_messages():
    Message.objects.all().delete()


class TestWhatThingsDo:
    """The same through the services that screens call."""

    def test_a_drag_to_a_colleague_tells_the_one_who_loses_it_and_the_one_who_gains_it(
        self, appointment, agent, colleague
    ):
        third = make_agent(organization=appointment.organization)
        forget_messages()

        move_by_hand(
            appointment=appointment,
            to=Destination.of(appointment, calendar_ids=[colleague.calendar.pk]),
            actor=Actor.of(third),
            now=NOW,
        )

        lost, gained = told_to(agent), told_to(colleague)
        assert (lost.kind, lost.link) == (Kind.LEFT_CALENDAR, "")
        assert lost.subject == "Rendez-vous du mardi 3 mars 2026 à 9 h retiré de votre agenda"
        assert "Camille DURAND" in lost.body
        assert "agenda : Dominique Petit." in lost.body
        assert f"(changement fait par {third})" in lost.body
        assert "METHOD:CANCEL" in lost.calendar_file
        assert gained.subject == "Nouveau rendez-vous le mardi 3 mars 2026 à 9 h"
        assert "METHOD:REQUEST" in gained.calendar_file
        assert gained.link
        assert Message.objects.filter(audience="agent").count() == 2

    def test_taken_back_at_once_nobody_gets_a_mail_of_what_they_did_themselves(self, appointment, agent, colleague):
        there = Destination.of(appointment, calendar_ids=[colleague.calendar.pk])
        back = Destination.of(appointment)
        forget_messages()

        appointment = move_by_hand(appointment=appointment, to=there, actor=Actor.of(agent), now=NOW)
        move_by_hand(appointment=appointment, to=back, actor=Actor.of(agent), now=NOW)

        assert not Message.objects.filter(agent=agent).exists()
        kinds = Message.objects.filter(agent=colleague).order_by("pk").values_list("kind", flat=True)
        assert list(kinds) == [Kind.BOOKED, Kind.LEFT_CALENDAR]

    def test_a_citizen_who_takes_the_slot_of_another_agent_tells_both(self, organization, agent, colleague):
        motif, location = make_motif(organization=organization), make_location(organization=organization)
        for day, calendar in [(TUESDAY, agent.calendar), (WEDNESDAY, colleague.calendar)]:
            make_opening(calendar=calendar, motifs=[motif], location=location, first_day=day)
        appointment = make_appointment(
            motif=motif, calendar=agent.calendar, location=location, starts_at=paris(TUESDAY, 9)
        )
        forget_messages()

        move_appointment(
            appointment=appointment,
            starts_at=paris(WEDNESDAY, 10),
            location_id=location.pk,
            actor=CITIZEN,
            now=NOW,
            calendar_ids=[agent.calendar.pk, colleague.calendar.pk],
        )

        assert told_to(agent).subject == "Rendez-vous du mardi 3 mars 2026 à 9 h retiré de votre agenda"
        assert "prévu le mercredi 4 mars 2026 à 10 h" in told_to(agent).body
        assert "(changement fait par l'usager)" in told_to(agent).body
        assert told_to(colleague).subject == "Nouveau rendez-vous le mercredi 4 mars 2026 à 10 h"
        event = appointment.events.get(kind=Event.MOVED)
        assert [(change["before"], change["after"]) for change in event.changes] == [("Alix Martin", "Dominique Petit")]

    def test_who_is_added_and_who_is_taken_away_are_told_and_who_stays_is_not(self, appointment, agent, colleague):
        stays = make_agent(organization=appointment.organization)
        act = {"actor": Actor.of(make_agent()), "now": NOW}
        appointment = change_calendars(
            appointment=appointment, calendar_ids=[agent.calendar.pk, stays.calendar.pk], **act
        )
        forget_messages()

        change_calendars(appointment=appointment, calendar_ids=[colleague.calendar.pk, stays.calendar.pk], **act)

        told = dict(Message.objects.values_list("agent", "kind"))
        assert told == {agent.pk: Kind.LEFT_CALENDAR, colleague.pk: Kind.BOOKED}
        assert "est désormais dans le vôtre" in told_to(colleague).body

    def test_a_desk_that_loses_an_rdv_has_nobody_to_tell(self, organization, colleague):
        desk = make_desk(organization=organization)
        appointment = make_appointment(organization=organization, calendar=desk.calendar, starts_at=paris(TUESDAY, 9))
        forget_messages()

        to = Destination.of(appointment, calendar_ids=[colleague.calendar.pk])
        move_by_hand(appointment=appointment, to=to, actor=CITIZEN, now=NOW)

        assert [message.agent for message in Message.objects.filter(audience="agent")] == [colleague]

    def test_another_number_to_call_says_from_what_to_what(self, organization, agent):
        motif = make_motif(organization=organization, location_kind="phone")
        appointment = make_appointment(motif=motif, calendar=agent.calendar, starts_at=paris(TUESDAY, 9))
        forget_messages()

        edit = Edit(phone="+33612345678")
        edit_appointment(appointment=appointment, edit=edit, seen=0, actor=Actor.of(make_agent()), now=NOW)

        assert told_to(agent).kind == Kind.EDITED
        assert "Téléphone à appeler : rien → +33612345678" in told_to(agent).body

    def test_a_cancellation_says_by_whom_and_why(self, appointment, agent, colleague):
        cancel_appointment(
            appointment=appointment,
            status=AppointmentStatus.CANCELLED_BY_AGENT,
            actor=Actor.of(colleague),
            now=NOW,
            reason="Réunion imprévue.",
        )

        assert "est annulé par Dominique Petit." in told_to(agent).body
        assert "Raison : Réunion imprévue." in told_to(agent).body

    def test_a_registration_for_a_workshop_says_who_and_how_many(self, organization, agent):
        workshop = make_workshop(organization=organization, calendar=agent.calendar, starts_at=paris(TUESDAY, 14))
        citizen = make_citizen(organization=organization, first_name="Camille", last_name="Durand")
        forget_messages()

        participation = register_citizen(workshop=workshop, attendee=Attendee(citizen), now=NOW)

        assert told_to(agent).kind == Kind.PERSON_JOINED
        assert "Camille DURAND participe désormais" in told_to(agent).body
        assert "(inscription par l'usager)" in told_to(agent).body
        assert "1/3 inscrits" in told_to(agent).body
        assert told_to(agent).calendar_file == ""

        forget_messages()
        cancelled = AppointmentStatus.CANCELLED_BY_CITIZEN
        set_participant_status(participation=participation, status=cancelled, actor=CITIZEN, now=NOW)

        assert "Camille DURAND ne participe plus" in told_to(agent).body

    def test_who_gives_up_a_seat_is_one_mail_though_the_queue_moves_up(self, organization, agent):
        workshop = make_workshop(
            organization=organization, calendar=agent.calendar, seats=1, starts_at=paris(TUESDAY, 14)
        )
        seated, _ = (make_participation(workshop=workshop) for _ in range(2))
        forget_messages()

        cancelled = AppointmentStatus.CANCELLED_BY_CITIZEN
        set_participant_status(participation=seated, status=cancelled, actor=CITIZEN, now=NOW)

        assert [message.kind for message in Message.objects.filter(audience="agent")] == [Kind.PERSON_LEFT]

    def test_who_is_taken_away_from_an_rdv_of_several_is_named(self, appointment, agent, colleague):
        other = make_citizen(organization=appointment.organization, first_name="Sacha", last_name="Leroy")
        act = {"actor": Actor.of(colleague), "now": NOW}
        participation = make_participation(workshop=appointment, citizen=other, may_wait=False)
        forget_messages()

        remove_participant(participation=participation, **act)

        assert "Sacha LEROY ne participe plus" in told_to(agent).body
        assert "Camille" not in told_to(agent).body


class TestTodayAndTomorrow:
    @pytest.mark.parametrize(
        ("before", "after", "is_told"),
        [
            (MONDAY, FRIDAY, True),
            (TUESDAY, FRIDAY, True),
            (FRIDAY, MONDAY, True),
            (FRIDAY, TUESDAY, True),
            (FRIDAY, WEDNESDAY, False),
        ],
    )
    def test_a_move_counts_by_the_day_it_leaves_and_the_day_it_reaches(
        self, before, after, is_told, organization, agent
    ):
        Agent.objects.update(notified_of=Wants.SOON)
        appointment = make_appointment(organization=organization, calendar=agent.calendar, starts_at=paris(after, 9))
        forget_messages()

        record_event(appointment, Event.MOVED, actor=CITIZEN, now=NOW, previous_starts_at=paris(before, 9))

        assert Message.objects.filter(agent=agent).exists() == is_told

    @pytest.mark.parametrize(("zone", "is_told"), [("Europe/Paris", True), ("Pacific/Noumea", False)])
    def test_days_are_those_of_the_organization(self, zone, is_told):
        """Tuesday 23 h in Paris is Wednesday in Nouméa, where it is Monday still."""
        organization = make_organization(territory=make_territory(time_zone=zone))
        agent = make_agent(organization=organization, notified_of=Wants.SOON)

        make_appointment(organization=organization, calendar=agent.calendar, starts_at=paris(TUESDAY, 23))

        assert Message.objects.filter(agent=agent).exists() == is_told


def test_agents_who_lost_an_rdv_cost_one_query_whatever_their_number(django_assert_num_queries, organization):
    appointment = make_appointment(organization=organization, starts_at=paris(TUESDAY, 9))
    losers = [make_agent(organization=organization) for _ in range(4)]
    lost = {"field": "calendars", "label": "Agendas", "before": "", "after": "", "added": []}
    changes = [lost | {"removed": [loser.calendar.pk for loser in losers]}]

    with django_assert_num_queries(7):  # The event, five of any event, the losers.
        record_event(appointment, Event.EDITED, actor=CITIZEN, now=NOW, changes=changes)

    assert Message.objects.filter(kind=Kind.LEFT_CALENDAR).count() == 4
