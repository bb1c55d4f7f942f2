"""« Trouver un RDV »: what each member is offered, narrowed by filters that stay in the address."""

from datetime import time, timedelta
from urllib.parse import parse_qs, urlsplit

import pytest
import time_machine
from django.urls import reverse

from organizations.models import Membership, Motif
from scheduling.models import Calendar
from tests.factories import (
    FRIDAY,
    MONDAY,
    NOW,
    THURSDAY,
    TUESDAY,
    make_agent,
    make_appointment,
    make_calendar,
    make_citizen,
    make_desk,
    make_location,
    make_motif,
    make_opening,
    make_option,
    make_organization,
    make_territory,
    make_unavailability,
    make_unit,
    paris,
)

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _the_clock_of_the_tests():
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def organization():
    return make_organization(territory=make_territory())


@pytest.fixture
def admin(client, organization):
    admin = make_agent(organization=organization, role=Membership.Role.ADMIN)
    client.force_login(admin)
    return admin


@pytest.fixture
def motif(organization):
    return make_motif(organization=organization, name="Accès aux droits", duration=timedelta(minutes=60))


def search(client, organization, *, htmx=False, **asked):
    headers = {"HX-Request": "true"} if htmx else {}
    return client.get(reverse("scheduling:slot_search", args=[organization.slug]), asked, headers=headers)


def offered(response):
    """What the page lists: day, calendar, place, hours, in the order of the page."""
    return [
        (day, str(row.who), str(row.location or ""), [choice.slot.starts_at for choice in row.choices])
        for day, rows in response.context["results"].days
        for row in rows
    ]


def hours(response):
    return sorted(
        choice.slot.starts_at for _, rows in response.context["results"].days for row in rows for choice in row.choices
    )


def nexts(response):
    return [(str(choice.location or ""), choice.slot.starts_at) for choice in response.context["results"].next_choices]


class TestMotifFirst:
    def test_the_motifs_stand_by_service_and_category(self, client, admin, organization):
        pmi = make_unit(territory=organization.territory, name="PMI")
        make_motif(organization=organization, name="Suivi", units=[pmi])
        make_motif(organization=organization, name="Pesée", units=[pmi], category="Consultations")
        make_motif(organization=organization, name="Accueil")
        make_motif(organization=organization, name="Ancien", archived_at=NOW)
        make_motif(organization=organization, name="Atelier", is_collective=True)

        groups = search(client, organization).context["groups"]

        assert [(label, [str(motif) for motif in motifs]) for label, motifs in groups] == [
            ("PMI", ["Suivi"]),
            ("PMI – Consultations", ["Pesée"]),
            ("Tous les services", ["Accueil"]),
        ]

    def test_an_option_is_chosen_with_its_motif(self, client, admin, organization, motif):
        passport = make_option(motif=motif, name="Passeport")
        make_option(motif=motif, name="Retirée", archived_at=NOW)

        content = search(client, organization).content.decode()

        assert f"?motif={motif.pk}&amp;option={passport.pk}" in content
        assert "Retirée" not in content

    def test_the_citizen_stays_chosen(self, client, admin, organization, motif):
        zoe = make_citizen(organization=organization, first_name="Zoé", last_name="<Durand>")

        content = search(client, organization, usager=zoe.pk).content.decode()

        assert f"?usager={zoe.pk}&amp;motif={motif.pk}" in content
        assert "Zoé &lt;DURAND&gt;" in content

    def test_without_motif_the_page_says_what_to_do(self, client, admin, organization):
        assert "Aucun motif pour vos services" in search(client, organization).content.decode()

    def test_queries_do_not_grow_with_the_motifs(self, client, admin, organization, assert_query_count):
        for _ in range(12):
            make_option(
                motif=make_motif(organization=organization, units=[make_unit(territory=organization.territory)])
            )

        with assert_query_count("slot_search motifs"):
            search(client, organization)


class TestSlots:
    def test_each_day_lists_every_calendar_and_place_once(self, client, admin, organization, motif):
        ines = make_agent(organization=organization, first_name="Inès", last_name="Alpha").calendar
        marc = make_agent(organization=organization, first_name="Marc", last_name="Beta").calendar
        north, south = (make_location(organization=organization, name=name) for name in ("Nord", "Sud"))
        make_opening(calendar=ines, motifs=[motif], location=north, end_time=time(11))
        make_opening(calendar=ines, motifs=[motif], location=north, start_time=time(10), end_time=time(11))
        make_opening(calendar=ines, motifs=[motif], location=south, start_time=time(14), end_time=time(15))
        make_opening(calendar=marc, motifs=[motif], location=south, first_day=FRIDAY, end_time=time(10))

        assert offered(search(client, organization, motif=motif.pk)) == [
            (MONDAY, "Inès Alpha", "Nord", [paris(MONDAY, 9), paris(MONDAY, 10)]),
            (MONDAY, "Inès Alpha", "Sud", [paris(MONDAY, 14)]),
            (FRIDAY, "Marc Beta", "Sud", [paris(FRIDAY, 9)]),
        ]

    def test_a_slot_leads_to_its_booking_with_everything_chosen(self, client, admin, organization, motif):
        opening = make_opening(motifs=[motif], end_time=time(10))
        zoe = make_citizen(organization=organization)

        response = search(client, organization, motif=motif.pk, usager=zoe.pk)

        (choice,) = response.context["results"].days[0][1][0].choices
        assert choice.url.replace("&", "&amp;") in response.content.decode()
        assert urlsplit(choice.url).path == reverse("scheduling:appointment_add", args=[organization.slug])
        assert parse_qs(urlsplit(choice.url).query) == {
            "motif": [str(motif.pk)],
            "usager": [str(zoe.pk)],
            "debut": ["2026-03-02T08:00:00Z"],
            "agenda": [str(opening.calendar_id)],
            "lieu": [str(opening.location_id)],
        }
        assert client.get(choice.url).status_code == 200

    def test_the_first_slot_of_each_place_stands_on_top_earliest_first(self, client, admin, organization, motif):
        north, south = (make_location(organization=organization, name=name) for name in ("Nord", "Sud"))
        make_opening(motifs=[motif], location=north, first_day=MONDAY + timedelta(days=15))
        make_opening(motifs=[motif], location=south, first_day=FRIDAY)

        assert nexts(search(client, organization, motif=motif.pk)) == [
            ("Sud", paris(FRIDAY, 9)),
            ("Nord", paris(MONDAY + timedelta(days=15), 9)),
        ]

    def test_the_first_slots_obey_weekday_and_half_day(self, client, admin, organization, motif):
        north, south = (make_location(organization=organization, name=name) for name in ("Nord", "Sud"))
        make_opening(motifs=[motif], location=north, rrule="FREQ=WEEKLY;BYDAY=MO,TH", end_time=time(16))
        make_opening(motifs=[motif], location=south, first_day=THURSDAY + timedelta(weeks=9), end_time=time(16))

        response = search(client, organization, motif=motif.pk, jour="jeu", moment="apres-midi")

        assert nexts(response) == [("Nord", paris(THURSDAY, 12)), ("Sud", paris(THURSDAY + timedelta(weeks=9), 12))]

    def test_a_motif_without_place_has_one_first_slot(self, client, admin, organization):
        by_phone = make_motif(organization=organization, location_kind=Motif.LocationKind.PHONE)
        for _ in range(2):
            make_opening(motifs=[by_phone])

        response = search(client, organization, motif=by_phone.pk)

        assert nexts(response) == [("", paris(MONDAY, 9))]
        assert "lieu" not in response.context["form"].fields

    def test_weeks_follow_each_other(self, client, admin, organization, motif):
        make_opening(motifs=[motif], rrule="FREQ=WEEKLY;BYDAY=MO", end_time=time(10))

        first = search(client, organization, motif=motif.pk)
        second = search(client, organization, motif=motif.pk, du="2026-03-09")

        assert (first.context["results"].previous_day, first.context["results"].next_day) == (
            None,
            MONDAY + timedelta(days=7),
        )
        assert hours(first) == [paris(MONDAY, 9)]
        assert hours(second) == [paris(MONDAY + timedelta(days=7), 9)]
        assert second.context["results"].previous_day == MONDAY
        # A week begun in the middle goes back to today, not before.
        assert search(client, organization, motif=motif.pk, du="2026-03-05").context["results"].previous_day == MONDAY

    def test_weeks_end_where_dates_can_no_longer_be_asked_for(self, client, admin, organization, motif):
        make_opening(motifs=[motif], rrule="FREQ=WEEKLY;BYDAY=MO", end_time=time(10))
        last_day = MONDAY + timedelta(days=730)

        before = search(client, organization, motif=motif.pk, du=last_day - timedelta(days=7))
        last = search(client, organization, motif=motif.pk, du=last_day - timedelta(days=6))

        assert before.context["results"].next_day == last_day
        assert search(client, organization, motif=motif.pk, du=last_day).status_code == 200
        assert last.context["results"].next_day is None
        assert "Semaine suivante" not in last.content.decode()
        past_it = search(client, organization, motif=motif.pk, du=last_day + timedelta(days=1))
        assert past_it.status_code == 422
        assert "dans les deux ans qui viennent" in past_it.content.decode()
        assert f'max="{last_day}"' in last.content.decode()

    def test_a_day_in_the_past_is_today(self, client, admin, organization, motif):
        make_opening(motifs=[motif], end_time=time(10))

        assert hours(search(client, organization, motif=motif.pk, du="1999-01-01")) == [paris(MONDAY, 9)]

    def test_far_ahead_slots_are_computed_too(self, client, admin, organization, motif):
        make_opening(motifs=[motif], rrule="FREQ=WEEKLY;BYDAY=MO", end_time=time(10))

        assert hours(search(client, organization, motif=motif.pk, du="2027-09-06"))

    def test_an_agent_is_not_bound_by_the_delays_of_citizens(self, client, admin, organization):
        motif = make_motif(
            organization=organization,
            minimum_delay=timedelta(days=3),
            maximum_delay_months=1,
            duration=timedelta(hours=1),
        )
        make_opening(motifs=[motif], rrule="FREQ=WEEKLY;BYDAY=MO", end_time=time(10))

        assert hours(search(client, organization, motif=motif.pk)) == [paris(MONDAY, 9)]
        assert hours(search(client, organization, motif=motif.pk, du="2026-06-01"))

    def test_options_and_persons_lengthen_what_must_fit(self, client, admin, organization):
        motif = make_motif(organization=organization, duration=timedelta(minutes=30), max_persons=3)
        short, long = make_option(motif=motif), make_option(motif=motif, duration=timedelta(minutes=60))
        make_opening(motifs=[motif], end_time=time(11))

        def count(**asked):
            return len(hours(search(client, organization, motif=motif.pk, **asked)))

        assert (count(option=short.pk), count(option=long.pk), count(option=long.pk, personnes=2)) == (4, 3, 1)
        assert count() == count(option=short.pk)  # The first option, as the form then shows.
        assert search(client, organization, motif=motif.pk, personnes=4).status_code == 422

    def test_days_are_those_of_the_organization(self, client):
        organization = make_organization(territory=make_territory(time_zone="Pacific/Noumea"))
        client.force_login(make_agent(organization=organization, role=Membership.Role.ADMIN))
        motif = make_motif(organization=organization, duration=timedelta(hours=1))
        make_opening(motifs=[motif], first_day=TUESDAY, end_time=time(10))

        response = search(client, organization, motif=motif.pk)

        assert [day for day, *_ in offered(response)] == [TUESDAY]
        assert "9\u00a0h" in response.content.decode()

    def test_queries_do_not_grow_with_calendars_and_slots(self, client, admin, organization, motif, assert_query_count):
        for _ in range(6):
            make_opening(motifs=[motif], rrule="FREQ=DAILY")

        with assert_query_count("slot_search"):
            response = search(client, organization, motif=motif.pk)

        assert len(hours(response)) == 6 * 6 * 3


class TestFilters:
    @pytest.fixture
    def calendars(self, organization, motif):
        calendars = [make_calendar(organization=organization) for _ in range(2)]
        places = [make_location(organization=organization) for _ in range(2)]
        for calendar, place in zip(calendars, places, strict=True):
            make_opening(calendar=calendar, motifs=[motif], location=place, rrule="FREQ=DAILY", end_time=time(15))
        return calendars, places

    def test_they_narrow_what_is_offered(self, client, admin, organization, motif, calendars):
        (first, _), (_, second_place) = calendars

        one_calendar = search(client, organization, motif=motif.pk, agenda=first.pk)
        assert {name for _, name, _, _ in offered(one_calendar)} == {str(first)}
        one_place = search(client, organization, motif=motif.pk, lieu=second_place.pk)
        assert {place for _, _, place, _ in offered(one_place)} == {str(second_place)}
        mornings = search(client, organization, motif=motif.pk, moment="matin", jour=["mar", "jeu"])
        assert {day for day, *_ in offered(mornings)} == {TUESDAY, THURSDAY}
        assert {hour.hour for hour in hours(mornings)} == {8, 9, 10}  # UTC
        assert offered(search(client, organization, motif=motif.pk, agenda=first.pk, lieu=second_place.pk)) == []

    def test_several_agents_desks_and_places_are_chosen_together(self, client, admin, organization, motif, calendars):
        (first, _), (first_place, second_place) = calendars
        desk = make_desk(organization=organization, location=first_place, name="Guichet B")
        make_opening(calendar=desk.calendar, motifs=[motif], location=first_place)
        third = make_opening(calendar=make_calendar(organization=organization), motifs=[motif])

        chosen = search(client, organization, motif=motif.pk, agenda=[first.pk, desk.calendar.pk])
        assert {name for _, name, _, _ in offered(chosen)} == {str(first), "Guichet B"}
        places = search(client, organization, motif=motif.pk, lieu=[first_place.pk, second_place.pk])
        assert {place for _, _, place, _ in offered(places)} == {str(first_place), str(second_place)}
        assert str(third.calendar) not in {name for _, name, _, _ in offered(places)}
        both = search(client, organization, motif=motif.pk, agenda=[third.calendar_id, first.pk], lieu=first_place.pk)
        assert {(name, place) for _, name, place, _ in offered(both)} == {(str(first), str(first_place))}

    def test_one_id_that_is_not_ones_own_among_good_ones_offers_nothing(
        self, client, admin, organization, motif, calendars
    ):
        (first, _), (place, _) = calendars
        unseen = make_calendar(organization=make_organization(territory=organization.territory))
        for asked in [{"agenda": [first.pk, unseen.pk]}, {"agenda": [first.pk, ""]}, {"lieu": [place.pk, "0"]}]:
            response = search(client, organization, motif=motif.pk, **asked)

            assert response.status_code == 422
            assert response.context["results"] is None

    def test_they_stay_in_the_address_of_the_next_week(self, client, admin, organization, motif, calendars):
        (first, _), _ = calendars

        content = search(client, organization, motif=motif.pk, agenda=first.pk, jour="mar").content.decode()

        assert f"?motif={motif.pk}&amp;agenda={first.pk}&amp;jour=mar&amp;du=2026-03-09" in content

    def test_a_change_of_filter_gets_the_results_only(self, client, admin, organization, motif, calendars):
        content = search(client, organization, htmx=True, motif=motif.pk, moment="matin").content.decode()

        assert "<html" not in content
        assert '<section id="slot-search-results"' in content
        assert 'id="id_du" value="2026-03-02" hx-swap-oob="true"' in content

    def test_the_whole_page_holds_the_same_results_without_script(self, client, admin, organization, motif, calendars):
        content = search(client, organization, motif=motif.pk, moment="matin").content.decode()

        assert '<section id="slot-search-results"' in content
        assert "hx-swap-oob" not in content
        assert "<noscript>" in content

    @pytest.mark.parametrize(
        "asked",
        [
            {"du": "hier"},
            {"du": "2026-02-30"},
            {"du": "9999-12-31"},
            {"jour": "lundi"},
            {"moment": "nuit"},
            {"agenda": "x"},
            {"agenda": "99999999999999999999"},
            {"lieu": "-1"},
        ],
    )
    def test_a_filter_that_means_nothing_is_refused_and_offers_nothing(
        self, client, admin, organization, motif, calendars, asked
    ):
        response = search(client, organization, motif=motif.pk, **asked)

        assert response.status_code == 422
        assert response.context["results"] is None
        assert "Aucune recherche" in response.content.decode()

    @pytest.mark.parametrize("field", ["agenda", "lieu", "option"])
    def test_ids_of_other_tenants_are_no_choices(self, client, admin, organization, motif, calendars, field):
        make_option(motif=motif)
        for elsewhere in [make_organization(territory=organization.territory), make_organization()]:
            foreign = {
                "agenda": make_calendar(organization=elsewhere),
                "lieu": make_location(organization=elsewhere, name="Lieu secret"),
                "option": make_option(motif=make_motif(organization=elsewhere)),
            }[field]
            response = search(client, organization, motif=motif.pk, **{field: foreign.pk})

            assert response.status_code == 422
            assert str(foreign) not in response.content.decode()

    @pytest.mark.parametrize("asked", ["motif", "usager"])
    def test_motifs_and_citizens_of_other_tenants_do_not_exist(self, client, admin, organization, motif, asked):
        for elsewhere in [make_organization(territory=organization.territory), make_organization()]:
            foreign = {"motif": make_motif(organization=elsewhere), "usager": make_citizen(organization=elsewhere)}

            response = search(client, organization, **{"motif": motif.pk, asked: foreign[asked].pk})

            assert response.status_code == 404
        for odd in ["x", "-1", "99999999999999999999"]:
            assert search(client, organization, **{"motif": motif.pk, asked: odd}).status_code == 404


class TestNothingFree:
    def test_it_says_when_the_next_one_is(self, client, admin, organization, motif):
        make_opening(motifs=[motif], first_day=FRIDAY + timedelta(weeks=3))

        content = search(client, organization, motif=motif.pk).content.decode()

        assert "Aucun créneau cette semaine" in content
        assert "Le prochain est le vendredi 27\u00a0mars 2026." in content
        assert f"?motif={motif.pk}&amp;du=2026-03-27" in content

    def test_after_the_week_asked_for_not_before(self, client, admin, organization, motif):
        make_opening(motifs=[motif], first_day=MONDAY)

        response = search(client, organization, motif=motif.pk, du="2026-03-16")

        assert response.context["results"].first_later is None
        assert "pas d'autre dans les mois qui viennent" in response.content.decode()
        assert nexts(response)  # What is free before stays offered on top.

    @pytest.mark.parametrize("filters", [{}, {"jour": "ven", "moment": "matin"}])
    def test_past_the_windows_the_next_one_is_computed(self, client, admin, organization, motif, filters):
        far = FRIDAY + timedelta(weeks=60)
        opening = make_opening(motifs=[motif], first_day=far)
        make_opening(motifs=[motif], first_day=far + timedelta(weeks=6))

        response = search(client, organization, motif=motif.pk, **filters)

        assert Calendar.objects.get(pk=opening.calendar_id).windows_until < far
        assert response.context["results"].first_later == far
        assert nexts(response) == [(str(opening.location), paris(far, 9))]
        assert "Vendredi 30\u00a0avril 2027" in response.content.decode().replace("vendredi", "Vendredi")
        week = search(client, organization, motif=motif.pk, du=far, **filters)
        assert hours(week)

    def test_where_everybody_is_full_as_far_as_windows_go_the_next_one_is_after(
        self, client, admin, organization, motif
    ):
        opening = make_opening(motifs=[motif], rrule="FREQ=WEEKLY;BYDAY=MO")
        until = MONDAY + timedelta(weeks=20)
        make_unavailability(
            calendar=opening.calendar, organization=organization, days_spanned=(until - MONDAY).days - 1
        )

        assert nexts(search(client, organization, motif=motif.pk)) == [(str(opening.location), paris(until, 9))]

    @pytest.mark.parametrize("hours", [time(9, 30), time(10)])
    def test_the_last_day_of_all_has_its_page(self, client, admin, organization, motif, hours):
        """Without any slot, and with one on every day of the week after."""
        make_opening(motifs=[motif], rrule="FREQ=WEEKLY;BYDAY=MO", end_time=hours)

        response = search(client, organization, motif=motif.pk, du=MONDAY + timedelta(days=729), jour="ven")

        assert response.status_code == 200
        assert response.context["results"].first_later is None

    def test_it_says_what_to_check(self, client, admin, organization, motif):
        assert "ne porte ce motif" in search(client, organization, motif=motif.pk).content.decode()

        make_opening(motifs=[motif], end_time=time(9, 30))
        assert "trop courtes pour 1\u00a0h" in search(client, organization, motif=motif.pk).content.decode()

        filtered = search(client, organization, motif=motif.pk, jour="dim").content.decode()
        assert "Retirer les filtres" in filtered


class TestFollowUp:
    @pytest.fixture
    def follow_up(self, organization):
        return make_motif(organization=organization, is_follow_up=True, duration=timedelta(hours=1))

    @pytest.fixture
    def referent(self, organization, follow_up):
        """One of two agents who open hours for the follow-up."""
        agents = [make_agent(organization=organization) for _ in range(2)]
        for agent in agents:
            make_opening(calendar=agent.calendar, motifs=[follow_up], end_time=time(10))
        return agents[0]

    def test_without_the_citizen_there_is_no_slot_and_the_page_asks_for_whom(
        self, client, admin, organization, follow_up, referent
    ):
        response = search(client, organization, motif=follow_up.pk)

        assert hours(response) == []
        assert nexts(response) == []
        assert "il se prend avec un agent référent" in response.content.decode()

    def test_the_citizen_is_found_there(self, client, admin, organization, follow_up, referent):
        zoe = make_citizen(organization=organization, first_name="Zoé")

        content = search(client, organization, motif=follow_up.pk, q="zoe").content.decode()

        assert f"?motif={follow_up.pk}&amp;usager={zoe.pk}" in content

    def test_only_their_referents_are_offered(self, client, admin, organization, follow_up, referent):
        zoe = make_citizen(organization=organization)
        zoe.referents.add(referent)

        response = search(client, organization, motif=follow_up.pk, usager=zoe.pk)

        assert {name for _, name, _, _ in offered(response)} == {str(referent)}

    def test_without_referent_there_is_none_and_the_page_says_why(
        self, client, admin, organization, follow_up, referent
    ):
        zoe = make_citizen(organization=organization)

        response = search(client, organization, motif=follow_up.pk, usager=zoe.pk)

        assert hours(response) == []
        assert "Choisir les référents" in response.content.decode()


class TestWhoIsOffered:
    @pytest.mark.parametrize(
        ("who", "seen"),
        [
            ("service a", {"Anne A", "Guichet libre"}),
            ("service b", {"Bruno B", "Guichet b", "Guichet libre"}),
            ("front desk", {"Anne A", "Bruno B", "Guichet b", "Guichet libre"}),
            ("admin", {"Anne A", "Bruno B", "Guichet b", "Guichet libre"}),
        ],
    )
    def test_the_calendars_that_the_member_may_see(self, client, organization, motif, who, seen):
        units = {name: make_unit(territory=organization.territory) for name in "ab"}
        anne = make_agent(organization=organization, units=[units["a"]], first_name="Anne", last_name="A")
        bruno = make_agent(organization=organization, units=[units["b"]], first_name="Bruno", last_name="B")
        desks = [
            make_desk(organization=organization, name="Guichet b", units=[units["b"]]),
            make_desk(organization=organization, name="Guichet libre"),
        ]
        calendars = [anne.calendar, bruno.calendar, *(desk.calendar for desk in desks)]
        for calendar in calendars:
            make_opening(calendar=calendar, motifs=[motif], end_time=time(10))
        client.force_login(
            make_agent(
                organization=organization,
                units={"service a": [units["a"]], "service b": [units["b"]]}.get(who, []),
                is_front_desk=who == "front desk",
                role=Membership.Role.ADMIN if who == "admin" else Membership.Role.BASIC,
            )
        )

        response = search(client, organization, motif=motif.pk)

        assert {name for _, name, _, _ in offered(response)} == seen
        for calendar in calendars:
            status = search(client, organization, motif=motif.pk, agenda=calendar.pk).status_code
            assert status == (200 if str(calendar) in seen else 422)

    def test_a_motif_of_another_service_does_not_exist(self, client, organization):
        units = [make_unit(territory=organization.territory) for _ in range(2)]
        motif = make_motif(organization=organization, units=[units[1]])
        client.force_login(make_agent(organization=organization, units=[units[0]]))

        assert search(client, organization, motif=motif.pk).status_code == 404
        assert search(client, organization).context["groups"] == []

    def test_an_agent_of_elsewhere_finds_no_such_page(self, client, organization, motif):
        for elsewhere in [make_organization(territory=organization.territory), make_organization()]:
            client.force_login(make_agent(organization=elsewhere, role=Membership.Role.ADMIN))

            assert search(client, organization, motif=motif.pk).status_code == 404

    def test_busy_time_of_other_organizations_counts(self, client, admin, organization, motif):
        agent = make_agent(organization=organization)
        elsewhere = make_organization()
        make_opening(calendar=agent.calendar, motifs=[motif], end_time=time(11))
        make_appointment(
            organization=elsewhere,
            motif=make_motif(organization=elsewhere, duration=timedelta(hours=1)),
            calendar=agent.calendar,
            starts_at=paris(MONDAY, 9),
        )

        assert hours(search(client, organization, motif=motif.pk)) == [paris(MONDAY, 10)]
