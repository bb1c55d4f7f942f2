"""The first steps of an organization, one page each: from nothing to a citizen's booking, in a quarter of an hour."""

from django.conf import settings
from django.contrib import messages
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from organizations.exceptions import EntryGone, NameTaken
from organizations.forms.locations import LocationForm
from organizations.models import Membership, Organization, ServiceUnit
from organizations.services.invitations import invite_agents
from organizations.services.locations import create_location
from organizations.services.territory_lists import add_missing
from organizations.tenancy import member_required

from ..engine.typography import NBSP, count, quote
from ..exceptions import SchedulingError
from ..forms.first_steps import MYSELF, FirstAdminForm, FirstHoursForm, FirstMotifsForm, FirstUnitsForm
from ..models import Appointment
from ..selectors.first_steps import progress_of, with_first_steps
from ..services.first_steps import (
    add_usual_motifs,
    administer,
    open_first_hours,
    organization_motif_names,
)


@require_safe
@member_required(admin=True)
def first_steps(request):
    return render(request, "scheduling/first_steps.html", {"progress": _progress(request)})


@require_http_methods(["GET", "POST"])
@member_required(admin=True)
def first_admin(request):
    form = FirstAdminForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        messages.success(request, _name_admin(request, form.cleaned_data))
        return _onward(request)
    admins = Membership.objects.for_organization(request.organization).active().filter(role=Membership.Role.ADMIN)
    context = {"form": form, "admins": admins.select_related("agent").order_by("agent__last_name", "pk")[:10]}
    return _step(request, "scheduling/first_admin.html", context, form)


def _name_admin(request, chosen):
    """Only who administers the territory comes here without being an administrator of the organization already."""
    if chosen["who"] == MYSELF:
        if request.membership.pk is None:
            administer(organization=request.organization, agent=request.user)
        return "Vous administrez l'organisation. Vous y avez aussi un agenda."
    invited = invite_agents(
        organization=request.organization,
        emails=[chosen["email"]],
        invited_by=request.user,
        role=Membership.Role.ADMIN,
        now=timezone.now(),
    )
    if invited.sent:
        return f"L'invitation part à {chosen['email']}. Continuez sans attendre la réponse."
    return f"{chosen['email']} est déjà invité ou membre."


@require_http_methods(["GET", "POST"])
@member_required(admin=True)
def first_units(request):
    """Services are the territory's: who administers but the organization reads them here."""
    is_theirs = request.membership.is_territory_admin
    form = FirstUnitsForm(request.POST if request.method == "POST" and is_theirs else None)
    if form.is_valid():
        added = add_missing(model=ServiceUnit, territory=request.organization.territory, names=form.names)
        messages.success(request, f"{count(len(added), 'service ajouté', 'services ajoutés')}.")
        return _onward(request)
    units = ServiceUnit.objects.visible_to(request.membership)
    return _step(request, "scheduling/first_units.html", {"form": form, "units": units, "is_theirs": is_theirs}, form)


@require_http_methods(["GET", "POST"])
@member_required(admin=True)
def first_motifs(request):
    form = FirstMotifsForm(
        request.POST if request.method == "POST" else None,
        membership=request.membership,
        known=organization_motif_names(request.organization),
    )
    if form.is_valid():
        try:
            added = add_usual_motifs(organization=request.organization, now=timezone.now(), **form.service_fields)
        except EntryGone as error:
            form.add_error("unit", error.message)
        else:
            number = count(len(added), "motif ajouté", "motifs ajoutés")
            messages.success(request, f"{number}. Tout s'y modifie ensuite.")
            return _onward(request)
    return _step(request, "scheduling/first_motifs.html", {"form": form}, form)


@require_http_methods(["GET", "POST"])
@member_required(admin=True)
def first_location(request):
    form = LocationForm(request.POST if request.method == "POST" else None, membership=request.membership)
    if form.is_valid():
        try:
            location = create_location(organization=request.organization, **form.cleaned_data)
        except NameTaken as error:
            form.add_error(None, error.message)
        else:
            messages.success(request, f"Le lieu {quote(location)} est ajouté.")
            return _onward(request)
    return _step(request, "scheduling/first_location.html", {"form": form}, form)


@require_http_methods(["GET", "POST"])
@member_required(admin=True)
def first_hours(request):
    now, today = timezone.now(), timezone.localdate()
    data = request.POST if request.method == "POST" else None
    form = FirstHoursForm(data, membership=request.membership, today=today, now=now)
    if form.is_valid():
        try:
            open_first_hours(organization=request.organization, now=now, **form.service_fields)
        except SchedulingError as error:
            form.add_error(None, error.message)
        else:
            messages.success(request, f"Les heures sont ouvertes{NBSP}: des créneaux sont proposés dès maintenant.")
            return _onward(request)
    return _step(request, "scheduling/first_hours.html", {"form": form}, form)


@require_safe
@member_required(admin=True)
def first_trial(request):
    """The way a citizen comes in, and the first RDV of all, whoever took it."""
    appointments = Appointment.objects.visible_to(request.membership).select_related("motif")
    territory = request.organization.territory
    portal = reverse("booking_portal:organization_entry", args=[territory.slug, request.organization.slug])
    context = {
        "appointment": appointments.order_by("pk").first(),
        "portal_url": portal,
        "address": settings.SITE_URL + portal,
    }
    return _step(request, "scheduling/first_trial.html", context)


def _progress(request):
    organizations = with_first_steps(Organization.objects.visible_to(request.membership), today=timezone.localdate())
    return progress_of(organizations.get(pk=request.organization.pk))


def _step(request, template, context, form=None):
    name = request.resolver_match.url_name
    progress = _progress(request)
    number = next(number for number, step in enumerate(progress.steps, 1) if step.name == name)
    context |= {"progress": progress, "step": progress.steps[number - 1], "number": number}
    status = 422 if form is not None and form.is_bound else 200
    return render(request, template, context, status=status)


def _onward(request):
    """To the step that comes next: what is still to be done, or the list of steps when all is."""
    following = _progress(request).next_step
    name = following.name if following else "first_steps"
    return redirect(f"scheduling:{name}", request.organization.slug)
