"""The morning's summary: one mail for each agent who wants it, in each territory where they work.

Its hour is the agent's, by the clocks of the territory: an agent of two territories gets two mails, so that what one
tenant does is in no mail of the other. It leaves until noon; what an outage kept longer would only be wrong.
"""

from datetime import date, datetime, timedelta

from django.db import transaction
from django.db.models import Exists, F, OuterRef

from organizations.models import Agent, Membership, Territory
from organizations.models.agents import NOON
from scheduling.engine.wall_clock import to_instant

from ..models import Message, MorningSummary
from ..morning_mail import morning_mail, today_link
from ..selectors.mornings import Morning, mornings_of

BATCH = 100

# So long it is remembered that a morning was looked at.
KEPT = timedelta(days=30)


def queue_summaries(*, now: datetime) -> list[int]:
    """Write the summaries whose hour has come; the identifiers of the messages to send.

    Each morning is looked at once, whatever runs twice or at once: agents are locked, and a constraint has the last
    word. Where there is nothing to say then, nothing is said. Two queries, one for each zone whose morning it is, and
    fourteen for each `BATCH` of agents.
    """
    MorningSummary.objects.filter(day__lt=(now - KEPT).date()).delete()
    zones = Territory.objects.order_by("time_zone").distinct("time_zone").only("time_zone")
    written = []
    for zone in [territory.zone for territory in zones]:
        local = now.astimezone(zone)
        if local.time() >= NOON:
            continue
        due = list(_due(zone.key, local))
        for first in range(0, len(due), BATCH):
            written += _write(due[first : first + BATCH], day=local.date(), now=now)
    return written


def is_over(message: Message, *, now: datetime) -> bool:
    """Whether the morning of this summary has gone by. No query when its territory is loaded."""
    zone = message.territory.zone
    return now >= to_instant(message.created_at.astimezone(zone).date(), NOON, zone)


def _due(zone, local):
    """Agents and territories of the zone whose hour has come and whose morning nobody has looked at."""
    looked_at = MorningSummary.objects.filter(
        agent=OuterRef("agent"), territory=OuterRef("organization__territory"), day=local.date()
    )
    members = Membership.objects.active().annotate(territory_id=F("organization__territory_id"))
    wanted = members.filter(
        ~Exists(looked_at),
        agent__wants_summary=True,
        agent__summary_time__lte=local.time(),
        organization__territory__time_zone=zone,
    )
    return (
        wanted.order_by("agent", "organization__territory").values_list("agent", "organization__territory").distinct()
    )


@transaction.atomic
def _write(pairs: list[tuple[int, int]], *, day: date, now: datetime) -> list[int]:
    # Another worker's are left to it.
    agents = Agent.objects.select_for_update(no_key=True, skip_locked=True).filter(pk__in={pk for pk, _ in pairs})
    locked = {agent.pk for agent in agents.order_by("pk")}
    # Read after the lock: the one who had it before may have written them.
    done = MorningSummary.objects.filter(agent__in=locked, day=day).order_by().values_list("agent", "territory")
    mornings = mornings_of({pair for pair in pairs if pair[0] in locked} - set(done), day=day, now=now)
    messages = Message.objects.bulk_create(_message(each, now) for each in mornings if each.is_worth_a_mail)
    written = {(message.agent_id, message.territory_id): message for message in messages}
    MorningSummary.objects.bulk_create(
        MorningSummary(
            agent=each.agent, territory=each.territory, day=day, message=written.get((each.agent.pk, each.territory.pk))
        )
        for each in mornings
    )
    return [message.pk for message in messages]


def _message(morning: Morning, now) -> Message:
    text = morning_mail(morning)
    return Message(
        territory=morning.territory,
        agent=morning.agent,
        audience=Message.Audience.AGENT,
        kind=Message.Kind.SUMMARY,
        channel=Message.Channel.EMAIL,
        recipient=morning.agent.email,
        subject=text.subject,
        body=text.body,
        link=today_link(morning),
        created_at=now,
        due_at=now,
    )
