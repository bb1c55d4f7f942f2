"""Who is told less: the town hall saves its SMS, but for what nobody may miss."""

from notifications.levels import Level
from notifications.models import Message
from notifications.services.switches import set_switches

_KIND, _CHANNEL = Message.Kind, Message.Channel

# By organization, or organization and motif.
SWITCHES = {
    ("mairie", None): {
        (_KIND.CANCELLED_BY_CITIZEN, _CHANNEL.SMS): False,
        (_KIND.REMINDER, _CHANNEL.SMS): False,
    },
    ("mairie", "mariage"): {(_KIND.REMINDER, _CHANNEL.SMS): True},
}


def set_demo_switches(world) -> None:
    for (organization, motif), wanted in SWITCHES.items():
        set_switches(
            level=Level(world.territory, world.organizations[organization], world.motifs[motif] if motif else None),
            wanted=wanted,
            seen=dict.fromkeys(wanted),
            agent=None,
            now=world.began_at,
        )
