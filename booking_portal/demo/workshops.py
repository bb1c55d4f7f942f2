"""Workshops of the digital helpers, open to everybody: one to come that is full, with a queue, one with seats, and one
of which not everything is said yet.
"""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from scheduling.engine.intervals import Interval
from scheduling.models import Appointment, AppointmentStatus
from scheduling.services.actors import Actor
from scheduling.services.booking import Attendee, Details
from scheduling.services.participants import add_participant, set_participant_status
from scheduling.services.workshops import create_workshops

from .citizens import known_to

SEATS, REGISTRATIONS = 6, 8


@dataclass
class Workshops:
    story: object

    @property
    def world(self):
        return self.story.world

    @property
    def actor(self) -> Actor:
        return Actor.of(self.world.agents["aurore"])

    def announce(self, at: datetime) -> None:
        """Of the next working day: more people want to come than there are seats."""
        workshop = self._create(at, "Mes démarches en ligne, pas à pas", self._weekday(1), hour=14)
        people = self._people(REGISTRATIONS)
        for number, citizen in enumerate(people):
            self.story.plan(at + timedelta(hours=3 * (number + 1)), self._register, workshop, citizen)
        self.story.plan(self.world.now - timedelta(hours=20), self._give_up, workshop, people[2])

    def announce_another(self, at: datetime) -> None:
        """A week later: some have registered."""
        day = self._weekday(1) + timedelta(days=7)
        workshop = self._create(at, "Écrire et recevoir un e-mail", day, hour=14)
        for number, citizen in enumerate(self._people(3)):
            self.story.plan(at + timedelta(hours=4 * (number + 1)), self._register, workshop, citizen)

    def look_back(self, at: datetime) -> None:
        """Of the working day before: most came, one did not, and of one nobody has said anything."""
        workshop = self._create(at, "Découvrir sa tablette", self._weekday(-1), hour=10)
        for number, citizen in enumerate(self._people(5)):
            self.story.plan(at + timedelta(hours=2 * (number + 1)), self._register, workshop, citizen)
        self.story.plan(workshop.ends_at, self._say_who_came, workshop)

    def _create(self, at, title, day: date, *, hour) -> Appointment:
        motif, starts_at = self.world.motifs["atelier"], self.world.at(day, hour)
        (workshop,) = create_workshops(
            motif=motif,
            periods=[Interval(starts_at, starts_at + motif.duration)],
            calendar_ids=[self.world.calendar("fanny").pk],
            location_id=self.world.locations["mediatheque"].pk,
            details=Details(title=title, seats=SEATS),
            actor=self.actor,
            now=at,
            is_overlap_confirmed=True,
        )
        return workshop

    def _register(self, at: datetime, workshop, citizen) -> None:
        attendee = Attendee(citizen)
        add_participant(appointment=workshop, attendee=attendee, actor=self.actor, now=at, may_wait=True)

    def _give_up(self, at: datetime, workshop, citizen) -> None:
        """Whoever waits first has that seat now."""
        given_up = workshop.participations.get(citizen=citizen)
        self._say(given_up, AppointmentStatus.CANCELLED_BY_CITIZEN, at)

    def _say_who_came(self, at: datetime, workshop) -> None:
        *came, absent, _ = workshop.participations.order_by("pk")
        for participation in came:
            self._say(participation, AppointmentStatus.FULFILLED, at)
        self._say(absent, AppointmentStatus.NO_SHOW, at)

    def _say(self, participation, status, at):
        set_participant_status(participation=participation, status=status, actor=self.actor, now=at)

    def _people(self, number):
        return known_to(self.world, "numerique")[:number]

    def _weekday(self, step: int) -> date:
        day = self.world.today + timedelta(days=step)
        while day.weekday() > 4:
            day += timedelta(days=step)
        return day


def plan_workshops(story) -> None:
    workshops, now = Workshops(story), story.world.now
    story.plan(now - timedelta(days=6), workshops.announce)
    story.plan(now - timedelta(days=4), workshops.announce_another)
    story.plan(now - timedelta(days=7), workshops.look_back)
