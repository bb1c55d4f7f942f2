from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from organizations.models import Organization
from organizations.tenancy import member_required

from ..engine.typography import quote
from ..forms.opening_days import ClosureForm
from ..models import Closure
from ..services.opening_days import add_closure, remove_closure
from .after_change import saved_closed_days


@require_http_methods(["GET", "POST"])
@member_required(admin=True)
def closure_add(request):
    now = timezone.now()
    typed = request.POST if request.method == "POST" else None
    form = ClosureForm(typed, membership=request.membership, today=timezone.localdate())
    if form.is_valid():
        closure = add_closure(now=now, **form.service_fields)
        return saved_closed_days(
            request,
            f"La fermeture {quote(closure)} est ajoutée.",
            now=now,
            otherwise=reverse("scheduling:opening_days", args=[request.organization.slug]),
            others=_others_closed(request, closure),
        )
    return render(request, "scheduling/closure_add.html", {"form": form}, status=422 if form.is_bound else 200)


@require_http_methods(["GET", "POST"])
@member_required(admin=True)
def closure_delete(request, pk):
    """A closure of the whole territory is seen by all its administrators and removed by the territory's."""
    closure = get_object_or_404(Closure.objects.for_organization(request.organization), pk=pk)
    if closure.organization_id is None and not request.membership.is_territory_admin:
        raise PermissionDenied
    if request.method == "POST":
        remove_closure(closure=closure, now=timezone.now())
        messages.success(request, f"La fermeture {quote(closure)} est retirée.")
        return redirect("scheduling:opening_days", request.organization.slug)
    return render(request, "scheduling/closure_delete.html", {"closure": closure})


def _others_closed(request, closure):
    """The other organizations that it closes and the member administers."""
    if closure.organization_id is not None:
        return []
    administered = Organization.objects.visible_to(request.membership).exclude(pk=request.organization.pk)
    return administered.select_related("territory").order_by("name")
