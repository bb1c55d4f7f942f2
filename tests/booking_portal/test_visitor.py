"""Whose attempts count together, and what is one attempt."""

import pytest
from django.test import RequestFactory

from booking_portal.visitor import Visitor, client_hash
from tests.factories import NOW


def asked_from(address, **headers):
    return client_hash(RequestFactory().get("/", REMOTE_ADDR=address, headers=headers))


def test_clients_are_told_apart_and_cannot_be_read():
    assert asked_from("192.0.2.1") == asked_from("192.0.2.1") != asked_from("192.0.2.2")
    assert len(asked_from("192.0.2.1")) == 64


def test_without_a_trusted_proxy_what_a_visitor_writes_does_not_count(settings):
    settings.ALLAUTH_TRUSTED_PROXY_COUNT = 0

    assert asked_from("192.0.2.1", **{"x-forwarded-for": "203.0.113.9"}) == asked_from("192.0.2.1")


@pytest.mark.parametrize("forged", ["203.0.113.9", "203.0.113.9, 198.51.100.7", "x,,y"])
def test_behind_proxies_the_address_is_the_one_that_the_first_trusted_proxy_saw(settings, forged):
    settings.ALLAUTH_TRUSTED_PROXY_COUNT = 2

    seen = asked_from("10.0.0.1", **{"x-forwarded-for": f"{forged}, 192.0.2.1, 10.0.0.2"})

    assert seen == asked_from("10.0.0.9", **{"x-forwarded-for": "192.0.2.1, 10.0.0.2"})
    assert seen != asked_from("10.0.0.1", **{"x-forwarded-for": "192.0.2.3, 10.0.0.2"})


def test_fewer_addresses_than_proxies_count_as_the_nearest_one(settings):
    settings.ALLAUTH_TRUSTED_PROXY_COUNT = 2

    assert asked_from("10.0.0.1", **{"x-forwarded-for": "203.0.113.9"}) == asked_from("10.0.0.1")


def test_a_visitor_who_has_a_whole_network_of_ipv6_is_one_client():
    """A home is given 256 networks or more, and each of its devices changes addresses at will."""
    assert asked_from("2001:db8:1:200::1") == asked_from("2001:db8:1:2ff:ffff::7")
    assert asked_from("2001:db8:1:200::1") != asked_from("2001:db8:1:300::1")


def test_an_ipv4_address_in_ipv6_clothes_is_that_address():
    assert asked_from("::ffff:192.0.2.1") == asked_from("192.0.2.1") != asked_from("::ffff:192.0.2.2")


def test_one_attempt_is_for_one_slot_and_one_person():
    session = {}
    visitor = Visitor(session, now=NOW)
    visitor.begin()
    keys = []
    for whom in ("camille dupont", "camille dupont|leo dupont", "camille dupont"):
        visitor.turn_to(whom)
        visitor.remember({})
        keys += [visitor.idempotency_key("9 h"), Visitor(session, now=NOW).idempotency_key("10 h")]

    assert keys[:2] == keys[4:]
    assert len(set(keys)) == 4
    assert "camille" not in str(session)
