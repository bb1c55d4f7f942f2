"""Booking a slot found by « Trouver un RDV »: for whom, what agents should know, who is told."""

from dataclasses import dataclass
from urllib.parse import urlencode

from django.contrib import messages
from django.http import QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods
from django.views.decorators.vary import vary_on_headers

from organizations.addresses import id_in
from organizations.citizen_search import guess_identity
from organizations.models import Citizen, Location
from organizations.selectors.duplicates import possible_duplicates
from organizations.tenancy import member_required

from ..engine.typography import enumerate_words
from ..engine.wall_clock import local_day
from ..exceptions import SlotTaken
from ..forms.booking import BookingForm, NewCitizenBookingForm, SlotAddressForm
from ..models import Appointment, Calendar
from ..selectors.slots import Slot
from ..selectors.slots_instead import is_free, slots_instead
from ..services.actors import Actor
from ..services.agent_booking import book_for_citizen
from ..slot_results import as_address
from ..templatetags.french_times import french_moment
from .slot_search import citizen_choices

NBSP = "\u00a0"


@dataclass(frozen=True)
class OtherSlot:
    """A free slot instead of the one that was taken."""

    slot: Slot
    url: str
    who: str
    location: Location | None


@require_http_methods(["GET", "POST"])
@member_required()
@vary_on_headers("HX-Request")
def appointment_add(request):
    """One page: the citizen, known or new, and the appointment; confirming books."""
    if request.htmx:
        return render(request, "scheduling/_citizen_choices.html", citizen_choices(request) | {"can_create": True})
    now = timezone.now()
    address = SlotAddressForm(request.GET, membership=request.membership, now=now)
    if not address.is_valid():
        return _back_to_the_search(request, address)
    citizen = address.cleaned_data["usager"] or _existing(request)
    choices = citizen_choices(request)
    form = _form(request, address, citizen, choices)
    others = duplicates = None
    if form.is_valid():
        if citizen is None and "create_anyway" not in request.POST:
            duplicates = _duplicates(request, form)
        if not duplicates:
            try:
                return _booked(request, address, form, citizen, now=now)
            except SlotTaken:
                others = _others(request, address, now=now)
    elif not form.is_bound and not is_free(address.demand, now=now, **address.slot):
        others = _others(request, address, now=now)
    context = (
        _context(request, address)
        | choices
        | {
            "form": form,
            "citizen": citizen,
            "duplicates": duplicates,
            "is_taken": others is not None,
            "others": others or [],
        }
    )
    return render(request, "scheduling/appointment_add.html", context, status=422 if form.is_bound else 200)


def _back_to_the_search(request, address):
    """Without a slot in the address, the page has nothing to book."""
    if request.GET:
        errors = [error for found in address.errors.values() for error in found]
        follow_up = next((error for error in errors if "suivi" in error), None)
        messages.warning(request, follow_up or f"Ce créneau n'existe pas ou plus{NBSP}: choisissez-en un autre.")
    return redirect("scheduling:slot_search", request.organization.slug)


def _existing(request):
    """The known citizen chosen among possible duplicates, with everything typed in the form."""
    chosen = id_in(request.POST.get("existing", ""))
    if chosen is None:
        return None
    visible = Citizen.objects.visible_to(request.membership).select_related("responsible")
    return get_object_or_404(visible.named(chosen))


def _form(request, address, citizen, choices):
    """For somebody known, or for a new citizen; what was searched in vain is not typed twice."""
    given = {
        "data": request.POST if request.method == "POST" else None,
        "motif": address.cleaned_data["motif"],
        "today": timezone.localdate(),
        "citizen": citizen,
    }
    if citizen is not None:
        return BookingForm(**given)
    return NewCitizenBookingForm(**given, initial={} if choices["citizens"] else guess_identity(choices["typed"]))


def _duplicates(request, form):
    """Not for a request sent again: the record it would meet is its own."""
    found = possible_duplicates(membership=request.membership, **form.identity)
    sent_before = Appointment.objects.for_organization(request.organization).filter(
        idempotency_key=form.cleaned_data["idempotency_key"]
    )
    return None if found and sent_before.exists() else found


def _booked(request, address, form, citizen, *, now):
    appointment = book_for_citizen(
        demand=address.demand,
        starts_at=address.cleaned_data["debut"],
        location_id=address.location_id,
        calendar_ids=[calendar.pk for calendar in address.calendars],
        citizen=citizen,
        record=form.record,
        details=form.details,
        notifications=form.notifications,
        idempotency_key=form.cleaned_data["idempotency_key"],
        actor=Actor.of(request.user),
        now=now,
    )
    messages.success(request, f"Le rendez-vous est pris{NBSP}: {french_moment(appointment.starts_at)}.")
    return redirect("scheduling:appointment_detail", request.organization.slug, appointment.pk)


def _others(request, address, *, now):
    wanted = address.slot
    wanted["to"] = wanted.pop("starts_at")
    found = slots_instead(address.demand, membership=request.membership, now=now, **wanted)
    together = len(address.calendars) > 1
    calendars = Calendar.objects.visible_to(request.membership).for_display()
    calendars = {calendar.pk: calendar for calendar in calendars.filter(pk__in=[slot.calendar_id for slot in found])}
    others = []
    for slot in found:
        asked = _asked(request)
        asked["debut"], asked["lieu"] = as_address(slot.starts_at), slot.location_id or ""
        if not together:
            asked["agenda"] = slot.calendar_id
        who = _names(address.calendars) if together else str(calendars[slot.calendar_id])
        others.append(OtherSlot(slot, f"?{asked.urlencode()}", who, address.cleaned_data["lieu"]))
    return others


def _names(calendars):
    return enumerate_words([str(calendar) for calendar in calendars])


def _context(request, address):
    chosen = address.cleaned_data
    asked, without_citizen = _asked(request), _asked(request)
    without_citizen.pop("usager", None)
    return {
        "motif": chosen["motif"],
        "option": chosen["option"],
        "persons": address.demand.persons,
        "starts_at": chosen["debut"],
        "ends_at": chosen["debut"] + address.demand.length,
        "location": chosen["lieu"] if address.location_id else None,
        "who": _names(address.calendars),
        "search_url": _search_url(request, address, asked),
        "asked": without_citizen,
        "another_citizen_url": f"?{without_citizen.urlencode()}",
        "can_create": True,
    }


def _search_url(request, address, asked):
    """Back to the slots of that day; those of several calendars together, of the same ones."""
    again = {name: asked[name] for name in ("motif", "option", "personnes", "usager") if name in asked}
    if len(address.calendars) > 1:
        again |= {"plusieurs": 1, "agenda": [calendar.pk for calendar in address.calendars]}
    again["du"] = local_day(address.cleaned_data["debut"], request.organization.zone).isoformat()
    search_url = reverse("scheduling:slot_search", args=[request.organization.slug])
    return f"{search_url}?{urlencode(again, doseq=True)}"


def _asked(request):
    """The slot and the citizen of the address, without what was searched. One's own to change."""
    asked = QueryDict(mutable=True)
    for name in SlotAddressForm.base_fields:
        if values := [value for value in request.GET.getlist(name) if value]:
            asked.setlist(name, values)
    return asked
