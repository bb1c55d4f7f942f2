"""The online-booking page and the public JSON tell a change of motif, opening, place, closure or RDV in the very next
request, whatever the windows say: also while the calendars wait for their batch.
"""

import re
from dataclasses import dataclass, field
from datetime import date, time, timedelta
from html import unescape
from uuid import uuid4

import pytest
from django.test import Client
from django.urls import reverse

from organizations.models import Membership, Motif
from organizations.services.locations import change_location
from scheduling.engine.series import Scope
from scheduling.models import Calendar, FreeWindow
from scheduling.selectors.slots import Demand
from scheduling.services.actors import CITIZEN
from scheduling.services.appointments import cancel_appointment, move_appointment
from scheduling.services.booking import Attendee, book_appointment
from scheduling.services.desks import archive_desk, unarchive_desk
from scheduling.services.holds import release_hold, take_hold
from scheduling.services.locations import close_location, reopen_location
from scheduling.services.members import remove_member
from scheduling.services.motifs import archive_motif, change_motif, unarchive_motif
from scheduling.services.opening_days import add_closure, remove_closure, set_holidays_on_dates, set_open_weekdays
from scheduling.services.openings import change_opening, close_opening
from scheduling.services.unavailabilities import remove_unavailability
from tests.factories import (
    MONDAY,
    NOW,
    TUESDAY,
    make_agent,
    make_calendar,
    make_citizen,
    make_closure,
    make_desk,
    make_location,
    make_opening,
    make_unavailability,
    paris,
)

pytestmark = pytest.mark.django_db

EVERY_MONDAY = "FREQ=WEEKLY;BYDAY=MO"
EASTER_MONDAY = date(2026, 4, 6)
AT_9, AT_9_30 = "lundi 2 mars 2026 à 9 h", "lundi 2 mars 2026 à 9 h 30"
NEXT_WEEK = "lundi 9 mars 2026 à 9 h"


class World:
    """« Carte d'identité », half an hour, every Monday from 9 h to 12 h at the town hall, with one agent."""

    def __init__(self, motif):
        self.motif, self.organization = motif, motif.organization
        self.place = make_location(organization=self.organization, name="Hôtel de ville")
        self.calendar = make_calendar(organization=self.organization)
        self.opening = self.opened(calendar=self.calendar)
        self.made = None  # What the arrangement of a change has made.

    def opened(self, **fields):
        return make_opening(motifs=[self.motif], **{"location": self.place, "rrule": EVERY_MONDAY} | fields)

    def change_motif(self, options=(), **fields):
        change_motif(motif=self.motif, now=NOW, options=options, questions=[], units=[], partner_types=[], **fields)

    def change_opening(self, **fields):
        same = {"location": self.place, "start_time": time(9), "end_time": time(12), "rrule": EVERY_MONDAY}
        change_opening(opening=self.opening, motifs=[self.motif], now=NOW, **same | {"first_day": MONDAY} | fields)

    def close_opening(self):
        close_opening(opening=self.opening, now=NOW)

    def change_place(self, **fields):
        change_location(location=self.place, **fields)

    def away(self, **fields):
        self.made = make_unavailability(calendar=self.calendar, organization=self.organization, **fields)

    def booked(self):
        self.made = book_appointment(
            demand=Demand(self.motif),
            starts_at=paris(MONDAY, 9),
            location_id=self.place.pk,
            attendees=[Attendee(make_citizen(organization=self.organization))],
            actor=CITIZEN,
            now=NOW,
        )

    def cancelled(self):
        cancel_appointment(appointment=self.made, status="cancelled_by_citizen", actor=CITIZEN, now=NOW)

    def moved(self):
        move_appointment(
            appointment=self.made,
            starts_at=paris(MONDAY, 9, 30),
            location_id=self.place.pk,
            actor=CITIZEN,
            now=NOW,
        )

    def held(self):
        self.made = uuid4()
        take_hold(
            demand=Demand(self.motif),
            starts_at=paris(MONDAY, 9),
            location_id=self.place.pk,
            visitor_key=self.made,
            client_hash="somebody",
            now=NOW,
        )

    def at_a_desk(self):
        """The same hours, of a desk instead of the agent."""
        self.close_opening()
        self.made = make_desk(organization=self.organization, location=self.place, motifs=[self.motif])
        self.opened(calendar=self.made.calendar)

    def closed_on_monday(self, organization="own"):
        if organization == "own":
            self.made = make_closure(organization=self.organization)
        else:
            days = {"first_day": MONDAY, "last_day": MONDAY, "label": "Pont"}
            self.made = add_closure(territory=self.organization.territory, organization=None, now=NOW, **days)


def page(state, ranges, next_slot, *lines, name="Carte d'identité"):
    return {name: (state, ranges, next_slot, list(lines))}


def json(start, *, name="Carte d'identité", minutes=30, place="Hôtel de ville"):
    return {place: {f"{name}, {minutes} min": start}}


NOT_LISTED = {"Hôtel de ville": {}}
MONDAY_AT = "2026-03-02T{}:00+01:00"


@dataclass
class Change:
    """Before it (`given` arranges that) and after it, what the page and the JSON say."""

    act: object
    page: dict
    json: dict
    given: object = None
    page_before: dict = field(default_factory=lambda: page("Réservable en ligne", 1, AT_9))
    json_before: dict = field(default_factory=lambda: json(MONDAY_AT.format("09:00")))


AS_USUAL = {"page": page("Réservable en ligne", 1, AT_9), "json": json(MONDAY_AT.format("09:00"))}
A_WEEK_LATER = {"page": page("Réservable en ligne", 1, NEXT_WEEK), "json": json("2026-03-09T09:00:00+01:00")}
HALF_AN_HOUR_LATER = {"page": page("Réservable en ligne", 1, AT_9_30), "json": json(MONDAY_AT.format("09:30"))}


def before(change):
    return {"page_before": change["page"], "json_before": change["json"]}


def shut(*lines, ranges=1, next_slot="aucun", **in_json):
    json_says = json(None, **in_json) if ranges else NOT_LISTED
    return {"page": page("Non réservable en ligne", ranges, next_slot, *lines), "json": json_says}


CLOSED_PLACE = shut("Le lieu « Hôtel de ville » est fermé. Rouvrir le lieu") | {"json": {}}
HIDDEN_PLACE = shut("Le lieu « Hôtel de ville » est caché du portail. Voir le lieu") | {"json": {}}
NO_OPENING = shut("Aucune plage d'ouverture. Ajouter une plage", ranges=0)
ARCHIVED_DESK = shut("Ses plages sont celles de guichets archivés. Voir les guichets archivés")
FOR_AGENTS = shut("Réservé aux agents. Changer qui peut réserver", next_slot=AT_9) | {"json": NOT_LISTED}
GONE = {"page": {}, "json": NOT_LISTED}
AUDIENCE = Motif.BookingAudience

CHANGES = {
    "a motif opened to everybody": Change(
        lambda it: it.change_motif(booking_audience=AUDIENCE.EVERYONE),
        given=lambda it: it.change_motif(booking_audience=AUDIENCE.AGENTS),
        **before(FOR_AGENTS),
        **AS_USUAL,
    ),
    "a motif kept for agents": Change(lambda it: it.change_motif(booking_audience=AUDIENCE.AGENTS), **FOR_AGENTS),
    "a motif given out by link only": Change(
        lambda it: it.change_motif(booking_audience=AUDIENCE.LINK),
        page=page("Réservable en ligne, Avec le lien seulement", 1, AT_9),
        json=NOT_LISTED,
    ),
    "a motif kept for referents": Change(
        lambda it: it.change_motif(is_follow_up=True),
        page=page(
            "Non réservable en ligne",
            1,
            "aucun",
            "Motif de suivi : seuls les agents le réservent, avec le référent de l'usager. Modifier le motif",
        ),
        json=NOT_LISTED,
    ),
    "a motif made collective": Change(
        lambda it: it.change_motif(is_collective=True),
        page=page(
            "Non réservable en ligne",
            0,
            "aucune",
            "Motif collectif : aucun atelier à venir n'est ouvert aux inscriptions. Ajouter un atelier",
        ),
        json=NOT_LISTED,
    ),
    "a motif renamed": Change(
        lambda it: it.change_motif(name="Passeport"),
        page=page("Réservable en ligne", 1, AT_9, name="Passeport"),
        json=json(MONDAY_AT.format("09:00"), name="Passeport"),
    ),
    "a motif longer than its opening": Change(
        lambda it: it.change_motif(duration=timedelta(hours=4)),
        **shut("Aucune de ses plages ne dure 4 h. Voir les plages", minutes=240),
    ),
    "options longer than the opening": Change(
        lambda it: it.change_motif(options=[{"name": "Famille", "duration": timedelta(hours=5)}]),
        **shut("Aucune de ses plages ne dure 5 h. Voir les plages"),
    ),
    "a longer minimum delay": Change(lambda it: it.change_motif(minimum_delay=timedelta(days=3)), **A_WEEK_LATER),
    "a shorter maximum delay": Change(
        lambda it: it.change_motif(maximum_delay=timedelta(hours=1), maximum_delay_months=None),
        page=page(
            "Ouvert, aucun créneau libre",
            1,
            "aucun",
            "Sa première plage est le lundi 2 mars 2026, au-delà du délai maximum (1 h). Changer le délai",
        ),
        json=json(None),
    ),
    "a motif archived": Change(lambda it: archive_motif(motif=it.motif, now=NOW), **GONE),
    "a motif back in use": Change(
        lambda it: unarchive_motif(motif=it.motif, now=NOW),
        given=lambda it: archive_motif(motif=it.motif, now=NOW),
        **before(GONE),
        **AS_USUAL,
    ),
    "an opening added": Change(
        lambda it: it.opened(first_day=MONDAY, start_time=time(8)),
        page=page("Réservable en ligne", 2, "lundi 2 mars 2026 à 8 h"),
        json=json(MONDAY_AT.format("08:00")),
    ),
    "an opening moved to Tuesdays": Change(
        lambda it: it.change_opening(first_day=TUESDAY, rrule="FREQ=WEEKLY;BYDAY=TU"),
        page=page("Réservable en ligne", 1, "mardi 3 mars 2026 à 9 h"),
        json=json("2026-03-03T09:00:00+01:00"),
    ),
    "one occurrence moved to the afternoon": Change(
        lambda it: it.change_opening(
            scope=Scope.OCCURRENCE, day=MONDAY, start_time=time(14), end_time=time(16), rrule=""
        ),
        page=page("Réservable en ligne", 2, "lundi 2 mars 2026 à 14 h"),
        json=json(MONDAY_AT.format("14:00")),
    ),
    "an opening that ended last week": Change(
        lambda it: it.change_opening(first_day=date(2026, 2, 16), rrule=f"{EVERY_MONDAY};UNTIL=20260223"),
        **shut("Toutes ses plages d'ouverture sont terminées. Ajouter une plage", ranges=0),
    ),
    "an opening deleted": Change(lambda it: it.close_opening(), **NO_OPENING),
    "the first opening": Change(
        lambda it: it.opened(calendar=it.calendar),
        given=lambda it: it.close_opening(),
        **before(NO_OPENING),
        **AS_USUAL,
    ),
    "an absence": Change(lambda it: it.away(), **A_WEEK_LATER),
    "an absence on the only day": Change(
        lambda it: it.away(),
        given=lambda it: it.change_opening(rrule=""),
        page=page(
            "Ouvert, aucun créneau libre",
            1,
            "aucun",
            "Aucun créneau libre dans les délais (3 mois) : tout est pris ou indisponible. Pourquoi aucun créneau ?",
        ),
        json=json(None),
    ),
    "an absence taken back": Change(
        lambda it: remove_unavailability(unavailability=it.made, now=NOW),
        given=lambda it: it.away(),
        **before(A_WEEK_LATER),
        **AS_USUAL,
    ),
    "a place closed": Change(lambda it: close_location(location=it.place, now=NOW), **CLOSED_PLACE),
    "a place open again": Change(
        lambda it: reopen_location(location=it.place, now=NOW),
        given=lambda it: close_location(location=it.place, now=NOW),
        **before(CLOSED_PLACE),
        **AS_USUAL,
    ),
    "a place hidden from the portal": Change(lambda it: it.change_place(is_visible_on_portal=False), **HIDDEN_PLACE),
    "a place shown again": Change(
        lambda it: it.change_place(is_visible_on_portal=True),
        given=lambda it: it.change_place(is_visible_on_portal=False),
        **before(HIDDEN_PLACE),
        **AS_USUAL,
    ),
    "a place renamed": Change(
        lambda it: it.change_place(name="Mairie annexe"),
        page=page("Réservable en ligne", 1, AT_9),
        json=json(MONDAY_AT.format("09:00"), place="Mairie annexe"),
    ),
    "the organization closed for a day": Change(lambda it: it.closed_on_monday(), **A_WEEK_LATER),
    "the territory closed for a day": Change(lambda it: it.closed_on_monday(organization=None), **A_WEEK_LATER),
    "a closure taken back": Change(
        lambda it: remove_closure(closure=it.made, now=NOW),
        given=lambda it: it.closed_on_monday(),
        **before(A_WEEK_LATER),
        **AS_USUAL,
    ),
    "no Monday open any more": Change(
        lambda it: set_open_weekdays(organization=it.organization, weekdays=[1, 2, 3, 4], now=NOW),
        **shut("Tous les jours de ses plages sont fermés. Jours d'ouverture"),
    ),
    "a public holiday opened for once": Change(
        lambda it: set_holidays_on_dates(organization=it.organization, closed={EASTER_MONDAY: False}, now=NOW),
        given=lambda it: it.change_opening(first_day=EASTER_MONDAY, rrule=""),
        **before(shut("Tous les jours de ses plages sont fermés. Jours d'ouverture")),
        page=page("Réservable en ligne", 1, "lundi 6 avril 2026 à 9 h"),
        json=json("2026-04-06T09:00:00+02:00"),
    ),
    "an RDV booked": Change(lambda it: it.booked(), **HALF_AN_HOUR_LATER),
    "an RDV cancelled": Change(
        lambda it: it.cancelled(), given=lambda it: it.booked(), **before(HALF_AN_HOUR_LATER), **AS_USUAL
    ),
    "an RDV moved": Change(
        lambda it: it.moved(), given=lambda it: it.booked(), **before(HALF_AN_HOUR_LATER), **AS_USUAL
    ),
    "a slot held": Change(lambda it: it.held(), **HALF_AN_HOUR_LATER),
    "a slot given back": Change(
        lambda it: release_hold(visitor_key=it.made, now=NOW),
        given=lambda it: it.held(),
        **before(HALF_AN_HOUR_LATER),
        **AS_USUAL,
    ),
    "a desk archived": Change(
        lambda it: archive_desk(desk=it.made, now=NOW), given=lambda it: it.at_a_desk(), **ARCHIVED_DESK
    ),
    "a desk back in use": Change(
        lambda it: unarchive_desk(desk=it.made, now=NOW),
        given=lambda it: (it.at_a_desk(), archive_desk(desk=it.made, now=NOW)),
        **before(ARCHIVED_DESK),
        **AS_USUAL,
    ),
    "an agent who leaves": Change(
        lambda it: remove_member(membership=it.calendar.agent.memberships.get(), now=NOW), **NO_OPENING
    ),
}


@pytest.fixture
def world(motif, now):
    return World(motif)


class Readers:
    """An administrator with the page, and a map that keeps the ETags of what it read."""

    def __init__(self, world):
        self.world, self.etags = world, {}
        self.client = Client()
        self.client.force_login(make_agent(organization=world.organization, role=Membership.Role.ADMIN))

    def page(self):
        response = self.client.get(reverse("booking_portal:online_booking", args=[self.world.organization.slug]))
        return {name: said for name, *said in map(_row, _articles(response))}

    def json(self):
        """All three documents, which agree."""
        of_location = self._read("location_directory", self.world.place.pk)
        of_organization = self._read("organization_directory", self.world.organization.slug)
        assert of_organization["places"] == ([of_location["place"]] if "place" in of_location else [])
        told = self.json_of_territory()
        assert told == _places_of(of_organization)
        return told

    def json_of_territory(self):
        return _places_of(self._read("territory_directory", self.world.organization.territory.slug))

    def _read(self, name, part):
        """What was read before is asked for by its ETag; a 304 means that it is the same still."""
        url = reverse(f"booking_portal:{name}", args=[part])
        etag, document = self.etags.get(url, ("", None))
        response = Client().get(url, headers={"If-None-Match": etag} if etag else {})
        if response.status_code == 304:
            return document
        if response.status_code == 200:
            assert response["ETag"] != etag
            self.etags[url] = response["ETag"], response.json()
        return response.json()


def _articles(response):
    return re.findall(r'<article class="online-motif".*?</article>', response.content.decode(), re.DOTALL)


def _row(article):
    head = article.partition("<details")[0]
    states = re.findall(r'<span class="tag [^>]*>(.*?)</span>', head, re.DOTALL)
    ranges, next_slot = re.findall(r"<dd[^>]*>(.*?)</dd>", head, re.DOTALL)
    lines = re.findall(r"<li>(.*?)</li>", head, re.DOTALL)
    name = _text(re.search(r"<h2[^>]*>(.*?)</h2>", head, re.DOTALL)[1])
    return name, ", ".join(map(_text, states)), int(_text(ranges)), _text(next_slot), [_text(line) for line in lines]


def _text(html):
    """As it is read, without what is said to screen readers only."""
    seen = re.sub(r'<span class="visually-hidden">.*?</span>', "", html, flags=re.DOTALL)
    return " ".join(unescape(re.sub(r"<[^>]+>", "", seen)).replace("\xa0", " ").split())


def _places_of(document):
    return {place["name"]: _motifs_of(place) for place in document["places"]}


def _motifs_of(place):
    starts = [motif["next_availability"] for motif in place["motifs"] if motif["next_availability"]]
    assert place["next_availability"] == min(starts, default=None)
    return {
        f"{motif['name']}, {motif['duration_minutes']} min": motif["next_availability"] for motif in place["motifs"]
    }


def as_lists(expected):
    return {name: list(said) for name, said in expected.items()}


@pytest.mark.parametrize("name", CHANGES)
def test_the_next_request_tells_the_change(name, world):
    change, readers = CHANGES[name], Readers(world)
    if change.given:
        change.given(world)
    assert (readers.page(), readers.json()) == (as_lists(change.page_before), change.json_before)

    change.act(world)

    assert (readers.page(), readers.json()) == (as_lists(change.page), change.json)
    # Waiting for their batch, calendars answer from the core: their windows might as well not be there.
    FreeWindow.objects.all().delete()
    Calendar.objects.update(windows_stale_since=NOW)
    assert (readers.page(), readers.json_of_territory()) == (as_lists(change.page), change.json)
