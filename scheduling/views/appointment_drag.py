"""An RDV let go somewhere on the grid of the agenda. Answers JSON: done and how to take it back, warned, or refused."""

from django.http import Http404, JsonResponse
from django.utils import timezone
from django.views.decorators.http import require_POST

from organizations.models import Location
from organizations.tenancy import member_required

from ..engine.typography import NBSP
from ..exceptions import AppointmentChangedMeanwhile, AppointmentNotChangeable, OverlapNotConfirmed, SchedulingError
from ..forms.hand_moves import DragForm
from ..models import Appointment, Calendar
from ..permissions import can_move_by_hand
from ..selectors.hand_moves import overlapping_now, why_not_there
from ..services.hand_moves import Consent, Destination
from .appointments import appointment_of
from .hand_moves import NOT_YOURS, carry_out, place_of, told, warned_of

TAKEN_BACK_TOO_LATE = f"L'ancienne place est prise depuis{NBSP}: le rendez-vous reste où il est."


@require_POST
@member_required()
def appointment_drag(request, pk):
    """200 with `done` and `undo`; 422 with `warnings` to be confirmed, or with why it is `refused`; 403 likewise."""
    appointment, now = appointment_of(request, pk), timezone.now()
    if not can_move_by_hand(request.membership, appointment):
        return JsonResponse({"refused": NOT_YOURS}, status=403)
    form = DragForm(request.POST, appointment=appointment)
    if not form.is_valid():
        return _refused(" ".join(error for errors in form.errors.values() for error in errors))
    calendars = _calendars(request, form, appointment)
    to = _destination(request, form, appointment, calendars)
    if refusal := _why_not(form, appointment, to, calendars, now):
        return _refused(refusal)
    try:
        if form.cleaned_data["annuler"]:
            return _taken_back(request, form, appointment, to, now)
        found = warned_of(request, appointment, to, calendars, now=now)
        if not form.confirms(found.sentences):
            return _warned(form)
        consent = Consent(form.cleaned_data["sequence"], bool(found.overlaps), found.overlaps)
        return _done(request, appointment, to, calendars, consent, now)
    except OverlapNotConfirmed:
        # Somebody came there between the look and the lock.
        form.confirms(warned_of(request, appointment, to, calendars, now=now).sentences)
        return _warned(form)
    except SchedulingError as error:
        return _refused(error.message)


def _refused(message):
    return JsonResponse({"refused": message}, status=422)


def _warned(form):
    return JsonResponse({"warnings": form.warnings, "confirmed": form.fingerprint}, status=422)


def _calendars(request, form, appointment):
    """Raises Http404 for a column that the member does not see, or that takes nothing any longer."""
    own = {calendar.pk for calendar in appointment.calendars.all()}
    wanted = form.calendar_ids
    visible = Calendar.objects.visible_to(request.membership).for_display().in_bulk(wanted)
    usable = {pk for pk, item in visible.items() if pk in own or not item.desk_id or item.desk.archived_at is None}
    reached = form.cleaned_data["vers"]
    if not wanted or set(wanted) != usable or (reached is not None and not _is_visible(request, reached)):
        raise Http404
    return [visible[pk] for pk in wanted]


def _is_visible(request, calendar_id):
    return Calendar.objects.visible_to(request.membership).filter(pk=calendar_id).exists()


def _destination(request, form, appointment, calendars):
    if form.cleaned_data["annuler"]:
        location_id = form.cleaned_data["lieu"]
        if location_id is not None and not Location.objects.visible_to(request.membership).filter(pk=location_id):
            raise Http404
        place = {"location_id": location_id, "address": form.cleaned_data["adresse"]}
    else:
        place = {"location_id": place_of(appointment, calendars)}
    ids = [calendar.pk for calendar in calendars]
    return Destination.of(appointment, period=form.cleaned_data["period"], calendar_ids=ids, **place)


def _why_not(form, appointment, to, calendars, now):
    """What no confirmation would change, so that nothing is asked in vain."""
    if appointment.ics_sequence != form.cleaned_data["sequence"] and Destination.of(appointment) != to:
        return AppointmentChangedMeanwhile.message
    ends_only = to.period.start == appointment.starts_at and appointment.ends_at > now
    if appointment.status != Appointment.Status.BOOKED or not (appointment.starts_at > now or ends_only):
        return AppointmentNotChangeable.message
    return why_not_there(appointment, calendars)


def _done(request, appointment, to, calendars, consent, now):
    before, overlapped = Destination.of(appointment), overlapping_now(appointment)
    moved = carry_out(request, appointment, to, consent, now=now)
    zone = request.organization.zone
    undo = {
        "debut": _local(before.period.start, zone),
        "fin": _local(before.period.end, zone),
        "agendas": sorted(before.calendar_ids),
        "lieu": before.location_id or "",
        "adresse": before.address,
        "chevauche": overlapped,
        "sequence": moved.ics_sequence,
        "annuler": "1",
    }
    return JsonResponse({"done": told(appointment, to, calendars), "undo": undo})


def _local(moment, zone):
    return moment.astimezone(zone).replace(tzinfo=None).isoformat(timespec="seconds")


def _taken_back(request, form, appointment, to, now):
    """Over whom it stood before, nobody is asked again; over anybody else it does not go back."""
    seen = form.cleaned_data["chevauche"]
    try:
        carry_out(request, appointment, to, Consent(form.cleaned_data["sequence"], bool(seen), seen), now=now)
    except OverlapNotConfirmed:
        return _refused(TAKEN_BACK_TOO_LATE)
    return JsonResponse({"done": f"Annulé{NBSP}: le rendez-vous est revenu à sa place."})
