"""Earlier slots: what counts as time that has become free, and that none of it is lost."""

from datetime import time, timedelta
from uuid import uuid4

import pytest

from scheduling.engine.earlier_slots import Wishes
from scheduling.engine.series import Scope
from scheduling.models import (
    FreedTime,
)
from scheduling.selectors.slots import Demand
from scheduling.services.actors import CITIZEN
from scheduling.services.appointments import move_appointment
from scheduling.services.booking import Attendee, book_appointment
from scheduling.services.hand_moves import stretch_appointment
from scheduling.services.holds import release_hold, sweep_expired_holds, take_hold
from scheduling.services.nightly import roll_forward
from scheduling.services.opening_days import remove_closure
from scheduling.services.openings import change_opening, close_opening
from scheduling.services.reference_week_application import apply_reference_week
from scheduling.services.slot_offers import (
    decline_offer,
    keep_waiting_list,
)
from scheduling.services.unavailabilities import remove_unavailability
from tests.factories import (
    FRIDAY,
    MONDAY,
    THURSDAY,
    TUESDAY,
    WEDNESDAY,
    make_appointment,
    make_citizen,
    make_closure,
    make_location,
    make_motif,
    make_opening,
    make_organization,
    make_reference_week,
    make_unavailability,
    paris,
)
from tests.scheduling.earlier_slots import (
    FAR,
    TEN,
    bookable,
    cancel,
    forget,
    free_and_offer,
    make_full,
    make_waiting,
    offers_to,
    only_offer,
)

pytestmark = pytest.mark.django_db

NEXT_DAY = TEN + timedelta(days=1)


@pytest.fixture
def motif():
    return make_motif(organization=make_organization())


class TestFreedBy:
    """Whatever frees time: each of these is noted in its own transaction."""

    @pytest.fixture
    def request_of(self, motif):
        return make_waiting(motif=motif)

    def offered(self, request):
        keep_waiting_list(now=TEN)
        return [offer.starts_at for offer in offers_to(request)]

    def test_a_move(self, motif, request_of):
        (taken,) = make_full(motif=motif)
        make_opening(motifs=[motif], first_day=FAR + timedelta(days=1), location=taken.location)
        forget()

        move_appointment(
            appointment=taken, starts_at=paris(FAR + timedelta(days=1), 9), location_id=None, actor=CITIZEN, now=TEN
        )

        assert self.offered(request_of) == [paris(WEDNESDAY, 9)]

    def test_a_new_opening(self, motif, request_of):
        make_opening(motifs=[motif], first_day=THURSDAY, now=TEN)

        assert self.offered(request_of) == [paris(THURSDAY, 9)]

    def test_an_opening_that_is_extended(self, motif, request_of):
        (taken,) = make_full(motif=motif)
        opening = taken.calendars.get().openings.get()
        change_opening(opening=opening, motifs=[motif], now=TEN, end_time=time(10))

        assert self.offered(request_of) == [paris(WEDNESDAY, 9, 30)]

    def test_an_opening_that_receives_for_the_motif_from_now_on(self, motif, request_of):
        opening = make_opening(motifs=[make_motif(organization=motif.organization)], first_day=WEDNESDAY)
        forget()

        change_opening(opening=opening, motifs=[*opening.motifs.all(), motif], now=TEN)

        assert self.offered(request_of) == [paris(WEDNESDAY, 9)]

    def test_an_unavailability_that_is_removed(self, motif, request_of):
        opening = make_opening(motifs=[motif], first_day=WEDNESDAY)
        absence = make_unavailability(calendar=opening.calendar, organization=motif.organization, first_day=WEDNESDAY)
        forget()

        remove_unavailability(unavailability=absence, now=TEN)

        assert self.offered(request_of) == [paris(WEDNESDAY, 9)]

    def test_a_closure_that_is_removed(self, motif, request_of):
        closure = make_closure(organization=motif.organization, first_day=WEDNESDAY, last_day=WEDNESDAY)
        make_opening(motifs=[motif], first_day=WEDNESDAY)
        forget()

        remove_closure(closure=closure, now=TEN)

        assert self.offered(request_of) == [paris(WEDNESDAY, 9)]

    @pytest.mark.parametrize("how", ["expired", "released", "changed"])
    def test_no_hold_of_a_visitor(self, motif, request_of, how):
        """Its time was free to everybody before: else who looks at slot after slot spends everybody's offers."""
        make_opening(motifs=[motif], first_day=WEDNESDAY, end_time=time(10))
        forget()
        visitor = uuid4()

        def hold(hour, minute, now):
            take_hold(
                demand=Demand(motif),
                starts_at=paris(WEDNESDAY, hour, minute),
                location_id=None,
                visitor_key=visitor,
                client_hash="here",
                now=now,
            )

        hold(9, 0, TEN - timedelta(minutes=10))
        if how == "changed":
            hold(9, 30, TEN - timedelta(minutes=5))
        elif how == "released":
            release_hold(visitor_key=visitor, now=TEN - timedelta(minutes=5))
        sweep_expired_holds(now=TEN + timedelta(minutes=5))

        assert not FreedTime.objects.exists()
        assert self.offered(request_of) == []
        assert bookable(motif) == [paris(WEDNESDAY, 9), paris(WEDNESDAY, 9, 30)]

    @pytest.mark.parametrize("first", ["visitor", "sweep"])
    def test_an_offer_that_expired_beside_a_hold_of_a_visitor(self, motif, request_of, first):
        make_waiting(motif=motif)
        taken, other = make_full(motif=motif, slots=2)
        free_and_offer(taken)
        cancel(other, now=TEN)
        FreedTime.objects.all().delete()
        visitor, later = uuid4(), TEN + timedelta(hours=2)
        take_hold(
            demand=Demand(motif),
            starts_at=paris(WEDNESDAY, 9, 30),
            location_id=None,
            visitor_key=visitor,
            client_hash="here",
            now=later - timedelta(minutes=10),
        )

        if first == "visitor":
            release_hold(visitor_key=visitor, now=later)
        sweep_expired_holds(now=later)

        freed = FreedTime.objects.get()
        assert (freed.starts_at, freed.ends_at) == (paris(WEDNESDAY, 9), paris(WEDNESDAY, 9, 30))

    def test_a_rendez_vous_that_is_shortened(self, motif, request_of):
        opening = make_opening(motifs=[motif], first_day=WEDNESDAY, end_time=time(10))
        long = make_appointment(
            motif=motif,
            calendar=opening.calendar,
            location=opening.location,
            starts_at=paris(WEDNESDAY, 9),
            duration=timedelta(hours=1),
        )
        forget()

        stretch_appointment(appointment=long, ends_at=paris(WEDNESDAY, 9, 30), actor=CITIZEN, now=TEN)

        assert self.offered(request_of) == [paris(WEDNESDAY, 9, 30)]

    def test_an_absence_that_comes_again_each_day_it_was_and_no_other(self, motif, request_of):
        opening = make_opening(motifs=[motif], first_day=MONDAY + timedelta(days=7), rrule="FREQ=DAILY")
        absence = make_unavailability(
            calendar=opening.calendar,
            organization=motif.organization,
            first_day=MONDAY + timedelta(days=7),
            rrule="FREQ=WEEKLY;BYDAY=MO",
        )
        forget()
        remove_unavailability(unavailability=absence, now=TEN)

        freed = FreedTime.objects.order_by("starts_at").values_list("starts_at", "ends_at")
        mondays = [MONDAY + timedelta(days=7 * number) for number in range(1, 5)]
        assert list(freed[:4]) == [(paris(day, 9), paris(day, 12)) for day in mondays]

    def test_a_recurring_absence_only_where_it_was(self, motif):
        """Tuesday, which was never taken, suits; Monday, which was freed, does not."""
        request = make_waiting(motif=motif, wishes=Wishes(weekdays=frozenset({1})), day=FAR + timedelta(days=2))
        opening = make_opening(motifs=[motif], first_day=MONDAY + timedelta(days=7), rrule="FREQ=DAILY")
        absence = make_unavailability(
            calendar=opening.calendar,
            organization=motif.organization,
            first_day=MONDAY + timedelta(days=7),
            rrule="FREQ=WEEKLY;BYDAY=MO",
        )
        forget()

        remove_unavailability(unavailability=absence, now=TEN)

        assert self.offered(request) == []

    @pytest.mark.parametrize("scope", [Scope.OCCURRENCE, Scope.FOLLOWING])
    def test_no_opening_of_which_a_part_is_changed_in_name_alone(self, motif, request_of, scope):
        opening = make_opening(motifs=[motif], first_day=WEDNESDAY, rrule="FREQ=DAILY")
        forget()

        change_opening(opening=opening, motifs=[motif], scope=scope, day=THURSDAY, title="Guichet", now=TEN)

        assert not FreedTime.objects.exists()
        assert self.offered(request_of) == []

    def test_of_an_opening_that_is_split_what_is_longer_and_what_receives_for_more(self, motif, request_of):
        other = make_motif(organization=motif.organization)
        opening = make_opening(motifs=[other], first_day=WEDNESDAY, rrule="FREQ=DAILY;UNTIL=20260306")
        forget()
        part = change_opening(
            opening=opening, motifs=[other], scope=Scope.OCCURRENCE, day=THURSDAY, end_time=time(13), now=TEN
        )
        freed = FreedTime.objects.get()
        assert (freed.starts_at, freed.ends_at) == (paris(THURSDAY, 12), paris(THURSDAY, 13))
        forget()

        change_opening(opening=opening, motifs=[other, motif], scope=Scope.OCCURRENCE, day=FRIDAY, now=TEN)

        assert part.pk
        assert self.offered(request_of) == [paris(FRIDAY, 9)]

    def test_no_opening_that_a_reference_week_replaces_by_the_same_hours(self, motif, request_of):
        location = make_location(organization=motif.organization)
        opening = make_opening(motifs=[motif], first_day=WEDNESDAY, location=location)
        week = make_reference_week(organization=motif.organization, wednesday="09h00-10h00\n11h00-13h00")
        forget()

        apply_reference_week(
            weeks=[week],
            calendar=opening.calendar,
            motifs=[motif],
            location=location,
            first_day=WEDNESDAY,
            last_day=WEDNESDAY,
            now=TEN,
        )

        freed = FreedTime.objects.get()
        assert (freed.starts_at, freed.ends_at) == (paris(WEDNESDAY, 12), paris(WEDNESDAY, 13))

    def test_no_booking_and_no_night(self, motif, request_of):
        opening = make_opening(motifs=[motif], rrule="FREQ=DAILY", first_day=WEDNESDAY)
        forget()
        book_appointment(
            demand=Demand(motif),
            starts_at=paris(WEDNESDAY, 9),
            location_id=None,
            attendees=[Attendee(make_citizen(organization=motif.organization))],
            actor=CITIZEN,
            now=TEN,
        )
        close_opening(opening=make_opening(motifs=[motif], first_day=FAR), now=TEN)
        forget()
        roll_forward(calendar_ids=[opening.calendar_id], now=TEN + timedelta(days=1))

        assert not FreedTime.objects.exists()


class TestLeftToThePublic:
    """What nobody of those who wait takes is not hidden until it is lost."""

    def test_after_five_offers(self, motif):
        requests = [make_waiting(motif=motif, now=TEN - timedelta(minutes=9 - number)) for number in range(6)]
        (taken,) = make_full(motif=motif)
        free_and_offer(taken)

        for request in requests[:5]:
            decline_offer(offer=only_offer(request), now=TEN)
            keep_waiting_list(now=TEN)

        assert offers_to(requests[5]) == []
        assert bookable(motif) == [paris(WEDNESDAY, 9)]

    def test_also_where_somebody_may_only_be_asked_the_next_morning(self, motif):
        (elsewhere,) = make_full(motif=motif, day=FRIDAY)
        last = make_waiting(motif=motif, now=TEN - timedelta(minutes=10))
        free_and_offer(elsewhere)
        decline_offer(offer=only_offer(last), now=TEN)
        forget()
        requests = [make_waiting(motif=motif, now=TEN - timedelta(minutes=9 - number)) for number in range(5)]
        (taken,) = make_full(motif=motif, day=THURSDAY)
        free_and_offer(taken)
        for request in requests:
            decline_offer(offer=only_offer(request), now=TEN)
            keep_waiting_list(now=TEN)

        keep_waiting_list(now=paris(TUESDAY, 8))

        assert only_offer(last)
        assert bookable(motif, day=THURSDAY) == [paris(THURSDAY, 9)]

    @pytest.mark.parametrize(("hour", "is_next_asked"), [(9, False), (11, True)])
    def test_within_a_day_of_its_start(self, motif, hour, is_next_asked):
        first = make_waiting(motif=motif, now=TEN - timedelta(hours=1))
        second = make_waiting(motif=motif)
        (taken,) = make_full(motif=motif, day=TUESDAY, hour=hour)
        free_and_offer(taken)

        decline_offer(offer=only_offer(first), now=TEN)
        keep_waiting_list(now=TEN)

        assert bool(offers_to(second)) is is_next_asked
        assert bool(bookable(motif, day=TUESDAY)) is not is_next_asked


class TestNotLost:
    def test_while_the_broker_is_down(self, motif, django_capture_on_commit_callbacks):
        request = make_waiting(motif=motif)
        (taken,) = make_full(motif=motif)
        with django_capture_on_commit_callbacks(execute=True):
            cancel(taken)
        assert offers_to(request) == []

        keep_waiting_list(now=TEN + timedelta(minutes=1))

        assert only_offer(request)

    @pytest.mark.parametrize("somebody_waits", [True, False])
    def test_to_a_minute_where_a_worker_can_be_asked(self, motif, somebody_waits, django_capture_on_commit_callbacks):
        """At once where somebody waits; where nobody does, no worker is bothered."""
        if somebody_waits:
            make_waiting(motif=motif)
        (taken,) = make_full(motif=motif)

        with django_capture_on_commit_callbacks() as callbacks:
            cancel(taken)

        published = [callback.args[0] for callback in callbacks]
        assert ("scheduling.tasks.offer_freed_time" in published) is somebody_waits

    def test_by_a_worker_that_died_after_it_took_it_up(self, motif):
        request = make_waiting(motif=motif)
        (taken,) = make_full(motif=motif)
        cancel(taken)
        FreedTime.objects.update(due_at=TEN + timedelta(minutes=5))

        assert keep_waiting_list(now=TEN) == 0
        assert keep_waiting_list(now=TEN + timedelta(minutes=5)) == 1
        assert only_offer(request)

    def test_for_who_joins_at_that_very_moment(self, motif):
        (taken,) = make_full(motif=motif)
        cancel(taken)
        assert keep_waiting_list(now=TEN) == 0
        request = make_waiting(motif=motif)

        assert keep_waiting_list(now=TEN + timedelta(minutes=1)) == 1
        assert only_offer(request)

    def test_and_not_kept_where_nobody_waits(self, motif):
        (taken,) = make_full(motif=motif)
        cancel(taken)

        keep_waiting_list(now=TEN + timedelta(minutes=2))

        assert not FreedTime.objects.exists()
