"""A territory with a town hall, a motif on site, and what a citizen does to book it."""

import re
from datetime import timedelta
from html import unescape
from urllib.parse import urlencode

import pytest
import time_machine
from django.test import Client
from django.urls import reverse

from notifications.models import Message
from tests.factories import MONDAY, NOW, make_motif, make_opening, make_organization, make_territory, paris


@pytest.fixture
def now():
    """The clock stands still at NOW, an ordinary Monday, 7 h."""
    with time_machine.travel(NOW, tick=False):
        yield NOW


@pytest.fixture
def territory():
    return make_territory(name="Pas-de-Calais", slug="pas-de-calais")


@pytest.fixture
def organization(territory):
    return make_organization(territory=territory, name="Mairie d'Arras", slug="mairie-d-arras")


@pytest.fixture
def motif(organization):
    return make_motif(organization=organization, name="Carte d'identité", slug="carte-d-identite")


@pytest.fixture
def opening(motif, now):
    """Every Monday from 9 h to 12 h."""
    return make_opening(motifs=[motif], rrule="FREQ=WEEKLY;BYDAY=MO")


@pytest.fixture
def client_of_somebody_else():
    return Client()


@pytest.fixture
def citizen_books(client, now):
    """The way of one visitor, over HTTP."""
    return Booking(client)


class Booking:
    """Follows the addresses that the pages themselves give."""

    person = {
        "first_name": "Camille",
        "last_name": "Dupont",
        "birth_date": "12/05/1980",
        "email": "camille@example.org",
        "phone": "",
    }

    def __init__(self, client):
        self.client = client

    def open(self, url):
        return self.client.get(url, follow=True)

    def take(self, slot_url, starts_at):
        """POST a slot; the answer is the page that follows."""
        return self.client.post(slot_url, {"debut": starts_at.isoformat()}, follow=True)

    def say_who(self, url, **changes):
        return self.client.post(url, self.person | changes, follow=True)

    def type_code(self, url, code=None):
        return self.client.post(url, {"code": code or self.code()}, follow=True)

    def code(self):
        """The digits of the last message that holds a code."""
        message = Message.objects.filter(kind=Message.Kind.CODE).order_by("-pk").first()
        return re.search(r"\b\d{6}\b", message.body)[0]

    def book(self, slot_url, starts_at, **changes):
        """All of it; the answer is the confirmation page."""
        who = self.take(slot_url, starts_at)
        code = self.say_who(address_of(who), **changes)
        return self.type_code(address_of(code))


@pytest.fixture
def prescriber(client, now):
    """The way of one prescriber, over HTTP."""
    return Prescribing(client)


JEANNE = {
    "first_name": "Jeanne",
    "last_name": "Dupont",
    "structure": "CCAS d'Arras",
    "email": "Jeanne@CCAS.example",
    "phone": "",
}


def door(territory, onward=""):
    path = reverse("booking_portal:prescriber_identity", args=[territory.slug])
    return f"{path}?next={onward}" if onward else path


def introduce(client, territory, **changes):
    return client.post(door(territory), JEANNE | changes)


AT_TEN = paris(MONDAY, 10)


class Prescribing(Booking):
    """The way of one prescriber, over HTTP."""

    def reach(self, motif, starts_at=AT_TEN):
        introduce(self.client, motif.organization.territory)
        return self.take(slot_url_of(motif, pour="autrui"), starts_at)

    def prescribe(self, motif, starts_at=AT_TEN, **changes):
        """All of it; the answer is the confirmation page."""
        page = self.say_who(address_of(self.reach(motif, starts_at)), **changes)
        return self.type_code(address_of(page)) if template_of(page) == "prescriber_code" else page


def address_of(response):
    """Where the redirects led."""
    return response.redirect_chain[-1][0] if response.redirect_chain else response.request["PATH_INFO"]


HALF_AN_HOUR = timedelta(minutes=30)


def text_of(response):
    """The page as it is read: entities resolved, spaces that do not break as plain ones."""
    return " ".join(unescape(response.content.decode()).replace("\xa0", " ").split())


def step_url(step, territory, **parameters):
    path = reverse(f"booking_portal:{step}", args=[territory.slug])
    return f"{path}?{urlencode(parameters)}" if parameters else path


def template_of(response):
    return response.templates[0].name.removeprefix("booking_portal/").removesuffix(".html")


def slot_url_of(motif, **parameters):
    """The slot page of a motif on site in a territory where nothing else is offered."""
    modes = {"on_site": "sur-place", "phone": "telephone", "home": "domicile", "video": "visio"}
    parameters = {"motif": motif.slug, "mode": modes[motif.location_kind]} | parameters
    return step_url("slot_choice", motif.organization.territory, **parameters)


def without_tokens(response):
    """The page without what differs each time: its CSRF tokens, and its address, where the language leads back to."""
    text = re.sub(r'name="(csrfmiddlewaretoken|next)" value="[^"]+"', "", text_of(response))
    return re.sub(r'"X-CSRFToken": "[^"]+"', "", text)
