"""The last step of a prescriber's way: their own contact proven, a beneficiary of whom nothing is, an RDV or a seat."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction

from organizations.exceptions import EntryGone
from organizations.models import Motif, PartnerType, Prescriber
from organizations.services.citizens import record_of_beneficiary
from organizations.services.prescribers import remember_prescriber
from scheduling.exceptions import AlreadyParticipating, AppointmentFull
from scheduling.models import Appointment, Participation
from scheduling.selectors.registrations import open_workshops
from scheduling.selectors.slots import Demand
from scheduling.selectors.upcoming import upcoming_of
from scheduling.services.actors import PRESCRIBER
from scheduling.services.booking import Attendee, Details, book_appointment
from scheduling.services.registrations import register_citizen

from ..exceptions import BeneficiaryHasEnough, NotForPrescribers, PartnerTypeGone, TooManyPrescriptions
from ..identities import Identity
from ..selectors.attempts import booked_participation, registered_participation
from .bookings import Person
from .proofs import prove, queue_behind_the_same_request

# Of one prescriber of a territory: a whole day's work at a busy counter.
MOST_A_DAY = 50

_ONE_DAY = timedelta(days=1)


@dataclass(frozen=True)
class Prescription:
    """What was booked; `waits` is what the prescriber is told of a workshop: that all its seats are taken."""

    participation: Participation
    waits: bool = False


def confirm_prescription(
    *,
    demand: Demand,
    starts_at: datetime,
    location_id: int | None,
    person: Person,
    identity: Identity,
    code: str,
    visitor_key: UUID,
    idempotency_key: UUID,
    language: str,
    now: datetime,
    calendar_ids: Collection[int] | None = None,
) -> Prescription:
    """Book for `person` in the name of `identity`, whose e-mail was proven lately or is by `code`; on one of
    `calendar_ids` if given.

    The same `idempotency_key` gives the same RDV, also to requests at once: they wait for each other.
    Raises WrongCode, CodeExpired; NotForPrescribers, PartnerTypeGone, TooManyPrescriptions, BeneficiaryHasEnough, and
    SlotTaken, after which the contact stays proven and nothing was written.
    """
    motif = demand.motif
    _prove(identity, motif.organization.territory, code=code, visitor_key=visitor_key, now=now)
    with transaction.atomic():
        queue_behind_the_same_request(idempotency_key)
        already = booked_participation(territory=motif.organization.territory, idempotency_key=idempotency_key)
        if already is not None:
            return Prescription(already)
        # The citizen first, as in a merge of two records with what a prescriber booked for them.
        citizen = _record(person, motif)
        prescriber = _prescriber(identity, motif, person, now=now)
        kind = motif.location_kind
        appointment = book_appointment(
            demand=demand,
            starts_at=starts_at,
            location_id=location_id,
            calendar_ids=calendar_ids,
            attendees=[Attendee(citizen, answers=person.answers, language=language)],
            actor=PRESCRIBER,
            prescriber=prescriber,
            details=Details(
                address=person.address if kind == Motif.LocationKind.HOME else "",
                phone=person.phone if kind == Motif.LocationKind.PHONE else "",
            ),
            visitor_key=visitor_key,
            idempotency_key=idempotency_key,
            now=now,
        )
        return Prescription(appointment.participations.get())


def confirm_prescribed_registration(
    *,
    workshop: Appointment,
    person: Person,
    identity: Identity,
    code: str,
    may_wait: bool,
    visitor_key: UUID,
    idempotency_key: UUID,
    language: str,
    now: datetime,
) -> Prescription:
    """Register `person` in the name of `identity`; with `may_wait`, in the queue when all seats are taken. `workshop`
    comes with its motif, its location, and the territory of its organization.

    For somebody who is registered already nothing changes, and the page is that of anybody else: whether they are is
    not the prescriber's to know, though the mail that tells them of a new seat does not come. Else as
    `confirm_prescription`; raises AppointmentFull, RegistrationClosed, AppointmentNotChangeable instead of SlotTaken.
    """
    _prove(identity, workshop.organization.territory, code=code, visitor_key=visitor_key, now=now)
    try:
        with transaction.atomic():
            queue_behind_the_same_request(idempotency_key)
            participation = registered_participation(workshop, idempotency_key=idempotency_key)
            if participation is None:
                citizen = _record(person, workshop.motif)
                prescriber = _prescriber(identity, workshop.motif, person, now=now)
                participation = register_citizen(
                    workshop=workshop,
                    attendee=Attendee(citizen, answers=person.answers, language=language),
                    now=now,
                    may_wait=may_wait,
                    idempotency_key=idempotency_key,
                    prescriber=prescriber,
                )
            return Prescription(participation, waits=participation.is_waiting)
    except AlreadyParticipating:
        return _as_for_anybody(workshop, citizen, may_wait=may_wait, now=now)


def _as_for_anybody(workshop, citizen, *, may_wait, now):
    seats = {each.workshop.pk: each.free for each in open_workshops([workshop.motif], now=now)}
    is_full = not seats.get(workshop.pk)
    if is_full and not may_wait:
        raise AppointmentFull
    return Prescription(workshop.participations.get(citizen=citizen), waits=is_full)


def _prove(identity, territory, *, code, visitor_key, now):
    """Once in a while on one device, and before anything is written."""
    if not identity.is_proven(now=now):
        prove(territory=territory, contact=identity.email, code=code, visitor_key=visitor_key, now=now)


def _prescriber(identity, motif, person, *, now) -> Prescriber:
    """Who they are from now on, if they may book it. Their row is locked: their bookings of one moment are counted one
    after the other."""
    territory = motif.organization.territory
    partner_type = None
    if identity.partner_type_id is not None:
        partner_type = PartnerType.objects.for_territory(territory).filter(pk=identity.partner_type_id).first()
        if partner_type is None:
            raise PartnerTypeGone
    theirs = Motif.objects.open_to_prescribers(identity.partner_type_id).filter(is_follow_up=False)
    if not theirs.filter(pk=motif.pk).exists():
        raise NotForPrescribers
    try:
        prescriber = remember_prescriber(
            territory=territory,
            email=identity.email,
            first_name=identity.first_name,
            last_name=identity.last_name,
            phone=identity.phone,
            structure=identity.structure,
            partner_type=partner_type,
        )
    except EntryGone as gone:
        raise PartnerTypeGone from gone  # In this very moment.
    if Participation.objects.filter(prescriber=prescriber, created_at__gt=now - _ONE_DAY).count() >= MOST_A_DAY:
        raise TooManyPrescriptions
    _refuse_one_too_many(prescriber, motif, person, now=now)
    return prescriber


def _refuse_one_too_many(prescriber, motif, person, *, now):
    """What this prescriber has booked for somebody of this name counts, and nothing that others have: of the person
    they learn nothing.
    """
    if motif.max_upcoming is None:
        return
    theirs = upcoming_of(motif, now=now).filter(prescriber=prescriber).select_related("citizen")
    if sum(person.beneficiary.may_be(each.citizen) for each in theirs) >= motif.max_upcoming:
        raise BeneficiaryHasEnough(motif.max_upcoming)


def _record(person, motif):
    return record_of_beneficiary(
        organization=motif.organization,
        first_name=person.first_name,
        last_name=person.last_name,
        birth_date=person.birth_date,
        email=person.email,
        phone=person.phone,
    )
