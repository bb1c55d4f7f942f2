"""Who a prescriber is, kept on their device: what is signed cannot be forged, and the server keeps nothing before a
booking. Each territory has its own; another one's, a forged or an old one is nobody.
"""

import json
from dataclasses import asdict, dataclass, fields, replace
from datetime import datetime, timedelta

from django.conf import settings
from django.core import signing
from django.urls import reverse

from organizations.models import Territory

KEPT_FOR = timedelta(days=180)

# So long nobody asks again for a code that was sent to their e-mail.
PROVEN_FOR = timedelta(days=90)

_COOKIE = "prescripteur"


@dataclass(frozen=True)
class Identity:
    """As typed and checked. `partner_type_id` is None for who is of none of the territory's types; `proven_at` is when
    a code sent to the e-mail was typed, on this device.
    """

    first_name: str
    last_name: str
    email: str
    phone: str = ""
    structure: str = ""
    partner_type_id: int | None = None
    proven_at: str = ""

    @property
    def introduced(self) -> str:
        """« Jeanne DUPONT (CCAS d'Arras) »"""
        return f"{self.first_name} {self.last_name.upper()} ({self.structure})"

    def is_proven(self, *, now: datetime) -> bool:
        return bool(self.proven_at) and datetime.fromisoformat(self.proven_at) > now - PROVEN_FOR

    def proven(self, *, now: datetime) -> "Identity":
        return replace(self, proven_at=now.isoformat())


class _Compact:
    """The signer's JSON would write six letters for one accent, and a browser drops a cookie above 4 KB."""

    def dumps(self, kept):
        return json.dumps(kept, ensure_ascii=False, separators=(",", ":")).encode()

    def loads(self, text):
        return json.loads(text)


def identity_on(request, territory: Territory) -> Identity | None:
    """Who this device's prescriber is for the territory. No query."""
    try:
        kept = signing.loads(
            request.COOKIES.get(_COOKIE, ""), salt=_salt(territory), serializer=_Compact, max_age=KEPT_FOR
        )
    except signing.BadSignature:
        return None
    # An earlier version of ours may have kept other fields.
    return Identity(**kept) if set(kept) == {field.name for field in fields(Identity)} else None


def keep_identity(response, identity: Identity, *, territory: Territory) -> None:
    response.set_cookie(
        _COOKIE,
        signing.dumps(asdict(identity), salt=_salt(territory), serializer=_Compact, compress=True),
        max_age=KEPT_FOR,
        path=_path(territory),
        secure=settings.SESSION_COOKIE_SECURE,
        httponly=True,
        samesite="Lax",
    )


def forget_identity(response, *, territory: Territory) -> None:
    response.delete_cookie(_COOKIE, path=_path(territory), samesite="Lax")


def _salt(territory):
    return f"booking_portal.identities.{territory.pk}"


def _path(territory):
    """The portal of the territory, and no page of the back office."""
    return reverse("booking_portal:service_choice", args=[territory.slug])
