"""A prescriber's last steps: for whom it is, the code that proves their own e-mail, and what was booked."""

from django.conf import settings
from django.contrib import messages
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from notifications.exceptions import CodeExpired, TooManyCodes
from notifications.services.codes import send_code
from organizations.access import public
from scheduling.exceptions import TooManyHolds

from ..claims import claim_of
from ..exceptions import BeneficiaryHasEnough, NotForPrescribers, PartnerTypeGone, TooManyPrescriptions, WrongCode
from ..forms.beneficiary import BeneficiaryForm
from ..forms.code import CodeForm
from ..identities import keep_identity
from ..onward import identity_url, start_url
from ..pages import step_context
from ..prescription_pages import kept_of, prescription_context
from ..selectors.attempts import has_live_code, is_proven, prescribed_participation
from ..steps import Step
from ..visitor import Visitor, client_hash
from .booking import person_form
from .journeys import of, step_view, territory_or_404

_REFUSED = (TooManyHolds, TooManyCodes, TooManyPrescriptions, BeneficiaryHasEnough)


@sensitive_post_parameters()
@require_http_methods(["GET", "POST"])
@step_view(Step.WHO)
@of(prescribers=True)
def beneficiary(request, journey):
    if request.method == "POST":
        return _typed(request, journey)
    claim = claim_of(journey)
    if claim.booked() is not None:
        return _booked(journey, claim)
    if not claim.is_open():
        return redirect(journey.url(claim.lost_page))
    return _render_form(request, journey, _form(journey, initial=journey.visitor.typed), claim=claim)


def _typed(request, journey):
    """Every answer keeps what was typed; a hold that has run out is taken anew where the slot is still free."""
    claim, form = claim_of(journey), _form(journey, request.POST)
    if not form.is_valid():
        return _render_form(request, journey, form, claim=claim, status=422)
    person = form.person()
    journey.visitor.turn_to(f"{person.whom}|{person.email}|{person.phone}")
    if claim.booked() is not None:
        return _booked(journey, claim)
    journey.visitor.begin()
    journey.visitor.remember(form.typed)
    try:
        claim.take(client_hash=client_hash(request))
        return _prove_or_book(journey, person, request, claim=claim)
    except claim.lost:
        return redirect(journey.url(claim.lost_page))
    except _REFUSED as refusal:
        form.add_error(None, str(refusal.message))
        return _render_form(request, journey, form, claim=claim, status=422)


def _prove_or_book(journey, person, request, *, claim):
    identity = journey.identity
    proof = {
        "territory": journey.territory,
        "contact": identity.email,
        "visitor_key": journey.visitor.key,
        "now": journey.now,
    }
    if identity.is_proven(now=journey.now) or is_proven(**proof):
        return _book(request, journey, person, claim=claim, code="")
    if not has_live_code(**proof):
        _send(request, journey)
    return redirect(journey.url(Step.CODE))


@sensitive_post_parameters()
@require_http_methods(["GET", "POST"])
@step_view(Step.CODE)
@of(prescribers=True)
def prescriber_code(request, journey):
    """Once in a while: it proves the prescriber's e-mail, never the beneficiary's."""
    claim = claim_of(journey)
    if claim.booked() is not None:
        return _booked(journey, claim)
    person = _person(journey)
    if person is None:
        messages.info(request, _("Indiquez d'abord pour qui est ce rendez-vous."))
        return redirect(journey.url(Step.WHO))
    if request.method == "GET" and not claim.is_open():
        return redirect(journey.url(claim.lost_page))
    form = CodeForm(request.POST or None)
    if form.is_valid():
        try:
            return _book(request, journey, person, claim=claim, code=form.cleaned_data["code"])
        except claim.lost:
            return redirect(journey.url(claim.lost_page))
        except (WrongCode, CodeExpired) as refusal:
            form.add_error("code", str(refusal.message))
        except _REFUSED as refusal:
            form.add_error(None, str(refusal.message))
    return _render_code(request, journey, person, form, claim=claim, status=422 if form.is_bound else 200)


@require_POST
@step_view(Step.CODE)
@of(prescribers=True)
def prescriber_code_send(request, journey):
    if journey.visitor.key is None:
        return redirect(journey.url(Step.WHO))
    try:
        _send(request, journey)
    except TooManyCodes as refusal:
        messages.error(request, str(refusal.message))
    else:
        messages.success(request, _("Un nouveau code est parti. Les précédents ne valent plus."))
    return redirect(journey.url(Step.CODE))


@require_safe
@public
@never_cache
def prescriber_booked(request, territory_slug):
    """For a while, and for the session that booked it: what was booked, and what they typed."""
    territory = territory_or_404(territory_slug)
    now = timezone.now()
    kept = Visitor(request.session, now=now).prescribed(request.GET.get("rdv", ""))
    participation = kept and prescribed_participation(territory, kept["participation"])
    if not participation:
        messages.info(request, _("Cette confirmation n'est plus affichée ici. Vous l'avez reçue par e-mail."))
        return redirect(identity_url(territory))
    context = prescription_context(participation, kept, now=now) | {"territory": territory}
    with timezone.override(participation.appointment.organization.zone):
        return render(request, "booking_portal/prescriber_booked.html", context)


def _book(request, journey, person, *, claim, code):
    try:
        prescription = claim.prescribe(person, code=code, language=get_language() or "fr")
    except NotForPrescribers as refusal:
        messages.warning(request, str(refusal.message))
        return redirect(start_url(journey.territory))
    except PartnerTypeGone as refusal:
        messages.warning(request, str(refusal.message))
        return redirect(identity_url(journey.territory, onward=journey.url(Step.WHO)))
    journey.visitor.keep_prescribed(claim.idempotency_key, kept_of(prescription, person))
    journey.visitor.finish()
    response = _booked(journey, claim)
    if not journey.identity.is_proven(now=journey.now):
        keep_identity(response, journey.identity.proven(now=journey.now), territory=journey.territory)
    return response


def _booked(journey, claim):
    address = reverse("booking_portal:prescriber_booked", args=[journey.territory.slug])
    return redirect(f"{address}?rdv={claim.idempotency_key}")


def _send(request, journey):
    send_code(
        territory=journey.territory,
        contact_email=journey.identity.email,
        visitor_key=journey.visitor.key,
        client_hash=client_hash(request),
        language=get_language() or "fr",
        now=journey.now,
    )


def _form(journey, data=None, **kwargs):
    return person_form(journey, data, form_class=BeneficiaryForm, **kwargs)


def _person(journey):
    """Who was typed a step before; None when that is gone or does not suit this motif."""
    typed = journey.visitor.typed
    form = _form(journey, typed) if typed else None
    return form.person() if form and journey.visitor.key and form.is_valid() else None


def _render_form(request, journey, form, *, claim, status=200):
    context = step_context(journey, Step.WHO) | claim.context
    context |= {"form": form, "leave_url": journey.url("leave")}
    return render(request, "booking_portal/beneficiary.html", context, status=status)


def _render_code(request, journey, person, form, *, claim, status):
    context = step_context(journey, Step.CODE) | claim.context
    context["choices"].append({"label": _("Pour"), "value": str(person.beneficiary), "url": journey.url(Step.WHO)})
    context |= {
        "form": form,
        "identity": journey.identity,
        "has_local_outbox": settings.LOCAL_OUTBOX,
        "send_url": journey.url("prescriber_code_send"),
        "identity_url": identity_url(journey.territory, onward=journey.url(Step.WHO)),
    }
    return render(request, "booking_portal/prescriber_code.html", context, status=status)
