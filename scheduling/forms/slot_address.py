"""Which slot is booked: what stands in the address of the booking page."""

from datetime import timedelta

from django import forms

from organizations.forms.citizens import CitizenChoiceField
from organizations.models import Citizen, Location, Motif, MotifOption

from ..models import Calendar
from ..selectors.slots import Demand
from ..selectors.widening import options_of, reachable_motifs, reachable_places

FARTHEST = timedelta(days=1100)


class SlotAddressForm(forms.Form):
    """The slot as the address of the page names it. Everything in it is the tenant's, or it is refused.

    `agenda` may stand there several times: the slot is then one that all of them have free.
    """

    motif = forms.ModelChoiceField(Motif.objects.none())
    debut = forms.DateTimeField(input_formats=["%Y-%m-%dT%H:%M:%S%z"])
    lieu = forms.ModelChoiceField(Location.objects.none(), required=False)
    agenda = forms.ModelMultipleChoiceField(Calendar.objects.none())
    option = forms.ModelChoiceField(MotifOption.objects.none(), required=False)
    personnes = forms.IntegerField(required=False, min_value=1)
    usager = CitizenChoiceField(Citizen.objects.none(), required=False)

    def __init__(self, *args, membership, now, **kwargs):
        super().__init__(*args, **kwargs)
        self.now = now
        self.fields["usager"].queryset = Citizen.objects.visible_to(membership).select_related("responsible")
        self.offer(membership)

    def offer(self, membership):
        """What may stand in the address."""
        motifs = Motif.objects.visible_to(membership).active().filter(is_collective=False)
        self.fields["motif"].queryset = motifs.select_related("organization__territory").prefetch_related("units")
        self.fields["lieu"].queryset = Location.objects.visible_to(membership).filter(closed_at=None)
        self.fields["agenda"].queryset = Calendar.objects.visible_to(membership).in_use().for_display()
        self.fields["option"].queryset = MotifOption.objects.visible_to(membership).filter(archived_at=None)

    def clean_debut(self):
        starts_at = self.cleaned_data["debut"]
        if not self.now - FARTHEST < starts_at < self.now + FARTHEST:
            raise forms.ValidationError("Cette date est trop lointaine.")
        return starts_at

    def clean(self):
        cleaned = super().clean()
        motif, option = cleaned.get("motif"), cleaned.get("option")
        if motif is None:
            return cleaned
        if option is not None and option.motif_id != motif.pk:
            self.add_error("option", "Cette option est d'un autre motif.")
        if option is None and motif.options.filter(archived_at=None).exists():
            self.add_error("option", "Choisissez une option de ce motif.")
        if (cleaned.get("personnes") or 1) > motif.max_persons:
            self.add_error("personnes", "Ce motif ne reçoit pas autant de personnes à la fois.")
        if motif.location_kind == Motif.LocationKind.ON_SITE and cleaned.get("lieu") is None:
            self.add_error("lieu", "Choisissez un lieu.")
        if motif.is_follow_up and cleaned.get("agenda") and not self._is_referent():
            self.add_error("agenda", "Ce motif de suivi se prend avec un agent référent de l'usager.")
        return cleaned

    def _is_referent(self):
        """Whether all whose calendars are asked for follow the citizen."""
        citizen, agents = self.cleaned_data.get("usager"), {found.agent_id for found in self.cleaned_data["agenda"]}
        return citizen is not None and agents <= set(citizen.referents.order_by().values_list("pk", flat=True))

    @property
    def demand(self):
        return Demand(self.cleaned_data["motif"], self.cleaned_data["option"], self.cleaned_data["personnes"] or 1)

    @property
    def location_id(self):
        """None unless the motif is on site, whatever the address says: slots of other motifs have no place."""
        motif, location = self.cleaned_data["motif"], self.cleaned_data["lieu"]
        return location.pk if location and motif.location_kind == Motif.LocationKind.ON_SITE else None

    @property
    def calendars(self) -> list[Calendar]:
        """Who receives. Nobody named is whoever is free: that of a `WidenedSlotAddressForm`."""
        return list(self.cleaned_data.get("agenda", ()))

    @property
    def slot(self):
        """The slot asked for, as `selectors.slots_instead` takes it."""
        location_id = self.location_id
        return {
            "starts_at": self.cleaned_data["debut"],
            "calendar_ids": [calendar.pk for calendar in self.calendars] or None,
            "location_ids": None if location_id is None else [location_id],
        }


class WidenedSlotAddressForm(SlotAddressForm):
    """A slot that a widened search has found: of a motif that allows it, at one of its places, with whoever is free.

    The citizen is one of the member's own, as for any other slot.
    """

    agenda = None

    def offer(self, membership):
        motifs = reachable_motifs(membership)
        self.fields["motif"].queryset = motifs
        self.fields["lieu"].queryset = reachable_places(motifs.order_by().values("pk"))
        self.fields["option"].queryset = options_of(motifs.order_by().values("pk"))


def slot_address(asked, *, membership, now) -> SlotAddressForm:
    """An address that names no calendar is that of a widened search."""
    form = SlotAddressForm if any(asked.getlist("agenda")) else WidenedSlotAddressForm
    return form(asked, membership=membership, now=now)
