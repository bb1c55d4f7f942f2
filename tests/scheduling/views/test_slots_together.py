"""« À plusieurs »: slots that all the chosen agents and desks have free, from the search to the appointment."""

import uuid
from datetime import time, timedelta
from urllib.parse import parse_qs, urlsplit

import pytest
import time_machine
from django.urls import reverse

from organizations.models import Citizen, Membership, Motif
from scheduling.models import Appointment
from tests.factories import (
    FRIDAY,
    MONDAY,
    NOW,
    THURSDAY,
    TUESDAY,
    make_agent,
    make_appointment,
    make_citizen,
    make_desk,
    make_location,
    make_motif,
    make_opening,
    make_organization,
    make_team,
    make_territory,
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
    return make_motif(organization=organization, name="Accès aux droits", duration=timedelta(hours=1))


@pytest.fixture
def place(organization):
    return make_location(organization=organization, name="Centre social")


@pytest.fixture
def pair(organization, motif, place):
    """Inès from 9 h to 12 h, Marc from 10 h to 13 h, on Monday and on Thursday."""
    calendars = {}
    for first_name, last_name, start in [("Inès", "Alpha", 9), ("Marc", "Beta", 10)]:
        calendar = make_agent(organization=organization, first_name=first_name, last_name=last_name).calendar
        make_opening(
            calendar=calendar,
            motifs=[motif],
            location=place,
            start_time=time(start),
            end_time=time(start + 3),
            rrule="FREQ=WEEKLY;BYDAY=MO,TH",
        )
        calendars[first_name] = calendar
    return calendars["Inès"], calendars["Marc"]


def search(client, organization, **asked):
    return client.get(reverse("scheduling:slot_search", args=[organization.slug]), asked)


def together(client, motif, *calendars, **asked):
    ids = [calendar.pk for calendar in calendars]
    return search(client, motif.organization, motif=motif.pk, plusieurs=1, agenda=ids, **asked)


def hours(response):
    return [
        choice.slot.starts_at for _, rows in response.context["results"].days for row in rows for choice in row.choices
    ]


def text(response):
    return response.content.decode().replace("&#x27;", "'").replace("&nbsp;", "\u00a0")


class TestSearch:
    def test_offers_the_starts_at_which_all_are_free(self, client, admin, motif, pair):
        response = together(client, motif, *pair)

        assert hours(response) == [paris(day, hour) for day in (MONDAY, THURSDAY) for hour in (10, 11)]
        ((_, (row,)), _) = response.context["results"].days
        assert (row.who, str(row.location)) == ("Inès Alpha et Marc Beta", "Centre social")
        assert "Libres en même temps" in text(response)

    def test_the_first_of_each_place_stands_on_top(self, client, admin, motif, pair):
        (first,) = together(client, motif, *pair).context["results"].next_choices

        assert (first.slot.starts_at, str(first.location), first.who) == (
            paris(MONDAY, 10),
            "Centre social",
            "Inès Alpha et Marc Beta",
        )

    def test_a_desk_and_somebody_who_opens_for_other_motifs_may_be_among_them(
        self, client, admin, organization, motif, place, pair
    ):
        desk = make_desk(location=place, motifs=[motif])
        make_opening(calendar=desk.calendar, motifs=[motif], location=place)
        other = make_opening(motifs=[make_motif(organization=organization)], location=place, start_time=time(11))

        response = together(client, motif, pair[0], desk.calendar, other.calendar)

        assert hours(response) == [paris(MONDAY, 11)]

    def test_alone_such_a_calendar_has_no_slot(self, client, admin, organization, motif, place, pair):
        other = make_opening(motifs=[make_motif(organization=organization)], location=place)

        response = search(client, organization, motif=motif.pk, agenda=other.calendar_id)

        assert response.status_code == 200
        assert hours(response) == []

    @pytest.mark.parametrize(
        ("filters", "expected"),
        [
            ({"jour": "jeu"}, [paris(THURSDAY, 10), paris(THURSDAY, 11)]),
            ({"moment": "apres-midi"}, []),
            ({"du": TUESDAY.isoformat()}, [paris(THURSDAY, 10), paris(THURSDAY, 11)]),
        ],
    )
    def test_the_other_filters_narrow_it(self, client, admin, motif, pair, filters, expected):
        found = hours(together(client, motif, *pair, **filters))

        assert [start for start in found if start < paris(FRIDAY, 0)] == expected

    def test_a_place_narrows_it(self, client, admin, organization, motif, place, pair):
        south = make_location(organization=organization, name="Sud")
        for calendar in pair:
            make_opening(calendar=calendar, motifs=[motif], location=south, first_day=FRIDAY, end_time=time(10))

        assert hours(together(client, motif, *pair, lieu=south.pk)) == [paris(FRIDAY, 9)]
        assert paris(FRIDAY, 9) not in hours(together(client, motif, *pair, lieu=place.pk))

    def test_a_team_alone_is_all_of_its_agents(self, client, admin, organization, motif, pair):
        team = make_team(territory=organization.territory, agents=[calendar.agent for calendar in pair])

        assert hours(together(client, motif, equipe=team.pk))[:2] == [paris(MONDAY, 10), paris(MONDAY, 11)]

    def test_who_is_chosen_and_not_of_the_team_makes_it_nobody(self, client, admin, organization, motif, pair):
        team = make_team(territory=organization.territory, agents=[pair[0].agent])

        response = together(client, motif, *pair, equipe=team.pk)

        assert response.context["results"] is None
        assert "Marc Beta n'est pas de l'équipe" in text(response)

    @pytest.mark.parametrize("chosen", [0, 1])
    def test_with_less_than_two_the_page_asks_with_whom(self, client, admin, motif, pair, chosen):
        response = together(client, motif, *pair[:chosen])

        assert response.status_code == 200
        assert response.context["results"] is None
        assert "choisissez au moins deux agents ou guichets" in text(response)

    def test_everything_stays_in_the_address_of_other_weeks_and_of_the_month(self, client, admin, motif, pair):
        ids = [str(calendar.pk) for calendar in pair]
        content = text(together(client, motif, *pair))

        for anchor in ('rel="next"', "trouver-un-rdv/mois/"):
            tag = next(piece for piece in content.split("<a ") if anchor in piece.split(">")[0])
            asked = parse_qs(urlsplit(tag.split('href="')[1].split('"')[0].replace("&amp;", "&")).query)
            assert (asked["plusieurs"], asked["agenda"]) == (["1"], ids)

    def test_the_month_counts_what_all_have(self, client, admin, motif, pair):
        ids = [calendar.pk for calendar in pair]
        url = reverse("scheduling:slot_month", args=[motif.organization.slug])

        month = client.get(url, {"motif": motif.pk, "plusieurs": 1, "agenda": ids}).context["month"]

        assert [day.slots for day in month.weeks[0][:4]] == [2, 0, 0, 2]

    def test_the_month_asks_with_whom_on_the_search(self, client, admin, motif, pair):
        url = reverse("scheduling:slot_month", args=[motif.organization.slug])

        assert "trouver-un-rdv/?" in client.get(url, {"motif": motif.pk, "plusieurs": 1}).url

    def test_calendars_of_others_are_refused(self, client, admin, organization, motif, pair):
        elsewhere = make_opening(motifs=[make_motif(organization=make_organization(territory=organization.territory))])

        response = together(client, motif, pair[0], elsewhere.calendar)

        assert response.status_code == 422
        assert response.context["results"] is None

    def test_a_plain_agent_chooses_among_those_they_see(self, client, organization, motif, place, pair):
        unit = make_unit(territory=organization.territory)
        agent = make_agent(organization=organization, units=[unit])
        make_opening(calendar=agent.calendar, motifs=[motif], location=place)
        client.force_login(agent)

        response = together(client, motif, agent.calendar, pair[0])

        assert response.status_code == 422
        assert "Inès" not in text(response)

    def test_a_follow_up_is_of_referents_only(self, client, admin, organization, place):
        motif = make_motif(organization=organization, is_follow_up=True)
        referent, other = (make_opening(motifs=[motif], location=place).calendar for _ in range(2))
        zoe = make_citizen(organization=organization)
        zoe.referents.add(referent.agent)

        response = together(client, motif, referent, other, usager=zoe.pk)

        assert response.status_code == 422

    def test_queries_do_not_grow_with_those_who_are_chosen(
        self, client, admin, organization, motif, place, pair, assert_query_count
    ):
        others = [make_opening(motifs=[motif], location=place).calendar for _ in range(6)]

        with assert_query_count("slot_search together"):
            together(client, motif, *pair)
        with assert_query_count("slot_search together"):
            together(client, motif, *pair, *others)


def typed(**fields):
    return {"last_name": "Durand", "first_name": "Zoé", "idempotency_key": str(uuid.uuid4())} | fields


class TestBooking:
    @pytest.fixture
    def url(self, client, admin, motif, pair):
        """Of Monday at 10 h, as the search gives it."""
        return together(client, motif, *pair).context["results"].next_choices[0].url

    def test_is_one_appointment_of_all(self, client, url, pair):
        assert "Inès Alpha et Marc Beta" in text(client.get(url))

        assert client.post(url, typed()).status_code == 302
        appointment = Appointment.objects.get()
        assert appointment.starts_at == paris(MONDAY, 10)
        assert set(appointment.calendars.order_by("pk")) == set(pair)

    @pytest.mark.parametrize("lost", [0, 1])
    def test_lost_by_one_offers_what_all_have_and_keeps_what_was_typed(self, client, url, motif, pair, lost):
        make_appointment(motif=motif, calendar=pair[lost], starts_at=paris(MONDAY, 10))
        request = typed(context_note="À garder")

        response = client.post(url, request)

        assert response.status_code == 422
        assert Appointment.objects.count() == 1
        assert "À garder" in text(response)
        others = response.context["others"]
        assert [other.slot.starts_at for other in others][:2] == [paris(MONDAY, 11), paris(THURSDAY, 10)]
        assert all(other.who == "Inès Alpha et Marc Beta" for other in others)
        booked = client.post(url.split("?")[0] + others[0].url, request)
        assert booked.status_code == 302
        assert Citizen.objects.get(last_name="Durand").appointments.get().calendars.count() == 2

    def test_is_said_before_anything_is_typed(self, client, url, motif, pair):
        make_appointment(motif=motif, calendar=pair[1], starts_at=paris(MONDAY, 10))

        assert "Ce créneau n'est plus disponible" in text(client.get(url))

    def test_back_to_the_search_leads_to_the_same_calendars(self, client, url, pair):
        asked = parse_qs(urlsplit(client.get(url).context["search_url"]).query)

        assert asked["plusieurs"] == ["1"]
        assert asked["agenda"] == [str(calendar.pk) for calendar in pair]

    def test_the_citizen_is_searched_for_all_of_them(self, client, url, motif, pair):
        zoe = make_citizen(organization=motif.organization, first_name="Zoé", last_name="Durand")

        content = text(client.get(f"{url}&q=durand"))
        for calendar in pair:
            assert f'name="agenda" value="{calendar.pk}"' in content
        found = next(piece for piece in content.split('href="') if f"usager={zoe.pk}" in piece.split('"')[0])
        assert found.split('"')[0].count("agenda=") == 2

    def test_one_that_is_not_seen_books_nothing(self, client, url, organization, pair):
        strangers = [
            make_opening(motifs=[make_motif(organization=elsewhere)]).calendar
            for elsewhere in (make_organization(territory=organization.territory), make_organization())
        ]
        for stranger in strangers:
            response = client.post(f"{url}&agenda={stranger.pk}", typed())

            assert response.status_code == 302
            assert response.url.startswith(reverse("scheduling:slot_search", args=[organization.slug]))
        assert not Appointment.objects.exists()

    def test_the_same_calendar_twice_is_one(self, client, admin, motif, pair):
        ines = pair[0]
        url = reverse("scheduling:appointment_add", args=[motif.organization.slug])
        location = ines.openings.get().location_id
        asked = f"motif={motif.pk}&debut=2026-03-02T08:00:00Z&lieu={location}&agenda={ines.pk}&agenda={ines.pk}"

        assert client.post(f"{url}?{asked}", typed()).status_code == 302
        assert Appointment.objects.get().calendars.get() == ines

    def test_a_follow_up_needs_each_of_them_to_be_a_referent(self, client, admin, organization, place):
        motif = make_motif(organization=organization, is_follow_up=True, location_kind=Motif.LocationKind.PHONE)
        referent, other = (make_opening(motifs=[motif]).calendar for _ in range(2))
        zoe = make_citizen(organization=organization, phone="+33612345678")
        zoe.referents.add(referent.agent)
        url = reverse("scheduling:appointment_add", args=[organization.slug])
        asked = f"motif={motif.pk}&debut=2026-03-02T08:00:00Z&usager={zoe.pk}&agenda={referent.pk}&agenda={other.pk}"
        given = {"idempotency_key": uuid.uuid4(), "phone": "06 12 34 56 78"}

        assert client.post(f"{url}?{asked}", given).status_code == 302
        assert not Appointment.objects.exists()
        zoe.referents.add(other.agent)
        client.post(f"{url}?{asked}", given)
        assert Appointment.objects.get().calendars.count() == 2


class TestWhyNone:
    """« Pourquoi aucun créneau ? » of several: which calendar is not free."""

    def explain(self, client, organization, motif, calendars, **asked):
        url = reverse("scheduling:slot_explanation", args=[organization.slug])
        ids = [calendar.pk for calendar in calendars]
        return client.get(url, {"motif": motif.pk, "jour": MONDAY, "plusieurs": 1, "agenda": ids} | asked)

    def told(self, response):
        return [(start["at"], start["not_free"]) for start in response.context["results"]["joint"]["starts"]]

    def test_the_search_leads_there_with_all_of_them(self, client, admin, motif, pair):
        content = text(together(client, motif, *pair, du=TUESDAY.isoformat(), jour="ven"))

        assert "Aucun créneau cette semaine" in content
        tag = next(part for part in content.split('href="') if "/pourquoi/" in part.split('"')[0])
        asked = parse_qs(urlsplit(tag.split('"')[0].replace("&amp;", "&")).query)
        assert asked["agenda"] == [str(calendar.pk) for calendar in pair]
        assert (asked["plusieurs"], asked["jour"]) == (["1"], [TUESDAY.isoformat()])

    def test_each_start_says_who_is_not_free(self, client, admin, organization, motif, pair):
        make_appointment(motif=motif, calendar=pair[0], starts_at=paris(MONDAY, 11))

        response = self.explain(client, organization, motif, pair)

        assert self.told(response) == [
            (paris(MONDAY, 9), ["Marc Beta"]),
            (paris(MONDAY, 10), []),
            (paris(MONDAY, 11), ["Inès Alpha"]),
            (paris(MONDAY, 12), ["Inès Alpha"]),
        ]
        assert "1\u00a0créneau commun" in text(response)
        assert response.context["results"]["joint"]["names"] == ["Inès Alpha", "Marc Beta"]

    def test_each_calendar_is_explained_below(self, client, admin, organization, motif, pair):
        response = self.explain(client, organization, motif, pair)

        assert [shown.found.calendar for shown in response.context["results"]["calendars"]] == list(pair)

    def test_a_day_without_any_start_says_so(self, client, admin, organization, motif, pair):
        response = self.explain(client, organization, motif, pair, jour=TUESDAY)

        assert "Aucun d'eux n'a de créneau pour ce motif ce jour-là." in text(response)

    def test_it_agrees_with_the_search(self, client, admin, organization, motif, pair):
        free = [start for start, not_free in self.told(self.explain(client, organization, motif, pair)) if not not_free]

        assert free == [start for start in hours(together(client, motif, *pair)) if start < paris(TUESDAY, 0)]

    def test_the_form_keeps_them_for_another_day(self, client, admin, organization, motif, pair):
        content = text(self.explain(client, organization, motif, pair))

        for calendar in pair:
            assert f'type="hidden" name="agenda" value="{calendar.pk}"' in content
        assert 'type="hidden" name="plusieurs"' in content

    def test_calendars_of_others_are_refused(self, client, admin, organization, motif, pair):
        stranger = make_opening(motifs=[make_motif(organization=make_organization())]).calendar

        response = self.explain(client, organization, motif, [pair[0], stranger])

        assert response.status_code == 422
        assert str(stranger) not in text(response)
