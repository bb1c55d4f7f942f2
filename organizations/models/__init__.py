from .agents import Agent, Membership
from .citizens import Citizen, CitizenAccess
from .invitations import Invitation
from .locations import Desk, Location
from .merges import CitizenMerge, CitizensToldApart
from .motifs import Motif, MotifOption, MotifQuestion
from .organizations import Organization
from .prescribers import Prescriber
from .public_addresses import PublicAddress
from .sms_stops import SmsStop, stopped_at_of
from .teams import Team
from .territories import PartnerType, ServiceUnit, Territory, TerritoryLogo, TerritoryRole

__all__ = [
    "Agent",
    "Citizen",
    "CitizenAccess",
    "CitizenMerge",
    "CitizensToldApart",
    "Desk",
    "Invitation",
    "Location",
    "Membership",
    "Motif",
    "MotifOption",
    "MotifQuestion",
    "Organization",
    "PartnerType",
    "Prescriber",
    "PublicAddress",
    "ServiceUnit",
    "SmsStop",
    "Team",
    "Territory",
    "TerritoryLogo",
    "TerritoryRole",
    "stopped_at_of",
]
