"""Placing an RDV by hand, from an empty place of the agenda or from nothing: free or not, with what is to be known."""

from urllib.parse import urlencode

from django.contrib import messages
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods
from django.views.decorators.vary import vary_on_headers

from organizations.selectors.duplicates import possible_duplicates
from organizations.tenancy import member_required

from ..engine.typography import NBSP
from ..exceptions import OverlapNotConfirmed
from ..models import Appointment
from ..services.actors import Actor
from ..services.agent_booking import place_for_citizen
from ..templatetags.french_times import french_moment
from .appointments import address_of
from .placing import citizens_found, placing_of, warnings_of
from .returning import return_address


@require_http_methods(["GET", "POST"])
@member_required()
@vary_on_headers("HX-Request", "HX-Target")
def appointment_place(request):
    """One page for when, what, where and for whom. What is typed stays, whatever is chosen, warned of or refused."""
    if request.htmx.target == "placing-citizens":
        return render(request, "scheduling/_placing_citizens.html", citizens_found(request))
    now = timezone.now()
    placing = placing_of(request, now=now)
    duplicates = None
    if placing.is_sent:
        is_valid = placing.is_valid()
        if is_valid and (before := _sent_before(request, placing)):
            return _done(request, before)
        is_accepted = placing.form.accepts(warnings_of(request, placing.form, placing.citizen, now=now))
        duplicates = _duplicates(request, placing) if is_valid else None
        if is_valid and is_accepted and not duplicates:
            try:
                return _placed(request, placing, now=now)
            except OverlapNotConfirmed:
                placing.form.accepts(warnings_of(request, placing.form, placing.citizen, now=now))
    page = "scheduling/_placing_answers.html" if request.htmx else "scheduling/appointment_place.html"
    context = _context(request, placing) | {"duplicates": duplicates}
    return render(request, page, context, status=422 if placing.is_sent else 200)


def _sent_before(request, placing):
    """What a request sent again has placed: it would stand in its own way, and its record be its own duplicate."""
    key = placing.who.cleaned_data["idempotency_key"]
    return Appointment.objects.visible_to(request.membership).for_list().filter(idempotency_key=key).first()


def _duplicates(request, placing):
    """Of a new record."""
    if placing.citizen is not None or "create_anyway" in request.POST:
        return None
    return possible_duplicates(membership=request.membership, **placing.who.identity)


def _placed(request, placing, *, now):
    form, who = placing.form, placing.who
    appointment = place_for_citizen(
        demand=form.demand,
        period=form.period,
        location_id=form.location_id,
        calendar_ids=form.calendar_ids,
        overlaps_seen=form.found.overlaps,
        citizen=placing.citizen,
        record=who.record,
        details=who.details | ({"address": form.cleaned_data["adresse"]} if form.cleaned_data["adresse"] else {}),
        notifications=who.notifications,
        idempotency_key=who.cleaned_data["idempotency_key"],
        actor=Actor.of(request.user),
        now=now,
    )
    return _done(request, appointment)


def _done(request, appointment):
    messages.success(request, f"Le rendez-vous est pris{NBSP}: {french_moment(appointment.starts_at)}.")
    return redirect(return_address(request, address_of(appointment)))


def _context(request, placing):
    back = return_address(request, "")
    return citizens_found(request) | {
        "placing": placing,
        "form": placing.form,
        "who": placing.who,
        "citizen": placing.citizen,
        "back": back,
        "agenda_url": reverse("scheduling:agenda", args=[request.organization.slug]),
        "instead": _instead(request, back),
    }


def _instead(request, back):
    """Where the same place of the agenda leads to otherwise: a free slot of that day, or time taken back."""
    asked, slug = request.GET, request.organization.slug
    day, start = asked.get("jour", ""), asked.get("debut", "")
    moment = {} if not start else {"moment": "matin" if start < "12" else "apres-midi"}
    same = {name: asked.getlist(name) for name in ("agenda", "jour", "debut", "fin") if asked.get(name)}
    search = reverse("scheduling:slot_search", args=[slug])
    absence = reverse("scheduling:unavailability_add", args=[slug])
    return {
        "search": f"{search}?{urlencode(({'du': day} if day else {}) | moment)}",
        "absence": f"{absence}?{urlencode(same | ({'next': back} if back else {}), doseq=True)}",
    }
