"""A phone that said STOP shows wherever an agent would count on an SMS; and so does what was delivered."""

from datetime import timedelta

import pytest
from django.urls import reverse

from notifications.models import Message
from organizations.models import Membership, SmsStop
from scheduling.forms.booking import BookingForm
from tests.factories import MONDAY, NOW, make_agent, make_appointment, make_citizen, make_motif, make_organization

pytestmark = pytest.mark.django_db

SAID = "A répondu STOP le 02/03/2026\u00a0: aucun SMS ne part."


@pytest.fixture
def organization():
    return make_organization()


@pytest.fixture
def citizen(organization):
    return make_citizen(organization=organization, phone="+33612345678", email="camille@example.org")


@pytest.fixture
def stop(citizen):
    return SmsStop.objects.create(territory=citizen.territory, phone=citizen.phone, at=NOW)


@pytest.fixture(autouse=True)
def _admin(client, organization):
    client.force_login(make_agent(organization=organization, role=Membership.Role.ADMIN))


def page(client, name, organization, row):
    return client.get(reverse(name, args=[organization.slug, row.pk])).content.decode().replace("&nbsp;", "\u00a0")


def test_on_the_sheet(client, organization, citizen):
    assert "STOP" not in page(client, "scheduling:citizen_detail", organization, citizen)
    SmsStop.objects.create(territory=citizen.territory, phone=citizen.phone, at=NOW)

    assert SAID in page(client, "scheduling:citizen_detail", organization, citizen)


def test_beside_the_box_of_one_appointment(client, organization, citizen, stop):
    appointment = make_appointment(organization=organization, citizen=citizen)

    part = appointment.participations.get()
    assert SAID in page(client, "scheduling:participant_edit", organization, part)


def test_beside_the_box_of_a_booking_also_for_a_relative(organization, citizen, stop):
    child = make_citizen(organization=organization, responsible=citizen)
    motif = make_motif(organization=organization)

    for person in (citizen, child):
        form = BookingForm(motif=motif, today=MONDAY, citizen=person)
        assert form.fields["notify_by_sms"].help_text == SAID


def test_an_sms_that_the_phone_has_is_shown_as_delivered(client, organization, citizen):
    appointment = make_appointment(organization=organization, citizen=citizen)
    sms = appointment.messages.filter(channel=Message.Channel.SMS)
    sms.update(status=Message.Status.SENT, sent_at=NOW, delivered_at=NOW + timedelta(minutes=1))

    shown = page(client, "scheduling:appointment_detail", organization, appointment)

    assert "Remis" in shown
    assert "Remis le" in shown
