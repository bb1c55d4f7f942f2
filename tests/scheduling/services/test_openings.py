from concurrent.futures import ThreadPoolExecutor
from datetime import date, time, timedelta
from threading import Barrier

import pytest
from django.db import IntegrityError, connection, transaction

from organizations.models import Membership, Motif
from scheduling.exceptions import OpeningRefused, QuotaExceeded
from scheduling.models import FreeWindow, Opening, OpeningMotif
from scheduling.selectors.slots import Demand, offered_slots
from scheduling.services.openings import change_opening, close_opening, open_hours, purge_ended_openings
from tests.factories import (
    FRIDAY,
    MONDAY,
    NOW,
    TUESDAY,
    WEDNESDAY,
    make_appointment,
    make_calendar,
    make_location,
    make_membership,
    make_motif,
    make_opening,
    make_organization,
    make_unavailability,
    paris,
)

HOUR = timedelta(hours=1)
NBSP = "\N{NO-BREAK SPACE}"


def eight_hours(calendar, day, rrule="", **fields):
    return make_opening(calendar=calendar, first_day=day, rrule=rrule, start_time=time(9), end_time=time(17), **fields)


@pytest.mark.django_db
class TestOpeningHours:
    def test_until_24_h_offers_slots_up_to_midnight(self):
        motif = make_motif()
        opening = make_opening(motifs=[motif], start_time=time(22), end_time=time(0))

        slots = offered_slots([Demand(motif)], start=NOW, end=NOW + timedelta(days=2), now=NOW)

        assert [(window.starts_at, window.ends_at) for window in FreeWindow.objects.order_by("pk")] == [
            (paris(MONDAY, 22), paris(TUESDAY, 0))
        ]
        assert slots[-1].ends_at == paris(TUESDAY, 0)
        assert opening.last_day == MONDAY

    @pytest.mark.parametrize(
        ("fields", "sentence"),
        [
            ({"start_time": time(12), "end_time": time(9)}, "doit se terminer après son début"),
            ({"start_time": time(9), "end_time": time(9)}, "doit se terminer après son début"),
            ({"rrule": "FREQ=DAILY;UNTIL=20260301"}, "ne tombe sur aucun jour"),
            ({"first_day": date(2031, 4, 1)}, "dans plus de cinq ans"),
            ({"first_day": date(2025, 2, 1)}, "passé depuis plus d'un an"),
            ({"location": None}, "Choisissez un lieu"),
        ],
    )
    def test_that_cannot_be_is_refused_and_leaves_nothing_behind(self, fields, sentence):
        with pytest.raises(OpeningRefused, match=sentence):
            make_opening(**fields)

        assert not Opening.objects.exists()

    def test_for_a_motif_of_another_organization_is_refused(self):
        with pytest.raises(OpeningRefused, match="pas de cette organisation"):
            make_opening(organization=make_organization(), motifs=[make_motif()])

    def test_without_motif_is_refused(self):
        organization = make_organization()

        with pytest.raises(OpeningRefused, match="au moins un motif"):
            open_hours(
                organization=organization,
                calendar=make_calendar(organization=organization),
                motifs=[],
                location=None,
                first_day=MONDAY,
                start_time=time(9),
                end_time=time(12),
                now=NOW,
            )

    def test_by_telephone_needs_no_place(self):
        motif = make_motif(location_kind=Motif.LocationKind.PHONE)

        assert make_opening(motifs=[motif], location=None).location is None

    def test_past_the_service_with_a_motif_of_another_organization_is_refused_by_the_database(self):
        opening = make_opening()
        motif = make_motif()

        with pytest.raises(IntegrityError, match="opening_motif"), transaction.atomic():
            OpeningMotif.objects.create(organization=opening.organization, opening=opening, motif=motif)
            connection.check_constraints()

    def test_past_the_service_that_end_before_they_start_is_refused_by_the_database(self):
        opening = make_opening()

        with pytest.raises(IntegrityError, match="opening_ends_after_start"), transaction.atomic():
            Opening.objects.filter(pk=opening.pk).update(end_time=time(8))


@pytest.mark.django_db
class TestChangingAnOpening:
    def change(self, opening, **fields):
        return change_opening(opening=opening, motifs=fields.pop("motifs", opening.motifs.all()), now=NOW, **fields)

    def test_moves_its_windows(self):
        opening = make_opening()

        self.change(opening, end_time=time(10))

        assert FreeWindow.objects.get().ends_at == paris(MONDAY, 10)

    def test_carries_other_motifs_from_then_on(self):
        first, second = (make_motif(organization=make_organization()) for _ in range(2))
        second = make_motif(organization=first.organization)
        opening = make_opening(motifs=[first])

        self.change(opening, motifs=[second])

        assert list(opening.motifs.all()) == [second]
        assert offered_slots([Demand(first)], start=NOW, end=NOW + timedelta(days=1), now=NOW) == []

    def test_that_began_years_ago_is_no_reason_to_refuse(self):
        opening = make_opening(rrule="FREQ=DAILY")
        Opening.objects.update(first_day=date(2020, 1, 6))
        opening.refresh_from_db()

        self.change(opening, title="Toujours là")

        assert Opening.objects.get().title == "Toujours là"

    def test_that_somebody_deleted_meanwhile_does_not_bring_it_back(self):
        opening = make_opening()
        seen = Opening.objects.select_related("organization__territory").get()
        close_opening(opening=opening, now=NOW)

        with pytest.raises(OpeningRefused, match="vient d'être supprimée"):
            self.change(seen, motifs=[make_motif(organization=seen.organization)])

        assert not Opening.objects.exists()


@pytest.mark.django_db
def test_deleting_an_opening_takes_its_free_slots_and_leaves_its_appointments():
    motif = make_motif()
    opening = make_opening(motifs=[motif])
    appointment = make_appointment(motif=motif, calendar=opening.calendar, location=opening.location)

    close_opening(opening=opening, now=NOW)

    assert not FreeWindow.objects.exists()
    appointment.refresh_from_db()
    assert appointment.is_upcoming(NOW)


@pytest.mark.django_db
def test_openings_ended_for_more_than_a_year_are_purged():
    make_opening()
    kept = make_opening(first_day=TUESDAY)

    assert purge_ended_openings(now=NOW + timedelta(days=367)) == 1
    assert Opening.objects.get() == kept


@pytest.mark.django_db
class TestTheQuota:
    @pytest.fixture
    def part_timer(self):
        """Sixteen hours a week, ten of them already opened."""
        calendar = make_calendar(weekly_allowance=16 * HOUR)
        make_opening(calendar=calendar, first_day=MONDAY, rrule="FREQ=WEEKLY;BYDAY=MO,WE", end_time=time(14))
        return calendar

    def test_can_be_used_up_to_the_minute(self, part_timer):
        make_opening(calendar=part_timer, first_day=FRIDAY, start_time=time(9), end_time=time(15))

        with pytest.raises(QuotaExceeded):
            make_opening(calendar=part_timer, first_day=TUESDAY, start_time=time(9), end_time=time(9, 1))

    def test_names_the_first_week_and_what_is_too_much(self, part_timer):
        with pytest.raises(QuotaExceeded) as refusal:
            eight_hours(part_timer, FRIDAY + timedelta(days=14), "FREQ=WEEKLY;BYDAY=FR;UNTIL=20260410")

        assert refusal.value.message.replace(NBSP, " ") == (
            "La semaine 12 de 2026 (du 16 au 22 mars) aurait 18 h ouvertes pour 16 h autorisées :"
            " 2 h de trop (et 3 autres semaines)."
        )
        assert Opening.objects.count() == 1

    def test_counts_every_place_and_every_organization(self, part_timer):
        elsewhere = make_organization()
        make_membership(agent=part_timer.agent, organization=elsewhere)

        with pytest.raises(QuotaExceeded, match="semaine 10 de 2026"):
            eight_hours(part_timer, TUESDAY, organization=elsewhere)

    def test_is_given_nothing_back_by_a_sick_day(self, part_timer):
        make_unavailability(calendar=part_timer, first_day=MONDAY, start_time=time(0), end_time=time(0))

        with pytest.raises(QuotaExceeded):
            eight_hours(part_timer, TUESDAY)

    def test_finds_the_week_where_two_rhythms_meet(self, part_timer):
        make_opening(
            calendar=part_timer,
            first_day=FRIDAY,
            rrule="FREQ=WEEKLY;INTERVAL=2;BYDAY=FR",
            start_time=time(9),
            end_time=time(13),
        )

        with pytest.raises(QuotaExceeded, match=r"semaine 14 de 2026 .* aurait 17"):
            make_opening(
                calendar=part_timer,
                first_day=TUESDAY + timedelta(weeks=1),
                rrule="FREQ=WEEKLY;INTERVAL=3;BYDAY=TU",
                start_time=time(9),
                end_time=time(12),
            )

    def test_lets_an_opening_shrink_even_where_the_cap_was_lowered_below_it(self, part_timer):
        opening = Opening.objects.select_related("organization__territory").get()
        part_timer.weekly_allowance = 4 * HOUR
        part_timer.save()

        change_opening(opening=opening, motifs=opening.motifs.all(), end_time=time(12), now=NOW)
        with pytest.raises(QuotaExceeded):
            change_opening(opening=opening, motifs=opening.motifs.all(), end_time=time(12, 1), now=NOW)

        assert Opening.objects.get().end_time == time(12)

    def test_of_a_full_time_calendar_has_no_limit(self):
        calendar = make_calendar()

        make_opening(calendar=calendar, rrule="FREQ=DAILY", start_time=time(0), end_time=time(0))

        assert Opening.objects.count() == 1


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("elsewhere", [False, True], ids=["one organization", "two organizations"])
def test_two_requests_at_once_cannot_exceed_the_quota_together(elsewhere):
    here = make_organization()
    there = make_organization() if elsewhere else here
    calendar = make_calendar(organization=here, weekly_allowance=8 * HOUR)
    Membership.objects.get_or_create(organization=there, agent=calendar.agent)
    plans = [
        {"organization": o, "motifs": [make_motif(organization=o)], "location": make_location(organization=o)}
        for o in (here, there)
    ]
    days = [MONDAY, WEDNESDAY]
    barrier = Barrier(2)

    def open_six_hours(number):
        try:
            barrier.wait()
            open_hours(
                calendar=calendar,
                first_day=days[number],
                start_time=time(9),
                end_time=time(15),
                now=NOW,
                **plans[number],
            )
            return "opened"
        except QuotaExceeded:
            return "refused"
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as pool:
        outcomes = list(pool.map(open_six_hours, range(2)))

    assert sorted(outcomes) == ["opened", "refused"]
    assert Opening.objects.count() == 1
