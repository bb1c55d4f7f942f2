"""The day itself: who is here, who is being received, who came without an RDV; and how some look at the agenda."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from scheduling.models import AgendaView, Appointment, AppointmentStatus
from scheduling.selectors.slots import Demand
from scheduling.services.actors import Actor
from scheduling.services.agenda_views import save_agenda_view
from scheduling.services.visits import finish, mark_arrived, receive
from scheduling.services.walk_ins import register_walk_in

from .by_hand import CLOSES, FEATURED, OPENS
from .citizens import known_to

MINUTE = timedelta(minutes=1)

# Who comes without an RDV: to whose calendar, where, for what, how long ago; the first has been received since.
_WALK_INS = [
    ("guichet_1", "hotel_de_ville", "remise", 55),
    ("nadege", "siege", "consultation", 12),
    ("guichet_1", "hotel_de_ville", "identite", 6),
]

# Of whom, of which organization, what it is called, and whose calendars it shows.
_VIEWS = [
    ("bruno", "solidarites", "Service social", ["samuel", "odile"], AgendaView.Period.WEEK),
    ("maryse", "solidarites", "Le siège aujourd'hui", ["nadege", "samuel", "justine", "karim"], AgendaView.Period.DAY),
    ("thierry", "mairie", "Les guichets", ["guichet_1", "guichet_2", "guichet_3"], AgendaView.Period.DAY),
    ("aurore", "numerique", "Toute l'équipe", ["aurore", "mehdi", "fanny"], AgendaView.Period.WEEK),
]


@dataclass
class TheDay:
    story: object

    @property
    def world(self):
        return self.story.world

    @property
    def is_open(self) -> bool:
        """Nobody comes at night: then the waiting rooms are empty."""
        return OPENS <= self.world.now.astimezone(self.world.territory.zone).time() < CLOSES

    def welcome(self, at: datetime) -> None:
        """One has come and waits, one is being received, one has gone."""
        waiting = self._of_today(at, begins_within=timedelta(minutes=100), besides=())
        received = self._of_today(at, begins_within=timedelta(minutes=30), besides=[waiting])
        gone = self._of_today(at, begins_within=timedelta(minutes=60), besides=[waiting, received])
        for appointment, acts in (
            (waiting, [mark_arrived]),
            (received, [mark_arrived, receive]),
            (gone, [mark_arrived, receive, finish]),
        ):
            for number, act in enumerate(acts if appointment else ()):
                self.story.plan(at + number * 5 * MINUTE, self._act, act, appointment)

    def walk_in(self, at: datetime, number: int) -> None:
        calendar, place, motif, _ = _WALK_INS[number]
        motif, location = self.world.motifs[motif], self.world.locations[place]
        organization = next(key for key, value in self.world.organizations.items() if value == motif.organization)
        appointment = register_walk_in(
            demand=Demand(motif, motif.options.order_by("pk").first()),
            calendar=self.world.calendar(calendar),
            location_id=location.pk,
            actor=self._actor(calendar),
            now=at,
            idempotency_key=UUID(int=number + 1),
            citizen=known_to(self.world, organization)[-1 - number],
        )
        if number == 0:
            self.story.plan(at + 8 * MINUTE, self._act, receive, appointment)
            self.story.plan(at + 25 * MINUTE, self._act, finish, appointment)

    def keep_views(self, at: datetime) -> None:
        for agent, organization, name, calendars, period in _VIEWS:
            save_agenda_view(
                organization=self.world.organizations[organization],
                agent=self.world.agents[agent],
                name=name,
                period=period,
                calendar_ids=[self.world.calendar(calendar).pk for calendar in calendars],
            )

    def _act(self, at: datetime, act, appointment) -> None:
        act(appointment=appointment, actor=self.story.agent_of(appointment), now=at)

    def _actor(self, calendar_name) -> Actor:
        agent = self.world.calendar(calendar_name).agent
        return Actor.of(agent or self.world.agents["lucie"])

    def _of_today(self, at, *, begins_within, besides) -> Appointment | None:
        """Booked, from somewhat before `at` on, of whoever is met first."""
        calendars = [self.world.calendar(name) for name, *_ in FEATURED]
        booked = Appointment.objects.on_calendars(calendars).filter(status=AppointmentStatus.BOOKED, seats=None)
        near = booked.filter(starts_at__gt=at - 20 * MINUTE, starts_at__lt=min(at + begins_within, self._midnight))
        others = near.exclude(pk__in=[each.pk for each in besides if each])
        return others.filter(arrived_at=None).order_by("starts_at", "pk").first()

    @property
    def _midnight(self):
        return self.world.at(self.world.today + timedelta(days=1), 0)


def plan_the_day(story) -> None:
    the_day, now = TheDay(story), story.world.now
    story.plan(now - timedelta(days=3), the_day.keep_views)
    if not the_day.is_open:
        return
    story.plan(now - 20 * MINUTE, the_day.welcome)
    for number, (*_, minutes) in enumerate(_WALK_INS):
        story.plan(now - minutes * MINUTE, the_day.walk_in, number)
