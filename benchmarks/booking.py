"""Booking: 8 clients through the service against the same rows bare, and 200 clients for one slot."""

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from itertools import cycle, islice
from threading import Barrier

from django.db import DatabaseError, connection

from organizations.models import Citizen, Organization
from scheduling.exceptions import SlotTaken
from scheduling.selectors.slots import Demand, offered_slots
from scheduling.services.actors import CITIZEN
from scheduling.services.booking import Attendee, book_appointment

from . import data
from .booked_rows import BookedRows, insert_bare, insert_through_models
from .clients import rate_of
from .measure import deadlocks_counted
from .server import connect

CLIENTS = 8
BOOKINGS = 125  # Of each client.
CROWD = 200
WEEK = timedelta(days=7)

WHY = (
    "The bare rows are five prepared INSERTs. A booking looks for the slot twice, the second time under its lock, "
    "chooses the calendar fairly, recomputes the day, compares and writes its windows and writes the message: 26 "
    "statements; two thirds of its processor time are Python's"
)


def measure(report):
    section = report.section(
        "Booking",
        f"{CLIENTS} client processes, each a booking after another with a commit for each, on the calendars of "
        f"{data.ORGANIZATIONS} organizations; the messages to the citizen are written, not sent. Afterwards the rows "
        "that were written are deleted and written again.",
    )
    rows = BookedRows()
    by_service = rate_of(_book_all, [_bookings_of(client) for client in range(CLIENTS)])
    by_client = rows.take_out(clients=CLIENTS)
    bare = rate_of(insert_bare, by_client)
    rows.take_out(clients=CLIENTS)
    through_models = rate_of(insert_through_models, by_client)
    section.add("bookings through the service", by_service, "/s")
    section.add("the same rows, through the models", through_models, "/s")
    section.add("the same rows, bare INSERTs", bare, "/s")
    section.add("service against bare INSERTs", by_service / bare, "×", mark=0.4, at_least=True, why=WHY)
    section.add("service against the models", by_service / through_models, "×")
    _crowd(section)


def _bookings_of(client):
    """Other organizations for each client, and every free start of a week there in turn."""
    organizations = list(Organization.objects.order_by("pk")[: data.ORGANIZATIONS])[client::CLIENTS]
    citizen = _citizens(organizations[0].territory, 1)[0]
    choices = [[(demand, start, citizen) for start in _starts(demand)] for demand in map(_demand, organizations)]
    in_turn = (booking for bookings in zip(*choices, strict=False) for booking in bookings)
    return list(islice(cycle(in_turn), BOOKINGS))


def _demand(organization):
    return Demand(data.motif_of(organization))


def _starts(demand):
    slots = offered_slots([demand], start=data.NOW + WEEK, end=data.NOW + 2 * WEEK, now=data.NOW)
    return sorted({slot.starts_at for slot in slots})


def _citizens(territory, count):
    return Citizen.objects.bulk_create(
        Citizen(territory=territory, first_name="Camille", last_name=f"Usager {n}", email=f"usager-{n}@example.org")
        for n in range(count)
    )


def _book_all(bookings):
    for demand, starts_at, citizen in bookings:
        _book(demand, starts_at, citizen)


def _book(demand, starts_at, citizen, **restrictions):
    return book_appointment(
        demand=demand,
        starts_at=starts_at,
        location_id=None,
        attendees=[Attendee(citizen)],
        actor=CITIZEN,
        now=data.NOW,
        **restrictions,
    )


def _crowd(section):
    """Everybody at once for the last free calendar at one start."""
    organization = Organization.objects.select_related("territory").order_by("pk")[data.ORGANIZATIONS]
    demand = _demand(organization)
    slot = offered_slots([demand], start=data.NOW + WEEK, end=data.NOW + 2 * WEEK, now=data.NOW)[0]
    everybody = Barrier(CROWD)

    def try_to_book(citizen):
        connection.ensure_connection()
        everybody.wait()
        try:
            _book(demand, slot.starts_at, citizen, calendar_ids=[slot.calendar_id])
        except SlotTaken:
            return "refused"
        except DatabaseError:
            return "failed"
        finally:
            connection.close()
        return "booked"

    with connect() as session, deadlocks_counted(session) as deadlocks, ThreadPoolExecutor(CROWD) as crowd:
        answers = Counter(crowd.map(try_to_book, _citizens(organization.territory, CROWD)))
    section.add(f"{CROWD} clients on one slot: booked", answers["booked"], mark=1)
    section.add(f"{CROWD} clients on one slot: refused", answers["refused"], mark=CROWD - 1, at_least=True)
    section.add(f"{CROWD} clients on one slot: deadlocks and other errors", deadlocks[0] + answers["failed"], mark=0)
