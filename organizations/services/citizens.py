"""Every write on citizens."""

from django.db import connection, transaction

from ..citizen_search import normalize
from ..exceptions import CitizenUnreachable
from ..models import Citizen, CitizenAccess, Membership


@transaction.atomic
def create_citizen(*, organization, units=(), referents=(), **fields) -> Citizen:
    """Add a citizen to the territory of `organization`, known to it through `units` (as a whole when empty)."""
    citizen = Citizen.objects.create(territory=organization.territory, **fields)
    citizen.referents.set(referents)
    make_known(citizen=citizen, organization=organization, units=units)
    return citizen


@transaction.atomic
def update_citizen(*, citizen, **fields) -> Citizen:
    for name, value in fields.items():
        setattr(citizen, name, value)
    citizen.save(update_fields=list(fields))
    return citizen


@transaction.atomic
def edit_record(*, citizen, organization, referents, **fields) -> Citizen:
    """Everything an agent of `organization` changes on a record at once."""
    update_citizen(citizen=citizen, **fields)
    set_referents(citizen=citizen, organization=organization, referents=referents)
    return citizen


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


@transaction.atomic
def identify_citizen(
    *, organization, first_name, last_name, proven_email="", proven_phone="", email="", phone="", birth_date=None
) -> Citizen:
    """The citizen of the territory with this name who proved to read this contact; created if new.

    `email` and `phone` are what was typed; a person is recognised by what was proven, never by what was only typed.
    What is already known about somebody is not overwritten by what a visitor types: only blanks are filled.
    Raises CitizenUnreachable without a proven contact.
    """
    if not proven_email and not proven_phone:
        raise CitizenUnreachable
    _queue_behind_the_same_contact(organization.territory_id, proven_email.lower() or proven_phone)
    namesakes = Citizen.objects.for_territory(organization.territory).with_contact(
        email=proven_email, phone=proven_phone
    )
    typed = normalize(f"{first_name} {last_name}")
    for citizen in namesakes.select_for_update(no_key=True, of=("self",)).order_by("pk"):
        same_name = normalize(f"{citizen.first_name} {citizen.last_name}") == typed
        if same_name and (not birth_date or citizen.birth_date in (None, birth_date)):
            return _fill_blanks(citizen, email=email, phone=phone, birth_date=birth_date)
    return Citizen.objects.create(
        territory=organization.territory,
        first_name=first_name,
        last_name=last_name,
        email=email or proven_email,
        phone=phone or proven_phone,
        birth_date=birth_date,
    )


def _queue_behind_the_same_contact(territory_id, contact):
    """Somebody new has no row to lock yet: two requests at once would make two of them."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [f"citizen {territory_id} {contact}"])


def _fill_blanks(citizen, **fields):
    blanks = {name: value for name, value in fields.items() if value and not getattr(citizen, name)}
    return update_citizen(citizen=citizen, **blanks) if blanks else citizen
