"""What messages cost: an SMS by its segments, a mail nothing."""

from organizations.models import Territory

from .models import Message
from .sms import measure


def size_and_cost(body: str, *, channel: str, territory: Territory) -> dict:
    """The columns `segments` and `cost` of a message, of its text as it leaves and by the price of now. No query."""
    if channel != Message.Channel.SMS:
        return {"segments": 0, "cost": None}
    segments, price = measure(body).segments, territory.price_per_segment
    return {"segments": segments, "cost": None if price is None else segments * price}
