"""Six weeks replayed in their order: people book, move, cancel and come, each at their own hour.

Every step calls the service that a screen would have called then, with the hour of then; messages leave and reminders
are written as they would have been.
"""

import heapq
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from itertools import count

from organizations.models import Agent, Membership
from scheduling.engine.intervals import Interval
from scheduling.engine.wall_clock import day_interval, local_day
from scheduling.models import Appointment, AppointmentStatus
from scheduling.selectors.slots import Demand, offered_slots
from scheduling.services.actors import CITIZEN, Actor
from scheduling.services.appointments import cancel_appointment, move_appointment, record_outcome
from scheduling.services.booking import book_appointment, place_appointment

from .by_hand import plan_by_hand
from .post import Post
from .the_day import plan_the_day
from .visits import AGENT, HABITS, Habit, imagine_visit
from .workshops import plan_workshops

Status = AppointmentStatus

DAYS_BEFORE, DAYS_AFTER = 10, 21

# This week is full and the others are calmer: what a day far away has of the usual, and a day near today.
FAR, NEAR = 0.45, 1.6
NEARBY_DAYS = 4

# How long before the day people book, in days: the least, the most, the most usual.
LEAD = (0.3, 24, 4)

# Of so many bookings in a row, what becomes of each before its day; most are kept.
_FATES = [
    *(None, "moved", None, None, Status.CANCELLED_BY_CITIZEN, None, None, None, Status.CANCELLED_BY_AGENT, None),
    *(None, None, "moved", None, None, Status.CANCELLED_BY_CITIZEN, None, None, Status.UNSCHEDULED, None, None),
]
_REASONS = ["Agent absent.", "Réunion imprévue.", "Dossier incomplet, rendez-vous reporté."]


@dataclass
class Story:
    """What is still to happen, by its hour. A step may bring others. `share` as in `load`."""

    world: object
    share: float = 1
    steps: list = field(default_factory=list)
    numbers: count = field(default_factory=count)
    bookings: count = field(default_factory=count)
    busy: dict[date, set] = field(default_factory=lambda: defaultdict(set))
    outcomes: count = field(default_factory=count)
    recent: Counter = field(default_factory=Counter)
    colleagues: dict[int, list[Agent]] = field(default_factory=dict)

    def plan(self, at: datetime, act, *arguments) -> None:
        """What would happen after now has not happened yet."""
        if at <= self.world.now:
            heapq.heappush(self.steps, (at, next(self.numbers), act, arguments))

    def tell(self) -> None:
        post = Post(self.world)
        for at in post.rounds(since=self.world.at(self.world.today - timedelta(days=DAYS_BEFORE + 2), 8)):
            self.plan(at, post.make_round)
        for number in range(-DAYS_BEFORE, DAYS_AFTER + 1):
            day = self.world.today + timedelta(days=number)
            for habit in HABITS:
                for _ in range(self._how_many(habit, NEAR if abs(number) <= NEARBY_DAYS else FAR)):
                    self.plan(self._booking_time(day, habit), self._book, habit, day)
        plan_by_hand(self)
        plan_workshops(self)
        plan_the_day(self)
        while self.steps:
            at, _, act, arguments = heapq.heappop(self.steps)
            act(at, *arguments)
        post.end()

    def _how_many(self, habit: Habit, crowd: float) -> int:
        whole, rest = divmod(habit.per_day * crowd * self.share, 1)
        return int(whole) + (self.world.random.random() < rest)

    def _booking_time(self, day: date, habit: Habit) -> datetime:
        random = self.world.random
        lead = timedelta(days=random.triangular(*LEAD)) + self.world.motifs[habit.motif].minimum_delay
        hour = random.randint(9, 16) if habit.by == (AGENT,) else random.randint(8, 20)
        booked_on = self.world.at(day, 12) - lead
        asked = self.world.at(booked_on.date(), hour, random.randrange(60))
        return max(min(asked, booked_on), self.world.began_at)

    def _book(self, at: datetime, habit: Habit, day: date) -> None:
        world = self.world
        visit = imagine_visit(world, habit, self.busy[day])
        if visit is None:
            return
        within = day_interval(day, world.territory.zone)
        for_agent = visit.by == AGENT
        restrictions = {"for_agent": for_agent, "calendar_ids": visit.calendar_ids, "now": at}
        slots = offered_slots([visit.demand], start=within.start, end=within.end, **restrictions)
        if not slots:
            return
        slot = world.random.choice(slots)
        calendar = next(c for c in world.calendars if c.pk == slot.calendar_id)
        appointment = book_appointment(
            demand=visit.demand,
            starts_at=slot.starts_at,
            location_id=slot.location_id,
            attendees=visit.attendees,
            actor=visit.actor(calendar, self._colleagues(visit.motif)),
            details=visit.details,
            for_agent=for_agent,
            calendar_ids=[slot.calendar_id] if for_agent else visit.calendar_ids,
            prescriber=visit.prescriber,
            now=at,
        )
        self._keep_in_mind(appointment, visit.attendees)
        self._what_becomes_of(appointment, at)

    def _what_becomes_of(self, appointment: Appointment, booked_at: datetime) -> None:
        meanwhile = booked_at + (appointment.starts_at - booked_at) * self.world.random.uniform(0.2, 0.8)
        fate = _FATES[next(self.bookings) % len(_FATES)]
        if fate == "moved":
            self.plan(meanwhile, self._move, appointment)
        elif fate:
            self.plan(meanwhile, self._cancel, appointment, fate)

    def place(self, at: datetime, visit, calendars, starts_at: datetime, location, **fields) -> Appointment:
        """Placed by hand by the first of the calendars' agents. Raises OverlapNotConfirmed."""
        appointment = place_appointment(
            motif=visit.motif,
            option=visit.demand.option,
            persons=visit.demand.persons,
            period=Interval(starts_at, starts_at + visit.demand.length),
            calendar_ids=[calendar.pk for calendar in calendars],
            attendees=visit.attendees,
            actor=visit.actor(calendars[0], self._colleagues(visit.motif)),
            location_id=location.pk if location else None,
            details=visit.details,
            now=at,
            **fields,
        )
        self._keep_in_mind(appointment, visit.attendees)
        return appointment

    def _keep_in_mind(self, appointment, attendees):
        """They have something that day, and somebody will say what came of it."""
        day = local_day(appointment.starts_at, self.world.territory.zone)
        self.busy[day].update(attendee.citizen.pk for attendee in attendees)
        said_at = appointment.ends_at + timedelta(minutes=self.world.random.randint(1, 60))
        self.plan(said_at, self._conclude, appointment)

    def _cancel(self, at: datetime, appointment: Appointment, status: str) -> None:
        by_citizen = status == Status.CANCELLED_BY_CITIZEN
        cancel_appointment(
            appointment=appointment,
            status=status,
            actor=CITIZEN if by_citizen else self.agent_of(appointment),
            reason="" if by_citizen else self.world.random.choice(_REASONS),
            now=at,
        )

    def _move(self, at: datetime, appointment: Appointment) -> None:
        by_agent = self.world.random.random() < 0.5
        calendar_ids = list(appointment.appointment_calendars.order_by("pk").values_list("calendar", flat=True))
        slots = offered_slots(
            [Demand(appointment.motif, appointment.option, appointment.persons)],
            start=appointment.starts_at - timedelta(days=2),
            end=appointment.starts_at + timedelta(days=9),
            calendar_ids=calendar_ids,
            for_agent=by_agent,
            now=at,
        )
        if not slots:
            return
        slot = self.world.random.choice(slots)
        moved = move_appointment(
            appointment=appointment,
            starts_at=slot.starts_at,
            location_id=slot.location_id,
            actor=self.agent_of(appointment) if by_agent else CITIZEN,
            for_agent=by_agent,
            calendar_ids=calendar_ids,
            now=at,
        )
        self._keep_in_mind(moved, [])

    def _conclude(self, at: datetime, appointment: Appointment) -> None:
        """Say what came of it; of the last days, every agent leaves one in three for later."""
        random = self.world.random
        appointment.refresh_from_db()
        if appointment.status != Status.BOOKED or appointment.ends_at > at:
            return
        actor = self.agent_of(appointment)
        if appointment.starts_at > self.world.now - timedelta(days=4):
            self.recent[actor.agent] += 1
            if self.recent[actor.agent] % 3 == 1:
                return
        if next(self.outcomes) % 8 != 5:
            record_outcome(appointment=appointment, status=Status.FULFILLED, actor=actor, now=at)
            return
        record_outcome(appointment=appointment, status=Status.NO_SHOW, actor=actor, now=at)
        if random.random() < 0.2:
            self.plan(at + timedelta(minutes=25), self._correct, appointment)

    def _correct(self, at: datetime, appointment: Appointment) -> None:
        """They were there after all."""
        actor = self.agent_of(appointment)
        record_outcome(appointment=appointment, status=Status.FULFILLED, actor=actor, now=at)

    def agent_of(self, appointment) -> Actor:
        calendar = appointment.calendars.select_related("agent").order_by("pk").first()
        return Actor.of(calendar.agent or self._colleagues(appointment.motif)[0])

    def _colleagues(self, motif) -> list[Agent]:
        """The agents of the motif's services, who stand at its desks."""
        if motif.pk not in self.colleagues:
            members = Membership.objects.for_organization(motif.organization).filter(units__in=list(motif.units.all()))
            self.colleagues[motif.pk] = [
                membership.agent for membership in members.select_related("agent").order_by("-pk")
            ]
        return self.colleagues[motif.pk]
