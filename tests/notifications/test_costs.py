"""Segments and cost of what is written, by the price of then."""

from decimal import Decimal
from uuid import uuid4

import pytest

from notifications.levels import Level
from notifications.models import Message
from notifications.services.codes import send_code
from notifications.services.resending import resend_message
from notifications.services.texts import write_text
from notifications.sms import measure
from tests.factories import (
    NOW,
    make_agent,
    make_appointment,
    make_citizen,
    make_motif,
    make_organization,
    make_territory,
)

pytestmark = pytest.mark.django_db

MOBILE = "+33612345678"


@pytest.fixture
def territory():
    return make_territory(sms_price=Decimal("0.0725"))


@pytest.fixture
def organization(territory):
    return make_organization(territory=territory)


def book(organization, **citizen):
    citizen = make_citizen(organization=organization, **{"phone": MOBILE, "email": "camille@example.org"} | citizen)
    return make_appointment(motif=make_motif(organization=organization), citizen=citizen)


def written(appointment, channel="sms"):
    return Message.objects.get(appointment=appointment, participation__isnull=False, channel=channel)


def test_an_sms_has_the_segments_of_its_text_as_it_leaves_and_what_they_cost(organization):
    message = written(book(organization))

    assert message.segments == measure(message.body).segments == 1
    assert message.cost == Decimal("0.0725")


def test_a_long_text_costs_each_of_its_segments(organization):
    body = "Bonjour {beneficiaire}, " + "a" * 320
    write_text(
        level=Level(organization.territory, organization), kind="booked", channel="sms", subject="", body=body,
        seen=None, agent=None, now=NOW,
    )  # fmt: skip

    message = written(book(organization))

    assert (message.segments, message.cost) == (3, Decimal("0.2175"))


def test_one_character_outside_the_alphabet_is_paid_for(organization):
    write_text(
        level=Level(organization.territory, organization), kind="booked", channel="sms", subject="",
        body="\U0001f600" + "a" * 69, seen=None, agent=None, now=NOW,
    )  # fmt: skip

    assert written(book(organization)).segments == 2


def test_a_mail_costs_nothing(organization):
    message = written(book(organization), "email")

    assert (message.segments, message.cost) == (0, None)


def test_without_a_price_the_segments_are_known_and_not_the_cost(organization, territory):
    territory.sms_price = None
    territory.save()

    message = written(book(make_organization(territory=territory)))

    assert (message.segments, message.cost) == (1, None)


def test_the_price_of_the_installation_stands_where_the_territory_has_none(settings):
    settings.SMS_PRICE_PER_SEGMENT = Decimal("0.05")

    assert written(book(make_organization(territory=make_territory()))).cost == Decimal("0.05")
    assert written(book(make_organization(territory=make_territory(sms_price=0)))).cost == 0


def test_a_price_that_changes_leaves_what_was_written_as_it_is(organization, territory):
    appointment = book(organization)
    territory.sms_price = Decimal("1")
    territory.save()

    assert written(appointment).cost == Decimal("0.0725")


def test_sent_again_it_costs_again(organization):
    appointment = book(organization)
    Message.objects.update(status=Message.Status.FAILED)

    again = resend_message(message=written(appointment), agent=make_agent(organization=organization), now=NOW)

    assert (again.segments, again.cost) == (1, Decimal("0.0725"))


def test_a_code_by_sms_costs_and_one_by_mail_does_not(territory):
    visitor = {"visitor_key": uuid4(), "client_hash": "library", "language": "fr", "now": NOW}
    send_code(territory=territory, contact_phone=MOBILE, **visitor)
    send_code(territory=territory, contact_email="camille@example.org", **visitor)

    costs = dict(Message.objects.order_by("pk").values_list("channel", "cost"))

    assert costs == {"sms": Decimal("0.0725"), "email": None}
