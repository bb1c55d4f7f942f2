"""Somebody more in an appointment: found among the citizens, or written down in place."""

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

from ..exceptions import AppointmentFull, SchedulingError
from ..forms.participants import JoinForm, NewCitizenJoinForm
from ..services.actors import Actor
from ..services.booking import Attendee
from ..services.participants import add_new_participant, add_participant
from .appointments import address_of, appointment_of, parents_of
from .slot_search import citizen_choices, citizen_named_in_the_address


@require_http_methods(["GET", "POST"])
@member_required()
@vary_on_headers("HX-Request")
def appointment_join(request, pk):
    appointment = appointment_of(request, pk)
    choices = citizen_choices(request) | {"can_create": True}
    if request.htmx:
        return render(request, "scheduling/_citizen_choices.html", choices)
    if appointment.is_cancelled:
        messages.error(request, "Ce rendez-vous est annulé.")
        return redirect(address_of(appointment))
    citizen = citizen_named_in_the_address(request) or _existing(request)
    form = _form(request, appointment, citizen, choices)
    duplicates = None
    if form.is_valid():
        if citizen is None and "create_anyway" not in request.POST:
            duplicates = _duplicates(request, appointment, form)
        if not duplicates:
            try:
                return _joined(request, appointment, form, citizen)
            except AppointmentFull:
                appointment = appointment_of(request, pk)
    context = choices | {
        "appointment": appointment,
        "parents": parents_of(appointment),
        "form": form,
        "citizen": citizen,
        "duplicates": duplicates,
        "kept": {},
        "another_citizen_url": reverse("scheduling:appointment_join", args=[request.organization.slug, pk]),
    }
    return render(request, "scheduling/appointment_join.html", context, status=422 if form.is_bound else 200)


def _existing(request):
    """The known citizen chosen among possible duplicates."""
    chosen = id_in(request.POST.get("existing", ""))
    if chosen is None:
        return None
    visible = Citizen.objects.visible_to(request.membership).select_related("responsible")
    return get_object_or_404(visible.named(chosen))


def _form(request, appointment, citizen, choices):
    given = {
        "data": request.POST if request.method == "POST" else None,
        "motif": appointment.motif,
        "questions": appointment.motif.questions.order_by("position", "pk"),
        "today": timezone.localdate(),
        "citizen": citizen,
    }
    if citizen is not None:
        return JoinForm(**given)
    return NewCitizenJoinForm(**given, initial={} if choices["citizens"] else guess_identity(choices["typed"]))


def _duplicates(request, appointment, form):
    """Not for a request sent again: the record it would meet is its own."""
    found = possible_duplicates(membership=request.membership, **form.identity)
    sent_before = appointment.participations.filter(idempotency_key=form.cleaned_data["idempotency_key"])
    return None if found and sent_before.exists() else found


def _joined(request, appointment, form, citizen):
    """Raises AppointmentFull: then the page offers the queue."""
    act = {
        "appointment": appointment,
        "actor": Actor.of(request.user),
        "now": timezone.now(),
        "idempotency_key": form.cleaned_data["idempotency_key"],
        "may_wait": "wait" in request.POST,
    }
    try:
        if citizen is None:
            added = add_new_participant(record=form.record, attendance=form.attendance, **act)
        else:
            added = add_participant(attendee=Attendee(citizen, **form.attendance), **act)
    except AppointmentFull:
        raise
    except SchedulingError as error:
        messages.error(request, error.message)
    else:
        messages.success(request, _told(added, appointment))
    return redirect(address_of(appointment))


def _told(added, appointment):
    if added.is_waiting:
        return f"{added.citizen} est en liste d'attente."
    what = "à l'atelier" if appointment.is_collective else "au rendez-vous"
    return f"{added.citizen} participe {what}."
