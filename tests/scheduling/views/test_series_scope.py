"""Changing or deleting a part of a series on screen: the same for openings and unavailabilities."""

from datetime import date, time, timedelta
from urllib.parse import parse_qs, urlsplit

import pytest
import time_machine
from django.urls import reverse

from scheduling.engine.series import Scope
from scheduling.models import Opening, Unavailability
from scheduling.services.openings import change_opening, close_opening
from scheduling.services.unavailabilities import change_unavailability, remove_unavailability
from tests.factories import (
    NOW,
    TUESDAY,
    make_agent,
    make_appointment,
    make_location,
    make_motif,
    make_opening,
    make_organization,
    make_unavailability,
    make_unit,
    paris,
)

pytestmark = pytest.mark.django_db

SECOND, THIRD, FOURTH = (TUESDAY + timedelta(days=7 * n) for n in (1, 2, 3))
WEEKLY = "FREQ=WEEKLY;BYDAY=TU"


@pytest.fixture(autouse=True, scope="module")
def _early():
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture(scope="module")
def organization(rows_of_the_module):
    return make_organization()


@pytest.fixture(scope="module")
def agent(organization):
    return make_agent(organization=organization, units=[make_unit(territory=organization.territory)])


@pytest.fixture(autouse=True)
def _signed_in(client, agent):
    client.force_login(agent)


class Openings:
    """Tuesdays from 9 h to 12 h, without end."""

    name, model = "opening", Opening

    def make(self, agent, organization, **fields):
        motif = make_motif(organization=organization, name="Accueil")
        location = make_location(organization=organization, name="Centre social")
        fields = {"first_day": TUESDAY, "rrule": WEEKLY} | fields
        return make_opening(calendar=agent.calendar, motifs=[motif], location=location, **fields)

    def change(self, row, **fields):
        return change_opening(opening=row, motifs=row.motifs.all(), now=NOW, **fields)

    def remove(self, row, **how):
        close_opening(opening=row, now=NOW, **how)


class Unavailabilities(Openings):
    name, model = "unavailability", Unavailability

    def make(self, agent, organization, **fields):
        fields = {"first_day": TUESDAY, "rrule": WEEKLY} | fields
        return make_unavailability(calendar=agent.calendar, organization=organization, **fields)

    def change(self, row, **fields):
        return change_unavailability(unavailability=row, now=NOW, **fields)

    def remove(self, row, **how):
        remove_unavailability(unavailability=row, now=NOW, **how)


@pytest.fixture(params=[Openings(), Unavailabilities()], ids=["openings", "unavailabilities"])
def kind(request):
    return request.param


@pytest.fixture
def series(kind, agent, organization):
    return kind.make(agent, organization)


@pytest.fixture
def url(kind, series, organization):
    """`url("edit", portee="occurrence", jour=SECOND)`, of the series unless `pk` is given."""

    def address(page, pk=None, **query):
        arguments = [organization.slug, *([pk or series.pk] if page not in {"list", "preview"} else [])]
        found = reverse(f"scheduling:{kind.name}_{page}", args=arguments)
        return found + ("?" + "&".join(f"{name}={value}" for name, value in query.items()) if query else "")

    return address


def text(response):
    page = response.content.decode().replace("\N{NO-BREAK SPACE}", " ").replace("&nbsp;", " ").replace("&#x27;", "'")
    return " ".join(page.split())


def as_shown(response):
    form = response.context["form"]
    return {
        name: value for name in form.fields if name != "calendar" and (value := form[name].value()) not in (None, False)
    }


def hours(kind, *, until=FOURTH):
    """{day: [(start, end)]} of everything stored, up to `until`."""
    found = {}
    for row in kind.model.objects.order_by("pk"):
        for day in row.recurrence.days(TUESDAY, until):
            found.setdefault(day, []).append((row.start_time.hour, row.end_time.hour))
    return found


class TestTheQuestion:
    @pytest.mark.parametrize(("page", "action"), [("edit", "modifier"), ("delete", "supprimer")])
    def test_is_asked_of_whoever_comes_without_an_answer(self, client, url, page, action):
        response = client.get(url(page, jour=SECOND))

        assert response.status_code == 302
        assert response["Location"] == url("scope", action=action, jour=SECOND)

    @pytest.mark.parametrize("page", ["edit", "delete"])
    def test_is_not_asked_of_what_does_not_repeat(self, client, kind, agent, organization, url, page):
        once = kind.make(agent, organization, rrule="", first_day=date(2026, 3, 4))

        assert client.get(url(page, pk=once.pk)).status_code == 200
        assert client.get(url("scope", pk=once.pk, action="supprimer"))["Location"] == url("delete", pk=once.pk)

    def test_has_the_next_occurrence_chosen_and_the_next_thirty_to_choose(self, client, url):
        page = client.get(url("scope", action="modifier"))

        form = page.context["form"]
        assert (form["portee"].value(), form["jour"].value()) == ("occurrence", TUESDAY)
        assert len(form.fields["jour"].widget.choices) == 30
        assert "À partir du jour choisi ci-dessous, sans fin." in text(page)

    def test_has_the_day_of_the_address_chosen_however_far(self, client, url):
        far = TUESDAY + timedelta(days=7 * 100)

        form = client.get(url("scope", action="modifier", jour=far)).context["form"]

        assert form["jour"].value() == far
        assert len(form.fields["jour"].widget.choices) == 31

    @pytest.mark.parametrize(
        ("query", "answer"),
        [
            ({"portee": "occurrence", "jour": SECOND}, {"portee": ["occurrence"], "jour": ["2026-03-10"]}),
            ({"portee": "suivantes", "jour": SECOND}, {"portee": ["suivantes"], "jour": ["2026-03-10"]}),
            ({"portee": "toutes", "jour": SECOND}, {"portee": ["toutes"]}),
            ({"portee": "toutes", "autre_jour": "jamais"}, {"portee": ["toutes"]}),
            (
                {"portee": "occurrence", "jour": SECOND, "autre_jour": "24/03/2026"},
                {"portee": ["occurrence"], "jour": ["2026-03-24"]},
            ),
        ],
    )
    @pytest.mark.parametrize(("action", "page"), [("modifier", "edit"), ("supprimer", "delete"), ("autre", "edit")])
    def test_answered_leads_to_the_page_of_that_part(self, client, url, query, answer, action, page):
        response = client.get(url("scope", action=action, **query))

        assert response.status_code == 302
        assert urlsplit(response["Location"]).path == urlsplit(url(page)).path
        assert parse_qs(urlsplit(response["Location"]).query) == answer
        assert client.get(response["Location"]).status_code == 200

    @pytest.mark.parametrize("name", ["jour", "autre_jour"])
    def test_a_day_that_is_none_is_answered_with_the_nearest(self, client, url, name):
        response = client.get(url("scope", action="modifier", portee="occurrence", **{name: "2026-03-12"}))

        assert response.status_code == 422
        page = text(response)
        assert "Le jeudi 12 mars 2026 n'est pas une date de la série." in page
        assert "Les plus proches : le mardi 10 mars 2026 et le mardi 17 mars 2026." in page
        assert 'value="2026-03-12"' in page
        assert response.context["form"].errors.keys() == {"autre_jour"}

    def test_a_day_that_was_edited_says_so(self, client, kind, series, url):
        kind.change(series, scope=Scope.OCCURRENCE, day=SECOND, end_time=time(11), first_day=SECOND, rrule="")

        page = text(client.get(url("scope", action="modifier", portee="occurrence", jour=SECOND)))

        assert "L'occurrence du mardi 10 mars 2026 a déjà ses propres heures" in page

    @pytest.mark.parametrize("value", ["", "%00", "autre", "9" * 5000, "0001-01-01", "9999-12-31", "%ff"])
    def test_whatever_the_address_says_there_is_an_answer(self, client, kind, series, url, value):
        for name in ("portee", "jour", "autre_jour", "action"):
            asked = {"action": "modifier", "portee": "suivantes", "jour": SECOND} | {name: value}
            assert client.get(url("scope", **asked)).status_code in {200, 302, 422}
            assert client.get(url("edit", **asked)).status_code in {200, 302}
            assert client.post(url("edit", **asked), {"title": "Gardé"}).status_code == 422
            assert client.get(url("preview", **{kind.name: series.pk}, **asked)).status_code == 200
            assert client.get(url("delete", **asked)).status_code in {200, 302}

    def test_a_series_that_is_over_offers_its_last_days(self, client, kind, agent, organization, url):
        over = kind.make(agent, organization, first_day=TUESDAY - timedelta(days=28), rrule=f"{WEEKLY};UNTIL=20260224")

        form = client.get(url("scope", pk=over.pk, action="supprimer")).context["form"]

        assert form["jour"].value() == date(2026, 2, 24)
        assert len(form.fields["jour"].widget.choices) == 4


class TestChanging:
    def test_one_occurrence_has_its_day_and_no_repetition(self, client, kind, url):
        address = url("edit", portee="occurrence", jour=SECOND)
        page = client.get(address)
        assert "Vous modifiez la seule occurrence du <strong>mardi 10 mars 2026</strong>" in text(page)
        assert 'name="repeat"' not in text(page)

        response = client.post(address, as_shown(page) | {"end_time": "11h"}, follow=True)

        assert "L'occurrence du mardi 10 mars 2026 est modifiée." in text(response)
        assert hours(kind) == {TUESDAY: [(9, 12)], SECOND: [(9, 11)], THIRD: [(9, 12)], FOURTH: [(9, 12)]}
        assert "Occurrence modifiée du mardi 10 mars 2026, série" in text(response)

    def test_one_occurrence_may_move_to_another_day(self, client, kind, url):
        address = url("edit", portee="occurrence", jour=SECOND)
        friday = SECOND + timedelta(days=3)
        moved = as_shown(client.get(address)) | {"first_day": friday}
        if kind.name == "unavailability":
            moved["last_day"] = friday

        client.post(address, moved)

        assert sorted(hours(kind)) == [TUESDAY, friday, THIRD, FOURTH]

    def test_one_and_those_that_follow_start_from_its_day(self, client, kind, url):
        address = url("edit", portee="suivantes", jour=THIRD)
        page = client.get(address)
        assert "l'occurrence du <strong>mardi 17 mars 2026</strong> et les suivantes" in text(page)
        assert page.context["form"]["first_day"].value() == THIRD

        client.post(address, as_shown(page) | {"start_time": "10h"})

        assert hours(kind) == {TUESDAY: [(9, 12)], SECOND: [(9, 12)], THIRD: [(10, 12)], FOURTH: [(10, 12)]}

    def test_an_end_is_kept_by_those_that_follow(self, client, kind, agent, organization, url):
        row = kind.make(agent, organization, start_time=time(14), end_time=time(17), rrule=f"{WEEKLY};UNTIL=20260317")
        address = url("edit", pk=row.pk, portee="suivantes", jour=SECOND)

        client.post(address, as_shown(client.get(address)) | {"start_time": "15h"})

        following = kind.model.objects.get(first_day=SECOND)
        assert following.rrule == f"{WEEKLY};UNTIL=20260317"

    def test_all_leaves_the_edited_ones_and_says_how_many(self, client, kind, series, url):
        kind.change(series, scope=Scope.OCCURRENCE, day=SECOND, end_time=time(11), first_day=SECOND, rrule="")
        address = url("edit", portee="toutes")
        page = client.get(address)
        assert "1 occurrence modifiée à part reste comme elle est." in text(page)

        client.post(address, as_shown(page) | {"start_time": "8h"})

        assert hours(kind) == {TUESDAY: [(8, 12)], SECOND: [(9, 11)], THIRD: [(8, 12)], FOURTH: [(8, 12)]}

    @pytest.mark.parametrize("how", [{"portee": "occurrence", "jour": SECOND}, {"portee": "suivantes", "jour": SECOND}])
    def test_sent_back_untouched_nothing_moves(self, client, kind, url, how):
        before = hours(kind)

        assert client.post(url("edit", **how), as_shown(client.get(url("edit", **how)))).status_code == 302

        assert hours(kind) == before

    def test_an_occurrence_that_is_gone_meanwhile_is_told_and_keeps_what_was_typed(self, client, kind, series, url):
        address = url("edit", portee="occurrence", jour=SECOND)
        shown = as_shown(client.get(address))
        kind.remove(series, scope=Scope.OCCURRENCE, day=SECOND)

        response = client.post(address, shown | {"title": "Réunion"})

        assert response.status_code == 422
        assert "Le mardi 10 mars 2026 n'est pas une date de la série." in text(response)
        assert 'value="Réunion"' in text(response)
        assert hours(kind) == {TUESDAY: [(9, 12)], THIRD: [(9, 12)], FOURTH: [(9, 12)]}

    def test_sent_without_saying_which_part_nothing_changes_at_first(self, client, kind, url):
        shown = as_shown(client.get(url("edit", portee="toutes"))) | {"start_time": "10h"}

        response = client.post(url("edit"), shown)

        assert response.status_code == 422
        assert "L'adresse ne dit pas quelle partie de la série est en cause." in text(response)
        assert 'action="?portee=toutes"' in text(response)
        assert hours(kind)[TUESDAY] == [(9, 12)]

    def test_the_preview_speaks_of_the_part(self, client, kind, series, url):
        how = {kind.name: series.pk, "portee": "occurrence", "jour": SECOND}
        shown = {"first_day": SECOND, "start_time": "9h", "end_time": "11h"}

        page = text(client.get(url("preview", **how, **shown)))

        assert "Le mardi 10 mars 2026 de 9 h à 11 h." in page
        assert "Elle chevauche" not in page


class TestWarningsOfAPart:
    @pytest.fixture
    def kind(self):
        return Openings()

    def as_typed(self, series, **fields):
        shown = {"first_day": SECOND, "start_time": "8h", "end_time": "11h"}
        return shown | {"location": series.location_id, "motifs": series.motifs.get().pk} | fields

    def preview(self, client, url, series, **fields):
        how = {"opening": series.pk, "portee": "occurrence", "jour": SECOND}
        return text(client.get(url("preview", **how, **self.as_typed(series, **fields))))

    def test_an_occurrence_is_not_told_to_cross_its_own_series(self, client, url, series):
        page = client.get(url("edit", portee="occurrence", jour=SECOND))

        assert page.context["occasion"].warnings == []
        assert "Elle chevauche" not in self.preview(client, url, series)

    def test_moved_onto_another_day_of_the_series_it_is(self, client, url, series):
        page = self.preview(client, url, series, first_day=THIRD)

        assert "Elle chevauche une autre plage" in page
        assert "pour la première fois le mardi 17 mars 2026" in page

    def test_those_that_follow_are_not_told_to_cross_those_before(self, client, url):
        page = client.get(url("edit", portee="suivantes", jour=SECOND))

        assert page.context["occasion"].warnings == []

    def test_the_gauge_counts_the_replaced_day_once(self, client, url, series):
        series.calendar.weekly_allowance = timedelta(hours=4)
        series.calendar.save()

        assert "3 h ouvertes sur 4 h, il reste 1 h" in self.preview(client, url, series)
        following = client.get(url("edit", portee="suivantes", jour=SECOND)).context["occasion"].gauge
        assert following.sentence.replace("\N{NO-BREAK SPACE}", " ") == "3 h ouvertes sur 4 h, il reste 1 h"

    def test_what_the_gauge_allows_is_saved(self, client, kind, url, series):
        series.calendar.weekly_allowance = timedelta(hours=3)
        series.calendar.save()
        address = url("edit", portee="occurrence", jour=SECOND)

        assert client.post(address, as_shown(client.get(address)) | {"start_time": "8h"}).status_code == 422
        response = client.post(address, as_shown(client.get(address)) | {"start_time": "8h", "end_time": "11h"})

        assert response.status_code == 302
        assert hours(kind)[SECOND] == [(8, 11)]


class TestDeleting:
    def test_one_occurrence(self, client, kind, url):
        address = url("delete", portee="occurrence", jour=SECOND)
        page = text(client.get(address))
        assert "Le mardi 10 mars 2026 de 9 h à 12 h" in page
        assert "Les autres occurrences restent." in page

        assert "L'occurrence du mardi 10 mars 2026 est supprimée." in text(client.post(address, follow=True))
        assert sorted(hours(kind)) == [TUESDAY, THIRD, FOURTH]

    def test_one_and_those_that_follow_with_the_edited_ones(self, client, kind, series, url):
        kind.change(series, scope=Scope.OCCURRENCE, day=THIRD, end_time=time(11), first_day=THIRD, rrule="")
        address = url("delete", portee="suivantes", jour=SECOND)
        page = text(client.get(address))
        assert "les dates à venir n'ont pas de fin." in page
        assert "1 occurrence modifiée à part est supprimée aussi." in page

        client.post(address)

        assert sorted(hours(kind)) == [TUESDAY]

    def test_all_of_them_says_how_many_dates_and_appointments_are_concerned(
        self, client, kind, agent, organization, url
    ):
        ending = kind.make(
            agent, organization, start_time=time(14), end_time=time(17), rrule=f"{WEEKLY};UNTIL=20260324"
        )
        motif = make_motif(organization=organization)
        for day in (SECOND, THIRD):
            make_appointment(motif=motif, calendar=agent.calendar, starts_at=paris(day, 14))
        make_appointment(motif=motif, calendar=agent.calendar, starts_at=paris(SECOND, 9))
        kind.change(
            ending,
            scope=Scope.OCCURRENCE,
            day=SECOND,
            start_time=time(8),
            end_time=time(10),
            first_day=SECOND,
            rrule="",
        )
        address = url("delete", pk=ending.pk, portee="toutes")

        page = text(client.get(address))
        assert "3 dates à venir." in page
        assert "1 occurrence modifiée à part est supprimée aussi." in page
        assert "2 rendez-vous à venir s'y trouvent" in page  # The one moved to 8 h, and the third week's.
        client.post(address)

        assert all((14, 17) not in found for found in hours(kind).values())

    def test_nothing_is_deleted_by_an_address_without_a_part(self, client, kind, url):
        response = client.post(url("delete"))

        assert response["Location"] == url("scope", action="supprimer")
        assert kind.model.objects.count() == 1

    def test_a_day_that_is_gone_leads_back_to_the_question(self, client, kind, series, url):
        kind.remove(series, scope=Scope.OCCURRENCE, day=SECOND)

        response = client.post(url("delete", portee="suivantes", jour=SECOND), follow=True)

        assert response.status_code == 422
        assert "Le mardi 10 mars 2026 n'est pas une date de la série." in text(response)
        assert sorted(hours(kind)) == [TUESDAY, THIRD, FOURTH]


class TestTheList:
    def test_shows_removed_days_that_come_and_brings_them_back(self, client, kind, series, url):
        kind.remove(series, scope=Scope.OCCURRENCE, day=SECOND)
        page = text(client.get(url("list")))
        assert "Sauf le mardi 10 mars 2026" in page

        response = client.post(url("restore"), {"jour": SECOND}, follow=True)

        assert "L'occurrence du mardi 10 mars 2026 est rétablie." in text(response)
        assert sorted(hours(kind)) == [TUESDAY, SECOND, THIRD, FOURTH]

    def test_shows_only_the_first_of_many_removed_days(self, client, kind, series, url):
        for week in range(1, 9):
            kind.remove(series, scope=Scope.OCCURRENCE, day=TUESDAY + timedelta(days=7 * week))

        page = text(client.get(url("list")))

        assert page.count("Rétablir") == 5
        assert "3 autres dates retirées" in page

    @pytest.mark.parametrize("day", [SECOND, TUESDAY, "2026-03-11", "", "\x00", "9999-12-31"])
    def test_what_is_not_removed_is_not_brought_back(self, client, kind, series, url, day):
        kind.change(series, scope=Scope.OCCURRENCE, day=SECOND, end_time=time(11), first_day=SECOND, rrule="")
        before = hours(kind)

        response = client.post(url("restore"), {"jour": day}, follow=True)

        assert response.status_code == 200
        assert "rétablie" not in text(response)
        assert hours(kind) == before

    def test_an_edited_occurrence_that_is_deleted_leaves_its_day_removed(self, client, kind, series, url):
        edited = kind.change(series, scope=Scope.OCCURRENCE, day=SECOND, end_time=time(11), first_day=SECOND, rrule="")
        assert "Rétablir" not in text(client.get(url("list")))

        client.post(url("delete", pk=edited.pk))

        assert sorted(hours(kind)) == [TUESDAY, THIRD, FOURTH]
        assert "Sauf le mardi 10 mars 2026" in text(client.get(url("list")))

    def test_an_edited_occurrence_stands_below_its_series(self, client, kind, agent, organization, series, url):
        kind.make(agent, organization, rrule="", first_day=TUESDAY + timedelta(days=1), title="Autre")
        kind.change(
            series, scope=Scope.OCCURRENCE, day=FOURTH, end_time=time(11), first_day=FOURTH, rrule="", title="À part"
        )

        rows = [row.title for row in client.get(url("list")).context["page"]]

        assert rows == ["", "À part", "Autre"]

    @pytest.mark.parametrize("edited", [1, 6])
    def test_costs_the_same_for_one_edited_occurrence_and_for_many(
        self, client, kind, series, url, assert_query_count, edited
    ):
        for week in range(1, edited + 1):
            day = TUESDAY + timedelta(days=7 * week)
            kind.change(series, scope=Scope.OCCURRENCE, day=day, end_time=time(11), first_day=day, rrule="")
        kind.remove(series, scope=Scope.OCCURRENCE, day=TUESDAY)

        with assert_query_count(f"{kind.name}_list with edited occurrences"):
            client.get(url("list"))


def test_bringing_back_a_day_is_held_to_the_quota(client, agent, organization):
    kind = Openings()
    series = kind.make(agent, organization)
    kind.remove(series, scope=Scope.OCCURRENCE, day=SECOND)
    series.calendar.weekly_allowance = timedelta(hours=3)
    series.calendar.save()
    kind.make(agent, organization, rrule="", first_day=SECOND, start_time=time(14), end_time=time(16))

    address = reverse("scheduling:opening_restore", args=[organization.slug, series.pk])
    response = client.post(address, {"jour": SECOND}, follow=True)

    assert "5 h ouvertes pour 3 h autorisées" in text(response)
    assert hours(kind)[SECOND] == [(14, 16)]


@pytest.mark.parametrize("page", ["scope", "edit", "delete"])
def test_what_a_page_of_a_part_costs(client, kind, url, assert_query_count, page):
    how = {"action": "modifier"} if page == "scope" else {"portee": "suivantes", "jour": SECOND}
    with assert_query_count(f"{kind.name}_{page}"):
        client.get(url(page, **how))
