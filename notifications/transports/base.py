"""What every transport answers to."""

from datetime import datetime


class Transport:
    """The way of one channel to its provider.

    Used by one worker for any number of messages, one after the other, then closed: a connection may stay open in
    between, and what a closed one is asked for opens it again.
    """

    # Whose rate it keeps to, the same for all workers; empty where nobody minds how fast messages come.
    provider = ""
    # Messages (of an SMS, segments) that the provider takes in a second; 0 for any number.
    per_second = 0.0
    # Whether the provider can say which messages it has: else a doubt stays one.
    can_find = False

    def send(self, message) -> str:
        """Hand one message over; the provider's identifier of it. Raises DeliveryError, in French."""
        raise NotImplementedError

    def find(self, message, *, since: datetime) -> str | None:
        """The identifier of the message at the provider, handed over at `since` or later; None if it has none.

        Raises DeliveryError when the provider cannot be asked.
        """
        raise NotImplementedError

    def close(self) -> None:
        """No more messages for now."""
