"""The screen of notifications: for a territory, an organization and a motif."""

from datetime import time, timedelta

import pytest
from django.urls import reverse

from notifications.levels import Level
from notifications.models import SWITCHABLE, Message, MessageSwitch
from notifications.selectors.switches import switches_of_level
from notifications.services.switches import set_switches
from notifications.services.texts import write_text
from notifications.texts import EVENTS, OF_WORKSHOPS
from organizations.models import Membership, Territory
from tests.factories import NOW, make_agent, make_motif, make_organization, make_territory, make_territory_admin
from tests.shown_forms import as_shown

pytestmark = pytest.mark.django_db

HOURS = [timedelta(hours=n) for n in range(50)]
LEVELS = ["territory", "organization", "motif"]


@pytest.fixture
def motif():
    territory = make_territory(reminder_lead_times=[HOURS[6], HOURS[48]])
    return make_motif(name="Passeport", organization=make_organization(territory=territory))


@pytest.fixture
def organization(motif):
    return motif.organization


@pytest.fixture
def levels(motif, organization):
    territory = organization.territory
    return {
        "territory": Level(territory),
        "organization": Level(territory, organization),
        "motif": Level(territory, organization, motif),
    }


@pytest.fixture
def admin(client, organization):
    admin = make_agent(organization=organization, role=Membership.Role.ADMIN)
    client.force_login(admin)
    return admin


@pytest.fixture
def territory_admin(client, organization):
    admin = make_territory_admin(territory=organization.territory)
    client.force_login(admin)
    return admin


def address(level):
    if level.motif:
        return reverse("notifications:motif_notification_settings", args=[level.organization.slug, level.motif.pk])
    if level.organization:
        return reverse("notifications:notification_settings", args=[level.organization.slug])
    return reverse("notifications:territory_notification_settings", args=[level.territory.slug])


def put(level, kind, channel, value, *, seen=None, agent=None):
    cell = (kind, channel)
    set_switches(level=level, wanted={cell: value}, seen={cell: seen}, agent=agent, now=NOW)


def text(response):
    page = response.content.decode()
    return page.replace("\N{NO-BREAK SPACE}", " ").replace("&nbsp;", " ").replace("&#x27;", "'")


def in_force(response):
    """By event and channel: whether it is sent, and who says so."""
    rows = [row for _, rows in response.context["groups"] for row in rows]
    return {(kind, cell[0]): (cell[1].is_on, cell[1].source) for _, kind, cells in rows for cell in cells}


def send(client, level, **typed):
    shown = client.get(address(level)).context["form"]
    return client.post(address(level), as_shown(shown, **{name.replace("__", "-"): to for name, to in typed.items()}))


class TestWhatItShows:
    def test_the_seven_events_of_the_seed_and_those_of_workshops(self, client, admin, levels):
        content = text(client.get(address(levels["organization"])))

        assert len(set(SWITCHABLE) - OF_WORKSHOPS) == 7
        assert all(label in content for label in EVENTS.values())

    def test_an_offer_that_somebody_asked_for_always_leaves_and_its_text_is_written_anew(
        self, client, admin, levels, motif
    ):
        page = client.get(address(levels["organization"]))
        assert "Toujours" in text(page)
        assert "earlier_slot-sms" not in page.context["form"].fields
        assert "evenement=earlier_slot&amp;canal=sms" in page.content.decode()

        assert "Créneau plus tôt proposé" in text(client.get(address(levels["motif"])))
        motif.offers_earlier_slots = False
        motif.save()
        assert "Créneau plus tôt proposé" not in text(client.get(address(levels["motif"])))

    def test_of_a_motif_those_of_workshops_only_if_it_is_one(self, client, admin, levels, motif):
        assert "Place libérée" not in text(client.get(address(levels["motif"])))
        motif.is_collective = True
        motif.save()
        assert "Place libérée" in text(client.get(address(levels["motif"])))

    @pytest.mark.parametrize("name", LEVELS)
    def test_what_is_in_force_and_who_says_so(self, client, territory_admin, levels, name):
        put(levels["territory"], "booked", "sms", False)
        put(levels["organization"], "reminder", "sms", False)
        put(levels["motif"], "reminder", "sms", True)
        put(levels["motif"], "moved", "email", False)

        found = in_force(client.get(address(levels[name])))

        rank = LEVELS.index(name)
        assert found["booked", "sms"] == (False, "territory")
        assert found["reminder", "sms"] == [(True, "default"), (False, "organization"), (True, "motif")][rank]
        assert found["moved", "email"] == [(True, "default"), (True, "default"), (False, "motif")][rank]
        assert found["no_show", "email"] == (True, "default")

    def test_what_each_choice_would_inherit(self, client, admin, levels):
        put(levels["territory"], "booked", "sms", False)

        content = text(client.get(address(levels["organization"])))

        assert "Comme le territoire (non)" in content
        assert "Comme le territoire (oui)" in content
        assert "Pas envoyé" in content

    def test_where_each_text_comes_from(self, client, admin, levels):
        write_text(
            level=levels["territory"], kind="booked", channel="sms", subject="", body="Texte du pays", seen=None,
            agent=None, now=NOW,
        )  # fmt: skip

        response = client.get(address(levels["motif"]))

        ((_, rows),) = response.context["groups"]
        sources = {(kind, cell[0]): cell[3].source for _, kind, cells in rows for cell in cells}
        assert (sources["booked", "sms"], sources["booked", "email"]) == ("territory", "default")
        assert "Texte du pays" in text(response)

    @pytest.mark.parametrize(
        ("own", "words"),
        [(None, "2 jours et 6 h avant le rendez-vous"), ([HOURS[3]], "3 h avant le rendez-vous"), ([], "Aucun rappel")],
    )
    def test_the_lead_times_of_the_motif_or_else_of_the_territory(self, client, admin, levels, motif, own, words):
        motif.reminder_lead_times = own
        motif.save()

        page = client.get(address(levels["motif"]))

        assert words in text(page)
        assert page.context["rhythm"].source == ("territory" if own is None else "motif")
        assert reverse("scheduling:motif_edit", args=[motif.organization.slug, motif.pk]) in text(page)

    def test_quiet_hours_and_that_there_are_none(self, client, admin, levels):
        territory = levels["territory"].territory
        assert "Pas de SMS de 20 h à 8 h" in text(client.get(address(levels["organization"])))

        Territory.objects.filter(pk=territory.pk).update(quiet_from=time(21, 30), quiet_until=time(0))
        assert "Pas de SMS de 21 h 30 à 24 h" in text(client.get(address(levels["organization"])))

        Territory.objects.filter(pk=territory.pk).update(quiet_from=time(9), quiet_until=time(9))
        assert "Pas de SMS" not in text(client.get(address(levels["organization"])))

    def test_leads_to_the_territory_who_may_change_it_only(self, client, admin, levels):
        assert address(levels["territory"]) not in text(client.get(address(levels["organization"])))
        client.force_login(make_territory_admin(territory=levels["territory"].territory))
        assert address(levels["territory"]) in text(client.get(address(levels["organization"])))

    def test_who_does_it_otherwise_under_this_level(self, client, territory_admin, levels, organization):
        put(levels["motif"], "booked", "sms", False)
        put(levels["organization"], "booked", "sms", False)
        make_motif(organization=organization, name="Vaccination", reminder_lead_times=[HOURS[1]])
        archived = make_motif(organization=organization, name="Ancien", archived_at=NOW, reminder_lead_times=[])
        put(Level(organization.territory, organization, archived), "booked", "sms", False)
        put(Level(stranger := make_territory()), "booked", "sms", False)
        assert stranger

        of_territory = client.get(address(levels["territory"])).context["below"].shown
        of_organization = client.get(address(levels["organization"])).context["below"].shown

        assert [each.motif for each in of_organization] == ["Passeport", "Vaccination"]
        assert [(each.motif, each.switches, each.has_lead_times) for each in of_territory] == [
            ("", 1, False),
            ("Passeport", 1, False),
            ("Vaccination", 0, True),
        ]
        assert client.get(address(levels["motif"])).context["below"].shown == []

    def test_in_production_without_a_provider_no_sms_leaves_and_it_says_so(self, client, admin, levels, settings):
        settings.LOCAL_OUTBOX = False
        assert "aucun SMS ne part" in text(client.get(address(levels["organization"])))

    def test_costs_the_same_whatever_is_set(self, client, territory_admin, levels, organization, assert_query_count):
        for _ in range(2):
            for level in levels.values():
                pages = {"motif": "motif_", "organization": "", "territory": "territory_"}
                with assert_query_count(f"{pages[level.name]}notification_settings"):
                    client.get(address(level))
            more = [make_motif(organization=organization, reminder_lead_times=[]) for _ in range(3)]
            for level in [*levels.values(), *(Level(organization.territory, organization, each) for each in more)]:
                for kind in SWITCHABLE:
                    put(level, kind, "sms", False)


class TestSaving:
    @pytest.mark.parametrize("name", LEVELS)
    def test_many_at_its_level_with_one_button(self, client, territory_admin, levels, name):
        response = send(client, levels[name], booked__sms="non", reminder__email="oui", moved__sms="non")

        assert response["Location"] == address(levels[name])
        rows = MessageSwitch.objects.values_list("level", "kind", "channel", "is_on").order_by("kind")
        assert list(rows) == [
            (name, "booked", "sms", False),
            (name, "moved", "sms", False),
            (name, "reminder", "email", True),
        ]
        assert {row.changed_by for row in MessageSwitch.objects.all()} == {territory_admin}

    def test_given_back_to_the_level_above(self, client, admin, levels):
        put(levels["organization"], "booked", "sms", False)

        send(client, levels["organization"], booked__sms="")

        assert not MessageSwitch.objects.exists()

    def test_sent_as_it_was_shown_changes_nothing(self, client, territory_admin, levels):
        put(levels["territory"], "booked", "sms", False)
        before = list(MessageSwitch.objects.values()), list(Territory.objects.values())

        for level in levels.values():
            assert send(client, level).status_code == 302
            assert client.get(address(level)).context["form"].has_changed() is False

        assert (list(MessageSwitch.objects.values()), list(Territory.objects.values())) == before

    def test_two_who_change_different_ones_both_have_their_way(self, client, admin, levels):
        mine = as_shown(client.get(address(levels["organization"])).context["form"], **{"booked-sms": "non"})
        put(levels["organization"], "moved", "sms", False)

        assert client.post(address(levels["organization"]), mine).status_code == 302

        assert MessageSwitch.objects.filter(is_on=False).count() == 2

    def test_who_did_not_see_the_latest_is_told_keeps_their_choices_and_may_insist(self, client, admin, levels):
        level = levels["organization"]
        mine = as_shown(
            client.get(address(level)).context["form"], **{"booked-sms": "non", "moved-sms": "non", "no_show-sms": ""}
        )
        colleague = make_agent(first_name="Zoé", last_name="Martin")
        put(level, "booked", "sms", True, agent=colleague)

        refused = client.post(address(level), mine)

        assert refused.status_code == 422
        assert "Entre-temps : réglé ici sur oui par Zoé" in text(refused)
        assert [refused.context["form"][name].value() for name in ("booked-sms", "moved-sms")] == ["non", "non"]
        assert MessageSwitch.objects.get().is_on is True
        assert in_force(refused)["booked", "sms"] == (True, "organization")

        assert client.post(address(level), as_shown(refused.context["form"])).status_code == 302
        assert not MessageSwitch.objects.filter(is_on=True).exists()
        assert MessageSwitch.objects.count() == 2

    def test_a_second_click_does_it_once(self, client, admin, levels):
        mine = as_shown(client.get(address(levels["motif"])).context["form"], **{"booked-sms": "non"})
        for _ in range(2):
            assert client.post(address(levels["motif"]), mine).status_code == 302
        assert MessageSwitch.objects.count() == 1

    @pytest.mark.parametrize("typed", ["peut-être", "True", "non\x00", "9" * 1000])
    def test_a_choice_that_is_none_is_refused_and_nothing_saved(self, client, admin, levels, typed):
        response = send(client, levels["organization"], booked__sms=typed, moved__sms="non")

        assert response.status_code == 422
        assert response.context["form"]["moved-sms"].value() == "non"
        assert not MessageSwitch.objects.exists()

    def test_a_code_has_no_switch(self, client, admin, levels):
        client.post(address(levels["organization"]), {"code-sms": "non", "account-email": "non"})
        assert not MessageSwitch.objects.exists()

    def test_what_is_off_for_the_organization_is_on_again_for_the_motif(self, client, admin, levels):
        send(client, levels["organization"], reminder__sms="non")
        send(client, levels["motif"], reminder__sms="oui")

        switches = switches_of_level(levels["motif"])
        found = switches.of_level(levels["motif"], kind="reminder", channel=Message.Channel.SMS)
        assert (found.is_on, found.source) == (True, "motif")


class TestOfATerritory:
    def test_lead_times_quiet_hours_and_switches_together(self, client, territory_admin, levels):
        response = send(
            client,
            levels["territory"],
            reminder_lead_times="2j, 48h, 90m",
            quiet_from="21:30",
            quiet_until="7h",
            booked__sms="non",
        )

        assert response.status_code == 302
        territory = Territory.objects.get()
        assert territory.reminder_lead_times == [HOURS[48], timedelta(minutes=90)]
        assert (territory.quiet_from, territory.quiet_until) == (time(21, 30), time(7))
        assert MessageSwitch.objects.get().is_on is False

    @pytest.mark.parametrize(
        ("typed", "stored"),
        [(("22h", "24h"), (time(22), time(0))), (("0h", "0h"), (time(0), time(0))), (("8", "8"), (time(8), time(8)))],
    )
    def test_quiet_hours_may_end_at_midnight_or_be_none(self, client, territory_admin, levels, typed, stored):
        assert send(client, levels["territory"], quiet_from=typed[0], quiet_until=typed[1]).status_code == 302
        territory = Territory.objects.get()
        assert (territory.quiet_from, territory.quiet_until) == stored

    def test_may_leave_without_reminders(self, client, territory_admin, levels):
        send(client, levels["territory"], reminder_lead_times="")

        assert Territory.objects.get().reminder_lead_times == []
        assert "aucun rappel ne part" in text(client.get(address(levels["territory"])))

    @pytest.mark.parametrize(
        ("field", "typed", "sentence"),
        [
            ("reminder_lead_times", "2 mois", "au plus 30 jours"),
            ("reminder_lead_times", "1h,2h,3h,4h,5h,6h", "5 rappels au plus"),
            ("reminder_lead_times", "demain", "n'est pas une durée"),
            ("quiet_from", "", "Donnez l'heure"),
            ("quiet_until", "le matin", "n'est pas une heure"),
            ("quiet_until", "19h", "au moins 8 heures par jour"),
            ("quiet_from", "1h\x00", "n'est pas une heure"),
        ],
    )
    def test_refuses_beside_the_field_and_keeps_all_that_was_typed(
        self, client, territory_admin, levels, field, typed, sentence
    ):
        before = list(Territory.objects.values())

        response = send(client, levels["territory"], booked__sms="non", **{field: typed})

        assert response.status_code == 422
        form = response.context["form"]
        assert sentence in " ".join(form.errors[field]).replace("\N{NO-BREAK SPACE}", " ")
        assert (form[field].value(), form["booked-sms"].value()) == (typed, "non")
        assert list(Territory.objects.values()) == before
        assert not MessageSwitch.objects.exists()

    @pytest.mark.parametrize(
        ("theirs", "mine", "said", "stands"),
        [
            ({"quiet_until": "12h"}, {"quiet_from": "16h"}, ("quiet_until", "12h"), (time(20), time(12))),
            ({"quiet_from": "22h"}, {"quiet_from": "21h"}, ("quiet_from", "22h"), (time(22), time(8))),
        ],
        ids=["the other end", "the same"],
    )
    def test_who_changes_quiet_hours_that_somebody_else_just_set_reads_them_first(
        self, client, territory_admin, levels, theirs, mine, said, stands
    ):
        """Each alone may leave a day with SMS, and both together not."""
        level = levels["territory"]
        first, second = (as_shown(client.get(address(level)).context["form"], **typed) for typed in (theirs, mine))
        assert client.post(address(level), first).status_code == 302

        refused = client.post(address(level), second)

        assert refused.status_code == 422
        form = refused.context["form"]
        assert f"réglé sur {said[1]}" in form.errors[said[0]][0]
        territory = Territory.objects.get()
        assert (territory.quiet_from, territory.quiet_until) == stands
        # Read and sent again, it is decided.
        again = client.post(address(level), as_shown(form, quiet_from="21h", quiet_until="7h"))
        assert again.status_code == 302
        territory.refresh_from_db()
        assert (territory.quiet_from, territory.quiet_until) == (time(21), time(7))

    def test_nor_are_lead_times_overwritten_in_silence(self, client, territory_admin, levels):
        level = levels["territory"]
        pages = [client.get(address(level)).context["form"] for _ in range(2)]
        first, second = (
            as_shown(page, reminder_lead_times=typed) for page, typed in zip(pages, ("24h", "3h"), strict=True)
        )
        assert client.post(address(level), first).status_code == 302

        refused = client.post(address(level), second)

        assert refused.status_code == 422
        assert Territory.objects.get().reminder_lead_times == [HOURS[24]]
        assert refused.context["form"]["reminder_lead_times"].value() == "3h"
        assert client.post(address(level), as_shown(refused.context["form"])).status_code == 302
        assert Territory.objects.get().reminder_lead_times == [HOURS[3]]

    def test_the_settings_of_the_territory_lead_here(self, client, territory_admin, levels):
        page = client.get(reverse("scheduling:territory_settings", args=[levels["territory"].territory.slug]))
        assert address(levels["territory"]) in text(page)


def test_the_page_of_a_motif_leads_to_its_notifications(client, admin, motif, levels):
    page = client.get(reverse("scheduling:motif_edit", args=[motif.organization.slug, motif.pk])).content.decode()

    assert address(levels["motif"]) in page
