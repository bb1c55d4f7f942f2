"""Loading the demonstration: everything or nothing, in one transaction."""

from datetime import datetime

from django.conf import settings
from django.db import transaction

from organizations.models import Territory
from scheduling.services.nightly import roll_forward

from .agents import make_agents
from .citizens import make_citizens
from .hours import open_everything, take_back
from .motifs import make_motifs
from .places import make_places, make_territory
from .story import Story
from .switches import set_demo_switches
from .world import World


class DemoRefused(Exception):
    """`message` is in French, for whoever asked."""

    def __init__(self, message: str):
        super().__init__(message)
        self.message = message


@transaction.atomic
def load(*, now: datetime, share: float = 1) -> Territory:
    """Fill an empty database with a territory as it stands at `now`, whatever the day and the hour.

    `share` of the usual coming and going makes it quicker and quieter. A few seconds and some ten thousand queries
    for a `share` of 1. Raises DemoRefused where it is not allowed (DEMO_ALLOWED), or where
    a territory is already there: replaying the weeks before would write reminders for others, too.
    """
    if not settings.DEMO_ALLOWED:
        raise DemoRefused(
            "La démonstration ne se charge pas ici : c'est une installation réelle (DEMO_ALLOWED n'est pas activé)."
        )
    if Territory.objects.exists():
        raise DemoRefused("La base contient déjà un territoire : la démonstration ne se charge que dans une base vide.")
    world = World(territory=make_territory(), now=now)
    make_places(world)
    make_agents(world)
    make_motifs(world)
    set_demo_switches(world)
    open_everything(world)
    make_citizens(world)
    take_back(world)
    Story(world, share=share).tell()
    # The night that would have followed: windows from today on, to the horizon.
    roll_forward(calendar_ids=[calendar.pk for calendar in world.calendars], now=now)
    return world.territory
