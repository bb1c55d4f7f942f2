"""What all kinds of rows share: whose they are, how they become a form, and what became of them."""

from copy import copy
from dataclasses import dataclass, field
from datetime import date, timedelta

from phonenumber_field.phonenumber import PhoneNumber
from phonenumbers import NumberParseException

from organizations.citizen_search import normalize
from organizations.models import Membership, Organization, ServiceUnit

from ...engine.delays import Delay, describe_delay
from ...engine.typography import NBSP, quote
from ...models import RowResult

LONGEST_LABEL = 160
EMPTY = "vide"


class RowRefused(Exception):
    """The row cannot go in. `reason` is shown as is, in French."""

    def __init__(self, reason):
        super().__init__(reason)
        self.reason = reason


@dataclass
class Outcome:
    """What a row did: `changes` are (what, before, after)."""

    result: str
    label: str
    changes: list[tuple[str, str, str]] = field(default_factory=list)
    reason: str = ""


class RowImporter:
    """Base: `take` writes one row and raises RowRefused; `marks` tells rows of one file that mean the same apart."""

    kind = None

    def __init__(self, *, territory, actor, now):
        self.territory, self.actor, self.now = territory, actor, now
        organizations = Organization.objects.for_territory(territory).select_related("territory").order_by("-pk")
        self.organizations = list(organizations)
        self._by_name = {normalize(organization.name): organization for organization in self.organizations}
        self._by_slug = {organization.slug: organization for organization in self.organizations}
        self._units = None
        self._lines = {}

    def take(self, cells) -> Outcome:
        raise NotImplementedError

    def marks(self, cells) -> list[str]:
        raise NotImplementedError

    def label_of(self, cells) -> str:
        return (cells.get("name") or cells.get("external_id") or "sans nom")[:LONGEST_LABEL]

    def refuse_twin(self, cells):
        """Raises RowRefused where an earlier row of the file means the same."""
        if line := next((self._lines[mark] for mark in self.marks(cells) if mark in self._lines), None):
            raise RowRefused(f"La ligne {line} est déjà pour le même {self.kind.noun}.")

    def remember(self, cells, line):
        """Once the row is in (or would be)."""
        for mark in self.marks(cells):
            self._lines.setdefault(mark, line)

    def organization_of(self, cells) -> Organization:
        typed = cells.get("organization", "")
        if typed:
            found = self._by_name.get(normalize(typed)) or self._by_slug.get(typed)
            if found is None:
                raise self.refusal("organization", f"{quote(typed[:80])} est inconnue dans ce territoire.")
            return found
        if len(self.organizations) == 1:
            return self.organizations[0]
        if not self.organizations:
            raise self.refusal("organization", "le territoire n'en a aucune. Ajoutez-la d'abord.")
        raise self.refusal("organization", "donnez-la, le territoire en a plusieurs.")

    def membership_in(self, organization) -> Membership:
        return Membership.of_territory_admin(self.actor, organization)

    def units_of(self, typed) -> list[ServiceUnit]:
        if self._units is None:
            units = ServiceUnit.objects.for_territory(self.territory).order_by("pk")
            self._units = {normalize(unit.name): unit for unit in units}
        whole = self._units.get(normalize(typed))  # « Naissances, décès » may be one service.
        if whole:
            return [whole]
        names = [name.strip() for name in typed.replace(";", ",").replace("|", ",").split(",") if name.strip()]
        for name in names:
            if normalize(name) not in self._units:
                raise self.refusal("units", f"{quote(name[:80])} est inconnu dans ce territoire.")
        return [self._units[normalize(name)] for name in names]

    def phone_of(self, typed) -> str:
        """E.164, a number without a country being of the territory's."""
        try:
            number = PhoneNumber.from_string(typed, region=self.territory.country)
        except NumberParseException:
            number = None
        if number is None or not number.is_valid():
            raise self.refusal("phone", f"{quote(typed[:40])} n'est pas un numéro qui existe.")
        return number.as_e164

    def boolean_of(self, field, typed) -> bool:
        word = normalize(typed)
        if word in {"oui", "o", "1", "vrai", "true", "yes", "x"}:
            return True
        if word in {"non", "n", "0", "faux", "false", "no"}:
            return False
        raise self.refusal(field, f"{quote(typed[:40])} n'est ni oui ni non.")

    def choice_of(self, field, typed, choices) -> str:
        """`choices`: values by the words that mean them."""
        known = {normalize(word): value for word, value in choices.items()}
        if normalize(typed) not in known:
            words = ", ".join(dict.fromkeys(choices))
            raise self.refusal(field, f"{quote(typed[:40])} n'existe pas. Écrivez l'un de{NBSP}: {words}.")
        return known[normalize(typed)]

    def refusal(self, field, reason) -> RowRefused:
        return RowRefused(f"{self.kind.label_of(field)}{NBSP}: {reason}")

    def differences(self, before, after):
        """(label, before, after) in words, of two dictionaries by field."""
        return [
            (self.kind.label_of(name), in_words(before[name]), in_words(value))
            for name, value in after.items()
            if in_words(before[name]) != in_words(value)
        ]

    def checked(self, form):
        """The form, or RowRefused with what is wrong in each column."""
        if form.is_valid():
            return form
        reasons = [
            f"{self.kind.label_of(name)}{NBSP}: {message}" if name in form.fields else message
            for name, messages in form.errors.items()
            for message in messages
        ]
        raise RowRefused(" ".join(reasons))


def filled(form_class, *, instance, typed, **arguments):
    """The form as if somebody had opened it on that record and typed what the row says; the record stays as it is."""
    form = form_class(instance=copy(instance), **arguments)
    # Bound by hand: a second form only to read the values of the first would ask for all its choices twice.
    form.data = {name: form[name].value() for name in form.fields} | typed
    form.is_bound = True
    return form


def in_words(value) -> str:
    if isinstance(value, bool):
        return "oui" if value else "non"
    if value is None or value == "":
        return EMPTY
    if isinstance(value, timedelta):
        return describe_delay(Delay(value))
    if isinstance(value, Delay):
        return describe_delay(value)
    if isinstance(value, date):
        return f"{value:%d/%m/%Y}"
    if isinstance(value, list):
        return ", ".join(sorted(map(str, value))) or EMPTY
    return str(value)


def outcome_of(*, is_new, label, changes):
    if is_new:
        return Outcome(RowResult.CREATED, label, [change for change in changes if change[2] != EMPTY])
    return Outcome(RowResult.CHANGED if changes else RowResult.UNCHANGED, label, changes)
