"""The life of an appointment: every status × every act × every time, in one table, and every line of it is tried."""

from datetime import time, timedelta

import pytest
from django.db import transaction

from notifications.models import Message
from scheduling.engine.intervals import Interval
from scheduling.exceptions import AppointmentNotChangeable, LastParticipant, SchedulingError
from scheduling.models import Appointment, AppointmentEvent, AppointmentStatus
from scheduling.services.actors import CITIZEN, Actor
from scheduling.services.appointment_edits import Edit, change_calendars, edit_appointment
from scheduling.services.appointment_resumption import duplicate_appointment, resume_appointment
from scheduling.services.appointments import cancel_appointment, move_appointment, record_outcome
from scheduling.services.booking import Attendee, place_appointment
from scheduling.services.participants import add_participant, remove_participant, set_participant_status
from tests.factories import (
    NOW,
    TUESDAY,
    WEDNESDAY,
    make_agent,
    make_citizen,
    make_location,
    make_motif,
    make_opening,
    make_organization,
    paris,
)

pytestmark = pytest.mark.django_db

Status = AppointmentStatus

# Two participants, `first` and `second`, on Tuesday from 14 h to 14 h 30 with `owner`; `clerk`, a colleague, does it
# all, but what « citizen » stands before. `newcomer` and `other` (an agent) come in where somebody is added.
WHEN = {
    "before": NOW + timedelta(hours=2),  # The day before.
    "day": paris(TUESDAY, 8),  # The same day, before it begins.
    "after": paris(TUESDAY, 14, 10),  # It has begun.
}

# The columns are the status it has, the cells the status that it has then:
#
#   B  à venir / à renseigner    C  annulé par l'usager    · nothing changes: no event, no message
#   F  honoré                    A  annulé par un agent    ✗ refused: AppointmentNotChangeable, nothing changes
#   N  absence non excusée       U  déprogrammé            L refused: LastParticipant, nothing changes
#   –  no appointment has this status at that time         _ another line says
#
# `events` are those appended where something changes (`kind:whom` for one person alone, `+` of the new appointment);
# `told` is who gets which message from it, as `kind:whom`.
TABLE = """
act                          when    B F N C A U   events                      told

cancel, citizen              before  C – – · · ·   cancelled_by_citizen        cancelled_by_citizen:first,second,owner
cancel, citizen              day     C ✗ ✗ · · ·   cancelled_by_citizen        cancelled_by_citizen:first,second,owner
cancel, citizen              after   ✗ ✗ ✗ · · ·
cancel, asked by the citizen before  C – – · · ·   cancelled_by_citizen        cancelled_by_citizen:first,second,owner
cancel, asked by the citizen day     C ✗ ✗ · · ·   cancelled_by_citizen        cancelled_by_citizen:first,second,owner
cancel, asked by the citizen after   C ✗ ✗ · · ·   cancelled_by_citizen
cancel, by the service       before  A – – · · ·   cancelled_by_agent          cancelled_by_agent:first,second,owner
cancel, by the service       day     A ✗ ✗ · · ·   cancelled_by_agent          cancelled_by_agent:first,second,owner
cancel, by the service       after   A ✗ ✗ · · ·   cancelled_by_agent
unschedule                   before  U – – · · ·   unscheduled                 unscheduled:first,second,owner
unschedule                   day     U ✗ ✗ · · ·   unscheduled                 unscheduled:first,second,owner
unschedule                   after   U ✗ ✗ · · ·   unscheduled
resume                       before  · – – B B B   resumed                     booked:first,second,owner
resume                       day     · ✗ ✗ B B B   resumed                     booked:first,second,owner
resume                       after   · ✗ ✗ B B B   resumed

say they came                before  ✗ – – ✗ ✗ ✗
say they came                day     F · F ✗ ✗ ✗   fulfilled
say they came                after   F · F ✗ ✗ ✗   fulfilled
say they did not             before  ✗ – – ✗ ✗ ✗
say they did not             day     N N · ✗ ✗ ✗   no_show                     no_show:first,second
say they did not             after   N N · ✗ ✗ ✗   no_show                     no_show:first,second
take it back                 before  ✗ – – ✗ ✗ ✗
take it back                 day     · B B ✗ ✗ ✗   outcome_withdrawn
take it back                 after   · B B ✗ ✗ ✗   outcome_withdrawn

move                         before  B – – ✗ ✗ ✗   moved                       moved:first,second,owner
move                         day     B ✗ ✗ ✗ ✗ ✗   moved                       moved:first,second,owner
move                         after   ✗ ✗ ✗ ✗ ✗ ✗
edit the note                before  B – – ✗ ✗ ✗   edited
edit the note                day     B F N ✗ ✗ ✗   edited
edit the note                after   B F N ✗ ✗ ✗   edited
edit the place               before  B – – ✗ ✗ ✗   edited                      booked:first,second edited:owner
edit the place               day     B _ _ ✗ ✗ ✗   edited                      booked:first,second edited:owner
edit the place               day     _ F N _ _ _   edited                      edited:owner
edit the place               after   B F N ✗ ✗ ✗   edited
add an agent                 before  B – – ✗ ✗ ✗   edited                      booked:other
add an agent                 day     B F N ✗ ✗ ✗   edited                      booked:other
add an agent                 after   B F N ✗ ✗ ✗   edited
duplicate                    before  B – – C A U   +booked                     booked:first,second,owner
duplicate                    day     B F N C A U   +booked                     booked:first,second,owner
duplicate                    after   B F N C A U   +booked                     booked:first,second,owner

add a participant            before  B – – ✗ ✗ ✗   participant_added:newcomer  booked:newcomer person_joined:owner
add a participant            day     B F B ✗ ✗ ✗   participant_added:newcomer  booked:newcomer person_joined:owner
add a participant            after   B F B ✗ ✗ ✗   participant_added:newcomer
take one away                before  B – – ✗ ✗ ✗   participant_removed:first   cancelled_by_agent:first person_left:owner
take one away                day     B F N ✗ ✗ ✗   participant_removed:first   cancelled_by_agent:first person_left:owner
take one away                after   B F N ✗ ✗ ✗   participant_removed:first
take the last one away       before  L – – ✗ ✗ ✗
take the last one away       day     L L L ✗ ✗ ✗
take the last one away       after   L L L ✗ ✗ ✗
one cancels, citizen         before  B – – · ✗ ✗   cancelled_by_citizen:first  cancelled_by_citizen:first person_left:owner
one cancels, citizen         day     B ✗ ✗ · ✗ ✗   cancelled_by_citizen:first  cancelled_by_citizen:first person_left:owner
one cancels, citizen         after   ✗ ✗ ✗ · ✗ ✗
one is cancelled             before  B – – ✗ · ✗   cancelled_by_agent:first    cancelled_by_agent:first person_left:owner
one is cancelled             day     B ✗ ✗ ✗ · ✗   cancelled_by_agent:first    cancelled_by_agent:first person_left:owner
one is cancelled             after   B ✗ ✗ ✗ · ✗   cancelled_by_agent:first
the last one cancels         before  C – – · · ·   cancelled_by_citizen        cancelled_by_citizen:first,owner
the last one cancels         day     C ✗ ✗ · · ·   cancelled_by_citizen        cancelled_by_citizen:first,owner
the last one cancels         after   C ✗ ✗ · · ·   cancelled_by_citizen
one came                     before  ✗ – – ✗ ✗ ✗
one came                     day     F · F ✗ ✗ ✗   fulfilled:first
one came                     after   F · F ✗ ✗ ✗   fulfilled:first
one did not                  before  ✗ – – ✗ ✗ ✗
one did not                  day     B F · ✗ ✗ ✗   no_show:first               no_show:first
one did not                  after   B F · ✗ ✗ ✗   no_show:first               no_show:first
one is taken back            before  · – – ✗ ✗ ✗
one is taken back            day     · F B ✗ ✗ ✗   outcome_withdrawn:first
one is taken back            after   · F B ✗ ✗ ✗   outcome_withdrawn:first
"""  # noqa: E501 - a table

LETTERS = {
    "B": Status.BOOKED,
    "F": Status.FULFILLED,
    "N": Status.NO_SHOW,
    "C": Status.CANCELLED_BY_CITIZEN,
    "A": Status.CANCELLED_BY_AGENT,
    "U": Status.UNSCHEDULED,
}
REFUSALS = {"✗": AppointmentNotChangeable, "L": LastParticipant}
NOTHING, CANNOT_BE, ELSEWHERE = "·", "–", "_"

_ACT, _WHEN, _CELLS, _EVENTS, _TOLD = (
    slice(0, 29),
    slice(29, 37),
    slice(37, 48),
    slice(51, 79),
    slice(79, None),
)


def lines():
    for line in TABLE.splitlines()[2:]:
        if line.strip():
            cells = dict(zip(LETTERS, line[_CELLS].split(), strict=True))
            yield line[_ACT].strip(), line[_WHEN].strip(), cells, line[_EVENTS].strip(), line[_TOLD].strip()


class World:
    """One appointment, booked, whatever is then tried being taken back."""

    def __init__(self):
        self.organization = make_organization()
        self.motif = make_motif(organization=self.organization)
        self.location, self.annexe = (make_location(organization=self.organization) for _ in range(2))
        self.agents = {name: make_agent(organization=self.organization) for name in ("owner", "clerk", "other")}
        self.people = {name: make_citizen(organization=self.organization) for name in ("first", "second", "newcomer")}
        self.clerk = Actor.of(self.agents["clerk"])
        for day in (TUESDAY, WEDNESDAY):
            make_opening(
                calendar=self.agents["owner"].calendar,
                motifs=[self.motif],
                location=self.location,
                first_day=day,
                start_time=time(9),
                end_time=time(18),
            )
        self.appointment = place_appointment(
            motif=self.motif,
            period=Interval(paris(TUESDAY, 14), paris(TUESDAY, 14, 30)),
            calendar_ids=[self.agents["owner"].calendar.pk],
            attendees=[Attendee(self.people[name]) for name in ("first", "second")],
            actor=self.clerk,
            location_id=self.location.pk,
            now=NOW,
        )

    def give(self, status, *, now):
        """As an agent does it."""
        if status in (Status.FULFILLED, Status.NO_SHOW):
            record_outcome(appointment=self.appointment, status=status, actor=self.clerk, now=now)
        elif status != Status.BOOKED:
            cancel_appointment(appointment=self.appointment, status=status, actor=self.clerk, now=NOW)
        Message.objects.all().delete()

    def part(self, name):
        return self.appointment.participations.get(citizen=self.people[name])

    def alone(self):
        """Of `first` only, from before anything happened: written beside the services."""
        self.appointment.participations.exclude(citizen=self.people["first"]).update(
            status=Status.CANCELLED_BY_AGENT, left_at=NOW
        )

    def name_of(self, row):
        named = {row: name for name, row in (self.agents | self.people).items()}
        return named[row]


def act_of(name, world):
    """What is done, taking `now`."""
    rdv, clerk = {"appointment": world.appointment}, {"actor": world.clerk}
    first = {"participation": world.part("first")}
    standing = Appointment.objects.get(pk=world.appointment.pk)
    as_it_is = {field: getattr(standing, field) for field in Edit.__dataclass_fields__}

    def edit(**changed):
        seen = standing.ics_sequence
        return lambda now: edit_appointment(**rdv, **clerk, edit=Edit(**as_it_is | changed), seen=seen, now=now)

    def cancel(status, actor=world.clerk):
        return lambda now: cancel_appointment(**rdv, status=status, actor=actor, now=now)

    def conclude(status):
        return lambda now: record_outcome(**rdv, **clerk, status=status, now=now)

    def of_first(status, actor=world.clerk):
        return lambda now: set_participant_status(**first, status=status, actor=actor, now=now)

    def duplicate(now):
        return duplicate_appointment(
            **rdv,
            **clerk,
            starts_at=paris(WEDNESDAY, 11),
            location_id=world.location.pk,
            calendar_ids=[world.agents["owner"].calendar.pk],
            now=now,
        )

    acts = {
        "cancel, citizen": cancel(Status.CANCELLED_BY_CITIZEN, CITIZEN),
        "cancel, asked by the citizen": cancel(Status.CANCELLED_BY_CITIZEN),
        "cancel, by the service": cancel(Status.CANCELLED_BY_AGENT),
        "unschedule": cancel(Status.UNSCHEDULED),
        "resume": lambda now: resume_appointment(**rdv, **clerk, now=now),
        "say they came": conclude(Status.FULFILLED),
        "say they did not": conclude(Status.NO_SHOW),
        "take it back": conclude(Status.BOOKED),
        "move": lambda now: move_appointment(
            **rdv, **clerk, starts_at=paris(WEDNESDAY, 10), location_id=None, for_agent=True, now=now
        ),
        "edit the note": edit(context_note="Vient avec sa fille."),
        "edit the place": edit(location=world.annexe),
        "add an agent": lambda now: change_calendars(
            **rdv,
            **clerk,
            calendar_ids={world.agents[name].calendar.pk for name in ("owner", "other")},
            now=now,
        ),
        "duplicate": duplicate,
        "add a participant": lambda now: add_participant(
            **rdv, **clerk, attendee=Attendee(world.people["newcomer"]), now=now
        ),
        "take one away": lambda now: remove_participant(**first, **clerk, now=now),
        "take the last one away": lambda now: remove_participant(**first, **clerk, now=now),
        "one cancels, citizen": of_first(Status.CANCELLED_BY_CITIZEN, CITIZEN),
        "one is cancelled": of_first(Status.CANCELLED_BY_AGENT),
        "the last one cancels": of_first(Status.CANCELLED_BY_CITIZEN),
        "one came": of_first(Status.FULFILLED),
        "one did not": of_first(Status.NO_SHOW),
        "one is taken back": of_first(Status.BOOKED),
    }
    return acts[name] if name else acts


def tried(world, act, when, status):
    """The cell, the events and the messages that come of it; everything is taken back."""
    now = WHEN[when]
    with transaction.atomic():
        if "last one" in act:
            world.alone()
        world.give(status, now=now)
        seen = set(AppointmentEvent.objects.values_list("pk", flat=True))
        before = standing_of(world)
        try:
            with transaction.atomic():
                act_of(act, world)(now)
            refusal = None
        except SchedulingError as error:
            refusal = type(error)
        events = AppointmentEvent.objects.exclude(pk__in=seen).order_by("pk")
        told = [(message.kind, receiver_of(message)) for message in Message.objects.order_by("pk")]
        result = (
            cell_of(world, refusal, before, events),
            ",".join(words_of(event, world) for event in events),
            " ".join(
                f"{kind}:{','.join(world.name_of(who) for each, who in told if each == kind)}"
                for kind in dict.fromkeys(kind for kind, _ in told)
            ),
        )
        transaction.set_rollback(True)
    world.appointment.refresh_from_db()
    return result


def standing_of(world):
    """All that could change."""
    world.appointment.refresh_from_db()
    rows = (Appointment.objects, world.appointment.participations, world.appointment.appointment_calendars)
    return [list(manager.order_by("pk").values()) for manager in rows]


def cell_of(world, refusal, before, events):
    has_changed = standing_of(world) != before
    if refusal:
        assert not has_changed
        return next(sign for sign, exception in REFUSALS.items() if exception is refusal)
    if not has_changed:
        assert not events
        return NOTHING
    assert len(events) == 1
    return next(letter for letter, status in LETTERS.items() if status == world.appointment.status)


def words_of(event, world):
    new = "" if event.appointment_id == world.appointment.pk else "+"
    return f"{new}{event.kind}" + (f":{world.name_of(event.participation.citizen)}" if event.participation else "")


def receiver_of(message):
    return message.participation.citizen if message.participation else message.agent


@pytest.fixture(scope="module")
def world(rows_of_the_module):
    return World()


def test_the_table_says_all(world):
    """Every act at every time, for every status once; and no status is left out of the code's."""
    said = {}
    for act, when, cells, _, _ in lines():
        for letter, cell in cells.items():
            if cell != ELSEWHERE:
                said.setdefault((act, when), []).append(letter)
    assert {key: sorted(letters) for key, letters in said.items()} == {
        (act, when): sorted(LETTERS) for act in act_of("", world) for when in WHEN
    }
    assert set(LETTERS.values()) == set(Status)


@pytest.mark.parametrize(
    ("act", "when", "cells", "events", "told"), [pytest.param(*line, id=f"{line[0]}, {line[1]}") for line in lines()]
)
def test_a_line(world, act, when, cells, events, told):
    asked = {letter: cell for letter, cell in cells.items() if cell not in (CANNOT_BE, ELSEWHERE)}
    expected = {letter: (cell, events, told) if cell in LETTERS else (cell, "", "") for letter, cell in asked.items()}

    assert {letter: tried(world, act, when, LETTERS[letter]) for letter in asked} == expected
