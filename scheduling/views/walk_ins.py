"""« Sans RDV »: somebody stands at the counter and queues."""

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

from ..engine.typography import NBSP
from ..engine.wall_clock import local_day
from ..forms.walk_ins import NewCitizenWalkInForm, WalkInForm
from ..models import Appointment
from ..selectors.walk_ins import counters_of, motif_groups_at, usual_counter
from ..services.actors import Actor
from ..services.walk_ins import register_walk_in
from .returning import return_address
from .slot_search import citizen_choices, citizen_named_in_the_address

KEPT = ("agenda", "lieu", "ou", "next")


@require_http_methods(["GET", "POST"])
@member_required()
@vary_on_headers("HX-Request")
def walk_in_add(request):
    """One page: where, who and what for. `?agenda=` and `lieu=` say where, `ou=` both; `usager=` says who."""
    if request.htmx:
        return render(request, "scheduling/_citizen_choices.html", citizen_choices(request) | {"can_create": True})
    counters = counters_of(request.membership)
    counter = _counter(request, counters)
    if counter is None:
        return render(request, "scheduling/walk_in_add.html", {"counter": None})
    citizen = _citizen(request)
    choices = citizen_choices(request)
    form = _form(request, counter, citizen, choices)
    duplicates = None
    if form.is_valid():
        if citizen is None and "create_anyway" not in request.POST:
            duplicates = _duplicates(request, form)
        if not duplicates:
            return _registered(request, counter, citizen, form)
    context = choices | {
        "form": form,
        "citizen": citizen,
        "duplicates": duplicates,
        "counter": counter,
        "counters": counters,
        "asked": {name: request.GET[name] for name in KEPT if request.GET.get(name)},
        "back": _back(request, counter),
        "can_create": True,
    }
    return render(request, "scheduling/walk_in_add.html", context, status=422 if form.is_bound else 200)


def _counter(request, counters):
    return usual_counter(
        counters,
        key=request.GET.get("ou", ""),
        calendar_id=id_in(request.GET.get("agenda", "")),
        location_id=id_in(request.GET.get("lieu", "")),
        day=local_day(timezone.now(), request.organization.zone),
    )


def _citizen(request):
    """Chosen in the address, or among possible duplicates with everything typed."""
    chosen = id_in(request.POST.get("existing", ""))
    if chosen is None:
        return citizen_named_in_the_address(request)
    visible = Citizen.objects.visible_to(request.membership).select_related("responsible")
    return get_object_or_404(visible.named(chosen))


def _form(request, counter, citizen, choices):
    given = {
        "data": request.POST if request.method == "POST" else None,
        "groups": motif_groups_at(request.membership, counter),
        "calendar": counter.calendar,
        "citizen": citizen,
    }
    if citizen is not None:
        return WalkInForm(**given)
    return NewCitizenWalkInForm(**given, initial={} if choices["citizens"] else guess_identity(choices["typed"]))


def _duplicates(request, form):
    """Not for a request sent again: the record it would meet is its own."""
    found = possible_duplicates(membership=request.membership, **form.record)
    sent_before = Appointment.objects.for_organization(request.organization).filter(
        idempotency_key=form.cleaned_data["idempotency_key"]
    )
    return None if found and sent_before.exists() else found


def _registered(request, counter, citizen, form):
    given = form.cleaned_data
    appointment = register_walk_in(
        demand=form.demand,
        calendar=counter.calendar,
        location_id=counter.location.pk,
        citizen=citizen,
        record=form.record,
        context_note=given["context_note"],
        is_told=given.get("is_told", False),
        idempotency_key=given["idempotency_key"],
        actor=Actor.of(request.user),
        now=timezone.now(),
    )
    messages.success(request, f"En attente{NBSP}: {appointment.people}.")
    return redirect(_back(request, counter))


def _back(request, counter):
    room = reverse("scheduling:waiting_room", args=[request.organization.slug], query={"lieu": counter.location.pk})
    return return_address(request, room)
