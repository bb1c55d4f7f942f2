"""Every write on citizens."""

import contextlib
from dataclasses import dataclass
from datetime import date

from django.db import IntegrityError, connection, transaction

from ..citizen_search import normalize
from ..exceptions import CitizenUnreachable, ContactNotProven, RecordsChanged, ResponsibleRefused
from ..models import Citizen, CitizenAccess, Membership

MERGED_AS_TYPED = "Cette fiche vient d'être fusionnée avec une autre. Notez ce que vous avez saisi et rouvrez la fiche."


@transaction.atomic
def create_citizen(*, organization, units=(), referents=(), **fields) -> Citizen:
    """Add a citizen to the territory of `organization`, known to it through `units` (as a whole when empty).

    Raises ResponsibleRefused when the person responsible is a relative of somebody.
    """
    with _answering_for_themselves():
        citizen = Citizen.objects.create(territory=organization.territory, **fields)
    citizen.referents.set(referents)
    make_known(citizen=citizen, organization=organization, units=units)
    return citizen


@transaction.atomic
def update_citizen(*, citizen, **fields) -> Citizen:
    """Raises ResponsibleRefused when the person would be a relative of somebody and have relatives.

    Whoever changes the responsible locks both (`_lock_to_change`).
    """
    for name, value in fields.items():
        setattr(citizen, name, value)
    with _answering_for_themselves():
        citizen.save(update_fields=list(fields))
    return citizen


@transaction.atomic
def add_relative(*, citizen, relative) -> Citizen:
    """From now on what concerns `relative` is sent to `citizen`, who is responsible for them.

    Raises ResponsibleRefused when one of them is tied the other way, or the relative to somebody else; RecordsChanged
    when one of them was merged into another record meanwhile.
    """
    if relative == citizen:
        raise ResponsibleRefused("Une personne n'est pas son propre responsable.")
    if relative.responsible_id not in (None, citizen.pk):
        raise ResponsibleRefused(f"{relative} est déjà le proche de quelqu'un d'autre.")
    _lock_to_change(relative, citizen)
    return update_citizen(citizen=relative, responsible=citizen)


def remove_relative(*, citizen, relative) -> Citizen:
    """What concerns `relative` is sent to themselves again. Changes nothing for somebody else's relative."""
    return update_citizen(citizen=relative, responsible=None) if relative.responsible_id == citizen.pk else relative


def _lock_to_change(citizen, responsible):
    """By id, as a merge takes them: what is typed on a record that is no more would be lost in silence.

    The citizen as it stands.
    """
    pks = [record.pk for record in (citizen, responsible) if record is not None]
    locked = Citizen.objects.select_for_update(no_key=True, of=("self",)).filter(pk__in=pks).order_by("pk")
    if any(record.merged_into_id for record in locked):
        raise RecordsChanged(MERGED_AS_TYPED)
    return next(record for record in locked if record.pk == citizen.pk)


@contextlib.contextmanager
def _answering_for_themselves():
    """The database refuses chains: a person who answers for others has nobody who answers for them."""
    try:
        with transaction.atomic():
            yield
    except IntegrityError as error:
        if error.__cause__.diag.constraint_name != "citizen_responsible_is_their_own":
            raise
        raise ResponsibleRefused from error


@transaction.atomic
def edit_record(*, citizen, organization, referents, **fields) -> Citizen:
    """Everything an agent of `organization` changes on a record at once.

    Who decides whether mails are wanted decides anew, whatever the person said by the link of one.
    Raises ResponsibleRefused, and RecordsChanged when the record was merged into another meanwhile.
    """
    before = _lock_to_change(citizen, fields.get("responsible"))
    if fields.get("notify_by_email", before.notify_by_email) != before.notify_by_email:
        fields["mail_refused_at"] = None
    update_citizen(citizen=citizen, **fields)
    set_referents(citizen=citizen, organization=organization, referents=referents)
    return citizen


@transaction.atomic
def correct_contact(*, citizen, proven: str, **contact) -> dict[str, str]:
    """Change the e-mail or the phone, as somebody proved to read it; what was there before, by field.

    `proven` is the present contact that they proved to read, too: who reads none of those on the record could be
    anybody. Only a record without any is open to whoever comes. Whoever corrects the same record waits.
    Raises ContactNotProven; RecordsChanged when it was merged into another meanwhile.
    """
    _lock_to_change(citizen, None)
    citizen.refresh_from_db()
    if citizen.provable_contacts and proven not in citizen.provable_contacts:
        raise ContactNotProven
    before = {name: str(getattr(citizen, name) or "") for name in contact}
    only_typed = [typed for typed in citizen.only_typed if typed not in map(str, contact.values())]
    update_citizen(citizen=citizen, **contact, only_typed=only_typed)
    return before


@transaction.atomic
def set_referents(*, citizen, organization, referents) -> None:
    """Make these agents of `organization` its referents of the citizen; those of other organizations stay."""
    members = Membership.objects.for_organization(organization).values("agent")
    elsewhere = citizen.referents.exclude(pk__in=members)
    citizen.referents.set([*elsewhere.order_by("pk"), *referents])


def make_known(*, citizen, organization, units=()) -> None:
    """From now on `organization` sees this citizen: the agents of `units`, or all of them when it is empty.

    Safe to repeat. One query.
    """
    CitizenAccess.objects.bulk_create(
        [CitizenAccess(citizen=citizen, organization=organization, unit=unit) for unit in (list(units) or [None])],
        ignore_conflicts=True,
    )


@dataclass(frozen=True)
class Named:
    """Somebody as a visitor names them."""

    first_name: str
    last_name: str
    birth_date: date | None = None

    def __str__(self):
        return f"{self.first_name} {self.last_name.upper()}".strip()

    @property
    def key(self) -> str:
        """The name however it is typed."""
        return normalize(f"{self.first_name} {self.last_name}")

    def may_be(self, other) -> bool:
        """The same name, and no two birth dates: `other` is a `Citizen`, or another one who was named."""
        same_name = normalize(f"{other.first_name} {other.last_name}") == self.key
        return same_name and (not self.birth_date or other.birth_date in (None, self.birth_date))


@transaction.atomic
def identify_citizen(
    *, organization, first_name, last_name, proven_email="", proven_phone="", email="", phone="", birth_date=None
) -> Citizen:
    """The citizen of the territory with this name who proved to read this contact; created if new.

    `email` and `phone` are what was typed; a person is recognised by what was proven, never by what was only typed, now
    or by whoever made the record (see `CitizenQuerySet.recognised_by`).
    What is already known about somebody is not overwritten by what a visitor types: only blanks are filled.
    Somebody whose records were merged is recognised by the name and contact of any of them.
    Raises CitizenUnreachable without a proven contact.
    """
    contact = proven_email.lower() or str(proven_phone)
    proven = _proven(organization, email=proven_email, phone=proven_phone, typed_email=email, typed_phone=phone)
    known = _namesake(Named(first_name, last_name, birth_date), proven)
    if known is not None:
        known = _locked_as_it_stands(known)
        return _fill_blanks(known, email=email, phone=phone, birth_date=birth_date, proven=contact)
    return Citizen.objects.create(
        territory=organization.territory,
        first_name=first_name,
        last_name=last_name,
        email=email or proven_email,
        phone=phone or proven_phone,
        only_typed=[typed for typed in (email.lower(), str(phone)) if typed and typed != contact],
        birth_date=birth_date,
    )


@transaction.atomic
def identify_relative(*, relative: Named, organization, proven_email="", proven_phone="", **typed) -> Citizen:
    """The relative of whom `identify_citizen` finds by the other arguments; both created if new.

    Known are the relatives of that very record, and whoever has the proven contact as their own and could book with
    it themselves. Nobody else's record is looked at, however alike: nothing is ever found, changed or told by a name.
    Who is answered for cannot answer for others. Somebody named by them gets the proven contact as their own, as if
    they had booked with it: what is sent goes to whoever proved to read it, and no record changes hands.
    Raises as `identify_citizen`. About five queries more.
    """
    contact = {"email": proven_email, "phone": proven_phone}
    proven = _proven(organization, **contact, typed_email=typed.get("email", ""), typed_phone=typed.get("phone", ""))
    _lock_whom_it_may_be(relative, proven, typed)
    responsible = identify_citizen(
        organization=organization, proven_email=proven_email, proven_phone=proven_phone, **typed
    )
    known = _known_relative(relative, responsible, proven.all())
    if known is not None:
        return _fill_blanks(_locked_as_it_stands(known), birth_date=relative.birth_date)
    return Citizen.objects.create(
        territory=organization.territory,
        first_name=relative.first_name,
        last_name=relative.last_name,
        birth_date=relative.birth_date,
        **(contact if responsible.responsible_id else {"responsible": responsible}),
    )


def _proven(organization, *, email, phone, **typed):
    """Whom this contact, proven a moment ago, stands for. Others who come with it wait until the transaction ends."""
    if not email and not phone:
        raise CitizenUnreachable
    _queue_behind_the_same_contact(organization.territory_id, email.lower() or phone)
    # Merged ones among them: they have the contacts that the record which was kept may not have.
    return Citizen.objects.filter(territory=organization.territory).recognised_by(email=email, phone=phone, **typed)


def _namesake(named, citizens):
    return next((citizen for citizen in citizens.order_by("pk") if named.may_be(citizen)), None)


def _known_relative(relative, responsible, recognised):
    """Their relative of this name, whatever record it was merged into; or one who reads the same contact."""
    theirs = Citizen.objects.filter(responsible=responsible)
    merged = Citizen.objects.filter(merged_into__responsible=responsible)
    themselves = recognised.for_territory(responsible.territory_id).filter(responsible=None)
    pools = (theirs, merged, themselves.exclude(pk=responsible.pk))
    return next(filter(None, (_namesake(relative, pool) for pool in pools)), None)


def _lock_whom_it_may_be(relative, proven, typed):
    """Both who are already known, by id, as merges and agents take them; each alone would be locked in any order."""
    named = Named(typed["first_name"], typed["last_name"], typed.get("birth_date"))
    responsible = _namesake(named, proven.select_related("merged_into"))
    if responsible is not None:
        responsible = responsible.merged_into or responsible
        known = _known_relative(relative, responsible, proven)
        pks = [record.merged_into_id or record.pk for record in (responsible, known) if record is not None]
        list(Citizen.objects.select_for_update(no_key=True, of=("self",)).filter(pk__in=pks).order_by("pk"))


def record_of_beneficiary(*, organization, first_name, last_name, birth_date=None, email="", phone="") -> Citizen:
    """The record of somebody for whom another one books, who proves nothing of them: a new one, unless names, birth
    date and a contact are all the same as those of a record, and no contact is another (nor one that a visitor only
    typed, see `CitizenQuerySet.recognised_by`).

    Nothing of a record that is found changes. Two requests for one new person at once make one record where they give
    a contact and a birth date. One query for each contact, and two.
    """
    typed = {"email": email.lower(), "phone": phone}
    given = {name: value for name, value in typed.items() if value}
    if birth_date and given:
        # In one order, so that nobody waits in a circle.
        for contact in sorted(given.values()):
            _queue_behind_the_same_contact(organization.territory_id, contact)
        name = normalize(f"{first_name} {last_name}")
        namesakes = Citizen.objects.filter(territory=organization.territory, birth_date=birth_date)
        recognised = namesakes.recognised_by(**given, typed_email=typed["email"], typed_phone=phone)
        for citizen in recognised.order_by("pk"):
            known = {field: str(getattr(citizen, field) or "") for field in given}
            is_another = any(known[field] and known[field] != value for field, value in given.items())
            if not is_another and normalize(f"{citizen.first_name} {citizen.last_name}") == name:
                return _locked_as_it_stands(citizen)
    return Citizen.objects.create(
        territory=organization.territory,
        first_name=first_name,
        last_name=last_name,
        birth_date=birth_date,
        only_typed=list(given.values()),
        **typed,
    )


def _locked_as_it_stands(citizen):
    """The record it stands for, which is not merged before the transaction ends."""
    while True:
        sid = transaction.savepoint()
        locked = Citizen.objects.select_for_update(no_key=True, of=("self",)).get(
            pk=citizen.merged_into_id or citizen.pk
        )
        if locked.merged_into_id is None:
            transaction.savepoint_commit(sid)
            return locked
        # Let go of it: a merge of the one it stands for may be waiting for it.
        transaction.savepoint_rollback(sid)
        citizen = locked


def _queue_behind_the_same_contact(territory_id, contact):
    """Somebody new has no row to lock yet: two requests at once would make two of them."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [f"citizen {territory_id} {contact}"])


def _fill_blanks(citizen, *, proven="", **fields):
    """`proven` is the contact they came with; another one that fills a blank was only typed."""
    blanks = {name: value for name, value in fields.items() if value and not getattr(citizen, name)}
    typed = {str(blanks[name]).lower() for name in ("email", "phone") if name in blanks}
    only_typed = sorted({*citizen.only_typed, *typed} - {proven})
    if only_typed != sorted(citizen.only_typed):
        blanks["only_typed"] = only_typed
    return update_citizen(citizen=citizen, **blanks) if blanks else citizen
