"""What stands in the form of a placing, whether it is sent to be placed or only to be shown again with more in it."""

from dataclasses import dataclass
from datetime import datetime

from django.http import QueryDict
from django.shortcuts import get_object_or_404
from django.utils import timezone

from organizations.addresses import id_in, words_in
from organizations.citizen_search import guess_identity
from organizations.models import Citizen, Motif
from organizations.selectors.citizens import find_citizens

from ..forms.booking import BookingForm, NewCitizenBookingForm
from ..forms.placing import PlacementForm
from ..forms.times import time_in
from ..selectors.placement_place import likely_location_id
from ..selectors.placement_warnings import Placement, PlacementWarnings, placement_warnings
from .days import day_in

MOST_CHOICES = 8
IDS_IN_ADDRESS = ("agenda", "motif", "option", "personnes", "lieu")
SWITCHES = ("notify_by_email", "notify_by_sms")


@dataclass
class Placing:
    """`form` says when, what and where, `who` for whom. `citizen` is None while nobody known is chosen."""

    form: PlacementForm
    who: BookingForm
    citizen: Citizen | None
    is_sent: bool

    def is_valid(self) -> bool:
        """Both, and both say what is wrong."""
        valid = [self.form.is_valid(), self.who.is_valid()]
        if all(valid):
            self.form.check_follow_up(self.citizen)
        return all(valid) and not self.form.errors


def placing_of(request, *, now: datetime) -> Placing:
    """As it is sent. Raises Http404 for a citizen whom the member may not see."""
    citizen, is_sent = _citizen(request), _is_sent(request)
    if is_sent:
        form = PlacementForm(request.POST, membership=request.membership)
        return Placing(form, _who(form, citizen, data=request.POST), citizen, is_sent)
    asked = _typed_or_asked(request)
    probe = PlacementForm(asked, membership=request.membership)
    probe.full_clean()
    form = PlacementForm(initial=_initial(asked, probe), membership=request.membership)
    form.confirmed = request.POST.get("confirmed")
    form.accepts(warnings_of(request, probe, citizen, now=now))
    return Placing(form, _who(form, citizen, initial=_about_who(request, citizen)), citizen, is_sent)


def _is_sent(request):
    """Every button but these only changes what is shown; Enter in the search for a citizen searches."""
    if "create_anyway" in request.POST or request.POST.get("placer") == "1":
        return not request.htmx
    if request.POST.get("placer") != "entree" or request.htmx:
        return False
    is_searching = words_in(request.POST) and not request.POST.get("existing") and not request.POST.get("last_name")
    return not is_searching


def _citizen(request):
    """`?usager=` of the address, or the one chosen on the page since; None once they were let go."""
    if "autre_usager" in request.POST:
        return None
    chosen = id_in(request.POST.get("existing", "") or request.GET.get("usager", ""))
    if chosen is None:
        return None
    visible = Citizen.objects.visible_to(request.membership).select_related("responsible")
    return get_object_or_404(visible.named(chosen))


def _typed_or_asked(request):
    """What was typed so far, or what the address asks for."""
    if request.method == "POST":
        return request.POST
    ids = {name: [pk for pk in request.GET.getlist(name) if id_in(pk) is not None] for name in IDS_IN_ADDRESS}
    day = day_in(request.GET.get("jour", ""), timezone.localdate())
    asked = QueryDict(mutable=True)
    asked.update({"jour": day.isoformat(), "debut": time_in(request.GET.get("debut", ""))})
    asked["fin"] = time_in(request.GET.get("fin", ""), is_end=True)
    for name, pks in ids.items():
        asked.setlist(name, pks[:1])
    asked.setlist("autres", ids["agenda"][1:])
    return asked


def _initial(asked, probe):
    """The fields as they are typed; where nobody said the place, the most likely one."""
    fields = probe.base_fields
    initial = {name: asked.getlist(name) if name == "autres" else asked.get(name) for name in fields if asked.get(name)}
    start = probe.start
    if not initial.get("lieu") and not initial.get("adresse") and probe.calendars and start:
        initial["lieu"] = likely_location_id(probe.membership, probe.calendars[0], start)
    return initial


def _about_who(request, citizen):
    """What was typed of the citizen; the switches only where they were shown for the same one."""
    typed = {name: value for name, value in request.POST.items() if name in NewCitizenBookingForm.base_fields and value}
    for name in SWITCHES:
        typed.pop(name, None)
    if request.method == "POST" and request.POST.get("asked_of") == str(citizen.pk if citizen else ""):
        typed |= {name: name in request.POST for name in SWITCHES}
    if citizen is None:
        typed = (guess_identity(words_in(request.POST)) if "q" in request.POST else {}) | typed
    return typed


def _who(form, citizen, *, data=None, initial=None):
    kind = BookingForm if citizen is not None else NewCitizenBookingForm
    who = kind(data, motif=form.shown or Motif(), today=timezone.localdate(), citizen=citizen)
    who.initial |= initial or {}
    return who


def warnings_of(request, form, citizen, *, now: datetime) -> PlacementWarnings:
    """None while it is not known when, and on whose calendar."""
    if form.period is None or not form.calendars:
        return PlacementWarnings()
    placement = Placement(
        motif=form.for_motif or Motif(organization=request.organization),
        period=form.period,
        calendars=form.calendars,
        location_id=form.location_id,
        citizens=[citizen] if citizen else [],
    )
    return placement_warnings(request.membership, placement, now=now)


def citizens_found(request) -> dict:
    """Context of `_placing_citizens.html`: whom what was typed finds."""
    typed = words_in(request.POST if request.method == "POST" else request.GET)
    citizens = find_citizens(membership=request.membership, typed=typed, most=MOST_CHOICES + 1) if typed else []
    return {"typed": typed, "citizens": citizens[:MOST_CHOICES], "there_are_more": len(citizens) > MOST_CHOICES}
