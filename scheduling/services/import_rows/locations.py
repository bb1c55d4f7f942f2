"""Rows of places."""

from organizations.citizen_search import normalize
from organizations.forms.locations import LocationForm
from organizations.models import Location
from organizations.services.locations import change_location, create_location

from ...engine.typography import NBSP
from ...import_files.kinds import LOCATIONS
from .rows import RowImporter, RowRefused, filled, outcome_of

# French postal codes have five digits; spreadsheets take the first zero away.
POSTAL_CODE_DIGITS = 5


class LocationRows(RowImporter):
    kind = LOCATIONS

    def marks(self, cells):
        organization = self.organization_of(cells).pk
        if cells.get("external_id"):
            return [f"{organization} id {cells['external_id']}"]
        address = (normalize(cells.get(name, "")) for name in ("name", "street", "postal_code"))
        return [f"{organization} {' | '.join(address)}"]

    def take(self, cells):
        organization = self.organization_of(cells)
        typed = self._typed(cells)
        known = self._known(organization, cells, typed)
        if known is None and "name" not in typed:
            raise self.refusal("name", "il manque.")
        place = known or Location(organization=organization)
        before = {name: getattr(place, name) for name in typed}
        identifier = {"external_id": cells["external_id"]} if cells.get("external_id") else {}
        before |= {name: getattr(place, name) for name in identifier}
        place.external_id = cells.get("external_id") or place.external_id
        form = filled(LocationForm, instance=place, typed=typed, membership=self.membership_in(organization))
        fields = self.checked(form).cleaned_data
        after = {name: fields[name] for name in typed} | identifier
        outcome = outcome_of(
            is_new=known is None, label=form.instance.name[:160], changes=self.differences(before, after)
        )
        if known is None:
            create_location(organization=organization, **fields, **identifier)
        elif outcome.changes:
            change_location(location=known, **after)
        return outcome

    def _typed(self, cells):
        """What the row says, without what it leaves empty: that stays as it is."""
        names = ("name", "street", "postal_code", "city", "latitude", "longitude", "access_notes")
        typed = {name: cells[name] for name in names if cells.get(name)}
        code = typed.get("postal_code", "")
        if self.territory.country == "FR" and code.isdecimal() and len(code) == POSTAL_CODE_DIGITS - 1:
            typed["postal_code"] = f"0{code}"
        if cells.get("phone"):
            typed["phone"] = self.phone_of(cells["phone"])
        if cells.get("is_visible_on_portal"):
            typed["is_visible_on_portal"] = self.boolean_of("is_visible_on_portal", cells["is_visible_on_portal"])
        return typed

    def _known(self, organization, cells, typed):
        own = Location.objects.filter(organization=organization).order_by("pk")
        identifier = cells.get("external_id")
        if identifier and (location := own.filter(external_id=identifier).first()):
            return location
        address = {
            f"{name}__iexact": typed.get(name, "") for name in ("name", "street", "postal_code") if name in cells
        }
        same = own.filter(**address)
        found = list((same.filter(external_id="") if identifier else same)[:2])
        if len(found) > 1:
            raise RowRefused(f"Plusieurs lieux ont ce nom à cette adresse{NBSP}: donnez l'identifiant.")
        return found[0] if found else None
