"""The organizations of a territory, and the settings of one: the same form and the same service."""

from django.contrib import messages
from django.core.paginator import Paginator
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from config.shortcuts import render_page
from organizations.addresses import words_in
from organizations.exceptions import OrganizationRefused
from organizations.models import Organization
from organizations.selectors.slugs import free_slug
from organizations.tenancy import member_required, territory_role_required

from ..engine.typography import quote
from ..engine.zones import time_zone_label
from ..forms.organizations import OrganizationForm
from ..selectors.organizations import named, organizations_for_list
from ..selectors.zone_changes import as_organization_would_be, warnings_of
from ..services.organizations import change_organization, create_organization
from .after_change import saved_zones

PER_PAGE = 50


@require_safe
@territory_role_required()
def organization_list(request):
    typed = words_in(request.GET)
    organizations = named(organizations_for_list(request.territory), typed)
    page = Paginator(organizations, PER_PAGE).get_page(request.GET.get("page"))
    for organization in page:
        organization.own_clock = organization.time_zone_override and time_zone_label(organization.time_zone_override)
    context = {"page": page, "typed": typed}
    return render_page(request, "scheduling/organization_list.html", "scheduling/_organization_results.html", context)


@require_http_methods(["GET", "POST"])
@territory_role_required()
def organization_add(request):
    typed = request.POST if request.method == "POST" else None
    form = OrganizationForm(typed, organization=Organization(territory=request.territory))
    if form.is_valid():
        try:
            organization = create_organization(
                territory=request.territory, invited_by=request.user, now=timezone.now(), **form.new_fields
            )
        except OrganizationRefused as error:
            form.add_error(error.field, error.message)
        else:
            return _added(request, organization, form.cleaned_data["first_administrator"])
    return render(request, "scheduling/organization_add.html", {"form": form}, status=422 if form.is_bound else 200)


@require_safe
@territory_role_required()
def organization_slug(request):
    """The address that a name would get, beneath the field while one types."""
    typed = words_in(request.GET, "name")[:120]
    context = {"proposed": free_slug(typed) if typed else ""}
    return render(request, "scheduling/_organization_slug.html", context)


@require_http_methods(["GET", "POST"])
@territory_role_required()
def organization_edit(request, pk):
    organizations = Organization.objects.for_territory(request.territory).select_related("territory")
    organization = get_object_or_404(organizations, pk=pk)
    list_url = reverse("scheduling:organization_list", args=[request.territory.slug])
    return _edited(request, organization, "scheduling/organization_edit.html", otherwise=list_url)


@require_http_methods(["GET", "POST"])
@member_required(admin=True)
def organization_settings(request):
    here = reverse("scheduling:organization_settings", args=[request.organization.slug])
    return _edited(request, request.organization, "scheduling/organization_settings.html", otherwise=here)


def _edited(request, organization, page, *, otherwise):
    """The page with the form, until what was typed is right, its consequences confirmed, and nobody was faster."""
    now = timezone.now()
    form = OrganizationForm(request.POST if request.method == "POST" else None, organization=organization)
    if form.is_valid() and form.confirms(_warnings(form, organization, now)):
        try:
            changed = change_organization(organization=organization, now=now, **form.changed_fields)
        except OrganizationRefused as error:
            form.add_error(error.field, error.message)
        else:
            sentence = f"L'organisation {quote(changed)} est enregistrée."
            return saved_zones(request, sentence, organizations=[changed], now=now, otherwise=otherwise)
    context = {"form": form, "organization": organization}
    return render(request, page, context, status=422 if form.is_bound else 200)


def _warnings(form, organization, now):
    pairs = as_organization_would_be(organization, **form.changed_zones)
    return warnings_of(pairs, now=now) if pairs else []


def _added(request, organization, first_administrator):
    """To its first steps, which who is invited takes otherwise."""
    sentence = f"L'organisation {quote(organization)} est ajoutée."
    if first_administrator:
        messages.success(request, f"{sentence} Une invitation part à {first_administrator}.")
        return redirect("scheduling:organization_list", request.territory.slug)
    messages.success(request, f"{sentence} Les administrateurs du territoire l'administrent.")
    return redirect("scheduling:first_steps", organization.slug)
