"""The teams of a territory."""

from django.db.models import Prefetch

from ..models import Team
from .agents import agents_of_territory


def teams_for_list(territory):
    """By name, each with `agents_here`: those who are still of the territory, by name. Two queries, as a queryset."""
    agents = agents_of_territory(territory).filter(is_active=True)
    return Team.objects.for_territory(territory).prefetch_related(
        Prefetch("agents", queryset=agents, to_attr="agents_here")
    )
