"""An agent's services and membership, as far as openings and appointments hang from them."""

from datetime import time, timedelta

import pytest

from organizations.exceptions import LastAdministrator, NoLongerMember
from organizations.models import Membership
from scheduling.exceptions import MemberRefused
from scheduling.models import AppointmentStatus, FreeWindow, Opening, Unavailability
from scheduling.selectors.members import coming_appointments
from scheduling.services.actors import Actor
from scheduling.services.appointments import cancel_appointment
from scheduling.services.members import change_member, remove_member
from tests.factories import (
    MONDAY,
    NOW,
    make_appointment,
    make_membership,
    make_motif,
    make_opening,
    make_organization,
    make_unavailability,
    make_unit,
    paris,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def organization():
    return make_organization()


@pytest.fixture
def pmi(organization):
    return make_unit(territory=organization.territory, name="PMI")


@pytest.fixture
def social(organization):
    return make_unit(territory=organization.territory, name="Social")


@pytest.fixture
def member(organization, pmi):
    return make_membership(organization=organization, units=[pmi])


def change_units(*, membership, units):
    return change_member(
        membership=membership, role=membership.role, is_front_desk=membership.is_front_desk, units=units, now=NOW
    )


def open_for(member, *units, organization=None, **fields):
    motif = make_motif(organization=organization or member.organization, units=units)
    return make_opening(calendar=member.agent.calendar, motifs=[motif], **fields)


class TestServices:
    def test_change_where_nothing_uses_them(self, member, social):
        change_units(membership=member, units=[social])

        assert list(member.units.all()) == [social]

    def test_stay_while_an_opening_uses_a_motif_of_the_one_to_leave(self, member, pmi, social):
        open_for(member, pmi)

        with pytest.raises(MemberRefused, match=r"PMI.*1.plage"):
            change_units(membership=member, units=[social])
        assert list(member.units.all()) == [pmi]

    def test_name_the_openings_that_hold_them_and_count_the_rest(self, member, pmi, social):
        for hour in range(9, 16):
            open_for(member, pmi, title=f"Poste {hour}", start_time=time(hour), end_time=time(hour + 1))

        with pytest.raises(MemberRefused, match=r"7.plages.*«.Poste 9.» \(le lundi 2.mars 2026 .*2 de plus"):
            change_units(membership=member, units=[social])

    def test_are_not_held_by_openings_that_are_over(self, member, pmi, social):
        open_for(member, pmi, first_day=MONDAY - timedelta(days=7))
        change_units(membership=member, units=[social])

        assert list(member.units.all()) == [social]

    def test_may_go_where_the_motif_is_also_of_one_that_stays(self, member, pmi, social):
        member.units.add(social)
        open_for(member, pmi, social)

        change_units(membership=member, units=[social])

    def test_are_not_held_by_openings_of_another_organization(self, member, pmi, social):
        elsewhere = make_organization(territory=member.organization.territory)
        open_for(member, pmi, organization=elsewhere)

        change_units(membership=member, units=[social])

    def test_of_somebody_who_left_meanwhile_are_refused(self, member, social):
        member.delete()
        member.pk = 0

        with pytest.raises(NoLongerMember):
            change_units(membership=member, units=[social])


class TestLeaving:
    def test_takes_the_openings_of_the_organization_and_no_others(self, member):
        open_for(member)
        kept = open_for(member, organization=make_organization())
        remove_member(membership=member, now=NOW)

        assert list(Opening.objects.all()) == [kept]
        assert set(FreeWindow.objects.values_list("opening", flat=True)) == {kept.pk}
        assert not Membership.objects.filter(pk=member.pk).exists()

    def test_leaves_absences_which_count_elsewhere_too(self, member):
        make_unavailability(calendar=member.agent.calendar, organization=member.organization)
        remove_member(membership=member, now=NOW)

        assert Unavailability.objects.exists()

    def test_waits_for_the_appointments_to_come(self, member):
        opening = open_for(member)
        appointment = make_appointment(
            motif=opening.motifs.get(), calendar=member.agent.calendar, location=opening.location
        )
        with pytest.raises(MemberRefused, match=r"1.rendez-vous"):
            remove_member(membership=member, now=NOW)
        assert list(coming_appointments(member, now=NOW)) == [appointment]

        cancel_appointment(
            appointment=appointment,
            status=AppointmentStatus.UNSCHEDULED,
            actor=Actor.of(make_membership().agent),
            now=NOW,
        )
        remove_member(membership=member, now=NOW)

    def test_does_not_wait_for_past_appointments_or_those_of_another_organization(self, member):
        past = open_for(member)
        make_appointment(
            motif=past.motifs.get(),
            calendar=member.agent.calendar,
            location=past.location,
            starts_at=paris(MONDAY - timedelta(days=3), 9),
        )
        make_appointment(calendar=member.agent.calendar)

        remove_member(membership=member, now=NOW)

    def test_is_refused_to_the_last_administrator_and_leaves_everything(self):
        admin = make_membership(role=Membership.Role.ADMIN)
        open_for(admin)

        with pytest.raises(LastAdministrator):
            remove_member(membership=admin, now=NOW)
        assert Opening.objects.exists()

    def test_twice_is_once(self, member):
        remove_member(membership=member, now=NOW)
        remove_member(membership=member, now=NOW)
