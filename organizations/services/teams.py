"""Every write on teams."""

from collections.abc import Iterable

from django.db import IntegrityError, transaction

from ..exceptions import NameTaken
from ..models import Agent, Team, Territory


@transaction.atomic
def create_team(*, territory: Territory, name: str, agents: Iterable[Agent]) -> Team:
    """`agents` are of the territory. Raises NameTaken."""
    return _write(Team(territory=territory), name, agents)


@transaction.atomic
def change_team(*, team: Team, name: str, agents: Iterable[Agent]) -> Team:
    """`agents` are of the territory; those left out leave the team. Raises NameTaken."""
    return _write(team, name, agents)


def _write(team, name, agents):
    team.name = name
    try:
        with transaction.atomic():
            team.save()
    except IntegrityError as error:  # Somebody was faster than the form, which looked before.
        raise NameTaken("Cette équipe existe déjà.") from error
    team.agents.set(agents)
    return team


@transaction.atomic
def delete_team(*, team: Team) -> None:
    """The name and the list go; agents keep everything. Safe to repeat."""
    team.delete()
