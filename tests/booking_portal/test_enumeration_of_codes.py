"""Who guesses at codes is stopped after a few, however they go about it, and the code of one way opens no other."""

import re
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from itertools import count
from urllib.error import HTTPError
from urllib.parse import urlencode
from urllib.request import Request, build_opener

import pytest
import time_machine
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from notifications.models import Message, OneTimeCode
from notifications.models.codes import MAX_ATTEMPTS
from notifications.services.codes import (
    CODE_LASTS,
    MOST_CODES_PER_CLIENT,
    MOST_CODES_PER_CONTACT,
    MOST_CODES_PER_CONTACT_AND_CLIENT,
    SHARED_CODES_PER_CONTACT,
)
from organizations.models import Citizen
from scheduling.models import Appointment
from scheduling.participation_links import link_token
from tests.booking_portal.conftest import Booking, address_of, slot_url_of, template_of, text_of
from tests.booking_portal.test_last_step_race import Browser
from tests.factories import NOW, TUESDAY, make_appointment, make_citizen, make_opening, make_organization, paris

EMAIL = "camille@example.org"

WRONG, DEAD = "Ce n'est pas le code que nous avons envoyé.", "Ce code n'est plus valable."
TOO_MANY = "Trop de codes ont été demandés."


def digits():
    """Of the last message that holds a code."""
    return re.search(r"\b\d{6}\b", Message.objects.filter(kind=Message.Kind.CODE).latest("pk").body)[0]


def beside(code, by=1):
    return f"{(int(code) + by) % 10**6:06}"


class Way:
    """To a page that asks for a code, as one visitor goes it. `code_url` is where the digits are typed."""

    def __init__(self, client, contact=EMAIL):
        self.client, self.contact = client, contact

    def type(self, code):
        return self.client.post(self.code_url, {"code": code}, follow=True)


class ToMyAppointments(Way):
    arrives_at = "my_appointments"

    def __init__(self, client, territory, contact=EMAIL):
        super().__init__(client, contact)
        self.contact_url, self.code_url = (
            reverse(f"booking_portal:my_appointments{page}", args=[territory.slug]) for page in ("_contact", "_code")
        )

    def ask(self):
        return self.client.post(self.contact_url, {"contact": self.contact}, follow=True)


class ToABooking(Way):
    arrives_at = "my_appointment_booked"

    def __init__(self, client, motif, contact=EMAIL):
        super().__init__(client, contact)
        self.slot_url = slot_url_of(motif)

    def ask(self):
        """For the first slot that nobody holds."""
        booking = Booking(self.client)
        starts_at = min(booking.open(self.slot_url).context["week"].starts)
        who = booking.take(self.slot_url, starts_at)
        asked = booking.say_who(address_of(who), email=self.contact)
        self.code_url = address_of(who).replace("/vous/", "/code/")
        return asked


class ToACorrection(Way):
    """Of an RDV whose person has no contact yet: for the others, one comes by the first way."""

    arrives_at = "my_appointment"

    def __init__(self, client, participation, contact=EMAIL):
        super().__init__(client, contact)
        token = link_token(participation)
        self.contact_url = reverse("booking_portal:my_appointment_contact", args=[token])
        self.code_url = reverse("booking_portal:my_appointment_contact_code", args=[token])

    def ask(self):
        return self.client.post(self.contact_url, {"contact": self.contact}, follow=True)


@pytest.fixture
def unreached(motif):
    citizen = make_citizen(organization=motif.organization, email="", phone="")
    return make_appointment(motif=motif, citizen=citizen, starts_at=paris(TUESDAY, 9)).participations.get()


@pytest.fixture
def ways(territory, motif, opening, unreached):
    """`ways(client)`: one of each kind."""

    def ways(client, contact=EMAIL):
        return [
            ToMyAppointments(client, territory, contact),
            ToABooking(client, motif, contact),
            ToACorrection(client, unreached, contact),
        ]

    return ways


KINDS = [ToMyAppointments, ToABooking, ToACorrection]


@pytest.fixture(params=range(3), ids=[kind.__name__ for kind in KINDS])
def way(request, ways):
    """`way(client)`: each of the three in turn."""
    return lambda client, contact=EMAIL: ways(client, contact)[request.param]


@pytest.mark.django_db
@pytest.mark.usefixtures("now")
class TestTheRightCode:
    """What it opens, so that what follows is about something."""

    def test_arrives(self, client, way):
        mine = way(client)
        assert template_of(mine.ask()).endswith("code")

        assert template_of(mine.type(digits())) == mine.arrives_at

    def test_opens_nothing_in_another_session_though_that_one_asked_too(self, client, client_of_somebody_else, way):
        mine, thief = way(client), way(client_of_somebody_else)
        mine.ask()
        code = digits()
        thief.ask()
        if code == digits():  # One time in a million.
            return

        assert WRONG in text_of(thief.type(code))
        assert Appointment.objects.count() == 1

    def test_opens_nothing_for_another_contact(self, client, way):
        own, others = way(client, "moi@example.org"), way(client)
        own.ask()
        code = digits()
        others.ask()

        answer = others.type(code)

        assert template_of(answer) != others.arrives_at
        assert Citizen.objects.filter(email=EMAIL).count() == 0

    def test_opens_nothing_on_another_way_of_the_same_session(self, client, ways):
        for one in ways(client):
            for other in ways(client):
                if type(one) is type(other):
                    continue
                OneTimeCode.objects.all().delete()
                client.cookies.clear()
                other.ask()
                one.ask()
                assert template_of(other.type(digits())) != other.arrives_at, (one, other)

    def test_opens_nothing_in_another_territory(self, client, territory, motif, opening):
        elsewhere = make_organization().territory
        here, there = ToMyAppointments(client, territory), ToMyAppointments(client, elsewhere)
        there.ask()
        code = digits()

        assert template_of(here.type(code)) == "my_appointments_contact"
        here.ask()
        assert WRONG in text_of(here.type(code))

    def test_opens_nothing_once_it_is_too_old_or_another_came(self, client, way):
        mine = way(client)
        mine.ask()
        old = digits()
        mine.client.post(f"{mine.code_url.partition('?')[0]}envoyer/?{mine.code_url.partition('?')[2]}", follow=True)
        new = digits()

        assert old == new or WRONG in text_of(mine.type(old))
        with time_machine.travel(NOW + CODE_LASTS - timedelta(seconds=1), tick=False):
            assert WRONG in text_of(mine.type(beside(new)))
        with time_machine.travel(NOW + CODE_LASTS, tick=False):
            assert template_of(mine.type(new)) != mine.arrives_at

    def test_opens_nothing_after_five_wrong_ones(self, client, way):
        mine = way(client)
        mine.ask()
        code = digits()
        answers = [text_of(mine.type(beside(code, by))) for by in range(1, MAX_ATTEMPTS + 2)]

        assert [WRONG in answer for answer in answers] == [True] * MAX_ATTEMPTS + [False]
        assert DEAD in text_of(mine.type(code))


@pytest.mark.django_db
@pytest.mark.usefixtures("now")
class TestTheLimits:
    def test_of_a_contact_are_those_of_all_ways_together(self, client, ways):
        of_each = [3, 1, 1]
        assert sum(of_each) == MOST_CODES_PER_CONTACT_AND_CLIENT
        for way, times in zip(ways(client), of_each, strict=True):
            for _ in range(times):
                client.cookies.clear()
                assert template_of(way.ask()).endswith("code")
        for way in ways(client):
            client.cookies.clear()
            answer = way.ask()
            assert answer.status_code == 422
            assert TOO_MANY in text_of(answer)
        assert OneTimeCode.objects.count() == MOST_CODES_PER_CONTACT_AND_CLIENT

    def test_of_a_client_are_those_of_all_its_sessions_and_contacts(self, client, territory):
        sent = 0
        for n in range(MOST_CODES_PER_CLIENT + 5):
            client.cookies.clear()
            sent += template_of(ToMyAppointments(client, territory, f"{n}@example.org").ask()) == "my_appointments_code"

        assert sent == OneTimeCode.objects.count() == MOST_CODES_PER_CLIENT

    def test_are_not_put_off_by_another_spelling(self, client, territory):
        spellings = [
            EMAIL,
            "CAMILLE@example.org",
            " camille@Example.ORG ",
            "Camille@EXAMPLE.org",
            "camillE@example.org",
        ]
        for spelling in [*spellings, "cAmille@example.org"]:
            client.cookies.clear()
            ToMyAppointments(client, territory, spelling).ask()
        for spelling in [
            "0612345678",
            "06 12 34 56 78",
            "+33612345678",
            "0033612345678",
            "06.12.34.56.78",
            "06-12345678",
        ]:
            client.cookies.clear()
            ToMyAppointments(client, territory, spelling).ask()

        assert OneTimeCode.objects.filter(contact=EMAIL).count() == MOST_CODES_PER_CONTACT_AND_CLIENT
        assert OneTimeCode.objects.filter(contact="+33612345678").count() == MOST_CODES_PER_CONTACT_AND_CLIENT

    def test_of_strangers_do_not_lock_the_owner_out(self, territory):
        strangers = [Client(REMOTE_ADDR=f"192.0.2.{n}") for n in range(3)]
        for stranger in strangers:
            for _ in range(MOST_CODES_PER_CONTACT_AND_CLIENT + 1):
                stranger.cookies.clear()
                ToMyAppointments(stranger, territory).ask()
        assert OneTimeCode.objects.count() == SHARED_CODES_PER_CONTACT
        owner = ToMyAppointments(Client(REMOTE_ADDR="203.0.113.1"), territory)

        owner.ask()

        assert template_of(owner.type(digits())) == "my_appointments"


class Guessers:
    """As many as it takes, each from an address of its own and with a new session for each code."""

    def __init__(self, territory):
        self.territory = territory
        self.with_codes = []
        self.addresses = count(1)
        self.refused = 0
        self._come_from_elsewhere()

    def _come_from_elsewhere(self):
        self.address = f"198.51.{next(self.addresses)}.1"
        self.way = None

    def guess(self):
        """One; whether it was compared with a code at all."""
        if self.way is None and self.refused < MOST_CODES_PER_CONTACT:
            self._ask()
        if self.way is None:
            way = ToMyAppointments(Client(REMOTE_ADDR=self.address), self.territory)
            assert template_of(way.type("123456")) == "my_appointments_contact"
            return False
        self.tried += 1
        answer = self.way.client.post(self.way.code_url, {"code": beside(self.right, self.tried)})
        assert answer.status_code == 422
        is_compared = WRONG in text_of(answer)
        assert is_compared or DEAD in text_of(answer)
        self.way = self.way if is_compared else None
        return is_compared

    def _ask(self):
        way = ToMyAppointments(Client(REMOTE_ADDR=self.address), self.territory)
        asked = way.ask()
        if template_of(asked) == "my_appointments_code":
            self.way, self.right, self.tried = way, digits(), 0
            self.with_codes.append((way, self.right))
        else:
            assert TOO_MANY in text_of(asked)
            self.refused += 1
            self._come_from_elsewhere()


@pytest.mark.django_db
@pytest.mark.usefixtures("now")
def test_of_a_thousand_guesses_from_anywhere_two_hundred_are_compared_and_no_right_code_works_after(territory):
    guessers = Guessers(territory)

    compared = sum(guessers.guess() for _ in range(1000))

    assert compared == MOST_CODES_PER_CONTACT * MAX_ATTEMPTS == 200
    assert len(guessers.with_codes) == MOST_CODES_PER_CONTACT
    for way, right in guessers.with_codes:
        assert DEAD in text_of(way.type(right))
        assert template_of(way.client.get(way.contact_url, follow=True)) == "my_appointments_contact"


@pytest.mark.django_db(transaction=True)
def test_of_a_thousand_guesses_at_once_five_are_compared_and_the_right_code_does_not_work_after(live_server):
    organization = make_organization(open_weekdays=list(range(7)))
    make_opening(organization=organization, first_day=timezone.localdate() + timedelta(days=1), now=timezone.now())
    way = ToMyAppointments(None, organization.territory)
    browser = Browser(live_server.url, 1)
    browser.get(way.contact_url)
    browser.post(way.contact_url, contact=EMAIL)
    right = digits()
    send = sender(browser, way.code_url)

    with ThreadPoolExecutor(20) as pool:
        pages = list(pool.map(send, (beside(right, by) for by in range(1, 1001))))

    assert sum(WRONG in page for page in pages) == MAX_ATTEMPTS
    assert sum(DEAD in page for page in pages) == 1000 - MAX_ATTEMPTS
    assert DEAD in send(right)


def sender(browser, path):
    """`send(code)`: the page that answers it, asked with the cookies of `browser` by a connection of its own."""
    jar = next(handler.cookiejar for handler in browser.opener.handlers if hasattr(handler, "cookiejar"))
    cookies = "; ".join(f"{cookie.name}={cookie.value}" for cookie in jar)
    token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', browser.page)[1]

    def send(code):
        data = urlencode({"csrfmiddlewaretoken": token, "code": code}).encode()
        request = Request(browser.base_url + path, data, {"Cookie": cookies})
        try:
            response = build_opener().open(request, timeout=60)
        except HTTPError as error:
            response = error
        with response:
            return response.read().decode().replace("&#x27;", "'").replace("\xa0", " ")

    return send
