"""Every way to an RDV, and what may be done with it, on a phone: in both languages, with and without JavaScript."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone
from playwright.sync_api import expect

from scheduling.models import Appointment, Participation
from scheduling.selectors.slots import Demand, next_slots
from scheduling.services.actors import CITIZEN
from scheduling.services.appointments import cancel_appointment
from scheduling.services.booking import Attendee, book_appointment
from scheduling.services.slot_offers import keep_waiting_list
from tests.booking_portal.walks import Walk
from tests.browsers import PHONE
from tests.factories import (
    make_citizen,
    make_motif,
    make_opening,
    make_option,
    make_organization,
    make_territory,
    make_workshop,
)

IN_TWO_LANGUAGES = [
    pytest.param("fr", True, id="french"),
    pytest.param("en", False, id="english-without-javascript"),
    pytest.param("fr", False, id="french-without-javascript", marks=pytest.mark.nightly),
    pytest.param("en", True, id="english", marks=pytest.mark.nightly),
]

pytestmark = pytest.mark.parametrize(("language", "javascript"), IN_TWO_LANGUAGES)


@pytest.fixture
def visitor(open_page, language, javascript):
    return Walk(open_page(PHONE, javascript=javascript), language)


@pytest.fixture
def organization(transactional_db):
    # No public holiday closes anything there, whatever today is.
    territory = make_territory(name="Pas-de-Calais", slug="pas-de-calais", country="ZZ")
    return make_organization(territory=territory, name="Mairie d'Arras", open_weekdays=list(range(7)))


@pytest.fixture
def offer(organization):
    """`offer(location_kind="phone")`: a motif that is free every day, from the day after tomorrow."""

    def make(**fields):
        motif = make_motif(organization=organization, name="Carte d'identité", **fields)
        first_day = timezone.localdate() + timedelta(days=2)
        make_opening(motifs=[motif], first_day=first_day, rrule="FREQ=DAILY", now=timezone.now())
        return motif

    return make


def link_to(motif):
    organization = motif.organization
    return reverse("booking_portal:motif_entry", args=[organization.territory.slug, organization.slug, motif.slug])


def book_for(citizen, motif, language, *, days_later=0):
    """Its first free slot then; the messages are in this language."""
    now, demand = timezone.now(), Demand(motif)
    (slot,) = next_slots([demand], after=now + timedelta(days=days_later), now=now).values()
    return book_appointment(
        demand=demand,
        starts_at=slot.starts_at,
        location_id=slot.location_id,
        attendees=[Attendee(citizen, language=language)],
        actor=CITIZEN,
        now=now,
    )


def camille(motif):
    return make_citizen(organization=motif.organization, last_name="Dupont", email=Walk.email)


def booked(language):
    """The only RDV, of Camille, who reads what is sent in the language of the pages."""
    participation = Participation.objects.select_related("appointment").get(citizen__last_name="Dupont")
    assert participation.language == language
    return participation.appointment


def test_on_site(visitor, offer, language):
    visitor.begin(link_to(offer(instructions_after="Une photo, s'il vous plaît.")))
    visitor.take_the_first_slot()
    visitor.say_who()
    visitor.type_code()

    visitor.heading("C'est noté, votre rendez-vous est confirmé")
    visitor.sees("Une photo, s'il vous plaît.")
    expect(visitor.page.get_by_role("link", name=visitor.said("Voir le plan"))).to_be_visible()
    assert booked(language).location.city == "Arras"


def test_by_phone(visitor, offer, language):
    """The number is asked for, and is where they are called; the code comes by e-mail all the same."""
    visitor.begin(link_to(offer(location_kind="phone")))
    visitor.take_the_first_slot()
    visitor.say_who({"Téléphone": "+33 6 12 34 56 78"})
    visitor.type_code()

    visitor.heading("C'est noté, votre rendez-vous est confirmé")
    assert booked(language).phone.as_e164 == "+33612345678"


def test_at_home(visitor, offer, language):
    visitor.begin(link_to(offer(location_kind="home")))
    visitor.take_the_first_slot()
    visitor.say_who({"Adresse du rendez-vous": "3 rue des Lilas, 62000 Arras"})
    visitor.type_code()

    visitor.heading("C'est noté, votre rendez-vous est confirmé")
    visitor.sees("3 rue des Lilas, 62000 Arras")
    assert booked(language).address == "3 rue des Lilas, 62000 Arras"


def test_by_video(visitor, offer, language):
    """Nothing is asked but who comes."""
    visitor.begin(link_to(offer(location_kind="video")))
    visitor.take_the_first_slot()
    expect(visitor.page.get_by_label(visitor.said("Adresse du rendez-vous"))).to_have_count(0)
    visitor.say_who()
    visitor.type_code()

    visitor.heading("C'est noté, votre rendez-vous est confirmé")
    visitor.sees("En visioconférence")
    booked(language)


def test_an_option_for_three_persons(visitor, offer, language):
    motif = offer(max_persons=4)
    for name in ("Première demande", "Renouvellement"):
        make_option(motif=motif, name=name)

    visitor.begin(link_to(motif))
    visitor.heading("Précisez votre demande")
    visitor.page.get_by_label("Renouvellement").check()
    visitor.page.get_by_label(visitor.said("Nombre de personnes")).select_option("3")
    visitor.press("Continuer")
    visitor.take_the_first_slot()
    visitor.say_who()
    visitor.type_code()

    visitor.heading("C'est noté, votre rendez-vous est confirmé")
    appointment = booked(language)
    assert (appointment.option.name, appointment.persons) == ("Renouvellement", 3)
    assert appointment.ends_at - appointment.starts_at == 3 * motif.duration


def test_for_a_relative(visitor, offer, language):
    """Whose RDV it is; the code and the messages are of who books."""
    visitor.begin(link_to(offer()))
    visitor.take_the_first_slot()
    visitor.page.get_by_label(visitor.said("Pour un proche : enfant, parent…")).check()
    visitor.fill("Son prénom", "Léo")
    visitor.fill("Son nom", "Martin")
    visitor.say_who()
    visitor.type_code()

    visitor.heading("C'est noté, votre rendez-vous est confirmé")
    participation = Participation.objects.select_related("citizen__responsible").get()
    assert participation.language == language
    assert [str(participation.citizen), str(participation.citizen.responsible)] == ["Léo MARTIN", "Camille DUPONT"]


def test_through_a_prescriber(visitor, offer, language):
    """Who says who they are, proves it once, and names the person."""
    visitor.begin(link_to(offer(booking_audience="prescribers")) + "?pour=autrui")
    visitor.heading("Vous prenez rendez-vous pour quelqu'un d'autre")
    me = {"Prénom": "Jeanne", "Nom": "Martin", "Structure": "CCAS", "E-mail professionnel": "jeanne@ccas.example"}
    for label, typed in me.items():
        visitor.fill(label, typed)
    visitor.press("Continuer")
    visitor.take_the_first_slot()
    visitor.say_who(heading="Pour qui est ce rendez-vous ?")
    visitor.type_code(recipient="jeanne@ccas.example")

    visitor.heading("C'est noté, le rendez-vous est confirmé")
    booked(language)
    assert Participation.objects.get().prescriber.structure == "CCAS"


def test_a_workshop(visitor, organization, language):
    motif = make_motif(organization=organization, is_collective=True, duration=timedelta(hours=2))
    workshop = make_workshop(motif=motif, seats=2, starts_at=timezone.now() + timedelta(days=2), now=timezone.now())

    visitor.begin(link_to(motif))
    visitor.heading("À quelle date ?")
    visitor.press("S'inscrire")
    visitor.say_who()
    visitor.type_code("Confirmer l'inscription")

    visitor.heading("C'est noté, vous avez votre place")
    assert booked(language) == workshop


def test_moved(visitor, offer, language):
    motif = offer()
    appointment = book_for(camille(motif), motif, language)

    visitor.follow_the_link_of_the_mail("booked")
    visitor.follow("Déplacer")
    visitor.heading("Choisissez un autre moment")
    visitor.page.locator("details.slot-day[open] .slot").nth(2).click()

    visitor.is_told("Votre rendez-vous est déplacé. Un message vous le confirme.")
    assert booked(language).starts_at != appointment.starts_at


def test_cancelled(visitor, offer, language):
    motif = offer()
    book_for(camille(motif), motif, language)

    visitor.follow_the_link_of_the_mail("booked")
    visitor.follow("Annuler")
    visitor.heading("Annuler ce rendez-vous ?")
    visitor.press("Annuler le rendez-vous")

    visitor.is_told("Votre rendez-vous est annulé.")
    assert booked(language).status == Appointment.Status.CANCELLED_BY_CITIZEN


def test_an_earlier_slot_that_is_offered_is_taken(visitor, offer, language):
    """Asked for by the link of the confirmation, taken by that of the offer."""
    motif = offer()
    taken = book_for(make_citizen(organization=motif.organization), motif, language)
    appointment = book_for(camille(motif), motif, language, days_later=10)

    visitor.follow_the_link_of_the_mail("booked")
    visitor.follow("Être prévenu si un créneau plus tôt se libère")
    visitor.press("Me mettre sur la liste")
    visitor.is_told("Vous êtes sur la liste. Un message vous prévient si un créneau se libère.")
    cancel_appointment(appointment=taken, status="cancelled_by_agent", actor=CITIZEN, now=timezone.now())
    keep_waiting_list(now=timezone.now())
    visitor.follow_the_link_of_the_mail("earlier_slot")
    visitor.heading("Un créneau plus tôt s'est libéré")
    visitor.press("Prendre ce créneau")

    visitor.is_told("Votre rendez-vous est avancé. Un message vous le confirme.")
    assert booked(language).starts_at < appointment.starts_at
