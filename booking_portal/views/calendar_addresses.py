"""The public address of each agent and desk: whether it is given out, and what is given out of it."""

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from config.shortcuts import render_page
from organizations.exceptions import OrganizationsError
from organizations.services.public_addresses import publish_address, withdraw_address
from organizations.tenancy import member_required
from scheduling.engine.typography import NBSP, quote
from scheduling.models import Calendar
from scheduling.permissions import can_manage_calendar

from ..addresses import calendar_address, calendar_directory_address, organization_address
from ..forms.calendar_addresses import CalendarAddressFilterForm, CalendarAddressForm
from ..online_booking_pages import shared_calendar
from ..selectors.motifs import portal_offers
from ..selectors.public_addresses import addresses_of, owned_calendars, owner_of, proposed_slug

PER_PAGE = 25
FEW = 5


@require_safe
@member_required()
def calendar_address_list(request):
    """Those that the member decides on: their own, the desks of their services; an administrator's are all."""
    form = CalendarAddressFilterForm(request.GET)
    page = Paginator(form.filter(owned_calendars(request.membership)), PER_PAGE).get_page(request.GET.get("page"))
    addresses = addresses_of(page.object_list, request.organization)
    rows = [
        {"calendar": calendar, "address": address, "url": address and calendar_address(address)}
        for calendar in page
        for address in [addresses.get(calendar.pk)]
    ]
    # Most agents have one.
    has_filter = "q" in request.GET or page.paginator.count > FEW
    context = {"form": form, "page": page, "rows": rows, "has_filter": has_filter}
    return render_page(
        request, "booking_portal/calendar_address_list.html", "booking_portal/_calendar_addresses.html", context
    )


@require_http_methods(["GET", "POST"])
@member_required()
def calendar_address_edit(request, pk):
    """`pk` is the calendar's."""
    calendar, address = _calendar_and_address(request, pk)
    form = _form(request, calendar, address)
    if form.is_valid() and _written(form, owner_of(calendar, request.organization)):
        messages.success(request, _said(calendar, form.cleaned_data["is_published"]))
        return redirect("booking_portal:calendar_address_edit", request.organization.slug, calendar.pk)
    context = {
        "form": form,
        "calendar": calendar,
        "is_own": calendar.agent_id == request.membership.agent_id,
        "address": address,
        "shared": address and shared_calendar(address, calendar),
        "directory": address and calendar_directory_address(address),
        "beginning": f"{organization_address(request.organization)}avec/",
        "offers": address and _offers(request, calendar),
    }
    status = 422 if form.is_bound else 200
    return render(request, "booking_portal/calendar_address_edit.html", context, status=status)


def _calendar_and_address(request, pk):
    """404 for a calendar that the member does not see, 403 for one that is not theirs to give out."""
    calendars = Calendar.objects.visible_to(request.membership).in_use().for_display()
    calendar = get_object_or_404(calendars, pk=pk)
    if not can_manage_calendar(request.membership, calendar):
        raise PermissionDenied
    return calendar, addresses_of([calendar], request.organization).get(calendar.pk)


def shared_or_404(request, pk):
    """What is given out of the calendar, as its page shows it."""
    calendar, address = _calendar_and_address(request, pk)
    if address is None:
        raise Http404
    return shared_calendar(address, calendar)


def _form(request, calendar, address):
    initial = {
        "is_published": address is not None,
        "slug": address.slug if address else proposed_slug(calendar, request.organization),
        "shown_name": address.shown_name if address else "",
    }
    return CalendarAddressForm(request.POST if request.method == "POST" else None, initial=initial, name=calendar.name)


def _written(form, owner):
    if owner is None:
        raise Http404
    if not form.cleaned_data["is_published"]:
        withdraw_address(owner=owner)
        return True
    try:
        publish_address(owner=owner, slug=form.cleaned_data["slug"], shown_name=form.cleaned_data["shown_name"])
    except OrganizationsError as error:
        form.add_error("slug", error.message)
        return False
    return True


def _said(calendar, is_published):
    return f"{quote(calendar)}{NBSP}: {'adresse publique enregistrée' if is_published else 'sans adresse publique'}."


def _offers(request, calendar):
    """The names of the motifs that its address offers now."""
    offers = portal_offers(
        request.organization.territory, request.organization, now=timezone.now(), calendar_ids=[calendar.pk]
    )
    return list(dict.fromkeys(offer.name for offer in offers))
