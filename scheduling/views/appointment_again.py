"""An appointment once more: the cancelled one resumed, or one like it at another time."""

import uuid

from django.contrib import messages
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from organizations.tenancy import member_required

from ..engine.wall_clock import local_day
from ..exceptions import OverlapNotConfirmed, SchedulingError, SlotTaken
from ..forms.appointments import CopyForm, MoveForm
from ..permissions import can_move_by_hand
from ..selectors.moves import calendars_bound_to, free_for_all
from ..services.actors import Actor
from ..services.appointment_resumption import duplicate_appointment, resume_appointment
from ..templatetags.french_times import french_moment
from .appointments import address_of, appointment_of, parents_of
from .slot_weeks import week_context


@require_http_methods(["GET", "POST"])
@member_required()
def appointment_resume(request, pk):
    """Undo a cancellation; where its time is no longer free, that is said, and can be confirmed."""
    appointment = appointment_of(request, pk)
    # Of a calendar that they do not see, they do not know what it would push aside.
    may_overlap = request.method == "POST" and can_move_by_hand(request.membership, appointment)
    if not appointment.is_cancelled:
        messages.info(request, f"{'Cet atelier' if appointment.is_collective else 'Ce rendez-vous'} n'est pas annulé.")
        return redirect(address_of(appointment))
    to_confirm = ""
    if request.method == "POST":
        try:
            resume_appointment(
                appointment=appointment,
                is_overlap_confirmed="confirmed" in request.POST and may_overlap,
                actor=Actor.of(request.user),
                now=timezone.now(),
            )
        except OverlapNotConfirmed as error:
            to_confirm = error.message
        except SchedulingError as error:
            messages.error(request, error.message)
            return redirect(address_of(appointment))
        else:
            messages.success(
                request, "L'atelier est repris." if appointment.is_collective else "Le rendez-vous est repris."
            )
            return redirect(address_of(appointment))
    context = {
        "appointment": appointment,
        "parents": parents_of(appointment),
        "now": timezone.now(),
        "to_confirm": to_confirm,
        "may_overlap": may_overlap,
    }
    return render(request, "scheduling/appointment_resume.html", context, status=422 if to_confirm else 200)


@require_http_methods(["GET", "POST"])
@member_required()
def appointment_duplicate(request, pk):
    """The same people, motif and note on another slot: a week of slots, one chosen, confirmed by a POST."""
    appointment = appointment_of(request, pk)
    now = timezone.now()
    if not appointment.motif.is_active or appointment.motif.is_collective:
        messages.error(request, "Les rendez-vous de ce motif ne se prennent plus sur un créneau.")
        return redirect(address_of(appointment))
    if request.method == "POST":
        return _duplicate(request, appointment, now)
    chosen = MoveForm(request.GET, membership=request.membership) if "starts_at" in request.GET else None
    return _page(request, appointment, now, chosen=chosen)


def _duplicate(request, appointment, now):
    form = CopyForm(request.POST, membership=request.membership)
    if not form.is_valid():
        return _page(request, appointment, now, refused="Choisissez un créneau.", status=422)
    chosen, bound = form.cleaned_data, calendars_bound_to(appointment)
    calendar_ids = bound if len(appointment.calendars.all()) > 1 else [chosen["calendar"].pk]
    try:
        if bound is not None and chosen["calendar"].pk not in bound:
            raise SlotTaken
        new = duplicate_appointment(
            appointment=appointment,
            starts_at=chosen["starts_at"],
            location_id=chosen["location"].pk if chosen["location"] else None,
            calendar_ids=calendar_ids,
            idempotency_key=chosen["idempotency_key"],
            actor=Actor.of(request.user),
            now=now,
        )
    except SlotTaken as error:
        nearest = free_for_all(error.nearest, appointment, now=now)
        return _page(request, appointment, now, refused=error.message, nearest=nearest, status=422)
    messages.success(request, f"Un autre rendez-vous est pris\u00a0: {french_moment(new.starts_at)}.")
    return redirect("scheduling:appointment_detail", request.organization.slug, new.pk)


def _page(request, appointment, now, *, status=200, **shown):
    zone = request.organization.zone
    first_day = max(local_day(appointment.starts_at, zone), local_day(now, zone))
    context = week_context(
        request, appointment, now, page="scheduling:appointment_duplicate", first_day=first_day, **shown
    )
    return render(
        request, "scheduling/appointment_duplicate.html", context | {"idempotency_key": uuid.uuid4()}, status=status
    )
