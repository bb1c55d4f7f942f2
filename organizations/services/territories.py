"""A new territory, and the account of who will configure it."""

from datetime import timedelta

from allauth.account.forms import default_token_generator
from allauth.account.utils import user_pk_to_url_str
from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.mail import EmailMessage
from django.db import transaction
from django.template.loader import render_to_string
from django.urls import reverse

from ..models import Agent, Territory, TerritoryRole


@transaction.atomic
def create_territory(*, admin_email: str, admin_first_name: str, admin_last_name: str, **fields) -> Territory:
    """Add a territory with `fields`, and make the person of that address its administrator.

    Who has an account keeps it as it is, the names given here being ignored; who has none gets one whose password
    they choose through the link in the mail. The mail leaves before the commit: where it cannot, nothing is kept.

    Raises ValidationError for fields that cannot be, among them a slug or a name already taken, and for a closed
    account; OSError (which smtplib's errors are) when the mail cannot leave.
    """
    territory = Territory(**fields)
    territory.full_clean()
    territory.save()
    admin = Agent.objects.select_for_update().filter(email__iexact=admin_email).first()
    is_new = admin is None
    if not is_new and not admin.is_active:
        raise ValidationError({"admin_email": "Ce compte est fermé : personne n'administrerait le territoire."})
    if is_new:
        admin = Agent(email=admin_email.lower(), first_name=admin_first_name, last_name=admin_last_name)
        admin.set_unusable_password()
        admin.full_clean(exclude=["password"])
        admin.save()
    TerritoryRole.objects.create(territory=territory, agent=admin, is_admin=True)
    _mail(territory, admin, is_new=is_new)
    return territory


def _mail(territory, admin, *, is_new):
    context = {
        "territory": territory,
        "admin": admin,
        "is_new": is_new,
        "url": settings.SITE_URL + (_password_path(admin) if is_new else reverse("start")),
        "days": timedelta(seconds=settings.PASSWORD_RESET_TIMEOUT).days,
        "reset_url": settings.SITE_URL + reverse("account_reset_password"),
    }
    body = render_to_string("organizations/email/territory_created.txt", context)
    subject = " ".join(f"Permanence : {territory} vous attend".split())
    EmailMessage(subject=subject, body=body, to=[admin.email]).send()


def _password_path(admin):
    return reverse(
        "account_reset_password_from_key",
        kwargs={"uidb36": user_pk_to_url_str(admin), "key": default_token_generator.make_token(admin)},
    )
