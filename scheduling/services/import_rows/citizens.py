"""Rows of citizens: found again when it is surely them, refused when it might be."""

from datetime import date, timedelta

from organizations.citizen_search import normalize
from organizations.forms.citizens import CitizenForm
from organizations.models import Citizen, CitizenAccess
from organizations.selectors.duplicates import duplicates_in_territory
from organizations.services.citizens import create_citizen, make_known, update_citizen

from ...engine.typography import NBSP, quote
from ...engine.wall_clock import local_day
from ...import_files.kinds import CITIZENS
from .rows import RowImporter, RowRefused, filled, outcome_of

FIELDS = ("last_name", "first_name", "birth_name", "birth_date", "email", "phone", "address")
# Who they are was the way to find them: the record keeps its own spelling.
NAMES = {"last_name", "first_name"}

# Day 0 of Excel's calendar, as it counts after February 1900.
EXCEL_EPOCH = date(1899, 12, 30)


class CitizenRows(RowImporter):
    kind = CITIZENS

    def label_of(self, cells):
        name = f"{cells.get('first_name', '')} {cells.get('last_name', '').upper()}".strip()
        return name[:160] or "sans nom"

    def marks(self, cells):
        """A phone or an e-mail is one person's; so is a name, unless both rows have another birth date."""
        marks = [f"mail {cells['email'].lower()}"] if cells.get("email") else []
        if cells.get("phone"):
            marks.append(f"phone {self.phone_of(cells['phone'])}")
        return marks

    def refuse_twin(self, cells):
        super().refuse_twin(cells)
        for birth_date, line in self._lines.get(_name_of(cells), ()):
            if not birth_date or not cells.get("birth_date") or birth_date == cells["birth_date"]:
                raise RowRefused(f"La ligne {line} est déjà pour le même {self.kind.noun}.")

    def remember(self, cells, line):
        super().remember(cells, line)
        self._lines.setdefault(_name_of(cells), []).append((cells.get("birth_date", ""), line))

    def take(self, cells):
        organization = self.organization_of(cells)
        typed = {name: cells[name] for name in FIELDS if cells.get(name)}
        if "phone" in typed:
            typed["phone"] = self.phone_of(typed["phone"])
        if typed.get("birth_date", "").isdecimal() and len(typed["birth_date"]) == 5:
            typed["birth_date"] = EXCEL_EPOCH + timedelta(days=int(typed["birth_date"]))
        identity = self._form(Citizen(), organization, typed).cleaned_data
        known = self._known(identity)
        if known is None:
            fields = {name: identity[name] for name in FIELDS}
            create_citizen(organization=organization, **fields)
            changes = self.differences(dict.fromkeys(fields), fields)
            return outcome_of(is_new=True, label=self.label_of(cells), changes=changes)
        return self._change(known, organization, identity, typed.keys() - NAMES, cells)

    def _form(self, citizen, organization, typed):
        today = local_day(self.now, organization.zone)
        membership = self.membership_in(organization)
        return self.checked(filled(CitizenForm, instance=citizen, typed=typed, membership=membership, today=today))

    def _known(self, identity):
        """The record of that person, or None for somebody new. Raises RowRefused when only a person could tell."""
        asked = {name: identity[name] for name in ("first_name", "last_name", "birth_date", "email", "phone")}
        matches = duplicates_in_territory(territory=self.territory, **asked)
        sure = [match.citizen for match in matches if match.is_surely(identity["birth_date"])]
        if len(sure) > 1:
            raise RowRefused(f"Plusieurs fiches sont à ce nom{NBSP}: fusionnez-les d'abord.")
        if sure or not matches:
            return sure[0] if sure else None
        match = matches[0]
        raise RowRefused(
            f"Doublon possible de {quote(match.citizen)} ({', '.join(match.reasons)}){NBSP}: complétez la ligne, ou"
            " enregistrez cette personne à la main."
        )

    def _change(self, citizen, organization, identity, names, cells):
        names = [name for name in FIELDS if name in names]
        before = {name: getattr(citizen, name) for name in names}
        after = {name: identity[name] for name in names}
        changes = self.differences(before, after)
        if changes:
            update_citizen(citizen=citizen, **after)
        if not CitizenAccess.objects.for_organization(organization).filter(citizen=citizen).exists():
            make_known(citizen=citizen, organization=organization)
            changes.append(("Organisation", "inconnu", organization.name))
        return outcome_of(is_new=False, label=self.label_of(cells), changes=changes)


def _name_of(cells):
    words = normalize(f"{cells.get('first_name', '')} {cells.get('last_name', '')}").split()
    return f"name {' '.join(sorted(words))}"
