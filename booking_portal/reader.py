"""What the session remembers of a contact that is to be proven: for « Mes rendez-vous », or in place of another one."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID, uuid4

from organizations.models import Territory

# Counted from the proof, however much is looked at: the next person at a shared computer sees nothing.
KNOWN_FOR = timedelta(minutes=30)

# The name of a contact that is to take the place of another one.
CORRECTION = "contact_change"


@dataclass(frozen=True)
class Contact:
    """An e-mail address or a phone (E.164): one of the two."""

    email: str = ""
    phone: str = ""

    def __str__(self):
        return self.email or self.phone

    @property
    def field(self) -> str:
        """Of a `Citizen`."""
        return "email" if self.email else "phone"


class ContactInProof:
    """The contact that a session wants to prove, as `name`, for what `about` names: a row of the caller's choice.

    What is awaited for one is nothing for another. Costs the session's own query at most.
    """

    def __init__(self, session, *, name: str, about: int, now: datetime):
        self._session, self._name, self._about, self._now = session, name, about, now
        self._data = self._remembered(name)

    def _remembered(self, name):
        """What is too old does not stay in the session, whatever it was about."""
        data = self._session.get(name, {})
        if data and not self._is_fresh(datetime.fromisoformat(data["at"])):
            del self._session[name]
            data = {}
        return data if data.get("about") == self._about else {}

    def _is_fresh(self, at):
        return at <= self._now < at + KNOWN_FOR

    @property
    def contact(self) -> Contact | None:
        """What was typed, or proven; None when nothing was, or too long ago."""
        return Contact(self._data["email"], self._data["phone"]) if self._data else None

    @property
    def key(self) -> UUID | None:
        """What the codes belong to, while a proof is awaited."""
        return UUID(self._data["key"]) if "key" in self._data else None

    def ask(self, contact: Contact) -> UUID:
        """To prove this contact. The key of another try is of no more use, that of the same one is kept."""
        key = str(self.key) if self.key and contact == self.contact else str(uuid4())
        self._store({"email": contact.email, "phone": contact.phone, "key": key})
        return UUID(key)

    def forget(self) -> None:
        self._session.pop(self._name, None)
        self._data = {}

    def _store(self, data):
        self._data = data | {"about": self._about, "at": self._now.isoformat()}
        self._session[self._name] = self._data


class Reader(ContactInProof):
    """Of one territory: what was proven in one says nothing in another."""

    _WAY_BACK = "my_appointments_way_back"

    def __init__(self, session, *, territory: Territory, now: datetime):
        super().__init__(session, name="my_appointments", about=territory.pk, now=now)
        self._way_back = self._remembered(self._WAY_BACK)

    @property
    def way_back(self) -> str:
        """The token of the RDV for whose sake a contact is to be proven; empty for who came for the list."""
        return self._way_back.get("token", "")

    def begin_for(self, token: str) -> None:
        """Forget what was proven, and lead back to the RDV of this token once something is."""
        self.forget()
        self._way_back = {"token": token, "about": self._about, "at": self._now.isoformat()}
        self._session[self._WAY_BACK] = self._way_back

    def forget(self) -> None:
        super().forget()
        self._session.pop(self._WAY_BACK, None)
        self._way_back = {}

    def leave(self) -> None:
        """Nothing stays of what was to be proven at this browser, for whatever RDV."""
        self.forget()
        self._session.pop(CORRECTION, None)

    @property
    def is_proven(self) -> bool:
        return bool(self._data) and "key" not in self._data

    def prove(self) -> None:
        """The session is another one from now on: whoever knew its name before knows it no more."""
        contact = self.contact
        self._store({"email": contact.email, "phone": contact.phone})
        self._session.cycle_key()
