"""What the database refuses, whatever the code does."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.db import IntegrityError, connection, transaction

from organizations.models import MotifOption, MotifQuestion
from scheduling.models import Appointment, AppointmentEvent, Closure, Hold
from scheduling.selectors.slots import Demand
from scheduling.services.holds import take_hold
from tests.factories import (
    MONDAY,
    NOW,
    make_appointment,
    make_motif,
    make_opening,
    make_option,
    make_organization,
    paris,
)

pytestmark = pytest.mark.django_db


def refused(queryset, name, **fields):
    with pytest.raises(IntegrityError, match=name), transaction.atomic():
        queryset.update(**fields)
        connection.check_constraints()


@pytest.fixture
def motif():
    return make_motif()


@pytest.fixture
def hold(motif):
    make_opening(motifs=[motif])
    return take_hold(
        demand=Demand(motif),
        starts_at=paris(MONDAY, 10),
        location_id=None,
        visitor_key=uuid4(),
        client_hash="here",
        now=NOW,
    )


def test_an_appointment_with_an_option_of_another_motif(motif):
    appointment = make_appointment(motif=motif)
    other = make_option(motif=make_motif(organization=motif.organization))

    refused(Appointment.objects.filter(pk=appointment.pk), "appointment_option_of_its_motif", option=other)


def test_a_hold_with_an_option_of_another_motif(hold, motif):
    other = make_option(motif=make_motif(organization=motif.organization))

    refused(Hold.objects.filter(pk=hold.pk), "hold_option_of_its_motif", option=other)


def test_a_hold_in_an_opening_of_another_organization(hold):
    refused(Hold.objects.filter(pk=hold.pk), "hold_opening_of_its_organization", opening=make_opening())


def test_an_event_filed_under_another_organization(motif):
    appointment = make_appointment(motif=motif)

    refused(
        AppointmentEvent.objects.filter(appointment=appointment),
        "appointment_event_of_its_organization",
        organization=make_organization(),
    )


def test_a_closure_of_an_organization_of_another_territory(motif):
    closure = Closure.objects.create(
        territory=motif.organization.territory,
        organization=motif.organization,
        first_day=MONDAY,
        last_day=MONDAY + timedelta(days=1),
        label="Inventaire",
    )

    refused(
        Closure.objects.filter(pk=closure.pk), "closure_organization_of_its_territory", organization=make_organization()
    )


def test_an_option_or_a_question_filed_under_another_organization_than_its_motif(motif):
    option = make_option(motif=motif)
    question = MotifQuestion.objects.create(organization=motif.organization, motif=motif, label="Âge ?")
    elsewhere = make_organization()

    refused(MotifOption.objects.filter(pk=option.pk), "motif_option_of_its_organization", organization=elsewhere)
    refused(MotifQuestion.objects.filter(pk=question.pk), "motif_question_of_its_organization", organization=elsewhere)
