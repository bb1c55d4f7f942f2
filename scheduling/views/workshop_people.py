"""The people of a workshop: who came, who is let in from the queue, and the list to sign."""

from django.contrib import messages
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe
from django.views.decorators.vary import vary_on_headers
from django_htmx.http import HttpResponseClientRedirect

from organizations.tenancy import member_required

from ..exceptions import SchedulingError
from ..forms.workshops import PresenceForm, SeatForm
from ..selectors.workshops import people_of
from ..services.actors import Actor
from ..services.participants import set_participant_status
from ..services.registrations import all_present
from ..services.seats import give_seat
from .appointments import address_of, parents_of, people_context
from .workshops import workshop_of


@require_POST
@member_required()
@vary_on_headers("HX-Request")
def workshop_presence(request, pk):
    """Say of one person, or of all who are expected, whether they came; or take it back."""
    workshop = workshop_of(request, pk)
    form = PresenceForm(request.POST, workshop=workshop)
    if not form.is_valid():
        messages.error(request, "Ce résultat n'existe pas.")
        return _back(request, workshop)
    given = {"actor": Actor.of(request.user), "now": timezone.now()}
    try:
        if participation := form.cleaned_data["participation"]:
            set_participant_status(participation=participation, status=form.cleaned_data["status"], **given)
        else:
            all_present(workshop=workshop, **given)
    except SchedulingError as error:
        messages.error(request, error.message)
        return _back(request, workshop)
    if request.htmx:
        context = people_context(workshop_of(request, pk), now=timezone.now())
        return render(request, "scheduling/_workshop_people.html", context)
    return _back(request, workshop)


@require_POST
@member_required()
def workshop_seat(request, pk):
    """Let somebody in who waits."""
    workshop = workshop_of(request, pk)
    form = SeatForm(request.POST, workshop=workshop)
    if not form.is_valid():
        messages.error(request, "Cette personne n'attend plus de place.")
        return _back(request, workshop)
    participation = form.cleaned_data["participation"]
    try:
        give_seat(participation=participation, actor=Actor.of(request.user), now=timezone.now())
    except SchedulingError as error:
        messages.error(request, error.message)
    else:
        messages.success(request, f"{participation.citizen} a maintenant une place.")
    return _back(request, workshop)


def _back(request, workshop):
    address = f"{address_of(workshop)}#workshop-people"
    return HttpResponseClientRedirect(address) if request.htmx else redirect(address)


@require_safe
@member_required()
def workshop_sheet(request, pk):
    """The list of participants on paper, with room to sign."""
    workshop = workshop_of(request, pk)
    context = {"workshop": workshop, "people": people_of(workshop), "parents": parents_of(workshop)}
    return render(request, "scheduling/workshop_sheet.html", context)
