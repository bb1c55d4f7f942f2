from .agents import Agent, Membership
from .citizens import Citizen, CitizenAccess
from .locations import Desk, Location
from .motifs import Motif, MotifOption, MotifQuestion
from .organizations import Organization
from .territories import PartnerType, ServiceUnit, Territory, TerritoryRole

__all__ = [
    "Agent",
    "Citizen",
    "CitizenAccess",
    "Desk",
    "Location",
    "Membership",
    "Motif",
    "MotifOption",
    "MotifQuestion",
    "Organization",
    "PartnerType",
    "ServiceUnit",
    "Territory",
    "TerritoryRole",
]
