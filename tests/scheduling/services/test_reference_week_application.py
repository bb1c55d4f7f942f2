from datetime import date, time, timedelta
from threading import Event, Thread
from time import sleep
from uuid import uuid4

import pytest
from django.db import connection, transaction

from organizations.models import Motif
from scheduling.exceptions import PreviewOutdated, QuotaExceeded, ReferenceWeekRefused, SchedulingError, SlotTaken
from scheduling.models import Appointment, Conflict, FreeWindow, Hold, Opening, OpeningMotif
from scheduling.selectors.availability import core_rows
from scheduling.selectors.slots import Demand, offered_slots
from scheduling.services.actors import CITIZEN
from scheduling.services.allowances import set_weekly_allowance
from scheduling.services.booking import Attendee, book_appointment
from scheduling.services.holds import take_hold
from scheduling.services.locks import lock_calendars
from scheduling.services.reference_week_application import apply_reference_week, preview_reference_week
from scheduling.services.windows import first_kept_day, rebuild_windows
from tests.factories import (
    MONDAY,
    NOW,
    TUESDAY,
    make_appointment,
    make_calendar,
    make_citizen,
    make_closure,
    make_desk,
    make_location,
    make_motif,
    make_opening,
    make_organization,
    make_reference_week,
    paris,
)

pytestmark = pytest.mark.django_db

SUNDAY_IN_FOUR_WEEKS = MONDAY + timedelta(days=27)
NEXT_MONDAY = MONDAY + timedelta(days=7)


@pytest.fixture
def organization():
    return make_organization()


@pytest.fixture
def motif(organization):
    return make_motif(organization=organization)


@pytest.fixture
def desk(organization, motif):
    return make_desk(organization=organization, motifs=[motif])


@pytest.fixture
def week(organization):
    return make_reference_week(organization=organization, name="Ordinaire", monday="9h-12h\n14h-17h", thursday="9h-12h")


def put(*weeks, on, first_day=MONDAY, last_day=SUNDAY_IN_FOUR_WEEKS, now=NOW, **options):
    calendar = getattr(on, "calendar", on)
    return apply_reference_week(
        weeks=weeks, calendar=calendar, first_day=first_day, last_day=last_day, now=now, **options
    )


def rows():
    return set(
        Opening.objects.values_list(
            "pk", "title", "first_day", "start_time", "end_time", "rrule", "last_day", "location"
        )
    )


def days_open(calendar, first_day, last_day):
    return sorted(
        (day, opening.start_time.hour)
        for opening in Opening.objects.filter(calendar=calendar).order_by("pk")
        for day in opening.recurrence.days(first_day, last_day)
    )


def assert_windows_are_those_of_the_core(calendar):
    calendar.refresh_from_db()
    expected = set(core_rows([calendar.pk], first_day=first_kept_day(NOW), last_day=calendar.windows_until, now=NOW))
    stored = (
        FreeWindow.objects.filter(calendar=calendar)
        .order_by("pk")
        .values_list("calendar_id", "opening_id", "organization_id", "local_day", "starts_at", "ends_at")
    )
    assert set(stored) == set(map(tuple, expected))
    (locked,) = lock_calendars([calendar.pk])
    assert rebuild_windows(calendars=[locked], now=NOW).drifted == 0


def test_a_week_put_on_an_empty_desk_opens_it_for_its_motifs_at_its_place(desk, week, motif):
    preview = put(week, on=desk)

    assert len(preview.plan.added) == 12
    assert set(Opening.objects.values_list("title", "location", "rrule", "last_day")) == {
        ("Ordinaire", desk.location_id, "FREQ=WEEKLY;BYDAY=MO,TH;UNTIL=20260329", SUNDAY_IN_FOUR_WEEKS),
        ("Ordinaire", desk.location_id, "FREQ=WEEKLY;BYDAY=MO;UNTIL=20260329", SUNDAY_IN_FOUR_WEEKS),
    }
    slots = offered_slots([Demand(motif)], start=NOW, end=NOW + timedelta(days=28), now=NOW)
    assert len(slots) == 4 * 6 * 3
    assert_windows_are_those_of_the_core(desk.calendar)


def test_applying_again_changes_nothing(desk, week):
    put(week, on=desk)
    before, windows = rows(), set(FreeWindow.objects.values_list("pk", flat=True))

    again = put(week, on=desk)

    assert again.plan.changes_nothing
    assert len(again.plan.unchanged) == 12
    assert (rows(), set(FreeWindow.objects.values_list("pk", flat=True))) == (before, windows)


def test_two_weeks_alternate_and_applying_them_again_changes_nothing(organization, desk):
    a = make_reference_week(organization=organization, name="A", monday="9h-12h", friday="9h-12h")
    b = make_reference_week(organization=organization, name="B", tuesday="9h-12h", friday="9h-12h")

    put(a, b, on=desk)
    before = rows()
    put(a, b, on=desk)

    assert rows() == before
    assert set(Opening.objects.values_list("title", "rrule")) == {
        ("A", "FREQ=WEEKLY;INTERVAL=2;BYDAY=MO;UNTIL=20260329"),
        ("B", "FREQ=WEEKLY;INTERVAL=2;BYDAY=TU;UNTIL=20260329"),
        ("A / B", "FREQ=WEEKLY;BYDAY=FR;UNTIL=20260329"),
    }
    assert [day.isoformat() for day, _ in days_open(desk.calendar, MONDAY, MONDAY + timedelta(days=13))] == [
        "2026-03-02",
        "2026-03-06",
        "2026-03-10",
        "2026-03-13",
    ]
    assert_windows_are_those_of_the_core(desk.calendar)


def test_what_stood_there_is_cut_at_the_borders_and_keeps_its_place_and_motifs(organization, desk, week, motif):
    other = make_motif(organization=organization)
    elsewhere = make_location(organization=organization)
    opening = make_opening(
        calendar=desk.calendar,
        motifs=[motif, other],
        location=elsewhere,
        title="Avant",
        first_day=MONDAY - timedelta(days=70),
        rrule="FREQ=WEEKLY;INTERVAL=2;BYDAY=MO,WE",
        excluded_days=[MONDAY - timedelta(days=14), MONDAY + timedelta(days=56)],
        start_time=time(10),
    )
    period = (NEXT_MONDAY, NEXT_MONDAY + timedelta(days=20))
    outside = [
        (MONDAY - timedelta(days=70), NEXT_MONDAY - timedelta(days=1)),
        (period[1] + timedelta(days=1), MONDAY + timedelta(days=400)),
    ]
    before = [days_open(desk.calendar, *days) for days in outside]

    preview = put(week, on=desk, first_day=period[0], last_day=period[1])

    assert len(preview.plan.removed) == 2
    assert [days_open(desk.calendar, *days) for days in outside] == before
    opening.refresh_from_db()
    after = Opening.objects.exclude(pk=opening.pk).get(title="Avant")
    assert opening.last_day < NEXT_MONDAY
    assert opening.excluded_days == [MONDAY - timedelta(days=14)]
    assert (after.last_day, after.excluded_days) == (None, [MONDAY + timedelta(days=56)])
    assert (after.location, set(after.motifs.order_by("pk"))) == (elsewhere, {motif, other})
    assert_windows_are_those_of_the_core(desk.calendar)


def test_an_edited_occurrence_in_the_period_gives_way_and_one_outside_stays(desk, week, motif):
    series = make_opening(
        calendar=desk.calendar,
        motifs=[motif],
        location=desk.location,
        rrule="FREQ=WEEKLY;BYDAY=MO",
        excluded_days=[NEXT_MONDAY, MONDAY + timedelta(days=35)],
    )
    for number in (7, 35):
        make_opening(
            calendar=desk.calendar,
            motifs=[motif],
            location=desk.location,
            first_day=MONDAY + timedelta(days=number),
            start_time=time(10),
        )

    put(week, on=desk)

    mondays = [
        [hour for opened, hour in days_open(desk.calendar, day, day)]
        for day in (MONDAY, NEXT_MONDAY, MONDAY + timedelta(days=28), MONDAY + timedelta(days=35))
    ]
    assert mondays == [[9, 14], [9, 14], [9], [10]]
    assert Opening.objects.filter(pk=series.pk).exists()
    assert put(week, on=desk).plan.changes_nothing
    assert_windows_are_those_of_the_core(desk.calendar)


def test_openings_of_another_organization_on_an_agents_calendar_are_left_alone(organization, week, motif):
    calendar = make_calendar(organization=organization)
    elsewhere = make_opening(calendar=calendar, rrule="FREQ=DAILY", start_time=time(8), end_time=time(10))
    location = make_location(organization=organization)

    preview = put(week, on=calendar, motifs=[motif], location=location)

    assert preview.plan.removed == ()
    assert Opening.objects.get(pk=elsewhere.pk).rrule == "FREQ=DAILY"
    assert preview.warnings == [
        "Ces heures chevauchent une plage d'une autre organisation, pour la première fois"
        " le lundi 2\u00a0mars 2026 (1\u00a0plage en tout)."
    ]


def test_a_week_that_exceeds_the_quota_is_refused_and_leaves_nothing(desk, week, motif):
    make_opening(calendar=desk.calendar, motifs=[motif], location=desk.location, rrule="FREQ=WEEKLY;BYDAY=TU")
    desk.calendar.weekly_allowance = timedelta(hours=8)
    desk.calendar.save()
    before, windows = rows(), set(FreeWindow.objects.values_list("pk", flat=True))

    preview = preview_reference_week(
        weeks=[week], calendar=desk.calendar, first_day=NEXT_MONDAY, last_day=SUNDAY_IN_FOUR_WEEKS, now=NOW
    )
    with pytest.raises(QuotaExceeded) as refused:
        put(week, on=desk, first_day=NEXT_MONDAY)

    assert refused.value.message == preview.refusal
    assert "semaine 11 de 2026" in preview.refusal
    assert "2\u00a0autres semaines" in preview.refusal
    assert (rows(), set(FreeWindow.objects.values_list("pk", flat=True))) == (before, windows)
    assert OpeningMotif.objects.count() == 1


def test_the_quota_counts_what_is_replaced_no_more_and_other_organizations_still(organization, week, motif):
    calendar = make_calendar(organization=organization, weekly_allowance=timedelta(hours=12))
    location = make_location(organization=organization)
    make_opening(calendar=calendar, motifs=[motif], location=location, rrule="FREQ=WEEKLY;BYDAY=FR", end_time=time(15))
    make_opening(calendar=calendar, first_day=MONDAY + timedelta(days=2), rrule="FREQ=WEEKLY;BYDAY=WE")

    # 3 h elsewhere and 9 h here: the 6 h of Friday are gone.
    preview = put(week, on=calendar, motifs=[motif], location=location)

    assert (preview.gauge.opened, preview.gauge.sentence) == (
        timedelta(hours=12),
        "12\u00a0h ouvertes sur 12\u00a0h, il reste 0\u00a0min",
    )


def test_a_past_week_opened_under_an_earlier_allowance_may_be_opened_for_less(organization, motif):
    calendar, last_monday = make_calendar(organization=organization), MONDAY - timedelta(days=7)
    place = {"motifs": [motif], "location": make_location(organization=organization)}
    make_opening(calendar=calendar, first_day=last_monday, start_time=time(8), end_time=time(18), **place)
    set_weekly_allowance(calendar=calendar, allowance=timedelta(hours=4), now=NOW)
    period = {"first_day": last_monday, "last_day": last_monday + timedelta(days=6)}

    def apply(hours):
        week = make_reference_week(organization=organization, monday=hours)
        calendar.refresh_from_db()
        return apply_reference_week(weeks=[week], calendar=calendar, now=NOW, **period, **place)

    assert apply("9h-15h").refusal == ""
    with pytest.raises(QuotaExceeded, match="semaine 9 de 2026"):
        apply("9h-16h")


def test_appointments_that_no_hours_hold_are_reported_and_stay(desk, week, motif):
    make_opening(calendar=desk.calendar, motifs=[motif], location=desk.location, rrule="FREQ=DAILY", end_time=time(18))
    there = {"motif": motif, "calendar": desk.calendar, "location": desk.location}
    inside = make_appointment(**there, starts_at=paris(MONDAY, 11))
    at_noon = make_appointment(**there, starts_at=paris(MONDAY, 11, 45))
    on_tuesday = make_appointment(**there, starts_at=paris(MONDAY + timedelta(days=1), 9))
    make_appointment(**there, starts_at=paris(MONDAY + timedelta(days=29), 9))

    seen = preview_reference_week(
        weeks=[week], calendar=desk.calendar, first_day=MONDAY, last_day=SUNDAY_IN_FOUR_WEEKS, now=NOW
    )
    preview = put(week, on=desk)

    assert [preview.outside_ids, seen.outside_ids] == [[at_noon.pk, on_tuesday.pk]] * 2
    assert preview.outside == [at_noon, on_tuesday]
    assert inside.pk not in preview.outside_ids
    assert Appointment.objects.upcoming(NOW).count() == 4
    assert_windows_are_those_of_the_core(desk.calendar)


def test_what_was_confirmed_is_what_is_applied_or_nothing(desk, week, motif):
    options = {"weeks": [week], "calendar": desk.calendar, "first_day": MONDAY, "last_day": SUNDAY_IN_FOUR_WEEKS}
    preview = preview_reference_week(now=NOW, **options)
    make_opening(calendar=desk.calendar, motifs=[motif], location=desk.location, start_time=time(10))
    before = rows()

    with pytest.raises(PreviewOutdated):
        apply_reference_week(now=NOW, expected=preview.fingerprint, **options)
    assert rows() == before

    again = preview_reference_week(now=NOW, **options)
    apply_reference_week(now=NOW, expected=again.fingerprint, **options)
    assert len(days_open(desk.calendar, MONDAY, SUNDAY_IN_FOUR_WEEKS)) == 12


def test_a_visitor_who_holds_a_slot_of_hours_that_stay_keeps_it(desk, week, motif):
    make_opening(
        calendar=desk.calendar,
        motifs=[motif],
        location=desk.location,
        first_day=MONDAY,
        rrule="FREQ=WEEKLY;BYDAY=MO,TU,TH;UNTIL=20260320",
    )
    visitor, other = uuid4(), uuid4()
    demand = Demand(motif)
    kept, lost = paris(NEXT_MONDAY, 9), paris(NEXT_MONDAY + timedelta(days=1), 9)
    for key, starts_at in ((visitor, kept), (other, lost)):
        take_hold(
            demand=demand,
            starts_at=starts_at,
            location_id=desk.location_id,
            visitor_key=key,
            client_hash=str(key),
            now=NOW,
        )

    put(week, on=desk)

    # The opening they were held on is gone altogether.
    assert Hold.objects.get().opening in Opening.objects.filter(title="Ordinaire")
    options = {"demand": demand, "location_id": desk.location_id, "actor": CITIZEN, "now": NOW}
    citizen = make_citizen(organization=desk.organization)
    book_appointment(starts_at=kept, visitor_key=visitor, attendees=[Attendee(citizen)], **options)
    with pytest.raises(SlotTaken):
        book_appointment(starts_at=lost, visitor_key=other, attendees=[Attendee(citizen)], **options)
    assert not Hold.objects.filter(visitor_key=visitor).exists()


def test_closed_days_are_told_and_open_nothing(desk, week, motif):
    make_closure(organization=desk.organization, first_day=NEXT_MONDAY, last_day=NEXT_MONDAY, label="Travaux")

    preview = put(week, on=desk)

    assert {change.day: change.closed for change in preview.days if change.closed} == {
        NEXT_MONDAY: ["Fermeture\u00a0: Travaux"]
    }
    assert not FreeWindow.objects.filter(local_day=NEXT_MONDAY).exists()
    assert FreeWindow.objects.filter(local_day=MONDAY).exists()


def test_hours_across_the_clock_change_stay_on_the_wall_clock(desk, week, motif):
    put(week, on=desk, last_day=date(2026, 4, 5))

    starts = {
        window.starts_at for window in FreeWindow.objects.filter(local_day__in=[date(2026, 3, 23), date(2026, 3, 30)])
    }
    assert {paris(date(2026, 3, 23), 9), paris(date(2026, 3, 30), 9)} <= starts


def test_what_cannot_be_is_refused(organization, desk, week, motif):
    agent = make_calendar(organization=organization)
    by_phone = make_motif(organization=organization, location_kind=Motif.LocationKind.PHONE)
    stranger = make_motif()

    for on, message, options in (
        (desk, "se termine avant", {"last_day": MONDAY - timedelta(days=1)}),
        (desk, "plus de cinq ans", {"last_day": MONDAY + timedelta(days=2000)}),
        (desk, "depuis plus d'un an", {"first_day": MONDAY - timedelta(days=400)}),
        (agent, "au moins un motif", {}),
        (agent, "Choisissez un lieu", {"motifs": [motif]}),
        (desk, "pas de cette organisation", {"motifs": [stranger]}),
    ):
        with pytest.raises(ReferenceWeekRefused, match=message):
            put(week, on=on, **options)

    with pytest.raises(ReferenceWeekRefused, match="pas de cette organisation"):
        put(week, make_reference_week(), on=desk)
    put(week, on=agent, motifs=[by_phone])
    assert set(Opening.objects.values_list("calendar", "location")) == {(agent.pk, None)}


def test_a_motif_longer_than_every_range_is_told(organization, desk, week):
    desk.motifs.add(make_motif(organization=organization, name="Bilan", duration=timedelta(hours=4)))

    preview = put(week, on=desk)

    assert preview.warnings == ["«\u00a0Bilan\u00a0» dure plus longtemps que chacune des plages\u00a0: aucun créneau."]


def test_the_same_hours_at_another_place_are_replaced(organization, desk, week, motif):
    put(week, on=desk)
    elsewhere = make_location(organization=organization)

    preview = put(week, on=desk, location=elsewhere)

    assert (len(preview.plan.added), len(preview.plan.removed)) == (12, 12)
    assert set(Opening.objects.values_list("location", flat=True)) == {elsewhere.pk}


def test_appointments_at_the_former_place_are_told_as_those_that_will_be_to_settle(organization, desk, week, motif):
    put(week, on=desk)
    left = make_appointment(
        motif=motif, calendar=desk.calendar, location=desk.location, starts_at=paris(NEXT_MONDAY, 10)
    )

    preview = put(week, on=desk, location=make_location(organization=organization))

    assert preview.outside_ids == [left.pk]
    assert Conflict.objects.get().appointment_calendar.appointment == left


def test_the_preview_counts_the_hours_of_other_organizations(organization, week, motif):
    calendar = make_calendar(organization=organization, weekly_allowance=timedelta(hours=10))
    make_opening(calendar=calendar, first_day=MONDAY + timedelta(days=2), rrule="FREQ=WEEKLY;BYDAY=WE")
    options = {"motifs": [motif], "location": make_location(organization=organization)}

    preview = preview_reference_week(
        weeks=[week], calendar=calendar, first_day=MONDAY, last_day=SUNDAY_IN_FOUR_WEEKS, now=NOW, **options
    )

    assert "aurait 12\u00a0h ouvertes pour 10\u00a0h autorisées" in preview.refusal


def test_appointments_that_have_begun_are_no_longer_told(desk, week, motif):
    make_appointment(motif=motif, calendar=desk.calendar, starts_at=paris(MONDAY, 8))
    tomorrow = make_appointment(motif=motif, calendar=desk.calendar, starts_at=paris(MONDAY + timedelta(days=1), 8))

    preview = put(week, on=desk, now=paris(MONDAY, 10))

    assert preview.outside_ids == [tomorrow.pk]


def in_threads(*acts):
    """Each in a thread and a connection of its own; what they raised, in order."""
    raised = [None] * len(acts)

    def run(number, act):
        try:
            act()
        except SchedulingError as error:
            raised[number] = type(error)
        finally:
            connection.close()

    threads = [Thread(target=run, args=pair) for pair in enumerate(acts)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return raised


def slowly(write, written):
    """Writes, and commits only once whoever does not wait has had the time to."""
    with transaction.atomic():
        write()
        written.set()
        sleep(0.5)


def after(written, write):
    written.wait(timeout=10)
    write()


@pytest.mark.django_db(transaction=True)
def test_it_waits_for_hours_that_another_organization_opens_and_stays_within_the_quota():
    organization = make_organization()
    motif = make_motif(organization=organization)
    location = make_location(organization=organization)
    calendar = make_calendar(organization=organization, weekly_allowance=timedelta(hours=9))
    week = make_reference_week(organization=organization, monday="9h-12h\n14h-17h", thursday="9h-12h")
    elsewhere = make_motif()
    written = Event()

    raised = in_threads(
        lambda: slowly(lambda: make_opening(calendar=calendar, motifs=[elsewhere], first_day=TUESDAY), written),
        lambda: after(written, lambda: put(week, on=calendar, motifs=[motif], location=location)),
    )

    assert raised == [None, QuotaExceeded]
    assert set(Opening.objects.values_list("organization", flat=True)) == {elsewhere.organization_id}


@pytest.mark.django_db(transaction=True)
def test_it_waits_for_a_closure_of_the_organization_that_does_not_know_its_hours_yet():
    organization = make_organization()
    desk = make_desk(organization=organization, motifs=[make_motif(organization=organization)])
    week = make_reference_week(organization=organization, monday="9h-12h")
    written = Event()

    raised = in_threads(
        lambda: slowly(lambda: make_closure(organization=organization), written),
        lambda: after(written, lambda: put(week, on=desk)),
    )

    assert raised == [None, None]
    assert not FreeWindow.objects.filter(local_day=MONDAY).exists()
    assert FreeWindow.objects.filter(local_day=NEXT_MONDAY).exists()
