"""What an agent does on the agenda with a hand, each act again with the keyboard alone, in as few clicks as can be."""

import contextlib
import os
import random
import re
import threading
from datetime import datetime, time, timedelta
from time import monotonic
from urllib.parse import urlsplit

import pytest
from django.db import connection
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from playwright.sync_api import expect

from organizations.models import Membership
from scheduling.exceptions import SchedulingError
from scheduling.models import Appointment, AppointmentEvent, Unavailability
from scheduling.selectors.slots import Demand, offered_slots
from scheduling.services.actors import CITIZEN
from scheduling.services.appointments import cancel_appointment
from scheduling.services.booking import Attendee, book_appointment
from tests.browsers import Clicks, tab_to
from tests.factories import (
    PARIS,
    PASSWORD,
    make_agent,
    make_appointment,
    make_citizen,
    make_location,
    make_motif,
    make_opening,
    make_organization,
)
from tests.scheduling import walks
from tests.scheduling.services.test_crowd import doubled

SOON = 5_000  # Milliseconds: what others do is shown within them.


@pytest.fixture
def organization(transactional_db):
    return make_organization(name="Maison des solidarités", open_weekdays=list(range(7)))


@pytest.fixture
def agent(organization):
    return make_agent(organization=organization, role=Membership.Role.ADMIN, first_name="Alice", last_name="Delcourt")


@pytest.fixture
def colleague(organization):
    return make_agent(organization=organization, is_front_desk=True, first_name="Karim", last_name="Benhaddou")


@pytest.fixture
def day():
    return timezone.localdate() + timedelta(days=1)


@pytest.fixture
def motif(organization):
    return make_motif(organization=organization, name="Accès aux droits", duration=timedelta(minutes=60))


@pytest.fixture
def location(organization):
    return make_location(organization=organization, name="Centre social")


@pytest.fixture
def opened(agent, motif, location, day):
    return make_opening(
        calendar=agent.calendar,
        motifs=[motif],
        location=location,
        first_day=day,
        start_time=time(9),
        end_time=time(17),
        now=timezone.now(),
    )


@pytest.fixture
def book(organization, motif, agent, location, day):
    def book(last_name, hour, *, calendar=None, day=day, **fields):
        return make_appointment(
            motif=motif,
            calendar=calendar or agent.calendar,
            citizen=make_citizen(
                organization=organization, first_name="Camille", last_name=last_name, phone="+33612345678"
            ),
            location=location,
            starts_at=datetime.combine(day, time(hour), PARIS),
            now=timezone.now(),
            **fields,
        )

    return book


@pytest.fixture
def signed_in(agent, live_server):
    def signed_in(page, who=agent):
        client = Client()
        assert client.login(email=who.email, password=PASSWORD)
        cookie = {"name": "sessionid", "value": client.cookies["sessionid"].value, "url": live_server.url}
        page.context.add_cookies([cookie])
        return page

    return signed_in


@pytest.fixture
def address(organization, day):
    def address(**query):
        return reverse("scheduling:agenda", args=[organization.slug], query={"jour": day, "vue": "jour"} | query)

    return address


def event(page, name):
    return page.locator(".ec-event.is-appointment a", has_text=name)


def box_of(page, name):
    return page.locator(".ec-event.is-appointment", has_text=name).bounding_box()


HOUR = 112  # Pixels.


def on_grid(page, hour, *, column=0):
    """Where that hour stands on the screen; the grid begins at 8 h."""
    box = page.locator(".ec-body .ec-day").nth(column).bounding_box()
    return box["x"] + box["width"] * 0.6, box["y"] + (hour - 8) * HOUR + 2


def hours_of(appointment):
    appointment.refresh_from_db()
    return [moment.astimezone(PARIS).strftime("%H:%M") for moment in (appointment.starts_at, appointment.ends_at)]


def open_agenda(page, url, name):
    page.goto(url)
    expect(event(page, name)).to_be_visible()
    page.evaluate("window.neverReloaded = true")


def test_moving_by_hand_and_taking_it_back(desktop, signed_in, address, opened, book, capsys):
    appointment, page, clicks = book("Durand", 10), signed_in(desktop), Clicks()
    book("Petit", 12)
    open_agenda(page, address(), "DURAND")
    done = page.locator("#agenda-done")

    box = box_of(page, "DURAND")
    clicks.drag(page, (box["x"] + 90, box["y"] + 30), (box["x"] + 90, box["y"] + 30 + HOUR))
    expect(done).to_contain_text("Déplacé à 11\u00a0h.")
    assert hours_of(appointment) == ["11:00", "12:00"]
    clicks.make("move an RDV by hand", 1, capsys)

    page.get_by_role("button", name="Annuler", exact=True).click()
    expect(done).to_contain_text("revenu à sa place")
    assert hours_of(appointment) == ["10:00", "11:00"]

    # Over somebody: the grid asks, Escape gives up and it jumps back; confirmed, it stays there.
    box = box_of(page, "DURAND")
    page.mouse.move(box["x"] + 90, box["y"] + 30)
    page.mouse.down()
    page.mouse.move(box["x"] + 90, box["y"] + 30 + 2 * HOUR, steps=12)
    page.mouse.up()
    dialog = page.get_by_role("dialog", name="À vérifier avant de déplacer")
    expect(dialog).to_contain_text("chevauche le rendez-vous de Camille PETIT (12\u00a0h – 13\u00a0h)")
    page.keyboard.press("Escape")
    expect(dialog).to_be_hidden()
    expect(event(page, "DURAND")).to_contain_text("10\u00a0h")
    expect(event(page, "DURAND")).to_be_focused()
    assert hours_of(appointment) == ["10:00", "11:00"]

    # With the keyboard alone: arrows from RDV to RDV, « Déplacer », the hour.
    page.keyboard.press("ArrowDown")
    expect(event(page, "PETIT")).to_be_focused()
    page.keyboard.press("ArrowUp")
    expect(event(page, "DURAND")).to_be_focused()
    page.keyboard.press("Enter")
    move = page.get_by_role("dialog").get_by_role("link", name="Déplacer")
    expect(move).to_be_visible()
    tab_to(page, move)
    page.keyboard.press("Enter")
    start = page.get_by_label("De", exact=True)
    expect(start).to_have_value("10h")
    tab_to(page, start)
    page.keyboard.press("Control+a")
    page.keyboard.type("13h30")
    page.keyboard.press("Enter")
    expect(page.get_by_text("Déplacé à 13\u00a0h\u00a030.")).to_be_visible()
    expect(event(page, "DURAND")).to_contain_text("13\u00a0h\u00a030")
    assert hours_of(appointment) == ["13:30", "14:30"]


def test_stretching_by_hand(desktop, signed_in, address, opened, book, capsys):
    appointment, page, clicks = book("Durand", 10), signed_in(desktop), Clicks()
    open_agenda(page, address(), "DURAND")

    box = box_of(page, "DURAND")
    clicks.drag(
        page,
        (box["x"] + 90, box["y"] + box["height"] - 3),
        (box["x"] + 90, box["y"] + box["height"] - 3 + HOUR / 2),
    )
    expect(page.locator("#agenda-done")).to_contain_text("Il se termine maintenant à 11\u00a0h\u00a030.")
    assert hours_of(appointment) == ["10:00", "11:30"]
    clicks.make("stretch an RDV", 1, capsys)

    tab_to(page, event(page, "DURAND"))
    page.keyboard.press("Enter")
    move = page.get_by_role("dialog").get_by_role("link", name="Déplacer")
    expect(move).to_be_visible()
    tab_to(page, move)
    page.keyboard.press("Enter")
    end = page.get_by_label("À", exact=False).and_(page.locator("#id_fin"))
    expect(end).to_be_visible()
    tab_to(page, end)
    page.keyboard.type("10h45")
    page.keyboard.press("Enter")
    expect(page.get_by_text("Il se termine maintenant à 10\u00a0h\u00a045.")).to_be_visible()
    assert hours_of(appointment) == ["10:00", "10:45"]


def test_placing_where_it_is_drawn(desktop, signed_in, address, opened, organization, motif, capsys):
    page, clicks = signed_in(desktop), Clicks()
    make_citizen(organization=organization, first_name="Fatima", last_name="Benali")
    page.goto(address())
    expect(page.locator(".ec-bg-event.is-opening")).to_be_visible()

    clicks.drag(page, on_grid(page, 10), on_grid(page, 11.5))
    expect(page.get_by_role("heading", level=1)).to_have_text("Placer un rendez-vous")
    expect(page.locator("#id_debut")).to_have_value("10h")
    expect(page.locator("#id_fin")).to_have_value("11h30")
    page.locator("#citizen-query").fill("benali")
    clicks.on(page.get_by_role("button", name="Fatima BENALI"))
    expect(page.get_by_text("Changer d'usager")).to_be_visible()
    clicks.on(page.get_by_role("button", name="Placer le rendez-vous"))
    expect(page.get_by_text("Le rendez-vous est pris")).to_be_visible()
    expect(event(page, "BENALI")).to_be_visible()
    assert hours_of(Appointment.objects.get()) == ["10:00", "11:30"]
    clicks.make("place an RDV for somebody known", 3, capsys)

    # With the keyboard alone, for somebody new, over the hours: warned, confirmed.
    tab_to(page, page.get_by_role("link", name="Placer un rendez-vous"))
    page.keyboard.press("Enter")
    start = page.locator("#id_debut")
    expect(start).to_be_visible()
    tab_to(page, start)
    page.keyboard.type("16h30")
    tab_to(page, page.locator("#id_last_name"))
    for typed in ("Martin", "Zoé"):
        page.keyboard.type(typed)
        page.keyboard.press("Tab")
    expect(page.locator("#placing-warnings")).to_contain_text("hors de ses plages d'ouverture")
    tab_to(page, page.get_by_label("Placer quand même"))
    page.keyboard.press("Space")
    tab_to(page, page.get_by_role("button", name="Placer le rendez-vous"))
    page.keyboard.press("Enter")
    expect(event(page, "MARTIN")).to_be_visible()
    assert hours_of(Appointment.objects.get(participations__citizen__last_name="Martin")) == ["16:30", "17:30"]


def test_an_unavailability_where_it_is_drawn(desktop, signed_in, address, opened, agent, capsys):
    page, clicks = signed_in(desktop), Clicks()
    page.goto(address())
    expect(page.locator(".ec-bg-event.is-opening")).to_be_visible()

    clicks.drag(page, on_grid(page, 10), on_grid(page, 11.5))
    clicks.on(page.get_by_role("link", name="Indisponibilité", exact=True))
    expect(page.locator("#id_start_time")).to_have_value("10h")
    clicks.on(page.get_by_role("button", name="Ajouter l'indisponibilité"))
    expect(page.locator(".ec-bg-event.is-unavailability")).to_be_visible()
    away = Unavailability.objects.get()
    assert (away.calendar, away.start_time, away.end_time) == (agent.calendar, time(10), time(11, 30))
    clicks.make("take time back from the agenda", 3, capsys)

    tab_to(page, page.get_by_role("link", name="Placer un rendez-vous"))
    page.keyboard.press("Enter")
    absence = page.get_by_role("link", name="Indisponibilité", exact=True)
    expect(absence).to_be_visible()
    tab_to(page, absence)
    page.keyboard.press("Enter")
    start = page.locator("#id_start_time")
    expect(start).to_be_visible()
    tab_to(page, start)
    page.keyboard.type("13h")
    tab_to(page, page.locator("#id_end_time"))
    page.keyboard.type("14h")
    page.keyboard.press("Enter")
    expect(page.locator(".ec-bg-event.is-unavailability")).to_have_count(2)


def test_an_rdv_at_a_glance(desktop, signed_in, address, opened, book, agent):
    yesterday = timezone.localdate() - timedelta(days=1)
    appointment = book("Durand", 10, day=yesterday)
    page = signed_in(desktop)
    open_agenda(page, address(jour=yesterday), "DURAND")
    glance = page.get_by_role("dialog")

    event(page, "DURAND").click()
    expect(glance.get_by_role("heading")).to_be_focused()
    expect(glance.get_by_role("link", name="06 12 34 56 78")).to_have_attribute("href", "tel:+33-6-12-34-56-78")
    glance.get_by_role("button", name="Honoré").click()
    expect(glance.get_by_role("button", name="Annuler ce résultat")).to_be_visible()
    assert Appointment.objects.get().status == "fulfilled"
    page.keyboard.press("Escape")
    expect(glance).to_be_hidden()
    expect(event(page, "DURAND")).to_be_focused()
    expect(event(page, "DURAND")).to_contain_text("honoré", timeout=SOON)

    # Again without a mouse.
    page.keyboard.press("Enter")
    tab_to(page, glance.get_by_role("button", name="Annuler ce résultat"))
    page.keyboard.press("Enter")
    expect(glance.get_by_role("button", name="Absent")).to_be_visible()
    tab_to(page, glance.get_by_role("link", name="Ouvrir"))
    page.keyboard.press("Enter")
    page.wait_for_url(f"**/rendez-vous/{appointment.pk}/")
    assert urlsplit(page.url).path.endswith(f"/rendez-vous/{appointment.pk}/")


# The same for a whole minute every night.
SECONDS = 60 if os.environ.get("HYPOTHESIS_PROFILE") == "nightly" else 10


class Citizens(threading.Thread):
    """Somebody at home who books and cancels on the portal, by the same services, as long as it lasts."""

    def __init__(self, motif, organization, seed):
        super().__init__()
        self.motif, self.organization, self.chance = motif, organization, random.Random(seed)
        self.people = [make_citizen(organization=organization, last_name=f"Citoyen{number}") for number in range(4)]
        self.booked, self.error, self.is_over = [], None, threading.Event()

    def run(self):
        try:
            while not self.is_over.wait(0.6):
                self.act()
        except Exception as error:  # noqa: BLE001 - told in the test's own thread.
            self.error = error
        finally:
            connection.close()

    def act(self):
        now = timezone.now()
        if self.booked and self.chance.random() < 0.3:
            appointment = self.booked.pop()
            with contextlib.suppress(SchedulingError):
                cancel_appointment(appointment=appointment, status="cancelled_by_citizen", actor=CITIZEN, now=now)
            return
        slots = offered_slots([Demand(self.motif)], start=now, end=now + timedelta(days=3), now=now)
        if not slots:
            return
        slot = self.chance.choice(slots)
        with contextlib.suppress(SchedulingError):
            self.booked.append(
                book_appointment(
                    demand=Demand(self.motif),
                    starts_at=slot.starts_at,
                    location_id=slot.location_id,
                    attendees=[Attendee(self.chance.choice(self.people))],
                    actor=CITIZEN,
                    now=now,
                )
            )


def drag_somewhere(page, chance):
    """One RDV to another hour of the day, if one can be seen; whatever is asked is given up."""
    boxes = [box.bounding_box() for box in page.locator(".ec-event.ec-draggable").all()]
    boxes = [box for box in boxes if box and 240 < box["y"] < 560]
    if not boxes:
        return
    box, to = chance.choice(boxes), on_grid(page, chance.choice([9, 10, 11, 12]))
    x = box["x"] + min(40, box["width"] / 2)
    page.mouse.move(x, box["y"] + 12)
    page.mouse.down()
    page.mouse.move(x, to[1] + 12, steps=8)
    page.mouse.up()
    settled, dialog = page.locator("#agenda:not([aria-busy])"), page.locator("#agenda-warnings[open]")
    expect(settled.or_(dialog)).to_have_count(1)
    if dialog.count():
        page.keyboard.press("Escape")
    expect(settled).to_have_count(1)


def truth(calendar, day):
    """The RDVs of that day as they stand in the database: [(id, start)]."""
    rows = Appointment.objects.occupying().filter(calendars=calendar).order_by("pk")
    moments = {row.pk: row.starts_at.astimezone(PARIS) for row in rows}
    return sorted((f"rdv-{pk}", f"{at:%H:%M}") for pk, at in moments.items() if at.date() == day)


def spoken(hour):
    """« 9 h 30 », as the label of an RDV has it."""
    hours, minutes = hour.split(":")
    return f"{int(hours)}\u00a0h" + (f"\u00a0{minutes}" if minutes != "00" else "")


def test_two_agents_and_a_citizen_act_on_the_same_calendar(
    open_page, signed_in, address, opened, organization, agent, colleague, motif, day, book
):
    for hour, name in ((9, "Durand"), (11, "Petit")):
        book(name, hour)
    pages = [signed_in(open_page(), who) for who in (agent, colleague)]
    for page in pages:
        # A hand that comes too late, where the other has just moved the RDV, draws on an empty place: it stays here.
        page.route("**/agenda/placer/**", lambda route: route.fulfill(status=204))
        open_agenda(page, address(agenda=agent.calendar.pk), "DURAND")
    chance, citizens = random.Random(7), Citizens(motif, organization, seed=11)

    citizens.start()
    until = monotonic() + SECONDS
    while monotonic() < until:
        for page in pages:
            drag_somewhere(page, chance)
    citizens.is_over.set()
    citizens.join()
    assert citizens.error is None

    # Both agendas show the truth within five seconds, without having been loaded again.
    deadline, expected = monotonic() + SOON / 1000, truth(agent.calendar, day)
    for page in pages:
        for name, hour in expected:
            box = page.locator(f'[data-event="{name}"]')
            left = max(1, (deadline - monotonic()) * 1000)
            expect(box).to_have_attribute("aria-label", re.compile(f", {spoken(hour)} –"), timeout=left)
        expect(page.locator(".ec-event.is-appointment")).to_have_count(len(expected))
        assert page.evaluate("window.neverReloaded")

    # Nothing is lost, nothing doubled.
    assert list(doubled()) == []
    assert {name for name, _ in expected} >= {f"rdv-{row.pk}" for row in Appointment.objects.occupying()}
    assert Appointment.objects.filter(participations__isnull=True).count() == 0
    assert AppointmentEvent.objects.filter(kind="moved").exists()
    assert walks.drift(timezone.now()) == (set(), set())
