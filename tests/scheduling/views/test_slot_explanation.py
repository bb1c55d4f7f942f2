"""« Pourquoi aucun créneau ? »: what each member is told, what they may mend, and that any address has an answer."""

from datetime import time, timedelta

import pytest
import time_machine
from django.urls import reverse

from organizations.models import Membership, Motif
from scheduling.engine.series import Scope
from scheduling.services.openings import change_opening
from tests.factories import (
    MONDAY,
    NOW,
    TUESDAY,
    make_agent,
    make_appointment,
    make_calendar,
    make_citizen,
    make_closure,
    make_desk,
    make_location,
    make_motif,
    make_opening,
    make_option,
    make_organization,
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
    return make_organization()


@pytest.fixture
def motif(organization):
    return make_motif(organization=organization, name="Accès aux droits")


@pytest.fixture
def admin(client, organization):
    admin = make_agent(organization=organization, role=Membership.Role.ADMIN)
    client.force_login(admin)
    return admin


@pytest.fixture
def calendar(organization):
    return make_calendar(organization=organization)


def ask(client, organization, **asked):
    return client.get(reverse("scheduling:slot_explanation", args=[organization.slug]), asked)


def text_of(response):
    return response.content.decode().replace("\u00a0", " ").replace("&#x27;", "'")


def link(name, organization, *ids):
    return f'href="{reverse(name, args=[organization.slug, *ids])}'


class TestInWords:
    def test_a_day_that_is_full_says_by_what(self, client, admin, organization, motif, calendar):
        make_opening(calendar=calendar, motifs=[motif], end_time=time(10))
        appointment = make_appointment(motif=motif, calendar=calendar)
        away = make_unavailability(
            calendar=calendar, organization=organization, title="Réunion", start_time=time(9, 30), end_time=time(11)
        )

        page = text_of(ask(client, organization, motif=motif.pk, jour=MONDAY))

        assert "Sur 1 h de plage pour ce motif : indisponibilité 30 min et rendez-vous 30 min." in page
        assert f"Rendez-vous : Accès aux droits, {appointment.people}" in page
        assert "Indisponibilité : Réunion" in page
        assert link("scheduling:appointment_detail", organization, appointment.pk) in page
        assert link("scheduling:unavailability_edit", organization, away.pk) in page

    def test_free_slots_are_listed_with_what_is_lost(self, client, admin, organization, motif, calendar):
        make_opening(calendar=calendar, motifs=[motif], end_time=time(10, 10))

        page = text_of(ask(client, organization, motif=motif.pk, jour=MONDAY))

        assert "2 créneaux : 9 h et 9 h 30" in page
        assert "Reste trop court : 10 min, il faut 30 min" in page

    def test_a_day_without_opening_leads_to_adding_one(self, client, admin, organization, motif, calendar):
        make_opening(calendar=calendar, motifs=[motif], rrule="FREQ=WEEKLY;BYDAY=MO")

        page = text_of(ask(client, organization, motif=motif.pk, jour=TUESDAY))

        assert "La prochaine plage de ce motif est le lundi 9 mars 2026." in page
        assert f"{link('scheduling:opening_add', organization)}?agenda={calendar.pk}" in page

    def test_a_removed_occurrence_is_told(self, client, admin, organization, motif, calendar):
        make_opening(calendar=calendar, motifs=[motif], rrule="FREQ=WEEKLY;BYDAY=MO", excluded_days=[MONDAY])

        page = text_of(ask(client, organization, motif=motif.pk, jour=MONDAY))

        assert "La plage de 9 h n'a pas lieu : cette date est retirée de la série." in page

    def test_an_occurrence_edited_on_its_own_is_told_with_its_hours(self, client, admin, organization, motif, calendar):
        series = make_opening(calendar=calendar, motifs=[motif], rrule="FREQ=DAILY")
        edited = change_opening(
            opening=series,
            motifs=[motif],
            now=NOW,
            scope=Scope.OCCURRENCE,
            day=MONDAY,
            rrule="",
            start_time=time(10),
            end_time=time(11),
        )

        page = text_of(ask(client, organization, motif=motif.pk, jour=MONDAY))

        assert "La plage de 9 h n'a pas lieu : cette date a été modifiée à part, de 10 h à 11 h." in page
        assert link("scheduling:opening_edit", organization, edited.pk) in page

    def test_a_closed_day_leads_to_the_opening_days(self, client, admin, organization, motif, calendar):
        make_opening(calendar=calendar, motifs=[motif])
        make_closure(organization=organization, label="Inventaire")

        page = text_of(ask(client, organization, motif=motif.pk, jour=MONDAY))

        assert "Fermeture : Inventaire" in page
        assert link("scheduling:opening_days", organization) in page

    def test_a_closed_day_is_told_without_any_opening(self, client, admin, organization, motif, calendar):
        make_opening(calendar=calendar, motifs=[motif], rrule="FREQ=WEEKLY;BYDAY=MO")

        assert "Fermé le dimanche" in text_of(
            ask(client, organization, motif=motif.pk, jour=MONDAY + timedelta(days=6))
        )

    def test_the_delays_of_a_citizen_give_the_instant(self, client, admin, organization, calendar):
        motif = make_motif(
            organization=organization,
            minimum_delay=timedelta(hours=3),
            maximum_delay=timedelta(hours=4),
            maximum_delay_months=None,
        )
        make_opening(calendar=calendar, motifs=[motif])

        for_agent = text_of(ask(client, organization, motif=motif.pk, jour=MONDAY))
        for_citizen = text_of(ask(client, organization, motif=motif.pk, jour=MONDAY, pour="usager"))

        assert "6 créneaux : 9 h, 9 h 30, 10 h, 10 h 30, 11 h et 11 h 30" in for_agent
        assert "Délai minimum de 3 h, pas avant le lundi 2 mars 2026 à 10 h : 9 h et 9 h 30" in for_citizen
        assert "Délai maximum de 4 h, pas après le lundi 2 mars 2026 à 11 h : 11 h 30" in for_citizen
        assert link("scheduling:motif_edit", organization, motif.pk) in for_citizen

    def test_what_is_past_is_past(self, client, admin, organization, motif, calendar):
        make_opening(calendar=calendar, motifs=[motif], now=NOW - timedelta(days=9), first_day=MONDAY)

        with time_machine.travel(paris(MONDAY, 13), tick=False):
            page = text_of(ask(client, organization, motif=motif.pk, jour=MONDAY))

        assert "Déjà passé : 9 h, 9 h 30, 10 h, 10 h 30, 11 h et 11 h 30" in page

    def test_an_agents_motif_is_said_not_to_be_on_the_portal(self, client, admin, organization, calendar):
        motif = make_motif(organization=organization, booking_audience=Motif.BookingAudience.AGENTS)
        make_opening(calendar=calendar, motifs=[motif])

        assert "Seuls les agents réservent ce motif" in text_of(
            ask(client, organization, motif=motif.pk, jour=MONDAY, pour="usager")
        )

    def test_the_length_is_that_of_the_option_for_so_many_persons(self, client, admin, organization, calendar):
        motif = make_motif(organization=organization, max_persons=3)
        option = make_option(motif=motif, duration=timedelta(hours=1))
        make_opening(calendar=calendar, motifs=[motif])

        page = text_of(ask(client, organization, motif=motif.pk, jour=MONDAY, option=option.pk, personnes=3))

        assert "1 créneau : 9 h" in page

    def test_a_follow_up_leads_to_the_referents(self, client, admin, organization, calendar):
        motif = make_motif(organization=organization, is_follow_up=True)
        make_opening(calendar=calendar, motifs=[motif])
        citizen = make_citizen(organization=organization)

        without = text_of(ask(client, organization, motif=motif.pk, jour=MONDAY, usager=citizen.pk))
        citizen.referents.add(calendar.agent)
        followed = text_of(ask(client, organization, motif=motif.pk, jour=MONDAY, usager=citizen.pk))

        assert "Motif de suivi : aucun agent référent choisi." in without
        assert link("organizations:citizen_edit", organization, citizen.pk) in without
        assert "6 créneaux" in followed


class TestThePicture:
    def test_every_piece_is_drawn_to_scale(self, client, admin, organization, motif, calendar):
        make_opening(calendar=calendar, motifs=[motif], end_time=time(11))
        make_appointment(motif=motif, calendar=calendar, starts_at=paris(MONDAY, 9, 30))

        response = ask(client, organization, motif=motif.pk, jour=MONDAY)

        (shown,) = response.context["results"]["calendars"]
        (lane,) = shown.lanes
        assert [(piece.kind, piece.x, piece.width) for piece in lane.pieces] == [
            ("free", "0.000%", "25.000%"),
            ("appointment", "25.000%", "25.000%"),
            ("free", "50.000%", "50.000%"),
        ]
        assert [tick.label for tick in response.context["results"]["axis"].ticks] == [
            "9\u00a0h",
            "10\u00a0h",
            "11\u00a0h",
        ]
        page = text_of(response)
        assert page.count('class="day-piece day-piece-appointment"') == 2  # The piece and its key.
        assert 'role="img"' in page
        assert "Le tableau qui suit dit la même chose." in page

    def test_the_hour_that_stands_twice_is_drawn_twice(self, client, admin, organization, motif, calendar):
        organization.open_weekdays = list(range(7))
        organization.save()
        autumn = MONDAY.replace(month=10, day=25)
        make_opening(calendar=calendar, motifs=[motif], first_day=autumn, start_time=time(1), end_time=time(5))

        axis = ask(client, organization, motif=motif.pk, jour=autumn).context["results"]["axis"]

        assert [tick.label.replace("\u00a0", " ") for tick in axis.ticks] == [
            "1 h",
            "2 h",
            "2 h",
            "3 h",
            "4 h",
            "5 h",
        ]

    def test_a_day_to_midnight_ends_at_24(self, client, admin, organization, motif, calendar):
        make_opening(calendar=calendar, motifs=[motif], start_time=time(22), end_time=time(0))

        axis = ask(client, organization, motif=motif.pk, jour=MONDAY).context["results"]["axis"]

        assert [tick.label.replace("\u00a0", " ") for tick in axis.ticks] == ["22 h", "23 h", "24 h"]

    def test_openings_share_a_row_unless_they_overlap(self, client, admin, organization, motif, calendar):
        for start, end in ((9, 12), (10, 11), (12, 14)):
            make_opening(calendar=calendar, motifs=[motif], start_time=time(start), end_time=time(end))

        (shown,) = ask(client, organization, motif=motif.pk, jour=MONDAY).context["results"]["calendars"]

        assert [lane.y for lane in shown.lanes] == [24, 60, 24]
        assert shown.height == 96


class TestWhoReadsWhat:
    def test_a_plain_agent_mends_their_own_calendar_only(self, client, organization, motif):
        unit = make_unit(territory=organization.territory)
        reader, colleague = (make_agent(organization=organization, units=[unit]) for _ in range(2))
        client.force_login(reader)
        for agent in (reader, colleague):
            make_opening(calendar=agent.calendar, motifs=[motif])
            away = make_unavailability(calendar=agent.calendar, organization=organization)
        make_closure(organization=organization)

        page = text_of(ask(client, organization, motif=motif.pk, jour=MONDAY))

        assert str(colleague) in page
        assert link("scheduling:unavailability_edit", organization, away.pk) not in page
        assert page.count(link("scheduling:opening_add", organization)) == 1
        assert f"{link('scheduling:opening_add', organization)}?agenda={reader.calendar.pk}" in page
        assert f'{link("scheduling:opening_days", organization)}"' not in page
        assert "Les agendas que vous ne voyez pas" in page

    def test_calendars_of_other_services_are_not_explained(self, client, organization, motif):
        social, pmi = (make_unit(territory=organization.territory) for _ in range(2))
        client.force_login(make_agent(organization=organization, units=[social]))
        hidden = make_agent(organization=organization, units=[pmi])
        make_opening(calendar=hidden.calendar, motifs=[motif])

        page = text_of(ask(client, organization, motif=motif.pk, jour=MONDAY))

        assert str(hidden) not in page
        assert "Aucune plage d'ouverture ne porte ce motif à cette date" in page
        assert ask(client, organization, motif=motif.pk, agenda=hidden.calendar.pk).status_code == 422

    def test_names_of_another_organization_stay_there(self, client, admin, organization, motif, calendar):
        make_opening(calendar=calendar, motifs=[motif])
        elsewhere = make_motif(organization=make_organization(), name="Secret")
        make_appointment(motif=elsewhere, calendar=calendar)
        make_unavailability(calendar=calendar, organization=elsewhere.organization, title="Secret")

        page = text_of(ask(client, organization, motif=motif.pk, jour=MONDAY))

        assert "Occupé" in page
        assert "Indisponible" in page
        assert "Secret" not in page


def test_an_empty_search_leads_here(client, admin, organization, motif, calendar):
    make_opening(calendar=calendar, motifs=[motif])
    make_closure(organization=organization)
    address = reverse("scheduling:slot_search", args=[organization.slug])

    page = text_of(client.get(address, {"motif": motif.pk, "moment": "matin", "jour": "lun"}))
    explained = f'{link("scheduling:slot_explanation", organization)}?motif={motif.pk}&amp;jour=2026-03-02"'

    assert explained in page
    assert "Fermeture : Inventaire" in text_of(ask(client, organization, motif=motif.pk, jour="2026-03-02"))


class TestAnyAddressHasAnAnswer:
    @pytest.mark.parametrize(
        ("asked", "message"),
        [
            ({"motif": "99999999999999999999"}, "Ce motif n'existe pas"),
            ({"motif": "demain"}, "Ce motif n'existe pas"),
            ({"motif": "\x00"}, "caractère nul"),
            ({"jour": "9999-12-31"}, "moins de deux ans"),
            ({"jour": "0001-01-01"}, "moins de deux ans"),
            ({"jour": "demain"}, "Cette date n'existe pas"),
            ({"agenda": "99999999999999999999"}, "Cet agenda n'existe pas"),
            ({"agenda": "moi"}, "Cet agenda n'existe pas"),
            ({"usager": "99999999999999999999"}, ""),
            ({"pour": "personne"}, ""),
            ({"option": "la mienne"}, ""),
            ({"personnes": "0"}, ""),
            ({"personnes": "99999999999999999999"}, "2 personnes au plus"),
        ],
    )
    def test_nonsense_is_refused_with_a_message(self, client, admin, organization, asked, message):
        motif = make_motif(organization=organization, max_persons=2)
        make_option(motif=motif)
        make_option(motif=motif)

        response = ask(client, organization, **{"motif": motif.pk} | asked)

        assert response.status_code == 422
        assert message in text_of(response)

    def test_what_belongs_to_another_tenant_does_not_exist(self, client, admin, organization, motif):
        other = make_opening()

        for asked in (
            {"motif": other.motifs.get().pk},
            {"motif": motif.pk, "agenda": other.calendar_id},
            {"motif": motif.pk, "usager": make_citizen(organization=other.organization).pk},
        ):
            response = ask(client, organization, jour=MONDAY, **asked)
            assert response.status_code == 422
            assert str(other.calendar) not in text_of(response)

    def test_without_a_motif_the_page_asks_for_one(self, client, admin, organization, motif):
        response = ask(client, organization)

        assert response.status_code == 200
        assert "Choisissez un motif et un jour" in text_of(response)
        assert "Accès aux droits" in text_of(response)

    def test_the_days_beside_lead_no_further_than_the_form(self, client, admin, organization, motif):
        last = MONDAY + timedelta(days=730)

        assert 'rel="next"' not in text_of(ask(client, organization, motif=motif.pk, jour=last))
        assert 'rel="prev"' in text_of(ask(client, organization, motif=motif.pk, jour=last))

    def test_an_option_of_the_motif_before_means_the_first_one(self, client, admin, organization, motif, calendar):
        other = make_option(motif=make_motif(organization=organization))
        make_option(motif=motif, name="Dossier")
        make_opening(calendar=calendar, motifs=[motif])

        response = ask(client, organization, motif=motif.pk, jour=MONDAY, option=other.pk)

        assert response.status_code == 200
        assert "« Accès aux droits », Dossier" in text_of(response)

    def test_archived_and_collective_motifs_are_explained(self, client, admin, organization, calendar):
        archived = make_motif(organization=organization)
        collective = make_motif(organization=organization, is_collective=True)
        make_opening(calendar=calendar, motifs=[archived, collective])
        archived.archived_at = NOW
        archived.save()

        assert "Motif archivé." in text_of(ask(client, organization, motif=archived.pk, jour=MONDAY))
        assert "Motif collectif" in text_of(ask(client, organization, motif=collective.pk, jour=MONDAY))

    def test_pages_of_many_calendars(self, client, admin, organization, motif):
        for _ in range(12):
            make_opening(motifs=[motif], calendar=make_calendar(organization=organization))

        first = ask(client, organization, motif=motif.pk, jour=MONDAY)
        second = ask(client, organization, motif=motif.pk, jour=MONDAY, page=2)

        assert [len(page.context["results"]["calendars"]) for page in (first, second)] == [10, 2]
        assert "sur les agendas de cette page" in text_of(first)


@pytest.mark.parametrize("rows", [1, 6])
def test_queries_do_not_grow(client, admin, organization, motif, assert_query_count, rows):
    for number in range(rows):
        desk = make_desk(organization=organization, location=make_location(organization=organization), motifs=[motif])
        for calendar in (make_calendar(organization=organization), desk.calendar):
            make_opening(calendar=calendar, motifs=[motif])
            make_appointment(motif=motif, calendar=calendar, starts_at=paris(MONDAY, 9 + number % 3))
            make_unavailability(calendar=calendar, organization=organization, title="Réunion")

    with assert_query_count("slot_explanation"):
        response = ask(client, organization, motif=motif.pk, jour=MONDAY)

    assert response.context["results"]["page"].paginator.count == 2 * rows
