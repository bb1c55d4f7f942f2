"""Records that may already be of the person somebody is about to add."""

from dataclasses import dataclass, field

from django.db.models import Q

from ..citizen_search import name_key, same_name
from ..models import Citizen

# Of namesakes and of sharers of one phone, more would not be read.
MOST_SHOWN = 5
MOST_COMPARED = 100

SAME_NAME, SAME_NAME_AND_BIRTH = "même nom", "même nom et même date de naissance"


@dataclass(frozen=True)
class Match:
    citizen: Citizen
    reasons: list[str]

    def is_surely(self, birth_date) -> bool:
        """Whether it is the person themselves: the name and the birth date, or the name and a way to reach them."""
        if SAME_NAME_AND_BIRTH in self.reasons:
            return True
        is_contradicted = bool(birth_date and self.citizen.birth_date)
        return SAME_NAME in self.reasons and len(self.reasons) > 1 and not is_contradicted


@dataclass(frozen=True)
class Duplicates:
    """`known`: what the member may see. `exists_elsewhere`: a record of the territory that they may not see."""

    known: list[Match] = field(default_factory=list)
    exists_elsewhere: bool = False

    def __bool__(self):
        return bool(self.known) or self.exists_elsewhere


def possible_duplicates(*, membership, first_name, last_name, birth_date=None, email="", phone="") -> Duplicates:
    """Same phone, same e-mail, or same name with no other birth date; elsewhere the birth dates must be equal.

    Five queries at most, each on an index.
    """
    name = f"{first_name} {last_name}"
    visible = Citizen.objects.visible_to(membership)
    known = _matches(visible, name, birth_date, email, phone)
    somewhere = set(_alike(membership.organization.territory, name, birth_date, email, phone)) - {
        match.citizen.pk for match in known
    }
    seen = visible.filter(pk__in=somewhere).count() if somewhere else 0
    return Duplicates(known=known[:MOST_SHOWN], exists_elsewhere=seen < len(somewhere))


def _alike(territory, name, birth_date, email, phone):
    """Ids in the whole territory; who sees them is asked of these few."""
    records = Citizen.objects.for_territory(territory).order_by("pk")
    if email or phone:
        yield from records.with_contact(email=email, phone=phone).values_list("pk", flat=True)[:MOST_COMPARED]
    if birth_date:
        key = name_key(name)
        born = records.filter(Q(name_key=key) | Q(birth_name_key=key), birth_date=birth_date)
        yield from (citizen.pk for citizen in born[:MOST_COMPARED] if _is_namesake(citizen, name))


def duplicates_in_territory(*, territory, first_name, last_name, birth_date=None, email="", phone="") -> list[Match]:
    """By the same rules in the whole territory, for somebody who may see all of it. Two queries."""
    citizens = Citizen.objects.for_territory(territory)
    return _matches(citizens, f"{first_name} {last_name}", birth_date, email, phone)


def _matches(citizens, name, birth_date, email, phone):
    """Who has more in common comes first."""
    found = {citizen.pk: citizen for citizen in citizens.with_contact(email=email, phone=phone)[:MOST_COMPARED]}
    for citizen in citizens.first_found(name, most=MOST_COMPARED):
        if _is_namesake(citizen, name) and (not birth_date or citizen.birth_date in (None, birth_date)):
            found.setdefault(citizen.pk, citizen)
    matches = [Match(citizen, _reasons(citizen, name, birth_date, email, phone)) for citizen in found.values()]
    return sorted(matches, key=lambda match: (-len(match.reasons), str(match.citizen), match.citizen.pk))


def _is_namesake(citizen, name):
    return any(
        same_name(f"{citizen.first_name} {last_name}", name)
        for last_name in filter(None, [citizen.last_name, citizen.birth_name])
    )


def _reasons(citizen, name, birth_date, email, phone):
    reasons = []
    if _is_namesake(citizen, name):
        same_birth_date = birth_date and citizen.birth_date == birth_date
        reasons.append(SAME_NAME_AND_BIRTH if same_birth_date else SAME_NAME)
    if phone and citizen.phone == phone:
        reasons.append("même téléphone")
    if email and citizen.email == email.lower():
        reasons.append("même e-mail")
    return reasons
