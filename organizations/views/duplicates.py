"""Records that may be of one person: the list of pairs, and saying that they are of two."""

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from ..addresses import id_in
from ..models import Citizen
from ..permissions import can_merge_citizens
from ..selectors.duplicate_pairs import MOST_PAIRS, duplicate_pairs, with_records
from ..services.merges import tell_apart
from ..tenancy import member_required

PER_PAGE = 20


@require_safe
@member_required()
def citizen_duplicates(request):
    found = duplicate_pairs(membership=request.membership)
    page = Paginator(found, PER_PAGE).get_page(request.GET.get("page"))
    context = {
        "page": page,
        "pairs": with_records(page.object_list, membership=request.membership),
        "is_cut": len(found) == MOST_PAIRS,
        "may_merge": can_merge_citizens(request.membership),
    }
    return render(request, "organizations/citizen_duplicates.html", context)


@require_POST
@member_required()
def citizen_distinguish(request, pk):
    """« Ce ne sont pas les mêmes »: this record and `avec`."""
    visible = Citizen.objects.visible_to(request.membership)
    citizen = get_object_or_404(visible, pk=pk)
    if not can_merge_citizens(request.membership):
        raise PermissionDenied
    other = visible.filter(pk=id_in(request.POST.get("avec", ""))).exclude(pk=citizen.pk).first()
    if other is None:
        messages.error(request, "L'autre fiche n'est plus là.")
    else:
        tell_apart(one=citizen, other=other, agent=request.user, now=timezone.now())
        messages.success(request, f"C'est noté\u00a0: {citizen} et {other} sont deux personnes différentes.")
    return redirect("organizations:citizen_duplicates", request.organization.slug)
