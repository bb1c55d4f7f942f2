"""Booking a slot found by « Trouver un RDV »: for whom, what agents should know, who is told."""

from urllib.parse import urlencode

from django.contrib import messages
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods
from django.views.decorators.vary import vary_on_headers

from organizations.addresses import id_in
from organizations.citizen_search import guess_identity
from organizations.models import Citizen
from organizations.selectors.duplicates import possible_duplicates
from organizations.tenancy import member_required

from ..booking_drafts import PARAMETER as DRAFT
from ..booking_drafts import draft_in, draft_token, drop_draft, keep_draft, kept_while_signing_in, signature_of
from ..booking_pages import BookingPage
from ..exceptions import SlotTaken
from ..forms.booking import BookingForm, NewCitizenBookingForm
from ..forms.slot_address import slot_address
from ..models import Appointment
from ..selectors.slots_instead import is_free
from ..services.actors import Actor
from ..services.agent_booking import book_for_citizen
from ..templatetags.french_times import french_moment
from .appointments_elsewhere import address_seen_by
from .slot_search import citizen_choices

NBSP = "\u00a0"


@require_http_methods(["GET", "POST"])
@kept_while_signing_in
@member_required()
@vary_on_headers("HX-Request")
def appointment_add(request):
    """One page: the citizen, known or new, and the appointment; confirming books."""
    if request.htmx:
        return render(request, "scheduling/_citizen_choices.html", citizen_choices(request) | {"can_create": True})
    now = timezone.now()
    address = slot_address(request.GET, membership=request.membership, now=now)
    if not address.is_valid():
        return _back_to_the_search(request, address, now=now)
    citizen = address.cleaned_data["usager"] or _existing(request)
    choices = citizen_choices(request)
    form = _form(request, address, citizen, choices)
    page, is_taken, duplicates = BookingPage(request, address, draft=draft_token(request)), False, None
    if form.is_valid():
        if citizen is None and "create_anyway" not in request.POST:
            duplicates = _duplicates(request, form)
        if not duplicates:
            try:
                return _booked(request, address, form, citizen, now=now)
            except SlotTaken:
                is_taken, page.draft = True, keep_draft(request, now=now)
    elif not form.is_bound:
        is_taken = not is_free(address.demand, now=now, **address.slot)
    context = page.context | {
        "form": form,
        "citizen": citizen,
        "duplicates": duplicates,
        "is_taken": is_taken,
        "others": page.others(now=now) if is_taken else [],
        "signature": signature_of(request.user),
    }
    return render(request, "scheduling/appointment_add.html", context | choices, status=422 if form.is_bound else 200)


def _back_to_the_search(request, address, *, now):
    """Without a slot in the address, the page has nothing to book; what was typed goes on to the next one."""
    search_url = reverse("scheduling:slot_search", args=[request.organization.slug])
    if not request.GET:
        return redirect(search_url)
    errors = [error for found in address.errors.values() for error in found]
    follow_up = next((error for error in errors if "suivi" in error), None)
    kept = keep_draft(request, now=now) if request.method == "POST" else draft_token(request)
    lost = f"Ce créneau n'existe pas ou plus{NBSP}: choisissez-en un autre."
    messages.warning(request, (follow_up or lost) + (" Ce que vous avez saisi est gardé." if kept else ""))
    if not kept:
        return redirect(search_url)
    again = {"motif": address.cleaned_data.get("motif"), "usager": address.cleaned_data.get("usager")}
    known = {name: row.pk for name, row in again.items() if row is not None}
    return redirect(f"{search_url}?{urlencode(known | {DRAFT: kept})}")


def _existing(request):
    """The known citizen chosen among possible duplicates, with everything typed in the form."""
    visible = Citizen.objects.visible_to(request.membership).select_related("responsible")
    if request.method != "POST":
        kept = id_in((draft_in(request) or {}).get("existing", ""))
        return visible.named(kept).first() if kept else None
    chosen = id_in(request.POST.get("existing", ""))
    return get_object_or_404(visible.named(chosen)) if chosen else None


def _form(request, address, citizen, choices):
    """For somebody known, or for a new citizen; what was searched in vain, or typed before, is not typed twice."""
    given = {
        "data": request.POST if request.method == "POST" else None,
        "motif": address.cleaned_data["motif"],
        "today": timezone.localdate(),
        "citizen": citizen,
    }
    if citizen is not None:
        form = BookingForm(**given)
    else:
        guessed = {} if choices["citizens"] else guess_identity(choices["typed"])
        form = NewCitizenBookingForm(**given, initial=guessed)
    form.initial |= draft_in(request) or {}
    return form


def _duplicates(request, form):
    """Not for a request sent again: the record it would meet is its own."""
    found = possible_duplicates(membership=request.membership, **form.identity)
    sent_before = Appointment.objects.for_organization(form.motif.organization).filter(
        idempotency_key=form.cleaned_data["idempotency_key"]
    )
    return None if found and sent_before.exists() else found


def _booked(request, address, form, citizen, *, now):
    appointment = book_for_citizen(
        demand=address.demand,
        starts_at=address.cleaned_data["debut"],
        location_id=address.location_id,
        calendar_ids=address.slot["calendar_ids"],
        widened_by=None if address.calendars else request.membership,
        citizen=citizen,
        record=form.record,
        details=form.details,
        notifications=form.notifications,
        idempotency_key=form.cleaned_data["idempotency_key"],
        actor=Actor.of(request.user),
        now=now,
    )
    drop_draft(request)
    messages.success(request, f"Le rendez-vous est pris{NBSP}: {french_moment(appointment.starts_at)}.")
    return redirect(address_seen_by(request.membership, appointment))
