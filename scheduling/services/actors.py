"""Who does something to an appointment."""

from dataclasses import dataclass

from organizations.models import Agent

from ..models import CreatedBy


@dataclass(frozen=True)
class Actor:
    kind: str
    agent: Agent | None = None

    @classmethod
    def of(cls, agent: Agent) -> "Actor":
        return cls(CreatedBy.AGENT, agent)


CITIZEN = Actor(CreatedBy.CITIZEN)
PRESCRIBER = Actor(CreatedBy.PRESCRIBER)
