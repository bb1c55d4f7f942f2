"""Who tries ids, links and holds that are not theirs gets nothing: the same nothing whether they exist or not.

Codes are guessed at in `test_enumeration_of_codes`, contacts in `test_enumeration_of_contacts`.
"""

from datetime import timedelta
from uuid import uuid4

import pytest
import time_machine
from django.conf import settings
from django.test import Client
from django.urls import reverse

from organizations.models import Citizen, Location
from scheduling.models import Appointment, AppointmentStatus, Hold, Participation
from scheduling.participation_links import OUTLIVES_THE_APPOINTMENT, link_token
from scheduling.services.actors import CITIZEN
from scheduling.services.appointments import cancel_appointment
from scheduling.services.participants import remove_participant
from tests.booking_portal.conftest import address_of, slot_url_of, step_url, template_of, text_of
from tests.booking_portal.enumeration import ask
from tests.booking_portal.test_any_order import portal_patterns
from tests.factories import (
    MONDAY,
    NOW,
    TUESDAY,
    make_appointment,
    make_citizen,
    make_location,
    make_motif,
    make_opening,
    make_option,
    make_organization,
    make_participation,
    make_territory,
    make_unit,
    make_workshop,
    paris,
)
from tests.test_ids_of_other_tenants import give_ids_of

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("now")]

OWN, OTHER = 1, 3

STEPS = ["service_choice", "motif_choice", "option_choice", "instructions", "place_choice", "slot_choice"]
STEPS += ["slot_month", "workshop_choice", "workshop_full", "slot_taken", "who", "code"]


class Tenant:
    """A territory with two of everything that an address names by its id, and what the portal hides of each."""

    def __init__(self, world, slug):
        give_ids_of(world)
        self.territory = make_territory(slug=slug)
        organization = make_organization(territory=self.territory, slug=f"mairie-{slug}")
        units = [make_unit(territory=self.territory) for _ in range(2)]
        self.places = [make_location(organization=organization) for _ in range(2)]
        hidden = make_location(organization=organization, is_visible_on_portal=False)
        closed = make_location(organization=organization)
        self.motif = make_motif(organization=organization, slug="passeport", units=units[:1], max_persons=3)
        call = make_motif(organization=organization, slug="appel", units=units[1:], location_kind="phone")
        make_option(motif=self.motif, name="Urgent"), make_option(motif=self.motif, name="Normal")
        for place in (*self.places, hidden, closed):
            make_opening(motifs=[self.motif, call], location=place, rrule="FREQ=DAILY")
        Location.objects.filter(pk=closed.pk).update(closed_at=NOW)
        collective = make_motif(organization=organization, slug="atelier", is_collective=True)
        workshops = [make_workshop(motif=collective, starts_at=paris(MONDAY, hour)) for hour in (9, 14)]
        over = make_workshop(motif=collective, starts_at=paris(MONDAY, 9) - timedelta(days=9), now=NOW)
        unseen = make_workshop(motif=collective, starts_at=paris(MONDAY, 16), location=hidden)
        self.ids = {
            "service": [unit.pk for unit in units],
            "lieu": [place.pk for place in self.places],
            "site": [place.pk for place in self.places],
            "atelier": [workshop.pk for workshop in workshops],
        }
        self.hidden_ids = {
            "service": [make_unit(territory=self.territory).pk],
            "lieu": [hidden.pk, closed.pk],
            "site": [hidden.pk, closed.pk],
            "atelier": [over.pk, unseen.pk],
        }


@pytest.fixture
def own(now):
    return Tenant(OWN, "ici")


@pytest.fixture
def other(now):
    return Tenant(OTHER, "ailleurs")


def nobodys(pk):
    """Of the same model and length, and of no row."""
    return pk + 999


MOTIF_WITH = {"atelier": {"motif": "atelier", "mode": "atelier-sur-place"}}


def tried(own, step, name, pk):
    """The answer to an address that names this id, whatever else it names, and to what it leads to."""
    chosen = MOTIF_WITH.get(name, {"motif": "passeport", "mode": "sur-place", "option": "urgent", "personnes": 2})
    address = step_url(step, own.territory, **chosen | {"debut": "2026-03-02T08:30Z", name: pk})
    client = Client()
    answers = [ask(client, "get", address, hide=[pk])]
    if answers[0].location:
        answers.append(ask(client, "get", answers[0].location.replace("…", str(pk)), hide=[pk]))
    return answers


class TestIds:
    @pytest.mark.parametrize("name", ["service", "lieu", "site", "atelier"])
    def test_in_the_steps_those_of_another_tenant_and_those_that_are_hidden_are_those_of_nobody(self, own, other, name):
        known = [other.ids[name][0], *own.hidden_ids[name]]
        is_something_else = False
        for step in STEPS:
            unknown = tried(own, step, name, nobodys(known[0]))
            for pk in known:
                assert tried(own, step, name, pk) == unknown, (step, pk)
            is_something_else |= tried(own, step, name, own.ids[name][0]) != unknown
        assert is_something_else  # Or nothing would have been compared with nothing.

    def test_in_a_form_those_of_another_tenant_are_those_of_nobody(self, own, other):
        dates = step_url("workshop_choice", own.territory, **{"service": "autres"} | MOTIF_WITH["atelier"])
        for name in ("atelier", "attente"):
            foreign = other.ids["atelier"][0]
            answers = [
                ask(Client(), "post", dates, {name: pk}, hide=[pk])
                for pk in (foreign, nobodys(foreign), *own.hidden_ids["atelier"])
            ]
            assert answers == [answers[0]] * 4
            assert answers[0].location == dates

    def test_of_places_open_theirs_only_where_they_are_shown(self, own, other):
        shown = own.ids["lieu"]
        never = own.hidden_ids["lieu"] + other.ids["lieu"] + other.hidden_ids["lieu"]

        def entries(pk):
            return ask(Client(), "get", reverse("booking_portal:location_entry", args=["ici", pk]), hide=[pk])

        assert [entries(pk).status for pk in shown] == [302, 302]
        unknown = entries(nobodys(never[0]))
        assert unknown.status == 404
        assert [entries(pk) for pk in never] == [unknown] * len(never)

    def test_of_the_public_places_give_no_hidden_one(self, own, other):
        def document(pk):
            return ask(Client(), "get", reverse("booking_portal:location_directory", args=[pk]), hide=[pk])

        unknown = document(nobodys(own.ids["lieu"][0]))
        assert unknown.status == 404
        for tenant in (own, other):
            assert [document(pk).status for pk in tenant.ids["lieu"]] == [200, 200]
            assert [document(pk) for pk in tenant.hidden_ids["lieu"]] == [unknown, unknown]

    def test_no_address_of_the_portal_holds_another_id(self):
        """An id in a path is a place's, which is public; whoever adds another one has to think of it here."""
        with_ids = [route for route in portal_patterns() if "<int:" in route]

        assert with_ids == ["/api/public/lieux/<int:pk>.json", "/prendre-rdv/<slug:territory_slug>/lieu/<int:pk>/"]


PAGES_OF_LINKS = ["my_appointment", "my_appointment_booked", "my_appointment_ics", "my_appointment_move"]
PAGES_OF_LINKS += ["my_appointment_earlier", "my_appointment_earlier_leave", "my_appointment_offer"]
PAGES_OF_LINKS += ["my_appointment_contact", "my_appointment_contact_code", "my_appointment_contact_code_send"]
PAGES_OF_LINKS += ["my_appointment_cancel"]

# What is not to be read, and what is not to be posted to.
ONLY = {
    "get": ["my_appointment_earlier_leave", "my_appointment_contact_code_send"],
    "post": ["my_appointment", "my_appointment_booked", "my_appointment_ics"],
}

EVERYTHING = {"debut": "2026-03-03T09:00Z", "contact": "voleur@example.org", "code": "123456", "numero": "1"}
EVERYTHING |= {"reponse": "accepter", "jours": "1", "moments": "matin"}


def rows():
    """What somebody with a link may change."""
    return [list(model.objects.order_by("pk").values()) for model in (Appointment, Participation, Citizen)]


@pytest.fixture
def booked(motif, opening):
    """An RDV of tomorrow, which may be moved and cancelled."""
    motif.change_deadline = timedelta(0)
    motif.save()
    return make_appointment(motif=motif, starts_at=paris(TUESDAY, 9)).participations.get()


def every_page(token):
    """The answers of all pages of a link, read and posted to."""
    return {
        (method, name): ask(Client(), method, reverse(f"booking_portal:{name}", args=[token]), data, hide=[token])
        for name in PAGES_OF_LINKS
        for method, data in (("get", {}), ("post", EVERYTHING))
    }


def signature_of(participation):
    return link_token(participation).rpartition("-")[2]


class TestLinks:
    def test_these_are_all_of_their_pages(self):
        assert len(PAGES_OF_LINKS) == sum("<str:token>" in route for route in portal_patterns())

    def test_forged_ones_say_nothing_and_ask_the_database_nothing(self, booked):
        right = link_token(booked)
        pk, _, signature = right.split("-")
        other = make_appointment(starts_at=paris(TUESDAY, 11)).participations.get()
        before = rows()
        forged = [
            f"{pk}-1-{'0' * 24}",  # Of an RDV that there is, where the one above all is of none.
            f"{pk}-2-{signature}",
            f"{pk}-1-{signature_of(other)}",
            f"{pk}-1-{signature[:-1]}",
            f"{pk}-1-{signature[:-1]}{'0' if signature[-1] != '0' else '1'}",
            f"{int(pk, 36) + 1}-1-{signature}",
        ]

        unknown = every_page(f"zzzzzz-1-{'0' * 24}")
        for token in forged:
            assert every_page(token) == unknown, token

        for (method, name), answer in unknown.items():
            assert answer.status == (405 if name in ONLY.get(method, ()) else 404), (method, name)
            assert not any("participation" in sql for sql in answer.statements)
        assert rows() == before

    @pytest.mark.parametrize("end", ["replaced", "removed", "over"])
    def test_dead_ones_do_nothing_and_say_the_same_whatever_ended_them(self, booked, end):
        token, at = link_token(booked), NOW
        never = f"{token.partition('-')[0]}-9z-" + "0" * 24
        if end == "replaced":
            Participation.objects.update(link_version=2)
        elif end == "removed":
            make_participation(workshop=booked.appointment)
            remove_participant(participation=booked, actor=CITIZEN, now=NOW)
        else:
            at = booked.appointment.ends_at + OUTLIVES_THE_APPOINTMENT
        before = rows()

        with time_machine.travel(at, tick=False):
            dead, unknown = every_page(token), every_page(never)

        # They lead to the RDVs of their territory: that much was in the message that they came with.
        own, any_territory = reverse("booking_portal:my_appointments", args=["pas-de-calais"]), "/mes-rdv/"
        for page in dead:
            assert dead[page].status == unknown[page].status
            assert dead[page].page.replace(f'"{own}"', f'"{any_territory}"') == unknown[page].page, page
        assert rows() == before

    def test_of_a_cancelled_rdv_opens_what_it_says_and_changes_nothing(self, booked):
        cancel_appointment(
            appointment=booked.appointment, status=AppointmentStatus.CANCELLED_BY_CITIZEN, actor=CITIZEN, now=NOW
        )
        booked.refresh_from_db()
        before, own = rows(), reverse("booking_portal:my_appointment", args=[link_token(booked)])

        answers = every_page(link_token(booked))

        assert rows() == before
        leading_back = [page for page, answer in answers.items() if answer.status == 302]
        assert len(leading_back) >= 12
        assert all(answers[page].location.startswith("/mon-rdv/…/") for page in leading_back)
        assert "Ce rendez-vous est annulé" in text_of(Client().get(own))

    def test_in_an_address_of_another_page_is_not_one(self, client, booked, territory):
        """Nothing of a token is read elsewhere than in its place."""
        token = link_token(booked)
        for name in ("service", "lieu", "site", "organisation", "aupres", "atelier", "debut", "jour"):
            page = client.get(step_url("service_choice", territory, **{name: token}), follow=True)
            assert booked.citizen.last_name not in text_of(page)

    def test_what_was_begun_for_one_rdv_is_nothing_for_another(self, client, booked, motif):
        Citizen.objects.update(email="", phone="")
        theirs = make_appointment(motif=motif, starts_at=paris(TUESDAY, 11)).participations.get()
        Citizen.objects.update(email="", phone="")
        mine = reverse("booking_portal:my_appointment_contact", args=[link_token(booked)])
        begun = client.post(mine, {"contact": "moi@example.org"}, follow=True)
        assert template_of(begun) == "my_appointment_contact_code"

        of_theirs = reverse("booking_portal:my_appointment_contact_code", args=[link_token(theirs)])
        answer = client.post(of_theirs, {"code": "123456"}, follow=True)

        assert template_of(answer) == "my_appointment_contact"
        assert not Citizen.objects.exclude(email="").exists()


@pytest.fixture
def held(citizen_books, motif, opening):
    """Somebody's slot, of Monday at 9 h, and where their way goes on."""
    who = citizen_books.take(slot_url_of(motif), paris(MONDAY, 9))
    citizen_books.say_who(address_of(who))
    return address_of(who)


class TestHolds:
    def test_are_opened_by_no_cookie_that_was_made_up(self, client, client_of_somebody_else, held, motif):
        hold, thief = Hold.objects.get(), client_of_somebody_else
        session = client.cookies[settings.SESSION_COOKIE_NAME].value
        made_up = [hold.visitor_key, hold.visitor_key.hex, hold.pk, uuid4().hex, "a" * 32, "0" * 32, session[:-1], ""]
        for value in made_up:
            thief.cookies[settings.SESSION_COOKIE_NAME] = str(value)
            assert template_of(thief.get(held, follow=True)) == "slot_taken"
            thief.cookies[settings.SESSION_COOKIE_NAME] = str(value)
            thief.post(held.replace("/vous/", "/quitter/"), follow=True)
            assert Hold.objects.get() == hold

    def test_are_opened_by_no_key_in_a_request(self, client_of_somebody_else, held):
        hold, thief = Hold.objects.get(), client_of_somebody_else
        for name in ("key", "visitor_key", "visitor", "booking", "hold", "sessionid"):
            asked = f"{held}&{name}={hold.visitor_key}"
            assert template_of(thief.get(asked, follow=True)) == "slot_taken"
            thief.post(asked.replace("/vous/", "/quitter/"), {name: str(hold.visitor_key)}, follow=True)
            assert Hold.objects.get() == hold

    def test_are_released_by_nobody_else_who_holds_or_leaves_another(self, client_of_somebody_else, held, motif):
        first, thief = Hold.objects.get(), client_of_somebody_else
        thief.post(slot_url_of(motif), {"debut": paris(MONDAY, 10).isoformat()}, follow=True)
        assert Hold.objects.count() == 2

        thief.post(held.replace("/vous/", "/quitter/"), follow=True)
        assert Hold.objects.get() == first
        thief.post(reverse("booking_portal:my_appointments_leave", args=["pas-de-calais"]))
        assert Hold.objects.get() == first

    def test_are_used_up_by_nobody_else(self, citizen_books, client_of_somebody_else, held):
        taken = type(citizen_books)(client_of_somebody_else).say_who(held, email="voleur@example.org")

        assert template_of(taken) == "slot_taken"
        assert Hold.objects.get().starts_at == paris(MONDAY, 9)

    def test_have_keys_that_nobody_counts_up_to_and_no_page_says(self, client, held, motif):
        code = held.replace("/vous/", "/code/")
        pages = [client.get(address, follow=True) for address in (held, code, slot_url_of(motif))]
        key = Hold.objects.get().visitor_key

        assert key.version == 4  # Of chance alone.
        for page in pages:
            assert str(key) not in page.content.decode()
            assert key.hex not in page.content.decode()
            assert str(key) not in str(page.headers)

    def test_a_slot_that_is_held_reads_like_one_that_is_booked(self, client_of_somebody_else, held, motif):
        thief, hide = client_of_somebody_else, ["2026-03-02"]
        during = ask(thief, "get", held, hide=hide)
        Hold.objects.all().delete()
        calendar = motif.openings.get().calendar
        make_appointment(
            motif=motif, calendar=calendar, location=motif.openings.get().location, starts_at=paris(MONDAY, 9)
        )

        assert ask(thief, "get", held, hide=hide) == during

    def test_say_nothing_of_who_holds_them(self, client_of_somebody_else, held, motif):
        for address in (held, held.replace("/vous/", "/code/"), held.replace("/vous/", "/deja-pris/")):
            text = text_of(client_of_somebody_else.get(address, follow=True)).lower()
            assert "camille" not in text
            assert "dupont" not in text


def test_citizens_are_in_no_address_and_no_answer(own, other):
    """Sequential ids of persons and of RDVs open nothing anywhere: no address takes one."""
    citizen = make_citizen(territory=own.territory, last_name="Zzyzx")
    appointment = make_appointment(motif=own.motif, citizen=citizen, starts_at=paris(TUESDAY, 9))
    for pk in (citizen.pk, appointment.pk, appointment.participations.get().pk):
        names = ("usager", "citizen", "rdv", "id", "pk", "service", "lieu", "site", "atelier")
        for step in STEPS:
            page = Client().get(step_url(step, own.territory, **dict.fromkeys(names, pk)), follow=True)
            assert "Zzyzx" not in text_of(page)
        assert Client().get(f"/mon-rdv/{pk}/").status_code == 404
