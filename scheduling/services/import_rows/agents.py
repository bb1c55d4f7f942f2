"""Rows of agents: who is a member is changed, who is not is invited. No account is ever made here."""

from django import forms

from organizations.models import Invitation, Membership
from organizations.services.invitations import invite_agents

from ...import_files.kinds import AGENTS
from ...models import RowResult
from ..members import change_member
from .rows import Outcome, RowImporter, outcome_of

ROLES = {
    "agent": Membership.Role.BASIC,
    "administrateur": Membership.Role.ADMIN,
    "admin": Membership.Role.ADMIN,
    "administratrice": Membership.Role.ADMIN,
    "basic": Membership.Role.BASIC,
    "basique": Membership.Role.BASIC,
}


class _AddressForm(forms.Form):
    email = forms.EmailField(
        max_length=254,
        error_messages={"required": "elle manque.", "invalid": "ce n'est pas une adresse e-mail."},
    )


class AgentRows(RowImporter):
    kind = AGENTS

    def label_of(self, cells):
        name = f"{cells.get('first_name', '')} {cells.get('last_name', '')}".strip()
        return " – ".join(filter(None, [name[:80], cells.get("email", "")[:75]])) or "sans adresse"

    def marks(self, cells):
        return [f"{self.organization_of(cells).pk} {cells.get('email', '').lower()}"]

    def take(self, cells):
        organization = self.organization_of(cells)
        email = self.checked(_AddressForm({"email": cells.get("email", "")})).cleaned_data["email"].lower()
        said = self._said(cells)
        members = Membership.objects.for_organization(organization).select_related("agent__calendar", "organization")
        if member := members.filter(agent__email__iexact=email).first():
            return self._change(member, said, cells)
        waiting = Invitation.objects.for_organization(organization).open().filter(email__iexact=email)
        if waiting.exists():
            return Outcome(RowResult.UNCHANGED, self.label_of(cells), reason="Déjà invité, n'a pas encore accepté.")
        invite_agents(organization=organization, emails=[email], invited_by=self.actor, now=self.now, **said)
        new = {"role": Membership.Role.BASIC, "is_front_desk": False, "units": []} | said
        changes = [("Invitation", "", email), *self.differences(dict.fromkeys(new), _in_words(new))]
        return outcome_of(is_new=True, label=self.label_of(cells), changes=changes)

    def _said(self, cells):
        said = {}
        if cells.get("role"):
            said["role"] = self.choice_of("role", cells["role"], ROLES)
        if cells.get("is_front_desk"):
            said["is_front_desk"] = self.boolean_of("is_front_desk", cells["is_front_desk"])
        if cells.get("units"):
            said["units"] = self.units_of(cells["units"])
        return said

    def _change(self, member, said, cells):
        """What the file leaves empty stays; names are the agent's own business."""
        now = {"role": member.role, "is_front_desk": member.is_front_desk, "units": list(member.units.order_by("pk"))}
        changes = self.differences(_in_words(now), _in_words(now | said))
        if changes:
            change_member(membership=member, now=self.now, **now | said)
        return outcome_of(is_new=False, label=self.label_of(cells), changes=changes)


def _in_words(fields):
    return fields | {"role": Membership.Role(fields["role"]).label}
