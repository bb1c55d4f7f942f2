"""Part time on screen: the cap of each calendar, and its gauge wherever hours open."""

from datetime import time, timedelta

import pytest
import time_machine
from django.urls import reverse

from organizations.models import Membership
from scheduling.models import Calendar
from tests.factories import (
    FRIDAY,
    MONDAY,
    NOW,
    TUESDAY,
    make_agent,
    make_desk,
    make_location,
    make_membership,
    make_motif,
    make_opening,
    make_organization,
)

pytestmark = pytest.mark.django_db

NBSP = "\N{NO-BREAK SPACE}"
H = timedelta(hours=1)
NEXT_WEEK = MONDAY + timedelta(days=7)


@pytest.fixture(autouse=True)
def _early():
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def organization():
    return make_organization()


@pytest.fixture
def motif(organization):
    return make_motif(organization=organization, name="Accueil social")


@pytest.fixture
def admin(client, organization):
    admin = make_agent(organization=organization, role=Membership.Role.ADMIN, first_name="Ada", last_name="Zola")
    client.force_login(admin)
    return admin


@pytest.fixture
def calendar(organization):
    return make_agent(organization=organization, first_name="Julie", last_name="Martin").calendar


def capped(calendar, hours):
    calendar.weekly_allowance = hours * H
    calendar.save(update_fields=["weekly_allowance"])
    return calendar


def opened(calendar, motif, hours, *, day=TUESDAY, rrule="FREQ=WEEKLY;BYDAY=TU", **fields):
    return make_opening(
        calendar=calendar,
        motifs=[motif],
        first_day=day,
        start_time=time(8),
        end_time=time(8 + hours),
        rrule=rrule,
        **fields,
    )


def url(name, organization, *arguments, **query):
    return reverse(f"scheduling:{name}", args=[organization.slug, *arguments], query=query)


def text(response):
    return response.content.decode().replace(NBSP, " ").replace("&nbsp;", " ").replace("&#x27;", "'")


def rows(response):
    return {str(row.calendar): row for row in response.context["rows"]}


class TestTheList:
    def test_shows_caps_what_is_open_and_what_is_left(self, client, organization, admin, motif, calendar):
        opened(capped(calendar, 16), motif, 10)

        page = text(client.get(url("allowance_list", organization)))

        assert "16 h par semaine" in page
        assert "10 h ouvertes sur 16 h, il reste 6 h" in page
        assert "Temps plein" in page
        assert "La plus remplie" not in page

    def test_counts_other_organizations_and_tells_nothing_of_them(self, client, organization, admin, motif, calendar):
        elsewhere = make_organization(name="Mairie de Sinseville")
        make_membership(agent=calendar.agent, organization=elsewhere)
        secret = make_motif(organization=elsewhere, name="Motif secret")
        opened(
            capped(calendar, 16),
            secret,
            4,
            title="Titre secret",
            location=make_location(organization=elsewhere, name="Lieu secret"),
        )
        opened(calendar, motif, 2, day=FRIDAY, rrule="")

        for page in ("allowance_list", "allowance_edit"):
            arguments = [calendar.pk] if page == "allowance_edit" else []
            shown = text(client.get(url(page, organization, *arguments)))

            assert "6 h ouvertes sur 16 h" in shown
            assert "secret" not in shown
            assert "Sinseville" not in shown

    def test_names_the_fullest_week_to_come(self, client, organization, admin, motif, calendar):
        opened(capped(calendar, 16), motif, 10)
        opened(calendar, motif, 5, day=FRIDAY + timedelta(days=14), rrule="")
        opened(calendar, motif, 12, day=FRIDAY - timedelta(days=14), rrule="")

        page = text(client.get(url("allowance_list", organization)))

        assert "La plus remplie à venir : 15 h la semaine du 16 mars 2026" in page

    def test_holds_the_desks_in_use_and_nobody_elses_calendars(self, client, organization, admin, calendar):
        desk = make_desk(organization=organization, name="Guichet A")
        make_desk(organization=organization, name="Rangé", archived_at=NOW)
        make_desk(organization=make_organization(territory=organization.territory), name="Voisin")

        assert list(rows(client.get(url("allowance_list", organization)))) == [
            str(calendar),
            str(admin.calendar),
            str(desk.calendar),
        ]

    @pytest.mark.parametrize(
        ("asked", "found"),
        [
            ({"q": "mart"}, {"Julie Martin"}),
            ({"q": "martin julie"}, {"Julie Martin"}),
            ({"q": "mairie"}, {"Guichet A"}),
            ({"partiel": "1"}, {"Julie Martin"}),
            ({"partiel": "1", "q": "zola"}, set()),
            ({"q": "personne"}, set()),
        ],
    )
    def test_is_searched_by_name_place_and_part_time(self, client, organization, admin, calendar, asked, found):
        capped(calendar, 16)
        make_desk(location=make_location(organization=organization, name="Mairie"), name="Guichet A")

        response = client.get(url("allowance_list", organization, **asked))

        assert set(rows(response)) == found
        assert found or "Aucun agenda trouvé" in text(response)

    @pytest.mark.parametrize("calendars", [1, 12])
    def test_costs_the_same_however_many_there_are(
        self, client, organization, admin, motif, assert_query_count, calendars
    ):
        for _ in range(calendars):
            opened(capped(make_agent(organization=organization).calendar, 16), motif, 2)
            make_desk(organization=organization)

        with assert_query_count("allowance_list"):
            client.get(url("allowance_list", organization))

    def test_is_paged(self, client, organization, admin):
        for number in range(21):
            make_desk(organization=organization, name=f"Guichet {number:02}")

        assert len(client.get(url("allowance_list", organization, page=2)).context["rows"]) == 2


class TestSettingACap:
    def post(self, client, organization, calendar, typed, **options):
        return client.post(url("allowance_edit", organization, calendar.pk), {"allowance": typed}, **options)

    @pytest.mark.parametrize(("typed", "hours"), [("16", 16), ("16 h 30", 16.5), ("168h", 168)])
    def test_as_it_is_typed(self, client, organization, admin, calendar, typed, hours):
        response = self.post(client, organization, calendar, typed, follow=True)

        calendar.refresh_from_db()
        assert calendar.weekly_allowance == hours * H
        assert "« Julie Martin » : " in text(response)
        assert "par semaine au plus." in text(response)

    def test_empty_is_full_time(self, client, organization, admin, calendar):
        response = self.post(client, organization, capped(calendar, 16), "", follow=True)

        calendar.refresh_from_db()
        assert calendar.weekly_allowance is None
        assert "« Julie Martin » : temps plein, sans limite." in text(response)

    @pytest.mark.parametrize(
        ("typed", "sentence"),
        [
            ("beaucoup", "« beaucoup » n'est pas un nombre d'heures."),
            ("0", "Pour un temps plein, laissez vide."),
            ("169", "Une semaine n'a que 168 h."),
            (
                "4h",
                "La semaine 10 de 2026 (du 2 au 8 mars) aurait 10 h ouvertes pour 4 h autorisées :"
                " 6 h de trop (et 3 autres semaines).",
            ),
        ],
    )
    def test_what_cannot_be_is_told_beside_what_was_typed(
        self, client, organization, admin, motif, calendar, typed, sentence
    ):
        opened(capped(calendar, 16), motif, 10, rrule="FREQ=WEEKLY;BYDAY=TU;UNTIL=20260324")

        response = self.post(client, organization, calendar, typed)

        calendar.refresh_from_db()
        assert (response.status_code, calendar.weekly_allowance) == (422, 16 * H)
        assert sentence in text(response)
        assert f'value="{typed}"' in text(response)
        assert "10 h ouvertes sur 16 h" in text(response)

    def test_the_form_shows_the_cap_as_it_is(self, client, organization, admin, calendar):
        assert 'value="16 h 30"' in text(client.get(url("allowance_edit", organization, capped(calendar, 16.5).pk)))

    def test_any_administrator_of_an_organization_that_the_agent_belongs_to_may(self, client, organization, calendar):
        elsewhere = make_organization()
        make_membership(agent=calendar.agent, organization=elsewhere)
        client.force_login(make_agent(organization=elsewhere, role=Membership.Role.ADMIN))

        assert self.post(client, elsewhere, calendar, "20").status_code == 302
        assert Calendar.objects.get(pk=calendar.pk).weekly_allowance == 20 * H

    @pytest.mark.parametrize("whose", ["sister", "stranger", "archived"])
    def test_a_calendar_that_is_not_here_is_not_found(self, client, organization, admin, whose):
        other = {
            "sister": lambda: make_desk(organization=make_organization(territory=organization.territory)),
            "stranger": make_desk,
            "archived": lambda: make_desk(organization=organization, archived_at=NOW),
        }[whose]().calendar

        assert self.post(client, organization, other, "1").status_code == 404
        assert client.get(url("allowance_edit", organization, other.pk)).status_code == 404
        assert Calendar.objects.get(pk=other.pk).weekly_allowance is None

    def test_an_agent_does_not_set_their_own(self, client, organization, calendar):
        client.force_login(calendar.agent)

        assert self.post(client, organization, calendar, "60").status_code == 403

    def test_costs_the_same_however_much_is_open(
        self, client, organization, admin, motif, calendar, assert_query_count
    ):
        for day in range(5):
            opened(capped(calendar, 40), motif, 2, day=MONDAY + timedelta(days=day), rrule="")

        with assert_query_count("allowance_edit"):
            client.get(url("allowance_edit", organization, calendar.pk))


class TestTheListOfOpenings:
    def test_tells_another_week_with_what_is_exceptional_in_it(self, client, organization, admin, motif, calendar):
        opened(capped(calendar, 16), motif, 10)
        opened(calendar, motif, 4, day=FRIDAY + timedelta(days=7), rrule="")

        this_week = text(client.get(url("opening_list", organization)))
        next_week = text(client.get(url("opening_list", organization, semaine=NEXT_WEEK)))

        assert "10 h ouvertes sur 16 h, il reste 6 h" in this_week
        assert "Semaine 10, du 2 au 8 mars 2026" in this_week
        assert "Rien cette semaine" in this_week
        assert "14 h ouvertes sur 16 h, il reste 2 h" in next_week
        assert "Semaine 11, du 9 au 15 mars 2026" in next_week
        assert "4 h la semaine du 9 mars" in next_week
        assert "semaine=2026-03-16" in next_week
        assert "semaine=2026-03-02" in next_week

    def test_any_day_of_the_week_will_do(self, client, organization, admin, motif, calendar):
        opened(capped(calendar, 16), motif, 10)

        assert "Semaine 53, du 28 décembre 2026 au 3 janvier 2027" in text(
            client.get(url("opening_list", organization, semaine="2027-01-02"))
        )

    def test_has_no_weeks_where_nobody_works_part_time(self, client, organization, admin, motif, calendar):
        opened(calendar, motif, 10)

        assert "semaine=" not in text(client.get(url("opening_list", organization)))

    def test_an_agent_who_has_opened_nothing_yet_sees_the_whole_cap(self, client, organization, calendar):
        client.force_login(capped(calendar, 16).agent)

        page = text(client.get(url("opening_list", organization)))

        assert "Rien d'ouvert sur 16 h, il reste 16 h" in page
        assert "Aucune plage d'ouverture" in page

    def test_so_does_an_administrator_who_chooses_the_calendar(self, client, organization, admin, motif, calendar):
        opened(admin.calendar, motif, 2)

        page = text(client.get(url("opening_list", organization, agenda=capped(calendar, 16).pk)))

        assert "il reste 16 h" in page


class TestTheForm:
    def test_shows_the_gauge_of_the_own_calendar_at_once(self, client, organization, motif, calendar):
        opened(capped(calendar, 16), motif, 10)
        client.force_login(calendar.agent)

        page = text(client.get(url("opening_add", organization)))

        assert "10 h ouvertes sur 16 h, il reste 6 h" in page
        assert "semaine 10 de 2026" in page

    def test_shows_it_as_soon_as_a_calendar_is_chosen(self, client, organization, admin, motif, calendar):
        opened(capped(calendar, 16), motif, 10)
        opened(calendar, motif, 4, day=FRIDAY + timedelta(days=7), rrule="")
        asked = {"calendar": calendar.pk, "first_day": NEXT_WEEK, "repeat": "once"}

        assert "10 h ouvertes sur 16 h" in text(client.get(url("opening_add", organization, agenda=calendar.pk)))
        assert "14 h ouvertes sur 16 h" in text(client.get(url("opening_preview", organization, **asked)))

    def test_shows_it_after_a_round_trip_without_script(self, client, organization, admin, motif, calendar):
        opened(capped(calendar, 16), motif, 10)

        response = client.post(url("opening_add", organization), {"calendar": calendar.pk})

        assert response.status_code == 422
        assert "10 h ouvertes sur 16 h, il reste 6 h" in text(response)

    def test_shows_it_while_an_opening_is_changed(self, client, organization, admin, motif, calendar):
        opening = opened(capped(calendar, 16), motif, 10, rrule="")

        assert "10 h ouvertes sur 16 h" in text(client.get(url("opening_edit", organization, opening.pk)))
        sent = client.post(url("opening_edit", organization, opening.pk), {"first_day": "2026-03-03"})
        assert "10 h ouvertes sur 16 h" in text(sent)

    def test_shows_none_for_full_time_or_for_a_calendar_that_is_not_theirs(self, client, organization, admin, motif):
        stranger = capped(make_agent(organization=make_organization()).calendar, 16)

        assert "ouvertes sur" not in text(client.get(url("opening_add", organization)))
        assert "ouvertes sur" not in text(client.get(url("opening_add", organization, agenda=stranger.pk)))


class TestTheAgenda:
    def test_tells_the_week_shown_of_calendars_that_work_part_time(self, client, organization, admin, motif, calendar):
        opened(capped(calendar, 16), motif, 10)
        opened(calendar, motif, 4, day=FRIDAY + timedelta(days=7), rrule="")
        both = {"agenda": [calendar.pk, admin.calendar.pk]}

        assert "10 h ouvertes sur 16 h" in text(client.get(url("agenda", organization), both))
        assert "14 h ouvertes sur 16 h" in text(client.get(url("agenda", organization), both | {"jour": NEXT_WEEK}))

    def test_a_day_tells_it_of_one_calendar_only(self, client, organization, admin, motif, calendar):
        opened(capped(calendar, 16), motif, 10)
        day = {"vue": "jour", "agenda": [calendar.pk]}

        assert "10 h ouvertes sur 16 h" in text(client.get(url("agenda", organization), day))
        day["agenda"].append(admin.calendar.pk)
        assert "ouvertes sur" not in text(client.get(url("agenda", organization), day))

    def test_says_nothing_of_full_time(self, client, organization, admin, motif):
        opened(admin.calendar, motif, 10)

        assert "agenda-quotas" not in text(client.get(url("agenda", organization)))


def test_the_entry_of_the_navigation_is_for_administrators(client, organization, admin, calendar):
    entry = url("allowance_list", organization)

    assert f'href="{entry}"' in text(client.get(url("desk_list", organization)))
    client.force_login(calendar.agent)
    assert f'href="{entry}"' not in text(client.get(url("today", organization)))
