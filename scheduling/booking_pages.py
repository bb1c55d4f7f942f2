"""The page that books a slot: what it shows of the slot, what else is free, and where its links lead."""

from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlencode

from django.http import QueryDict
from django.urls import reverse

from organizations.models import Location

from .booking_drafts import PARAMETER as DRAFT
from .engine.typography import enumerate_words
from .engine.wall_clock import local_day
from .forms.slot_address import SlotAddressForm
from .models import Calendar
from .selectors.slots import Slot
from .selectors.slots_instead import slots_instead
from .slot_results import as_address, receiver_of


@dataclass(frozen=True)
class OtherSlot:
    """A free slot instead of the one that was taken."""

    slot: Slot
    url: str
    who: str
    location: Location | None


class BookingPage:
    """Of a valid SlotAddressForm. Every link carries the draft `draft`, when something typed was kept."""

    def __init__(self, request, address: SlotAddressForm, *, draft: str = ""):
        self.request, self.address, self.draft = request, address, draft

    @property
    def context(self):
        chosen = self.address.cleaned_data
        return {
            "motif": chosen["motif"],
            "option": chosen["option"],
            "persons": self.address.demand.persons,
            "starts_at": chosen["debut"],
            "ends_at": chosen["debut"] + self.address.demand.length,
            "location": chosen["lieu"] if self.address.location_id else None,
            "who": self.who,
            "is_together": len(self.address.calendars) > 1,
            "search_url": self.search_url,
            "asked": self.asked(usager=None),
            "another_citizen_url": f"?{self.asked(usager=None).urlencode()}",
            "can_create": True,
        }

    @property
    def who(self) -> str:
        calendars = self.address.calendars
        return enumerate_words([str(calendar) for calendar in calendars]) if calendars else self._receiver

    @property
    def _receiver(self):
        return receiver_of(self.address.cleaned_data["motif"], seen_from=self.request.organization)

    @property
    def search_url(self) -> str:
        """Back to the slots of that day; those of several calendars together, of the same ones."""
        asked = self.asked()
        again = {name: asked[name] for name in ("motif", "option", "personnes", "usager", DRAFT) if name in asked}
        if len(self.address.calendars) > 1:
            again |= {"plusieurs": 1, "agenda": [calendar.pk for calendar in self.address.calendars]}
        zone = self.request.organization.zone
        again["du"] = local_day(self.address.cleaned_data["debut"], zone).isoformat()
        return f"{self._page('slot_search')}?{urlencode(again, doseq=True)}"

    def others(self, *, now: datetime) -> list[OtherSlot]:
        """What is free near the slot that is gone, each with the address that books it."""
        wanted = self.address.slot
        wanted["to"] = wanted.pop("starts_at")
        found = slots_instead(self.address.demand, membership=self.request.membership, now=now, **wanted)
        return [self._other(slot, self._names_of(found)) for slot in found]

    def _names_of(self, slots):
        if len(self.address.calendars) != 1:
            return dict.fromkeys((slot.calendar_id for slot in slots), self.who)
        calendars = Calendar.objects.visible_to(self.request.membership).for_display()
        return {found.pk: str(found) for found in calendars.filter(pk__in=[slot.calendar_id for slot in slots])}

    def _other(self, slot, names):
        changed = {"debut": as_address(slot.starts_at), "lieu": slot.location_id or ""}
        if len(self.address.calendars) == 1:
            changed["agenda"] = slot.calendar_id
        url = f"?{self.asked(**changed).urlencode()}"
        return OtherSlot(slot, url, names[slot.calendar_id], self.address.cleaned_data["lieu"])

    def asked(self, **changes) -> QueryDict:
        """The slot and the citizen of the address, without what was searched; changed, or left out where None."""
        asked = QueryDict(mutable=True)
        for name in SlotAddressForm.base_fields:
            if values := [value for value in self.request.GET.getlist(name) if value]:
                asked.setlist(name, values)
        if self.draft:
            asked[DRAFT] = self.draft
        for name, value in changes.items():
            if value is None:
                asked.pop(name, None)
            else:
                asked[name] = value
        return asked

    def _page(self, name):
        return reverse(f"scheduling:{name}", args=[self.request.organization.slug])
