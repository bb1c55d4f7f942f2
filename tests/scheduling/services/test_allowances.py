"""The weekly cap of a calendar: raised at once, lowered only above what is open, and never outrun."""

from concurrent.futures import ThreadPoolExecutor
from datetime import date, time, timedelta
from threading import Barrier, Event, Thread
from time import sleep

import pytest
from django.db import IntegrityError, connection, transaction

from scheduling.exceptions import AllowanceRefused, QuotaExceeded, SchedulingError
from scheduling.models import Calendar, Opening
from scheduling.selectors.quota import gauges_of
from scheduling.services.allowances import set_weekly_allowance
from scheduling.services.openings import open_hours
from tests.factories import (
    FRIDAY,
    MONDAY,
    NOW,
    TUESDAY,
    WEDNESDAY,
    make_calendar,
    make_closure,
    make_desk,
    make_location,
    make_motif,
    make_opening,
    make_organization,
    make_territory,
    make_unavailability,
)

pytestmark = pytest.mark.django_db

NBSP = "\N{NO-BREAK SPACE}"
H = timedelta(hours=1)
WEEKLY = "FREQ=WEEKLY;BYDAY=TU"


@pytest.fixture
def motif():
    return make_motif(organization=make_organization())


@pytest.fixture
def calendar(motif):
    return make_calendar(organization=motif.organization)


def cap(calendar, allowance, now=NOW):
    set_weekly_allowance(calendar=calendar, allowance=allowance, now=now)
    calendar.refresh_from_db()
    return calendar.weekly_allowance


def opened(calendar, motif, hours, day=TUESDAY, rrule="", **fields):
    return make_opening(
        calendar=calendar,
        motifs=[motif],
        first_day=day,
        start_time=time(8),
        end_time=time(8 + hours),
        rrule=rrule,
        **fields,
    )


def left(calendar):
    calendar.refresh_from_db()
    gauge = gauges_of([calendar], day=MONDAY)[calendar.pk]
    return gauge.allowance - gauge.opened


def refusal(calendar, allowance, now=NOW):
    with pytest.raises(QuotaExceeded) as refused:
        cap(calendar, allowance, now)
    return refused.value.message.replace(NBSP, " ")


class TestSetting:
    @pytest.mark.parametrize("allowance", [H / 60, 16 * H, 168 * H, None])
    def test_a_calendar_without_hours_takes_any_cap(self, calendar, allowance):
        assert cap(calendar, allowance) == allowance

    def test_a_desk_has_one_too(self):
        assert cap(make_desk().calendar, 20 * H) == 20 * H

    @pytest.mark.parametrize("allowance", [timedelta(0), -H, 168 * H + H / 60])
    def test_what_no_week_can_hold_is_refused(self, calendar, allowance):
        with pytest.raises(AllowanceRefused):
            cap(calendar, allowance)

    def test_the_database_refuses_zero_by_itself(self, calendar):
        with pytest.raises(IntegrityError), transaction.atomic():
            Calendar.objects.filter(pk=calendar.pk).update(weekly_allowance=timedelta(0))

    def test_exactly_what_is_open_is_enough(self, calendar, motif):
        opened(calendar, motif, 8, rrule=WEEKLY)

        assert cap(calendar, 8 * H) == 8 * H

    def test_raising_takes_effect_at_once(self, calendar, motif):
        cap(calendar, 8 * H)
        opened(calendar, motif, 8, rrule=WEEKLY)
        with pytest.raises(QuotaExceeded):
            opened(calendar, motif, 1, day=FRIDAY)

        cap(calendar, 9 * H)

        assert opened(calendar, motif, 1, day=FRIDAY)

    def test_clearing_takes_effect_at_once(self, calendar, motif):
        cap(calendar, 8 * H)

        assert cap(calendar, None) is None
        assert opened(calendar, motif, 12)

    @pytest.mark.parametrize("allowance", [7 * H, 6 * H, None])
    def test_a_calendar_already_above_its_cap_may_have_it_raised_kept_or_cleared(self, calendar, motif, allowance):
        opened(calendar, motif, 8, rrule=WEEKLY)
        Calendar.objects.filter(pk=calendar.pk).update(weekly_allowance=6 * H)

        assert cap(calendar, allowance) == allowance


class TestLowering:
    def test_below_what_is_open_is_refused_with_the_weeks_named(self, calendar, motif):
        cap(calendar, 16 * H)
        opened(calendar, motif, 10, rrule="FREQ=WEEKLY;BYDAY=TU;UNTIL=20260317")

        assert refusal(calendar, 9 * H) == (
            "La semaine 10 de 2026 (du 2 au 8 mars) aurait 10 h ouvertes pour 9 h autorisées :"
            " 1 h de trop (et 2 autres semaines)."
        )
        calendar.refresh_from_db()
        assert calendar.weekly_allowance == 16 * H

    def test_a_first_cap_is_a_lower_one_too(self, calendar, motif):
        opened(calendar, motif, 10)

        assert "1 h de trop." in refusal(calendar, 9 * H)

    def test_looks_at_weeks_far_ahead(self, calendar, motif):
        opened(calendar, motif, 4, rrule=WEEKLY)
        opened(calendar, motif, 6, day=date(2028, 5, 3))

        assert "La semaine 18 de 2028 (du 1er au 7 mai) aurait 10 h ouvertes" in refusal(calendar, 9 * H)

    def test_finds_the_week_in_which_rare_series_meet(self, calendar, motif):
        """Every second and every third Tuesday, and every fifth: once in thirty weeks all three."""
        for number, hours in ((2, 4), (3, 3), (5, 2)):
            start = time(8 + {2: 0, 3: 4, 5: 7}[number])
            make_opening(
                calendar=calendar,
                motifs=[motif],
                first_day=TUESDAY + timedelta(weeks=number - 1),
                start_time=start,
                end_time=start.replace(hour=start.hour + hours),
                rrule=f"FREQ=WEEKLY;INTERVAL={number};BYDAY=TU",
            )

        # Weeks 1, 3, 5… · 2, 5, 8… · 4, 9, 14… after the first: all in the thirtieth.
        assert "La semaine 39 de 2026 (du 21 au 27 septembre) aurait 9 h ouvertes" in refusal(calendar, 8 * H)

    def test_counts_every_organization_and_place(self, calendar, motif):
        opened(calendar, motif, 6)
        opened(calendar, make_motif(organization=make_organization(), name="Ailleurs"), 6, day=WEDNESDAY)

        message = refusal(calendar, 11 * H)

        assert "12 h ouvertes pour 11 h autorisées" in message
        assert "Ailleurs" not in message

    def test_past_weeks_are_never_examined_again(self, calendar, motif):
        opened(calendar, motif, 10)

        assert cap(calendar, 4 * H, now=NOW + timedelta(days=7)) == 4 * H

    def test_the_current_week_is_examined_to_its_last_day(self, calendar, motif):
        opened(calendar, motif, 10)

        assert "semaine 10 de 2026" in refusal(calendar, 4 * H, now=NOW + timedelta(days=6))

    def test_a_week_is_past_when_it_is_past_everywhere(self, calendar, motif):
        """Sunday evening in Martinique is Monday in Paris."""
        far = make_organization(territory=make_territory(time_zone="America/Martinique"))
        opened(calendar, make_motif(organization=far), 6)
        opened(calendar, motif, 4, day=WEDNESDAY)
        monday_in_paris = NOW + timedelta(days=7) - timedelta(hours=6)  # 1 h there, 20 h on Sunday overseas.

        assert "semaine 10 de 2026" in refusal(calendar, 5 * H, now=monday_in_paris)

    def test_what_overlaps_counts_once(self, calendar, motif):
        for _ in range(2):
            opened(calendar, motif, 8)

        assert cap(calendar, 8 * H) == 8 * H

    def test_unavailabilities_and_closed_days_give_nothing_back(self, calendar, motif):
        opened(calendar, motif, 8)
        make_unavailability(calendar=calendar, organization=motif.organization, first_day=TUESDAY)
        make_closure(organization=motif.organization, first_day=TUESDAY, last_day=TUESDAY)

        assert "8 h ouvertes" in refusal(calendar, 7 * H)

    def test_at_the_end_of_a_year(self, calendar, motif):
        """Monday 28 December 2026 to Sunday 3 January 2027 are one week: the 53rd of 2026."""
        opened(calendar, motif, 6, day=date(2026, 12, 29))
        opened(calendar, motif, 6, day=date(2027, 1, 2))

        message = refusal(calendar, 11 * H)

        assert "La semaine 53 de 2026 (du 28 décembre 2026 au 3 janvier 2027) aurait 12 h ouvertes" in message


def in_another_transaction(act):
    """A thread that has done `act` and has not committed yet."""
    written = Event()

    def run():
        try:
            with transaction.atomic():
                act()
                written.set()
                sleep(0.3)  # Long enough for the other one to look at what is not committed yet.
        finally:
            connection.close()

    thread = Thread(target=run)
    thread.start()
    assert written.wait(10)
    return thread


@pytest.mark.django_db(transaction=True)
class TestTwoTransactions:
    def test_a_cap_waits_for_an_opening_that_is_being_written(self, calendar, motif):
        cap(calendar, 16 * H)
        writer = in_another_transaction(lambda: opened(calendar, motif, 12))

        assert "12 h ouvertes pour 10 h autorisées" in refusal(calendar, 10 * H)
        writer.join()

    def test_an_opening_waits_for_a_cap_that_is_being_lowered(self, calendar, motif):
        cap(calendar, 16 * H)
        writer = in_another_transaction(lambda: set_weekly_allowance(calendar=calendar, allowance=10 * H, now=NOW))

        with pytest.raises(QuotaExceeded):
            opened(calendar, motif, 12)
        writer.join()
        assert not Opening.objects.exists()


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("round_", range(5))
def test_an_opening_and_a_lower_cap_at_once_never_leave_the_calendar_above_it(round_):
    motif = make_motif(organization=make_organization())
    location = make_location(organization=motif.organization)
    calendar = make_calendar(organization=motif.organization, weekly_allowance=16 * H)
    opened(calendar, motif, 8, location=location)
    barrier = Barrier(4)

    def act(number):
        try:
            barrier.wait()
            if number % 2:
                set_weekly_allowance(calendar=calendar, allowance=10 * H, now=NOW)
            else:
                open_hours(
                    organization=motif.organization,
                    calendar=calendar,
                    motifs=[motif],
                    location=location,
                    first_day=FRIDAY,
                    start_time=time(8 + 4 * (number // 2)),
                    end_time=time(12 + 4 * (number // 2)),
                    now=NOW,
                )
        except SchedulingError as refused:
            return refused
        finally:
            connection.close()
        return None

    with ThreadPoolExecutor(4) as pool:
        outcomes = list(pool.map(act, range(4)))

    calendar.refresh_from_db()
    assert left(calendar) >= timedelta(0)
    assert all(isinstance(outcome, QuotaExceeded) for outcome in outcomes if outcome)
    lowered, openings = calendar.weekly_allowance == 10 * H, Opening.objects.count()
    assert (lowered, openings) in {(True, 1), (False, 3)}
