"""What the session remembers of somebody who books: nothing before they act, and nothing once they are done."""

import hashlib
from datetime import datetime, timedelta
from ipaddress import ip_address, ip_network
from uuid import UUID, uuid4, uuid5

from django.conf import settings
from django.utils.crypto import salted_hmac

_SESSION_KEY = "booking"

# What was typed is forgotten after half an hour without a step: the next person at a shared computer sees nothing.
REMEMBERED_FOR = timedelta(minutes=30)


class Visitor:
    """The booking of one session. Reading costs the session's own query at most; nothing is stored before a write."""

    def __init__(self, session, *, now: datetime):
        self._session = session
        self._now = now
        self._data = dict(session.get(_SESSION_KEY, {}))

    @property
    def key(self) -> UUID | None:
        """What holds and codes belong to; None before the first hold."""
        return UUID(self._data["key"]) if "key" in self._data else None

    def begin(self) -> UUID:
        """The key, made if need be. After a booking, a new attempt: the same slot may be booked again later."""
        self._data.setdefault("key", str(uuid4()))
        if self._data.pop("done_at", None) or "attempt" not in self._data:
            self._data["attempt"] = str(uuid4())
        self._store()
        return self.key

    def idempotency_key(self, *slot) -> UUID | None:
        """One key for each slot of one attempt and each person: a second click gives the same RDV, another slot does
        not, nor does the same one for somebody else.

        Half an hour after the RDV nobody is led to it any more who comes to where it was booked.
        """
        if "attempt" not in self._data or ("done_at" in self._data and self._is_too_old("done_at")):
            return None
        return uuid5(UUID(self._data["attempt"]), "|".join(map(str, [*slot, self._data.get("whom", "")])))

    @property
    def typed(self) -> dict:
        """What the form « vous » held, as typed; empty when it is too old."""
        if "typed_at" not in self._data:
            return {}
        if self._is_too_old("typed_at"):
            self.leave()
            return {}
        return self._data["typed"]

    def remember(self, typed: dict) -> None:
        self._data |= {"typed": typed, "typed_at": self._now.isoformat()}
        self._store()

    def turn_to(self, whom: str) -> None:
        """From here on it is for this person, of whom nothing can be read in the session. Stored with `remember`."""
        self._data["whom"] = salted_hmac("booking_portal.whom", whom, algorithm="sha256").hexdigest()[:16]

    def has_accepted(self, instructions: list[str]) -> bool:
        return _fingerprint(instructions) in self._data.get("accepted", [])

    def accept(self, instructions: list[str]) -> None:
        """Instructions that change have to be accepted anew. The last twenty are kept."""
        accepted = [*self._data.get("accepted", []), _fingerprint(instructions)]
        self._data["accepted"] = accepted[-20:]
        self._store()

    def finish(self) -> None:
        """Booked: forget who it was, and the proof of their contact, which hangs from the key."""
        for name in ("typed", "typed_at", "key"):
            self._data.pop(name, None)
        self._data["done_at"] = self._now.isoformat()
        self._store()

    def keep_prescribed(self, key: UUID, booked: dict) -> None:
        """What a prescriber has booked with this idempotency key, and what they typed. The last five are kept."""
        fresh = {each: kept for each, kept in self._data.get("prescribed", {}).items() if self._is_fresh(kept)}
        fresh[str(key)] = booked | {"at": self._now.isoformat()}
        self._data["prescribed"] = dict(list(fresh.items())[-5:])
        self._store()

    def prescribed(self, key: str) -> dict | None:
        """None for what this session has not booked, and when it is too old."""
        booked = self._data.get("prescribed", {}).get(key)
        return booked if booked and self._is_fresh(booked) else None

    def _is_fresh(self, kept):
        return datetime.fromisoformat(kept["at"]) + REMEMBERED_FOR > self._now

    def leave(self) -> None:
        """Gone without booking: the proof of a contact, which hangs from the key, goes with what was typed."""
        for name in ("typed", "typed_at", "key", "whom"):
            self._data.pop(name, None)
        self._store()

    def forget(self) -> None:
        """As if nobody had been here."""
        self._session.pop(_SESSION_KEY, None)
        self._data = {}

    def _is_too_old(self, name):
        return datetime.fromisoformat(self._data[name]) + REMEMBERED_FOR <= self._now

    def _store(self):
        self._session[_SESSION_KEY] = self._data


def client_hash(request) -> str:
    """Stands for the client's address in the limits of holds and codes; it cannot be read back."""
    network = _network(_client_address(request))
    return salted_hmac("booking_portal.visitor", network, algorithm="sha256").hexdigest()


def _client_address(request):
    """From the header that the proxy sets, or counted from the right of X-Forwarded-For: the rest may be forged."""
    nearest = request.META["REMOTE_ADDR"]
    if settings.CLIENT_ADDRESS_HEADER:
        return request.META.get(settings.CLIENT_ADDRESS_HEADER) or nearest
    proxies = settings.ALLAUTH_TRUSTED_PROXY_COUNT
    forwarded = request.META.get("HTTP_X_FORWARDED_FOR", "").split(",")
    return forwarded[-proxies] if 0 < proxies <= len(forwarded) else nearest


def _network(address):
    """A home is given 2⁷² addresses of IPv6, and whoever is there changes among them at will."""
    address = address.strip()
    try:
        parsed = ip_address(address)
    except ValueError:
        return address
    if parsed.version == 4 or parsed.ipv4_mapped:
        return str(getattr(parsed, "ipv4_mapped", None) or parsed)
    return str(ip_network((parsed, 56), strict=False))


def _fingerprint(texts):
    return hashlib.sha256("\0".join(texts).encode()).hexdigest()[:16]
