"""The address of one agent or desk: the whole way with them and nobody else, and what becomes of it when they go."""

import re
from datetime import time, timedelta

import pytest
from django.db import IntegrityError, connection
from django.db.transaction import atomic
from django.urls import reverse

from organizations.models import Membership, Motif, PublicAddress
from scheduling.models import Appointment, Hold
from scheduling.services.desks import archive_desk, unarchive_desk
from scheduling.services.holds import release_hold
from scheduling.services.members import remove_member
from tests.booking_portal.conftest import address_of, step_url, template_of, text_of
from tests.factories import (
    MONDAY,
    NOW,
    TUESDAY,
    WEDNESDAY,
    make_agent,
    make_appointment,
    make_calendar,
    make_desk,
    make_location,
    make_motif,
    make_opening,
    make_organization,
    make_public_address,
    make_territory,
    make_workshop,
    paris,
)

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("now")]


@pytest.fixture
def place(organization):
    return make_location(organization=organization, name="Hôtel de ville")


@pytest.fixture
def jeanne(organization):
    return make_agent(organization=organization, first_name="Jeanne", last_name="Martin")


@pytest.fixture
def address(organization, jeanne):
    return make_public_address(organization=organization, agent=jeanne, slug="jeanne-martin")


@pytest.fixture
def hers(motif, place, jeanne, address):
    """Tuesday morning."""
    return make_opening(motifs=[motif], location=place, calendar=jeanne.calendar, first_day=TUESDAY)


@pytest.fixture
def others(organization, motif, place):
    """A colleague with the same motif in the same place a day earlier and all of Tuesday, and motifs of their own."""
    calendar = make_calendar(organization=organization)
    passport = make_motif(organization=organization, name="Passeport", slug="passeport")
    make_opening(motifs=[motif, passport], location=place, calendar=calendar)
    return make_opening(
        motifs=[motif, passport], location=place, calendar=calendar, first_day=TUESDAY, end_time=time(18)
    )


def entry(address):
    organization = address.organization
    return reverse("booking_portal:calendar_entry", args=[organization.territory.slug, organization.slug, address.slug])


def with_whom(response):
    """As the summary of choices says it."""
    found = re.search(r"<dt>Avec</dt>\s*<dd>(.*?)</dd>", response.content.decode())
    return found and found[1]


def slots_of(client, address):
    response = client.get(entry(address), follow=True)
    assert template_of(response) == "slot_choice", text_of(response)
    return address_of(response)


def test_leads_to_their_slots_and_says_with_whom(client, address, hers, others):
    response = client.get(entry(address), follow=True)

    assert template_of(response) == "slot_choice"
    text = text_of(response)
    assert with_whom(response) == "Jeanne Martin"
    assert "mardi 3 mars" in text
    assert "lundi 2 mars" not in text
    assert "avec=jeanne-martin" in address_of(response)


def test_shows_the_name_that_was_chosen(client, address, hers):
    address.shown_name = "Votre conseillère numérique"
    address.save()

    response = client.get(entry(address), follow=True)

    assert with_whom(response) == "Votre conseillère numérique"
    assert "Martin" not in text_of(response)


def test_a_desk_has_one_too(client, motif, place, others):
    desk = make_desk(location=place, name="Guichet bleu")
    make_opening(motifs=[motif], location=place, calendar=desk.calendar, first_day=WEDNESDAY)

    response = client.get(entry(make_public_address(desk=desk)), follow=True)

    text = text_of(response)
    assert with_whom(response) == "Guichet bleu"
    assert ("mercredi 4 mars" in text, "mardi 3 mars" in text) == (True, False)


def test_offers_only_motifs_that_they_take(client, organization, address, jeanne, hers, others, now):
    aid = make_motif(organization=organization, name="Aide sociale", slug="aide-sociale")
    hidden = make_motif(organization=organization, name="Interne", booking_audience=Motif.BookingAudience.AGENTS)
    over = make_motif(organization=organization, name="Ancien")
    make_opening(motifs=[aid, hidden], calendar=jeanne.calendar, first_day=WEDNESDAY)
    make_opening(motifs=[over], calendar=jeanne.calendar, first_day=MONDAY - timedelta(days=7))

    text = text_of(client.get(entry(address), follow=True))

    assert ("Aide sociale" in text, "Carte d'identité" in text) == (True, True)
    assert ("Passeport" in text, "Interne" in text, "Ancien" in text) == (False, False, False)


def test_a_motif_of_a_colleague_is_none_of_theirs(client, territory, organization, address, hers, others):
    """By a forged address: said, and led on."""
    asked = {"organisation": organization.slug, "avec": address.slug, "motif": "passeport", "mode": "sur-place"}

    response = client.get(step_url("slot_choice", territory, **asked), follow=True)

    assert "n'est pas proposé en ligne" in text_of(response)
    assert "avec=jeanne-martin" in address_of(response)


def test_offers_only_places_where_they_open(client, organization, motif, address, jeanne, hers, others):
    annexe = make_location(organization=organization, name="Annexe")
    make_opening(motifs=[motif], location=annexe, calendar=jeanne.calendar, first_day=WEDNESDAY)
    make_opening(motifs=[motif], location=make_location(organization=organization, name="Médiathèque"))

    response = client.get(entry(address), follow=True)

    text = text_of(response)
    assert template_of(response) == "place_choice"
    assert ("Annexe" in text, "Hôtel de ville" in text, "Médiathèque" in text) == (True, True, False)
    assert text.index("Hôtel de ville") < text.index("Annexe")
    # The place is opened a day earlier, by others.
    assert ("mardi 3 mars" in text, "lundi 2 mars" in text) == (True, False)


def test_the_month_counts_their_slots_only(client, territory, organization, motif, address, hers, others):
    url = slots_of(client, address).replace("/creneau/", "/creneau/mois/")

    text = text_of(client.get(url))

    assert "6 créneaux" in text
    assert "18 créneaux" not in text


def test_books_on_their_calendar_although_others_are_freer(client, citizen_books, address, jeanne, hers, others):
    make_appointment(motif=hers.motifs.get(), calendar=jeanne.calendar, starts_at=paris(TUESDAY, 11))

    booked = citizen_books.book(slots_of(client, address), paris(TUESDAY, 9))

    assert template_of(booked) == "my_appointment_booked"
    assert list(Appointment.objects.get(starts_at=paris(TUESDAY, 9)).calendars.all()) == [jeanne.calendar]


def test_holds_on_their_calendar(client, citizen_books, address, jeanne, hers, others):
    citizen_books.take(slots_of(client, address), paris(TUESDAY, 9))

    assert Hold.objects.get().calendar == jeanne.calendar


def test_a_hold_that_has_run_out_is_taken_anew_with_them(client, citizen_books, address, jeanne, hers, others):
    who = address_of(citizen_books.take(slots_of(client, address), paris(TUESDAY, 9)))
    release_hold(visitor_key=Hold.objects.get().visitor_key, now=NOW)

    citizen_books.say_who(who)

    assert Hold.objects.get().calendar == jeanne.calendar


def test_what_others_have_free_at_that_time_is_no_slot_of_theirs(client, citizen_books, address, hers, others):
    answer = citizen_books.take(slots_of(client, address), paris(TUESDAY, 15))

    assert template_of(answer) == "slot_taken"
    assert not Hold.objects.exists()


def test_a_hold_with_somebody_else_is_not_theirs(
    client, citizen_books, territory, motif, address, jeanne, hers, others
):
    make_appointment(motif=motif, calendar=jeanne.calendar, starts_at=paris(TUESDAY, 9))
    chosen = {"motif": motif.slug, "mode": "sur-place"}
    who = citizen_books.take(step_url("slot_choice", territory, **chosen), paris(TUESDAY, 9))
    assert template_of(who) == "who"

    response = client.get(
        f"{address_of(who)}&organisation={address.organization.slug}&avec={address.slug}", follow=True
    )

    assert template_of(response) == "slot_taken"


def test_a_lost_slot_offers_theirs_and_the_way_to_everybody(
    client, citizen_books, territory, motif, address, jeanne, hers, others
):
    url = slots_of(client, address)
    make_appointment(motif=motif, calendar=jeanne.calendar, starts_at=paris(TUESDAY, 9))

    lost = citizen_books.take(url, paris(TUESDAY, 9))

    assert template_of(lost) == "slot_taken"
    assert "9 h 30" in text_of(lost)
    assert "mardi 3 mars" in text_of(lost)
    assert "lundi 2 mars" not in text_of(lost)
    everybody = client.get(lost.context["journey"].everybody_url, follow=True)
    assert template_of(everybody) == "slot_choice"
    assert with_whom(everybody) is None
    assert "lundi 2 mars" in text_of(everybody)


def test_what_was_booked_with_somebody_else_is_another_rdv(client, citizen_books, territory, motif, address, hers):
    """The same time, in the same session: not taken for a second click."""
    make_opening(motifs=[motif], location=hers.location, first_day=TUESDAY)
    chosen = {"motif": motif.slug, "mode": "sur-place"}
    who = citizen_books.take(step_url("slot_choice", territory, **chosen), paris(TUESDAY, 9))
    booked = citizen_books.type_code(address_of(citizen_books.say_who(address_of(who))))
    assert template_of(booked) == "my_appointment_booked"

    hers_too = f"{address_of(who)}&organisation={address.organization.slug}&avec={address.slug}"

    assert template_of(client.get(hers_too, follow=True)) in ("who", "slot_taken")


def test_without_a_free_slot_there_is_a_way_on(client, address, hers, others, motif, jeanne):
    make_appointment(motif=motif, calendar=jeanne.calendar, starts_at=paris(TUESDAY, 9), duration=timedelta(hours=3))

    response = client.get(entry(address), follow=True)

    assert "Aucun créneau" in text_of(response)
    assert "Voir aussi les créneaux des autres agents et guichets" in text_of(response)


def test_without_any_opening_there_is_a_way_on(client, address, others):
    response = client.get(entry(address), follow=True)

    assert "Aucun rendez-vous n'est proposé en ligne" in text_of(response)
    following = client.get(response.context["journey"].everybody_url, follow=True)
    assert "Passeport" in text_of(following)


def test_their_workshops_only(client, organization, address, jeanne):
    motif = make_motif(organization=organization, name="Atelier CV", is_collective=True)
    make_workshop(motif=motif, calendar=jeanne.calendar, title="Avec elle", starts_at=paris(TUESDAY, 9))
    make_workshop(motif=motif, title="Avec d'autres", starts_at=paris(WEDNESDAY, 9))

    response = client.get(entry(address), follow=True)

    assert template_of(response) == "workshop_choice"
    assert ("Avec elle" in text_of(response), "Avec d'autres" in text_of(response)) == (True, False)


def test_a_workshop_of_others_is_none_of_theirs(client, organization, territory, address, jeanne):
    motif = make_motif(organization=organization, slug="atelier", is_collective=True)
    make_workshop(motif=motif, calendar=jeanne.calendar, starts_at=paris(TUESDAY, 9))
    other = make_workshop(motif=motif, starts_at=paris(WEDNESDAY, 9))
    asked = {"organisation": organization.slug, "avec": address.slug, "motif": "atelier", "mode": "atelier-sur-place"}

    response = client.get(step_url("who", territory, **asked, atelier=other.pk), follow=True)

    assert template_of(response) == "workshop_choice"
    assert "Cet atelier n'est plus proposé" in text_of(response)


def test_a_motif_with_them(client, address, motif, hers, others):
    names = [address.organization.territory.slug, address.organization.slug, motif.slug]

    response = client.get(reverse("booking_portal:motif_entry", args=names, query={"avec": address.slug}), follow=True)

    assert template_of(response) == "slot_choice"
    assert ("mardi 3 mars" in text_of(response), "lundi 2 mars" in text_of(response)) == (True, False)


# --- Addresses that are dead, or somebody else's ----------------------------------------------------------------------


def is_dead(client, address):
    """A page that leads to the organization, without a word on who it was."""
    response = client.get(entry(address), follow=True)
    assert response.status_code == 404
    assert "Cette adresse ne mène plus à personne" in text_of(response)
    assert "Jeanne Martin" not in text_of(response)
    assert f"/prendre-rdv/pas-de-calais/{address.organization.slug}/" in response.content.decode()
    return True


def test_nobody_has_an_address_without_choosing_it(client, organization, jeanne, hers):
    never = make_public_address(organization=organization)
    never.delete()
    never.slug = "jeanne"

    assert is_dead(client, never)


def test_it_dies_with_the_membership(client, address, hers, others, jeanne):
    make_agent(organization=address.organization, role=Membership.Role.ADMIN)

    remove_member(membership=Membership.objects.get(agent=jeanne), now=NOW)

    assert is_dead(client, address)


def test_it_dies_with_the_account(client, address, hers, jeanne):
    jeanne.is_active = False
    jeanne.save()

    assert is_dead(client, address)


def test_it_sleeps_while_its_desk_is_archived(client, motif, place):
    desk = make_desk(location=place)
    make_opening(motifs=[motif], location=place, calendar=desk.calendar)
    address = make_public_address(desk=desk)

    archive_desk(desk=desk, now=NOW)
    assert is_dead(client, address)
    unarchive_desk(desk=desk, now=NOW)

    assert template_of(client.get(entry(address), follow=True)) == "slot_choice"


def test_it_is_of_one_organization(client, territory, address, hers):
    sister = make_organization(territory=territory, name="CCAS", slug="ccas")
    elsewhere = make_organization(territory=make_territory(slug="ailleurs"))

    for organization in (sister, elsewhere):
        url = reverse("booking_portal:calendar_entry", args=["pas-de-calais", organization.slug, address.slug])
        assert client.get(url).status_code == 404
        assert "Jeanne Martin" not in text_of(client.get(url))


STEPS = ["service_choice", "motif_choice", "option_choice", "instructions", "place_choice", "slot_choice", "slot_month"]
STEPS += ["workshop_choice", "slot_taken", "workshop_full", "who", "code"]


@pytest.mark.parametrize("step", STEPS)
@pytest.mark.parametrize("spoilt", ["unpublished", "of a sister", "without organization", "of another territory"])
def test_on_each_step_a_dead_one_is_said_and_leads_on(client, territory, address, motif, hers, others, step, spoilt):
    asked = {"organisation": "mairie-d-arras", "avec": address.slug, "motif": motif.slug, "mode": "sur-place"}
    asked["debut"] = "2026-03-03T08:00Z"
    if spoilt == "unpublished":
        address.delete()
    elif spoilt == "without organization":
        del asked["organisation"]
    else:
        whose = territory if spoilt == "of a sister" else make_territory()
        foreign = make_agent(organization=make_organization(territory=whose), last_name="Étranger")
        membership = foreign.memberships.select_related("organization").get()
        asked["avec"] = make_public_address(organization=membership.organization, agent=foreign, slug="elle").slug

    response = client.get(step_url(step, territory, **asked), follow=True)

    assert response.status_code == 200
    assert "Cette adresse ne mène plus à personne" in text_of(response)
    assert "avec=" not in address_of(response)
    assert ("Jeanne Martin" in text_of(response), "Étranger" in text_of(response)) == (False, False)


@pytest.mark.parametrize("step", ["slot_choice", "who", "code"])
def test_what_is_posted_to_a_dead_one_books_nothing(client, territory, address, motif, hers, others, step):
    address.delete()
    asked = {"organisation": "mairie-d-arras", "avec": address.slug, "motif": motif.slug, "mode": "sur-place"}
    url = step_url(step, territory, **asked, debut="2026-03-03T08:00Z")

    response = client.post(url, {"debut": "2026-03-03T08:00Z", "code": "123456"}, follow=True)

    assert response.status_code == 200
    assert not Hold.objects.exists()


# --- What it costs ----------------------------------------------------------------------------------------------------


def test_knowing_with_whom_costs_one_query(client, assert_query_count, address, hers, others):
    slots = slots_of(client, address)

    with assert_query_count("calendar_entry"):
        client.get(entry(address))
    with assert_query_count("slot_choice with somebody"):
        client.get(slots)


# --- What must never happen, whatever the code does -------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["agent", "desk"])
def test_it_is_of_an_organization_of_theirs(organization, jeanne, place, kind):
    membership = jeanne.memberships.get() if kind == "agent" else None
    desk = make_desk(location=place) if kind == "desk" else None
    foreign = make_organization(territory=organization.territory)

    with pytest.raises(IntegrityError, match=r"public_address_of_a_(member|desk)_of_its_organization"), atomic():
        PublicAddress.objects.create(organization=foreign, membership=membership, desk=desk, slug="elle")
        connection.check_constraints()


def test_it_is_unique_in_its_organization(organization, address):
    make_public_address(slug=address.slug)  # Elsewhere it may be the same.

    with pytest.raises(IntegrityError, match="public_address_once_per_organization"), atomic():
        make_public_address(organization=organization, slug=address.slug)


@pytest.mark.parametrize("slug", ["", "Jeanne", "jeanne--martin", "-jeanne", "jeanne_martin", "jeanne\n"])
def test_it_is_easy_to_type(slug, organization, jeanne):
    with pytest.raises(IntegrityError, match="public_address_is_easy_to_type"), atomic():
        PublicAddress.objects.create(organization=organization, membership=jeanne.memberships.get(), slug=slug)
