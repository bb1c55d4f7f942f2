"""What a plain agent sees of the appointments of others, whatever row one comes by."""

import pytest

from organizations.models import Membership
from scheduling.models import Appointment, AppointmentCalendar, AppointmentEvent, Calendar, Opening, Participation
from tests.factories import (
    make_agent,
    make_appointment,
    make_desk,
    make_membership,
    make_motif,
    make_opening,
    make_organization,
    make_unit,
)

pytestmark = pytest.mark.django_db

OF_AN_APPOINTMENT = [Participation, AppointmentEvent, AppointmentCalendar]


@pytest.fixture
def organization():
    return make_organization()


@pytest.fixture
def unit(organization):
    return make_unit(territory=organization.territory)


@pytest.fixture
def appointment(organization, unit):
    """Of a motif restricted to a service unit, on the calendar of an agent of it."""
    colleague = make_agent(organization=organization, units=[unit])
    return make_appointment(motif=make_motif(organization=organization, units=[unit]), calendar=colleague.calendar)


def member(organization, **fields):
    return make_agent(organization=organization, **fields).memberships.get()


@pytest.mark.parametrize("model", [Appointment, *OF_AN_APPOINTMENT])
class TestAnAppointmentRestrictedToAUnit:
    def test_is_hidden_from_the_agents_of_another(self, model, appointment, organization):
        other = make_unit(territory=organization.territory)

        assert not model.objects.visible_to(member(organization, units=[other])).exists()
        assert not model.objects.visible_to(member(organization)).exists()

    def test_is_seen_by_its_agents_the_front_desk_and_administrators(self, model, appointment, organization, unit):
        for membership in (
            member(organization, units=[unit]),
            member(organization, is_front_desk=True),
            member(organization, role=Membership.Role.ADMIN),
        ):
            assert model.objects.visible_to(membership).exists()

    def test_is_seen_by_the_agent_who_holds_it_whatever_their_unit(self, model, organization, unit):
        agent = make_agent(organization=organization)
        make_appointment(motif=make_motif(organization=organization, units=[unit]), calendar=agent.calendar)

        assert model.objects.visible_to(agent.memberships.get()).exists()

    def test_is_not_seen_in_another_organization_of_the_same_agent(self, model, appointment):
        holder = appointment.calendars.get().agent
        elsewhere = make_membership(agent=holder, role=Membership.Role.ADMIN)

        assert not model.objects.visible_to(elsewhere).exists()


def test_calendars_and_openings_of_another_unit_are_hidden(organization, unit):
    colleague = make_agent(organization=organization, units=[unit])
    desk = make_desk(organization=organization, units=[unit])
    motif = make_motif(organization=organization)
    for calendar in (colleague.calendar, desk.calendar):
        make_opening(motifs=[motif], calendar=calendar)
    stranger = member(organization)

    assert set(Calendar.objects.visible_to(stranger).order_by("pk")) == {stranger.agent.calendar}
    assert not Opening.objects.visible_to(stranger).exists()
    assert Opening.objects.visible_to(member(organization, units=[unit])).count() == 2
