"""How many SMS of a text the month to come may bring."""

from datetime import timedelta
from decimal import Decimal

import pytest

from notifications.levels import Level
from notifications.models import Message
from notifications.selectors.estimates import estimate_of
from notifications.services.texts import write_text
from tests.factories import (
    MONDAY,
    NOW,
    make_appointment,
    make_citizen,
    make_motif,
    make_organization,
    make_territory,
    paris,
)

pytestmark = pytest.mark.django_db

MOBILE = "+33612345678"


@pytest.fixture
def territory():
    return make_territory(sms_price=Decimal("0.0725"))


@pytest.fixture
def motif(territory):
    return make_motif(organization=make_organization(territory=territory))


@pytest.fixture
def levels(motif, territory):
    return {
        "motif": Level(territory, motif.organization, motif),
        "organization": Level(territory, motif.organization),
        "territory": Level(territory),
    }


def book(motif, *, hour=9, **citizen):
    citizen = make_citizen(organization=motif.organization, **{"phone": MOBILE, "email": ""} | citizen)
    return make_appointment(motif=motif, citizen=citizen, starts_at=paris(MONDAY + timedelta(days=7), hour))


def estimate(level, kind="booked", segments=1, language="fr", is_apart=False):
    return estimate_of(level, kind=kind, language=language, is_apart=is_apart, segments=segments, now=NOW)


def write(level, language="fr", kind="booked"):
    write_text(
        level=level, kind=kind, channel="sms", language=language, subject="", body="Texte", seen=None, agent=None,
        now=NOW,
    )  # fmt: skip


def test_as_many_as_in_the_thirty_days_before_each_of_all_its_segments(levels, motif):
    book(motif), book(motif, hour=11)

    found = estimate(levels["motif"], segments=2)

    assert (found.messages, found.segments, found.cost, found.is_of_booked) == (2, 4, Decimal("0.29"), False)


def test_without_a_price_segments_alone(levels, motif, territory):
    book(motif)
    territory.sms_price = None

    assert (estimate(levels["motif"]).segments, estimate(levels["motif"]).cost) == (1, None)


def test_older_ones_mails_resent_dropped_and_other_events_do_not_count(levels, motif):
    for change in (
        {"created_at": NOW - timedelta(days=31)},
        {"channel": "email"},
        {"resends": Message.objects.first()},
        {"status": "dropped"},
        {"kind": "seated", "event": None},
        {"audience": "agent"},
    ):
        appointment = book(motif)
        if "resends" in change:
            change["resends"] = Message.objects.exclude(appointment=appointment).first()
        Message.objects.filter(appointment=appointment).update(**change)

    assert estimate(levels["motif"]).messages == 0


def test_each_level_counts_what_its_text_would_speak_to(levels, motif, territory):
    sister = make_motif(organization=make_organization(territory=territory))
    other = make_motif(organization=motif.organization)
    book(motif), book(other), book(sister), book(make_motif())

    assert [estimate(level).messages for level in levels.values()] == [1, 2, 3]

    write(levels["motif"])
    assert [estimate(level).messages for level in levels.values()] == [1, 1, 2]

    write(levels["organization"])
    assert [estimate(level).messages for level in levels.values()] == [1, 1, 1]


def test_where_each_language_has_its_text_each_counts_its_readers(levels, motif):
    book(motif), book(motif)
    appointment = book(motif)
    appointment.participations.update(language="en")

    def number(language, *, is_apart):
        return estimate(levels["motif"], language=language, is_apart=is_apart).messages

    assert (number("fr", is_apart=False), number("fr", is_apart=True), number("en", is_apart=True)) == (3, 2, 1)


class TestReminders:
    @pytest.fixture(autouse=True)
    def _twice(self, territory):
        territory.reminder_lead_times = [timedelta(hours=48), timedelta(hours=6)]
        territory.save()

    def test_are_as_many_as_the_rdvs_that_are_booked_ask_for(self, levels, motif):
        book(motif), book(motif)

        found = estimate(levels["motif"], "reminder")

        assert (found.messages, found.is_of_booked) == (4, True)

    def test_follow_the_lead_times_of_the_motif(self, levels, motif):
        motif.reminder_lead_times = [timedelta(hours=2)]
        motif.save()
        book(motif)
        assert estimate(levels["motif"], "reminder").messages == 1

        motif.reminder_lead_times = []
        motif.save()
        assert estimate(levels["motif"], "reminder").messages == 0

    def test_leave_out_who_takes_no_sms(self, levels, motif):
        book(motif, phone="")
        book(motif, notify_by_sms=False)
        mother = make_citizen(organization=motif.organization, phone=MOBILE)
        book(motif, phone="", responsible=mother)

        assert estimate(levels["motif"], "reminder").messages == 2  # The mother's two.

    def test_are_as_many_as_last_month_where_that_is_more(self, levels, motif, make_message):
        appointment = book(motif)
        for days in range(5):
            make_message(
                territory=levels["territory"].territory, organization=motif.organization, appointment=appointment,
                kind="reminder", channel="sms", subject="", created_at=NOW - timedelta(days=days),
            )  # fmt: skip

        found = estimate(levels["organization"], "reminder")

        assert (found.messages, found.is_of_booked) == (5, False)


@pytest.mark.parametrize(("kind", "queries"), [("booked", 1), ("reminder", 2)])
def test_costs_one_query_and_one_more_of_reminders(levels, motif, django_assert_num_queries, kind, queries):
    book(motif)
    for level in levels.values():
        with django_assert_num_queries(queries):
            estimate(level, kind)
