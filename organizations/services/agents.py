"""What agents decide about themselves."""

from datetime import time

from django.db import transaction

from ..models import Agent


@transaction.atomic
def choose_notifications(*, agent: Agent, notified_of: str, wants_summary: bool, summary_time: time) -> Agent:
    """Of what the agent is told from now on, in all their organizations. Whatever is on its way still arrives.

    One UPDATE. A summary after noon is refused by the database.
    """
    agent.notified_of, agent.wants_summary, agent.summary_time = notified_of, wants_summary, summary_time
    agent.save(update_fields=["notified_of", "wants_summary", "summary_time"])
    return agent
