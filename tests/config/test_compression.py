"""Pages are sent compressed to whoever can read that."""

import gzip
from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from scheduling.participation_links import link_token
from tests.factories import make_appointment

pytestmark = pytest.mark.django_db

HOME = reverse("booking_portal:home")


def test_a_page_is_compressed(client):
    plain = client.get(HOME)
    small = client.get(HOME, headers={"Accept-Encoding": "gzip"})

    assert "Content-Encoding" not in plain.headers
    assert small["Content-Encoding"] == "gzip"
    assert len(small.content) < len(plain.content)
    assert b"</html>" in gzip.decompress(small.content)
    assert all("Accept-Encoding" in answer["Vary"] for answer in (plain, small))


def test_its_length_tells_nothing(client):
    """Of the same page, over and over."""
    lengths = {len(client.get(HOME, headers={"Accept-Encoding": "gzip"}).content) for _ in range(10)}

    assert len(lengths) > 1


def test_what_is_downloaded_stays_as_it_is(client):
    token = link_token(make_appointment(starts_at=timezone.now() + timedelta(days=1)).participations.get())

    answer = client.get(reverse("booking_portal:my_appointment_ics", args=[token]), headers={"Accept-Encoding": "gzip"})

    assert answer["Content-Type"].startswith("text/calendar")
    assert "Content-Encoding" not in answer.headers
