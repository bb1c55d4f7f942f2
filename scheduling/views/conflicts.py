"""The one screen that settles RDVs left without their time: chosen one by one or for all, summed up, then done."""

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST

from organizations.tenancy import member_required

from ..conflict_sheet import BULK, GONE, Sheet, people_of, sentence_of, sheet_of
from ..engine.phrases import format_day, format_time
from ..engine.typography import NBSP, count
from ..exceptions import ConflictSettled
from ..forms.conflicts import choices_in, filter_in, signature_of
from ..models import Appointment
from ..models.conflicts import REASONS
from ..selectors.open_conflicts import unsettled_appointments
from ..services.actors import Actor
from ..services.conflict_settling import settle
from ..services.conflicts import keep_appointment
from .appointments import address_of, appointment_of
from .returning import return_address

PER_PAGE = 50
MOST_NAMED = 5


@require_http_methods(["GET", "POST"])
@member_required()
def conflict_list(request):
    """Filters, page and « pour tous » stand in the address. A first POST sums up what was chosen, a second does it."""
    now = timezone.now()
    if request.method == "POST":
        return _sum_up_or_settle(request, now)
    asked = filter_in(request.GET, membership=request.membership, now=now)
    rows = unsettled_appointments(request.membership, now=now, **asked.restrictions)
    page = Paginator(rows, PER_PAGE).get_page(request.GET.get("page"))
    sheet = sheet_of(page.object_list, membership=request.membership, now=now)
    for_all = [name for name in request.GET.getlist("pour_tous") if name in list(BULK)]
    sheet.choose_for_all(for_all)
    return _page(request, sheet, page=page, asked=asked, for_all=for_all)


@require_POST
@member_required()
def appointment_keep(request, pk):
    """Leave one RDV where it is, from its own page."""
    appointment = appointment_of(request, pk)
    if keep_appointment(appointment=appointment, actor=Actor.of(request.user), now=timezone.now()):
        messages.success(request, f"Le rendez-vous est gardé tel quel{NBSP}: personne n'est prévenu.")
    else:
        messages.info(request, ConflictSettled.message)
    return redirect(return_address(request, address_of(appointment)))


def _sum_up_or_settle(request, now):
    choices = dict(list(choices_in(request.POST).items())[:PER_PAGE])
    shown = list(Appointment.objects.visible_to(request.membership).filter(pk__in=choices).for_list())
    sheet = sheet_of(shown, membership=request.membership, now=now, choices=choices)
    _tell_others(request, shown, sheet, choices)
    signature = signature_of(choices)
    if request.POST.get("confirme") != signature:
        is_empty = not sheet.decisions
        return _page(request, sheet, signature="" if is_empty else signature, status=422 if is_empty else 200)
    outcomes = settle(decisions=sheet.decisions, actor=Actor.of(request.user), now=now)
    _tell(request, sheet, {decision.appointment.pk: refusal for decision, refusal in outcomes})
    return redirect(_address(request, without=("pour_tous", "page")))


def _page(request, sheet: Sheet, *, page=None, asked=None, for_all=(), signature="", status=200):
    context = {
        "sheet": sheet,
        "page": page,
        "asked": asked,
        "reasons": [(str(reason), label) for reason, label in REASONS.items()],
        "bulks": [(bulk, _address(request, pour_tous=[*for_all, bulk.name])) for bulk in sheet.bulks()]
        if asked
        else [],
        "for_all": [BULK[name] for name in for_all],
        "here": _address(request, without=("pour_tous",)),
        "signature": signature,
        "is_empty": status == 422,
        "list_url": reverse("scheduling:conflict_list", args=[request.organization.slug]),
    }
    return render(request, "scheduling/conflict_list.html", context, status=status)


def _address(request, without=(), **replaced):
    """This page with some parameters replaced or left out."""
    parameters = QueryDict(request.META.get("QUERY_STRING", ""), mutable=True)
    for name in without:
        parameters.pop(name, None)
    for name, values in replaced.items():
        parameters.setlist(name, values)
    return f"{request.path}?{parameters.urlencode()}" if parameters else request.path


def _tell_others(request, shown, sheet, choices):
    """Of what was sent: what is nobody's business here, and what somebody has settled meanwhile."""
    unknown, settled = len(choices) - len(shown), len(shown) - len(sheet.rows)
    if settled:
        messages.info(request, f"{count(settled, 'rendez-vous était déjà réglé', 'rendez-vous étaient déjà réglés')}.")
    if unknown:
        messages.warning(
            request, f"{count(unknown, 'rendez-vous inconnu', 'rendez-vous inconnus')} ici{NBSP}: rien n'a été fait."
        )


def _tell(request, sheet, refusals):
    done = [row for row in sheet.decided if refusals[row.appointment.pk] is None]
    if done:
        messages.success(request, f"{sentence_of(done)}.{_told(people_of(done))}")
    refused = [(row, refusals[row.appointment.pk].message) for row in sheet.decided if row not in done]
    refused += [(row, row.problem or GONE) for row in sheet.left if row.problem]
    for row, why in refused[:MOST_NAMED]:
        messages.warning(request, f"{_name(row.appointment)}{NBSP}: {why}")
    if len(refused) > MOST_NAMED:
        more = count(len(refused) - MOST_NAMED, "autre rendez-vous n'a", "autres rendez-vous n'ont")
        messages.warning(request, f"{more} pas été réglé{'s' if len(refused) > MOST_NAMED + 1 else ''}.")


def _told(people):
    if not people:
        return ""
    who = count(people, "personne est prévenue", "personnes sont prévenues")
    return f" {who} par e-mail ou SMS, si {'ses' if people == 1 else 'leurs'} coordonnées sont connues."


def _name(appointment):
    local = timezone.localtime(appointment.starts_at)
    return f"{appointment.headline}, {format_day(local.date())} à {format_time(local.time())}"
