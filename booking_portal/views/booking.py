"""Who books, the code that proves it, and the RDV."""

from django.conf import settings
from django.contrib import messages
from django.shortcuts import redirect, render
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST

from notifications.exceptions import CodeExpired, PhoneStopped, TooManyCodes
from notifications.services.codes import send_code
from scheduling.engine.wall_clock import local_day
from scheduling.exceptions import SlotTaken, TooManyHolds
from scheduling.participation_links import link_token
from scheduling.services.holds import take_hold

from ..exceptions import WrongCode
from ..forms.code import CodeForm
from ..forms.who import WhoForm
from ..pages import step_context
from ..selectors.attempts import (
    booked_participation,
    has_live_code,
    is_offered,
    is_proven,
    own_hold,
    questions_of,
)
from ..services.bookings import confirm_booking
from ..steps import Step
from ..visitor import client_hash
from .journeys import step_view


@sensitive_post_parameters()
@require_http_methods(["GET", "POST"])
@step_view(Step.WHO)
def who(request, journey):
    if request.method == "POST":
        return _who_typed(request, journey)
    booked = _booked(journey)
    if booked is not None:
        return _confirmed(booked)
    hold = own_hold(**_slot_of(journey))
    if hold is None and not is_offered(**_slot_of(journey)):
        return redirect(journey.url("slot_taken"))
    return _render_who(request, journey, _who_form(journey, initial=journey.visitor.typed), hold=hold)


def _who_typed(request, journey):
    """Every answer keeps what was typed; a hold that has run out is taken anew where the slot is still free."""
    form = _who_form(journey, request.POST)
    if not form.is_valid():
        return _render_who(request, journey, form, hold=own_hold(**_slot_of(journey)), status=422)
    booked = _booked(journey)
    if booked is not None:
        return _confirmed(booked)
    journey.visitor.begin()
    journey.visitor.remember(form.typed)
    try:
        take_hold(**_slot_of(journey), client_hash=client_hash(request))
        return _prove_or_book(request, journey, form.person())
    except SlotTaken:
        return redirect(journey.url("slot_taken"))
    except PhoneStopped as refusal:
        form.add_error("email", str(refusal.message))
        return _render_who(request, journey, form, hold=own_hold(**_slot_of(journey)), status=422)
    except (TooManyHolds, TooManyCodes) as refusal:
        form.add_error(None, refusal.message)
        return _render_who(request, journey, form, hold=own_hold(**_slot_of(journey)), status=422)


def _prove_or_book(request, journey, person):
    proof = {
        "territory": journey.territory,
        "contact": person.contact,
        "visitor_key": journey.visitor.key,
        "now": journey.now,
    }
    if is_proven(**proof):
        return _book(journey, person, code="")
    if not has_live_code(**proof):
        _send(request, journey, person)
    return redirect(journey.url(Step.CODE))


@sensitive_post_parameters()
@require_http_methods(["GET", "POST"])
@step_view(Step.CODE)
def code(request, journey):
    booked = _booked(journey)
    if booked is not None:
        return _confirmed(booked)
    person = _person(journey)
    if person is None:
        messages.info(request, _("Indiquez d'abord qui vous êtes."))
        return redirect(journey.url(Step.WHO))
    form = CodeForm(request.POST or None)
    if form.is_valid():
        try:
            return _book(journey, person, code=form.cleaned_data["code"])
        except SlotTaken:
            return redirect(journey.url("slot_taken"))
        except (WrongCode, CodeExpired) as refusal:
            form.add_error("code", str(refusal.message))
    return _render_code(request, journey, person, form, status=422 if form.is_bound else 200)


@require_POST
@step_view(Step.CODE)
def code_send(request, journey):
    """A new code, by the other channel if asked for."""
    typed = journey.visitor.typed
    person = _person(journey)
    if person is None:
        messages.info(request, _("Indiquez d'abord qui vous êtes."))
        return redirect(journey.url(Step.WHO))
    if request.POST.get("par") in ("email", "sms"):
        journey.visitor.remember(typed | {"proves_by": request.POST["par"]})
        person = _person(journey)
    try:
        _send(request, journey, person)
    except (PhoneStopped, TooManyCodes) as refusal:
        messages.error(request, str(refusal.message))
    else:
        messages.success(request, _("Un nouveau code est parti. Les précédents ne valent plus."))
    return redirect(journey.url(Step.CODE))


def _book(journey, person, *, code):
    participation = confirm_booking(
        **_slot_of(journey),
        person=person,
        code=code,
        idempotency_key=_idempotency_key(journey),
        language=get_language() or "fr",
    )
    journey.visitor.finish()
    return _confirmed(participation)


def _confirmed(participation):
    return redirect("booking_portal:my_appointment_booked", link_token(participation))


def _send(request, journey, person):
    send_code(
        territory=journey.territory,
        contact_email="" if person.proves_by_sms else person.email,
        contact_phone=person.phone if person.proves_by_sms else "",
        visitor_key=journey.visitor.key,
        client_hash=client_hash(request),
        language=get_language() or "fr",
        now=journey.now,
    )


def _slot_of(journey):
    return {
        "demand": journey.demand,
        "starts_at": journey.starts_at,
        "location_id": journey.location_id,
        "visitor_key": journey.visitor.key,
        "now": journey.now,
    }


def _idempotency_key(journey):
    demand = journey.demand
    option = demand.option and demand.option.pk
    slot = (demand.motif.pk, option, demand.persons, journey.starts_at.isoformat(), journey.location_id)
    return journey.visitor.idempotency_key(*slot)


def _booked(journey):
    return booked_participation(territory=journey.territory, idempotency_key=_idempotency_key(journey))


def _who_form(journey, data=None, **kwargs):
    return WhoForm(
        data,
        motif=journey.demand.motif,
        questions=questions_of(journey.demand.motif),
        territory=journey.territory,
        today=local_day(journey.now, journey.zone),
        **kwargs,
    )


def _person(journey):
    """Who was typed a step before; None when that is gone or does not suit this motif."""
    typed = journey.visitor.typed
    form = _who_form(journey, typed) if typed else None
    if form is None or not form.is_valid() or journey.visitor.key is None:
        return None
    return form.person(proves_by_sms=typed.get("proves_by") == "sms")


def _render_who(request, journey, form, *, hold, status=200):
    context = step_context(journey, Step.WHO) | {"form": form, "hold": hold, "leave_url": journey.url("leave")}
    return render(request, "booking_portal/who.html", context, status=status)


def _render_code(request, journey, person, form, *, status):
    context = step_context(journey, Step.CODE) | {
        "form": form,
        "person": person,
        "hold": own_hold(**_slot_of(journey)),
        "other_channel": _other_channel(person),
        "has_local_outbox": settings.LOCAL_OUTBOX,
        "send_url": journey.url("code_send"),
        "who_url": journey.url(Step.WHO),
    }
    return render(request, "booking_portal/code.html", context, status=status)


def _other_channel(person):
    """By which else the code could come, of what the visitor has given."""
    if person.proves_by_sms:
        return "email" if person.email else ""
    return "sms" if person.can_prove_by_sms else ""
