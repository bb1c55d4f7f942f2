"""The waiting list for an earlier slot, by the link of one RDV: its wishes, its end, and what is offered."""

from datetime import timedelta
from functools import partial

from django.contrib import messages
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from notifications.models import Message
from notifications.selectors.told import was_written
from scheduling.engine.wall_clock import local_day
from scheduling.exceptions import AppointmentNotChangeable, EarlierSlotRefused, OfferGone
from scheduling.participation_links import BadLink, link_token, signed
from scheduling.selectors.earlier_slots import offer_taken_by, offers_of
from scheduling.services.earlier_slots import ask_for_earlier_slot
from scheduling.services.slot_offers import decline_offer, leave_waiting_list, take_offer

from ..appointment_pages import appointment_context, place_name_of
from ..forms.earlier_slots import WishesForm, initial_of
from ..selectors.earlier_slots import earlier_now, has_other_places
from ..waiting_pages import waiting_of
from .links import JUST_CHANGED, dead_link, link_view

# A second tap, or a page that is loaded anew: the answer replaced the link that it came by.
ANSWERED_AGAIN = timedelta(minutes=10)


@require_http_methods(["GET", "POST"])
@link_view
def my_appointment_earlier(request, participation, now):
    """Join the list, or change what is wished."""
    waiting = waiting_of(participation, now=now)
    if not waiting.is_shown:
        messages.warning(request, _("La liste d'attente n'est pas possible pour ce rendez-vous."))
        return _to_appointment(participation)
    form = _wishes_form(request, participation, waiting, now)
    if form.is_valid() and not waiting.is_reachable:
        form.add_error(None, _("Nous n'avons ni e-mail ni téléphone mobile où vous prévenir."))
    elif form.is_valid():
        try:
            ask_for_earlier_slot(participation=participation, wishes=form.wishes, any_place=form.any_place, now=now)
        except EarlierSlotRefused:
            form.add_error(None, _("Aucun créneau ne peut venir avant votre rendez-vous avec ces souhaits."))
        except AppointmentNotChangeable:
            return _to_appointment(participation)
        else:
            messages.success(request, _("Vous êtes sur la liste. Un message vous prévient si un créneau se libère."))
            return _to_appointment(participation)
    context = appointment_context(participation, now=now)
    context |= {"back_url": context["url"], "waiting": waiting, "form": form}
    context["free_already"] = earlier_now(participation.appointment, now=now) if context["may_move"] else None
    status = 422 if form.errors else 200
    return render(request, "booking_portal/my_appointment_earlier.html", context, status=status)


def _wishes_form(request, participation, waiting, now):
    appointment = participation.appointment
    zone = appointment.organization.zone
    active = waiting.request if waiting.is_active else None
    days = set(appointment.organization.open_weekdays) | set(active.weekdays if active else ())
    return WishesForm(
        request.POST if request.method == "POST" else None,
        initial=initial_of(active, days=days),
        days=days,
        today=local_day(now, zone),
        last_day=local_day(appointment.starts_at, zone),
        has_other_places=has_other_places(appointment),
    )


@require_POST
@link_view
def my_appointment_earlier_leave(request, participation, now):
    try:
        leave_waiting_list(participation=participation, now=now)
    except AppointmentNotChangeable:
        messages.error(request, JUST_CHANGED)
    else:
        messages.success(request, _("Vous n'êtes plus sur la liste d'attente."))
    return _to_appointment(participation)


def _answered_or_dead(request, token, now):
    """Whoever took the offer a moment ago by this very link sees that it is done, and nothing else of the RDV."""
    try:
        pk, version = signed(token)
    except BadLink:
        return dead_link(request, token, now)
    offer = offer_taken_by(pk, version, since=now - ANSWERED_AGAIN)
    if offer is None:
        return dead_link(request, token, now)
    organization = offer.request.appointment.organization
    with timezone.override(organization.zone):
        context = {"territory": organization.territory, "offer": offer, "offer_state": "taken"}
        context["is_told"] = was_written(offer.request.participation, kind=Message.Kind.MOVED, about=offer.starts_at)
        return render(request, "booking_portal/my_appointment_offer.html", context)


@require_http_methods(["GET", "POST"])
@partial(link_view, when_dead=_answered_or_dead)
def my_appointment_offer(request, participation, now):
    """Both dates side by side, and one button to press for either. Looking changes nothing: scanners look, too."""
    appointment = participation.appointment
    offers = offers_of(appointment)
    if request.method == "POST":
        # The one that was on the screen, not one that came since.
        answered = next((offer for offer in offers if str(offer.number) == request.POST.get("numero")), None)
        if answered is not None and (response := _answer(request, participation, answered, now)):
            return response
        appointment.refresh_from_db(fields=["status", "starts_at", "ends_at", "location"])
        offers = offers_of(appointment)
    context = appointment_context(participation, now=now)
    if not offers or context["state"] != "upcoming":
        return _to_appointment(participation)
    offer = offers[-1]
    context |= {
        "back_url": context["url"],
        "offer": offer,
        "offer_state": str(offer.state_at(now)),
        "offer_place": place_name_of(appointment, offer.location),
    }
    status = 422 if request.method == "POST" else 200
    return render(request, "booking_portal/my_appointment_offer.html", context, status=status)


def _answer(request, participation, offer, now):
    """Where the answer leads; None where it is gone, or was neither yes nor no."""
    try:
        if request.POST.get("reponse") == "accepter":
            take_offer(offer=offer, participation=participation, now=now)
            is_told = was_written(participation, kind=Message.Kind.MOVED, about=offer.starts_at)
            told = _("Votre rendez-vous est avancé. Un message vous le confirme.")
            messages.success(request, told if is_told else _("Votre rendez-vous est avancé."))
        elif request.POST.get("reponse") == "refuser":
            decline_offer(offer=offer, participation=participation, now=now)
            messages.success(request, _("C'est noté : votre rendez-vous ne change pas."))
        else:
            return None
    except (OfferGone, AppointmentNotChangeable):
        return None
    return _to_appointment(participation)


def _to_appointment(participation):
    """Under the link of now: taking an offer replaces it."""
    participation.refresh_from_db(fields=["link_version"])
    return redirect("booking_portal:my_appointment", link_token(participation))
