"""Where the messages of an RDV go, corrected by whoever has its link: a code to the new contact, then it counts."""

from django.conf import settings
from django.contrib import messages
from django.shortcuts import redirect, render
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST

from notifications.exceptions import CodeExpired, NotificationsError
from notifications.services.citizen_messages import recipient_on
from notifications.services.codes import send_code
from notifications.services.contact_changes import CHANNEL_OF
from organizations.exceptions import ContactNotProven, OrganizationsError
from scheduling.exceptions import AppointmentNotChangeable
from scheduling.participation_links import link_token

from ..appointment_pages import appointment_context, masked_contacts, masked_provable_contacts
from ..exceptions import WrongCode
from ..forms.code import CodeForm
from ..forms.my_contact import MyContactForm
from ..permissions import may_correct_contact, may_replace_contact
from ..reader import CORRECTION, ContactInProof, Reader
from ..selectors.attempts import has_live_code
from ..services.contact_changes import change_contact
from ..visitor import client_hash
from .links import JUST_CHANGED, link_view, too_late


def _in_proof(request, participation, now):
    return ContactInProof(request.session, name=CORRECTION, about=participation.pk, now=now)


@sensitive_post_parameters()
@require_http_methods(["GET", "POST"])
@link_view
def my_appointment_contact(request, participation, now):
    if not may_correct_contact(participation, now=now):
        return too_late(request, participation)
    context = appointment_context(participation, now=now)
    reader = Reader(request.session, territory=context["territory"], now=now)
    if not may_replace_contact(participation, reader):
        return _to_be_proven(request, participation, reader, context)
    form = MyContactForm(request.POST if request.method == "POST" else None, territory=context["territory"])
    form.fields["contact"].label = _("Nouvel e-mail ou nouveau mobile")
    form.fields["contact"].help_text = _(
        "Un e-mail remplace l'e-mail, un mobile le mobile. Nous y envoyons un code pour vérifier."
    )
    if form.is_valid():
        asked = _in_proof(request, participation, now)
        asked.ask(form.cleaned_data["contact"])
        try:
            if not has_live_code(**_proof(asked, context, now)):
                _send(request, asked, context["territory"], now)
            return redirect("booking_portal:my_appointment_contact_code", context["token"])
        except NotificationsError as refusal:
            form.add_error(None, str(refusal.message))
    context |= {"form": form, "contacts": masked_contacts(participation), "back_url": context["url"]}
    status = 422 if form.is_bound else 200
    return render(request, "booking_portal/my_appointment_contact.html", context, status=status)


def _to_be_proven(request, participation, reader, context):
    """Whatever is sent leads to the code of « Mes rendez-vous », and back from there."""
    if request.method == "POST":
        reader.begin_for(context["token"])
        return redirect("booking_portal:my_appointments_contact", context["territory"].slug)
    context |= {
        "to_be_proven": masked_provable_contacts(participation),
        "is_another_proven": reader.is_proven,
        "back_url": context["url"],
    }
    return render(request, "booking_portal/my_appointment_contact.html", context)


@sensitive_post_parameters()
@require_http_methods(["GET", "POST"])
@link_view
def my_appointment_contact_code(request, participation, now):
    asked, token = _in_proof(request, participation, now), link_token(participation)
    reader = Reader(request.session, territory=participation.appointment.organization.territory, now=now)
    if not _may_prove(participation, asked, reader, now):
        return redirect("booking_portal:my_appointment_contact", token)
    form = CodeForm(request.POST or None)
    if form.is_valid():
        try:
            return _change(request, participation, asked, reader, code=form.cleaned_data["code"], now=now)
        except ContactNotProven:
            # Another one stands on the record since.
            return redirect("booking_portal:my_appointment_contact", token)
        except (WrongCode, CodeExpired) as refusal:
            form.add_error("code", str(refusal.message))
        except (OrganizationsError, AppointmentNotChangeable):
            form.add_error(None, JUST_CHANGED)
    context = appointment_context(participation, now=now)
    context |= {
        "form": form,
        "contact": str(asked.contact),
        "by_sms": bool(asked.contact.phone),
        "has_local_outbox": settings.LOCAL_OUTBOX,
    }
    status = 422 if form.is_bound else 200
    return render(request, "booking_portal/my_appointment_contact_code.html", context, status=status)


@require_POST
@link_view
def my_appointment_contact_code_send(request, participation, now):
    asked, token = _in_proof(request, participation, now), link_token(participation)
    territory = participation.appointment.organization.territory
    if not _may_prove(participation, asked, Reader(request.session, territory=territory, now=now), now):
        return redirect("booking_portal:my_appointment_contact", token)
    try:
        _send(request, asked, territory, now)
    except NotificationsError as refusal:
        messages.error(request, str(refusal.message))
    else:
        messages.success(request, _("Un nouveau code est parti. Les précédents ne valent plus."))
    return redirect("booking_portal:my_appointment_contact_code", token)


def _may_prove(participation, asked, reader, now):
    """Whether a code for the new contact is awaited, from whoever may still replace the present one."""
    may_change = may_correct_contact(participation, now=now) and may_replace_contact(participation, reader)
    return asked.key is not None and may_change


def _change(request, participation, asked, reader, *, code, now):
    """The link is replaced by a newer one, so the way goes on under the new address."""
    contact = asked.contact
    changed = change_contact(
        participation=participation,
        contact=contact,
        proven=reader.contact if reader.is_proven else None,
        code=code,
        visitor_key=asked.key,
        now=now,
    )
    asked.forget()
    if recipient_on(changed, channel=CHANNEL_OF[contact.field]) == str(contact):
        messages.success(request, _("C'est noté. Les messages arrivent désormais à votre nouveau contact."))
    else:
        told = _("C'est noté. Prévenez le service si vous souhaitez recevoir des messages à ce contact.")
        messages.success(request, told)
    return redirect("booking_portal:my_appointment", link_token(changed))


def _proof(asked, context, now):
    return {"territory": context["territory"], "contact": str(asked.contact), "visitor_key": asked.key, "now": now}


def _send(request, asked, territory, now):
    send_code(
        territory=territory,
        contact_email=asked.contact.email,
        contact_phone=asked.contact.phone,
        visitor_key=asked.key,
        client_hash=client_hash(request),
        language=get_language() or "fr",
        now=now,
    )
