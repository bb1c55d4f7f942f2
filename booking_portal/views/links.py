"""What the signed link of a message opens: the RDV, its ICS file, another date, its cancellation."""

from functools import wraps

from django.conf import settings
from django.contrib import messages
from django.db.models import prefetch_related_objects
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from notifications.models import Message
from notifications.selectors.told import was_written
from organizations.access import signed_link
from scheduling.exceptions import AppointmentNotChangeable, SlotTaken
from scheduling.ics import CANCEL, PUBLISH, appointment_ics
from scheduling.models import AppointmentStatus
from scheduling.participation_links import BadLink, link_token, participation_of
from scheduling.selectors.moves import calendars_bound_to, free_for_all
from scheduling.selectors.slots import Demand
from scheduling.services.actors import CITIZEN
from scheduling.services.appointments import move_appointment
from scheduling.services.participants import set_participant_status

from ..appointment_pages import appointment_context
from ..permissions import may_cancel, may_move
from ..reader import Reader
from ..selectors.slot_weeks import slot_week
from ..selectors.tenants import find_territory_of_link
from ..steps import parse_day, parse_start
from ..waiting_pages import waiting_of

# In the language of the page; what the service itself says of it is for agents.
JUST_CHANGED = gettext_lazy("Ce rendez-vous vient de changer. Relisez-le avant de recommencer.")


def dead_link(request, token, now):
    """To the RDVs of its territory, if it was ever a link of ours; else to the choice of one."""
    territory = find_territory_of_link(token)
    address = "booking_portal:my_appointments" if territory else "booking_portal:my_appointments_territory"
    context = {"my_appointments_url": reverse(address, args=[territory.slug] if territory else [])}
    return render(request, "booking_portal/dead_link.html", context, status=404)


def link_view(view, *, when_dead=dead_link):
    """`view(request, participation, now)` for the participation that the token in the address opens.

    Forged, replaced by a newer one or too old: the same words (`when_dead`). Neither the address nor
    the page is told to anybody: no search engine, no other site, no shared cache.
    """

    @never_cache
    @wraps(view)
    def wrapper(request, token):
        now = timezone.now()
        try:
            participation = participation_of(token, now=now)
        except BadLink:
            response = when_dead(request, token, now)
        else:
            zone, language = participation.appointment.organization.zone, _language_of(request, participation)
            with timezone.override(zone), translation.override(language):
                response = view(request, participation, now)
            response.headers["Content-Language"] = language
        # Each page has at least the form of its language, which needs its own origin: « no-referrer » would empty it,
        # and the form be refused.
        response.headers["Referrer-Policy"] = "same-origin"
        response.headers["X-Robots-Tag"] = "noindex, nofollow"
        return response

    return signed_link(wrapper)


def _language_of(request, participation):
    """What this browser chose; else another than the site's own in which somebody booked: the message that led here
    is in it, and mail is often read in a browser that nobody chose a language in. Else what the browser asks for.
    """
    if participation.language != settings.LANGUAGE_CODE and settings.LANGUAGE_COOKIE_NAME not in request.COOKIES:
        return participation.language
    return translation.get_language()


@require_safe
@link_view
def my_appointment(request, participation, now):
    context = appointment_context(participation, now=now)
    context["waiting"] = waiting_of(participation, now=now)
    if Reader(request.session, territory=context["territory"], now=now).is_proven:
        context["back_url"] = reverse("booking_portal:my_appointments", args=[context["territory"].slug])
    return render(request, "booking_portal/my_appointment.html", context)


@require_safe
@link_view
def my_appointment_booked(request, participation, now):
    """The end of the way: what was booked, what to bring, where to go."""
    context = appointment_context(participation, now=now)
    kind = Message.Kind.WAITING if participation.is_waiting else Message.Kind.BOOKED
    context["is_told"] = was_written(participation, kind=kind)
    context["waiting"] = waiting_of(participation, now=now)
    return render(request, "booking_portal/my_appointment_booked.html", context)


@require_safe
@link_view
def my_appointment_ics(request, participation, now):
    context = appointment_context(participation, now=now)
    if context["state"] == "waiting":
        return redirect(context["url"])
    # Theirs may be cancelled where the RDV goes on without them.
    method = CANCEL if context["state"] == "cancelled" else PUBLISH
    text = appointment_ics(
        participation.appointment, method=method, at=now, participation=participation, url=context["absolute_url"]
    )
    response = HttpResponse(text, content_type="text/calendar; charset=utf-8")
    response["Content-Disposition"] = 'attachment; filename="rendez-vous.ics"'
    return response


@require_http_methods(["GET", "POST"])
@link_view
def my_appointment_cancel(request, participation, now):
    """For this person; the RDV is cancelled with the last of its participants."""
    if not may_cancel(participation, now=now):
        return too_late(request, participation)
    if request.method == "GET":
        context = appointment_context(participation, now=now)
        context["back_url"] = context["url"]
        return render(request, "booking_portal/my_appointment_cancel.html", context)
    try:
        set_participant_status(
            participation=participation, status=AppointmentStatus.CANCELLED_BY_CITIZEN, actor=CITIZEN, now=now
        )
    except AppointmentNotChangeable:
        messages.error(request, JUST_CHANGED)
    else:
        was_waiting = participation.is_waiting
        messages.success(
            request,
            _("Vous n'êtes plus en liste d'attente.") if was_waiting else _("Votre rendez-vous est annulé."),
        )
    return redirect("booking_portal:my_appointment", link_token(participation))


@require_http_methods(["GET", "POST"])
@link_view
def my_appointment_move(request, participation, now):
    if not may_move(participation, now=now):
        return too_late(request, participation)
    prefetch_related_objects([participation.appointment], "calendars")
    if request.method == "POST":
        return _move(request, participation, now)
    return render(request, "booking_portal/my_appointment_move.html", _week(request, participation, now))


def _move(request, participation, now):
    """The link is replaced by a newer one, so the way goes on under the new address."""
    appointment = participation.appointment
    starts_at = parse_start(request.POST.get("debut", ""))
    try:
        if starts_at is None:
            raise SlotTaken(_("Ce créneau n'existe pas. Choisissez-en un autre."))
        move_appointment(
            appointment=appointment,
            starts_at=starts_at,
            location_id=appointment.location_id,
            calendar_ids=calendars_bound_to(appointment),
            actor=CITIZEN,
            now=now,
        )
    except SlotTaken as refusal:
        participation.refresh_from_db(fields=["link_version"])
        nearest = sorted(free_for_all(refusal.nearest, appointment, now=now))
        context = _week(request, participation, now) | {"refusal": refusal.message, "nearest": nearest}
        return render(request, "booking_portal/my_appointment_move.html", context, status=422)
    except AppointmentNotChangeable:
        messages.error(request, JUST_CHANGED)
    else:
        is_told = was_written(participation, kind=Message.Kind.MOVED, about=starts_at)
        told = _("Votre rendez-vous est déplacé. Un message vous le confirme.")
        messages.success(request, told if is_told else _("Votre rendez-vous est déplacé."))
    participation.refresh_from_db(fields=["link_version"])
    return redirect("booking_portal:my_appointment", link_token(participation))


def _week(request, participation, now):
    """The slots of the same motif, option and number of persons, in the same lieu; when it has several agents, those
    at which they are all free.
    """
    appointment = participation.appointment
    demand = Demand(appointment.motif, appointment.option, appointment.persons)
    # Its organization is loaded with its territory; the motif's own would be read again.
    demand.motif.organization = appointment.organization
    week = slot_week(
        [demand],
        first_day=parse_day(request.GET.get("jour", "")),
        zone=appointment.organization.zone,
        location_id=appointment.location_id,
        calendar_ids=calendars_bound_to(appointment),
        together=len(appointment.calendars.all()) > 1,
        now=now,
    )
    context = appointment_context(participation, now=now)
    return context | {
        "back_url": context["url"],
        "week": week,
        "action_url": reverse("booking_portal:my_appointment_move", args=[link_token(participation)]),
        "previous_url": week.previous_day and f"?jour={week.previous_day}",
        "following_url": week.following_day and f"?jour={week.following_day}",
        "choices": [{"label": _("Pour"), "value": name, "url": None} for name in context["participants"]],
        "nearest": [],
        "refusal": "",
    }


def too_late(request, participation):
    messages.warning(request, _("Ce rendez-vous ne peut plus être changé en ligne."))
    return redirect("booking_portal:my_appointment", link_token(participation))
