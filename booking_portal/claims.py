"""What a visitor is about to book, and what becomes of it on the last steps: a slot, or a place in a workshop.

Both have one face, so that who they are and the code are asked in one place. A slot is held meanwhile. A seat is not:
a workshop has many, and whoever comes too late for the last one keeps what they typed and may wait for another; holds
would only let somebody empty a workshop without coming.
"""

from functools import cached_property
from uuid import UUID

from organizations.models import Motif
from scheduling.exceptions import (
    AppointmentFull,
    AppointmentNotChangeable,
    HoldNotProlonged,
    RegistrationClosed,
    SlotTaken,
)
from scheduling.models import Participation
from scheduling.services.holds import prolong_hold, release_hold, take_hold

from .journey import Journey
from .selectors.attempts import booked_participation, is_offered, own_hold, registered_participation
from .services.bookings import Person, confirm_booking
from .services.prescriptions import Prescription, confirm_prescribed_registration, confirm_prescription
from .services.registrations import confirm_registration


class SlotClaim:
    """On the slot of a journey's address."""

    # What is raised when somebody was faster, and the page that helps then.
    lost = (SlotTaken,)
    lost_page = "slot_taken"

    def __init__(self, journey: Journey):
        self.journey = journey

    @property
    def motif(self) -> Motif:
        return self.journey.demand.motif

    @property
    def _slot(self):
        journey = self.journey
        return {
            "demand": journey.demand,
            "starts_at": journey.starts_at,
            "location_id": journey.location_id,
            "calendar_ids": journey.calendar_ids,
            "visitor_key": journey.visitor.key,
            "now": journey.now,
        }

    @property
    def idempotency_key(self) -> UUID | None:
        journey, demand = self.journey, self.journey.demand
        option = demand.option and demand.option.pk
        slot = (demand.motif.pk, option, demand.persons, journey.starts_at.isoformat(), journey.location_id)
        if journey.prescribes:  # What a prescriber booked is not theirs to open from the citizens' way.
            slot += ("autrui",)
        if journey.calendar_ids:  # With somebody in particular: what was booked with anybody is another RDV.
            slot += ("avec", *journey.calendar_ids)
        return journey.visitor.idempotency_key(*slot)

    def booked(self) -> Participation | None:
        return booked_participation(territory=self.journey.territory, idempotency_key=self.idempotency_key)

    @cached_property
    def _hold(self):
        return own_hold(**self._slot)

    def is_open(self) -> bool:
        return self._hold is not None or is_offered(**self._slot)

    def take(self, *, client_hash: str) -> None:
        """For a while. Raises SlotTaken, TooManyHolds."""
        take_hold(**self._slot, client_hash=client_hash)

    def prolong(self) -> None:
        """What is held for exactly this, once. Raises HoldNotProlonged, TooManyHolds."""
        if self._hold is None:
            raise HoldNotProlonged
        prolong_hold(visitor_key=self.journey.visitor.key, now=self.journey.now)

    def give_back(self) -> None:
        """What is held, to everybody."""
        release_hold(visitor_key=self.journey.visitor.key, now=self.journey.now)

    def confirm(self, person: Person, *, code: str, language: str) -> Participation:
        """Raises as `confirm_booking`."""
        return confirm_booking(
            **self._slot, person=person, code=code, idempotency_key=self.idempotency_key, language=language
        )

    def prescribe(self, person: Person, *, code: str, language: str) -> Prescription:
        """For somebody else. Raises as `confirm_prescription`."""
        return confirm_prescription(
            **self._slot,
            person=person,
            identity=self.journey.identity,
            code=code,
            idempotency_key=self.idempotency_key,
            language=language,
        )

    @property
    def context(self) -> dict:
        """What a page says of it, for `_claim.html`."""
        hold, journey = self._hold, self.journey
        return {
            "hold": hold,
            "seconds_left": hold and int((hold.expires_at - journey.now).total_seconds()),
            "prolong_url": journey.url("hold_prolong") if hold and hold.may_be_prolonged else None,
            "workshop": None,
            "waits": False,
        }


class WorkshopClaim:
    """On a seat of the workshop of a journey's address, or on a place in its queue."""

    lost = (AppointmentFull, RegistrationClosed, AppointmentNotChangeable)
    lost_page = "workshop_full"

    def __init__(self, journey: Journey):
        self.journey = journey
        self.workshop = journey.workshop.workshop

    @property
    def motif(self) -> Motif:
        return self.workshop.motif

    @property
    def idempotency_key(self) -> UUID | None:
        way = ["autrui"] if self.journey.prescribes else []
        return self.journey.visitor.idempotency_key("atelier", self.workshop.pk, *way)

    def booked(self) -> Participation | None:
        return registered_participation(self.workshop, idempotency_key=self.idempotency_key)

    def is_open(self) -> bool:
        return bool(self.journey.workshop.free) or self.journey.is_ready_to_wait

    def take(self, *, client_hash: str) -> None:
        """Nothing is held. Raises AppointmentFull, so that nobody types a code for nothing."""
        if not self.is_open():
            raise AppointmentFull

    def prolong(self) -> None:
        raise HoldNotProlonged

    def give_back(self) -> None:
        """Nothing is held."""

    def confirm(self, person: Person, *, code: str, language: str) -> Participation:
        """Raises as `confirm_registration`."""
        return confirm_registration(
            workshop=self.workshop,
            person=person,
            code=code,
            may_wait=self.journey.is_ready_to_wait,
            visitor_key=self.journey.visitor.key,
            idempotency_key=self.idempotency_key,
            language=language,
            now=self.journey.now,
        )

    def prescribe(self, person: Person, *, code: str, language: str) -> Prescription:
        """For somebody else. Raises as `confirm_prescribed_registration`."""
        return confirm_prescribed_registration(
            workshop=self.workshop,
            person=person,
            identity=self.journey.identity,
            code=code,
            may_wait=self.journey.is_ready_to_wait,
            visitor_key=self.journey.visitor.key,
            idempotency_key=self.idempotency_key,
            language=language,
            now=self.journey.now,
        )

    @property
    def context(self) -> dict:
        free = self.journey.workshop.free
        return {
            "hold": None,
            "seconds_left": None,
            "prolong_url": None,
            "workshop": self.journey.workshop,
            "waits": not free,
        }


def claim_of(journey: Journey) -> SlotClaim | WorkshopClaim:
    """Of a journey on which everything before « vous » is chosen."""
    return WorkshopClaim(journey) if journey.is_collective else SlotClaim(journey)
