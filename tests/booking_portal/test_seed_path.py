"""What an adviser is told of booking online, sentence by sentence: each is done by the pages themselves, over HTTP.

An administrator configures in the back office, and somebody without an account follows where the pages lead.
"""

import re
from datetime import timedelta
from html import unescape

import pytest
import time_machine
from django.test import Client
from django.urls import reverse

from organizations.models import Membership, Motif
from tests.booking_portal.conftest import Booking, address_of, template_of, text_of
from tests.factories import MONDAY, NOW, TUESDAY, make_agent, make_location, make_motif, make_opening, paris
from tests.scheduling.views.test_motifs import typed as typed_motif
from tests.scheduling.views.test_openings import typed as typed_opening

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("now")]


@pytest.fixture
def adviser(organization):
    """An administrator, signed in, who receives citizens as well."""
    agent = make_agent(organization=organization, role=Membership.Role.ADMIN)
    adviser = Client()
    adviser.force_login(agent)
    adviser.calendar = agent.calendar
    return adviser


@pytest.fixture
def place(organization):
    return make_location(organization=organization, name="Médiathèque")


class Office:
    """The back office of the organization, as its administrator uses it."""

    def __init__(self, adviser, organization, place):
        self.adviser, self.organization, self.place = adviser, organization, place

    def page(self, name, *parts):
        return reverse(name, args=[self.organization.slug, *parts])

    def add_motif(self, name="Prise en main de l'ordinateur", audience="everyone", **fields):
        """By the form. « Réservable en ligne » is who may book: everybody, or agents alone."""
        fields = {"name": name, "booking_audience": audience, "location_kind": "on_site", "duration": "30"} | fields
        added = self.adviser.post(self.page("scheduling:motif_add"), typed_motif(**fields))
        assert added.status_code == 302, added.context["form"].errors
        return Motif.objects.get(name=name)

    def open_online(self, motif, **fields):
        """What the link on the page leads to: the same form, with « tout le monde »."""
        fields = {"name": motif.name, "booking_audience": "everyone", "duration": "30"} | fields
        edited = self.adviser.post(self.page("scheduling:motif_edit", motif.pk), typed_motif(**fields))
        assert edited.status_code == 302, edited.context["form"].errors

    def add_opening(self, motif, address=None, **fields):
        data = typed_opening(self.adviser.calendar, motif, self.place, end_time="12h", **fields)
        added = self.adviser.post(address or self.page("scheduling:opening_add"), data)
        assert added.status_code == 302, added.context["form"].errors

    def online_page(self):
        return self.adviser.get(self.page("booking_portal:online_booking"))

    def article(self, motif):
        """What « Réservation en ligne » shows of one motif."""
        page = self.online_page().content.decode()
        return unescape(re.search(rf'<article class="online-motif" id="motif-{motif.pk}".*?</article>', page, re.S)[0])

    def says(self, motif):
        return re.search(
            r"(Réservable en ligne|Non réservable en ligne|Ouvert, aucun créneau libre)", self.article(motif)
        )[1]

    def link(self, motif):
        """The address that the page gives out for the motif, as a path."""
        path = reverse(
            "booking_portal:motif_entry", args=[self.organization.territory.slug, self.organization.slug, motif.slug]
        )
        assert f"http://testserver{path}" in self.article(motif)
        return path

    def directory(self):
        return Client().get(reverse("booking_portal:organization_directory", args=[self.organization.slug])).json()


@pytest.fixture
def office(adviser, organization, place):
    return Office(adviser, organization, place)


@pytest.fixture
def citizen():
    return Booking(Client())


def days_of(page):
    return [day.day for day in page.context["week"].days]


class TestTwoConditionsAreRequired:
    def test_you_have_to_make_the_motif_bookable_online(self, office, citizen):
        motif = office.add_motif(audience="agents")
        office.add_opening(motif)
        entry = reverse("booking_portal:motif_entry", args=["pas-de-calais", "mairie-d-arras", motif.slug])
        assert office.says(motif) == "Non réservable en ligne"
        refused = citizen.open(entry)
        assert "Ce motif n'est pas proposé en ligne" in text_of(refused)

        office.open_online(motif)

        assert office.says(motif) == "Réservable en ligne"
        assert template_of(citizen.open(entry)) == "slot_choice"

    def test_you_have_to_add_an_opening_with_motifs_that_are_open_to_booking(self, office, citizen):
        motif = office.add_motif()
        assert office.says(motif) == "Non réservable en ligne"
        assert "Aucun" in text_of(citizen.open("/"))

        office.add_opening(motif)

        assert office.says(motif) == "Réservable en ligne"
        slots = citizen.open(office.link(motif))
        assert template_of(slots) == "slot_choice"
        assert days_of(slots) == [TUESDAY]

    def test_an_opening_without_the_motif_does_not_open_it(self, office, citizen):
        motif = office.add_motif()
        office.add_opening(office.add_motif(name="Autre démarche"))

        assert office.says(motif) == "Non réservable en ligne"


class TestThePageOfOnlineBooking:
    def test_is_found_in_the_menu_of_the_settings(self, office, adviser):
        settings = adviser.get(office.page("scheduling:motif_list"))

        assert office.page("booking_portal:online_booking") in settings.content.decode()

    def test_shows_at_a_glance_which_motifs_are_open_and_which_are_not(self, office):
        opened, closed = office.add_motif(), office.add_motif(name="Interne", audience="agents")
        office.add_opening(opened)

        page = text_of(office.online_page())

        assert "Réservables 1" in re.sub(r"<[^>]+>", "", page)
        assert "check-circle-fill" in office.article(opened)
        assert "x-circle-fill" in office.article(closed)

    def test_leads_to_opening_a_motif_and_to_adding_an_opening_for_it(self, office, adviser):
        motif = office.add_motif(audience="agents")
        to_motif = office.page("scheduling:motif_edit", motif.pk)
        assert f"{to_motif}#id_booking_audience" in office.article(motif)
        office.open_online(motif)

        add = next(link for link in re.findall(r'href="([^"]+)"', office.article(motif)) if "/plages/ajouter/" in link)
        assert adviser.get(add).context["form"]["motifs"].value() == str(motif.pk)
        office.add_opening(motif, address=add)

        assert office.says(motif) == "Réservable en ligne"


class TestYouMaySet:
    def test_a_minimum_delay_within_which_nobody_books_any_more(self, office, citizen):
        motif = office.add_motif(minimum_delay="26h")
        office.add_opening(motif)

        (day,) = citizen.open(office.link(motif)).context["week"].days

        # It is Monday, 7 h: from Tuesday, 9 h on.
        assert min(day.morning) == paris(TUESDAY, 9)
        with time_machine.travel(NOW + timedelta(minutes=1), tick=False):
            (day,) = citizen.open(office.link(motif)).context["week"].days
            assert min(day.morning) == paris(TUESDAY, 9, 30)

    def test_a_maximum_delay_up_to_which_one_may_book(self, office, citizen):
        motif = office.add_motif(maximum="10 jours")
        office.add_opening(motif, repeat="WEEKLY", weekdays=["1"])

        slots = citizen.open(office.link(motif))
        assert days_of(slots) == [TUESDAY]
        later = citizen.open(slots.context["following_url"])

        assert days_of(later) == [TUESDAY + timedelta(days=7)]
        assert later.context["following_url"] is None

    def test_instructions_to_accept_before_the_rdv_is_booked(self, office, citizen):
        motif = office.add_motif(instructions_before="Apportez votre ordinateur.", instructions_after="Bâtiment B.")
        office.add_opening(motif)

        asked = citizen.open(office.link(motif))
        assert template_of(asked) == "instructions"
        assert "Apportez votre ordinateur." in text_of(asked)
        slots = citizen.client.post(address_of(asked), follow=True)
        assert template_of(slots) == "slot_choice"

        booked = citizen.book(address_of(slots), paris(TUESDAY, 9))
        assert "Bâtiment B." in text_of(booked)


class TestBooking:
    def test_rests_on_the_openings_and_not_on_the_hours_of_the_organization(self, office, citizen, organization):
        organization.opening_hours_text = "Du lundi au vendredi, de 8 h à 18 h"
        organization.save()
        motif = office.add_motif()
        office.add_opening(motif)

        (day,) = citizen.open(office.link(motif)).context["week"].days

        assert (min(day.morning), max(day.morning), day.afternoon) == (paris(TUESDAY, 9), paris(TUESDAY, 11, 30), [])

    def test_by_the_link_is_possible_at_once_instead_of_after_24_hours(self, office, citizen):
        motif = office.add_motif()
        office.add_opening(motif)
        link = office.link(motif)
        assert template_of(citizen.open(link)) == "slot_choice"

        # And is over at once, too.
        office.open_online(motif, booking_audience="agents")
        assert "Ce motif n'est pas proposé en ligne" in text_of(citizen.open(link))

    def test_from_a_map_is_possible_at_once_instead_of_after_24_hours(self, office, citizen):
        motif = office.add_motif()
        (place,) = office.directory()["places"]
        assert (place["name"], place["motifs"], place["next_availability"]) == ("Médiathèque", [], None)

        office.add_opening(motif)

        (place,) = office.directory()["places"]
        assert place["next_availability"] == "2026-03-03T09:00:00+01:00"
        (listed,) = place["motifs"]
        for url in (place["booking_url"], listed["booking_url"]):
            slots = citizen.open(url.removeprefix("http://testserver"))
            assert template_of(slots) == "slot_choice"
            assert days_of(slots) == [TUESDAY]

    def test_by_either_way_ends_with_the_rdv(self, office):
        motif = office.add_motif()
        office.add_opening(motif)
        (listed,) = office.directory()["places"][0]["motifs"]
        for address, hour in ((office.link(motif), 9), (listed["booking_url"].removeprefix("http://testserver"), 10)):
            citizen = Booking(Client())
            slots = citizen.open(address)
            booked = citizen.book(address_of(slots), paris(TUESDAY, hour), email=f"{hour}@example.org")
            assert template_of(booked) == "my_appointment_booked"
            assert f"{hour} h" in text_of(booked)


def test_a_citizen_chooses_the_motif_then_a_slot_and_says_who_they_are_last(office, citizen, territory):
    """Each page leads to the next: no address is typed but the territory's own."""
    office.add_opening(office.add_motif())
    other = make_motif(organization=office.organization, name="Autre démarche")
    make_opening(motifs=[other], first_day=MONDAY)
    walked = []

    def seen(page):
        walked.append(template_of(page))
        return page

    motifs = seen(citizen.open(reverse("booking_portal:service_choice", args=[territory.slug])))
    card = re.search(r'href="([^"]+)"[^>]*>\s*Prise en main', unescape(motifs.content.decode()))[1]
    slots = seen(citizen.open(card))
    starts_at = min(slots.context["week"].starts)
    who = seen(citizen.take(address_of(slots), starts_at))
    code = seen(citizen.say_who(address_of(who)))
    seen(citizen.type_code(address_of(code)))

    assert walked == ["motif_choice", "slot_choice", "who", "code", "my_appointment_booked"]
