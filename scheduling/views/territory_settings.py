"""The settings of a territory."""

from django.contrib import messages
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from organizations.exceptions import LogoRefused
from organizations.models import Organization
from organizations.services.territory_logos import remove_logo, set_logo
from organizations.tenancy import territory_role_required

from ..forms.territories import LogoForm, TerritoryForm
from ..selectors.zone_changes import as_territory_would_be, sentences_of_zones, warnings_of
from ..services.territories import change_territory
from .after_change import saved_zones


@require_http_methods(["GET", "POST"])
@territory_role_required()
def territory_settings(request):
    now = timezone.now()
    form = TerritoryForm(request.POST if request.method == "POST" else None, territory=request.territory)
    if form.is_valid() and form.confirms(_warnings(form, request.territory, now)):
        change_territory(territory=request.territory, now=now, **form.changed_fields)
        return saved_zones(
            request,
            "Les réglages du territoire sont enregistrés.",
            organizations=_organizations(request) if form.changed_zones else [],
            now=now,
            otherwise=reverse("scheduling:territory_settings", args=[request.territory.slug]),
        )
    return _page(request, form=form)


@require_safe
@territory_role_required()
def territory_theme(request):
    """The colours that are being chosen, on a small portal and a small back office."""
    return render(request, "scheduling/_theme_sample.html", {"color": request.GET.get("accent_color", "")})


@require_POST
@territory_role_required()
def territory_logo_edit(request):
    logo_form = LogoForm(request.POST, request.FILES)
    if logo_form.is_valid():
        try:
            set_logo(territory=request.territory, uploaded=logo_form.cleaned_data["logo"].read())
        except LogoRefused as error:
            logo_form.add_error("logo", error.message)
        else:
            messages.success(request, "Le logo est enregistré. Il paraît sur le portail et ici.")
            return redirect("scheduling:territory_settings", request.territory.slug)
    return _page(request, logo_form=logo_form)


@require_POST
@territory_role_required()
def territory_logo_remove(request):
    remove_logo(territory=request.territory)
    messages.success(request, "Le logo est retiré.")
    return redirect("scheduling:territory_settings", request.territory.slug)


def _page(request, **forms):
    """The screen with the form that was sent as it was typed, the other as stored."""
    context = {"form": TerritoryForm(territory=request.territory), "logo_form": LogoForm()} | forms
    is_refused = any(form.is_bound for form in forms.values())
    color = context["form"]["accent_color"].value()
    return render(
        request, "scheduling/territory_settings.html", context | {"color": color}, status=422 if is_refused else 200
    )


def _warnings(form, territory, now):
    zones = form.changed_zones
    if not zones:
        return []
    pairs = as_territory_would_be(territory, **zones)
    return [*sentences_of_zones(territory, **zones), *warnings_of(pairs, now=now)]


def _organizations(request):
    return list(Organization.objects.for_territory(request.territory).order_by("name", "pk"))
