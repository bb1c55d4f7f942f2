"""What the session remembers of somebody who asked for « Mes rendez-vous »: the contact, and that it was proven."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID, uuid4

from organizations.models import Territory

_SESSION_KEY = "my_appointments"

# Counted from the proof, however much is looked at: the next person at a shared computer sees nothing.
KNOWN_FOR = timedelta(minutes=30)


@dataclass(frozen=True)
class Contact:
    """An e-mail address or a phone (E.164): one of the two."""

    email: str = ""
    phone: str = ""

    def __str__(self):
        return self.email or self.phone


class Reader:
    """Of one territory: what was proven in one says nothing in another. Costs the session's own query at most."""

    def __init__(self, session, *, territory: Territory, now: datetime):
        self._session, self._territory, self._now = session, territory, now
        data = session.get(_SESSION_KEY, {})
        is_ours = data.get("territory") == territory.pk and self._is_fresh(data.get("at"))
        self._data = data if is_ours else {}

    def _is_fresh(self, at):
        return bool(at) and datetime.fromisoformat(at) <= self._now < datetime.fromisoformat(at) + KNOWN_FOR

    @property
    def contact(self) -> Contact | None:
        """What was typed, or proven; None when nothing was, or too long ago."""
        return Contact(self._data["email"], self._data["phone"]) if self._data else None

    @property
    def key(self) -> UUID | None:
        """What the codes belong to, while a proof is awaited."""
        return UUID(self._data["key"]) if "key" in self._data else None

    @property
    def is_proven(self) -> bool:
        return bool(self._data) and "key" not in self._data

    def ask(self, contact: Contact) -> UUID:
        """To prove this contact. The key of another try is of no more use, that of the same one is kept."""
        key = str(self.key) if self.key and contact == self.contact else str(uuid4())
        self._store({"email": contact.email, "phone": contact.phone, "key": key})
        return UUID(key)

    def prove(self) -> None:
        """The session is another one from now on: whoever knew its name before knows it no more."""
        contact = self.contact
        self._store({"email": contact.email, "phone": contact.phone})
        self._session.cycle_key()

    def leave(self) -> None:
        self._session.pop(_SESSION_KEY, None)
        self._data = {}

    def _store(self, data):
        self._data = data | {"territory": self._territory.pk, "at": self._now.isoformat()}
        self._session[_SESSION_KEY] = self._data
