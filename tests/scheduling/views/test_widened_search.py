"""« Élargir la recherche »: slots of other services and organizations of the territory, and nobody's data."""

import uuid
from datetime import time, timedelta
from urllib.parse import urlencode

import pytest
import time_machine
from django.db import IntegrityError, transaction
from django.urls import reverse

from organizations.models import Citizen, CitizenAccess, Membership, Motif
from scheduling.models import Appointment, AppointmentEvent, AppointmentStatus
from tests.factories import (
    MONDAY,
    NOW,
    TUESDAY,
    make_agent,
    make_appointment,
    make_citizen,
    make_location,
    make_motif,
    make_opening,
    make_option,
    make_organization,
    make_team,
    make_territory,
    make_unit,
    paris,
)

pytestmark = pytest.mark.django_db

SHARED = {"category": "Accès aux droits", "sharing": Motif.Sharing.TERRITORY, "duration": timedelta(hours=1)}


@pytest.fixture(autouse=True)
def clock():
    with time_machine.travel(NOW, tick=False) as clock:
        yield clock


@pytest.fixture
def territory():
    return make_territory()


@pytest.fixture
def here(territory):
    return make_organization(territory=territory, name="Ici")


@pytest.fixture
def there(territory):
    return make_organization(territory=territory, name="Là-bas")


@pytest.fixture
def social(territory):
    return make_unit(territory=territory, name="Service social")


@pytest.fixture
def motif(here):
    """Searched from here, where nobody opens for it: its category is written in another case than elsewhere."""
    return make_motif(organization=here, category="accès aux droits", duration=timedelta(hours=1))


@pytest.fixture
def theirs(there, social):
    return make_motif(organization=there, units=[social], name="Ouverture de droits", **SHARED)


@pytest.fixture
def opening(there, theirs):
    """Monday from 9 h to 12 h, at « Annexe », by somebody whose name is nobody's business here."""
    agent = make_agent(organization=there, first_name="Secrète", last_name="Agente")
    location = make_location(organization=there, name="Annexe")
    return make_opening(calendar=agent.calendar, motifs=[theirs], location=location)


@pytest.fixture
def unit(territory):
    return make_unit(territory=territory)


@pytest.fixture
def agent(client, here, unit):
    agent = make_agent(organization=here, units=[unit])
    client.force_login(agent)
    return agent


def search(client, motif, **asked):
    return client.get(reverse("scheduling:slot_search", args=[motif.organization.slug]), {"motif": motif.pk} | asked)


def rows(response):
    return [
        (row.who, row.what, row.where, [choice.slot.starts_at for choice in row.choices])
        for _, of_day in response.context["results"].days
        for row in of_day
    ]


def text(response):
    return response.content.decode().replace("&#x27;", "'").replace("&nbsp;", "\u00a0")


def typed(**fields):
    return {"last_name": "Durand", "first_name": "Zoé", "idempotency_key": str(uuid.uuid4())} | fields


def url_of(organization, motif, /, **changes):
    asked = {"motif": motif.pk, "debut": "2026-03-02T08:00:00Z"} | changes
    page = reverse("scheduling:appointment_add", args=[organization.slug])
    return f"{page}?{urlencode({name: value for name, value in asked.items() if value != ''})}"


class TestSearch:
    def test_is_offered_where_it_finds_more(self, client, agent, motif, opening):
        response = search(client, motif)

        assert rows(response) == []
        assert "Aux autres organisations du territoire" in text(response)
        assert "Aux autres services" not in text(response)
        assert "portee=territoire" in text(response)

    def test_shows_place_time_motif_service_and_organization_and_nobody(self, client, agent, motif, opening):
        zoe = make_citizen(organization=opening.organization, first_name="Zoé", last_name="Secret")
        make_appointment(motif=opening.motifs.get(), calendar=opening.calendar, starts_at=paris(MONDAY, 9), citizen=zoe)

        response = search(client, motif, portee="territoire")

        assert rows(response) == [
            ("Là-bas – Service social", "Ouverture de droits", "Annexe", [paris(MONDAY, 10), paris(MONDAY, 11)])
        ]
        (first,) = response.context["results"].next_choices
        assert (first.where, first.slot.starts_at) == ("Annexe", paris(MONDAY, 10))
        assert not any(secret in text(response) for secret in ("Secrète", "Agente", "Secret", "SECRET"))
        assert "agenda=" not in first.url

    def test_several_who_are_free_at_once_are_one_slot(self, client, agent, motif, theirs, opening):
        make_opening(motifs=[theirs], location=opening.location)

        ((*_, starts),) = rows(search(client, motif, portee="territoire"))
        assert starts == [paris(MONDAY, hour) for hour in (9, 10, 11)]

    def test_ones_own_stand_first_and_the_first_of_each_place_on_top(self, client, here, agent, motif, opening):
        own = make_location(organization=here, name="Mairie")
        make_opening(calendar=agent.calendar, motifs=[motif], location=own, start_time=time(11))

        response = search(client, motif, portee="territoire")

        assert [(who, where) for who, _, where, _ in rows(response)] == [
            (str(agent), "Mairie"),
            ("Là-bas – Service social", "Annexe"),
        ]
        assert [choice.where for choice in response.context["results"].next_choices] == ["Annexe", "Mairie"]

    @pytest.mark.parametrize(
        "otherwise",
        [
            {"sharing": Motif.Sharing.NONE},
            {"sharing": Motif.Sharing.ORGANIZATION},
            {"category": "Autre"},
            {"category": ""},
            {"archived_at": NOW},
            {"is_collective": True},
            {"is_follow_up": True},
        ],
        ids=lambda changes: " ".join(map(str, changes)),
    )
    def test_finds_only_what_its_category_and_its_sharing_allow(self, client, agent, motif, theirs, opening, otherwise):
        Motif.objects.filter(pk=theirs.pk).update(**otherwise)

        response = search(client, motif, portee="territoire")

        assert rows(response) == []
        assert "Élargir la recherche" not in text(search(client, motif))

    def test_a_motif_without_category_finds_none(self, client, agent, motif, theirs, opening):
        Motif.objects.order_by("pk").update(category="")

        assert rows(search(client, motif, portee="territoire")) == []

    def test_never_finds_what_is_of_another_territory(self, client, agent, motif):
        make_opening(motifs=[make_motif(organization=make_organization(), **SHARED)])

        response = search(client, motif, portee="territoire")

        assert rows(response) == []
        assert "Élargir la recherche" not in text(response)

    @pytest.mark.parametrize("portee", ["x", "\x00", "9" * 5000])
    def test_what_is_no_scope_is_refused(self, client, agent, motif, opening, portee):
        response = search(client, motif, portee=portee)

        assert response.status_code == 422
        assert response.context["results"] is None

    @pytest.mark.parametrize(
        ("filters", "expected"),
        [
            ({"jour": "lun"}, 3),
            ({"jour": "mar"}, 0),
            ({"moment": "matin"}, 3),
            ({"moment": "apres-midi"}, 0),
            ({"du": TUESDAY.isoformat()}, 0),
        ],
    )
    def test_days_and_times_narrow_it(self, client, agent, motif, opening, filters, expected):
        found = rows(search(client, motif, portee="territoire", **filters))

        assert sum(len(starts) for *_, starts in found) == expected

    def test_places_of_others_can_be_chosen_once_it_is_widened(self, client, agent, motif, theirs, opening):
        other = make_location(organization=opening.organization, name="Autre lieu")
        make_opening(motifs=[theirs], location=other)

        assert [where for _, _, where, _ in rows(search(client, motif, portee="territoire", lieu=other.pk))] == [
            "Autre lieu"
        ]
        assert search(client, motif, lieu=other.pk).status_code == 422

    def test_a_team_and_agents_narrow_it(self, client, here, agent, motif, territory, opening):
        make_opening(calendar=agent.calendar, motifs=[motif], start_time=time(11))
        make_opening(
            calendar=make_agent(organization=here, units=agent.memberships.get().units.all()).calendar, motifs=[motif]
        )
        with_them = make_team(territory=territory, agents=[opening.calendar.agent])
        without = make_team(territory=territory, agents=[agent])

        assert len(rows(search(client, motif, portee="territoire", equipe=with_them.pk))) == 1
        assert [who for who, *_ in rows(search(client, motif, portee="territoire", equipe=without.pk))] == [str(agent)]
        chosen = rows(search(client, motif, portee="territoire", agenda=agent.calendar.pk))
        assert [who for who, *_ in chosen] == [str(agent)]

    def test_together_it_is_not_widened(self, client, here, agent, motif, opening, unit):
        colleague = make_agent(organization=here, units=[unit])
        place = make_location(organization=here)
        for who in (agent, colleague):
            make_opening(calendar=who.calendar, motifs=[motif], location=place)
        ids = [agent.calendar.pk, colleague.calendar.pk]

        response = search(client, motif, portee="territoire", plusieurs=1, agenda=ids)

        assert [what for _, what, *_ in rows(response)] == [""]
        assert "Élargir la recherche" not in text(response)

    def test_too_many_persons_and_options_of_others(self, client, here, agent, theirs, opening):
        motif = make_motif(organization=here, category="Accès aux droits", max_persons=3)
        passport = make_option(motif=motif, name="Passeport")
        make_option(motif=theirs, name="CNI")
        same = make_option(motif=theirs, name="passeport", duration=timedelta(hours=3))

        found = search(client, motif, portee="territoire", option=passport.pk)

        assert [starts for *_, starts in rows(found)] == [[paris(MONDAY, 9)]]
        assert f"option={same.pk}" in found.context["results"].next_choices[0].url
        assert rows(search(client, motif, portee="territoire", option=passport.pk, personnes=2)) == []

    def test_the_month_counts_them_too(self, client, here, agent, motif, opening):
        make_opening(calendar=agent.calendar, motifs=[motif], start_time=time(11), end_time=time(13))
        url = reverse("scheduling:slot_month", args=[here.slug])

        def on_monday(**asked):
            return client.get(url, {"motif": motif.pk} | asked).context["month"].weeks[0][0].slots

        assert on_monday() == 2
        assert on_monday(portee="territoire") == 4  # 9 h, 10 h, and 11 h in both, 12 h.

    def test_says_when_the_next_one_is(self, client, agent, motif, opening):
        response = search(client, motif, portee="territoire", du=(MONDAY - timedelta(days=7)).isoformat())
        assert rows(response)
        make_opening(
            calendar=opening.calendar, motifs=list(opening.motifs.all()), first_day=MONDAY + timedelta(days=15)
        )

        later = search(client, motif, portee="territoire", du=TUESDAY.isoformat())
        assert later.context["results"].first_later == MONDAY + timedelta(days=15)

    def test_queries_do_not_grow_with_motifs_and_organizations(
        self, client, agent, motif, territory, opening, assert_query_count
    ):
        with assert_query_count("slot_search widened"):
            search(client, motif, portee="territoire")
        for _ in range(4):
            sister = make_organization(territory=territory)
            make_opening(motifs=[make_motif(organization=sister, units=[make_unit(territory=territory)], **SHARED)])
        with assert_query_count("slot_search widened"):
            search(client, motif, portee="territoire")


class TestServices:
    """Inside one organization: motifs of other services, and other services' calendars for the same motif."""

    @pytest.fixture
    def of_others(self, here, social):
        return make_motif(
            organization=here, units=[social], name="Aide", **SHARED | {"sharing": Motif.Sharing.ORGANIZATION}
        )

    def test_a_plain_agent_finds_those_of_other_services(self, client, agent, motif, of_others, here):
        make_opening(
            calendar=make_agent(organization=here).calendar,
            motifs=[of_others],
            location=make_location(organization=here, name="Mairie"),
        )

        assert "portee=services" in text(search(client, motif))
        assert [(who, what, where) for who, what, where, _ in rows(search(client, motif, portee="services"))] == [
            ("Service social", "Aide", "Mairie")
        ]

    def test_the_calendars_of_other_services_for_the_same_motif_are_found(self, client, agent, motif, here, social):
        Motif.objects.filter(pk=motif.pk).update(sharing=Motif.Sharing.ORGANIZATION)
        other = make_agent(organization=here, units=[social], last_name="Cachée")
        make_opening(calendar=other.calendar, motifs=[motif])
        make_opening(calendar=agent.calendar, motifs=[motif], first_day=TUESDAY)

        assert [who for who, *_ in rows(search(client, motif))] == [str(agent)]
        response = search(client, motif, portee="services")
        assert [who for who, *_ in rows(response)] == ["Autres services", str(agent)]
        assert "Cachée" not in text(response)

    @pytest.mark.parametrize("who", ["admin", "front desk"])
    def test_whoever_sees_every_service_has_nothing_to_widen_to(self, client, motif, of_others, here, who):
        make_opening(motifs=[of_others])
        role = Membership.Role.ADMIN if who == "admin" else Membership.Role.BASIC
        client.force_login(make_agent(organization=here, role=role, is_front_desk=who == "front desk"))

        assert "portee=services" not in text(search(client, motif))

    def test_other_organizations_are_not_among_them(self, client, agent, motif, of_others, opening):
        make_opening(motifs=[of_others])

        assert [what for _, what, *_ in rows(search(client, motif, portee="services"))] == ["Aide"]
        found = rows(search(client, motif, portee="territoire"))
        assert sorted(what for _, what, *_ in found) == ["Aide", "Ouverture de droits"]

    def test_booked_the_appointment_is_theirs_and_the_agent_follows_it(self, client, agent, motif, of_others, here):
        opening = make_opening(motifs=[of_others])
        url = url_of(here, of_others, lieu=opening.location_id)

        answer = client.post(url, typed(), follow=True)

        appointment = Appointment.objects.get()
        assert answer.redirect_chain[-1][0].endswith(f"rendez-vous-ailleurs/{appointment.pk}/")
        assert client.get(reverse("scheduling:appointment_detail", args=[here.slug, appointment.pk])).status_code == 404


class TestBooking:
    @pytest.fixture
    def url(self, client, agent, motif, opening):
        """Of Monday at 9 h, as the search gives it."""
        return search(client, motif, portee="territoire").context["results"].next_choices[0].url

    def test_the_page_says_who_receives_and_no_name(self, client, url):
        page = text(client.get(url))

        assert "Là-bas – Service social" in page
        assert "Annexe" in page
        assert "Secrète" not in page

    def test_the_appointment_is_theirs_with_who_booked_it(self, client, url, agent, here, there, theirs, opening):
        client.post(url, typed(context_note="Vient en bus"))

        appointment = Appointment.objects.get()
        assert (appointment.organization, appointment.motif) == (there, theirs)
        assert (appointment.created_by, appointment.booked_from) == (agent, here)
        client.force_login(make_agent(organization=there, role=Membership.Role.ADMIN))
        page = text(client.get(reverse("scheduling:appointment_detail", args=[there.slug, appointment.pk])))
        assert f"{agent}, Ici" in page
        assert "Vient en bus" in page

    def test_a_new_citizen_is_known_to_both_through_their_services(self, client, url, here, there, unit, social):
        client.post(url, typed())

        known = CitizenAccess.objects.filter(citizen=Citizen.objects.get()).order_by("pk")
        assert [(access.organization, access.unit) for access in known] == [(here, unit), (there, social)]

    def test_a_citizen_of_here_becomes_known_there_by_it_and_not_before(
        self, client, url, agent, here, there, social, unit
    ):
        zoe = make_citizen(organization=here, units=[unit], first_name="Zoé", last_name="Durand")
        member = there_member = make_agent(organization=there, units=[social])
        browser = client.__class__()
        browser.force_login(there_member)
        record = reverse("scheduling:citizen_detail", args=[there.slug, zoe.pk])
        assert browser.get(record).status_code == 404

        answer = client.post(f"{url}&usager={zoe.pk}", {"idempotency_key": uuid.uuid4()})

        assert answer.status_code == 302
        assert browser.get(record).status_code == 200
        assert Citizen.objects.visible_to(member.memberships.get()).filter(pk=zoe.pk).exists()

    def test_a_search_for_the_citizen_finds_ones_own_only(self, client, url, there, here, unit):
        make_citizen(organization=there, first_name="Zoé", last_name="Ailleurs")
        make_citizen(organization=here, units=[unit], first_name="Zoé", last_name="Dici")

        page = text(client.get(f"{url}&q=zoé"))

        assert "DICI" in page
        assert "AILLEURS" not in page

    def test_a_citizen_of_theirs_cannot_be_named(self, client, url, there):
        stranger = make_citizen(organization=there)

        assert client.get(f"{url}&usager={stranger.pk}").status_code == 302
        assert client.post(url, typed(existing=stranger.pk)).status_code == 404
        assert not Appointment.objects.exists()

    def test_lost_meanwhile_it_offers_the_nearest_and_keeps_what_was_typed(self, client, url, theirs, opening):
        make_appointment(motif=theirs, calendar=opening.calendar, starts_at=paris(MONDAY, 9))
        request = typed(context_note="À garder")

        response = client.post(url, request)

        assert response.status_code == 422
        assert [other.slot.starts_at for other in response.context["others"]] == [
            paris(MONDAY, 10),
            paris(MONDAY, 11),
        ]
        assert {other.who for other in response.context["others"]} == {"Là-bas – Service social"}
        assert "À garder" in text(response)
        again = client.post(url.split("?")[0] + response.context["others"][0].url, request)
        assert again.status_code == 302
        assert Citizen.objects.filter(last_name="Durand").count() == 1

    def test_the_same_request_twice_is_one(self, client, url):
        request = typed()

        assert client.post(url, request).url == client.post(url, request).url
        assert (Appointment.objects.count(), Citizen.objects.count()) == (1, 1)

    @pytest.mark.parametrize(
        "changed",
        ["not shared", "other category", "archived", "another territory", "place of others", "calendar named"],
    )
    def test_forged_addresses_book_nothing(self, client, url, agent, here, there, theirs, opening, changed):
        asked = {"lieu": opening.location_id}
        aimed = theirs
        if changed == "not shared":
            Motif.objects.filter(pk=theirs.pk).update(sharing=Motif.Sharing.ORGANIZATION)
        elif changed == "other category":
            Motif.objects.filter(pk=theirs.pk).update(category="Autre")
        elif changed == "archived":
            Motif.objects.filter(pk=theirs.pk).update(archived_at=NOW)
        elif changed == "another territory":
            foreign = make_opening(motifs=[make_motif(organization=make_organization(), **SHARED)])
            aimed, asked = foreign.motifs.get(), {"lieu": foreign.location_id}
        elif changed == "place of others":
            asked["lieu"] = make_location(organization=there).pk
        else:
            asked["agenda"] = opening.calendar_id

        forged = url_of(here, aimed, **asked)
        for response in (client.get(forged), client.post(forged, typed())):
            assert response.status_code == 302
            assert response.url.startswith(reverse("scheduling:slot_search", args=[here.slug]))
        assert not Appointment.objects.exists()
        assert not Citizen.objects.exists()

    def test_one_own_motif_that_is_not_shared_needs_its_calendar(self, client, agent, here, motif):
        opening = make_opening(calendar=agent.calendar, motifs=[motif])

        assert client.post(url_of(here, motif, lieu=opening.location_id), typed()).status_code == 302
        assert not Appointment.objects.exists()


class TestAfterwards:
    @pytest.fixture
    def appointment(self, client, agent, motif, opening):
        url = search(client, motif, portee="territoire").context["results"].next_choices[0].url
        client.post(url, typed(context_note="Note pour eux", phone="06 12 34 56 78"))
        return Appointment.objects.get()

    def page(self, organization, appointment, name="detail"):
        return reverse(f"scheduling:appointment_elsewhere_{name}", args=[organization.slug, appointment.pk])

    def test_shows_who_when_where_and_its_state_and_nothing_more(self, client, here, appointment):
        page = text(client.get(self.page(here, appointment)))

        for shown in ("Zoé DURAND", "9\u00a0h", "Annexe", "Là-bas – Service social", "Ouverture de droits", "À venir"):
            assert shown in page
        for hidden in ("Secrète", "Agente", "Note pour eux", "Historique"):
            assert hidden not in page

    def test_is_found_again_on_the_citizens_record(self, client, here, appointment):
        zoe = appointment.citizens.get()

        record = text(client.get(reverse("scheduling:citizen_detail", args=[here.slug, zoe.pk])))

        assert "Pris ailleurs" in record
        assert self.page(here, appointment) in record

    def test_who_joined_it_there_later_is_not_found_there_from_here(self, client, here, there, appointment):
        """Whom an organization receives is its own business, also where both know the person."""
        known = make_citizen(organization=here, first_name="Autre", last_name="Personne")
        appointment.participations.create(
            organization=there, territory=there.territory, citizen=known, created_at=NOW + timedelta(minutes=1)
        )

        record = text(client.get(reverse("scheduling:citizen_detail", args=[here.slug, known.pk])))

        assert self.page(here, appointment) not in record

    @pytest.mark.parametrize(
        ("who", "status"),
        [
            ("who booked", 200),
            ("colleague", 404),
            ("front desk", 200),
            ("admin", 200),
            ("there", 404),
            ("other organization", 404),
            ("other territory", 404),
        ],
    )
    def test_who_follows_it(self, client, agent, here, there, unit, territory, appointment, who, status):
        if who != "who booked":
            client.force_login(
                {
                    "colleague": lambda: make_agent(organization=here, units=[unit]),
                    "front desk": lambda: make_agent(organization=here, is_front_desk=True),
                    "admin": lambda: make_agent(organization=here, role=Membership.Role.ADMIN),
                    "there": lambda: make_agent(organization=there, role=Membership.Role.ADMIN),
                    "other organization": lambda: make_agent(organization=make_organization(territory=territory)),
                    "other territory": lambda: make_agent(organization=make_organization()),
                }[who]()
            )

        for name in ("detail", "cancel"):
            assert client.get(self.page(here, appointment, name)).status_code == status
        if status == 404:
            assert client.post(self.page(here, appointment, "cancel"), {}).status_code == 404
            assert not Appointment.objects.get().is_cancelled

    def test_their_agents_have_their_own_page_for_it(self, client, there, appointment):
        client.force_login(make_agent(organization=there, role=Membership.Role.ADMIN))

        assert client.get(self.page(there, appointment)).status_code == 404

    @pytest.mark.parametrize("page", ["appointment_detail", "appointment_move", "appointment_cancel"])
    def test_the_pages_of_those_who_receive_are_not_ones_own(self, client, here, appointment, page):
        assert client.get(reverse(f"scheduling:{page}", args=[here.slug, appointment.pk])).status_code == 404

    def test_is_cancelled_on_the_citizens_behalf(self, client, agent, here, appointment):
        answer = client.post(self.page(here, appointment, "cancel"), {"reason": "Malade"}, follow=True)

        appointment.refresh_from_db()
        assert appointment.status == AppointmentStatus.CANCELLED_BY_CITIZEN
        event = appointment.events.latest("pk")
        assert (event.kind, event.actor, event.reason) == (AppointmentEvent.Kind.CANCELLED_BY_CITIZEN, agent, "Malade")
        assert "Le rendez-vous est annulé." in text(answer)
        assert "Annuler pour l'usager" not in text(answer)
        again = client.post(self.page(here, appointment, "cancel"), {}, follow=True)
        assert "ne peut plus être annulé d'ici" in text(again)

    def test_once_begun_it_is_theirs_to_settle(self, client, here, appointment, clock):
        clock.shift(timedelta(hours=3))

        assert client.post(self.page(here, appointment, "cancel"), {}).status_code == 302
        assert not Appointment.objects.get().is_cancelled

    def test_where_others_take_part_it_goes_on_without_them(self, client, here, there, appointment):
        stranger = make_citizen(organization=there, first_name="Autre", last_name="Personne")
        appointment.participations.create(
            organization=there, territory=there.territory, citizen=stranger, created_at=NOW
        )

        page = text(client.get(self.page(here, appointment)))

        assert "PERSONNE" not in page
        client.post(self.page(here, appointment, "cancel"), {})
        assert not Appointment.objects.get().is_cancelled
        (zoe,) = appointment.participations.exclude(citizen=stranger)
        assert zoe.status == AppointmentStatus.CANCELLED_BY_CITIZEN
        left = text(client.get(self.page(here, appointment)))
        assert "Annulé par l'usager" in left
        assert "Annuler pour l'usager" not in left

    def test_who_is_registered_there_later_is_not_shown_although_known_here(
        self, client, here, there, appointment, unit
    ):
        known = make_citizen(organization=here, units=[unit], first_name="Connue", last_name="Dici")
        appointment.participations.create(
            organization=there,
            territory=there.territory,
            citizen=known,
            created_at=appointment.created_at + timedelta(minutes=1),
        )

        assert "DICI" not in text(client.get(self.page(here, appointment)))

    def test_with_nobody_of_ones_own_left_in_it_there_is_nothing_to_see(self, client, here, there, appointment):
        appointment.participations.update(citizen=make_citizen(organization=there))

        assert client.get(self.page(here, appointment)).status_code == 404

    def test_in_the_lists_and_figures_of_here_it_is_not(self, client, here, appointment):
        listed = client.get(reverse("scheduling:appointment_list", args=[here.slug]))

        assert "DURAND" not in text(listed)

    def test_the_database_keeps_it_inside_the_territory(self, there, theirs, opening):
        placed = make_appointment(motif=theirs, calendar=opening.calendar, starts_at=paris(TUESDAY, 9))

        with (
            pytest.raises(IntegrityError, match="does not book"),
            transaction.atomic(),
        ):
            Appointment.objects.filter(pk=placed.pk).update(booked_from=make_organization())


class TestSettings:
    @pytest.fixture
    def admin(self, client, here):
        admin = make_agent(organization=here, role=Membership.Role.ADMIN)
        client.force_login(admin)
        return admin

    def form(self, **fields):
        lists = {f"{name}-{kind}_FORMS": "0" for name in ("options", "questions") for kind in ("TOTAL", "INITIAL")}
        given = {
            "name": "Accueil",
            "color": "#1d4f91",
            "duration": "30",
            "maximum": "3m",
            "max_persons": "1",
            "location_kind": "phone",
            "booking_audience": "agents",
        }
        return given | lists | fields

    def test_an_administrator_opens_a_motif_to_others(self, client, here, admin, motif):
        url = reverse("scheduling:motif_edit", args=[here.slug, motif.pk])

        assert client.post(url, self.form(category="Droits", sharing="territory")).status_code == 302
        motif.refresh_from_db()
        assert motif.sharing == Motif.Sharing.TERRITORY

    def test_a_category_comes_first(self, client, here, admin, motif):
        url = reverse("scheduling:motif_edit", args=[here.slug, motif.pk])

        response = client.post(url, self.form(category="", sharing="territory"))

        assert response.status_code == 422
        assert "Donnez d'abord une catégorie" in text(response)

    def test_a_form_that_does_not_ask_leaves_it(self, client, here, admin, motif):
        Motif.objects.filter(pk=motif.pk).update(sharing=Motif.Sharing.TERRITORY)

        client.post(reverse("scheduling:motif_edit", args=[here.slug, motif.pk]), self.form(category="Droits"))

        motif.refresh_from_db()
        assert motif.sharing == Motif.Sharing.TERRITORY
