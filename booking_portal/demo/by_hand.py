"""What agents placed by hand: today is lively for everybody who signs in, whatever day it is."""

from dataclasses import dataclass
from datetime import datetime, time, timedelta

from scheduling.exceptions import OverlapNotConfirmed
from scheduling.models import Appointment, AppointmentStatus
from scheduling.services.actors import Actor
from scheduling.services.appointment_resumption import resume_appointment
from scheduling.services.appointments import cancel_appointment
from scheduling.services.booking import Attendee
from scheduling.services.participants import add_participant, remove_participant
from scheduling.services.unavailabilities import add_unavailability

from .visits import AGENT, Habit, imagine_visit

FEWEST_TODAY = 3

# Calendar, motif, place of the RDVs that fill a day up.
FEATURED = [
    ("nadege", "consultation", "siege"),
    ("samuel", "assistante", "siege"),
    ("bruno", "assistante", "siege"),
    ("justine", "visio", None),
    ("karim", "rsa", "siege"),
    ("guichet_1", "identite", "hotel_de_ville"),
    ("lucie", "reconnaissance", "hotel_de_ville"),
    ("thierry", "mariage", "hotel_de_ville"),
    ("mehdi", "demarches", "mediatheque"),
    ("aurore", "demarches", "mediatheque"),
]

# Office hours, when the hour is not one to meet somebody at.
OPENS, CLOSES = time(8), time(18)
_USUAL_HOURS = (9, 14, 10, 16, 11, 15)
_AROUND_NOW = (-20, 40, -80, 100)  # Minutes.


@dataclass
class ByHand:
    story: object
    together: Appointment | None = None

    @property
    def world(self):
        return self.story.world

    def fill_today(self, at: datetime) -> None:
        for number, (calendar, motif, location) in enumerate(FEATURED):
            starts = self._starts(number)
            while starts and self._count_today(calendar) < FEWEST_TODAY:
                self._try(at, calendar, motif, location, starts.pop(0))

    def meet_together(self, at: datetime) -> None:
        """One RDV of two agents, with a mother and her child, over lunch on the next working day."""
        world = self.world
        visit = imagine_visit(world, Habit("consultation", 1, (AGENT,)), {citizen.pk for citizen in world.citizens[1:]})
        if visit is not None:
            calendars = [world.calendar("nadege"), world.calendar("samuel")]
            starts_at = world.at(self._next_weekday(), 12)
            self.together = self.story.place(at, visit, calendars, starts_at, world.locations["siege"])

    def welcome(self, at: datetime) -> None:
        """Somebody joins that RDV; somebody else was added by mistake."""
        if self.together is None:
            return
        there = set(self.together.participations.values_list("citizen", flat=True))
        newcomers = [citizen for citizen in self.world.citizens if citizen.pk not in there][:2]
        act = {"actor": Actor.of(self.world.calendar("nadege").agent), "now": at}
        *_, mistaken = [
            add_participant(appointment=self.together, attendee=Attendee(citizen), **act) for citizen in newcomers
        ]
        remove_participant(participation=mistaken, reason="Erreur de saisie.", **act)

    def think_again(self, at: datetime) -> None:
        """An RDV was cancelled, and takes place after all."""
        calendars = [self.world.calendar(name) for name, *_ in FEATURED]
        coming = (self._coming(each, after=self.world.now + timedelta(hours=2)) for each in calendars if each.agent)
        appointment = next(filter(None, coming), None)
        if appointment is not None:
            actor = Actor.of(appointment.calendars.exclude(agent=None).order_by("pk").first().agent)
            status = AppointmentStatus.CANCELLED_BY_CITIZEN
            cancel_appointment(appointment=appointment, status=status, actor=actor, now=at)
            resume_appointment(appointment=appointment, actor=actor, now=at + timedelta(minutes=10))

    def squeeze_in(self, at: datetime) -> None:
        """Somebody in distress, over another RDV: the agent confirmed it."""
        world, calendar = self.world, self.world.calendar("samuel")
        visit = imagine_visit(world, Habit("assistante", 1, (AGENT,)), set())
        other = self._coming(calendar, after=world.now + timedelta(hours=12))
        if visit is not None and other is not None:
            starts_at = other.starts_at + timedelta(minutes=15)
            self.story.place(at, visit, [calendar], starts_at, world.locations["siege"], is_overlap_confirmed=True)

    def fall_ill(self, at: datetime) -> None:
        """An absence over RDVs that somebody has to settle now."""
        world, calendar = self.world, self.world.calendar("mehdi")
        other = self._coming(calendar, after=world.now + timedelta(hours=36))
        if other is not None:
            add_unavailability(
                organization=world.organizations["numerique"],
                calendar=calendar,
                title="Absence imprévue",
                first_day=other.starts_at.astimezone(world.territory.zone).date(),
                start_time=time(8),
                end_time=time(18),
                now=at,
            )

    def _try(self, at, calendar_name, motif, location, starts_at):
        world = self.world
        visit = imagine_visit(world, Habit(motif, 1, (AGENT,)), self.story.busy[world.today])
        if visit is None:
            return
        try:
            self.story.place(
                at, visit, [world.calendar(calendar_name)], starts_at, world.locations[location] if location else None
            )
        except OverlapNotConfirmed:
            return

    def _starts(self, number) -> list[datetime]:
        """Around now if it is an hour to work at, then the usual hours; a little later for each calendar."""
        world, later = self.world, timedelta(minutes=5 * (number % 3))
        now = world.now.replace(minute=world.now.minute // 5 * 5, second=0, microsecond=0)
        around = [now + timedelta(minutes=minutes) + later for minutes in _AROUND_NOW]
        opens, closes = (world.at(world.today, wall.hour) for wall in (OPENS, CLOSES))
        usual = [world.at(world.today, hour) + later for hour in _USUAL_HOURS]
        return [start for start in around if opens <= start < closes] + usual

    def _count_today(self, calendar_name):
        world = self.world
        start = world.at(world.today, 0)
        today = Appointment.objects.on_calendars([world.calendar(calendar_name)]).occupying()
        return today.between(start, start + timedelta(hours=24)).count()

    def _next_weekday(self):
        day = self.world.today + timedelta(days=1)
        while day.weekday() > 4:
            day += timedelta(days=1)
        return day

    def _coming(self, calendar, after) -> Appointment | None:
        booked = Appointment.objects.on_calendars([calendar]).filter(status=AppointmentStatus.BOOKED)
        return booked.filter(starts_at__gt=after).order_by("starts_at", "pk").first()


def plan_by_hand(story) -> None:
    by_hand, now = ByHand(story), story.world.now
    story.plan(now - timedelta(days=1), by_hand.fill_today)
    story.plan(now - timedelta(hours=30), by_hand.meet_together)
    story.plan(now - timedelta(hours=29), by_hand.welcome)
    story.plan(now - timedelta(hours=5), by_hand.think_again)
    story.plan(now - timedelta(hours=4), by_hand.squeeze_in)
    story.plan(now - timedelta(hours=2), by_hand.fall_ill)
