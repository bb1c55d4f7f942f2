"""What is told under a contact that was replaced: counted and sent as any message to a citizen."""

from decimal import Decimal

import pytest

from notifications.models import Message
from notifications.services.contact_changes import tell_contact_change
from tests.factories import NOW, make_appointment, make_citizen, make_organization, make_territory

pytestmark = pytest.mark.django_db

Kind, Channel = Message.Kind, Message.Channel


@pytest.fixture
def participation():
    organization = make_organization(territory=make_territory(sms_price=Decimal("0.0725")))
    citizen = make_citizen(organization=organization, phone="+33612345678", email="")
    return make_appointment(organization=organization, citizen=citizen).participations.get()


def told(participation, before):
    written = tell_contact_change(participation, field="phone", before=before, now=NOW)
    return [message for message in written if message.kind == Kind.CONTACT_CHANGED]


def test_by_sms_it_is_counted_and_has_its_price(participation):
    (message,) = told(participation, "+33698765432")

    assert (message.channel, message.recipient) == (Channel.SMS, "+33698765432")
    assert (message.get_kind_display(), message.audience) == ("contact remplacé", "citizen")
    assert message.segments >= 1
    assert message.cost == message.segments * Decimal("0.0725")


def test_no_sms_goes_to_a_phone_on_a_wire(participation):
    assert told(participation, "+33321000000") == []


def test_where_no_sms_can_go_none_is_written(participation, settings):
    settings.LOCAL_OUTBOX = False

    assert told(participation, "+33698765432") == []
