"""Pages of the openings: who reaches them, what they accept, what they say."""

from datetime import date, time, timedelta

import pytest
import time_machine
from django.urls import reverse

from organizations.models import Membership
from scheduling.models import Opening
from tests.factories import (
    MONDAY,
    NOW,
    TUESDAY,
    make_agent,
    make_appointment,
    make_closure,
    make_desk,
    make_location,
    make_membership,
    make_motif,
    make_opening,
    make_organization,
    make_unit,
    paris,
)

pytestmark = pytest.mark.django_db

NBSP = "\N{NO-BREAK SPACE}"


@pytest.fixture(autouse=True)
def _early():
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def organization():
    return make_organization()


@pytest.fixture
def unit(organization):
    return make_unit(territory=organization.territory)


@pytest.fixture
def motif(organization):
    return make_motif(organization=organization, name="Accueil social")


@pytest.fixture
def location(organization):
    return make_location(organization=organization, name="Centre social")


@pytest.fixture
def agent(client, organization, unit):
    agent = make_agent(organization=organization, units=[unit])
    client.force_login(agent)
    return agent


@pytest.fixture
def admin(client, organization):
    admin = make_agent(organization=organization, role=Membership.Role.ADMIN)
    client.force_login(admin)
    return admin


def url(name, organization, pk=None):
    return reverse(f"scheduling:opening_{name}", args=[organization.slug, *([pk] if pk else [])])


def whole(organization, opening):
    """The address of the form for all of a series."""
    return f"{url('edit', organization, opening.pk)}?portee=toutes"


def typed(calendar, motif, location, **fields):
    return {
        "calendar": calendar.pk,
        "motifs": [motif.pk],
        "location": location.pk if location else "",
        "first_day": "2026-03-03",
        "start_time": "9h",
        "end_time": "12h30",
        "repeat": "once",
        "interval": "1",
        "ends": "never",
    } | fields


def text(response):
    return response.content.decode().replace(NBSP, " ").replace("&nbsp;", " ").replace("&#x27;", "'")


class TestAdding:
    def test_an_agent_opens_their_own_hours(self, client, organization, agent, motif, location):
        data = typed(agent.calendar, motif, location, repeat="WEEKLY", weekdays=["1", "3"], title="Permanence")

        response = client.post(url("add", organization), data, follow=True)

        opening = Opening.objects.get()
        assert (opening.start_time, opening.end_time, opening.rrule) == (
            time(9),
            time(12, 30),
            "FREQ=WEEKLY;BYDAY=TU,TH",
        )
        assert (opening.organization, opening.location, list(opening.motifs.all())) == (organization, location, [motif])
        assert "La plage d'ouverture est ajoutée." in text(response)
        assert "Tous les mardis et jeudis de 9 h à 12 h 30, sans fin" in text(response)

    def test_until_24_h(self, client, organization, agent, motif, location):
        client.post(url("add", organization), typed(agent.calendar, motif, location, end_time="24h"))

        assert Opening.objects.get().end_time == time(0)

    def test_at_a_desk_without_place_takes_the_place_of_the_desk(self, client, organization, agent, motif, location):
        desk = make_desk(organization=organization, location=location)

        client.post(url("add", organization), typed(desk.calendar, motif, None))

        assert Opening.objects.get().location == location

    def test_the_form_offers_their_own_calendar_and_the_desks_they_see(self, client, organization, agent, unit):
        colleague = make_agent(organization=organization, units=[unit])
        seen = make_desk(organization=organization)
        hidden = make_desk(organization=organization, units=[make_unit(territory=organization.territory)])
        gone = make_desk(organization=organization, archived_at=NOW)

        form = client.get(url("add", organization)).context["form"]

        offered = set(form.fields["calendar"].queryset)
        assert offered == {agent.calendar, seen.calendar}
        assert not offered & {colleague.calendar, hidden.calendar, gone.calendar}

    def test_an_administrator_is_offered_every_calendar_of_the_organization_and_no_other(
        self, client, organization, admin, agent
    ):
        client.force_login(admin)
        make_agent(organization=make_organization(territory=organization.territory))

        form = client.get(url("add", organization)).context["form"]

        assert set(form.fields["calendar"].queryset) == {admin.calendar, agent.calendar}

    @pytest.mark.parametrize("other", ["sister", "territory"])
    @pytest.mark.parametrize("field", ["calendar", "motifs", "location"])
    def test_an_id_of_another_tenant_is_no_choice(self, client, organization, admin, motif, location, field, other):
        territory = organization.territory if other == "sister" else None
        theirs = make_organization(territory=territory)
        forged = {
            "calendar": make_agent(organization=theirs).calendar,
            "motifs": make_motif(organization=theirs),
            "location": make_location(organization=theirs),
        }[field]
        data = typed(admin.calendar, motif, location) | {field: forged.pk}

        response = client.post(url("add", organization), data)

        assert response.status_code == 422
        assert field in response.context["form"].errors
        assert not Opening.objects.exists()

    def test_a_motif_of_another_service_is_no_choice(self, client, organization, agent, location):
        hidden = make_motif(organization=organization, units=[make_unit(territory=organization.territory)])

        response = client.post(url("add", organization), typed(agent.calendar, hidden, location))

        assert response.status_code == 422

    @pytest.mark.parametrize(
        ("fields", "sentence"),
        [
            ({"end_time": "8h"}, "La plage doit se terminer après son début."),
            ({"end_time": "9h"}, "La plage doit se terminer après son début."),
            ({"start_time": "tôt"}, "« tôt » n'est pas une heure."),
            ({"location": ""}, "Choisissez un lieu : « Accueil social » se tient sur place."),
            ({"first_day": "2026-02-30"}, "Cette date n'existe pas."),
            ({"first_day": "2032-01-05"}, "Le premier jour est dans plus de cinq ans."),
            ({"first_day": "2024-01-01", "confirmed": "x"}, "Le premier jour, lundi 1er janvier 2024, est passé."),
            ({"repeat": "DAILY", "ends": "until", "until": "2026-03-01"}, "vient avant le premier jour"),
        ],
    )
    def test_a_wrong_entry_is_told_and_stays(self, client, organization, agent, motif, location, fields, sentence):
        response = client.post(url("add", organization), typed(agent.calendar, motif, location, title="Ici") | fields)

        assert response.status_code == 422
        assert sentence in text(response)
        assert 'value="Ici"' in text(response)
        for name in ("start_time", "end_time"):
            assert response.context["form"][name].value() == ({"start_time": "9h", "end_time": "12h30"} | fields)[name]
        assert not Opening.objects.exists()

    def test_a_week_over_the_quota_is_refused_by_its_name(self, client, organization, agent, motif, location):
        calendar = agent.calendar
        calendar.weekly_allowance = timedelta(hours=6)
        calendar.save()
        make_opening(calendar=calendar, motifs=[motif], location=location, end_time=time(14))

        response = client.post(url("add", organization), typed(calendar, motif, location))

        assert response.status_code == 422
        assert "La semaine 10 de 2026 (du 2 au 8 mars) aurait 8 h 30 ouvertes pour 6 h autorisées" in text(response)
        assert " : 2 h 30 de trop." in text(response)
        assert Opening.objects.count() == 1


class TestWarnings:
    def post(self, client, organization, calendar, motif, location, **fields):
        return client.post(url("add", organization), typed(calendar, motif, location, **fields))

    def confirm(self, client, organization, calendar, motif, location, response, **fields):
        fingerprint = response.context["form"].fingerprint
        assert f'value="{fingerprint}"' in text(response)
        return self.post(client, organization, calendar, motif, location, confirmed=fingerprint, **fields)

    def test_are_shown_and_can_be_confirmed(self, client, organization, agent, motif, location):
        other = make_opening(calendar=agent.calendar, motifs=[motif], first_day=TUESDAY, title="Rendez-vous longs")
        motif.duration = timedelta(hours=4)
        motif.save()
        arguments = (client, organization, agent.calendar, motif, location)

        response = self.post(*arguments)

        assert response.status_code == 422
        assert (
            "Elle chevauche la plage « Rendez-vous longs » (le mardi 3 mars 2026 de 9 h à 12 h), pour la première fois"
            " le mardi 3 mars 2026." in text(response)
        )
        assert "Le motif « Accueil social » dure 4 h, plus que la plage (3 h 30)" in text(response)
        assert "Enregistrer quand même" in text(response)
        assert Opening.objects.get() == other
        assert self.confirm(*arguments, response).status_code == 302
        assert Opening.objects.count() == 2

    def test_confirmed_for_one_entry_do_not_count_for_another(self, client, organization, agent, motif, location):
        arguments = (client, organization, agent.calendar, motif, location)
        response = self.post(*arguments, first_day="2026-03-01")
        assert "Le premier jour, dimanche 1er mars 2026, est passé." in text(response)

        response = self.confirm(*arguments, response, first_day="2026-02-20")

        assert response.status_code == 422
        assert "vendredi 20 février 2026, est passé" in text(response)
        assert not Opening.objects.exists()

    def test_of_a_plage_of_another_organization_say_no_more_than_that(
        self, client, organization, agent, motif, location
    ):
        elsewhere = make_organization()
        make_membership(agent=agent, organization=elsewhere)
        make_opening(calendar=agent.calendar, organization=elsewhere, first_day=TUESDAY, title="Secret")

        response = self.post(client, organization, agent.calendar, motif, location)

        assert "Elle chevauche une plage d'une autre organisation" in text(response)
        assert "Secret" not in text(response)

    @pytest.mark.parametrize(
        ("fields", "sentence"),
        [
            ({"first_day": "2026-03-08"}, "Le dimanche 8 mars 2026 est fermé (Fermé le dimanche)"),
            ({"first_day": "2026-03-04"}, "Le mercredi 4 mars 2026 est fermé (Fermeture : Inventaire)"),
            (
                {"repeat": "WEEKLY", "weekdays": ["6"], "first_day": "2026-03-08"},
                "Tous ses jours sont fermés (Fermé le dimanche)",
            ),
        ],
    )
    def test_tell_of_hours_on_closed_days_only(self, client, organization, agent, motif, location, fields, sentence):
        make_closure(organization=organization, first_day=date(2026, 3, 4), last_day=date(2026, 3, 4))

        response = self.post(client, organization, agent.calendar, motif, location, **fields)

        assert response.status_code == 422
        assert sentence in text(response)

    def test_say_that_the_desk_does_not_serve_the_motif(self, client, organization, agent, motif, location):
        desk = make_desk(organization=organization, location=location, motifs=[make_motif(organization=organization)])

        response = self.post(client, organization, desk.calendar, motif, location)

        assert f"Le guichet « {desk.name} » ne sert pas le motif « Accueil social »." in text(response)


class TestEditing:
    @pytest.fixture
    def opening(self, agent, motif, location):
        return make_opening(
            calendar=agent.calendar,
            motifs=[motif],
            location=location,
            rrule="FREQ=WEEKLY;BYDAY=MO;UNTIL=20260601",
            title="Permanence",
        )

    def as_shown(self, response):
        form = response.context["form"]
        return {
            name: value
            for name in form.fields
            if name != "calendar" and (value := form[name].value()) not in (None, False)
        }

    def test_shows_what_is_stored_and_changes_nothing_when_sent_back(self, client, organization, opening):
        page = client.get(whole(organization, opening))
        stored = Opening.objects.values().get()

        response = client.post(whole(organization, opening), self.as_shown(page))

        assert response.status_code == 302
        assert Opening.objects.values().get() == stored
        assert "toute la série" in text(page)

    def test_a_shorter_opening_tells_how_many_appointments_now_lie_outside(
        self, client, organization, opening, motif, location
    ):
        for hour in (9, 10, 11):
            make_appointment(motif=motif, calendar=opening.calendar, location=location, starts_at=paris(MONDAY, hour))
        shown = self.as_shown(client.get(whole(organization, opening)))

        response = client.post(whole(organization, opening), shown | {"end_time": "10h"}, follow=True)

        assert "2 rendez-vous sont maintenant hors des plages d'ouverture : réglez-les ici." in text(response)
        conflicts = reverse("scheduling:conflict_list", args=[organization.slug])
        assert response.redirect_chain == [(f"{conflicts}?agenda={opening.calendar.pk}", 302)]

    def test_keeps_its_calendar_whatever_is_sent(self, client, organization, admin, agent, opening):
        shown = self.as_shown(client.get(whole(organization, opening)))

        client.post(whole(organization, opening), shown | {"calendar": admin.calendar.pk})

        assert Opening.objects.get().calendar == agent.calendar

    def test_keeps_an_archived_motif_and_a_closed_place_on_offer(self, client, organization, opening, motif, location):
        motif.archived_at = location.closed_at = NOW
        motif.save()
        location.save()

        page = client.get(whole(organization, opening))

        assert client.post(whole(organization, opening), self.as_shown(page)).status_code == 302
        assert list(Opening.objects.get().motifs.all()) == [motif]

    @pytest.mark.parametrize("page", ["edit", "delete"])
    def test_a_colleague_of_the_service_may_look_and_not_touch(self, client, organization, unit, opening, page):
        client.force_login(make_agent(organization=organization, units=[unit]))

        assert "Permanence" in text(client.get(url("list", organization)))
        assert client.get(url(page, organization, opening.pk)).status_code == 403
        assert client.post(url(page, organization, opening.pk)).status_code == 403

    @pytest.mark.parametrize("page", ["edit", "delete"])
    def test_an_opening_of_another_organization_does_not_exist(self, client, organization, admin, page):
        sister = make_opening(organization=make_organization(territory=organization.territory))

        assert client.get(url(page, organization, sister.pk)).status_code == 404
        assert client.post(url(page, organization, sister.pk)).status_code == 404

    def test_nor_does_that_of_the_agent_s_own_calendar_elsewhere(self, client, organization, agent):
        elsewhere = make_organization()
        make_membership(agent=agent, organization=elsewhere)
        theirs = make_opening(calendar=agent.calendar, organization=elsewhere, title="Ailleurs")

        assert "Ailleurs" not in text(client.get(url("list", organization)))
        assert client.get(url("edit", organization, theirs.pk)).status_code == 404


class TestDeleting:
    def test_says_in_numbers_what_stays(self, client, organization, agent, motif, location):
        opening = make_opening(calendar=agent.calendar, motifs=[motif], location=location)
        for hour in (9, 11, 14):
            make_appointment(motif=motif, calendar=agent.calendar, location=location, starts_at=paris(MONDAY, hour))

        page = client.get(url("delete", organization, opening.pk))
        assert "2 rendez-vous à venir s'y trouvent : ils restent, rien n'est annulé." in text(page)
        response = client.post(url("delete", organization, opening.pk), follow=True)

        assert not Opening.objects.exists()
        assert "2 rendez-vous sont maintenant hors des plages d'ouverture : réglez-les ici." in text(response)

    def test_counts_as_outside_only_what_no_other_opening_holds(self, client, organization, agent, motif, location):
        opening = make_opening(calendar=agent.calendar, motifs=[motif], location=location)
        make_opening(calendar=agent.calendar, motifs=[motif], location=location, end_time=time(10))
        for hour in (9, 11):
            make_appointment(motif=motif, calendar=agent.calendar, location=location, starts_at=paris(MONDAY, hour))

        response = client.post(url("delete", organization, opening.pk), follow=True)

        assert "1 rendez-vous est maintenant hors des plages d'ouverture : réglez-le ici." in text(response)


class TestTheList:
    def test_groups_by_calendar_with_the_gauge_of_the_week(self, client, organization, agent, motif, location):
        calendar = agent.calendar
        calendar.weekly_allowance = timedelta(hours=16)
        calendar.save()
        make_opening(calendar=calendar, motifs=[motif], location=location, end_time=time(19))
        make_opening(calendar=calendar, motifs=[motif], location=location, first_day=date(2026, 3, 12))

        page = text(client.get(url("list", organization)))

        assert "10 h ouvertes sur 16 h, il reste 6 h" in page
        assert "10 h cette semaine" in page
        assert "Rien cette semaine" in page

    def test_leaves_out_what_is_over_unless_it_is_asked_for(self, client, organization, agent, motif, location):
        make_opening(
            calendar=agent.calendar, motifs=[motif], location=location, first_day=date(2026, 2, 2), title="Passée"
        )

        assert "Passée" not in text(client.get(url("list", organization)))
        assert "Passée" in text(client.get(url("list", organization), {"passees": "on"}))

    def test_filters_by_calendar(self, client, organization, admin, agent, motif, location):
        client.force_login(admin)
        make_opening(calendar=agent.calendar, motifs=[motif], location=location, title="Celle de l'agent")
        make_opening(calendar=admin.calendar, motifs=[motif], location=location, title="Celle de l'admin")

        page = text(client.get(url("list", organization), {"agenda": agent.calendar.pk}))

        assert "Celle de l'agent" in page
        assert "Celle de l'admin" not in page

    def test_ignores_a_calendar_it_cannot_read_in_the_address(self, client, organization, agent):
        for asked in ("abc", "-1", "99999999999999999999", str(make_agent().calendar.pk)):
            assert client.get(url("list", organization), {"agenda": asked}).status_code == 200

    def test_says_what_to_do_when_there_is_nothing(self, client, organization, agent):
        assert "Aucune plage d'ouverture" in text(client.get(url("list", organization)))

    def test_answers_a_filter_with_the_results_alone(self, client, organization, agent):
        response = client.get(url("list", organization), headers={"HX-Request": "true"})

        assert text(response).lstrip().startswith('<section id="opening-results"')

    @pytest.mark.parametrize("rows", [1, 8])
    def test_costs_the_same_for_one_row_and_for_many(
        self, client, organization, admin, motif, assert_query_count, rows
    ):
        for _ in range(rows):
            colleague = make_agent(organization=organization).calendar
            colleague.weekly_allowance = timedelta(hours=35)
            colleague.save()
            make_opening(calendar=colleague, motifs=[motif, make_motif(organization=organization)])

        with assert_query_count("opening_list"):
            client.get(url("list", organization))


class TestThePreview:
    def preview(self, client, organization, calendar, motif, location, **fields):
        return text(client.get(url("preview", organization), typed(calendar, motif, location, **fields)))

    def test_reads_back_what_is_typed_with_its_next_days(self, client, organization, agent, motif, location):
        page = self.preview(client, organization, agent.calendar, motif, location, repeat="WEEKLY", weekdays=["1", "6"])

        assert "Tous les mardis et dimanches de 9 h à 12 h 30, sans fin – Centre social." in page
        assert page.count("<li") == 5
        assert "mardi 3 mars 2026" in page
        assert "Fermé le dimanche" in page

    def test_says_which_day_will_be_the_first(self, client, organization, agent, motif, location):
        page = self.preview(client, organization, agent.calendar, motif, location, repeat="WEEKLY", weekdays=["4"])

        assert "La première fois sera le vendredi 6 mars 2026." in page

    def test_shows_the_gauge_with_what_is_typed_and_why_it_would_be_refused(
        self, client, organization, agent, motif, location
    ):
        calendar = agent.calendar
        calendar.weekly_allowance = timedelta(hours=3)
        calendar.save()

        page = self.preview(client, organization, calendar, motif, location)

        assert "3 h 30 ouvertes sur 3 h, 30 min de trop" in page
        assert "La semaine 10 de 2026 (du 2 au 8 mars) aurait 3 h 30 ouvertes pour 3 h autorisées" in page

    @pytest.mark.parametrize(
        "fields", [{"start_time": ""}, {"end_time": "8h"}, {"repeat": "WEEKLY"}, {"first_day": "x"}]
    )
    def test_waits_for_what_is_missing(self, client, organization, agent, motif, location, fields):
        page = self.preview(client, organization, agent.calendar, motif, location, **fields)

        assert "la phrase et les prochaines dates s'écrivent ici" in page

    def test_does_without_what_does_not_matter_to_it(self, client, organization, agent, motif, location):
        data = typed(agent.calendar, motif, None) | {"calendar": "", "motifs": []}
        page = text(client.get(url("preview", organization), data))

        assert "Le mardi 3 mars 2026 de 9 h à 12 h 30." in page

    def test_of_an_edit_does_not_take_the_opening_for_another(self, client, organization, agent, motif, location):
        opening = make_opening(calendar=agent.calendar, motifs=[motif], location=location, first_day=TUESDAY)

        page = self.preview(client, organization, agent.calendar, motif, location, opening=opening.pk)

        assert "chevauche" not in page
        assert "chevauche" in self.preview(client, organization, agent.calendar, motif, location)

    def test_of_an_edit_of_somebody_else_does_not_exist(self, client, organization, agent):
        assert client.get(url("preview", organization), {"opening": make_opening().pk}).status_code == 404


@pytest.mark.parametrize("motifs", [1, 12])
def test_the_form_costs_the_same_however_much_it_offers(client, organization, admin, assert_query_count, motifs):
    for _ in range(motifs):
        make_motif(organization=organization)
        make_desk(organization=organization)

    with assert_query_count("opening_add"):
        client.get(url("add", organization))


@pytest.mark.parametrize("rows", [1, 8])
def test_the_preview_costs_the_same_however_many_openings_there_are(
    client, organization, agent, motif, location, assert_query_count, rows
):
    calendar = agent.calendar
    calendar.weekly_allowance = timedelta(hours=35)
    calendar.save()
    for number in range(rows):
        make_opening(
            calendar=calendar,
            motifs=[motif],
            location=location,
            first_day=TUESDAY + timedelta(days=number),
            start_time=time(18),
            end_time=time(19),
        )

    with assert_query_count("opening_preview"):
        client.get(url("preview", organization), typed(calendar, motif, location))
