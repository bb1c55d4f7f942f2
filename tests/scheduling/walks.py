"""Acts of chance upon a small world, and what has drifted afterwards: for tests that walk, alone or in a crowd."""

import random
from contextlib import suppress
from datetime import date, time, timedelta
from itertools import islice
from uuid import uuid4

from organizations.models import Motif
from scheduling.engine.delays import Delay
from scheduling.engine.recurrence import Frequency, Rule
from scheduling.engine.series import Scope
from scheduling.exceptions import SchedulingError
from scheduling.models import (
    Appointment,
    AppointmentCalendar,
    AppointmentStatus,
    Calendar,
    Closure,
    Conflict,
    FreeWindow,
    MotifBulkEdit,
    Opening,
)
from scheduling.models import Unavailability as Absence
from scheduling.motif_fields import BULK_FIELDS
from scheduling.selectors.availability import WindowRow, core_rows
from scheduling.selectors.conflicts import standings_of
from scheduling.selectors.motif_bulk_edits import plan_bulk_edit
from scheduling.selectors.slots import Demand, offered_slots
from scheduling.services.actors import CITIZEN, Actor
from scheduling.services.appointments import cancel_appointment, move_appointment, record_outcome
from scheduling.services.booking import Attendee, book_appointment, place_appointment
from scheduling.services.conflicts import keep_appointment
from scheduling.services.desks import archive_desk, unarchive_desk
from scheduling.services.hand_moves import Consent, Destination, move_by_hand, stretch_appointment
from scheduling.services.holds import release_hold, sweep_expired_holds, take_hold
from scheduling.services.motif_bulk_edits import apply_bulk_edit, undo_bulk_edit
from scheduling.services.motifs import archive_motif, change_motif, unarchive_motif
from scheduling.services.nightly import roll_forward
from scheduling.services.opening_days import (
    add_closure,
    remove_closure,
    set_holidays,
    set_holidays_on_dates,
)
from scheduling.services.openings import change_opening, close_opening, open_hours, purge_ended_openings
from scheduling.services.organizations import change_organization
from scheduling.services.territories import change_territory
from scheduling.services.unavailabilities import add_unavailability, change_unavailability, remove_unavailability
from scheduling.services.visits import receive
from scheduling.services.walk_ins import register_walk_in
from scheduling.services.windows import first_kept_day
from tests.factories import (
    NOW,
    Interval,
    make_agent,
    make_citizen,
    make_desk,
    make_location,
    make_membership,
    make_motif,
    make_opening,
    make_organization,
    make_territory,
    paris,
)

# Past the night on which clocks change: 29 March 2026.
DAYS_AHEAD = 45


def drift(now):
    """(rows that are stored and should not be, rows that are missing) of the calendars that are not stale."""
    until = dict(
        Calendar.objects.filter(windows_stale_since=None, windows_until__isnull=False)
        .order_by("pk")
        .values_list("pk", "windows_until")
    )
    first_day = first_kept_day(now)
    stored = {
        WindowRow(*values)
        for values in FreeWindow.objects.filter(
            calendar__windows_stale_since=None, local_day__gte=first_day
        ).values_list(*WindowRow._fields)
    }
    expected = {
        row
        for row in core_rows(until, first_day=first_day, last_day=max(until.values(), default=first_day), now=now)
        if row.local_day <= until[row.calendar_id]
    }
    return stored - expected, expected - stored


def conflict_drift(now):
    """{id of an AppointmentCalendar: (reasons stored, reasons there are)} where they differ."""
    coming = AppointmentCalendar.objects.filter(calendar__windows_stale_since=None).coming(now)
    there_are = {row.pk: sorted(reasons) for row, reasons in standings_of(coming).items()}
    stored = dict(
        Conflict.objects.filter(appointment_calendar__in=coming)
        .order_by()
        .values_list("appointment_calendar", "reasons")
    )
    return {pk: (stored.get(pk, []), reasons) for pk, reasons in there_are.items() if stored.get(pk, []) != reasons}


class Walk:
    """One territory, two organizations, two agents (one in both), a desk, three motifs; acts of chance upon them."""

    def __init__(self, seed):
        self.chance = random.Random(seed)
        self.now = NOW
        territory = make_territory()
        self.organizations = [make_organization(territory=territory) for _ in range(2)]
        self.agent = make_agent(organization=self.organizations[0])
        make_membership(agent=self.agent, organization=self.organizations[1])
        other = make_agent(organization=self.organizations[1])
        self.locations = {o.pk: make_location(organization=o) for o in self.organizations}
        self.desk = make_desk(location=self.locations[self.organizations[0].pk])
        self.calendars = [self.agent.calendar, other.calendar, self.desk.calendar]
        self.motifs = [
            make_motif(organization=self.organizations[0], pause=timedelta(minutes=10), maximum_delay_months=1),
            make_motif(
                organization=self.organizations[0],
                duration=timedelta(minutes=50),
                maximum_delay=timedelta(days=10),
                maximum_delay_months=None,
            ),
            make_motif(organization=self.organizations[1], location_kind=Motif.LocationKind.PHONE),
        ]
        self.citizens = [make_citizen(organization=self.organizations[0]) for _ in range(3)]
        self.visitors = [uuid4() for _ in range(3)]
        for calendar in self.calendars:
            # A desk opens for its own organization only.
            motif = self.chance.choice(self.motifs[:2] if calendar.desk_id else self.motifs)
            make_opening(
                calendar=calendar, motifs=[motif], location=self.locations[motif.organization_id], rrule="FREQ=DAILY"
            )

    @property
    def today(self):
        return self.now.astimezone(NOW.tzinfo).date()

    def step(self):
        """Do something; a refusal is as good an outcome as any, and must leave the windows right too."""
        act = self.chance.choice(ACTS)
        with suppress(SchedulingError):
            act(self)
        return act.__name__

    def some(self, rows):
        rows = list(rows.order_by("pk"))
        return self.chance.choice(rows) if rows else None

    def hours(self):
        start = self.chance.choice([time(0), time(1, 30), time(8), time(9), time(10, 15), time(14), time(22)])
        later = [wall for wall in (time(2, 30), time(3), time(12), time(12, 50), time(18), time(23)) if wall > start]
        return {"start_time": start, "end_time": self.chance.choice([*later, time(0)])}

    def series(self, *, longest=40):
        first_day = self.today + timedelta(days=self.chance.randint(-10, DAYS_AHEAD))
        until = first_day + timedelta(days=self.chance.randint(0, longest))
        if longest == 40 and self.chance.random() < 0.5:
            until = None
        rule = self.chance.choice(
            [
                None,
                Rule(Frequency.DAILY, interval=self.chance.randint(1, 3), until=until),
                Rule(
                    Frequency.WEEKLY,
                    interval=self.chance.randint(1, 2),
                    weekdays=frozenset(self.chance.sample(range(7), self.chance.randint(1, 4))),
                    until=until,
                ),
                Rule(Frequency.MONTHLY, nth=self.chance.choice([1, 5, -1]), weekdays=frozenset({2}), until=until),
                Rule(Frequency.MONTHLY, month_day=self.chance.choice([1, 29, 31, -1]), until=until),
            ]
        )
        return {"first_day": first_day, "rrule": rule.to_rrule() if rule else ""} | self.hours()

    def part_of(self, series):
        """(scope, day) of a change: of an occurrence that lies ahead, or now and then of a day that is none."""
        days = list(islice(series.recurrence.days(self.today, self.today + timedelta(days=DAYS_AHEAD)), 10))
        day = self.chance.choice([*days, self.today])
        return self.chance.choice([Scope.OCCURRENCE, Scope.FOLLOWING]), day

    def slot(self):
        motif = self.chance.choice(self.motifs)
        motif.refresh_from_db()
        slots = offered_slots([Demand(motif)], start=self.now, end=self.now + timedelta(days=20), now=self.now)
        return (motif, self.chance.choice(slots)) if slots else (motif, None)

    def appointment(self):
        return self.some(Appointment.objects.upcoming(self.now))


def opens_hours(walk):
    motif = walk.chance.choice(walk.motifs)
    calendar = walk.chance.choice(walk.calendars)
    location = walk.locations[motif.organization_id]
    open_hours(
        organization=motif.organization,
        calendar=calendar,
        motifs=[motif],
        location=location,
        now=walk.now,
        **walk.series(),
    )


def changes_an_opening(walk):
    if opening := walk.some(Opening.objects.select_related("organization__territory")):
        motifs = [motif for motif in walk.motifs if motif.organization_id == opening.organization_id]
        motifs = walk.chance.sample(motifs, walk.chance.randint(1, len(motifs)))
        change_opening(opening=opening, motifs=motifs, now=walk.now, **walk.series())


def changes_a_part_of_an_opening(walk):
    if opening := walk.some(Opening.objects.select_related("organization__territory")):
        scope, day = walk.part_of(opening)
        first_day = day + timedelta(days=walk.chance.choice([0, 0, 1]))
        rrule = "" if scope is Scope.OCCURRENCE else opening.rrule
        motifs = opening.motifs.all()
        fields = {"first_day": first_day, "rrule": rrule} | walk.hours()
        change_opening(opening=opening, motifs=motifs, scope=scope, day=day, now=walk.now, **fields)


def closes_a_part_of_an_opening(walk):
    if opening := walk.some(Opening.objects):
        scope, day = walk.part_of(opening)
        close_opening(opening=opening, scope=scope, day=day, now=walk.now)


def closes_an_opening(walk):
    if opening := walk.some(Opening.objects):
        close_opening(opening=opening, now=walk.now)


def is_away(walk):
    add_unavailability(
        organization=walk.chance.choice(walk.organizations),
        calendar=walk.chance.choice(walk.calendars),
        days_spanned=walk.chance.choice([0, 0, 1, 3]),
        now=walk.now,
        **walk.series(longest=10),
    )


def is_away_otherwise(walk):
    if absence := walk.some(Absence.objects.select_related("organization__territory")):
        change_unavailability(unavailability=absence, now=walk.now, **walk.series(longest=10))


def is_away_otherwise_once(walk):
    if absence := walk.some(Absence.objects.select_related("organization__territory")):
        scope, day = walk.part_of(absence)
        rrule = "" if scope is Scope.OCCURRENCE else absence.rrule
        fields = {"first_day": day, "rrule": rrule} | walk.hours()
        change_unavailability(unavailability=absence, scope=scope, day=day, now=walk.now, **fields)


def comes_back_for_a_part(walk):
    if absence := walk.some(Absence.objects):
        scope, day = walk.part_of(absence)
        remove_unavailability(unavailability=absence, scope=scope, day=day, now=walk.now)


def changes_the_quota(walk):
    """Of the calendar itself: what is open beyond it stays, what would add to it is refused."""
    allowance = walk.chance.choice([None, timedelta(hours=20), timedelta(hours=70)])
    Calendar.objects.filter(pk=walk.chance.choice(walk.calendars).pk).update(weekly_allowance=allowance)


def comes_back(walk):
    if absence := walk.some(Absence.objects):
        remove_unavailability(unavailability=absence, now=walk.now)


def books(walk):
    motif, slot = walk.slot()
    if slot is None:
        return
    book_appointment(
        demand=Demand(motif),
        starts_at=slot.starts_at,
        location_id=slot.location_id,
        attendees=[Attendee(walk.chance.choice(walk.citizens))],
        actor=CITIZEN,
        visitor_key=walk.chance.choice([None, *walk.visitors]),
        now=walk.now,
    )


def places_by_hand(walk):
    motif = walk.chance.choice(walk.motifs)
    motif.refresh_from_db()
    day = walk.today + timedelta(days=walk.chance.randint(-2, 20))
    start = paris(day, walk.chance.randint(0, 23), walk.chance.choice([0, 7, 30]))
    if walk.chance.random() < 0.3 and (other := walk.appointment()):
        start = other.starts_at + timedelta(minutes=walk.chance.choice([0, 10]))
    place_appointment(
        motif=motif,
        period=Interval(start, start + motif.duration),
        calendar_ids=[calendar.pk for calendar in walk.chance.sample(walk.calendars, walk.chance.randint(1, 2))],
        attendees=[Attendee(walk.chance.choice(walk.citizens))],
        actor=Actor.of(walk.agent),
        is_overlap_confirmed=walk.chance.random() < 0.5,
        now=walk.now,
    )


def moves(walk):
    appointment = walk.appointment()
    if appointment is None:
        return
    slots = offered_slots(
        [Demand(appointment.motif)], start=walk.now, end=walk.now + timedelta(days=20), now=walk.now, for_agent=True
    )
    if slots:
        slot = walk.chance.choice(slots)
        move_appointment(
            appointment=appointment,
            starts_at=slot.starts_at,
            location_id=slot.location_id,
            actor=Actor.of(walk.agent),
            for_agent=True,
            now=walk.now,
        )


def moves_by_hand(walk):
    """Anywhere near, perhaps to somebody else's calendar, perhaps over another, perhaps only longer or shorter."""
    appointment = walk.appointment()
    if appointment is None:
        return
    consent = Consent(is_overlap_confirmed=walk.chance.random() < 0.5)
    doing = {"appointment": appointment, "actor": Actor.of(walk.agent), "now": walk.now, "consent": consent}
    if walk.chance.random() < 0.4:
        ends_at = appointment.starts_at + timedelta(minutes=walk.chance.choice([5, 20, 45, 90]))
        stretch_appointment(ends_at=ends_at, **doing)
        return
    start = paris(walk.today + timedelta(days=walk.chance.randint(0, 20)), walk.chance.randint(0, 22), 10)
    own = sorted(calendar.pk for calendar in appointment.calendars.order_by("pk"))
    others = [calendar.pk for calendar in walk.calendars if calendar.pk not in own]
    if others and walk.chance.random() < 0.5:
        own[0] = walk.chance.choice(others)
    period = Interval(start, start + (appointment.ends_at - appointment.starts_at))
    move_by_hand(to=Destination.of(appointment, period=period, calendar_ids=own), **doing)


def cancels(walk):
    if appointment := walk.appointment():
        cancel_appointment(
            appointment=appointment,
            status=AppointmentStatus.CANCELLED_BY_AGENT,
            actor=Actor.of(walk.agent),
            now=walk.now,
        )


def says_what_came_of_it(walk):
    if appointment := walk.some(Appointment.objects.awaiting_outcome(walk.now)):
        record_outcome(
            appointment=appointment, status=AppointmentStatus.NO_SHOW, actor=Actor.of(walk.agent), now=walk.now
        )


def comes_without_an_appointment(walk):
    motif = walk.chance.choice(walk.motifs)
    motif.refresh_from_db()
    register_walk_in(
        demand=Demand(motif),
        calendar=walk.chance.choice(walk.calendars),
        location_id=walk.locations[motif.organization_id].pk,
        citizen=walk.chance.choice(walk.citizens),
        actor=Actor.of(walk.agent),
        idempotency_key=uuid4(),
        now=walk.now,
    )


def is_received(walk):
    waiting = Appointment.objects.filter(status=AppointmentStatus.BOOKED, arrived_at__isnull=False)
    if appointment := walk.some(waiting.filter(received_at=None)):
        receive(appointment=appointment, actor=Actor.of(walk.agent), now=walk.now)


def keeps(walk):
    if conflict := walk.some(Conflict.objects.open(walk.now)):
        appointment = conflict.appointment_calendar.appointment
        keep_appointment(appointment=appointment, actor=Actor.of(walk.agent), now=walk.now)


def holds(walk):
    motif, slot = walk.slot()
    if slot is not None:
        take_hold(
            demand=Demand(motif),
            starts_at=slot.starts_at,
            location_id=slot.location_id,
            visitor_key=walk.chance.choice(walk.visitors),
            client_hash="here",
            now=walk.now,
        )


def releases(walk):
    release_hold(visitor_key=walk.chance.choice(walk.visitors), now=walk.now)


def time_passes(walk):
    walk.now += walk.chance.choice([timedelta(minutes=11), timedelta(hours=5), timedelta(days=1)])
    sweep_expired_holds(now=walk.now)


def night_falls(walk):
    roll_forward(calendar_ids=[calendar.pk for calendar in walk.calendars], now=walk.now)
    purge_ended_openings(now=walk.now)


def closes_days(walk):
    first_day = walk.today + timedelta(days=walk.chance.randint(0, 20))
    organization = walk.chance.choice([None, *walk.organizations])
    add_closure(
        territory=walk.organizations[0].territory,
        organization=organization,
        first_day=first_day,
        last_day=first_day + timedelta(days=walk.chance.randint(0, 3)),
        label="Inventaire",
        now=walk.now,
    )


def opens_days(walk):
    if closure := walk.some(Closure.objects):
        remove_closure(closure=closure, now=walk.now)


def switches_a_holiday(walk):
    organization, is_closed = walk.chance.choice(walk.organizations), walk.chance.random() < 0.5
    if walk.chance.random() < 0.5:
        set_holidays_on_dates(organization=organization, closed={date(2026, 4, 6): is_closed}, now=walk.now)
    else:
        holiday = walk.chance.choice(["lundi-de-paques", "fete-du-travail", "vendredi-saint"])
        set_holidays(organization=organization, closed={holiday: is_closed}, now=walk.now)


def moves_the_clocks(walk):
    organization = walk.chance.choice(walk.organizations)
    zone = walk.chance.choice(["Europe/Paris", "Indian/Reunion", "America/Cayenne", "Europe/London"])
    if walk.chance.random() < 0.5:
        change_territory(territory=organization.territory, now=walk.now, time_zone=zone)
    else:
        own = walk.chance.choice(["", zone])
        change_organization(organization=organization, now=walk.now, time_zone_override=own)


def changes_a_motif(walk):
    booked = walk.appointment()  # Where a changed pause shows.
    motif = booked.motif if booked else walk.chance.choice(walk.motifs)
    motif.refresh_from_db()
    months = walk.chance.choice([None, 1, 2])
    change_motif(
        motif=motif,
        options=[],
        questions=[],
        units=[],
        partner_types=[],
        pause=timedelta(minutes=walk.chance.choice([0, 5, 10, 45])),
        maximum_delay_months=months,
        maximum_delay=None if months else timedelta(days=walk.chance.randint(1, 40)),
        now=walk.now,
    )


def archives_or_restores_a_motif(walk):
    motif = walk.chance.choice(walk.motifs)
    walk.chance.choice([archive_motif, unarchive_motif, unarchive_motif])(motif=motif, now=walk.now)


def changes_many_motifs(walk):
    name, value = walk.chance.choice(
        [
            ("pause", timedelta(minutes=walk.chance.choice([0, 5, 25]))),
            ("maximum", Delay(months=walk.chance.choice([1, 2]))),
            ("archived", walk.chance.random() < 0.3),
        ]
    )
    asked = {
        "motifs": Motif.objects.filter(pk__in=[motif.pk for motif in walk.motifs]),
        "field": BULK_FIELDS[name],
        "value": BULK_FIELDS[name].kept(value),
    }
    apply_bulk_edit(
        territory=walk.organizations[0].territory,
        expected=plan_bulk_edit(**asked).fingerprint,
        made_by=walk.agent,
        now=walk.now,
        **asked,
    )


def takes_a_change_of_many_motifs_back(walk):
    if edit := MotifBulkEdit.objects.for_territory(walk.organizations[0].territory).undoable_by(walk.agent).first():
        undo_bulk_edit(edit=edit, undone_by=walk.agent, now=walk.now)


def archives_or_restores_the_desk(walk):
    walk.chance.choice([archive_desk, unarchive_desk, unarchive_desk])(desk=walk.desk, now=walk.now)


ACTS = [
    *[opens_hours] * 5,
    *[changes_an_opening] * 2,
    *[changes_a_part_of_an_opening] * 3,
    closes_a_part_of_an_opening,
    closes_an_opening,
    changes_the_quota,
    *[is_away] * 2,
    is_away_otherwise,
    is_away_otherwise_once,
    comes_back_for_a_part,
    comes_back,
    *[books] * 7,
    *[places_by_hand] * 2,
    *[moves] * 2,
    *[moves_by_hand] * 2,
    cancels,
    says_what_came_of_it,
    *[comes_without_an_appointment, is_received] * 2,
    keeps,
    *[holds] * 3,
    releases,
    *[time_passes] * 2,
    night_falls,
    closes_days,
    opens_days,
    switches_a_holiday,
    moves_the_clocks,
    *[changes_a_motif] * 3,
    archives_or_restores_a_motif,
    changes_many_motifs,
    takes_a_change_of_many_motifs_back,
    archives_or_restores_the_desk,
]
