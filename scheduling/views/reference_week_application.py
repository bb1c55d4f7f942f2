"""A reference week put on a calendar: what would change is shown first, confirming it applies it."""

from datetime import timedelta

from django.contrib import messages
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html
from django.views.decorators.http import require_http_methods

from organizations.tenancy import member_required

from ..engine.typography import NBSP, count
from ..exceptions import PreviewOutdated, SchedulingError
from ..forms.reference_weeks import ReferenceWeekApplicationForm
from ..services.reference_week_application import apply_reference_week, preview_reference_week
from .after_change import OUTSIDE, saved
from .reference_weeks import week_of


@require_http_methods(["GET", "POST"])
@member_required(admin=True)
def reference_week_apply(request, pk):
    """What is asked stands in the address, so that the preview can be shared and gone back to; a POST confirms it."""
    now = timezone.now()
    week = week_of(request, pk)
    is_asked = request.method == "POST" or "du" in request.GET
    form = ReferenceWeekApplicationForm(
        request.GET if is_asked else None, week=week, membership=request.membership, initial=_initial(request)
    )
    preview = None
    if form.is_valid():
        try:
            if request.method == "POST":
                expected = request.POST.get("expected", "")
                applied = apply_reference_week(now=now, expected=expected, **form.service_fields)
                return _applied(request, applied, form.cleaned_data["agenda"], now)
            preview = preview_reference_week(now=now, **form.service_fields)
        except PreviewOutdated as error:
            form.add_error(None, error.message)
            preview = preview_reference_week(now=now, **form.service_fields)
        except SchedulingError as error:
            form.add_error(None, error.message)
    context = {"form": form, "week": week, "preview": preview}
    return render(request, "scheduling/reference_week_apply.html", context, status=422 if form.errors else 200)


def _initial(request):
    """From next Monday on; a calendar named in the address is chosen already."""
    today = timezone.localdate()
    asked = request.GET.get("agenda", "")
    return {"du": today + timedelta(days=7 - today.weekday())} | ({"agenda": asked} if asked.isdecimal() else {})


def _applied(request, applied, calendar, now):
    plan = applied.plan
    if plan.changes_nothing:
        messages.info(request, f"Rien n'a changé{NBSP}: ces heures étaient déjà ouvertes.")
        return redirect(request.get_full_path())
    sentence = format_html(
        'La semaine est appliquée&nbsp;: {}, {}, {}. <a href="{}">Voir les plages</a>.',
        count(len(plan.added), "plage ajoutée", "plages ajoutées"),
        count(len(plan.removed), "retirée"),
        count(len(plan.unchanged), "inchangée"),
        f"{reverse('scheduling:opening_list', args=[request.organization.slug])}?agenda={calendar.pk}",
    )
    return saved(request, sentence, calendar=calendar, now=now, where=OUTSIDE, otherwise=request.get_full_path())
