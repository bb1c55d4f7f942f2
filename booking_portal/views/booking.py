"""Who books, the code that proves it, and the RDV."""

from django.conf import settings
from django.contrib import messages
from django.shortcuts import redirect, render
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST

from notifications.exceptions import CodeExpired, TooManyCodes
from notifications.services.codes import send_code
from scheduling.engine.wall_clock import local_day
from scheduling.exceptions import TooManyHolds
from scheduling.participation_links import link_token

from ..claims import claim_of
from ..exceptions import AlreadyRegistered, RegistrationRefused, TooManyUpcoming, WrongCode
from ..forms.code import CodeForm
from ..forms.who import WhoForm
from ..pages import step_context
from ..selectors.attempts import has_live_code, is_proven, questions_of
from ..steps import Step
from ..visitor import client_hash
from .journeys import of, step_view


@sensitive_post_parameters()
@require_http_methods(["GET", "POST"])
@step_view(Step.WHO)
@of(prescribers=False)
def who(request, journey):
    if request.method == "POST":
        return _who_typed(request, journey)
    claim = claim_of(journey)
    booked = claim.booked()
    if booked is not None and booked.prescriber_id is None:
        return _confirmed(booked)
    if not claim.is_open():
        return redirect(journey.url(claim.lost_page))
    return _render_who(request, journey, person_form(journey, initial=journey.visitor.typed), claim=claim)


def _who_typed(request, journey):
    """Every answer keeps what was typed; a hold that has run out is taken anew where the slot is still free."""
    claim, form = claim_of(journey), person_form(journey, request.POST)
    if not form.is_valid():
        return _render_who(request, journey, form, claim=claim, status=422)
    person = form.person()
    journey.visitor.turn_to(person.whom)
    booked = claim.booked()
    if booked is not None and booked.prescriber_id is None:
        return _confirmed(booked)
    journey.visitor.begin()
    journey.visitor.remember(form.typed)
    try:
        claim.take(client_hash=client_hash(request))
        return _prove_or_book(request, journey, person)
    except claim.lost:
        return redirect(journey.url(claim.lost_page))
    except (TooManyHolds, TooManyCodes) as refusal:
        form.add_error(None, refusal.message)
        return _render_who(request, journey, form, claim=claim, status=422)


def _prove_or_book(request, journey, person):
    proof = {
        "territory": journey.territory,
        "contact": person.contact,
        "visitor_key": journey.visitor.key,
        "now": journey.now,
    }
    if is_proven(**proof):
        return _book(request, journey, person, code="")
    if not has_live_code(**proof):
        _send(request, journey, person)
    return redirect(journey.url(Step.CODE))


@sensitive_post_parameters()
@require_http_methods(["GET", "POST"])
@step_view(Step.CODE)
@of(prescribers=False)
def code(request, journey):
    claim = claim_of(journey)
    booked = claim.booked()
    if booked is not None and booked.prescriber_id is None:
        return _confirmed(booked)
    person = _person(journey)
    if person is None:
        messages.info(request, _("Indiquez d'abord qui vous êtes."))
        return redirect(journey.url(Step.WHO))
    if request.method == "GET" and not claim.is_open():
        return redirect(journey.url(claim.lost_page))
    form = CodeForm(request.POST or None)
    if form.is_valid():
        try:
            return _book(request, journey, person, code=form.cleaned_data["code"])
        except claim.lost:
            return redirect(journey.url(claim.lost_page))
        except (WrongCode, CodeExpired) as refusal:
            form.add_error("code", str(refusal.message))
    return _render_code(request, journey, person, form, claim=claim, status=422 if form.is_bound else 200)


@require_POST
@step_view(Step.CODE)
@of(prescribers=False)
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
    except TooManyCodes as refusal:
        messages.error(request, str(refusal.message))
    else:
        messages.success(request, _("Un nouveau code est parti. Les précédents ne valent plus."))
    return redirect(journey.url(Step.CODE))


def _book(request, journey, person, *, code):
    claim = claim_of(journey)
    try:
        participation = claim.confirm(person, code=code, language=get_language() or "fr")
    except TooManyUpcoming as refusal:
        claim.give_back()
        return _render_enough(request, journey, refusal)
    except AlreadyRegistered as refusal:
        journey.visitor.finish()
        messages.info(request, refusal.message)
        return redirect("booking_portal:my_appointment", link_token(refusal.participation))
    except RegistrationRefused as refusal:
        journey.visitor.finish()
        messages.warning(request, refusal.message)
        return redirect(journey.url(Step.WORKSHOP))
    journey.visitor.finish()
    return _confirmed(participation)


def _render_enough(request, journey, refusal):
    """Said here alone, in answer to the proof: no address of its own says it to anybody else."""
    context = step_context(journey, Step.CODE) | {"refusal": refusal, "who_url": journey.url(Step.WHO)}
    return render(request, "booking_portal/upcoming_limit.html", context, status=422)


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


def person_form(journey, data=None, *, form_class=WhoForm, **kwargs):
    """What the motif of this journey asks of whoever books, or of whom they book for, with what was typed."""
    return form_class(
        data,
        motif=journey.booked_motif,
        questions=questions_of(journey.booked_motif),
        territory=journey.territory,
        today=local_day(journey.now, journey.zone),
        **kwargs,
    )


def _person(journey):
    """Who was typed a step before; None when that is gone or does not suit this motif."""
    typed = journey.visitor.typed
    form = person_form(journey, typed) if typed else None
    if form is None or not form.is_valid() or journey.visitor.key is None:
        return None
    return form.person(proves_by_sms=typed.get("proves_by") == "sms")


def _render_who(request, journey, form, *, claim, status=200):
    context = step_context(journey, Step.WHO) | claim.context
    context |= {"form": form, "leave_url": journey.url("leave")}
    return render(request, "booking_portal/who.html", context, status=status)


def _render_code(request, journey, person, form, *, claim, status):
    context = step_context(journey, Step.CODE) | claim.context
    context["choices"].append({"label": _("Pour"), "value": str(person.beneficiary), "url": journey.url(Step.WHO)})
    context |= {
        "form": form,
        "person": person,
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
