"""« Trouver un RDV » by the month: how many slots each day has, with the filters of the search."""

from datetime import date

from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_safe

from organizations.models import Motif
from organizations.tenancy import member_required

from ..forms.slot_search import FARTHEST, SlotSearchForm
from ..selectors.month import slot_month as slots_of_month
from .days import day_in
from .slot_search import citizen_named_in_the_address, number


@require_safe
@member_required()
def slot_month(request):
    """Each day leads to its slots. Without a motif, or with filters that cannot be, the search says what is missing."""
    search_url = reverse("scheduling:slot_search", args=[request.organization.slug])
    if not request.GET.get("motif"):
        return redirect(search_url)
    motifs = Motif.objects.visible_to(request.membership).active().filter(is_collective=False)
    motif = get_object_or_404(motifs.select_related("organization__territory"), pk=number(request.GET["motif"]))
    citizen, today = citizen_named_in_the_address(request), timezone.localdate()
    form = SlotSearchForm(request.GET, motif=motif, citizen=citizen, membership=request.membership, today=today)
    if not form.is_valid():
        return redirect(f"{search_url}?{request.GET.urlencode()}")
    month = _month(form, day_in(f"{request.GET.get('mois', '')}-01", form.cleaned_data["du"]))
    kept = request.GET.copy()
    for name in ("mois", "du"):
        kept.pop(name, None)
    context = {
        "motif": motif,
        "citizen": citizen,
        "form": form,
        "month": month,
        "week_url": f"{search_url}?{kept.urlencode()}",
        "day_url": f"{search_url}?{kept.urlencode()}&du=",
        "previous_url": month.previous and f"?{kept.urlencode()}&mois={month.previous:%Y-%m}",
        "following_url": month.following and f"?{kept.urlencode()}&mois={month.following:%Y-%m}",
    }
    return render(request, "scheduling/slot_month.html", context)


def _month(form, month: date):
    query = form.query
    return slots_of_month(
        [query.demand],
        month=month,
        earliest=form.today,
        latest=form.today + FARTHEST,
        zone=query.zone,
        now=timezone.now(),
        weekdays=query.weekdays,
        half_day=query.half_day,
        **query.restrictions,
    )
