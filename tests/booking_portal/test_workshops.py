"""Workshops on the portal: listed with the seats that are left, registered for, queued for, filled meanwhile."""

from datetime import timedelta

import pytest
import time_machine
from django.urls import reverse

from notifications.models import Message, OneTimeCode
from organizations.models import Citizen, Location, Motif, MotifQuestion
from scheduling.models import AppointmentStatus, Hold, Participation
from scheduling.services.appointments import cancel_appointment
from tests.booking_portal.conftest import Booking, address_of, step_url, template_of, text_of, without_tokens
from tests.factories import (
    MONDAY,
    NOW,
    TUESDAY,
    make_citizen,
    make_location,
    make_motif,
    make_opening,
    make_organization,
    make_participation,
    make_territory,
    make_workshop,
    paris,
)
from tests.scheduling.workshops import agent_of, seats_of

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("now")]


@pytest.fixture
def collective(organization):
    return make_motif(
        organization=organization,
        name="Atelier budget",
        slug="atelier-budget",
        is_collective=True,
        duration=timedelta(hours=1),
    )


@pytest.fixture
def workshop(collective, organization):
    """On Tuesday, with two seats."""
    return make_workshop(
        motif=collective,
        title="Tenir son budget",
        seats=2,
        starts_at=paris(TUESDAY, 9),
        location=make_location(organization=organization, name="Médiathèque"),
    )


@pytest.fixture
def dates(workshop):
    return dates_of(workshop.motif)


def dates_of(motif, **parameters):
    parameters = {"motif": motif.slug, "mode": "atelier-sur-place"} | parameters
    return step_url("workshop_choice", motif.organization.territory, **parameters)


def fill(workshop):
    return [make_participation(workshop=workshop) for _ in range(workshop.seats)]


class Registering(Booking):
    def choose(self, dates, workshop, name="atelier"):
        return self.client.post(dates, {name: workshop.pk}, follow=True)

    def register(self, dates, workshop, *, name="atelier", **changes):
        """All of it; the answer is the confirmation page."""
        who = self.choose(dates, workshop, name)
        return self.type_code(address_of(self.say_who(address_of(who), **changes)))


@pytest.fixture
def visitor(client):
    return Registering(client)


class TestListed:
    def test_among_the_motifs_with_a_mark(self, client, territory, workshop, opening):
        response = client.get(step_url("service_choice", territory), follow=True)

        assert template_of(response) == "motif_choice"
        text = text_of(response)
        assert "Atelier budget" in text
        assert 'icons/sprite.svg#people"></use></svg> Atelier</li>' in text

    def test_alone_it_leads_straight_to_its_dates(self, client, territory, workshop):
        response = client.get(step_url("service_choice", territory), follow=True)

        assert template_of(response) == "workshop_choice"
        assert len(response.redirect_chain) == 1

    def test_with_title_date_place_and_the_seats_that_are_left(self, client, collective, workshop, dates):
        make_participation(workshop=workshop)
        full = make_workshop(motif=collective, seats=1, starts_at=paris(TUESDAY, 14))
        for _ in range(3):
            make_participation(workshop=full)

        text = text_of(client.get(dates))

        for part in ("Tenir son budget", "mardi 3 mars 2026", "9 h", "10 h", "Médiathèque", "1 place", "Complet"):
            assert part in text
        assert "2 personnes en liste d'attente" in text
        assert text.index("Tenir son budget") < text.index("Complet")

    def test_nobodys_name_is_on_the_page(self, client, workshop, dates):
        people = fill(workshop)

        text = text_of(client.get(dates))

        assert not any(each.citizen.last_name in text or each.citizen.email in text for each in people)

    @pytest.mark.parametrize(
        "closed",
        [
            {"booking_audience": Motif.BookingAudience.AGENTS},
            {"booking_audience": Motif.BookingAudience.PRESCRIBERS},
            {"is_follow_up": True},
            {"archived_at": NOW},
        ],
        ids=lambda fields: next(iter(fields)),
    )
    def test_only_where_citizens_may_register(self, client, territory, workshop, dates, closed):
        Motif.objects.update(**closed)

        assert "Atelier budget" not in text_of(client.get(step_url("service_choice", territory), follow=True))
        assert "Tenir son budget" not in text_of(client.get(dates, follow=True))

    def test_not_before_anything_is_planned_nor_after(self, client, territory, collective):
        make_workshop(motif=collective, starts_at=paris(MONDAY, 7) - timedelta(hours=1), now=NOW - timedelta(days=1))

        response = client.get(step_url("service_choice", territory), follow=True)

        assert "Aucun rendez-vous n'est proposé en ligne" in text_of(response)

    def test_what_opens_later_says_that_there_is_no_date_yet_and_who_to_ask(self, client, organization, collective):
        make_workshop(motif=collective, starts_at=paris(MONDAY + timedelta(days=200), 9))
        organization.phone = "+33321505050"
        organization.save()

        text = text_of(client.get(dates_of(collective)))

        assert "Aucune date pour le moment" in text
        assert "03 21 50 50 50" in text

    def test_many_come_when_asked_for(self, client, collective, workshop, dates):
        for day in range(2, 16):
            make_workshop(motif=collective, title=f"Séance {day}", starts_at=paris(MONDAY + timedelta(days=day), 9))

        first = client.get(dates)
        every = client.get(first.context["all_url"])

        assert "Voir encore 3 dates" in text_of(first)
        assert "Séance 15" not in text_of(first)
        assert "Séance 15" in text_of(every)

    def test_of_a_place_are_those_held_there(self, client, territory, collective, workshop):
        elsewhere = make_workshop(motif=collective, title="Ailleurs", starts_at=paris(TUESDAY, 14))
        entry = reverse("booking_portal:location_entry", args=[territory.slug, workshop.location_id])

        response = client.get(entry, follow=True)

        assert template_of(response) == "workshop_choice"
        assert "Tenir son budget" in text_of(response)
        assert elsewhere.title not in text_of(response)

    def test_of_a_place_that_is_hidden_are_not_offered(self, client, workshop, dates):
        Location.objects.update(is_visible_on_portal=False)

        assert "Tenir son budget" not in text_of(client.get(dates))

    def test_of_several_organizations_say_whose_they_are(self, client, territory, workshop, dates):
        sister = make_organization(territory=territory, name="Centre social")
        motif = make_motif(organization=sister, name="Atelier budget", slug="atelier-budget", is_collective=True)
        make_workshop(motif=motif, title="Chez nous", starts_at=paris(TUESDAY, 10))

        text = text_of(client.get(dates))

        assert "Chez nous" in text
        assert "Centre social" in text
        assert "Mairie d'Arras" in text

    def test_of_another_territory_never(self, client, workshop, dates):
        stranger = make_organization(territory=make_territory())
        motif = make_motif(organization=stranger, slug="atelier-budget", is_collective=True)
        other = make_workshop(motif=motif, title="D'ailleurs", starts_at=paris(TUESDAY, 10))

        assert "D'ailleurs" not in text_of(client.get(dates))
        answer = client.post(dates, {"atelier": other.pk}, follow=True)
        assert template_of(answer) == "workshop_choice"
        assert "Cet atelier n'est plus proposé" in text_of(answer)

    def test_the_same_name_one_to_one_in_another_organization_is_another_card(self, client, territory, workshop):
        sister = make_organization(territory=territory)
        make_opening(motifs=[make_motif(organization=sister, name="Atelier budget", slug="atelier-budget")])

        response = client.get(step_url("service_choice", territory), follow=True)

        assert text_of(response).count(">Atelier budget<") == 2
        assert template_of(client.get(dates_of(workshop.motif))) == "workshop_choice"

    def test_the_link_to_the_motif_leads_to_its_dates(self, client, territory, organization, workshop, opening):
        url = reverse("booking_portal:motif_entry", args=[territory.slug, organization.slug, "atelier-budget"])

        assert template_of(client.get(url, follow=True)) == "workshop_choice"

    def test_what_is_given_by_link_opens_by_its_address_only(self, client, territory, workshop, dates, opening):
        Motif.objects.filter(pk=workshop.motif_id).update(booking_audience=Motif.BookingAudience.LINK)

        assert "Atelier budget" not in text_of(client.get(step_url("service_choice", territory), follow=True))
        assert "Tenir son budget" in text_of(client.get(dates))

    def test_instructions_are_accepted_before_the_dates_show(self, client, workshop, dates):
        Motif.objects.update(instructions_before="Venez avec votre relevé.")

        asked = client.get(dates, follow=True)
        assert template_of(asked) == "instructions"

        assert template_of(client.post(address_of(asked), follow=True)) == "workshop_choice"

    def test_neither_option_persons_nor_place_is_asked(self, client, territory, workshop):
        Motif.objects.update(max_persons=5)

        assert template_of(client.get(step_url("service_choice", territory), follow=True)) == "workshop_choice"

    def test_the_way_back_ends_at_the_front_door(self, client, territory, workshop, opening, dates):
        who = client.post(dates, {"atelier": workshop.pk}, follow=True)
        seen, url = [], address_of(who)
        while url != "/":
            response = client.get(url)
            seen.append(template_of(response))
            url = response.context["back_url"]

        assert seen == ["who", "workshop_choice", "motif_choice"]

    def test_the_slots_of_a_workshop_are_its_dates(self, client, territory, workshop):
        for step in ("slot_choice", "slot_month", "place_choice", "option_choice"):
            url = step_url(step, territory, motif="atelier-budget", mode="atelier-sur-place")
            assert template_of(client.get(url, follow=True)) == "workshop_choice", step

    def test_the_dates_of_a_motif_of_one_person_are_its_slots(self, client, territory, motif, opening):
        url = step_url("workshop_choice", territory, motif=motif.slug)

        assert template_of(client.get(url, follow=True)) == "slot_choice"


class TestRegistering:
    def test_from_the_territorys_link_to_the_confirmation(self, client, territory, visitor, workshop):
        workshop.motif.instructions_after = "Apportez vos factures."
        workshop.motif.save()
        dates = visitor.open(step_url("service_choice", territory))
        who = visitor.choose(address_of(dates), workshop)
        text = text_of(who)
        assert "Il reste 2 places" in text
        for part in ("Tenir son budget", "mardi 3 mars 2026 à 9 h", "Médiathèque"):
            assert part in text

        code = visitor.say_who(address_of(who))
        assert "Confirmer l'inscription" in text_of(code)
        confirmation = visitor.type_code(address_of(code))

        assert template_of(confirmation) == "my_appointment_booked"
        for part in ("vous avez votre place", "Tenir son budget", "Apportez vos factures.", "Médiathèque"):
            assert part in text_of(confirmation)
        registered = workshop.participations.get()
        assert (registered.seat, str(registered.citizen)) == (1, "Camille DUPONT")
        assert workshop.events.last().actor_kind == "citizen"
        assert not Hold.objects.exists()
        told = Message.objects.filter(participation=registered).values_list("kind", flat=True)
        assert list(told) == [Message.Kind.BOOKED]

    def test_when_it_is_full_the_queue_is_offered_and_said_before(self, visitor, workshop, dates):
        fill(workshop)
        assert "Attendre une place" in text_of(visitor.open(dates))

        who = visitor.choose(dates, workshop, "attente")
        assert "vous serez en liste d'attente, au rang 1" in text_of(who)
        code = visitor.say_who(address_of(who))
        assert "Rejoindre la liste d'attente" in text_of(code)
        confirmation = visitor.type_code(address_of(code))

        text = text_of(confirmation)
        assert "vous êtes en liste d'attente, au rang 1" in text
        assert "vous avez votre place" not in text
        (waiting,) = workshop.participations.waiting()
        assert Message.objects.filter(participation=waiting).get().kind == Message.Kind.WAITING

    def test_who_was_ready_to_wait_takes_a_seat_that_is_free_again(self, client, visitor, workshop, dates):
        people = fill(workshop)
        code = visitor.say_who(address_of(visitor.choose(dates, workshop, "attente")))
        Participation.objects.filter(pk=people[0].pk).update(
            seat=None, left_at=NOW, status=AppointmentStatus.CANCELLED_BY_AGENT
        )
        assert "Il reste 1 place" in text_of(client.get(address_of(code)))

        visitor.type_code(address_of(code))

        assert seats_of(workshop)[1].citizen.last_name == "Dupont"

    def test_questions_are_asked_and_neither_a_number_to_call_nor_an_address(self, visitor, workshop, dates):
        fields = {"organization": workshop.organization, "motif": workshop.motif}
        question = MotifQuestion.objects.create(label="Votre niveau", is_required=True, **fields)
        who = visitor.choose(dates, workshop)
        refused = visitor.say_who(address_of(who))
        assert set(refused.context["form"].errors) == {f"question_{question.pk}"}

        visitor.type_code(address_of(visitor.say_who(address_of(who), **{f"question_{question.pk}": "Débutant"})))

        assert workshop.participations.get().answers == [{"question": "Votre niveau", "answer": "Débutant"}]

    @pytest.mark.parametrize("kind", ["phone", "home", "video"])
    def test_held_elsewhere_than_in_a_place_it_asks_no_more(self, visitor, organization, kind):
        motif = make_motif(organization=organization, slug="a-distance", is_collective=True, location_kind=kind)
        workshop = make_workshop(motif=motif, starts_at=paris(TUESDAY, 9), location=None)
        mode = {"phone": "telephone", "home": "domicile", "video": "visio"}[kind]

        visitor.register(dates_of(motif, mode=f"atelier-{mode}"), workshop)

        assert workshop.participations.count() == 1

    def test_by_sms(self, visitor, workshop, dates):
        visitor.register(dates, workshop, email="", phone="06 12 34 56 78")

        assert str(workshop.participations.get().citizen.phone) == "+33612345678"


class TestFilledMeanwhile:
    def test_after_the_code_it_says_so_with_the_queue_and_other_dates_and_nothing_is_typed_again(
        self, client, visitor, collective, workshop, dates
    ):
        later = make_workshop(motif=collective, title="Plus tard", starts_at=paris(TUESDAY, 14))
        code = visitor.say_who(address_of(visitor.choose(dates, workshop)))
        fill(workshop)

        full = visitor.type_code(address_of(code))

        assert template_of(full) == "workshop_full"
        text = text_of(full)
        for part in ("vient d'être complet", "au rang 1", "Plus tard", "Ce que vous avez écrit est gardé"):
            assert part in text
        assert not Citizen.objects.filter(last_name="Dupont").exists()
        who = client.get(full.context["wait_url"])
        assert 'value="Dupont"' in who.content.decode()
        confirmation = visitor.say_who(full.context["wait_url"])
        assert template_of(confirmation) == "my_appointment_booked"
        assert workshop.participations.waiting().get().citizen.last_name == "Dupont"
        assert OneTimeCode.objects.count() == 1
        assert not later.participations.exists()

    def test_another_date_is_one_button_away(self, visitor, collective, workshop, dates):
        later = make_workshop(motif=collective, starts_at=paris(TUESDAY, 14))
        code = visitor.say_who(address_of(visitor.choose(dates, workshop)))
        fill(workshop)
        full = visitor.type_code(address_of(code))

        again = visitor.choose(full.context["action_url"], later)
        confirmation = visitor.say_who(address_of(again))

        assert template_of(confirmation) == "my_appointment_booked"
        assert later.participations.get().citizen.last_name == "Dupont"

    def test_whoever_comes_back_to_the_code_types_none_for_nothing(self, client, visitor, workshop, dates):
        code = visitor.say_who(address_of(visitor.choose(dates, workshop)))
        fill(workshop)

        assert template_of(client.get(address_of(code), follow=True)) == "workshop_full"

    @pytest.mark.parametrize("step", ["who", "said"])
    def test_before_the_code_none_is_sent(self, client, visitor, workshop, dates, step):
        who = address_of(visitor.choose(dates, workshop))
        fill(workshop)

        response = client.get(who, follow=True) if step == "who" else visitor.say_who(who)

        assert template_of(response) == "workshop_full"
        assert not OneTimeCode.objects.exists()

    def test_a_page_of_one_that_has_a_seat_again_leads_on(self, client, territory, workshop):
        url = step_url("workshop_full", territory, motif="atelier-budget", atelier=workshop.pk)

        assert template_of(client.get(url, follow=True)) == "who"

    @pytest.mark.parametrize("how", ["cancelled", "begun", "closed"])
    def test_one_that_is_no_longer_offered_leads_to_the_dates(self, visitor, workshop, dates, how):
        code = visitor.say_who(address_of(visitor.choose(dates, workshop)))
        at = NOW
        if how == "cancelled":
            status = AppointmentStatus.CANCELLED_BY_AGENT
            cancel_appointment(appointment=workshop, status=status, actor=agent_of(workshop), now=NOW)
        elif how == "begun":
            at = workshop.starts_at
        else:
            Location.objects.update(closed_at=NOW)
        with time_machine.travel(at, tick=False):
            response = visitor.type_code(address_of(code))

        assert template_of(response) == "workshop_choice"
        assert "Cet atelier n'est plus proposé. Choisissez une autre date." in text_of(response)
        assert not workshop.participations.exists()


class TestOnce:
    def test_sending_the_code_again_gives_the_same_seat(self, client, visitor, workshop, dates):
        code = address_of(visitor.say_who(address_of(visitor.choose(dates, workshop))))
        digits = visitor.code()
        first = visitor.type_code(code, digits)

        again = visitor.type_code(code, digits)

        assert address_of(first) == address_of(again) == address_of(client.get(code, follow=True))
        assert workshop.participations.count() == 1

    def test_somebody_who_is_registered_already_is_told_once_they_have_proven_who_they_are(
        self, client, visitor, workshop, dates
    ):
        known = make_citizen(
            territory=workshop.organization.territory,
            first_name="Camille",
            last_name="Dupont",
            email="camille@example.org",
        )
        make_participation(workshop=workshop, citizen=known)
        code = visitor.say_who(address_of(visitor.choose(dates, workshop)))
        assert "inscrit" not in text_of(code).replace("Confirmer l'inscription", "")

        told = visitor.type_code(address_of(code))

        assert template_of(told) == "my_appointment"
        assert "Vous êtes déjà inscrit à cet atelier." in text_of(told)
        assert workshop.participations.count() == 1
        assert "Dupont" not in str(dict(client.session.items()))

    @pytest.mark.parametrize("why", ["kept quiet", "responsible", "refuses"])
    def test_a_registration_that_sends_no_message_to_the_proven_contact_is_told_to_nobody(
        self, visitor, workshop, dates, why
    ):
        territory = workshop.organization.territory
        known = make_citizen(territory=territory, first_name="Camille", last_name="Dupont", email="camille@example.org")
        make_participation(workshop=workshop, citizen=known)
        if why == "kept quiet":
            Participation.objects.update(notify_by_email=False)
        else:
            parent = make_citizen(territory=territory, email="parent@example.org")
            fields = {"responsible": parent} if why == "responsible" else {"notify_by_email": False}
            Citizen.objects.filter(pk=known.pk).update(**fields)

        told = visitor.register(dates, workshop)

        assert template_of(told) == "workshop_choice"
        text = text_of(told)
        assert "Votre inscription ne peut pas se faire en ligne. Adressez-vous au service." in text
        assert "déjà inscrit" not in text
        assert "mon-rdv/" not in text
        assert workshop.participations.count() == 1

    def test_registered_and_stranger_get_the_same_pages_before_the_code(
        self, visitor, client_of_somebody_else, workshop, dates
    ):
        known = make_citizen(
            territory=workshop.organization.territory,
            first_name="Camille",
            last_name="Dupont",
            email="camille@example.org",
        )
        make_participation(workshop=workshop, citizen=known)
        pages = []
        for each, email in (
            (visitor, "camille@example.org"),
            (Registering(client_of_somebody_else), "new@example.org"),
        ):
            said = each.say_who(address_of(each.choose(dates, workshop)), email=email)
            pages.append(without_tokens(said).replace("new@", "camille@"))

        assert pages[0] == pages[1]

    def test_two_persons_at_one_computer_register_one_after_the_other(self, visitor, workshop, dates):
        visitor.register(dates, workshop)

        who = visitor.choose(dates, workshop)

        assert template_of(who) == "who"
        assert "Dupont" not in who.content.decode()
        visitor.type_code(address_of(visitor.say_who(address_of(who), first_name="Noé", email="noe@example.org")))
        assert len(seats_of(workshop)) == 2

    def test_who_gave_up_their_seat_may_come_back(self, client, visitor, workshop, dates):
        confirmation = visitor.register(dates, workshop)
        client.post(reverse("booking_portal:my_appointment_cancel", args=[confirmation.context["token"]]))
        assert seats_of(workshop) == {}

        visitor.register(dates, workshop)

        assert [each.citizen.last_name for each in seats_of(workshop).values()] == ["Dupont"]

    def test_giving_up_on_the_way_forgets_what_was_typed(self, client, visitor, workshop, dates):
        who = visitor.choose(dates, workshop)
        visitor.say_who(address_of(who))

        left = client.post(who.context["leave_url"], follow=True)

        assert template_of(left) == "workshop_choice"
        assert "Rien n'est enregistré." in text_of(left)
        assert "Dupont" not in str(dict(client.session.items()))


@pytest.mark.parametrize("asked", ["", "0", "-1", "x", "9" * 30, "\x00", "٣"])
def test_a_workshop_that_does_not_exist_is_asked_again(client, territory, workshop, dates, asked):
    for response in (
        client.get(step_url("who", territory, motif="atelier-budget", atelier=asked), follow=True),
        client.post(dates, {"atelier": asked}, follow=True),
        client.post(dates, {"attente": asked}, follow=True),
    ):
        assert template_of(response) == "workshop_choice"


class TestInAFrame:
    @pytest.fixture
    def framed(self, client, territory):
        territory.frame_ancestors = ["https://ville.example"]
        territory.save()
        return lambda url: client.get(url, headers={"Sec-Fetch-Dest": "iframe"}, follow=True)

    def test_the_dates_show_and_a_choice_opens_the_whole_window(self, framed, client, workshop, dates):
        page = framed(dates)
        assert template_of(page) == "workshop_choice"
        assert 'method="get" target="_top"' in page.content.decode()

        chosen = client.get(dates_of(workshop.motif, atelier=workshop.pk))

        assert chosen.context["chosen"].workshop == workshop
        assert "L'atelier que vous avez choisi" in text_of(chosen)


def test_the_steps_cost_the_same_whatever_the_number_of_workshops_and_of_people(
    client, visitor, collective, workshop, dates, assert_query_count
):
    for day in range(2, 6):
        other = make_workshop(motif=collective, starts_at=paris(MONDAY + timedelta(days=day), 9))
        make_participation(workshop=other)

    with assert_query_count("workshop_choice"):
        client.get(dates)
    who = address_of(visitor.choose(dates, workshop))
    with assert_query_count("who workshop"):
        client.get(who)
    code = address_of(visitor.say_who(who))
    with assert_query_count("code workshop"):
        client.get(code)
    fill(workshop)
    with assert_query_count("workshop_full"):
        client.get(who.replace("/vous/", "/complet/"))
