"""What stays at a device when somebody goes, and what is never its user's: the next one may be anybody."""

import pytest
from django.urls import reverse

from booking_portal.services.bookings import Person
from notifications.models import Message
from scheduling.models import Hold, Participation
from tests.booking_portal.conftest import (
    AT_TEN,
    Prescribing,
    address_of,
    introduce,
    slot_url_of,
    step_url,
    template_of,
    text_of,
)
from tests.factories import (
    MONDAY,
    make_appointment,
    make_motif,
    make_opening,
    make_partner_type,
    make_workshop,
    paris,
)

pytestmark = pytest.mark.django_db


class TestThePersonsLink:
    """A prescriber never gets it, by whatever address."""

    def opened_from(self, client, url):
        """What the citizens' way leads to from the prescriber's own address."""
        as_citizen = url.replace("pour=autrui&", "").replace("reserver/beneficiaire/code", "reserver/code")
        as_citizen = as_citizen.replace("reserver/beneficiaire", "reserver/vous")
        assert "pour" not in as_citizen
        assert "reserver/vous" in as_citizen
        addresses = (as_citizen, as_citizen.replace("/vous/", "/code/"))
        answers = [client.get(address, follow=True) for address in addresses]
        answers.append(client.post(as_citizen, Prescribing.person, follow=True))
        return [address for answer in answers for address, _ in answer.redirect_chain]

    def test_of_a_slot(self, prescriber, motif, opening, client):
        url = address_of(prescriber.reach(motif))
        prescriber.type_code(address_of(prescriber.say_who(url)))
        assert Participation.objects.exists()

        assert not any("/mon-rdv/" in address for address in self.opened_from(client, url))

    def test_of_a_seat(self, prescriber, organization, client):
        motif = make_motif(organization=organization, slug="atelier", is_collective=True)
        workshop = make_workshop(motif=motif)
        introduce(client, organization.territory)
        dates = step_url(
            "workshop_choice", organization.territory, pour="autrui", motif="atelier", mode="atelier-sur-place"
        )
        url = address_of(client.post(dates, {"atelier": workshop.pk}, follow=True))
        prescriber.type_code(address_of(prescriber.say_who(url)))
        assert workshop.participations.exists()

        assert not any("/mon-rdv/" in address for address in self.opened_from(client, url))


def test_who_gives_up_takes_the_proof_of_their_contact_along(client, citizen_books, motif, opening):
    code = citizen_books.say_who(address_of(citizen_books.take(slot_url_of(motif), AT_TEN)))
    Hold.objects.all().delete()
    make_appointment(motif=motif, calendar=opening.calendar, location=opening.location, starts_at=AT_TEN)
    lost = citizen_books.type_code(address_of(code))
    assert template_of(lost) == "slot_taken"  # The contact is proven all the same.

    client.post(address_of(code).replace("/code/", "/quitter/"), follow=True)
    who = citizen_books.take(slot_url_of(motif), paris(MONDAY, 9))
    page = citizen_books.say_who(address_of(who), first_name="Dominique")

    assert template_of(page) == "code"
    assert Message.objects.filter(kind=Message.Kind.CODE).count() == 2


class TestAPrescriberWhoIsForgotten:
    def forget(self, client, territory):
        return client.post(reverse("booking_portal:prescriber_forget", args=[territory.slug]), follow=True)

    def test_leaves_nothing_of_whom_they_booked_for(self, prescriber, motif, opening, client, territory):
        booked = prescriber.prescribe(motif)
        assert "camille@example.org" in text_of(booked)

        self.forget(client, territory)

        assert "camille@example.org" not in text_of(client.get(address_of(booked), follow=True))
        assert "Camille" not in str(dict(client.session))

    def test_leaves_no_half_written_form_and_no_slot(self, prescriber, motif, opening, client, territory):
        prescriber.say_who(address_of(prescriber.reach(motif)))
        assert Hold.objects.exists()

        self.forget(client, territory)

        assert not Hold.objects.exists()
        assert 'value="Dupont"' not in prescriber.reach(motif).content.decode()


def test_what_was_typed_comes_back_after_the_device_forgot_who_prescribes(prescriber, motif, opening, client):
    url = address_of(prescriber.reach(motif))
    del client.cookies["prescripteur"]
    client.post(url, prescriber.person, follow=True)
    introduce(client, motif.organization.territory)

    assert 'value="Dupont"' in client.get(url, follow=True).content.decode()


def test_a_prescriber_books_for_one_person_no_more_often_than_the_person_could(prescriber, motif, opening):
    motif.max_upcoming = 1
    motif.save()
    prescriber.prescribe(motif)

    again = prescriber.prescribe(motif, paris(MONDAY, 11), birth_date="")
    other = prescriber.prescribe(motif, paris(MONDAY, 11), first_name="Dominique")

    assert "Vous avez déjà pris 1 rendez-vous à venir pour cette personne" in text_of(again)
    assert "le rendez-vous est confirmé" in text_of(other)
    assert Participation.objects.count() == 2


def test_two_of_one_name_are_two_persons():
    someone = Person("Camille", "Dupont", birth_date="1980-05-12")
    namesake = Person("Camille", "Dupont", birth_date="2001-05-12")

    assert someone.whom == Person("camille", "DUPONT", birth_date="1980-05-12").whom
    assert someone.whom != namesake.whom


def test_an_address_given_to_prescribers_waits_for_who_they_are(client, organization, now):
    """What there is to choose hangs from it: chosen before, it would be what everybody may."""
    types = [make_partner_type(territory=organization.territory, name=name) for name in ("CCAS", "Médecin")]
    motifs = [make_motif(organization=organization, name=name, booking_audience="prescribers") for name in "AB"]
    motifs[1].partner_types.set(types[:1])
    make_opening(motifs=motifs)
    entry = reverse("booking_portal:organization_entry", args=[organization.territory.slug, organization.slug])

    door = client.get(f"{entry}?pour=autrui", follow=True)
    page = introduce_at(client, address_of(door), partner_type=types[0].pk)

    assert template_of(door) == "prescriber_identity"
    assert template_of(page) == "motif_choice"


def introduce_at(client, address, **changes):
    jeanne = {"first_name": "Jeanne", "last_name": "Dupont", "structure": "CCAS", "email": "jeanne@ccas.example"}
    return client.post(address, jeanne | changes, follow=True)
