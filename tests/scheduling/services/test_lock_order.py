"""What is done to one participant and to the whole appointment wait for each other, and never in a ring."""

import pytest

from notifications.models import Message
from notifications.services.delivery import deliver
from notifications.services.resending import APART, resend_message
from scheduling.models import AppointmentStatus
from scheduling.services.actors import Actor
from scheduling.services.appointments import cancel_appointment
from scheduling.services.hand_moves import Destination, move_by_hand
from scheduling.services.participant_details import edit_participation
from tests.factories import MONDAY, NOW, make_agent, make_appointment, make_organization, paris
from tests.scheduling.services.test_hand_move_races import at
from tests.scheduling.services.test_merge_races import first_then

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def agent():
    return make_agent(organization=make_organization())


@pytest.fixture
def appointment(agent):
    organization = agent.memberships.get().organization
    return make_appointment(organization=organization, calendar=agent.calendar, starts_at=paris(MONDAY, 9))


@pytest.fixture(params=["moved", "cancelled"])
def whole(request, appointment, agent):
    """An act on the whole appointment, which writes its period or that it occupies nothing, then its participants."""
    act = {"appointment": appointment, "actor": Actor.of(agent), "now": NOW}
    if request.param == "cancelled":
        return lambda: cancel_appointment(status=AppointmentStatus.CANCELLED_BY_AGENT, **act)
    return lambda: move_by_hand(to=Destination.of(appointment, period=at(10)), **act)


def test_a_message_is_sent_again_while_the_appointment_changes(appointment, agent, whole):
    message = appointment.messages.filter(participation__isnull=False).first()
    Message.objects.update(created_at=NOW - APART)
    deliver(message_id=message.pk, now=NOW)

    again, changed = first_then(lambda: resend_message(message=message, agent=agent, now=NOW), whole)

    assert (again.resends, changed.ics_sequence) == (message, 1)


def test_answers_are_put_right_while_the_appointment_changes(appointment, agent, whole):
    participation = appointment.participations.get()

    def edits():
        return edit_participation(
            participation=participation,
            notify_by_email=False,
            notify_by_sms=True,
            answers=[],
            actor=Actor.of(agent),
            now=NOW,
        )

    edited, changed = first_then(edits, whole)

    assert (edited.notify_by_email, changed.ics_sequence) == (False, 1)
