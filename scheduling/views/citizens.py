"""A citizen's record with their appointments."""

from django.core.paginator import Paginator
from django.db.models import Prefetch
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_safe

from organizations.models import Citizen
from organizations.permissions import can_merge_citizens
from organizations.selectors.agents import agents_of
from organizations.tenancy import member_required

from ..models import Appointment
from ..selectors.citizens import appointments_with_own_part, citizen_figures
from ..selectors.elsewhere import followed_of

PER_PAGE = 20
MOST_ELSEWHERE = 20


@require_safe
@member_required()
def citizen_detail(request, pk):
    """Details, relatives, figures and RDVs; of relatives, RDVs and referents, those that the member may see.

    The address of a record that was merged leads to the one it is part of now.
    """
    now = timezone.now()
    visible = Citizen.objects.visible_to(request.membership)
    referents = Prefetch("referents", agents_of(request.organization))
    citizen = get_object_or_404(visible.prefetch_related(referents).named(pk))
    if citizen.pk != pk:
        return redirect("scheduling:citizen_detail", request.organization.slug, citizen.pk)
    appointments = appointments_with_own_part(citizen, Appointment.objects.visible_to(request.membership))
    upcoming = appointments.upcoming(now).filter(own_left_at=None)
    past = appointments.for_list().exclude(pk__in=upcoming.values("pk")).order_by("-starts_at", "-pk")
    context = {
        "citizen": citizen,
        "responsible": visible.filter(relatives=citizen).first(),
        "relatives": list(visible.filter(responsible=citizen).order_by("first_name", "pk")),
        "figures": citizen_figures(citizen, appointments),
        "upcoming": list(upcoming.for_list()),
        "elsewhere": list(followed_of(citizen, membership=request.membership)[:MOST_ELSEWHERE]),
        "page": Paginator(past, PER_PAGE).get_page(request.GET.get("page")),
        "merges": list(citizen.merges.select_related("agent").order_by("-at", "-pk")),
        "may_merge": can_merge_citizens(request.membership),
        "now": now,
    }
    return render(request, "scheduling/citizen_detail.html", context)
