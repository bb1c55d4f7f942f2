"""« Mes rendez-vous »: the RDVs of whoever proves to read their messages, by a code that is sent there.

A code is sent whether anybody has that contact or not, and nobody is looked up before it was typed: neither the pages
nor the messages nor the time they take say who is known.
"""

from functools import wraps

from django.conf import settings
from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from notifications.exceptions import CodeExpired, NotificationsError
from notifications.services.codes import send_code
from organizations.access import public
from scheduling.services.holds import release_hold

from ..appointment_pages import listed_appointments
from ..exceptions import WrongCode
from ..forms.code import CodeForm
from ..forms.my_contact import MyContactForm
from ..reader import Reader
from ..selectors.attempts import has_live_code
from ..selectors.motifs import portal_territories
from ..selectors.my_appointments import participations_of_contact
from ..selectors.tenants import find_territory
from ..services.proofs import prove
from ..visitor import Visitor, client_hash

PER_PAGE = 20


def reader_view(view):
    """`view(request, reader, territory, now)`. What it answers is of one person: nobody else keeps or finds it."""

    @public
    @never_cache
    @wraps(view)
    def wrapper(request, territory_slug):
        territory = find_territory(territory_slug)
        if territory is None:
            raise Http404
        now = timezone.now()
        response = view(request, Reader(request.session, territory=territory, now=now), territory, now)
        response["Referrer-Policy"] = "same-origin"
        response["X-Robots-Tag"] = "noindex, nofollow"
        return response

    return wrapper


@require_safe
@public
@never_cache
def my_appointments_territory(request):
    """For who comes from a page that knows no territory. With one, there is nothing to choose.

    A tenant without a portal is named to nobody: its messages, and their dead links, lead to its own page.
    """
    territories = portal_territories(now=timezone.now())
    if len(territories) == 1:
        return redirect("booking_portal:my_appointments", territories[0].slug)
    return render(request, "booking_portal/my_appointments_territory.html", {"territories": territories})


@require_safe
@reader_view
def my_appointments(request, reader, territory, now):
    if not reader.is_proven:
        return redirect("booking_portal:my_appointments_contact", territory.slug)
    participations = participations_of_contact(territory, reader.contact, now=now)
    page = Paginator(participations, PER_PAGE).get_page(request.GET.get("page"))
    context = _context(territory) | {
        "page": page,
        "appointments": listed_appointments(page, now=now),
        "contact": str(reader.contact),
    }
    return render(request, "booking_portal/my_appointments.html", context)


@sensitive_post_parameters()
@require_http_methods(["GET", "POST"])
@reader_view
def my_appointments_contact(request, reader, territory, now):
    if reader.is_proven:
        return redirect("booking_portal:my_appointments", territory.slug)
    typed = {"contact": str(reader.contact or "")}
    form = MyContactForm(request.POST if request.method == "POST" else None, territory=territory, initial=typed)
    if form.is_valid():
        reader.ask(form.cleaned_data["contact"])
        try:
            if not has_live_code(**_proof(reader, territory, now)):
                _send(request, reader, territory, now)
            return redirect("booking_portal:my_appointments_code", territory.slug)
        except NotificationsError as refusal:
            form.add_error(None, str(refusal.message))
    context = _context(territory) | {
        "form": form,
        "is_for_change": bool(reader.way_back),
        "back_url": _url_before(reader, territory),
    }
    status = 422 if form.is_bound else 200
    return render(request, "booking_portal/my_appointments_contact.html", context, status=status)


@sensitive_post_parameters()
@require_http_methods(["GET", "POST"])
@reader_view
def my_appointments_code(request, reader, territory, now):
    if reader.key is None:
        return _onwards(reader, territory)
    form = CodeForm(request.POST or None)
    if form.is_valid():
        try:
            prove(code=form.cleaned_data["code"], **_proof(reader, territory, now))
        except (WrongCode, CodeExpired) as refusal:
            form.add_error("code", str(refusal.message))
        else:
            reader.prove()
            return _onwards(reader, territory)
    context = _context(territory) | {
        "form": form,
        "is_for_change": bool(reader.way_back),
        "back_url": reverse("booking_portal:my_appointments_contact", args=[territory.slug]),
        "contact": str(reader.contact),
        "by_sms": bool(reader.contact.phone),
        "has_local_outbox": settings.LOCAL_OUTBOX,
    }
    status = 422 if form.is_bound else 200
    return render(request, "booking_portal/my_appointments_code.html", context, status=status)


@require_POST
@reader_view
def my_appointments_code_send(request, reader, territory, now):
    if reader.key is None:
        return redirect("booking_portal:my_appointments", territory.slug)
    try:
        _send(request, reader, territory, now)
    except NotificationsError as refusal:
        messages.error(request, str(refusal.message))
    else:
        messages.success(request, _("Un nouveau code est parti. Les précédents ne valent plus."))
    return redirect("booking_portal:my_appointments_code", territory.slug)


@require_POST
@reader_view
def my_appointments_leave(request, reader, territory, now):
    """Of the booking that was begun here, nothing stays, either."""
    visitor = Visitor(request.session, now=now)
    if visitor.key is not None:
        release_hold(visitor_key=visitor.key, now=now)
    visitor.forget()
    reader.leave()
    messages.success(request, _("Vous avez quitté vos rendez-vous. Rien n'en reste sur cet appareil."))
    return redirect("booking_portal:my_appointments_contact", territory.slug)


def _onwards(reader, territory):
    """To the list, or back to the RDV for whose sake a contact was to be proven."""
    if reader.is_proven and reader.way_back:
        return redirect("booking_portal:my_appointment_contact", reader.way_back)
    return redirect("booking_portal:my_appointments", territory.slug)


def _url_before(reader, territory):
    """Where somebody comes from who is asked for a contact."""
    if reader.way_back:
        return reverse("booking_portal:my_appointment_contact", args=[reader.way_back])
    return reverse("booking_portal:service_choice", args=[territory.slug])


def _proof(reader, territory, now):
    return {"territory": territory, "contact": str(reader.contact), "visitor_key": reader.key, "now": now}


def _send(request, reader, territory, now):
    send_code(
        territory=territory,
        contact_email=reader.contact.email,
        contact_phone=reader.contact.phone,
        visitor_key=reader.key,
        client_hash=client_hash(request),
        language=get_language() or "fr",
        now=now,
    )


def _context(territory):
    return {
        "territory": territory,
        "home_url": reverse("booking_portal:service_choice", args=[territory.slug]),
    }
