"""Workshops: the list, a new one, and what changes in one."""

from django.contrib import messages
from django.core.paginator import Paginator
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from organizations.addresses import id_in
from organizations.models import Motif
from organizations.tenancy import member_required

from ..engine.intervals import Interval
from ..engine.typography import NBSP, count
from ..exceptions import SchedulingError, WorkshopRefused
from ..forms.workshops import NewWorkshopForm, WorkshopForm
from ..models import Appointment
from ..selectors.placement_warnings import PlacementWarnings
from ..selectors.workshops import coming_workshops, last_change_of, other_workshops, workshop_warnings
from ..services.actors import Actor
from ..services.workshops import change_workshop, create_workshops, request_keys
from ..templatetags.french_times import french_moment
from .appointments import address_of, parents_of, workshops_of

PER_PAGE = 30


def workshop_of(request, pk):
    """The workshop if the member may see it: else there is none."""
    return get_object_or_404(Appointment.objects.visible_to(request.membership).collective().for_list(), pk=pk)


@require_safe
@member_required()
def workshop_list(request):
    """Those to come, or with `?passes=1` the others, with their seats."""
    now, is_past = timezone.now(), bool(request.GET.get("passes"))
    workshops = (other_workshops if is_past else coming_workshops)(request.membership, now=now)
    context = {
        "page": Paginator(workshops, PER_PAGE).get_page(request.GET.get("page")),
        "is_past": is_past,
        "has_motifs": _collective_motifs(request).exists(),
        "now": now,
    }
    return render(request, "scheduling/workshop_list.html", context)


@require_http_methods(["GET", "POST"])
@member_required()
def workshop_add(request):
    """Of the motif of `?motif=`, if it names one."""
    now = timezone.now()
    form = NewWorkshopForm(
        request.POST if request.method == "POST" else None,
        membership=request.membership,
        initial={"motif_choice": asked} if (asked := id_in(request.GET.get("motif", ""))) else None,
    )
    if form.is_valid() and (_was_sent_before(form) or form.accepts(_warnings_of_new(form, now))):
        try:
            return _created(request, form, now)
        except SchedulingError as error:
            form.add_error(None, error.message)
    context = {
        "form": form,
        "has_motifs": form.fields["motif_choice"].queryset.exists(),
        "parents": [workshops_of(request.organization)],
    }
    return render(request, "scheduling/workshop_add.html", context, status=422 if form.is_bound else 200)


@require_http_methods(["GET", "POST"])
@member_required()
def workshop_edit(request, pk):
    """Title, seats, place and agents; a workshop that is cancelled stays as it was."""
    now, workshop = timezone.now(), workshop_of(request, pk)
    if workshop.is_cancelled:
        messages.info(request, "Cet atelier est annulé.")
        return redirect(address_of(workshop))
    form = WorkshopForm(
        request.POST if request.method == "POST" else None,
        membership=request.membership,
        workshop=workshop,
        initial=_initial_of(workshop),
    )
    if form.is_valid() and form.accepts(_warnings_of_change(form, now)):
        try:
            return _changed(request, form, now)
        except SchedulingError as error:
            form.add_error("seats" if isinstance(error, WorkshopRefused) else None, error.message)
    context = {"form": form, "workshop": workshop, "parents": parents_of(workshop)}
    return render(request, "scheduling/workshop_edit.html", context, status=422 if form.is_bound else 200)


def _initial_of(workshop):
    names = ("title", "seats", "location", "address", "video_url", "context_note")
    kept = {name: getattr(workshop, name) for name in names}
    return kept | {"calendars": list(workshop.calendars.all()), "seen": last_change_of(workshop)}


def _collective_motifs(request):
    return Motif.objects.visible_to(request.membership).active().filter(is_collective=True)


def _was_sent_before(form):
    """What the same request made would stand in its own way."""
    made = Appointment.objects.for_organization(form.membership.organization)
    return made.filter(idempotency_key=request_keys(form.cleaned_data["idempotency_key"], number=1)[0]).exists()


def _warnings(form, periods, calendars, now):
    return workshop_warnings(
        form.membership,
        motif=form.motif,
        periods=periods,
        calendars=calendars,
        location_id=form.location_id,
        workshop=form.workshop,
        now=now,
    )


def _warnings_of_new(form, now):
    return _warnings(form, form.cleaned_data["periods"], form.cleaned_data["calendars"], now)


def _warnings_of_change(form, now):
    """Of the calendars that come to it: of the others it was said when it was placed."""
    workshop = form.workshop
    calendars = [each for each in form.cleaned_data["calendars"] if each.pk not in form.own_ids]
    if not calendars or workshop.starts_at <= now:
        return PlacementWarnings()
    return _warnings(form, [Interval(workshop.starts_at, workshop.ends_at)], calendars, now)


def _changed(request, form, now):
    change_workshop(
        workshop=form.workshop,
        details=form.details,
        calendar_ids=form.calendar_ids,
        location=form.cleaned_data["location"],
        seen=form.cleaned_data["seen"],
        actor=Actor.of(request.user),
        is_overlap_confirmed=bool(form.warnings),
        overlaps_seen=form.found.overlaps,
        now=now,
    )
    messages.success(request, "L'atelier est modifié.")
    return redirect(address_of(form.workshop))


def _created(request, form, now):
    workshops = create_workshops(
        motif=form.motif,
        periods=form.cleaned_data["periods"],
        calendar_ids=form.calendar_ids,
        location_id=form.location_id,
        details=form.details,
        actor=Actor.of(request.user),
        is_overlap_confirmed=bool(form.warnings),
        overlaps_seen=form.found.overlaps,
        idempotency_key=form.cleaned_data["idempotency_key"],
        now=now,
    )
    first = workshops[0]
    if len(workshops) > 1:
        sessions = count(len(workshops), "séance")
        messages.success(request, f"{sessions} ajoutées, la première le {french_moment(first.starts_at)}.")
        return redirect("scheduling:workshop_list", request.organization.slug)
    messages.success(request, f"L'atelier est ajouté{NBSP}: {french_moment(first.starts_at)}.")
    return redirect("scheduling:appointment_detail", request.organization.slug, first.pk)
