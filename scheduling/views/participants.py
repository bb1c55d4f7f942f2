"""One participant of an appointment: what came of them, how they are told, and when they take part no more."""

from django.contrib import messages
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST

from organizations.tenancy import member_required

from ..exceptions import SchedulingError
from ..forms.participants import ParticipantCancelForm, ParticipantForm, ParticipantOutcomeForm
from ..models import Participation
from ..services.actors import Actor
from ..services.participant_details import edit_participation
from ..services.participants import remove_participant, set_participant_status
from .appointments import address_of, appointment_of, parents_of
from .returning import return_address


def participation_of(request, pk):
    """The participation if the member may see its appointment, and the appointment as its page shows it."""
    visible = Participation.objects.visible_to(request.membership).listed()
    participation = get_object_or_404(visible.select_related("citizen__responsible"), pk=pk)
    return participation, appointment_of(request, participation.appointment_id)


@require_POST
@member_required()
def participant_outcome(request, pk):
    """Say what came of one person, or that they take part again."""
    participation, appointment = participation_of(request, pk)
    form = ParticipantOutcomeForm(request.POST)
    if not form.is_valid():
        messages.error(request, "Ce résultat n'existe pas.")
        return redirect(address_of(appointment))
    try:
        set_participant_status(
            participation=participation,
            status=form.cleaned_data["status"],
            actor=Actor.of(request.user),
            now=timezone.now(),
        )
    except SchedulingError as error:
        messages.error(request, error.message)
    return redirect(return_address(request, address_of(appointment)) + "#rdv-people")


@require_http_methods(["GET", "POST"])
@member_required()
def participant_edit(request, pk):
    participation, appointment = participation_of(request, pk)
    form = ParticipantForm(
        request.POST if request.method == "POST" else None,
        participation=participation,
        questions=appointment.motif.questions.order_by("position", "pk"),
    )
    if form.is_valid():
        try:
            edit_participation(
                participation=participation, actor=Actor.of(request.user), now=timezone.now(), **form.changes
            )
        except SchedulingError as error:
            messages.error(request, error.message)
        else:
            messages.success(request, "C'est noté.")
        return redirect(address_of(appointment))
    context = _context(participation, appointment) | {"form": form}
    return render(request, "scheduling/participant_edit.html", context, status=422 if form.errors else 200)


@require_http_methods(["GET", "POST"])
@member_required()
def participant_cancel(request, pk):
    """One person takes part no more: with their message where they are to be told, and the reason in the history."""
    participation, appointment = participation_of(request, pk)
    if participation.left_at is not None or appointment.is_cancelled:
        messages.info(request, "Cette personne ne participe plus.")
        return redirect(address_of(appointment))
    form = ParticipantCancelForm(request.POST or None, may_be_taken_away=not _is_alone(participation, appointment))
    if form.is_valid():
        try:
            _take_out(request, participation, form)
        except SchedulingError as error:
            messages.error(request, error.message)
        else:
            messages.success(request, _told(participation, appointment))
        return redirect(address_of(appointment))
    context = _context(participation, appointment) | {"form": form, "now": timezone.now()}
    return render(request, "scheduling/participant_cancel.html", context, status=422 if form.errors else 200)


def _told(participation, appointment):
    """With who has the seat of a workshop now."""
    if participation.is_waiting:
        return f"{participation.citizen} n'est plus en liste d'attente."
    waited = {each.pk for each in appointment.participations.all() if each.is_waiting}
    seated = appointment.participations.taking_part().seated().filter(pk__in=waited).select_related("citizen")
    moved_up = "".join(f" La place va à {each.citizen}, qui attendait." for each in seated)
    return f"{participation.citizen} ne participe plus.{moved_up}"


def _take_out(request, participation, form):
    act = {"actor": Actor.of(request.user), "now": timezone.now(), "reason": form.cleaned_data["reason"]}
    if form.is_taken_away:
        remove_participant(participation=participation, **act)
    else:
        set_participant_status(participation=participation, status=form.cleaned_data["status"], **act)


def _is_alone(participation, appointment):
    """The last one of an appointment that is not collective ends it."""
    return appointment.taking_part == [participation] and not appointment.motif.is_collective


def _context(participation, appointment):
    return {
        "participation": participation,
        "appointment": appointment,
        "parents": parents_of(appointment),
        "is_alone": _is_alone(participation, appointment),
    }
