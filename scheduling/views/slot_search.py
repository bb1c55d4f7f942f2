"""« Trouver un RDV »: the motif, then its slots."""

from dataclasses import dataclass
from datetime import UTC, date, datetime
from urllib.parse import urlencode

from django.http import Http404
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_safe

from config.shortcuts import render_page
from organizations.addresses import id_in
from organizations.models import Citizen, Location, Motif
from organizations.selectors.citizens import find_citizens
from organizations.tenancy import member_required

from ..engine.wall_clock import MIDNIGHT, local_day, to_instant
from ..forms.slot_search import SlotSearchForm
from ..models import Calendar
from ..selectors.motif_groups import motifs_by_unit
from ..selectors.slot_search import WEEK, days_of, next_by_place, slots_of_week
from ..selectors.slots import Slot


@dataclass(frozen=True)
class Choice:
    """A slot as the page shows it."""

    slot: Slot
    url: str
    calendar: Calendar
    location: Location | None


@dataclass(frozen=True)
class Row:
    calendar: Calendar
    location: Location | None
    choices: list[Choice]


@dataclass(frozen=True)
class Results:
    today: date
    first_day: date
    previous_day: date | None
    next_day: date | None
    next_choices: list[Choice]
    first_later: date | None
    days: list[tuple[date, list[Row]]]


@require_safe
@member_required()
def slot_search(request):
    """Without a motif, the list to choose from; with one, its next slots and those of a week."""
    motifs = Motif.objects.visible_to(request.membership).active().filter(is_collective=False)
    citizen = citizen_named_in_the_address(request)
    if not request.GET.get("motif"):
        context = {"groups": motifs_by_unit(motifs), "citizen": citizen}
        return render(request, "scheduling/slot_search_motifs.html", context)
    motif = get_object_or_404(motifs.select_related("organization__territory"), pk=number(request.GET["motif"]))
    if request.htmx.target == "citizen-choices":
        return render(request, "scheduling/_citizen_choices.html", citizen_choices(request))
    form = SlotSearchForm(
        request.GET, motif=motif, citizen=citizen, membership=request.membership, today=timezone.localdate()
    )
    results = _results(form, book_url=_book_url(request), now=timezone.now()) if form.is_valid() else None
    context = {"form": form, "motif": motif, "citizen": citizen, "results": results} | citizen_choices(request)
    status = 200 if form.is_valid() else 422
    return render_page(
        request, "scheduling/slot_search.html", "scheduling/_slot_search_results.html", context, status=status
    )


def _results(form, *, book_url, now) -> Results:
    query, first_day = form.query, form.cleaned_data["du"]
    week = slots_of_week(query, first_day=first_day, now=now)
    upcoming = next_by_place(query, now=now)
    later = upcoming
    if not week and upcoming:
        later = next_by_place(query, now=now, after=to_instant(first_day + WEEK, MIDNIGHT, form.zone))
    later_day = local_day(later[0].starts_at, form.zone) if not week and later else None

    def choices(slots):
        return [_choice(slot, form, book_url) for slot in slots if slot.calendar_id in form.calendars]

    return Results(
        today=form.today,
        first_day=first_day,
        previous_day=max(first_day - WEEK, form.today) if first_day > form.today else None,
        next_day=first_day + WEEK if first_day + WEEK <= form.farthest else None,
        next_choices=choices(upcoming),
        first_later=later_day if later_day and later_day <= form.farthest else None,
        days=[
            (day, sorted((_row(choices(slots)) for slots in rows.values()), key=_by_name))
            for day, rows in days_of(week, form.zone).items()
        ],
    )


def _row(choices):
    return Row(choices[0].calendar, choices[0].location, choices)


def _by_name(row):
    return str(row.calendar), row.choices[0].slot.starts_at


def _choice(slot, form, book_url):
    asked = {
        "debut": as_address(slot.starts_at),
        "agenda": slot.calendar_id,
        "lieu": slot.location_id or "",
    }
    location = form.locations.get(slot.location_id)
    return Choice(slot, f"{book_url}&{urlencode(asked)}", form.calendars[slot.calendar_id], location)


def _book_url(request):
    """The booking page with what does not change from slot to slot."""
    kept = {name: request.GET[name] for name in ("motif", "option", "personnes", "usager") if request.GET.get(name)}
    return f"{reverse('scheduling:appointment_add', args=[request.organization.slug])}?{urlencode(kept)}"


def as_address(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def number(text):
    """The id written in an address. Raises Http404 when it is none."""
    found = id_in(text)
    if found is None:
        raise Http404
    return found


def citizen_named_in_the_address(request):
    """`?usager=`, among those the member may see. Raises Http404 for another."""
    if not request.GET.get("usager"):
        return None
    visible = Citizen.objects.visible_to(request.membership).select_related("responsible")
    return get_object_or_404(visible.named(number(request.GET["usager"])))


MOST_CHOICES = 8


def citizen_choices(request):
    """Context of `_citizen_choices.html`: whom `?q=` finds, each with the present address completed by `usager`."""
    typed = request.GET.get("q", "").strip()
    citizens = find_citizens(membership=request.membership, typed=typed, most=MOST_CHOICES + 1) if typed else []
    return {"typed": typed, "citizens": citizens[:MOST_CHOICES], "there_are_more": len(citizens) > MOST_CHOICES}
