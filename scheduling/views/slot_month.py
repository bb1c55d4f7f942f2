"""« Trouver un RDV » by the month: how many slots each day has, with the filters of the search."""

from datetime import date

from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_safe

from organizations.models import Motif
from organizations.tenancy import member_required

from ..forms.slot_search import SlotSearchForm
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
    if not form.is_valid() or form.lacks_companions:
        return redirect(f"{search_url}?{request.GET.urlencode()}")
    month = _month(form, day_in(f"{request.GET.get('mois', '')}-01", form.cleaned_data["du"]))
    context = {"motif": motif, "citizen": citizen, "form": form, "month": month}
    return render(
        request,
        "scheduling/slot_month.html",
        context | _addresses(request, month, search_url, is_together=form.is_together),
    )


def _addresses(request, month, search_url, *, is_together):
    """Where days and months lead. Days without slots to what explains them, without the filters of the search: a rule
    may stand in the way of what a filter hides.
    """
    kept = _query_without(request, "mois", "du")
    without = ["mois", "du", "jour", "moment", "lieu", "equipe", "portee", *([] if is_together else ["agenda"])]
    asked = _query_without(request, *without)
    explanation_url = reverse("scheduling:slot_explanation", args=[request.organization.slug])
    return {
        "week_url": f"{search_url}?{kept}",
        "day_url": f"{search_url}?{kept}&du=",
        "explain_url": f"{explanation_url}?{asked}&jour=",
        "previous_url": month.previous and f"?{kept}&mois={month.previous:%Y-%m}",
        "following_url": month.following and f"?{kept}&mois={month.following:%Y-%m}",
    }


def _query_without(request, *names):
    query = request.GET.copy()
    for name in names:
        query.pop(name, None)
    return query.urlencode()


def _month(form, month: date):
    query = form.query
    return slots_of_month(
        [query.demand],
        month=month,
        earliest=form.today,
        latest=form.farthest,
        zone=query.zone,
        now=timezone.now(),
        weekdays=query.weekdays,
        half_day=query.half_day,
        is_together=query.is_together,
        beyond=form.widened_queries,
        **query.restrictions,
    )
