"""Only mornings, only Thursdays: what is shown then, how it is kept, and how it is let go of."""

import re
from datetime import time, timedelta
from html import unescape

import pytest
from django.http import QueryDict
from hypothesis import given
from hypothesis import strategies as st

from booking_portal.slot_filters import SlotFilter
from scheduling.services.holds import MOST_HOLDS_PER_CLIENT
from tests.booking_portal.conftest import slot_url_of, text_of
from tests.factories import MONDAY, THURSDAY, TUESDAY, make_opening, make_unavailability, paris

pytestmark = pytest.mark.django_db


@pytest.fixture
def opening(motif, now):
    """From Monday to Friday, 9 h to 12 h and 14 h to 16 h."""
    opening = make_opening(motifs=[motif], rrule="FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR")
    make_opening(
        calendar=opening.calendar,
        location=opening.location,
        motifs=[motif],
        start_time=time(14),
        end_time=time(16),
        rrule="FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR",
    )
    return opening


@pytest.fixture
def slots(motif, opening):
    return slot_url_of(motif)


def days(response):
    return {day.day: (len(day.morning), len(day.afternoon)) for day in response.context["week"].days}


def next_start(response):
    return response.context["week"].next_slot.starts_at


def link(response, text):
    """Where the link that says `text` leads."""
    for href, label in re.findall(r'<a [^>]*href="([^"]*)"[^>]*>(.*?)</a>', response.content.decode(), re.DOTALL):
        if text in unescape(re.sub(r"<[^>]+>", "", label)).replace("\xa0", " "):
            return unescape(href)
    raise AssertionError(f"No link says {text}")


class TestTheWeek:
    def test_without_a_choice_everything_is_shown(self, client, slots):
        assert set(days(client.get(slots)).values()) == {(6, 4)}

    def test_afternoons_only(self, client, slots):
        response = client.get(f"{slots}&moments=apres-midi")

        assert next_start(response) == paris(MONDAY, 14)
        assert set(days(response).values()) == {(0, 4)}
        assert "Premier créneau qui correspond à vos choix" in text_of(response)

    def test_two_weekdays_in_the_morning(self, client, slots):
        response = client.get(f"{slots}&moments=matin&jours=1&jours=3")

        assert next_start(response) == paris(TUESDAY, 9)
        assert days(response) == {TUESDAY: (6, 0), THURSDAY: (6, 0)}

    def test_both_halves_of_every_day_are_no_choice(self, client, slots):
        every = "".join(f"&jours={day}" for day in range(7))

        response = client.get(f"{slots}&moments=matin&moments=apres-midi{every}")

        assert set(days(response).values()) == {(6, 4)}
        assert "Premier créneau disponible" in text_of(response)

    @pytest.mark.parametrize(
        "nonsense", ["soir", "MATIN", "%00", "7", "-1", "%D9%A3", "1.0", "x" * 3000, "&jours=&moments="]
    )
    def test_what_it_cannot_mean_is_ignored(self, client, slots, nonsense):
        response = client.get(f"{slots}&moments={nonsense}&jours={nonsense}")

        assert set(days(response).values()) == {(6, 4)}
        assert response.context["filter"]["parts"] == []

    def test_a_good_value_beside_nonsense_counts(self, client, slots):
        assert list(days(client.get(f"{slots}&jours=9&jours=3&jours=abc"))) == [THURSDAY]

    def test_a_week_without_any_names_the_next_one_and_lets_go(self, client, opening, motif, slots):
        make_unavailability(calendar=opening.calendar, first_day=THURSDAY, organization=motif.organization)

        response = client.get(f"{slots}&moments=matin&jours=3&jour={MONDAY}")

        assert "Aucun créneau ne correspond à vos choix pendant ces sept jours." in text_of(response)
        assert response.context["week"].later.starts_at == paris(THURSDAY + timedelta(days=7), 9)
        everything = client.get(link(response, "Montrer aussi les autres moments"))
        assert everything.context["week"].first_day == MONDAY
        assert MONDAY in days(everything)

    def test_the_next_one_after_a_week_without_any_suits_too(self, client, slots):
        """Past the first one that suits, and with slots of other moments in between."""
        far = MONDAY + timedelta(days=8)

        response = client.get(f"{slots}&jours=0&jour={far}")

        assert days(response) == {MONDAY + timedelta(days=14): (6, 4)}

    def test_nothing_at_all_says_what_to_do(self, client, slots):
        response = client.get(f"{slots}&jours=5")

        assert "Aucun créneau ne correspond à vos choix" in text_of(response)
        assert MONDAY in days(client.get(link(response, "Montrer tous les créneaux")))


class TestKept:
    def test_while_paging(self, client, slots):
        first = client.get(f"{slots}&moments=matin&jours=3")
        second = client.get(first.context["following_url"])

        assert days(second) == {THURSDAY + timedelta(days=7): (6, 0)}
        assert days(client.get(second.context["previous_url"])) == {THURSDAY: (6, 0)}

    def test_to_the_month_and_back(self, client, slots):
        month = client.get(client.get(f"{slots}&moments=matin&jours=3").context["month_url"])
        following = client.get(month.context["following_url"])

        for page in (month, following):
            counts = [cell.slots for week in page.context["month"].weeks for cell in week if cell and cell.slots]
            assert set(counts) == {6}
        assert list(days(client.get(month.context["day_url"] + "2026-03-12"))) == [THURSDAY + timedelta(days=7)]
        assert list(days(client.get(month.context["week_url"]))) == [THURSDAY]

    def test_when_no_slot_can_be_held(self, client, slots):
        free = [start for day in client.get(slots).context["week"].days for start in day.morning]
        for start in free[: MOST_HOLDS_PER_CLIENT + 1]:
            client.cookies.clear()
            response = client.post(f"{slots}&jours=3", {"debut": start.isoformat()}, follow=True)

        assert "Trop de créneaux sont retenus" in text_of(response)
        assert list(days(response)) == [THURSDAY]


class TestChosen:
    def test_each_choice_is_shown_and_let_go_of_alone(self, client, slots):
        response = client.get(f"{slots}&moments=matin&jours=1&jours=3&jour={MONDAY}")

        assert days(client.get(link(response, "Mardi"))) == {THURSDAY: (6, 0)}
        assert days(client.get(link(response, "Le matin"))) == {TUESDAY: (6, 4), THURSDAY: (6, 4)}
        assert "checked" in re.search(r'<input[^>]*value="matin"[^>]*>', response.content.decode())[0]

    def test_the_form_holds_what_was_chosen_before(self, client, slots):
        context = client.get(f"{slots}&jours=3&jour={MONDAY}").context["filter"]

        assert (
            client.get(context["path"], dict(context["parameters"]) | {"moments": "matin"}).context["week"].first_day
            == MONDAY
        )
        assert [name for name, _value in context["parameters"]] == ["motif", "mode", "jour"]

    def test_days_are_those_on_which_the_organization_is_open(self, client, slots):
        names = [name for _value, name in client.get(slots).context["filter"]["form"].fields["jours"].choices]

        assert names == ["Lundi", "Mardi", "Mercredi", "Jeudi", "Vendredi", "Samedi"]

    def test_it_is_folded_after_the_next_slot(self, client, slots):
        text = client.get(slots).content.decode()

        assert text.index("next-slot-button") < text.index('<details class="slot-filter-fold">')

    def test_the_slot_that_was_chosen_in_a_frame_is_shown_whatever_was_chosen_there(self, client, slots):
        response = client.get(f"{slots}&moments=matin&debut=2026-03-02T13:00Z")

        assert response.context["chosen"] == paris(MONDAY, 14)


def test_what_a_choice_costs(client, motif, slots, assert_query_count):
    with assert_query_count("slot_choice of afternoons"):
        client.get(f"{slots}&moments=apres-midi")


@given(st.lists(st.tuples(st.sampled_from(["jours", "moments", "x"]), st.text(max_size=5) | st.sampled_from("0136"))))
def test_an_address_says_the_filter_that_it_was_read_from(pairs):
    query = QueryDict(mutable=True)
    for name, value in pairs:
        query.appendlist(name, value)
    shown = SlotFilter.of(query)
    again = QueryDict(mutable=True)
    for name, values in shown.parameters.items():
        again.setlist(name, map(str, values))

    assert SlotFilter.of(again) == shown
    assert bool(shown) == bool(shown.wishes) == bool(shown.parts())
    for _name, rest in shown.parts():
        assert len(rest.parts()) == len(shown.parts()) - 1
