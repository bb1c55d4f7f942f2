"""Twenty people with the same slot, or the last seat of a workshop, at the last step, over HTTP."""

import re
import threading
from datetime import timedelta
from html import unescape
from http.cookiejar import CookieJar
from urllib.error import HTTPError
from urllib.parse import urlencode
from urllib.request import HTTPCookieProcessor, build_opener

import pytest
from django.db import connection
from django.utils import timezone

from notifications.models import Message
from organizations.models import Citizen, Prescriber
from scheduling.models import Appointment, Hold
from scheduling.services.holds import release_hold
from tests.booking_portal.conftest import slot_url_of
from tests.booking_portal.test_workshops import dates_of
from tests.factories import make_motif, make_opening, make_organization, make_participation, make_workshop

CLIENTS = 20


class Browser:
    """As much of one as the path needs: cookies, redirects, the CSRF token of the last page."""

    def __init__(self, base_url, number):
        self.base_url, self.number = base_url, number
        self.opener = build_opener(HTTPCookieProcessor(CookieJar()))
        self.url = self.page = ""

    def get(self, url):
        return self._open(url, None)

    def post(self, url, **fields):
        token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', self.page)[1]
        return self._open(url, urlencode(fields | {"csrfmiddlewaretoken": token}).encode())

    def _open(self, url, data):
        url = url if url.startswith("http") else self.base_url + url
        try:
            response = self.opener.open(url, data, timeout=60)
        except HTTPError as error:
            response = error
        with response:
            self.page = unescape(response.read().decode())
        self.url, self.status = response.url, response.status
        return self

    @property
    def first_slot(self):
        return re.search(r'name="debut" value="([^"]+)"', self.page)[1]

    def reach_the_code(self, slots):
        """Hold the first slot, say who, be sent a code; then ten minutes pass and the hold is gone."""
        self.get(slots)
        self.post(slots, debut=self.first_slot)
        self.say_who()
        release_hold(visitor_key=Hold.objects.get().visitor_key, now=timezone.now())

    def say_who(self):
        self.who = self.url
        self.post(self.url, first_name="Camille", last_name=f"Dupont{self.number}", email=f"{self.number}@example.org")
        self.code_url = self.url
        message = Message.objects.get(kind=Message.Kind.CODE, recipient=f"{self.number}@example.org")
        self.digits = re.search(r"\b\d{6}\b", message.body)[0]

    def reach_the_code_of(self, dates, workshop):
        self.get(dates)
        self.post(dates, atelier=workshop.pk)
        self.say_who()


@pytest.fixture
def slots(transactional_db):
    motif = make_motif(organization=make_organization(open_weekdays=list(range(7))))
    tomorrow = timezone.localdate() + timedelta(days=1)
    make_opening(motifs=[motif], first_day=tomorrow, rrule="FREQ=DAILY", now=timezone.now())
    return slot_url_of(motif)


def all_confirm(browsers):
    """Type the code, all at once; who of them is confirmed, and who is not."""
    assert len({browser.code_url for browser in browsers}) == 1
    barrier = threading.Barrier(len(browsers))

    def confirm(browser):
        barrier.wait()
        browser.post(browser.code_url, code=browser.digits)
        connection.close()

    threads = [threading.Thread(target=confirm, args=[browser]) for browser in browsers]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert {browser.status for browser in browsers} == {200}
    winners = [browser for browser in browsers if "/confirme/" in browser.url]
    return winners, [browser for browser in browsers if browser not in winners]


def test_one_of_twenty_gets_the_slot_and_nineteen_are_helped(live_server, slots):
    browsers = [Browser(live_server.url, number) for number in range(CLIENTS)]
    for browser in browsers:
        browser.reach_the_code(slots)

    winners, others = all_confirm(browsers)

    assert (len(winners), len(others)) == (1, CLIENTS - 1)
    assert Appointment.objects.count() == 1
    assert Citizen.objects.count() == 1
    for browser in others:
        assert "Ce créneau vient d'être pris" in browser.page
        assert "Ce que vous avez écrit est gardé" in browser.page
        assert browser.page.count('name="debut"') == 3
    # What was typed is there, and no second code is asked for.
    again = others[0]
    again.post(slots, debut=again.first_slot)
    assert f'value="Dupont{again.number}"' in again.page
    again.post(again.url, first_name="Camille", last_name=f"Dupont{again.number}", email=f"{again.number}@example.org")
    assert "/confirme/" in again.url


def test_one_of_twenty_gets_the_last_seat_and_nineteen_may_wait(live_server, transactional_db):
    now = timezone.now()
    motif = make_motif(organization=make_organization(), is_collective=True, duration=timedelta(hours=1))
    workshop = make_workshop(motif=motif, seats=2, starts_at=now + timedelta(days=2), now=now)
    make_participation(workshop=workshop, now=now)
    browsers = [Browser(live_server.url, number) for number in range(CLIENTS)]
    for browser in browsers:
        browser.reach_the_code_of(dates_of(motif), workshop)

    winners, others = all_confirm(browsers)

    assert (len(winners), len(others)) == (1, CLIENTS - 1)
    assert workshop.participations.filter(seat__isnull=False).count() == workshop.participations.count() == 2
    assert Citizen.objects.count() == 2
    assert {"/reserver/complet/" in browser.url for browser in others} == {True}
    for browser in others:
        assert "Cet atelier vient d'être complet" in browser.page
        assert "Ce que vous avez écrit est gardé" in browser.page
    # One of them waits, without another code.
    waiting = others[0]
    waiting.get(re.search(r'href="([^"]+attente=1[^"]*)"', waiting.page)[1])
    assert f'value="Dupont{waiting.number}"' in waiting.page
    waiting.post(
        waiting.url, first_name="Camille", last_name=f"Dupont{waiting.number}", email=f"{waiting.number}@example.org"
    )
    assert "en liste d'attente, au rang 1" in waiting.page


def test_a_double_click_on_the_last_button_registers_once(live_server, transactional_db):
    now = timezone.now()
    workshop = make_workshop(starts_at=now + timedelta(days=2), now=now)
    browser = Browser(live_server.url, 0)
    browser.reach_the_code_of(dates_of(workshop.motif), workshop)

    answers = [each.url for each in all_click(browser)]

    assert len(set(answers)) == 1
    assert "/confirme/" in answers[0]
    assert workshop.participations.count() == Citizen.objects.count() == 1


def all_click(browser):
    """Five times at once on the last button, as one impatient finger."""
    barrier, tabs = threading.Barrier(5), []

    def click():
        second_tab = Browser(browser.base_url, browser.number)
        second_tab.opener, second_tab.page = browser.opener, browser.page
        barrier.wait()
        second_tab.post(browser.code_url, code=browser.digits)
        tabs.append(second_tab)

    threads = [threading.Thread(target=click) for _ in range(5)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return tabs


def test_a_double_click_on_the_last_button_books_once(live_server, slots):
    browser = Browser(live_server.url, 0)
    browser.reach_the_code(slots)

    answers = [(each.status, each.url) for each in all_click(browser)]

    assert len(set(answers)) == 1
    assert "/confirme/" in answers[0][1]
    assert Appointment.objects.count() == Citizen.objects.count() == 1


def test_a_prescribers_double_click_books_once(live_server, slots):
    browser = Browser(live_server.url, 0)
    browser.get(f"{slots}&pour=autrui")
    browser.post(browser.url, first_name="Jeanne", last_name="Dupont", structure="CCAS", email="jeanne@ccas.example")
    browser.post(browser.url, debut=browser.first_slot)
    browser.post(browser.url, first_name="Lou", last_name="Petit")
    browser.code_url = browser.url
    browser.digits = re.search(r"\b\d{6}\b", Message.objects.get(kind=Message.Kind.CODE).body)[0]

    answers = [(each.status, each.url) for each in all_click(browser)]

    assert len(set(answers)) == 1
    assert "/prescripteur/confirme/" in answers[0][1]
    assert Appointment.objects.count() == Citizen.objects.count() == Prescriber.objects.count() == 1
    assert Message.objects.filter(audience="prescriber").count() == 1
